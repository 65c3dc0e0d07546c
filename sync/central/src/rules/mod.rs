//! Rules without a store: order of the feed, answers, rollouts of releases.

mod answer;
mod place;
mod rollout;

pub(crate) use answer::{Verdict, answer};
pub(crate) use place::{FeedPlace, first_after, place_of};
pub use rollout::{Doing, Ring, RingWho, RolloutLimits};
pub(crate) use rollout::{RolloutVerdict, Stand, doing, judge, ring_of};
