//! Everybody a resident is, was or may be in touch with, and how each stands.

use crate::app::context::Context;
use crate::app::screen::Place;
use crate::app::{Screen, Session};
use crate::domain::{Answer, ConnectionId};

use super::connection_requests::{self, Told};
use super::home;

/// Contacts.
pub struct Contacts {
    /// Whose.
    pub session: Session,
    /// Which of them.
    pub at: ContactsAt,
    /// How the last thing done here went, if that needs saying.
    pub told: Option<Told>,
}

/// Where in the contacts somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactsAt {
    /// All of them.
    List,
    /// One.
    One(ConnectionId),
    /// One that says to be a lawyer, in the lane that staff read: why one does not write to them there.
    Lawyer(ConnectionId),
}

impl ContactsAt {
    /// Which contact, if one.
    pub fn contact(self) -> Option<ConnectionId> {
        match self {
            Self::List => None,
            Self::One(id) | Self::Lawyer(id) => Some(id),
        }
    }
}

/// Taps about contacts.
#[derive(Clone, Debug)]
pub enum ContactsTap {
    /// Wants the list.
    OpenContacts,
    /// Wants one of them.
    OpenContact(ConnectionId),
    /// Wants to write to one who says to be a lawyer, in the ordinary lane
    /// ([`crate::domain::Contact::is_lawyer_in_ordinary_lane`]): stops there.
    WriteToLawyer(ConnectionId),
    /// Chooses for one of them; can be undone as an answer to a request can.
    Chose(ConnectionId, Answer),
}

impl Contacts {
    pub(in crate::app) fn at(session: Session, at: ContactsAt) -> Self {
        Self {
            session,
            at,
            told: None,
        }
    }
}

pub(in crate::app) fn tap(mut screen: Screen, tap: ContactsTap, cx: &mut Context) -> Screen {
    match tap {
        ContactsTap::OpenContacts => home::go(screen, |_| Some(Place::Contacts(ContactsAt::List))),
        ContactsTap::OpenContact(id) => {
            home::go(screen, |_| Some(Place::Contacts(ContactsAt::One(id))))
        }
        ContactsTap::WriteToLawyer(id) => {
            home::go(screen, |_| Some(Place::Contacts(ContactsAt::Lawyer(id))))
        }
        ContactsTap::Chose(connection, answer) => {
            if let Screen::Contacts(Contacts { session, told, .. }) = &mut screen {
                connection_requests::give_answer(session, told, connection, answer, cx);
            }
            screen
        }
    }
}
