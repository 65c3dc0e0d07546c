use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ConnectionId, DraftId, NoticeId, UtcMillis};

/// Money in whole cents. Only central counts it.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(transparent)]
pub struct Cents(pub u32);

/// What central keeps for a resident beside their messages; its id is the resident's.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountBody {
    /// What is left.
    pub balance: Cents,
    /// How they want the screen.
    #[serde(default)]
    pub preferences: Preferences,
    /// Sign-ins and wrong PINs, the latest first, at most [`crate::limits::SIGN_INS`].
    #[serde(default)]
    pub sign_ins: Vec<SignInEntry>,
    /// What they have said they have read, at most [`crate::limits::ACKNOWLEDGED`].
    #[serde(default)]
    pub acknowledged: Vec<Acknowledged>,
}

/// One line of the sign-in history.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignInEntry {
    /// When, by the clock of the kiosk it happened at.
    pub at: UtcMillis,
    /// The kiosk's label, as residents know it.
    pub kiosk: String,
    /// Whether the PIN was right.
    pub right: bool,
}

/// A notice somebody has said they have read.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Acknowledged {
    /// Which.
    pub notice: NoticeId,
    /// Its version.
    pub version: u32,
    /// When, by the clock of the kiosk it happened at.
    pub at: UtcMillis,
}

/// How somebody wants the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Preferences {
    /// A BCP 47 tag; absent: the kiosk's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// How large the text is.
    pub text_size: TextSize,
    /// Which colours.
    pub contrast: Contrast,
    /// Whether the controls are in the lower half.
    pub reach: bool,
    /// Whether the controls are on the left.
    pub left_handed: bool,
    /// Whether only a band of lines of a text is uncovered.
    pub reading_window: bool,
    /// Whether the number pad is shuffled.
    pub shuffle_pin: bool,
    /// Whether nothing on the screen moves.
    pub calm: bool,
}

/// How large the text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TextSize {
    /// Capitals of 4.8 mm.
    #[default]
    Normal,
    /// Capitals of 7.3 mm.
    Large,
    /// As large as fits.
    Largest,
}

/// Which colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Contrast {
    /// Ink on paper.
    #[default]
    Light,
    /// For lights-out.
    Dark,
    /// As far apart as they go.
    High,
}

/// An unsent message; central cannot read it. Its id is the [`DraftId`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DraftBody {
    /// To whom.
    pub connection: ConnectionId,
    /// Counts up with every change central took in, from 1.
    pub revision: u64,
    /// The words, sealed under the facility's draft key: base64. Absent: sent, or thrown away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
    /// Where it was last changed: the kiosk's label, as residents know it.
    pub kiosk: String,
    /// When, by the clock of that kiosk.
    pub at: UtcMillis,
    /// Set on what was written at one kiosk while another had changed the same draft: both stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<DraftId>,
}
