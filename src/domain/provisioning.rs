//! Making a kiosk out of a machine: what a technician asks for, and what they are told of each step.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The most bytes of what a technician hands in: a one-time file, a scanned line, a typed code.
pub const ASK_BYTES: usize = 12 * 1024;

/// What a technician asks for. `Debug` tells no code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Ask {
    /// Provision with a typed code.
    Code {
        /// As typed.
        code: String,
        /// Host name or address of central, with a port or without.
        central: String,
    },
    /// Provision with what a reader read, or with the text of a one-time file.
    Text {
        /// As read.
        text: String,
    },
    /// How the last one went, or goes; for a screen that has just come.
    How,
    /// Take this kiosk out of service: send what is unsent, and tell central.
    Retire,
    /// How a retirement goes on after the machine was asked to erase.
    Erased,
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Code { .. } => "Code",
            Self::Text { .. } => "Text",
            Self::How => "How",
            Self::Retire => "Retire",
            Self::Erased => "Erased",
        })
    }
}

/// What a technician is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "told", rename_all = "snake_case")]
pub enum Told {
    /// A step has begun, is done or failed. A failure ends it.
    Step(Progress),
    /// What this machine is to be, for the technician to compare with their paper.
    Facts(Facts),
    /// This machine's clock is not central's; central's is taken.
    ClockOff {
        /// What time it is here, in milliseconds since 1970.
        here: i64,
        /// What time it is there.
        central: i64,
    },
    /// All steps are done but the first sync, which shows on the wall.
    Provisioned,
    /// Central has noted that this kiosk goes out of service, and has everything written here.
    RetireNoted {
        /// When, by central's clock, in milliseconds since 1970.
        at: i64,
    },
    /// Central could not be told.
    RetireNotNoted {
        /// Why.
        problem: Problem,
        /// How many things written here it does not have.
        unsent: u64,
    },
}

/// What this machine is to be. Nothing of it is secret, and nothing about a resident.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The facility's name.
    pub facility: String,
    /// The unit's name.
    pub unit: String,
    /// What the kiosk is called.
    pub label: String,
    /// Host and port of central.
    pub central: String,
    /// SHA-256 of central's root certificate, in groups of four digits.
    pub root: String,
    /// Who signed the one-time file, by the names in its own key set; empty: nobody.
    pub signers: Vec<String>,
    /// The fingerprint of that key set, if this machine did not know it before.
    pub key_set: Option<String>,
}

/// Where provisioning is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Which step.
    pub step: Step,
    /// How far it is.
    pub state: StepState,
}

/// The steps, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Reads the code or the one-time file.
    Read,
    /// Checks who signed it.
    Signature,
    /// Finds central in the network.
    Find,
    /// Checks central's name and root.
    Check,
    /// Makes this kiosk's key.
    Key,
    /// Gets the certificate.
    Enrol,
    /// Writes down where this kiosk belongs.
    Write,
    /// Speaks with central as this kiosk.
    Contact,
    /// Fetches what belongs on this wall.
    Sync,
}

impl Step {
    /// All of them, in their order.
    pub const ALL: [Self; 9] = [
        Self::Read,
        Self::Signature,
        Self::Find,
        Self::Check,
        Self::Key,
        Self::Enrol,
        Self::Write,
        Self::Contact,
        Self::Sync,
    ];

    /// Its name in JSON and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Signature => "signature",
            Self::Find => "find",
            Self::Check => "check",
            Self::Key => "key",
            Self::Enrol => "enrol",
            Self::Write => "write",
            Self::Contact => "contact",
            Self::Sync => "sync",
        }
    }
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum StepState {
    /// Under way.
    Begun,
    /// Done.
    Done,
    /// Not done; a technician can act on it.
    Failed {
        /// Why.
        problem: Problem,
    },
}

/// Why a step failed, by what a technician does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum Problem {
    /// The file or the scanned text is no enrolment, or is cut short.
    NotATicket,
    /// A group of the typed code is mistyped; central was not asked.
    Mistyped {
        /// Which, from 1.
        group: u8,
    },
    /// The typed code is too short.
    TooShort,
    /// The address is none.
    Address,
    /// The one-time file was altered, or signed by nobody this kiosk knows.
    Signature,
    /// Nobody answers at that address.
    Unreachable,
    /// Somebody else answers there: another root or another name.
    WrongCentral,
    /// This machine's clock is wrong, so that no certificate can be judged.
    Clock,
    /// Central does not know the code.
    CodeWrong,
    /// The code's time is over.
    CodeExpired,
    /// Five wrong tries, or taken back.
    CodeVoid,
    /// The code was used.
    CodeUsed,
    /// The kiosk was moved after the code was made.
    CodeMoved,
    /// The kiosk is out of service at central.
    Retired,
    /// Central is busy.
    Busy,
    /// Central answered, but not with what was asked for.
    BadAnswer,
    /// This machine is another kiosk already.
    OtherKiosk,
    /// The disk does not take it.
    Disk,
    /// This machine's key cannot be made or does not sign; the log says why.
    Key,
    /// Central does not take the new certificate.
    Refused,
    /// Nothing came in time.
    Silent,
    /// Another provisioning is under way.
    UnderWay,
    /// This machine is no kiosk yet.
    NoKiosk,
}

impl Problem {
    /// Its name in JSON and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotATicket => "not_a_ticket",
            Self::Mistyped { .. } => "mistyped",
            Self::TooShort => "too_short",
            Self::Address => "address",
            Self::Signature => "signature",
            Self::Unreachable => "unreachable",
            Self::WrongCentral => "wrong_central",
            Self::Clock => "clock",
            Self::CodeWrong => "code_wrong",
            Self::CodeExpired => "code_expired",
            Self::CodeVoid => "code_void",
            Self::CodeUsed => "code_used",
            Self::CodeMoved => "code_moved",
            Self::Retired => "retired",
            Self::Busy => "busy",
            Self::BadAnswer => "bad_answer",
            Self::OtherKiosk => "other_kiosk",
            Self::Disk => "disk",
            Self::Key => "key",
            Self::Refused => "refused",
            Self::Silent => "silent",
            Self::UnderWay => "under_way",
            Self::NoKiosk => "no_kiosk",
        }
    }
}
