use serde::{Deserialize, Serialize};

/// How somebody wants the screen. It follows the person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// A BCP 47 tag; `None`: the kiosk's own.
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
