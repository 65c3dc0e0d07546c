/// A language a kiosk's screen can speak, and how far its words can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language {
    /// Its BCP 47 tag, as policies name it.
    pub tag: &'static str,
    /// Its name in its own script.
    pub name: &'static str,
    /// Its name in English.
    pub english: &'static str,
    /// Who read its words.
    pub reading: Reading,
}

/// Whether a person who grew up with a language has read its words on the screen, page by page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// It is the language the screen is written in.
    Source,
    /// Nobody has; the operator who offers it is told.
    NotRead,
    /// Somebody has.
    Read {
        /// Their name, or that of their office.
        by: &'static str,
        /// The day, as "2026-11-24".
        on: &'static str,
    },
}

impl Language {
    /// The language of that tag.
    pub fn of_tag(tag: &str) -> Option<&'static Self> {
        LANGUAGES.iter().find(|language| language.tag == tag)
    }

    /// Whether nobody who grew up with it has read its words.
    pub fn is_unread(&self) -> bool {
        self.reading == Reading::NotRead
    }
}

/// The languages of the screen. Whoever has read one writes it down here.
pub const LANGUAGES: [Language; 6] = [
    Language {
        tag: "en",
        name: "English",
        english: "English",
        reading: Reading::Source,
    },
    Language {
        tag: "es",
        name: "Español",
        english: "Spanish",
        reading: Reading::NotRead,
    },
    Language {
        tag: "vi",
        name: "Tiếng Việt",
        english: "Vietnamese",
        reading: Reading::NotRead,
    },
    Language {
        tag: "ht",
        name: "Kreyòl ayisyen",
        english: "Haitian Creole",
        reading: Reading::NotRead,
    },
    Language {
        tag: "zh-Hans",
        name: "简体中文",
        english: "Simplified Chinese",
        reading: Reading::NotRead,
    },
    Language {
        tag: "ar",
        name: "العربية",
        english: "Arabic",
        reading: Reading::NotRead,
    },
];
