//! The start page of a session, and what every signed-in screen has: up, home, hide and sign out.

use crate::app::context::Context;
use crate::app::screen::Place;
use crate::app::{EndCause, Screen, Session, SessionTap};

use super::account::AccountAt;
use super::connection_requests::{Requests, RequestsAt};
use super::contacts::{Contacts, ContactsAt};
use super::cover::{self, CoverCause};
use super::idle;
use super::messages::MessagesAt;
use super::reading::ReadingAt;

/// What is new.
pub struct Home {
    /// For whom.
    pub session: Session,
}

pub(in crate::app) fn tap(screen: Screen, tap: SessionTap, cx: &mut Context) -> Screen {
    match tap {
        SessionTap::HidePressed => cover::cover(screen, CoverCause::Hidden, cx.now.boot.at, cx),
        SessionTap::SignOutPressed if screen.resident().is_some() => {
            idle::end(screen, EndCause::SignOut, cx)
        }
        SessionTap::SignOutPressed | SessionTap::StillHere => screen,
        SessionTap::GoHome => go(screen, |_| Some(Place::Home)),
        SessionTap::Back => go(screen, up),
    }
}

/// Goes to another place of the session. Nobody gets past the monitoring text this way, and what is
/// said of a choice stays as long as the person stays with their connection requests or contacts.
pub(in crate::app) fn go(screen: Screen, to: impl FnOnce(Place) -> Option<Place>) -> Screen {
    if matches!(screen, Screen::Consent(_)) {
        return screen;
    }
    if let Screen::Requests(page) = screen {
        return match to(Place::Requests(page.at)) {
            Some(Place::Requests(at)) => Screen::Requests(Requests { at, ..page }),
            Some(place) => place.enter(page.session, 0),
            None => Screen::Requests(page),
        };
    }
    if let Screen::Contacts(page) = screen {
        return match to(Place::Contacts(page.at)) {
            Some(Place::Contacts(at)) => Screen::Contacts(Contacts { at, ..page }),
            Some(place) => place.enter(page.session, 0),
            None => Screen::Contacts(page),
        };
    }
    if let Screen::Find(page) = screen {
        return match to(Place::Find) {
            Some(Place::Find) | None => Screen::Find(page),
            Some(place) => place.enter(page.session, 0),
        };
    }
    match screen.into_session() {
        Ok((session, from)) => to(from).unwrap_or(from).enter(session, 0),
        Err(other) => other,
    }
}

fn up(from: Place) -> Option<Place> {
    match from {
        Place::Consent | Place::Home => None,
        Place::Requests(RequestsAt::List) | Place::Messages(MessagesAt::List) => Some(Place::Home),
        Place::Requests(RequestsAt::One(_)) => Some(Place::Requests(RequestsAt::List)),
        Place::Messages(MessagesAt::Conversation(_)) => Some(Place::Messages(MessagesAt::List)),
        Place::Messages(MessagesAt::Message { conversation, .. }) => {
            Some(Place::Messages(MessagesAt::Conversation(conversation)))
        }
        Place::Photo(photo) => Some(Place::Messages(photo.message())),
        Place::Compose(at) => Some(Place::Messages(MessagesAt::Conversation(at.to))),
        Place::Contacts(ContactsAt::Lawyer(id)) => Some(Place::Contacts(ContactsAt::One(id))),
        Place::Contacts(ContactsAt::One(_)) => Some(Place::Contacts(ContactsAt::List)),
        Place::Reading(ReadingAt::One(_)) => Some(Place::Reading(ReadingAt::List)),
        Place::Account(AccountAt::Menu)
        | Place::Contacts(ContactsAt::List)
        | Place::Reading(ReadingAt::List)
        | Place::Find => Some(Place::Home),
        Place::Account(_) => Some(Place::Account(AccountAt::Menu)),
    }
}
