//! Rosters as CSV or JSON. CSV is read line by line: `number,name,unit`, in any order, with a header
//! line. JSON is a list of `{"number": "1001", "name": "Ortiz, Luis", "unit": "North"}`.
//!
//! A line that cannot be used is named with its column and what to do. Whether the others go in is for
//! who imports them; the command line takes all or nothing.

mod error;
mod json;
mod read;

pub use error::{Advice, Column, LineError, RosterError};
pub use read::{Roster, RosterLine, read_roster};

/// Bytes of a roster file.
pub const FILE_BYTES: u64 = 16 * 1024 * 1024;
/// Digits of a resident's number.
pub const NUMBER_DIGITS: usize = 12;
