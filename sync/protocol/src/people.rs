use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ResidentId, UtcMillis};

/// One line of a unit's roster.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResidentBody {
    /// What the person types to sign in: 1 to 12 ASCII digits, unique in the facility.
    pub number: String,
    /// The name as the facility spells it.
    pub name: String,
    /// The argon2id verifier of the PIN in PHC form.
    pub pin_verifier: String,
    /// Whether the person may sign in.
    pub access: Access,
    /// The argon2id hash of what a reader gives for the person's badge, in PHC form. All of a facility
    /// have one salt, so that a kiosk finds a badge with one hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub badge: Option<String>,
}

/// Whether a resident may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Yes.
    Open,
    /// Not until staff lift it.
    Frozen,
}

/// The latest sign-in of a resident anywhere in the facility.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignIn {
    /// When, by the clock of the kiosk it happened at.
    pub at: UtcMillis,
    /// The kiosk's label, as residents know it.
    pub kiosk: String,
    /// Failed tries since then, on every kiosk of the facility.
    pub failed_since: u32,
}

/// Somebody outside.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Contact {
    /// The name they gave.
    pub name: String,
    /// How they say they know the resident.
    pub relationship: String,
    /// Town and state, if they gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Which lane their messages take.
    pub lane: Lane,
}

/// Who reads along; a property of the channel, never of a list.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Staff may read.
    Ordinary,
    /// An attorney: privileged, staff do not read.
    Attorney,
    /// Clergy: privileged, staff do not read.
    Clergy,
}

/// Whether central has checked who a contact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Identity {
    /// Checked.
    Checked {
        /// When.
        at: UtcMillis,
    },
    /// Not yet.
    Unchecked,
}

/// Whether the facility has a say after the resident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalRule {
    /// The facility approves after the resident has accepted.
    AfterResident,
    /// The resident's answer is enough.
    ResidentAlone,
}

/// A connection request, and the connection it may become.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectionBody {
    /// Who asks.
    pub contact: Contact,
    /// What they wrote with it; may be empty.
    pub note: String,
    /// Whether central knows who they are.
    pub identity: Identity,
    /// What follows the resident's answer.
    pub approval: ApprovalRule,
    /// When they asked.
    pub asked_at: UtcMillis,
    /// How it stands.
    pub state: ConnectionState,
}

/// How a connection request stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum ConnectionState {
    /// The resident has not answered.
    Asked,
    /// Accepted by the resident, not yet approved by the facility.
    AwaitFacility {
        /// Since when.
        since: UtcMillis,
    },
    /// Both may write.
    Active {
        /// Since when.
        since: UtcMillis,
    },
    /// Declined by the resident, who can change it.
    Declined {
        /// When.
        at: UtcMillis,
    },
    /// Blocked by the resident: they cannot ask again until it is lifted.
    Blocked {
        /// When.
        at: UtcMillis,
    },
    /// Taken back by the contact.
    Withdrawn {
        /// When.
        at: UtcMillis,
    },
    /// Ended by the resident, who can ask for it again.
    Removed {
        /// When.
        at: UtcMillis,
    },
    /// The facility did not approve.
    Refused {
        /// When.
        at: UtcMillis,
        /// The rule, in plain words.
        reason: String,
    },
}

/// The key under which a resident's rows are found; here to keep ids of people apart from others.
impl From<ResidentId> for uuid::Uuid {
    fn from(id: ResidentId) -> Self {
        id.0
    }
}
