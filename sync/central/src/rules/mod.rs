//! Rules without a store: order of the feed, answers, reasons.

mod answer;
mod health;
mod place;

pub(crate) use answer::{Verdict, answer};
pub use health::{HealthChange, KioskState, SILENT_AFTER_MILLIS};
pub(crate) use health::{Known, Plug, changes, judge};
pub(crate) use place::{FeedPlace, first_after, place_of};
