use dayroom_protocol::limits::NOTE_BYTES;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Words that only say that a reason follows; without accents and in lower case.
const FRAME: &[&str] = &[
    "reason",
    "reasons",
    "because",
    "the",
    "a",
    "an",
    "for",
    "by", // English
    "razon",
    "razones",
    "motivo",
    "motivos",
    "por", // Spanish
    "ly",
    "do", // Vietnamese
    "rezon",
    "pou", // Haitian Creole
    "原因",
    "理由", // Chinese
    "سبب",
    "السبب",
    "اسباب",
    "الاسباب", // Arabic
];

/// Words for "other" in the languages of the house, without accents and in lower case; alone they
/// are no reason, however many of them stand together.
const OTHER: &[&str] = &[
    // English
    "other",
    "others",
    "misc",
    "miscellaneous",
    "etc",
    "etcetera",
    "various",
    "unspecified",
    "general",
    "na",
    "n",
    "none",
    "unknown", //
    // Spanish
    "otro",
    "otra",
    "otros",
    "otras",
    "varios",
    "varias",
    "ninguno",
    "ninguna", //
    // Vietnamese
    "khac", //
    // Haitian Creole
    "lot",
    "dives",
    "oken", //
    // Chinese, which sets no space between words
    "其他",
    "其它",
    "其他的",
    "其它的",
    "其他原因",
    "其它原因",
    "其他理由",
    "其它理由",
    "另外",
    "別的",
    "别的", //
    // Arabic
    "اخرى",
    "اخري",
    "اخر",
    "غير",
    "ذلك", //
];

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
        // Compatibility forms, so that full-width letters and joined accents are the same words.
        let said: Vec<String> = text
            .nfkd()
            .filter(|c| !is_combining_mark(*c))
            .collect::<String>()
            .to_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        if said.is_empty() || said.iter().all(|word| FRAME.contains(&word.as_str())) {
            return Err(ReasonError::Empty);
        }
        let empty =
            |word: &String| FRAME.contains(&word.as_str()) || OTHER.contains(&word.as_str());
        // Letters with something between each, as in "o t h e r".
        let joined: String = said.concat();
        if said.iter().all(empty) || OTHER.contains(&joined.as_str()) {
            return Err(ReasonError::OtherAlone);
        }
        Ok(Self(text.to_owned()))
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
    fn other_alone_is_no_reason_in_any_language_or_spelling() {
        for text in [
            "OTHER",
            "other, other.",
            "O.t.h.e.r",
            "o t h e r",
            "ｏｔｈｅｒ",
            "oth\u{200b}er",
            "Reason: other",
            "Miscellaneous",
            "n/a",
            "Otro",
            "otros motivos",
            "OTRA RAZÓN",
            "Khác",
            "lý do khác",
            "Kha\u{301}c",
            "lòt",
            "Lòt rezon",
            "LÒT",
            "其他",
            "其它原因",
            "其他。",
            "أخرى",
            "آخر",
            "سبب آخر",
            "أسباب أخرى",
            "غير ذلك",
        ] {
            assert_eq!(
                Reason::new(text).err(),
                Some(ReasonError::OtherAlone),
                "{text}"
            );
        }
        for text in [
            "Another person's address.",
            "Other residents are named in it.",
            "Nombra a otra persona.",
            "Có tên của người khác.",
            "Gen non yon lòt moun ladan l.",
            "信中提到其他人的地址。",
            "فيها عنوان شخص آخر.",
        ] {
            assert!(Reason::new(text).is_ok(), "{text}");
        }
    }

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
