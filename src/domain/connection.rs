use super::find::folded_words;
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

impl Contact {
    /// Whether this is a lawyer by their own word, whose messages staff would read all the same:
    /// nobody writes to a lawyer there without knowing, so the screen stops and explains.
    pub fn is_lawyer_in_ordinary_lane(&self) -> bool {
        self.lane == Lane::Ordinary && is_lawyer_like(&self.relationship)
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

/// Whether a relationship, as the contact wrote it, is that of a lawyer. In the languages of the screen,
/// whatever the accents and the case; "brother-in-law", "legal guardian" and "lawyer's wife" are not.
pub fn is_lawyer_like(relationship: &str) -> bool {
    let words = folded_words(relationship);
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    (0..words.len()).any(|at| {
        let before = at.checked_sub(1).map_or("", word);
        let (this, next, then) = (word(at), word(at + 1), word(at + 2));
        if next == "s" && !then.is_empty() {
            // Somebody of a lawyer's.
            return false;
        }
        match this {
            "attorney" | "attorneys" | "atty" | "lawyer" | "lawyers" | "esq" | "esquire"
            | "counsel" | "paralegal" | "solicitor" | "barrister" | "abogado" | "abogada"
            | "abogados" | "abogadas" | "letrado" | "letrada" | "procurador" | "procuradora"
            | "avoka" | "avocat" | "avocate" => true,
            "public" | "federal" => matches!(next, "defender" | "defenders"),
            "defensor" | "defensora" | "defensoria" => {
                matches!(next, "" | "publico" | "publica" | "de" | "legal")
            }
            "law" => matches!(next, "firm" | "office" | "offices" | "clinic"),
            "legal" => {
                !matches!(before, "tutor" | "tutora")
                    && matches!(
                        next,
                        "" | "aid"
                            | "assistant"
                            | "team"
                            | "representative"
                            | "rep"
                            | "advocate"
                            | "service"
                            | "services"
                            | "help"
                            | "advisor"
                            | "adviser"
                            | "clinic"
                    )
            }
            "luat" => next == "su",
            "律" => matches!(next, "师" | "師"),
            "辩" | "辯" => matches!((next, then), ("护" | "護", "人")),
            other => {
                let bare = other.strip_prefix("\u{627}\u{644}").unwrap_or(other);
                // محام, محامي, محامية
                bare.starts_with("\u{645}\u{62d}\u{627}\u{645}")
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lawyer_is_known_in_six_languages() {
        for relationship in [
            "Attorney",
            "my LAWYER",
            "Public Defender",
            "Legal",
            "Legal aid",
            "Rivera & Sons Law Firm",
            "Abogada",
            "Mi abogado",
            "Defensora pública",
            "Representante legal",
            "Luật sư",
            "luat su cua toi",
            "Avoka",
            "Avoka mwen",
            "律师",
            "辩护律師",
            "محامٍ",
            "المحامية",
            "محامي",
        ] {
            assert!(is_lawyer_like(relationship), "{relationship}");
        }
    }

    #[test]
    fn family_friends_and_guardians_are_not_taken_for_lawyers() {
        for relationship in [
            "",
            "Sister",
            "Brother-in-law",
            "mother in law",
            "Legal guardian",
            "Tutor legal",
            "My lawyer's wife",
            "Drug counselor",
            "Law school friend",
            "Hermana",
            "Madre",
            "Chị gái",
            "Sè",
            "妈妈",
            "法律系同学",
            "أخت",
            "محمد",
        ] {
            assert!(!is_lawyer_like(relationship), "{relationship}");
        }
    }

    #[test]
    fn only_the_ordinary_lane_stops_a_lawyer() {
        let mut contact = Contact {
            name: "Joan Okafor".to_owned(),
            relationship: "Attorney".to_owned(),
            place: None,
            lane: Lane::Ordinary,
        };
        assert!(contact.is_lawyer_in_ordinary_lane());
        contact.lane = Lane::Attorney;
        assert!(!contact.is_lawyer_in_ordinary_lane());
    }
}
