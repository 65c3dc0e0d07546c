//! The two pads a PIN is typed on: sign-in and the cover.

use std::rc::Rc;

use slint::{ModelRc, SharedString, VecModel};

use super::generated as ui;
use super::locale::Locales;
use super::words;
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
    let mut words =
        Words { state: ui::PadState::Entering, tries_left: 0, locked_minutes: 0, locked_until: words::never() };
    match pad {
        Pad::Entering => {}
        Pad::Checking => words.state = ui::PadState::Checking,
        Pad::Wrong(left) => {
            words.state = ui::PadState::Wrong;
            words.tries_left = words::count(left);
        }
        Pad::Locked(millis) => {
            let until = now.utc.0.saturating_add(i64::try_from(millis).unwrap_or(i64::MAX));
            words.state = ui::PadState::Locked;
            words.locked_minutes = words::count(millis.div_ceil(60_000).max(1));
            words.locked_until = words::when(locales, UtcMillis(until), now.utc);
        }
        Pad::NeedsStaff => words.state = ui::PadState::NeedsStaff,
        Pad::Unavailable => words.state = ui::PadState::Unavailable,
    }
    words
}

/// The ten keys in the order they are laid out.
pub fn keys(order: [u8; 10]) -> ModelRc<SharedString> {
    let keys: Vec<SharedString> = order.iter().map(|digit| digit.to_string().into()).collect();
    ModelRc::from(Rc::new(VecModel::from(keys)))
}
