use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::read::check;
use super::{Advice, Column, LineError, Roster, RosterError, RosterLine};

/// A roster in an object, as some systems write it.
#[derive(Deserialize)]
struct InObject<'a> {
    #[serde(borrow)]
    residents: Vec<&'a RawValue>,
}

/// An entry; what is named twice is refused by the reader.
#[derive(Deserialize)]
struct Entry {
    number: Option<Value>,
    name: Option<Value>,
    unit: Option<Value>,
    #[serde(flatten)]
    others: BTreeMap<String, IgnoredAny>,
}

/// Reads a list of entries, or an object with that list under `residents`.
pub(super) fn read(bytes: &[u8]) -> Result<Roster, RosterError> {
    let text = str::from_utf8(bytes).map_err(|error| {
        let (line, column) = place(bytes, error.valid_up_to());
        let what = "text that is not UTF-8";
        RosterError::Json { what, line, column }
    })?;
    let entries: Vec<&RawValue> = if text.trim_start().starts_with('[') {
        serde_json::from_str(text).map_err(|error| refused(&error))?
    } else {
        let object: InObject<'_> = serde_json::from_str(text).map_err(|error| refused(&error))?;
        object.residents
    };
    let mut roster = Roster::default();
    let mut ignored = BTreeSet::new();
    for raw in entries {
        let line = line_of(text, raw);
        match serde_json::from_str::<Entry>(raw.get()) {
            Ok(entry) => {
                ignored.extend(entry.others.keys().cloned());
                match entry.line(line) {
                    Ok(good) => roster.lines.push(good),
                    Err(error) => roster.errors.push(error),
                }
            }
            Err(_) => roster.errors.push(LineError {
                line,
                column: None,
                advice: Advice::NotObject,
            }),
        }
    }
    roster.ignored_columns = ignored.into_iter().collect();
    roster.settle_repeats();
    roster.errors.sort_by_key(|error| error.line);
    Ok(roster)
}

impl Entry {
    fn line(self, line: u64) -> Result<RosterLine, LineError> {
        let text = |column, value: Option<Value>| {
            let refuse = |advice| LineError {
                line,
                column: Some(column),
                advice,
            };
            let value = match value {
                Some(Value::String(text)) => text,
                Some(Value::Null) | None => return Err(refuse(Advice::Missing)),
                Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                    return Err(refuse(Advice::NotText));
                }
            };
            let value = value.trim().to_owned();
            check(column, &value).map_err(refuse)?;
            Ok(value)
        };
        Ok(RosterLine {
            line,
            number: text(Column::Number, self.number)?,
            name: text(Column::Name, self.name)?,
            unit: text(Column::Unit, self.unit)?,
        })
    }
}

fn refused(error: &serde_json::Error) -> RosterError {
    let what = match error.classify() {
        Category::Eof => "it breaks off",
        Category::Data => "something else than a list of residents",
        Category::Syntax | Category::Io => "a character that does not belong",
    };
    RosterError::Json {
        what,
        line: error.line(),
        column: error.column(),
    }
}

/// On which line of the text an entry begins: the reader hands out parts of the text itself.
fn line_of(text: &str, entry: &RawValue) -> u64 {
    let start = (entry.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    let (line, _) = place(text.as_bytes(), start);
    line as u64
}

/// Line and column of a byte, from 1.
fn place(bytes: &[u8], at: usize) -> (usize, usize) {
    let before = bytes.get(..at).unwrap_or(bytes);
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let begins = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    (line, before.len() - begins + 1)
}
