use serde::{Deserialize, Serialize};

/// How a person wants the screen. It follows them from kiosk to kiosk; what is missing in a stored
/// form is as by default, and what is new to an older program is passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "snake_case")]
pub struct Preferences {
    /// A BCP 47 tag; `None`: the facility's first language.
    pub language: Option<String>,
    /// How large text is.
    pub text_size: TextSize,
    /// Which colours.
    pub contrast: Contrast,
    /// Everything to touch stands in the lower part of the panel.
    pub reach: bool,
    /// What is pressed again and again stands on the left.
    pub left_handed: bool,
    /// Only a band of lines of a message is clear, against eyes from behind.
    pub reading_window: bool,
    /// The digits of the PIN pad come in another order each time.
    pub shuffle_pin: bool,
    /// Nothing on the screen moves.
    pub calm: bool,
}

/// How large text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextSize {
    /// Capitals of 4.8 mm.
    #[default]
    Normal,
    /// Capitals of 7.3 mm.
    Large,
    /// Capitals of 9 mm, or 8.2 mm where the panel is small.
    Largest,
}

/// Which colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contrast {
    /// Warm paper and ink.
    #[default]
    Light,
    /// For a dark room.
    Dark,
    /// The strongest difference.
    High,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_as_by_default_and_what_is_unknown_is_passed_over() {
        let read: Preferences =
            serde_json::from_str(r#"{"text_size":"largest","contrast":"high","wings":2}"#).unwrap();
        let expected = Preferences {
            text_size: TextSize::Largest,
            contrast: Contrast::High,
            ..Preferences::default()
        };
        assert_eq!(read, expected);
        let text = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<Preferences>(&text).unwrap(), read);
    }
}
