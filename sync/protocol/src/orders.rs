//! The few things that take something away, or change who may do what (R21).
//!
//! Signed by operators' own keys and never by the service; addressed to one kiosk, numbered,
//! expiring, and acknowledged after the effect is durable.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    BatchId, FacilityId, KioskId, OrderId, PolicyBody, ReleaseVersion, ResidentId, Signed,
    UtcMillis,
};

/// An instruction to one kiosk. What a kiosk does not know in it makes it refuse the whole (R26).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Its id, which is its record's too.
    pub id: OrderId,
    /// The facility of the kiosk.
    pub facility: FacilityId,
    /// Which kiosk is meant.
    pub kiosk: KioskId,
    /// Its place among the orders to this kiosk, from 1 without gaps (R10).
    pub number: u64,
    /// When it was made.
    pub issued: UtcMillis,
    /// Not to be carried out from then on; at most [`crate::limits::ORDER_DAYS`] later.
    pub expires: UtcMillis,
    /// What it was ordered together with.
    pub batch: OrderBatch,
    /// What is to be done.
    pub what: OrderBody,
}

/// What an order was given together with, so that each kiosk can judge the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderBatch {
    /// The same for all of them.
    pub id: BatchId,
    /// Of PIN resets, how many residents'; else how many kiosks it goes to.
    pub size: u32,
}

/// What an order is about.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum OrderBody {
    /// Gives a resident another PIN; the one before is dead. Locks and tries stay as they are.
    PinReset {
        /// Whose.
        resident: ResidentId,
        /// The argon2id verifier of the new one in PHC form.
        pin_verifier: String,
    },
    /// Lifts the lock that wrong tries put on a resident's number, and nothing else.
    LockRelease {
        /// Whose.
        resident: ResidentId,
    },
    /// Starts the terminal anew.
    Restart,
    /// Destroys the terminal's keys, then what they kept.
    Wipe,
    /// Brings the terminal to a release of the repository it already trusts.
    Release {
        /// Which.
        version: ReleaseVersion,
        /// Whether it may be older than what runs.
        may_be_older: bool,
    },
    /// What the kiosk goes by from now on, also where that is weaker than before.
    Policy {
        /// The whole of it.
        policy: Box<PolicyBody>,
    },
    /// A newer central's; refused.
    #[serde(other)]
    Unknown,
}

/// An [`Order`] and its signatures ([`crate::Purpose::Order`]); a record for one kiosk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SignedOrder(pub Signed);

/// What became of orders; said again until central has heard it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderResults {
    /// The number of the last order this kiosk has taken.
    pub mark: u64,
    /// The version of the key set it goes by; 0: it has none.
    pub key_set: u32,
    /// At most [`crate::limits::ORDER_RESULTS`].
    pub results: Vec<OrderResult>,
}

/// What became of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderResult {
    /// Which: the id of its record.
    pub order: OrderId,
    /// What.
    pub outcome: OrderOutcome,
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum OrderOutcome {
    /// Verified and kept; its effect is still to come.
    Taken,
    /// Its effect is durable.
    Done,
    /// It had none.
    Refused {
        /// Why.
        why: OrderRefusal,
    },
    /// A newer kiosk's.
    #[serde(other)]
    Unknown,
}

/// Why an order had no effect.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum OrderRefusal {
    /// This kiosk knows no operators' keys.
    NoKeys,
    /// No key it knows has signed it.
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
    /// This kiosk cannot do it.
    Unsupported,
    /// Nobody of that id is on this kiosk's roster.
    NotHere,
    /// It was tried, and failed.
    Failed,
    /// A newer kiosk's.
    #[serde(other)]
    Unknown,
}

impl OrderBody {
    /// Its name, for logs and lists.
    pub fn name(&self) -> &'static str {
        match self {
            Self::PinReset { .. } => "pin_reset",
            Self::LockRelease { .. } => "lock_release",
            Self::Restart => "restart",
            Self::Wipe => "wipe",
            Self::Release { .. } => "release",
            Self::Policy { .. } => "policy",
            Self::Unknown => "unknown",
        }
    }

    /// Whether `size` of these at once take two operators.
    pub fn needs_two(&self, size: u32, limits: crate::AloneLimits) -> bool {
        match self {
            Self::PinReset { .. } => size > limits.pins,
            // More than one terminal always takes two by decision, whatever a set says.
            Self::Wipe => size > limits.wipes.min(1),
            Self::LockRelease { .. }
            | Self::Restart
            | Self::Release { .. }
            | Self::Policy { .. }
            | Self::Unknown => false,
        }
    }
}

impl fmt::Debug for OrderBody {
    /// Without a verifier.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl OrderOutcome {
    /// Whether nothing more will come of it.
    pub fn is_final(self) -> bool {
        match self {
            Self::Done | Self::Refused { .. } => true,
            Self::Taken | Self::Unknown => false,
        }
    }
}

impl OrderRefusal {
    /// In words, for an operator.
    pub fn words(self) -> &'static str {
        match self {
            Self::NoKeys => "the kiosk knows no operators' keys",
            Self::Unsigned => "no key the kiosk knows has signed it",
            Self::Altered => "a signature is not of this text",
            Self::Malformed => "it is not of its form",
            Self::Foreign => "it is for another kiosk",
            Self::Replayed => "its number is used up",
            Self::Expired => "its time is over",
            Self::NeedsTwo => "it takes two operators",
            Self::Unsupported => "the kiosk cannot do it",
            Self::NotHere => "nobody of that id is on its roster",
            Self::Failed => "it was tried and failed",
            Self::Unknown => "for a reason this central does not know",
        }
    }
}
