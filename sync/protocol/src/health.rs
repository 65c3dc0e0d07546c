//! How a kiosk is, as it says itself: facts about a machine, and nobody's data.
//!
//! Sent at least every five minutes and at every change of state. Whoever reads a report of a newer
//! kiosk passes over what it does not know: each set of words ends in an `Unknown`.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{UtcMillis, limits};

/// How a kiosk is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HealthReport {
    /// When it was made, by the kiosk's clock, which never goes below what central last gave.
    pub made_at: UtcMillis,
    /// Which start of the machine this is; random, another one after every start.
    #[schemars(with = "String")]
    pub boot: Uuid,
    /// Seconds since that start.
    pub up_seconds: u64,
    /// The process in front of people.
    pub screen: ScreenHealth,
    /// What runs.
    pub versions: Versions,
    /// The certificate.
    pub certificate: CertificateHealth,
    /// What people did and central has not settled.
    pub outbox: OutboxHealth,
    /// The three encrypted files.
    pub store: StoreHealth,
    /// The disk below them.
    pub disk: DiskHealth,
    /// The clock.
    pub clock: ClockHealth,
    /// When central last answered a pull, by its clock.
    #[serde(default)]
    pub last_sync: Option<UtcMillis>,
    /// What is plugged in.
    pub devices: DeviceHealth,
    /// Services of the machine, at most [`limits::HEALTH_LIST`]; none where nobody can say.
    #[serde(default)]
    pub services: Vec<ServiceHealth>,
    /// What the kiosk makes of each of its checks, at most [`limits::HEALTH_LIST`].
    pub checks: Vec<CheckResult>,
}

impl HealthReport {
    /// Whether it keeps the limits that its types do not keep by themselves.
    ///
    /// # Errors
    /// Names the list that is too long.
    pub fn check(&self) -> Result<(), &'static str> {
        let lengths = [
            ("services", self.services.len()),
            ("checks", self.checks.len()),
            ("unknown devices", self.devices.unknown.len()),
        ];
        lengths
            .into_iter()
            .find(|(_, length)| *length > limits::HEALTH_LIST)
            .map_or(Ok(()), |(name, _)| Err(name))
    }

    /// The worst of the checks; [`Verdict::Ok`] without any.
    pub fn worst(&self) -> Verdict {
        self.checks
            .iter()
            .map(|result| result.verdict.in_known_words())
            .max()
            .unwrap_or(Verdict::Ok)
    }
}

/// What central knows of the kiosk that asks, which changes nothing: for whoever tries the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HealthKnown {
    /// Central's clock.
    pub now: UtcMillis,
    /// When the newest report of this kiosk came.
    #[serde(default)]
    pub reported_at: Option<UtcMillis>,
}

/// How the process in front of people is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScreenHealth {
    /// Whether it lives.
    pub is: ScreenState,
    /// Why nobody can sign in; none: they can, or nobody knows.
    #[serde(default)]
    pub closed: Option<ClosedReason>,
    /// How often it ended unasked since the machine started; none where nobody counts.
    #[serde(default)]
    pub crashes: Option<u32>,
}

/// One line a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckResult {
    /// Which check.
    pub check: Check,
    /// What the kiosk makes of it.
    pub verdict: Verdict,
}

/// What runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Versions {
    /// This program.
    pub program: HealthText,
    /// The release of the image; none where there is no image.
    #[serde(default)]
    pub release: Option<HealthText>,
    /// A release that was started as often as it may be and did not hold, while it lies in a slot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gave_way: Option<HealthText>,
    /// SQLite.
    pub sqlite: HealthText,
    /// SQLCipher.
    pub sqlcipher: HealthText,
}

/// The certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CertificateHealth {
    /// How it is.
    pub is: CertificateState,
    /// Until when it holds; none if there is none that can be read.
    #[serde(default)]
    pub until: Option<UtcMillis>,
}

/// What people did and central has not settled: a count, and nothing of what it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutboxHealth {
    /// How many; none if the journal cannot be read.
    #[serde(default)]
    pub waiting: Option<u64>,
    /// When the oldest was made, by the kiosk's clock.
    #[serde(default)]
    pub oldest_at: Option<UtcMillis>,
}

/// The three encrypted files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StoreHealth {
    /// Bytes of all files in the folder.
    pub bytes: u64,
    /// What central said.
    pub cache: FileHealth,
    /// Pictures.
    pub blobs: FileHealth,
    /// What people did here.
    pub journal: FileHealth,
}

/// One file of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileHealth {
    /// How it is.
    pub is: FileState,
    /// The schema in it; none if it cannot be read.
    #[serde(default)]
    pub schema: Option<u32>,
}

/// The disk below the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DiskHealth {
    /// Bytes it has; none if the system does not say.
    #[serde(default)]
    pub total: Option<u64>,
    /// Bytes the program may still use.
    #[serde(default)]
    pub free: Option<u64>,
    /// How much of its life is used, in percent; none if the device does not say.
    #[serde(default)]
    pub worn_percent: Option<u8>,
}

/// The clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClockHealth {
    /// What the system's clock says, whatever the kiosk believes.
    pub at: UtcMillis,
    /// Whether the kiosk believes it.
    pub is: ClockState,
    /// Where its time is from.
    pub source: ClockSource,
}

/// What is plugged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceHealth {
    /// The display.
    pub display: DisplayHealth,
    /// The touch panel.
    pub touch: Presence,
    /// The badge reader.
    pub reader: Presence,
    /// What is not on the kiosk's list and was opened by nobody, at most
    /// [`limits::HEALTH_LIST`].
    #[serde(default)]
    pub unknown: Vec<UnknownDevice>,
}

/// The display.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DisplayHealth {
    /// Whether it is there.
    pub is: Presence,
    /// Pixels across and down.
    #[serde(default)]
    pub pixels: Option<(u32, u32)>,
    /// Millimetres across and down.
    #[serde(default)]
    pub millimetres: Option<(u32, u32)>,
}

/// Something that is plugged in and not on the kiosk's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnknownDevice {
    /// Its vendor, as USB numbers them.
    pub vendor: u16,
    /// The vendor's product.
    pub product: u16,
    /// What it calls itself.
    #[serde(default)]
    pub name: HealthText,
}

/// A service of the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceHealth {
    /// Its name.
    pub name: HealthText,
    /// How it is.
    pub is: ServiceState,
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $word:ident = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
            JsonSchema,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$of])* $word,)*
            /// A newer kiosk's.
            #[serde(other)]
            Unknown,
        }

        impl fmt::Display for $name {
            /// In words for an operator.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(match self {
                    $(Self::$word => $text,)*
                    Self::Unknown => "not known here",
                })
            }
        }
    )*};
}

words! {
    /// What is looked at.
    Check {
        /// The display and its density.
        Display = "display",
        /// The touch panel.
        Touch = "touch",
        /// Badge readers.
        Readers = "readers",
        /// What is plugged in and not on the kiosk's list.
        Plugged = "plugged in",
        /// The clock and its source.
        Clock = "clock",
        /// Space on the disk.
        Disk = "disk space",
        /// How worn the disk is.
        Wear = "disk wear",
        /// The three encrypted files.
        Store = "store",
        /// The certificate.
        Certificate = "certificate",
        /// Whether central is reached.
        Central = "central",
        /// When central last answered.
        Sync = "last sync",
        /// What waits to be sent.
        Outbox = "outbox",
        /// Which versions run.
        Versions = "versions",
        /// The services of the machine.
        Services = "services",
        /// The process in front of people.
        Screen = "screen",
        /// Whether the audit can be written.
        Audit = "audit",
    }
    /// What came of a check; the worse is the greater.
    Verdict {
        /// In order.
        Ok = "ok",
        /// Works, and somebody should see to it.
        Warn = "warn",
        /// Does not work.
        Fail = "fail",
    }
    /// Whether the process in front of people lives.
    ScreenState {
        /// It says so.
        Alive = "alive",
        /// It is connected and says nothing.
        Hung = "hung",
        /// It is not connected.
        Gone = "gone",
    }
    /// Why nobody can sign in.
    ClosedReason {
        /// Central has been silent for longer than the lease.
        LeaseOver = "no contact for longer than the lease",
        /// Central does not accept the certificate.
        Revoked = "certificate not accepted",
        /// The certificate has ended.
        CertificateExpired = "certificate expired",
        /// The certificate does not hold yet: the clock is wrong.
        CertificateNotYetValid = "certificate not valid yet",
        /// The clock cannot be believed.
        Clock = "clock not trusted",
        /// Not set up, or not filled yet.
        NotReady = "not set up",
        /// The journal cannot be written.
        StoreFailed = "store failed",
        /// The screen kept failing.
        OutOfOrder = "out of order",
        /// It was taken out of service.
        Retired = "retired",
    }
    /// How the certificate is.
    CertificateState {
        /// It holds.
        Valid = "valid",
        /// It holds, and a new one is due.
        Due = "renewal due",
        /// It has ended.
        Expired = "expired",
        /// It does not hold yet.
        NotYetValid = "not valid yet",
        /// Central does not accept it.
        Refused = "refused by central",
        /// There is none.
        Missing = "missing",
        /// It, or its key, cannot be read.
        Unreadable = "unreadable",
    }
    /// How a file of the store is.
    FileState {
        /// It opens with its key.
        Open = "opens",
        /// It is not there.
        Missing = "missing",
        /// The key is not its key.
        WrongKey = "not readable with this key",
        /// A page of it is not what was written.
        Damaged = "damaged",
        /// A newer program made it.
        Newer = "of a newer program",
        /// An older program made it, and nothing has brought it on yet.
        Older = "of an older program",
        /// Something else.
        Failed = "cannot be used",
    }
    /// Whether the clock is believed.
    ClockState {
        /// It is.
        Trusted = "trusted",
        /// It is behind the last time central gave, or the day the program was built.
        BehindFloor = "behind the last known time",
        /// It is far from what central says.
        Off = "far from central's time",
        /// Central has not been heard since the start, so nothing confirms it.
        Unconfirmed = "not confirmed",
    }
    /// Where the clock's time is from.
    ClockSource {
        /// Other machines, and it is in step with them.
        Network = "time servers",
        /// A clock with a battery.
        Rtc = "hardware clock",
        /// Neither.
        Neither = "neither time servers nor a hardware clock",
    }
    /// Whether something is there.
    Presence {
        /// It is.
        Present = "present",
        /// It should be, and is not.
        Missing = "missing",
        /// None is expected here.
        NotExpected = "not expected",
        /// Whoever would know has not said.
        NotSaid = "not said",
    }
    /// How a service is.
    ServiceState {
        /// It runs.
        Active = "active",
        /// It does not, and need not.
        Inactive = "inactive",
        /// It ended in a failure.
        Failed = "failed",
        /// It is starting or stopping.
        Changing = "changing",
    }
}

impl Verdict {
    /// A newer kiosk's verdict is worth a look.
    pub fn in_known_words(self) -> Self {
        if self == Self::Unknown {
            Self::Warn
        } else {
            self
        }
    }
}

/// A name or a version: at most [`limits::HEALTH_TEXT`] bytes of printable ASCII, so that it can be
/// shown in any terminal as it is.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
pub struct HealthText(#[schemars(with = "String")] String);

/// A text is too long or holds what a terminal may take for a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("text of a health report is longer than {max} bytes or not printable ASCII", max = limits::HEALTH_TEXT)]
pub struct HealthTextError;

impl HealthText {
    /// What can be kept of a text: the beginning, with `?` for what is not printable ASCII.
    pub fn clean(text: &str) -> Self {
        let printable = |c: char| if is_printable(c) { c } else { '?' };
        Self(
            text.chars()
                .map(printable)
                .take(limits::HEALTH_TEXT)
                .collect(),
        )
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_printable(c: char) -> bool {
    c == ' ' || c.is_ascii_graphic()
}

impl fmt::Display for HealthText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for HealthText {
    type Err = HealthTextError;

    fn from_str(text: &str) -> Result<Self, HealthTextError> {
        if text.len() <= limits::HEALTH_TEXT && text.chars().all(is_printable) {
            Ok(Self(text.to_owned()))
        } else {
            Err(HealthTextError)
        }
    }
}

impl TryFrom<String> for HealthText {
    type Error = HealthTextError;

    fn try_from(text: String) -> Result<Self, HealthTextError> {
        text.parse()
    }
}

impl From<HealthText> for String {
    fn from(text: HealthText) -> Self {
        text.0
    }
}
