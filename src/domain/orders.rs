//! What operators order of this kiosk, once somebody has judged it. Pure.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Policy, ResidentId, UtcMillis};

/// An order to this kiosk; its record's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderId(pub Uuid);

/// A text that operators signed, and their signatures, as they came.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedText {
    /// Byte for byte as it was signed.
    pub text: String,
    /// JSON.
    pub signatures: String,
}

/// Where the store stands when an order is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderStanding {
    /// The key set that is in force, as it was signed.
    pub keys: Option<String>,
    /// The number of the last order taken.
    pub mark: u64,
    /// PIN resets of the last day that one operator alone had signed.
    pub alone_lately: u32,
    /// Central's clock, as it has just been heard.
    pub now: UtcMillis,
}

/// What is to be done with an order.
pub enum OrderVerdict {
    /// Carry it out.
    Act {
        /// Its number.
        number: u64,
        /// What it does.
        deed: OrderDeed,
        /// Whether one operator alone had signed it.
        alone: bool,
    },
    /// Look again later.
    Wait,
    /// Nothing, ever.
    Refuse {
        /// Why.
        why: OrderRefusal,
        /// The number it uses up all the same.
        number: Option<u64>,
    },
}

/// What a key set that came is to this kiosk.
pub enum KeySetVerdict {
    /// It follows the one in force.
    Next {
        /// Its version.
        version: u32,
    },
    /// It is the one in force, or an older one.
    Known,
    /// It does not follow.
    Refuse,
}

/// Judges what operators signed; the rules are the sync client's.
pub trait OrderJudge {
    /// Judges an order.
    fn order(&self, standing: &OrderStanding, signed: &SignedText) -> OrderVerdict;
    /// Judges a key set against the one in force.
    fn key_set(&self, held: Option<&str>, next: &SignedText) -> KeySetVerdict;
    /// A policy record without what weakens `held`, and the names of what was left out.
    fn policy(&self, held: &Policy, next: &Policy) -> (Policy, Vec<&'static str>);
}

/// Where nobody judges: orders wait, key sets are not learnt, and a policy is taken as it is.
pub struct NoJudge;

impl OrderJudge for NoJudge {
    fn order(&self, _: &OrderStanding, _: &SignedText) -> OrderVerdict {
        OrderVerdict::Wait
    }

    fn key_set(&self, _: Option<&str>, _: &SignedText) -> KeySetVerdict {
        KeySetVerdict::Known
    }

    fn policy(&self, _: &Policy, next: &Policy) -> (Policy, Vec<&'static str>) {
        (next.clone(), Vec::new())
    }
}

/// What an order does.
pub enum OrderDeed {
    /// Another PIN.
    PinReset {
        /// Whose.
        resident: ResidentId,
        /// Its verifier.
        verifier: String,
    },
    /// The end of a lock.
    LockRelease {
        /// Whose.
        resident: ResidentId,
    },
    /// Something for `dayroom machine`.
    Machine(MachineOrder),
    /// Another policy.
    Policy(Box<Policy>),
}

/// What only `dayroom machine` can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum MachineOrder {
    /// Start anew.
    Restart,
    /// Destroy the keys, and then what they opened.
    Wipe,
    /// Bring the terminal to a release.
    Release {
        /// Which, such as `1.4.0`.
        version: String,
        /// Whether it may be older than what runs.
        may_be_older: bool,
    },
}

/// An effect that is not the sync process's to bring about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum PendingEffect {
    /// The screen, in its journal: the lock of this resident's number is to go.
    Screen {
        /// Whose.
        resident: ResidentId,
    },
    /// `dayroom machine`.
    Machine {
        /// What.
        order: MachineOrder,
        /// The order as it came, JSON, to be verified once more.
        signed: String,
    },
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum OrderOutcome {
    /// Its effect is durable.
    Done,
    /// It had none.
    Refused {
        /// Why.
        why: OrderRefusal,
    },
}

/// Why an order had no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderRefusal {
    /// No operators' keys are known here.
    NoKeys,
    /// No known key has signed it.
    Unsigned,
    /// A signature is not of this text.
    Altered,
    /// It passes a limit, or is not of its form.
    Malformed,
    /// It is for another kiosk.
    Foreign,
    /// Its number is used up.
    Replayed,
    /// Its time is over.
    Expired,
    /// It takes two operators.
    NeedsTwo,
    /// It cannot be done here.
    Unsupported,
    /// Nobody of that id is on the roster.
    NotHere,
    /// It was tried, and failed.
    Failed,
}

impl OrderRefusal {
    /// Its name in logs and in the audit.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoKeys => "no_keys",
            Self::Unsigned => "unsigned",
            Self::Altered => "altered",
            Self::Malformed => "malformed",
            Self::Foreign => "foreign",
            Self::Replayed => "replayed",
            Self::Expired => "expired",
            Self::NeedsTwo => "needs_two",
            Self::Unsupported => "unsupported",
            Self::NotHere => "not_here",
            Self::Failed => "failed",
        }
    }
}

/// Something about orders that is worth an audit event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderNews {
    /// An order was taken, and its effect is durable or on its way.
    Taken {
        /// Which.
        order: OrderId,
        /// Its name.
        what: &'static str,
    },
    /// An order had no effect.
    Refused {
        /// Which.
        order: OrderId,
        /// Why.
        why: OrderRefusal,
    },
    /// Another key set is in force.
    KeysChanged {
        /// Its version.
        version: u32,
    },
    /// A key set did not follow the one in force.
    KeysRefused,
    /// A plain policy record would have weakened these; they stay as they were.
    PolicyHeldBack {
        /// Which parts.
        fields: Vec<&'static str>,
    },
}

impl OrderDeed {
    /// Its name in logs and in the audit.
    pub fn name(&self) -> &'static str {
        match self {
            Self::PinReset { .. } => "pin_reset",
            Self::LockRelease { .. } => "lock_release",
            Self::Machine(MachineOrder::Restart) => "restart",
            Self::Machine(MachineOrder::Wipe) => "wipe",
            Self::Machine(MachineOrder::Release { .. }) => "release",
            Self::Policy(_) => "policy",
        }
    }
}
