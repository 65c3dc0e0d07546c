use super::{ConnectionId, ResidentId, UtcMillis};

/// Who reads along; a property of the channel, never of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Staff may read.
    Ordinary,
    /// An attorney: privileged, staff do not read.
    Attorney,
    /// Clergy: privileged, staff do not read.
    Clergy,
}

/// Somebody outside.
#[derive(Clone, PartialEq, Eq)]
pub struct Contact {
    /// The name they gave, cleaned for display.
    pub name: String,
    /// How they say they know the resident, cleaned for display.
    pub relationship: String,
    /// Town and state, if they gave it.
    pub place: Option<String>,
    /// Which lane their messages take.
    pub lane: Lane,
}

/// What lawyers call themselves, in the languages of the screen.
const LAWYER: [&str; 10] = [
    "attorney",
    "lawyer",
    "counsel",
    "public defender",
    "abogad",
    "luật sư",
    "avoka",
    "律师",
    "محام",
    "defensor públic",
];

impl Contact {
    /// Whether they say they are the resident's lawyer, whatever lane they are in.
    pub fn calls_themselves_a_lawyer(&self) -> bool {
        let says = self.relationship.to_lowercase();
        LAWYER.iter().any(|word| says.contains(word)) && !says.contains("counselor")
    }
}

/// Whether central has checked who a contact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Checked on that day.
    Checked(UtcMillis),
    /// Not yet.
    Unchecked,
}

/// Whether the facility has a say after the resident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApprovalRule {
    /// The facility approves after the resident has accepted.
    AfterResident,
    /// The resident's answer is enough.
    ResidentAlone,
}

/// A connection request, and the connection it may become.
#[derive(Clone, PartialEq, Eq)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// Whose it is.
    pub resident: ResidentId,
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
    /// How it stands, as central last said.
    pub state: ConnectionState,
}

/// How a connection request stands.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// Blocked by the resident.
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
