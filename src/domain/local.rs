//! What the screen and the sync process say to each other over the local socket: length-prefixed
//! JSON frames of at most [`FRAME_BYTES`]. Hints and status only; truth is in the store.

use serde::{Deserialize, Serialize};

use super::draft_key::{DraftKeyCall, DraftKeyState};
use super::provisioning::{Ask, Told};
use super::{BlobHash, UtcMillis};

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
    /// A technician asks for something.
    Provision {
        /// What.
        ask: Ask,
    },
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
