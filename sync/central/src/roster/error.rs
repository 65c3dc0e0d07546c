use std::fmt;

use dayroom_protocol::limits::NAME_BYTES;

use super::{FILE_BYTES, NUMBER_DIGITS};

/// Why a roster cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    /// It cannot be read from where it is.
    #[error("roster cannot be read")]
    Read(#[from] std::io::Error),
    /// It passes its limit.
    #[error("roster has more than {} MiB; split it into several files", FILE_BYTES >> 20)]
    TooLarge,
    /// It begins like JSON and is none.
    #[error("roster is not JSON: {what} at line {line}, column {column}")]
    Json {
        /// What is wrong.
        what: &'static str,
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in bytes.
        column: usize,
    },
    /// There is nothing in it.
    #[error("roster is empty; its first line must be number,name,unit")]
    Empty,
    /// The first line lacks a column.
    #[error("header has no column \"{column}\"; its first line must be number,name,unit{}", if *.semicolons {
        " with commas, not semicolons"
    } else {
        ""
    })]
    Header {
        /// Which.
        column: Column,
        /// The line is divided by semicolons.
        semicolons: bool,
    },
    /// The first line names a column twice.
    #[error("header has the column \"{0}\" twice; remove one of them")]
    HeaderTwice(Column),
}

/// A column of a roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// What the resident types to sign in.
    Number,
    /// The resident's name.
    Name,
    /// The unit they live in.
    Unit,
}

impl Column {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Number, Self::Name, Self::Unit];

    /// As it stands in the first line.
    pub fn title(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Name => "name",
            Self::Unit => "unit",
        }
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

/// A line that was not taken, and what to do about it. Says where, never what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    /// Counted from 1, the header included.
    pub line: u64,
    /// Which column, if it is one.
    pub column: Option<Column>,
    /// What is wrong and what to do.
    pub advice: Advice,
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(column) = self.column {
            write!(f, ", column \"{column}\"")?;
        }
        write!(f, ": {}", self.advice)
    }
}

/// What is wrong with a line and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Advice {
    /// Not text in UTF-8.
    #[error("not UTF-8; save the file as \"CSV UTF-8\"")]
    NotUtf8,
    /// Fewer or more values than the header.
    #[error("{found} values under {expected} headings; put a value with a comma in double quotes")]
    Values {
        /// Values in the line.
        found: usize,
        /// Columns of the header.
        expected: usize,
    },
    /// A quote that is not closed on its line.
    #[error("a double quote is not closed; close it or remove it")]
    OpenQuote,
    /// An entry of a JSON roster that is no object, or names something twice.
    #[error("not an object with number, name and unit, each once; correct it")]
    NotObject,
    /// A value of a JSON roster that is no text; a number would lose its first zeros.
    #[error("not text; put it in double quotes")]
    NotText,
    /// Nothing there.
    #[error("empty; fill it in")]
    Missing,
    /// Not a number a resident can type.
    #[error("not 1 to {NUMBER_DIGITS} digits; remove letters, spaces and dashes")]
    NotNumber,
    /// Longer than fits.
    #[error("longer than {NAME_BYTES} bytes; shorten it")]
    TooLong,
    /// A control character, perhaps a line break inside quotes.
    #[error("has a line break or control character; type it again")]
    Control,
    /// The facility has no such unit.
    #[error("no unit of the facility has this name; correct it, or create the unit first")]
    UnknownUnit,
    /// The same line once more.
    #[error("same as line {first}; nothing to do")]
    Repeated {
        /// The line that was taken.
        first: u64,
    },
    /// The same number for somebody else, so neither is taken.
    #[error("number also on line {other} for another name or unit; neither is taken, correct one")]
    Ambiguous {
        /// The other line.
        other: u64,
    },
}
