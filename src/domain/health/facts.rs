//! What was found. A field that is `None` was not looked at, or nobody could say; never a guess.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{FileFault, LinkTrouble};
use crate::domain::UtcMillis;

/// Everything that was found. What nobody looked at makes no line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The display.
    pub display: Option<Display>,
    /// What is plugged in.
    pub inputs: Option<Inputs>,
    /// The clock.
    pub clock: Option<Clock>,
    /// The disk below the state folder.
    pub disk: Option<Disk>,
    /// The store.
    pub store: Option<Store>,
    /// The certificate.
    pub certificate: Option<Certificate>,
    /// The way to central.
    pub central: Option<Central>,
    /// When central last answered a pull.
    pub sync: Option<Sync>,
    /// What waits to be sent.
    pub outbox: Option<Outbox>,
    /// What runs.
    pub versions: Option<Versions>,
    /// The services.
    pub services: Option<Services>,
    /// The process in front of people.
    pub screen: Option<Screen>,
    /// Whether the audit can be written.
    pub audit: Option<Audit>,
}

/// The display.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Display {
    /// There is none.
    Missing,
    /// A panel at a connector of the graphics card.
    Panel {
        /// The connector, such as `HDMI-A-1`.
        connector: String,
        /// Pixels across and down.
        pixels: Option<(u32, u32)>,
        /// Millimetres across and down, from the panel itself.
        millimetres: Option<(u32, u32)>,
    },
    /// A window of a desktop.
    Desktop {
        /// Its name, such as `wayland-0`.
        name: String,
    },
}

/// What is plugged in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// Touch panels.
    pub touch: Vec<Device>,
    /// Badge readers, and serial ports a reader may be at.
    pub readers: Vec<Device>,
    /// What is not on the kiosk's list.
    pub unknown: Vec<Device>,
    /// Whether this kiosk is to have a badge reader; `None`: it does not say.
    pub reader_expected: Option<bool>,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Device {
    /// Its vendor, as USB numbers them; 0 for what has none.
    pub vendor: u16,
    /// The vendor's product.
    pub product: u16,
    /// What it calls itself.
    pub name: String,
}

/// The clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// What the system says.
    pub system: UtcMillis,
    /// What it cannot be before: when this program was written, and the last time central gave.
    pub floor: UtcMillis,
    /// What the hardware clock says, if there is one.
    pub rtc: Option<UtcMillis>,
    /// Whether the system is in step with time servers; `None`: nobody says.
    pub in_step: Option<bool>,
    /// How far it is ahead of central's, where central was asked or heard since the start.
    pub ahead_of_central: Option<i64>,
}

/// The disk below the state folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// Bytes it has, and bytes the program may still use.
    pub space: Option<Space>,
    /// Whether it can be written.
    pub read_only: bool,
    /// How worn it is.
    pub wear: Wear,
}

/// Bytes of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Space {
    /// It has.
    pub total: u64,
    /// The program may still use.
    pub free: u64,
}

/// How worn a disk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Wear {
    /// The device does not say.
    NotKnown,
    /// At most this much of its life is used.
    Percent {
        /// How much.
        used: u8,
    },
    /// Its reserve is used up, it says: replace it.
    ReserveGone,
}

/// The store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Store {
    /// There is no key to open it with.
    NoKey,
    /// The key's file does not hold a key.
    KeyMalformed,
    /// Its three files.
    Files {
        /// Bytes of all files in the folder.
        bytes: u64,
        /// What central said.
        cache: File,
        /// Pictures.
        blobs: File,
        /// What people did here.
        journal: File,
    },
}

/// One file of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// The schema in it; none if it cannot be read.
    pub schema: Option<u32>,
    /// The newest schema this program knows.
    pub known: u32,
    /// What is wrong with it, if anything.
    pub fault: Option<FileFault>,
    /// Whether every page was read and checked.
    pub checked: bool,
}

/// The certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Certificate {
    /// There is none.
    Missing,
    /// There is one, and no key to it.
    NoKey,
    /// It, or its key, cannot be read, or the one is not the other's.
    Unreadable,
    /// There is one.
    Held {
        /// Not before.
        from: UtcMillis,
        /// Not after.
        until: UtcMillis,
    },
}

/// The way to central, step by step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Central {
    /// Nobody said which central: the kiosk was not set up.
    NoSite,
    /// It was not tried: there is no certificate to show.
    NotTried,
    /// What the sync process has of it.
    Heard {
        /// In contact; else why not.
        trouble: Option<LinkTrouble>,
    },
    /// It was tried.
    Tried {
        /// Where, such as `central.example.org:8443`.
        address: String,
        /// How long name and TCP took.
        network: Step,
        /// How long TLS took.
        tls: Option<Step>,
        /// How long an authenticated request took.
        request: Option<Step>,
    },
}

/// One step of the way: how long it took, or what kept it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Step {
    /// Done.
    Done {
        /// In milliseconds.
        took_ms: u64,
    },
    /// Not done.
    Kept {
        /// Why.
        trouble: LinkTrouble,
        /// In the words of the part that failed.
        detail: String,
    },
}

impl Step {
    /// A step that took `span`.
    pub fn done(span: Duration) -> Self {
        Self::Done {
            took_ms: u64::try_from(span.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// When central last answered a pull.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sync {
    /// By central's clock; `None`: never.
    pub last: Option<UtcMillis>,
    /// How long that is ago.
    pub age: Option<Duration>,
    /// How long the kiosk may be out of contact before sign-in closes.
    pub lease: Option<Duration>,
}

/// What waits to be sent: a count and an age, and nothing of what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbox {
    /// How many.
    pub waiting: u64,
    /// When the oldest was made.
    pub oldest_at: Option<UtcMillis>,
}

/// What runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// This program.
    pub program: String,
    /// The release of the image; `None` where there is no image.
    pub release: Option<String>,
    /// A release that was started here as often as it may be and did not hold.
    pub gave_way: Option<String>,
    /// SQLite.
    pub sqlite: String,
    /// SQLCipher; `None` if it is not there, and nothing is encrypted.
    pub sqlcipher: Option<String>,
}

/// The services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Services {
    /// Whether the sync process answers on its socket.
    pub sync_answers: bool,
    /// Units of systemd; none where there is no systemd.
    pub units: Vec<Unit>,
}

/// A unit of systemd.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Its name.
    pub name: String,
    /// How it is.
    pub state: UnitState,
    /// How often it was started anew.
    pub restarts: u32,
}

/// How a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitState {
    /// It runs.
    Active,
    /// It does not, and need not.
    Inactive,
    /// It is starting or stopping.
    Changing,
    /// It ended in a failure.
    Failed,
    /// It is not installed.
    NotInstalled,
}

/// The process in front of people, as it says itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Screen {
    /// Whether it lives.
    pub life: Life,
    /// Why nobody can sign in, if so.
    pub closed: Option<Closed>,
    /// How often it ended unasked since the machine started; `None`: nobody counts.
    pub crashes: Option<u32>,
}

/// Whether a process lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Life {
    /// It says so.
    Alive,
    /// It is connected and says nothing.
    Hung,
    /// It is not connected.
    Gone,
}

/// Why nobody can sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closed {
    /// Central has been silent for longer than the lease.
    LeaseOver,
    /// Central does not accept the certificate.
    Revoked,
    /// The certificate has ended.
    CertificateExpired,
    /// The certificate does not hold yet: the clock is wrong.
    CertificateNotYetValid,
    /// The clock cannot be believed.
    Clock,
    /// Not set up, or not filled yet.
    NotReady,
    /// The journal cannot be written.
    StoreFailed,
    /// The screen kept failing.
    OutOfOrder,
    /// It was taken out of service.
    Retired,
}

/// Whether the audit can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audit {
    /// It can.
    Writable,
    /// It is not there yet.
    Missing,
    /// It cannot: rights, or a disk that takes nothing.
    NotWritable,
}
