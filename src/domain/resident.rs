use super::badge::BadgeId;
use super::{ResidentId, UtcMillis};

/// What a person types to say who they are: 1 to 12 ASCII digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResidentNumber(String);

impl ResidentNumber {
    /// The most digits a number has.
    pub const MAX_DIGITS: usize = 12;

    /// Reads a number; `None` if it is not 1 to 12 ASCII digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = (1..=Self::MAX_DIGITS).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| Self(text.to_owned()))
    }

    /// What tries of the technicians' code are counted under: nobody's number, for those are digits.
    pub fn of_technicians(verifier: &str) -> Self {
        Self(format!("technicians {verifier}"))
    }

    /// What tries with a badge are counted under, apart from those of any number.
    pub fn of_badge(badge: &BadgeId) -> Self {
        Self(format!("badge {}", badge.as_str()))
    }

    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A person on this unit's roster. Without `Debug`: a name and a verifier belong in no log.
#[derive(Clone, PartialEq, Eq)]
pub struct Resident {
    /// Their id.
    pub id: ResidentId,
    /// What they type.
    pub number: ResidentNumber,
    /// Their name as the facility spells it, cleaned for display.
    pub name: String,
    /// The argon2id verifier of their PIN in PHC form.
    pub pin_verifier: String,
    /// The argon2id hash of their badge in PHC form, if they have one. Its salt is the facility's, so
    /// that a badge is found with one hash; a stolen store gives a badge only to who tries them all.
    pub badge: Option<String>,
    /// Whether they may sign in.
    pub access: Access,
}

/// Whether a resident may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Yes.
    Open,
    /// Not until staff lift it.
    Frozen,
}

/// The latest sign-in anywhere in the facility, and what was tried since.
#[derive(Clone, PartialEq, Eq)]
pub struct LastSignIn {
    /// When.
    pub at: UtcMillis,
    /// The kiosk's label as residents know it.
    pub kiosk: String,
    /// Wrong PINs since then.
    pub failed_since: u32,
}
