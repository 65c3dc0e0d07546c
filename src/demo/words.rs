//! The words on the screen in the language of a script: what a scripted person looks for.

use std::collections::BTreeMap;

/// The Spanish translations the screen is built with.
const SPANISH: &str = include_str!("../../assets/translations/es/LC_MESSAGES/dayroom-ui.po");

/// The Arabic ones.
const ARABIC: &str = include_str!("../../assets/translations/ar/LC_MESSAGES/dayroom-ui.po");

/// Screen words by their English form.
#[derive(Clone, Debug)]
pub struct Words {
    by_english: BTreeMap<String, String>,
}

impl Words {
    /// English: every word is itself.
    pub fn english() -> Self {
        Self {
            by_english: BTreeMap::new(),
        }
    }

    /// Spanish, from the translations.
    pub fn spanish() -> Self {
        Self {
            by_english: read(SPANISH),
        }
    }

    /// Arabic, from the translations.
    pub fn arabic() -> Self {
        Self {
            by_english: read(ARABIC),
        }
    }

    /// The word on screen; the English one if it is not translated.
    pub fn say<'a>(&'a self, english: &'a str) -> &'a str {
        self.by_english.get(english).map_or(english, String::as_str)
    }

    /// What stands before the first `{…}` of the word on screen.
    pub fn beginning<'a>(&'a self, english: &'a str) -> &'a str {
        let word = self.say(english);
        word.split_once('{').map_or(word, |(before, _)| before)
    }
}

/// Reads the singular entries of a gettext file.
fn read(po: &str) -> BTreeMap<String, String> {
    let mut words = BTreeMap::new();
    let mut key: Option<String> = None;
    for line in po.lines() {
        let quoted = |line: &str| {
            line.split_once('"')
                .and_then(|(_, rest)| rest.rsplit_once('"'))
                .map(|(text, _)| text.replace("\\\"", "\"").replace("\\n", "\n"))
        };
        if line.starts_with("msgid ") {
            key = quoted(line);
        } else if (line.starts_with("msgstr ") || line.starts_with("msgstr[0] "))
            && let (Some(english), Some(word)) = (key.take(), quoted(line))
            && !english.is_empty()
        {
            words.insert(english, word);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spanish_words_are_those_of_the_screen() {
        let words = Words::spanish();
        assert_eq!(words.say("Sign out"), "Cerrar sesión");
        assert_eq!(Words::english().say("Sign out"), "Sign out");
        assert!(words.by_english.len() > 100);
    }
}
