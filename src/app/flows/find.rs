//! Searching own messages and contacts.

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

use crate::app::context::Context;
use crate::app::screen::Place;
use crate::app::{Screen, Session};
use crate::domain::find::{Query, Words};
use crate::domain::{ConnectionId, MessageId};

use super::home;
use super::messages::MessagesAt;

/// The most characters that can be typed.
pub const MOST_TYPED: usize = 60;

/// Searching. What was typed is wiped on leaving, be it by a tap, a cover or the end of the session.
pub struct Find {
    /// Who searches.
    pub session: Session,
    /// Whether the keys are on the screen.
    pub typing: bool,
    /// Beside words.
    pub filters: Filters,
    typed: Zeroizing<String>,
}

/// What is asked of messages beside words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// Only those not opened yet.
    pub unread_only: bool,
    /// Only those with a star.
    pub starred: bool,
    /// Only those with this contact.
    pub with: With,
}

/// Whose messages are looked through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum With {
    /// Everybody's.
    #[default]
    Anyone,
    /// Somebody's: the names are on the screen to choose one.
    Choosing,
    /// This contact's.
    One(ConnectionId),
}

/// Taps while searching. `Debug` tells none of the words.
#[derive(Clone)]
pub enum FindTap {
    /// Wants to search.
    OpenFind,
    /// A key: one or a few characters.
    Typed(String),
    /// Takes the last character back.
    Erase,
    /// Takes all of them back.
    Clear,
    /// Wants to type.
    FieldPressed,
    /// Wants to see what was found.
    Done,
    /// Only what was not opened, or all of it again.
    UnreadPressed,
    /// Only what has a star, or all of it again.
    StarredPressed,
    /// Only what one contact wrote, or everybody again.
    ContactPressed,
    /// That one.
    ContactChosen(ConnectionId),
    /// Wants to read what was found, in its conversation.
    OpenHit {
        /// In which conversation.
        conversation: ConnectionId,
        /// Which.
        message: MessageId,
    },
}

impl fmt::Debug for FindTap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FindTap(_)")
    }
}

impl Find {
    pub(in crate::app) fn new(session: Session) -> Self {
        Self {
            session,
            typing: true,
            filters: Filters::default(),
            typed: Zeroizing::new(String::new()),
        }
    }

    /// What was typed.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// What is looked for.
    pub fn query(&self) -> Query {
        Query {
            words: Words::parse(&self.typed),
            unread_only: self.filters.unread_only,
            starred: self.filters.starred,
            with: match self.filters.with {
                With::One(id) => Some(id),
                With::Anyone | With::Choosing => None,
            },
        }
    }

    fn take(&mut self, text: &str) {
        for c in text.chars().filter(|c| !c.is_control()) {
            if self.typed.chars().nth(MOST_TYPED - 1).is_some() {
                return;
            }
            let room = self.typed.capacity() - self.typed.len();
            if room < c.len_utf8() {
                // Grown by hand, so that the old place is wiped too.
                let mut grown = Zeroizing::new(String::with_capacity(MOST_TYPED * 4));
                grown.push_str(&self.typed);
                self.typed = grown;
            }
            self.typed.push(c);
        }
    }
}

pub(in crate::app) fn tap(mut screen: Screen, mut tap: FindTap, _cx: &mut Context) -> Screen {
    if let FindTap::OpenFind = tap {
        return home::go(screen, |_| Some(Place::Find));
    }
    let Screen::Find(page) = &mut screen else {
        return screen;
    };
    match &mut tap {
        FindTap::OpenFind => {}
        FindTap::Typed(text) => {
            page.take(text);
            text.zeroize();
        }
        FindTap::Erase => {
            page.typed.pop();
        }
        FindTap::Clear => page.typed.zeroize(),
        FindTap::FieldPressed => {
            page.typing = true;
            if page.filters.with == With::Choosing {
                page.filters.with = With::Anyone;
            }
        }
        FindTap::Done => page.typing = false,
        FindTap::UnreadPressed => page.filters.unread_only = !page.filters.unread_only,
        FindTap::StarredPressed => page.filters.starred = !page.filters.starred,
        FindTap::ContactPressed => {
            page.typing = false;
            page.filters.with = match page.filters.with {
                With::Anyone => With::Choosing,
                With::Choosing | With::One(_) => With::Anyone,
            };
        }
        FindTap::ContactChosen(id) => page.filters.with = With::One(*id),
        FindTap::OpenHit {
            conversation,
            message,
        } => {
            let at = MessagesAt::Message {
                conversation: *conversation,
                message: *message,
            };
            return home::go(screen, |_| Some(Place::Messages(at)));
        }
    }
    screen
}
