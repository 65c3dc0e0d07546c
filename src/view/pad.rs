//! The two pads a PIN is typed on: sign-in and the cover.

use dayroom_ui as ui;
use slint::{ModelRc, SharedString};

use super::locale::Locales;
use super::words;
use crate::app::KeypadOrder;
use crate::app::flows::sign_in::Problem;
use crate::domain::{Now, UtcMillis};

/// Where a pad stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pad {
    /// Digits may be typed.
    Entering,
    /// A PIN is being checked.
    Checking,
    /// The last one was wrong; so many tries are left.
    Wrong(u32),
    /// Locked for so many milliseconds from now.
    Locked(u64),
    /// Only staff can open it.
    NeedsStaff,
    /// There is no roster here to check against.
    Unavailable,
}

impl Pad {
    /// Where a pad stands at `now`. A lock that is over is said no more.
    pub fn of(checking: bool, problem: Option<Problem>, now: Now) -> Self {
        if checking {
            return Self::Checking;
        }
        match problem {
            None => Self::Entering,
            Some(Problem::Wrong { tries_left }) => Self::Wrong(tries_left),
            Some(Problem::Locked { until }) if until <= now.boot.at => Self::Entering,
            Some(Problem::Locked { until }) => Self::Locked(until.0.saturating_sub(now.boot.at.0)),
            Some(Problem::NeedsStaff | Problem::Frozen) => Self::NeedsStaff,
            Some(Problem::Unavailable) => Self::Unavailable,
        }
    }
}

/// A pad in the words of its adapter.
pub struct Words {
    /// Its state.
    pub state: ui::PadState,
    /// Tries left, 0 when nothing is said about it.
    pub tries_left: i32,
    /// Whole minutes a lock still holds, at least 1.
    pub locked_minutes: i32,
    /// When it ends.
    pub locked_until: ui::When,
}

/// Puts a pad into words.
pub fn words(pad: Pad, locales: &Locales, now: Now) -> Words {
    let mut words = Words {
        state: ui::PadState::Entering,
        tries_left: 0,
        locked_minutes: 0,
        locked_until: words::never(),
    };
    match pad {
        Pad::Entering => {}
        Pad::Checking => words.state = ui::PadState::Checking,
        Pad::Wrong(left) => {
            words.state = ui::PadState::Wrong;
            words.tries_left = words::count(left);
        }
        Pad::Locked(millis) => {
            let until = now
                .utc
                .0
                .saturating_add(i64::try_from(millis).unwrap_or(i64::MAX));
            words.state = ui::PadState::Locked;
            words.locked_minutes = words::count(millis.div_ceil(60_000).max(1));
            words.locked_until = words::when(locales, UtcMillis(until), now.utc);
        }
        Pad::NeedsStaff => words.state = ui::PadState::NeedsStaff,
        Pad::Unavailable => words.state = ui::PadState::Unavailable,
    }
    words
}

/// The ten keys in the order they are laid out, unless they are shown so already.
pub fn keys(shown: &ModelRc<SharedString>, order: KeypadOrder) -> Option<ModelRc<SharedString>> {
    words::changed(
        shown,
        order
            .digits()
            .iter()
            .map(|digit| digit.value().to_string().into())
            .collect(),
    )
}
