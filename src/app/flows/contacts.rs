//! Everybody a resident is, was or may be in touch with, and how each stands.

use crate::app::context::Context;
use crate::app::screen::Place;
use crate::app::{Screen, Session};
use crate::domain::ConnectionId;

use super::home;

/// Contacts.
pub struct Contacts {
    /// Whose.
    pub session: Session,
    /// Which of them.
    pub at: ContactsAt,
}

/// Where in the contacts somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactsAt {
    /// All of them.
    List,
    /// One.
    One(ConnectionId),
}

/// Taps about contacts.
#[derive(Clone, Debug)]
pub enum ContactsTap {
    /// Wants the list.
    OpenContacts,
    /// Wants one of them.
    OpenContact(ConnectionId),
}

pub(in crate::app) fn tap(screen: Screen, tap: ContactsTap, _cx: &mut Context) -> Screen {
    match tap {
        ContactsTap::OpenContacts => home::go(screen, |_| Some(Place::Contacts(ContactsAt::List))),
        ContactsTap::OpenContact(id) => {
            home::go(screen, |_| Some(Place::Contacts(ContactsAt::One(id))))
        }
    }
}
