use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Hash, Process, kinds};

/// Bytes of an event's name, of a field's and of a word.
const TEXT_BYTES: usize = 64;
/// Fields of an event.
const FIELDS: usize = 16;

/// Why something is not of the audit's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Not 64 lower-case hexadecimal digits.
    #[error("hash is not 64 lower-case hexadecimal digits")]
    Hash,
    /// Other characters than a word may have, none, or too many.
    #[error("word has other characters than a-z, 0-9 and . _ : + / -, or more than 64")]
    Word,
    /// More fields than an event may have.
    #[error("event has more than 16 fields")]
    Fields,
}

/// A kind of event: a line of [`kinds`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its dotted name.
    pub name: &'static str,
    /// Which processes raise it.
    pub by: &'static [Process],
    /// How much of a matter it is.
    pub level: Level,
    /// What is said in it.
    pub fields: &'static [Field],
    /// What it means.
    pub means: &'static str,
    /// What to do about it.
    pub act: &'static str,
}

/// How much of a matter an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It belongs to an ordinary day.
    Routine,
    /// To be read at the weekly review.
    Review,
    /// Somebody should look now.
    Alarm,
}

impl Level {
    /// It in a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Routine => "routine",
            Self::Review => "review",
            Self::Alarm => "alarm",
        }
    }
}

/// A field of a kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name, with its unit where it has one.
    pub name: &'static str,
    /// What may stand in it.
    pub kind: FieldKind,
    /// What it means.
    pub means: &'static str,
}

/// What may stand in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A whole number.
    Number,
    /// A UUID.
    Id,
    /// A SHA-256.
    Hash,
    /// A word of a short alphabet.
    Word,
}

/// Something that happened, as it goes into the audit. Made by the functions of [`kinds`] only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    name: &'static str,
    fields: BTreeMap<Cow<'static, str>, Value>,
}

impl Event {
    pub(crate) fn of(name: &'static str) -> Self {
        Self {
            name,
            fields: BTreeMap::new(),
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.fields.insert(Cow::Borrowed(name), value.into());
        self
    }

    /// Its dotted name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What is said in it.
    pub fn fields(&self) -> &BTreeMap<Cow<'static, str>, Value> {
        &self.fields
    }

    /// Its line in the file of kinds.
    pub fn kind(&self) -> Option<&'static Kind> {
        Kind::of(self.name)
    }

    pub(crate) fn into_fields(self) -> Fields {
        Fields(
            self.fields
                .into_iter()
                .map(|(name, value)| (name.into_owned(), value))
                .collect(),
        )
    }
}

impl Kind {
    /// The kind of this name, if this program knows it.
    pub fn of(name: &str) -> Option<&'static Self> {
        kinds::KINDS.iter().find(|kind| kind.name == name)
    }
}

/// The fields of an entry, in the order of their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "BTreeMap<String, Value>", into = "BTreeMap<String, Value>")]
pub(crate) struct Fields(
    #[schemars(with = "BTreeMap<String, Value>")] pub(crate) BTreeMap<String, Value>,
);

impl From<Fields> for BTreeMap<String, Value> {
    fn from(fields: Fields) -> Self {
        fields.0
    }
}

impl TryFrom<BTreeMap<String, Value>> for Fields {
    type Error = FormError;

    fn try_from(fields: BTreeMap<String, Value>) -> Result<Self, FormError> {
        if fields.len() > FIELDS {
            return Err(FormError::Fields);
        }
        fields.keys().try_for_each(|name| check(name))?;
        Ok(Self(fields))
    }
}

/// What stands in a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Value {
    /// A number.
    Number(i64),
    /// A word, an id or a hash.
    Word(Word),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Word(word) => f.write_str(word.as_str()),
        }
    }
}

/// A word of the audit: at most 64 of `a-z`, `0-9` and `. _ : + / -`. No name, sentence or text of a
/// person is one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Word(#[schemars(with = "String")] Cow<'static, str>);

impl Word {
    /// A word written in the program. What is no word becomes `unsaid`; a test of its caller finds
    /// it, and an audit is not the place to fail for it.
    pub const fn new(word: &'static str) -> Self {
        if is_word(word.as_bytes()) {
            Self(Cow::Borrowed(word))
        } else {
            Self(Cow::Borrowed("unsaid"))
        }
    }

    /// A word from elsewhere, such as a version.
    ///
    /// # Errors
    /// [`FormError::Word`].
    pub fn parse(text: &str) -> Result<Self, FormError> {
        check(text)?;
        Ok(Self(Cow::Owned(text.to_owned())))
    }

    /// Its characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&'static str> for Word {
    fn from(word: &'static str) -> Self {
        Self::new(word)
    }
}

impl From<Word> for String {
    fn from(word: Word) -> Self {
        word.0.into_owned()
    }
}

impl TryFrom<String> for Word {
    type Error = FormError;

    fn try_from(text: String) -> Result<Self, FormError> {
        Self::parse(&text)
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(crate) fn check(text: &str) -> Result<(), FormError> {
    if is_word(text.as_bytes()) {
        Ok(())
    } else {
        Err(FormError::Word)
    }
}

const fn is_word(text: &[u8]) -> bool {
    if text.is_empty() || text.len() > TEXT_BYTES {
        return false;
    }
    let mut rest = text;
    while let [first, more @ ..] = rest {
        let good = first.is_ascii_lowercase()
            || first.is_ascii_digit()
            || matches!(first, b'.' | b'_' | b':' | b'+' | b'/' | b'-');
        if !good {
            return false;
        }
        rest = more;
    }
    true
}

/// A type whose values go into fields.
pub(crate) trait AsField: Into<Value> {
    const KIND: FieldKind;
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<Uuid> for Value {
    fn from(id: Uuid) -> Self {
        Self::Word(Word(Cow::Owned(id.to_string())))
    }
}

impl From<Hash> for Value {
    fn from(hash: Hash) -> Self {
        Self::Word(Word(Cow::Owned(hash.to_string())))
    }
}

impl From<Word> for Value {
    fn from(word: Word) -> Self {
        Self::Word(word)
    }
}

impl AsField for u64 {
    const KIND: FieldKind = FieldKind::Number;
}

impl AsField for i64 {
    const KIND: FieldKind = FieldKind::Number;
}

impl AsField for Uuid {
    const KIND: FieldKind = FieldKind::Id;
}

impl AsField for Hash {
    const KIND: FieldKind = FieldKind::Hash;
}

impl AsField for Word {
    const KIND: FieldKind = FieldKind::Word;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_and_no_sentence_is_a_word() {
        for text in [
            "",
            "Ortiz",
            "hello world",
            "dónde",
            "a\nb",
            "\"",
            &"a".repeat(65),
        ] {
            assert_eq!(Word::parse(text), Err(FormError::Word), "{text}");
        }
        for text in ["expired", "0.1.0+build-7", "kiosk.close", &"a".repeat(64)] {
            assert_eq!(Word::parse(text).unwrap().as_str(), text);
        }
        assert_eq!(Word::new("Luis Ortiz").as_str(), "unsaid");
    }
}
