//! Taps to events: every callback of every adapter.

use std::rc::Rc;

use dayroom_ui as ui;
use rand::SeedableRng;
use rand::rngs::StdRng;
use slint::{ComponentHandle, Global, SharedString};
use uuid::Uuid;

use super::messages::PhotoPlace;
use crate::app::flows::account::AccountAt;
use crate::app::{
    AccountTap, ComposeTap, ConsentTap, ContactsTap, Event, FindTap, KeypadOrder, MessagesTap,
    PadTap, ReadingTap, RequestsTap, Seen, SessionTap, WallTap,
};
use crate::domain::sign_in::Digit;
use crate::domain::{ConnectionId, MessageId};

/// Takes what a person did.
pub type Sink = Rc<dyn Fn(Event)>;

/// Joins every callback to the sink.
pub fn bind(app: &ui::AppWindow, sink: &Sink) {
    bind_shell(app, sink);
    bind_sign_in(app, sink);
    bind_session(app, sink);
    super::wall::bind(app, sink);
    super::compose::bind(app, sink);
    super::contacts::bind(app, sink);
    super::find::bind(app, sink);
    super::reading::bind(app, sink);
    super::account::bind(app, sink);
    super::setup::bind(app, sink);
    super::technician::bind(app, sink);
}

/// A callback without arguments that is one event.
pub(super) fn tap(sink: &Sink, event: Event) -> impl Fn() + 'static {
    let sink = Rc::clone(sink);
    move || sink(event.clone())
}

/// A callback with an id that is one event; an id that is none is nobody's doing.
pub(super) fn tap_id(
    sink: &Sink,
    event: impl Fn(Uuid) -> Event + 'static,
) -> impl Fn(SharedString) + 'static {
    let sink = Rc::clone(sink);
    move |id| {
        if let Ok(id) = Uuid::parse_str(&id) {
            sink(event(id));
        }
    }
}

pub(super) fn digit(sink: &Sink) -> impl Fn(SharedString) + 'static {
    let sink = Rc::clone(sink);
    move |key| {
        if let Some(digit) = key.parse().ok().and_then(Digit::new) {
            sink(Event::Pad(PadTap::Digit(digit)));
        }
    }
}

/// The key that lays the digits out in an order nobody can foresee.
fn shuffle(sink: &Sink) -> impl Fn() + 'static {
    let sink = Rc::clone(sink);
    move || {
        let order = KeypadOrder::shuffled(&mut StdRng::from_os_rng());
        sink(Event::Pad(PadTap::ShufflePressed(order)));
    }
}

fn bind_shell(app: &ui::AppWindow, sink: &Sink) {
    let shell = ui::ShellAdapter::get(app);
    shell.on_user_activity(tap(sink, Event::Touched));
    shell.on_choose_language({
        let sink = Rc::clone(sink);
        move |code| sink(Event::Wall(WallTap::LanguageChosen(code.into())))
    });
    shell.on_hide(tap(sink, Event::Session(SessionTap::HidePressed)));
    shell.on_sign_out(tap(sink, Event::Session(SessionTap::SignOutPressed)));
    shell.on_wake(tap(sink, Event::Wall(WallTap::Woken)));
    shell.on_stay(tap(sink, Event::Session(SessionTap::StillHere)));
    shell.on_go_home(tap(sink, Event::Session(SessionTap::GoHome)));
    shell.on_go_back(tap(sink, Event::Session(SessionTap::Back)));
    let sign_in = Event::Wall(WallTap::SignInPressed);
    ui::WallAdapter::get(app).on_sign_in(tap(sink, sign_in));
}

fn bind_sign_in(app: &ui::AppWindow, sink: &Sink) {
    let page = ui::SignInAdapter::get(app);
    page.on_digit(digit(sink));
    page.on_delete(tap(sink, Event::Pad(PadTap::Erase)));
    page.on_clear(tap(sink, Event::Pad(PadTap::Clear)));
    page.on_go(tap(sink, Event::Pad(PadTap::Go)));
    page.on_back(tap(sink, Event::Pad(PadTap::Back)));
    page.on_shuffle(shuffle(sink));
    page.on_choose_field({
        let sink = Rc::clone(sink);
        move |field| {
            sink(Event::Pad(match field {
                ui::SignInField::Number => PadTap::NumberPressed,
                ui::SignInField::Pin => PadTap::PinPressed,
            }));
        }
    });
    let cover = ui::CoveredAdapter::get(app);
    cover.on_digit(digit(sink));
    cover.on_delete(tap(sink, Event::Pad(PadTap::Erase)));
    cover.on_clear(tap(sink, Event::Pad(PadTap::Clear)));
    cover.on_go(tap(sink, Event::Pad(PadTap::Go)));
    cover.on_shuffle(shuffle(sink));
    let consent = ui::ConsentAdapter::get(app);
    consent.on_agree({
        let sink = Rc::clone(sink);
        move |version| {
            if let Ok(version) = u32::try_from(version) {
                sink(Event::Consent(ConsentTap::Agreed { version }));
            }
        }
    });
    consent.on_not_now(tap(sink, Event::Consent(ConsentTap::Declined)));
}

fn bind_session(app: &ui::AppWindow, sink: &Sink) {
    let home = ui::HomeAdapter::get(app);
    home.on_open_messages(tap(sink, Event::Messages(MessagesTap::OpenMessages)));
    home.on_open_requests(tap(sink, Event::Requests(RequestsTap::OpenRequests)));
    home.on_open_contacts(tap(sink, Event::Contacts(ContactsTap::OpenContacts)));
    home.on_open_find(tap(sink, Event::Find(FindTap::OpenFind)));
    home.on_open_reading(tap(sink, Event::Reading(ReadingTap::OpenReading)));
    let account = Event::Account(AccountTap::Open(AccountAt::Menu));
    home.on_open_account(tap(sink, account));

    let requests = ui::ConnectionRequestsAdapter::get(app);
    requests.on_open(tap_id(sink, |id| {
        Event::Requests(RequestsTap::OpenRequest(ConnectionId(id)))
    }));
    requests.on_close(tap(sink, Event::Session(SessionTap::Back)));
    requests.on_undo(tap(sink, Event::Requests(RequestsTap::UndoPressed)));
    requests.on_dismiss_refusal(tap_id(sink, |id| {
        Event::Requests(RequestsTap::RefusalRead(ConnectionId(id)))
    }));
    requests.on_choose({
        let sink = Rc::clone(sink);
        move |id, choice| {
            let answer = super::connection_requests::answer(choice);
            if let Ok(id) = Uuid::parse_str(&id) {
                sink(Event::Requests(RequestsTap::Answered(
                    ConnectionId(id),
                    answer,
                )));
            }
        }
    });

    let messages = ui::MessagesAdapter::get(app);
    messages.on_open(tap_id(sink, |id| {
        Event::Messages(MessagesTap::OpenConversation(ConnectionId(id)))
    }));
    // A message is read in its thread, so closing either leads to the list.
    messages.on_close(tap(sink, Event::Messages(MessagesTap::OpenMessages)));
    // Only a message that has not been opened has this tap.
    messages.on_open_message(tap_id(sink, |id| {
        Event::Messages(MessagesTap::OpenMessage(MessageId(id), Seen::New))
    }));
    messages.on_show_message(tap_id(sink, |id| {
        Event::Messages(MessagesTap::OpenMessage(MessageId(id), Seen::Before))
    }));
    messages.on_close_message(tap(sink, Event::Session(SessionTap::Back)));
    messages.on_ask_reviewer(tap_id(sink, |id| {
        Event::Messages(MessagesTap::AppealPressed(MessageId(id)))
    }));
    messages.on_set_star({
        let sink = Rc::clone(sink);
        move |id, on| {
            if let Ok(id) = Uuid::parse_str(&id) {
                sink(Event::Messages(MessagesTap::StarPressed(MessageId(id), on)));
            }
        }
    });
    let undo = Event::Messages(MessagesTap::UndoAppealPressed);
    messages.on_undo_appeal(tap(sink, undo));
    messages.on_write({
        let (sink, app) = (Rc::clone(sink), app.as_weak());
        move || {
            let selected = app
                .upgrade()
                .map(|app| ui::MessagesAdapter::get(&app).get_selected_id());
            if let Some(Ok(id)) = selected.map(|id| Uuid::parse_str(&id)) {
                sink(Event::Compose(ComposeTap::Write(ConnectionId(id))));
            }
        }
    });
    messages.on_open_photo({
        let sink = Rc::clone(sink);
        move |message, photo| {
            if let (Ok(id), Some(PhotoPlace { index, of })) =
                (Uuid::parse_str(&message), PhotoPlace::parse(&photo))
            {
                let open = MessagesTap::OpenMessage(MessageId(id), Seen::Before);
                sink(Event::Messages(open));
                sink(Event::Messages(MessagesTap::OpenPhoto { index, of }));
            }
        }
    });

    let photo = ui::PhotoAdapter::get(app);
    photo.on_close(tap(sink, Event::Messages(MessagesTap::ClosePhoto)));
    photo.on_previous(tap(sink, Event::Messages(MessagesTap::PreviousPhoto)));
    photo.on_next(tap(sink, Event::Messages(MessagesTap::NextPhoto)));
}
