//! What the screen and the sync process say to each other over the local socket: length-prefixed
//! JSON frames of at most [`FRAME_BYTES`]. Hints and status only; truth is in the store.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::draft_key::{DraftKeyCall, DraftKeyState};
use super::health::facts::{Audit, Certificate, Closed, Display, Inputs, Screen};
use super::provisioning::{Ask, Told};
use super::{BlobHash, BootMillis, UtcMillis};

/// The most bytes of a frame, its four-byte big-endian length not counted.
pub const FRAME_BYTES: usize = 16 * 1024;

/// From the screen to sync.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum ToSync {
    /// The journal has intents; those that are due may leave.
    IntentsWaiting,
    /// Somebody wants to see this blob now.
    WantBlob {
        /// Which.
        blob: BlobHash,
    },
    /// Somebody stands at the glass: do not keep them behind a backoff.
    PersonWaiting,
    /// The journal says what became of orders that were the screen's.
    OrdersDone,
    /// Ask central this about the facility's draft key.
    DraftKey {
        /// What.
        call: DraftKeyCall,
    },
    /// The screen cannot write its audit.
    AuditUnwritable {
        /// Since when.
        since: UtcMillis,
    },
    /// A technician asks for something.
    Provision {
        /// What.
        ask: Ask,
    },
    /// How the screen process is: at every change, and every [`ALIVE_EVERY`] as a sign of life.
    Screen {
        /// How.
        status: Box<ScreenStatus>,
    },
    /// Asks how sync is; answered by [`ToScreen::Sync`]. As the first and only frame of a connection
    /// it is asked by whoever looks after the terminal, who does not become the screen.
    Look,
}

/// How often the screen says that it lives.
pub const ALIVE_EVERY: Duration = Duration::from_secs(30);
/// A screen that says nothing for this long hangs: three signs of life did not come.
pub const HUNG_AFTER: Duration = Duration::from_secs(100);
/// Devices of one kind in a frame: more are not told.
pub const DEVICES_TOLD: usize = 16;
/// Characters of a device's name in a frame.
pub const NAME_TOLD: usize = 64;

/// How the screen process is, and what it alone can see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScreenStatus {
    /// Why nobody can sign in, if so.
    pub closed: Option<Closed>,
    /// How often it ended unasked since the machine started; `None`: nobody counts.
    pub crashes: Option<u32>,
    /// The display.
    pub display: Option<Display>,
    /// What is plugged in.
    pub inputs: Option<Inputs>,
    /// Whether the audit can be written.
    pub audit: Option<Audit>,
}

/// How the sync process is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncStatus {
    /// The contact with central.
    pub link: Link,
    /// When central last answered, by its clock.
    pub last_contact: Option<UtcMillis>,
    /// How far the system's clock is ahead of central's, if central was heard since the start.
    pub ahead_of_central: Option<i64>,
    /// The screen process, as sync sees it.
    pub screen: Screen,
    /// The certificate; `None`: nobody has looked yet.
    #[serde(default)]
    pub certificate: Option<Certificate>,
}

/// From sync to the screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum ToScreen {
    /// The cache has changed.
    Changed,
    /// This blob is complete and verified.
    BlobReady {
        /// Which.
        blob: BlobHash,
    },
    /// This blob cannot be had now.
    BlobFailed {
        /// Which.
        blob: BlobHash,
    },
    /// How the contact with central is.
    Status {
        /// See [`Link`].
        link: Link,
        /// When central last answered, by central's clock.
        last_contact: Option<UtcMillis>,
    },
    /// When central is asked next while it does not answer; `None` while it does.
    NextTry {
        /// When, by boot time.
        at: Option<BootMillis>,
    },
    /// How sync is; answers [`ToSync::Look`].
    Sync {
        /// How.
        status: Box<SyncStatus>,
    },
    /// How the draft key stands. No answer comes while central cannot be asked.
    DraftKey {
        /// How.
        state: DraftKeyState,
    },
    /// What a technician is told.
    Provision {
        /// What.
        told: Told,
    },
}

/// How the contact with central is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Link {
    /// Trying for the first time since the start.
    Starting,
    /// This machine is no kiosk yet: there is nobody to be in contact with.
    NoSite,
    /// In contact.
    Online,
    /// Not in contact.
    Offline {
        /// Since when.
        since: UtcMillis,
        /// Why, for a technician.
        cause: OfflineCause,
    },
}

/// Why there is no contact, in terms a technician can act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfflineCause {
    /// No route, refused, or no answer: check cable, address and central.
    Unreachable,
    /// Central's certificate is not of the private root: somebody else answers there.
    WrongServer,
    /// This kiosk's certificate has expired.
    CertificateExpired,
    /// This kiosk's certificate is not valid yet: the clock is probably wrong.
    CertificateNotYetValid,
    /// Central hung up although the certificate looks good here: it is not known why.
    Refused,
    /// A revocation list of central's root names this kiosk's certificate.
    Revoked,
    /// Central's certificate is of our root and has ended, or this kiosk's clock is ahead.
    ServerExpired,
    /// Central's certificate is of our root and begins later, or this kiosk's clock is behind.
    ServerNotYetValid,
    /// The key of this kiosk does not sign.
    KeyFailed,
    /// Central answered, but not with what was asked for.
    BadAnswer,
}

impl OfflineCause {
    /// It in a word, for the audit.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::WrongServer => "wrong_server",
            Self::CertificateExpired => "certificate_expired",
            Self::CertificateNotYetValid => "certificate_not_yet_valid",
            Self::Refused => "refused",
            Self::Revoked => "revoked",
            Self::ServerExpired => "server_expired",
            Self::ServerNotYetValid => "server_not_yet_valid",
            Self::KeyFailed => "key_failed",
            Self::BadAnswer => "bad_answer",
        }
    }
}
