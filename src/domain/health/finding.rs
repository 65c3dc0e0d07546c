use serde::{Deserialize, Serialize};

use super::facts::{Closed, Life, UnitState};
use crate::domain::UtcMillis;
use crate::domain::local::OfflineCause;

/// What a check found. The name of each is stable: integrators read it (`finding.is` in JSON).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Finding {
    /// A panel whose pixels and size are known.
    DisplayPanel {
        /// Its connector.
        connector: String,
        /// Pixels across and down.
        pixels: (u32, u32),
        /// Millimetres across and down.
        millimetres: (u32, u32),
        /// Pixels in ten millimetres.
        per_centimetre: u32,
    },
    /// A panel that does not say how large it is.
    DisplayWithoutSize {
        /// Its connector.
        connector: String,
    },
    /// A window of a desktop.
    DisplayDesktop {
        /// Its name.
        name: String,
    },
    /// No display.
    DisplayMissing,
    /// A touch panel.
    TouchFound {
        /// What it calls itself.
        name: String,
    },
    /// None, where a window has a mouse.
    TouchNotNeeded,
    /// No touch panel.
    TouchMissing,
    /// Readers, or ports a reader may be at.
    ReadersFound {
        /// What they call themselves.
        names: Vec<String>,
    },
    /// None, and none is expected.
    ReadersNone,
    /// None, and one is expected.
    ReadersMissing,
    /// Nothing but what is on the list.
    NothingPlugged,
    /// Something that is not on the list.
    PluggedUnknown {
        /// What, as `vendor:product name`.
        devices: Vec<String>,
    },
    /// The clock can be believed.
    ClockTrusted {
        /// Whether time servers keep it in step.
        in_step: bool,
        /// Whether there is a hardware clock.
        rtc: bool,
    },
    /// Nothing has confirmed it since the machine started.
    ClockUnconfirmed {
        /// Whether there is a hardware clock.
        rtc: bool,
    },
    /// It is behind a time that has been.
    ClockBehind {
        /// What it says.
        system: UtcMillis,
        /// What has been.
        floor: UtcMillis,
    },
    /// It is far from central's.
    ClockOff {
        /// How far ahead, in milliseconds.
        ahead_ms: i64,
    },
    /// Space enough.
    DiskSpace {
        /// Bytes it has.
        total: u64,
        /// Bytes free.
        free: u64,
    },
    /// Little space.
    DiskLow {
        /// Bytes it has.
        total: u64,
        /// Bytes free.
        free: u64,
    },
    /// No space.
    DiskFull {
        /// Bytes it has.
        total: u64,
        /// Bytes free.
        free: u64,
    },
    /// It cannot be written.
    DiskReadOnly,
    /// The system does not say.
    DiskNotKnown,
    /// How much of its life is used.
    WearPercent {
        /// At most.
        used: u8,
    },
    /// Its reserve is used up.
    WearReserveGone,
    /// The device does not say.
    WearNotKnown,
    /// No key.
    StoreNoKey,
    /// Not a key.
    StoreKeyMalformed,
    /// A file that opens, with every page good.
    StoreFileGood {
        /// Which.
        file: &'static str,
        /// Its schema.
        schema: u32,
        /// Whether every page was read.
        checked: bool,
    },
    /// A file with something wrong.
    StoreFileBad {
        /// Which.
        file: &'static str,
        /// What.
        fault: FileFault,
        /// Whether it is the one that is never made anew.
        journal: bool,
    },
    /// It holds for long enough.
    CertificateGood {
        /// Whole days left.
        days: i64,
        /// Until when.
        until: UtcMillis,
    },
    /// Renewing should have been done by now.
    CertificateEnding {
        /// Whole days left.
        days: i64,
        /// Until when.
        until: UtcMillis,
    },
    /// It has ended.
    CertificateExpired {
        /// When.
        until: UtcMillis,
    },
    /// It does not hold yet.
    CertificateNotYetValid {
        /// From when.
        from: UtcMillis,
    },
    /// There is none.
    CertificateMissing,
    /// There is no key to it.
    CertificateNoKey,
    /// It cannot be read.
    CertificateUnreadable,
    /// Nobody said which central.
    CentralNoSite,
    /// It was not tried.
    CentralNotTried,
    /// The sync process is in contact.
    CentralHeard,
    /// A step of the way to central is done.
    CentralStep {
        /// Where.
        address: String,
        /// How long it took.
        took_ms: u64,
    },
    /// A step of the way took long.
    CentralSlow {
        /// Where.
        address: String,
        /// How long it took.
        took_ms: u64,
    },
    /// A step of the way is not done.
    CentralKept {
        /// Why.
        trouble: LinkTrouble,
        /// In the words of the part that failed.
        detail: String,
    },
    /// Central answered a pull lately.
    SyncRecent {
        /// So many seconds ago.
        age_s: u64,
    },
    /// Central has not answered for a while.
    SyncOld {
        /// For so many seconds.
        age_s: u64,
        /// Seconds until sign-in closes; `None`: not known.
        left_s: Option<u64>,
    },
    /// Central never answered.
    SyncNever,
    /// Nothing waits.
    OutboxEmpty,
    /// Something waits.
    OutboxWaiting {
        /// How many.
        waiting: u64,
        /// For so many seconds, the oldest.
        oldest_s: u64,
    },
    /// What runs.
    VersionsKnown {
        /// The program.
        program: String,
        /// The image's release.
        release: Option<String>,
        /// SQLite.
        sqlite: String,
        /// SQLCipher.
        sqlcipher: String,
    },
    /// A release did not hold, and the one before is back.
    ReleaseGaveWay {
        /// Which did not.
        release: String,
        /// What runs.
        runs: String,
    },
    /// The store would not be encrypted.
    VersionsNoCipher,
    /// The sync process answers.
    SyncProcessAnswers,
    /// It does not.
    SyncProcessSilent,
    /// A unit.
    UnitIs {
        /// Its name.
        name: String,
        /// How it is.
        state: UnitState,
        /// How often it was started anew.
        restarts: u32,
    },
    /// The screen, open to people.
    ScreenOpen {
        /// How often it ended unasked.
        crashes: u32,
    },
    /// The screen, closed.
    ScreenClosed {
        /// Why.
        reason: Closed,
    },
    /// The screen, not alive.
    ScreenNotAlive {
        /// How it is.
        life: Life,
    },
    /// The audit can be written.
    AuditWritable,
    /// It is not there yet.
    AuditMissing,
    /// It cannot be written.
    AuditNotWritable,
}

/// What is wrong with a file of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileFault {
    /// It is not there.
    Missing,
    /// The key is not its key, or its first page is damaged.
    WrongKey,
    /// A page of it is not what was written.
    Damaged,
    /// A newer program made it.
    Newer,
    /// An older program made it, and its writer has not brought it on yet.
    Older,
    /// It was not closed, and its writer has not put that right yet.
    NotClosed,
    /// Somebody keeps it busy.
    Busy,
    /// It may not be read by whoever looks.
    NotReadable,
    /// Something else.
    Failed,
}

/// What keeps a step of the way to central.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkTrouble {
    /// The name of central has no address.
    NoName,
    /// No route, refused, or no answer.
    Unreachable,
    /// What answers is not central.
    WrongServer,
    /// What answers does not speak as central does.
    NotTls,
    /// This kiosk's certificate has ended.
    CertificateExpired,
    /// This kiosk's certificate does not hold yet.
    CertificateNotYetValid,
    /// Central hung up: this kiosk is revoked or not known.
    Refused,
    /// A list of central's root names this kiosk's certificate.
    Revoked,
    /// Central's certificate has ended, or the clock here is ahead.
    ServerExpired,
    /// Central's certificate begins later, or the clock here is behind.
    ServerNotYetValid,
    /// The key of this kiosk does not sign.
    KeyFailed,
    /// Central answered something else.
    BadAnswer,
    /// Central asks to come back later.
    Busy,
}

impl From<OfflineCause> for LinkTrouble {
    fn from(cause: OfflineCause) -> Self {
        match cause {
            OfflineCause::Unreachable => Self::Unreachable,
            OfflineCause::WrongServer => Self::WrongServer,
            OfflineCause::CertificateExpired => Self::CertificateExpired,
            OfflineCause::CertificateNotYetValid => Self::CertificateNotYetValid,
            OfflineCause::Refused => Self::Refused,
            OfflineCause::Revoked => Self::Revoked,
            OfflineCause::ServerExpired => Self::ServerExpired,
            OfflineCause::ServerNotYetValid => Self::ServerNotYetValid,
            OfflineCause::KeyFailed => Self::KeyFailed,
            OfflineCause::BadAnswer => Self::BadAnswer,
        }
    }
}
