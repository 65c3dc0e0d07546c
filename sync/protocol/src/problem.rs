use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Epoch, IntentId};

/// Why central did not do what was asked (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// What it is, with what the kiosk needs to act on it.
    #[serde(flatten)]
    pub kind: ProblemKind,
    /// One sentence for a technician; nobody's data.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
}

/// The problems a kiosk can act on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ProblemKind {
    /// The cursor cannot be served: offer again, then refill in this epoch (R4, R8). Status 409.
    Reset {
        /// The epoch to start in.
        epoch: Epoch,
    },
    /// An intent's number leaves a hole (R10). Status 409.
    Gap {
        /// The number central expects.
        expected: u64,
    },
    /// The same intent id came with another body: an alarm (R18). Status 409.
    Conflict {
        /// Which.
        intent: IntentId,
    },
    /// The draft key does not stand so: ask how it stands. Status 409.
    DraftKey,
    /// Entries of an audit do not follow those central has: an alarm. Status 409.
    AuditBroken {
        /// How far central has the chain.
        has: u64,
    },
    /// The request passes a limit or is not of its form. Status 400 or 413.
    BadRequest,
    /// The kiosk may not see it, or it is not there. Status 404.
    NotFound,
    /// The certificate names no kiosk central knows, or a retired one. Status 403.
    UnknownKiosk,
    /// Come back later; `Retry-After` says when (T29). Status 503.
    Busy,
    /// Central failed. Status 500.
    Internal,
    /// A newer central's.
    #[serde(other)]
    Unknown,
}
