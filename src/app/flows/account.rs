//! My account: sign-ins, PIN, freezing it, and how the screen should be.

use std::fmt;

use crate::app::context::Context;
use crate::app::screen::Place;
use crate::app::{Screen, Session};

use super::home;

/// My account.
pub struct Account {
    /// Whose.
    pub session: Session,
    /// Which part.
    pub at: AccountAt,
}

/// Where in their account somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountAt {
    /// What there is.
    Menu,
    /// Sign-ins and failed tries.
    History,
    /// Choosing another PIN.
    ChangePin,
    /// Closing one's own sign-in.
    Freeze,
    /// How the screen should be.
    Screen,
}

/// Taps in the account. `Debug` tells no digit.
#[derive(Clone)]
pub enum AccountTap {
    /// Wants a part of it.
    Open(AccountAt),
}

impl fmt::Debug for AccountTap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountTap(_)")
    }
}

pub(in crate::app) fn tap(screen: Screen, tap: AccountTap, _cx: &mut Context) -> Screen {
    match tap {
        AccountTap::Open(at) => home::go(screen, |_| Some(Place::Account(at))),
    }
}
