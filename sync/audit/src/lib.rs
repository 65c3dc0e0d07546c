//! What is audited, on kiosks and at central: the kinds of event, and the chain they stand in.
//!
//! [`kinds`] is the one file of events; `AUDIT.md` beside this crate is written from it, and an
//! [`Event`] can be made in no other way. [`Entry`] and [`Verifier`] are the format on disk and on the
//! wire: each entry carries the hash of the one before it, so that none can be changed, left out, put
//! in, moved or dated back without all that follow showing it. A [`Head`] is what a kiosk signs, so
//! that its own past cannot be written anew either.
//!
//! An entry names nobody: a field is a number, an id or a word of a short alphabet. Whose words and
//! which PIN cannot be said in it.

mod chain;
mod document;
mod event;
mod hash;
mod head;
pub mod kinds;

pub use chain::{ChainId, Entry, Fault, Moment, Point, Process, Verifier};
pub use document::document;
pub use event::{Event, Field, FieldKind, FormError, Kind, Level, Value, Word};
pub use hash::Hash;
pub use head::Head;

/// For how long a process keeps an entry after central has it.
pub const KEPT_HERE_MILLIS: i64 = 30 * 24 * 60 * 60 * 1_000;
