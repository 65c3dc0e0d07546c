//! Rules without a store: order of the feed, answers, reasons.

mod answer;
mod place;

pub(crate) use answer::{Verdict, answer};
pub(crate) use place::{FeedPlace, first_after, place_of};
