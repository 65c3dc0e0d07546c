use serde::{Deserialize, Serialize};

use super::{NoticeId, Preferences, UtcMillis};

/// Money in whole cents, as central counted it. Never computed here.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Cents(pub u32);

/// What central keeps for a resident beside their messages.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// What is left.
    pub balance: Cents,
    /// How they want the screen.
    pub preferences: Preferences,
    /// Sign-ins and wrong PINs, the latest first.
    pub sign_ins: Vec<SignInEntry>,
    /// What they have said they have read.
    pub acknowledged: Vec<Acknowledged>,
}

/// One line of the sign-in history.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInEntry {
    /// When, by the clock of the kiosk it happened at.
    pub at: UtcMillis,
    /// The kiosk's label, cleaned for display.
    pub kiosk: String,
    /// Whether the PIN was right.
    pub right: bool,
}

/// A notice somebody has said they have read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// Which.
    pub notice: NoticeId,
    /// Its version.
    pub version: u32,
    /// When, by the clock of the kiosk it happened at.
    pub at: UtcMillis,
}
