use dayroom_protocol::limits::NOTE_BYTES;

/// Why something was not allowed, in plain words; "other" is no reason.
#[derive(Clone, PartialEq, Eq)]
pub struct Reason(String);

/// Why a text is no reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReasonError {
    /// It says nothing.
    #[error("a reason is needed")]
    Empty,
    /// It says "other" and no more.
    #[error("\"other\" alone is no reason, say which rule")]
    OtherAlone,
    /// It is longer than a kiosk shows.
    #[error("the reason is too long")]
    TooLong,
}

impl Reason {
    /// Takes a text that says something.
    ///
    /// # Errors
    /// When it is empty, only "other", or over 2 KiB.
    pub fn new(text: &str) -> Result<Self, ReasonError> {
        let text = text.trim();
        if text.len() > NOTE_BYTES {
            return Err(ReasonError::TooLong);
        }
        let said: Vec<String> = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .filter(|word| word != "reason" && word != "reasons")
            .collect();
        match said.as_slice() {
            [] => Err(ReasonError::Empty),
            [word] if matches!(word.as_str(), "other" | "others" | "otro" | "otra" | "misc") => {
                Err(ReasonError::OtherAlone)
            }
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// Its words.
    pub fn text(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_and_other_alone_are_no_reasons() {
        for text in ["", "  ", ".", "Reason:"] {
            assert_eq!(Reason::new(text).err(), Some(ReasonError::Empty), "{text}");
        }
        for text in ["other", "Other.", "REASON: Other", " (other) "] {
            assert_eq!(
                Reason::new(text).err(),
                Some(ReasonError::OtherAlone),
                "{text}"
            );
        }
        let reason = Reason::new(" Another person's address is in it. ").unwrap();
        assert_eq!(reason.text(), "Another person's address is in it.");
        assert!(Reason::new("x y".repeat(2000).as_str()).is_err());
    }
}
