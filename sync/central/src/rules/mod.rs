//! Rules without a store: order of the feed, answers, rollouts of releases.

mod answer;
mod health;
mod place;
mod rollout;

pub(crate) use answer::{Verdict, answer};
pub use health::{HealthChange, KioskState, SILENT_AFTER_MILLIS};
pub(crate) use health::{Known, Plug, changes, judge};
pub(crate) use place::{FeedPlace, first_after, place_of};
pub use rollout::{Doing, Ring, RingWho, RolloutLimits};
pub(crate) use rollout::{RolloutVerdict, Stand, doing, judge_rollout, ring_of};
