//! Searching own messages and contacts.

use std::fmt;

use crate::app::context::Context;
use crate::app::screen::Place;
use crate::app::{Screen, Session};

use super::home;

/// Searching.
pub struct Find {
    /// Who searches.
    pub session: Session,
}

/// Taps while searching. `Debug` tells none of the words.
#[derive(Clone)]
pub enum FindTap {
    /// Wants to search.
    OpenFind,
}

impl fmt::Debug for FindTap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FindTap(_)")
    }
}

pub(in crate::app) fn tap(screen: Screen, tap: FindTap, _cx: &mut Context) -> Screen {
    match tap {
        FindTap::OpenFind => home::go(screen, |_| Some(Place::Find)),
    }
}
