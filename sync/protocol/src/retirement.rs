//! A kiosk goes out of service.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{JournalId, UtcMillis};

/// What a kiosk that goes out of service says. Saying it again changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Retirement {
    /// A technician takes it out of service. Central notes it only when it has everything that was
    /// written there.
    Leaving {
        /// The journal; none if nobody ever wrote anything.
        journal: Option<JournalId>,
        /// The number the next intent would have had.
        next: u64,
    },
    /// It has destroyed its keys and everything they opened. From then on it is nobody.
    Erased,
}

/// What central says to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum RetirementReply {
    /// Noted.
    Noted {
        /// When, by central's clock.
        at: UtcMillis,
    },
    /// Not noted: central expects this number next, there is more to send.
    Missing {
        /// Which.
        expected: u64,
    },
}
