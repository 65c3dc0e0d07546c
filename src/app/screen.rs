use zeroize::Zeroize;

use crate::domain::badge::BadgeId;
use crate::domain::{BootMillis, LastSignIn, Preferences, ResidentId, ResidentNumber};

use super::flows::account::{Account, AccountAt};
use super::flows::compose::{Compose, ComposeAt};
use super::flows::connection_requests::{Requests, RequestsAt, UndoBar};
use super::flows::consent::Consent;
use super::flows::contacts::{Contacts, ContactsAt};
use super::flows::cover::Covered;
use super::flows::find::Find;
use super::flows::home::Home;
use super::flows::messages::{Messages, MessagesAt, Photo, PhotoAt};
use super::flows::reading::{Reading, ReadingAt};
use super::flows::sign_in::SignIn;
use super::flows::technician::Technician;
use super::flows::wall::{Closed, Wall};
use super::{KeypadOrder, SignedIn};

/// What is on the screen; what only one screen needs lives in its variant.
pub enum Screen {
    /// Nobody is signed in.
    Wall(Wall),
    /// Somebody types their number or PIN.
    SignIn(SignIn),
    /// Somebody signed in and reads the monitoring text.
    Consent(Consent),
    /// What is new.
    Home(Home),
    /// Connection requests.
    Requests(Requests),
    /// Conversations and messages.
    Messages(Messages),
    /// One photo, as large as it goes.
    Photo(Photo),
    /// Writing a message.
    Compose(Compose),
    /// Everybody in touch, or who was.
    Contacts(Contacts),
    /// Searching.
    Find(Find),
    /// Notices and handbook.
    Reading(Reading),
    /// My account.
    Account(Account),
    /// Hidden or locked until the same person's PIN is typed.
    Covered(Covered),
    /// As the wall, but nobody can sign in.
    Closed(Closed),
    /// For technicians.
    Technician(Technician),
}

/// Somebody who is signed in. It exists in signed-in screens only; no `Debug`.
pub struct Session {
    /// Who.
    pub resident: ResidentId,
    /// What to call them.
    pub first_name: String,
    /// Their sign-in before this one, and the wrong PINs since.
    pub last_sign_in: Option<LastSignIn>,
    /// How they want the screen.
    pub preferences: Preferences,
    /// Their number, which no PIN may be like.
    pub(in crate::app) number: ResidentNumber,
    /// The order of the keys when the screen is covered next, if they want it shuffled.
    pub(in crate::app) keypad: KeypadOrder,
    /// The last answer or message, while it can be undone: on whatever page they are.
    pub undo: Option<UndoBar>,
    /// The badge they signed in with, if they did.
    pub(in crate::app) badge: Option<BadgeId>,
    /// What was copied here; it goes with the session.
    pub(in crate::app) clipboard: String,
    /// When they last touched the glass.
    pub(in crate::app) touched: BootMillis,
}

impl Session {
    pub(in crate::app) fn new(who: SignedIn, now: BootMillis) -> Self {
        Self {
            resident: who.resident,
            first_name: who.first_name,
            last_sign_in: who.last_sign_in,
            preferences: who.preferences,
            number: who.number,
            keypad: who.keypad,
            undo: None,
            badge: None,
            clipboard: String::new(),
            touched: now,
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.first_name.zeroize();
        self.clipboard.zeroize();
    }
}

/// Where in a session somebody is: ids and numbers, no words.
#[derive(Clone, Copy)]
pub(in crate::app) enum Place {
    Consent,
    Home,
    Requests(RequestsAt),
    Messages(MessagesAt),
    Photo(PhotoAt),
    Compose(ComposeAt),
    Contacts(ContactsAt),
    Find,
    Reading(ReadingAt),
    Account(AccountAt),
}

impl Place {
    /// The screen there. `consent_version` is the text's that would have to be agreed to.
    pub fn enter(self, session: Session, consent_version: u32) -> Screen {
        match self {
            Self::Consent => Screen::Consent(Consent {
                session,
                version: consent_version,
            }),
            Self::Home => Screen::Home(Home { session }),
            Self::Requests(at) => Screen::Requests(Requests::at(session, at)),
            Self::Messages(at) => Screen::Messages(Messages::at(session, at)),
            Self::Photo(at) => Screen::Photo(Photo { session, at }),
            Self::Compose(at) => Screen::Compose(Compose::at(session, at)),
            Self::Contacts(at) => Screen::Contacts(Contacts::at(session, at)),
            Self::Find => Screen::Find(Find::new(session)),
            Self::Reading(at) => Screen::Reading(Reading { session, at }),
            Self::Account(at) => Screen::Account(Account::at(session, at)),
        }
    }
}

impl Screen {
    /// Who is signed in and uncovered.
    pub fn session(&self) -> Option<&Session> {
        match self {
            Self::Consent(page) => Some(&page.session),
            Self::Home(page) => Some(&page.session),
            Self::Requests(page) => Some(&page.session),
            Self::Messages(page) => Some(&page.session),
            Self::Photo(page) => Some(&page.session),
            Self::Compose(page) => Some(&page.session),
            Self::Contacts(page) => Some(&page.session),
            Self::Find(page) => Some(&page.session),
            Self::Reading(page) => Some(&page.session),
            Self::Account(page) => Some(&page.session),
            Self::Wall(_)
            | Self::SignIn(_)
            | Self::Covered(_)
            | Self::Closed(_)
            | Self::Technician(_) => None,
        }
    }

    pub(in crate::app) fn session_mut(&mut self) -> Option<&mut Session> {
        match self {
            Self::Consent(page) => Some(&mut page.session),
            Self::Home(page) => Some(&mut page.session),
            Self::Requests(page) => Some(&mut page.session),
            Self::Messages(page) => Some(&mut page.session),
            Self::Photo(page) => Some(&mut page.session),
            Self::Compose(page) => Some(&mut page.session),
            Self::Contacts(page) => Some(&mut page.session),
            Self::Find(page) => Some(&mut page.session),
            Self::Reading(page) => Some(&mut page.session),
            Self::Account(page) => Some(&mut page.session),
            Self::Wall(_)
            | Self::SignIn(_)
            | Self::Covered(_)
            | Self::Closed(_)
            | Self::Technician(_) => None,
        }
    }

    /// Who is signed in, or covered.
    pub fn resident(&self) -> Option<ResidentId> {
        match self {
            Self::Covered(page) => Some(page.resident),
            Self::Wall(_)
            | Self::SignIn(_)
            | Self::Consent(_)
            | Self::Home(_)
            | Self::Requests(_)
            | Self::Messages(_)
            | Self::Photo(_)
            | Self::Compose(_)
            | Self::Contacts(_)
            | Self::Find(_)
            | Self::Reading(_)
            | Self::Account(_)
            | Self::Closed(_)
            | Self::Technician(_) => self.session().map(|session| session.resident),
        }
    }

    /// The screen's name, for logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Wall(_) => "wall",
            Self::SignIn(_) => "sign_in",
            Self::Consent(_) => "consent",
            Self::Home(_) => "home",
            Self::Requests(_) => "connection_requests",
            Self::Messages(_) => "messages",
            Self::Photo(_) => "photo",
            Self::Compose(_) => "compose",
            Self::Contacts(_) => "contacts",
            Self::Find(_) => "find",
            Self::Reading(_) => "reading",
            Self::Account(_) => "account",
            Self::Covered(_) => "cover",
            Self::Closed(_) => "closed",
            Self::Technician(_) => "technician",
        }
    }

    /// Takes the session out of a signed-in screen, with where it was; other screens come back.
    #[expect(
        clippy::result_large_err,
        reason = "either side is moved once a tap; a box would only move the cost"
    )]
    pub(in crate::app) fn into_session(self) -> Result<(Session, Place), Self> {
        match self {
            Self::Consent(page) => Ok((page.session, Place::Consent)),
            Self::Home(page) => Ok((page.session, Place::Home)),
            Self::Requests(page) => Ok((page.session, Place::Requests(page.at))),
            Self::Messages(page) => Ok((page.session, Place::Messages(page.at))),
            Self::Photo(page) => Ok((page.session, Place::Photo(page.at))),
            Self::Compose(page) => Ok((page.session, Place::Compose(page.at))),
            Self::Contacts(page) => Ok((page.session, Place::Contacts(page.at))),
            Self::Find(page) => Ok((page.session, Place::Find)),
            Self::Reading(page) => Ok((page.session, Place::Reading(page.at))),
            Self::Account(page) => Ok((page.session, Place::Account(page.at))),
            other @ (Self::Wall(_)
            | Self::SignIn(_)
            | Self::Covered(_)
            | Self::Closed(_)
            | Self::Technician(_)) => Err(other),
        }
    }

    /// Somebody is there.
    pub(in crate::app) fn touch(&mut self, now: BootMillis) {
        match self {
            Self::Wall(page) => page.touched = now,
            Self::SignIn(page) => page.touched = now,
            Self::Consent(page) => page.session.touched = now,
            Self::Home(page) => page.session.touched = now,
            Self::Requests(page) => page.session.touched = now,
            Self::Messages(page) => page.session.touched = now,
            Self::Photo(page) => page.session.touched = now,
            Self::Compose(page) => page.session.touched = now,
            Self::Contacts(page) => page.session.touched = now,
            Self::Find(page) => page.session.touched = now,
            Self::Reading(page) => page.session.touched = now,
            Self::Account(page) => page.session.touched = now,
            Self::Covered(page) => page.touched = now,
            Self::Closed(page) => page.touched = now,
            Self::Technician(page) => page.touched = now,
        }
    }
}
