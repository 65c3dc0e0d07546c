//! Who asks to be in touch, the resident's answers, and undoing the last one.

use crate::app::context::Context;
use crate::app::screen::Place;
use crate::app::{Effect, RequestsTap, Screen, Session, Ticket, UndoAnswer};
use crate::domain::local::ToSync;
use crate::domain::{
    Answer, BootMillis, ConnectionId, DraftId, IntentBody, IntentNumber, UNDO_HOLD, UNDO_SHOWN,
};

use super::contacts::Contacts;
use super::{compose, home};

/// The connection requests.
pub struct Requests {
    /// Whose.
    pub session: Session,
    /// The list, or one of them.
    pub at: RequestsAt,
    /// How the last thing done here went, if that needs saying.
    pub told: Option<Told>,
}

/// Where in the connection requests somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestsAt {
    /// All of them.
    List,
    /// One of them.
    One(ConnectionId),
}

/// Something done that can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UndoBar {
    /// About whom.
    pub connection: ConnectionId,
    /// What.
    pub what: Undoable,
    /// Until when the undo is on the screen.
    pub until: BootMillis,
    ticket: Ticket,
    number: Option<IntentNumber>,
    step: UndoStep,
}

/// What can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undoable {
    /// An answer to a connection request, or to a connection.
    Answer(Answer),
    /// A message sent; undone, it is this draft again.
    Send(DraftId),
}

impl UndoBar {
    /// For a message that has just been written down.
    pub(in crate::app) fn of_send(
        at: (ConnectionId, DraftId),
        (ticket, number): (Ticket, IntentNumber),
        now: BootMillis,
    ) -> Self {
        Self {
            connection: at.0,
            what: Undoable::Send(at.1),
            until: now.plus(UNDO_SHOWN),
            ticket,
            number: Some(number),
            step: UndoStep::Offered,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum UndoStep {
    Offered,
    Wanted,
}

/// What is said about the last thing done, here or among the contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The answer was undone.
    Undone,
    /// It was too late to undo it.
    UndoTooLate,
    /// The answer could not be saved, so it was not given.
    NotSaved,
}

impl Requests {
    pub(in crate::app) fn at(session: Session, at: RequestsAt) -> Self {
        Self {
            session,
            at,
            told: None,
        }
    }
}

pub(in crate::app) fn tap(screen: Screen, tap: RequestsTap, cx: &mut Context) -> Screen {
    match tap {
        RequestsTap::OpenRequests => home::go(screen, |_| Some(Place::Requests(RequestsAt::List))),
        RequestsTap::OpenRequest(id) => {
            home::go(screen, |_| Some(Place::Requests(RequestsAt::One(id))))
        }
        RequestsTap::Answered(connection, answer) => on_page(screen, |page| {
            give_answer(&mut page.session, &mut page.told, connection, answer, cx);
        }),
        RequestsTap::UndoPressed => on_session(screen, |session| want_undo(session, cx)),
        RequestsTap::RefusalRead(connection) => on_session_of_people(screen, |session| {
            let resident = session.resident;
            cx.effect(Effect::NoteTold {
                resident,
                connection,
            });
            cx.refresh();
        }),
    }
}

fn on_session(mut screen: Screen, act: impl FnOnce(&mut Session)) -> Screen {
    if let Some(session) = screen.session_mut() {
        act(session);
    }
    screen
}

/// On the two pages that say how somebody stands.
fn on_session_of_people(mut screen: Screen, act: impl FnOnce(&mut Session)) -> Screen {
    if let Screen::Requests(Requests { session, .. }) | Screen::Contacts(Contacts { session, .. }) =
        &mut screen
    {
        act(session);
    }
    screen
}

fn say(mut screen: Screen, what: Told) -> Screen {
    if let Screen::Requests(Requests { told, .. }) | Screen::Contacts(Contacts { told, .. }) =
        &mut screen
    {
        *told = Some(what);
    }
    screen
}

fn on_page(mut screen: Screen, act: impl FnOnce(&mut Requests)) -> Screen {
    if let Screen::Requests(page) = &mut screen {
        act(page);
    }
    screen
}

/// Records the answer at once, held for [`UNDO_HOLD`]. The answer before it stands.
pub(in crate::app) fn give_answer(
    session: &mut Session,
    told: &mut Option<Told>,
    connection: ConnectionId,
    answer: Answer,
    cx: &mut Context,
) {
    let what = Undoable::Answer(answer);
    let twice = |bar: UndoBar| bar.connection == connection && bar.what == what;
    if session.undo.is_some_and(twice) {
        return;
    }
    let body = IntentBody::AnswerConnection { connection, answer };
    let ticket = cx.record(session.resident, body, Some(UNDO_HOLD));
    *told = None;
    session.undo = Some(UndoBar {
        connection,
        what,
        until: cx.now.boot.at.plus(UNDO_SHOWN),
        ticket,
        number: None,
        step: UndoStep::Offered,
    });
}

fn want_undo(session: &mut Session, cx: &mut Context) {
    let Some(bar) = &mut session.undo else { return };
    if bar.step == UndoStep::Offered {
        bar.step = UndoStep::Wanted;
        if let Some(number) = bar.number {
            cx.effect(Effect::UndoIntent { number });
        }
    }
}

/// An intent of anybody is on disk. Its sync may hold it, but should know.
pub(in crate::app) fn recorded(
    screen: Screen,
    ticket: Ticket,
    number: IntentNumber,
    cx: &mut Context,
) -> Screen {
    cx.effect(Effect::TellSync(ToSync::IntentsWaiting));
    cx.refresh();
    on_session(screen, |session| {
        if let Some(bar) = session.undo.as_mut().filter(|bar| bar.ticket == ticket) {
            bar.number = Some(number);
            if bar.step == UndoStep::Wanted {
                cx.effect(Effect::UndoIntent { number });
            }
        }
    })
}

/// An intent is not on disk: what it said did not happen.
pub(in crate::app) fn not_recorded(screen: Screen, ticket: Ticket, cx: &mut Context) -> Screen {
    cx.refresh();
    match take_undo(screen, |bar| bar.ticket == ticket) {
        (screen, Some(_)) => say(screen, Told::NotSaved),
        (screen, None) => screen,
    }
}

/// Takes the undo off the screen if it is that one, and gives it.
fn take_undo(mut screen: Screen, which: impl FnOnce(UndoBar) -> bool) -> (Screen, Option<UndoBar>) {
    let undo = screen.session_mut().map(|session| &mut session.undo);
    let taken = undo.and_then(|undo| undo.take_if(|bar| which(*bar)));
    (screen, taken)
}

pub(in crate::app) fn undone(
    screen: Screen,
    number: IntentNumber,
    answer: UndoAnswer,
    cx: &mut Context,
) -> Screen {
    cx.refresh();
    let (screen, taken) = take_undo(screen, |bar| bar.number == Some(number));
    match (taken, answer) {
        (Some(bar), UndoAnswer::Undone) => match bar.what {
            Undoable::Answer(_) => say(screen, Told::Undone),
            Undoable::Send(draft) => compose::reopen(screen, bar.connection, draft),
        },
        (Some(_), UndoAnswer::TooLate) => say(screen, Told::UndoTooLate),
        (None, _) => screen,
    }
}

/// Takes the undo off the screen once it has been there long enough. The answer stands.
pub(in crate::app) fn expire(session: &mut Session, at: BootMillis) {
    session.undo = session.undo.filter(|bar| bar.until > at);
}
