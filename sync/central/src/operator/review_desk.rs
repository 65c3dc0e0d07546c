use dayroom_protocol::{FacilityId, LocalText, UtcMillis, limits};
use serde::Serialize;

use super::places::named;
use super::{OperatorError, bounded, found};
use crate::central::Central;
use crate::store;

/// A rule of a facility as operators see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleLine {
    /// What staff call it.
    pub code: String,
    /// What it says, by language.
    pub text: LocalText,
}

/// Characters of a rule's code.
const CODE_CHARS: usize = 32;

impl Central {
    /// Lets somebody review messages of a facility. Who was removed comes back as the same person.
    ///
    /// # Errors
    /// When there is no such facility, the name is empty or too long, or is a reviewer's already.
    pub fn add_reviewer(&self, facility: FacilityId, name: &str) -> Result<(), OperatorError> {
        let name = name.trim();
        named(name, "reviewer's name")?;
        let folded = fold(name);
        self.write(|tx| {
            found(store::facility(tx.sql(), facility)?, "facility")?;
            if store::reviewer(tx.sql(), facility, &folded)?.is_some() {
                return Err(OperatorError::Exists("reviewer"));
            }
            Ok(tx.keep_reviewer(facility, name, &folded)?)
        })
    }

    /// Lets somebody review no more. What they did stays known as theirs.
    ///
    /// # Errors
    /// When there is no such reviewer.
    pub fn remove_reviewer(
        &self,
        facility: FacilityId,
        name: &str,
        now: UtcMillis,
    ) -> Result<(), OperatorError> {
        self.write(|tx| {
            let row = store::reviewer(tx.sql(), facility, &fold(name))?;
            Ok(tx.remove_reviewer(found(row, "reviewer")?.id, now)?)
        })
    }

    /// Who reviews messages of a facility.
    ///
    /// # Errors
    /// When the store fails.
    pub fn reviewers(&self, facility: FacilityId) -> Result<Vec<String>, OperatorError> {
        let rows = self
            .inner
            .store
            .read(|sql| store::reviewers(sql, facility))?;
        Ok(rows.into_iter().map(|row| row.name).collect())
    }

    /// Adds a rule by which a message can be rejected.
    ///
    /// # Errors
    /// When there is no such facility, the code is taken or not of letters, digits, `-` and `.`,
    /// or the text is missing in English or too long.
    pub fn add_rule(
        &self,
        facility: FacilityId,
        code: &str,
        text: &LocalText,
    ) -> Result<(), OperatorError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        if code.is_empty() || !code.chars().all(plain) {
            return Err(OperatorError::Code);
        }
        bounded(code, CODE_CHARS, "code of the rule")?;
        if text.0.get("en").is_none_or(|text| text.trim().is_empty()) {
            return Err(OperatorError::Empty("English text of the rule"));
        }
        for text in text.0.values() {
            bounded(text, limits::NOTE_BYTES, "text of the rule")?;
        }
        let body = serde_json::to_string(text)?;
        self.write(|tx| {
            found(store::facility(tx.sql(), facility)?, "facility")?;
            if store::rule(tx.sql(), facility, code)?.is_some() {
                return Err(OperatorError::Exists("rule"));
            }
            Ok(tx.keep_rule(facility, code, &body)?)
        })
    }

    /// Takes a rule away; what was decided by it keeps its text.
    ///
    /// # Errors
    /// When there is no such rule.
    pub fn remove_rule(&self, facility: FacilityId, code: &str) -> Result<(), OperatorError> {
        self.write(|tx| {
            found(store::rule(tx.sql(), facility, code)?, "rule")?;
            Ok(tx.drop_rule(facility, code)?)
        })
    }

    /// The rules of a facility, by code.
    ///
    /// # Errors
    /// When the store fails.
    pub fn rules(&self, facility: FacilityId) -> Result<Vec<RuleLine>, OperatorError> {
        let rows = self.inner.store.read(|sql| store::rules(sql, facility))?;
        rows.into_iter()
            .map(|(code, text)| {
                Ok(RuleLine {
                    code,
                    text: serde_json::from_str(&text)?,
                })
            })
            .collect()
    }

    /// Puts incoming ordinary messages with this word, or these words in a row, on hold from now on.
    ///
    /// # Errors
    /// When there is no such facility, or the text has no word in it or is too long.
    pub fn hold_word(&self, facility: FacilityId, word: &str) -> Result<(), OperatorError> {
        bounded(word, limits::NAME_BYTES, "word")?;
        let word = words(word);
        if word.is_empty() {
            return Err(OperatorError::Empty("word"));
        }
        self.write(|tx| {
            found(store::facility(tx.sql(), facility)?, "facility")?;
            Ok(tx.keep_held_word(facility, &word)?)
        })
    }

    /// Takes back what [`Central::hold_word`] said.
    ///
    /// # Errors
    /// When there is no such word.
    pub fn unhold_word(&self, facility: FacilityId, word: &str) -> Result<(), OperatorError> {
        self.write(|tx| {
            if tx.drop_held_word(facility, &words(word))? {
                Ok(())
            } else {
                Err(OperatorError::NotFound("word"))
            }
        })
    }

    /// The words that put incoming ordinary messages on hold.
    ///
    /// # Errors
    /// When the store fails.
    pub fn held_words(&self, facility: FacilityId) -> Result<Vec<String>, OperatorError> {
        Ok(self
            .inner
            .store
            .read(|sql| store::held_words(sql, facility))?)
    }
}

/// A name to compare by: in lower case, with single spaces.
pub(super) fn fold(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// The words of a text in lower case, a space between and around each.
fn words(text: &str) -> String {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

/// Whether these words stand in the text as whole words.
pub(super) fn contains_word(text: &str, word: &str) -> bool {
    format!(" {} ", words(text)).contains(&format!(" {word} "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_whole_in_any_case_and_not_inside_another() {
        let word = words("Escape route");
        assert!(contains_word("Look: the ESCAPE-route!", &word));
        assert!(!contains_word("An escape routes guide", &word));
        assert!(!contains_word("landescape route", &word));
        assert!(contains_word("Él dijo: FUGA.", &words("fuga")));
    }

    #[test]
    fn nobody_is_two_reviewers_by_spelling() {
        assert_eq!(fold("  Ann   LEE "), fold("ann lee"));
        assert_ne!(fold("Ann Lee"), fold("Anna Lee"));
    }
}
