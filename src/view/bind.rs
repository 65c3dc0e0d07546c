//! Taps to events: every callback of every adapter.

use std::rc::Rc;

use slint::{Global, SharedString};
use uuid::Uuid;

use super::generated as ui;
use crate::app::Event;
use crate::domain::sign_in::Digit;
use crate::domain::{Answer, ConnectionId, MessageId};

/// Takes what a person did.
pub type Sink = Rc<dyn Fn(Event)>;

/// Joins every callback to the sink.
pub fn bind(app: &ui::AppWindow, sink: &Sink) {
    bind_shell(app, sink);
    bind_sign_in(app, sink);
    bind_session(app, sink);
}

/// A callback without arguments that is one event.
fn tap(sink: &Sink, event: Event) -> impl Fn() + 'static {
    let sink = Rc::clone(sink);
    move || sink(event.clone())
}

/// A callback with an id that is one event; an id that is none is nobody's doing.
fn tap_id(sink: &Sink, event: impl Fn(Uuid) -> Event + 'static) -> impl Fn(SharedString) + 'static {
    let sink = Rc::clone(sink);
    move |id| {
        if let Ok(id) = Uuid::parse_str(&id) {
            sink(event(id));
        }
    }
}

fn digit(sink: &Sink) -> impl Fn(SharedString) + 'static {
    let sink = Rc::clone(sink);
    move |key| {
        if let Some(digit) = key.parse().ok().and_then(Digit::new) {
            sink(Event::DigitPressed(digit));
        }
    }
}

fn bind_shell(app: &ui::AppWindow, sink: &Sink) {
    let shell = ui::ShellAdapter::get(app);
    shell.on_user_activity(tap(sink, Event::Touched));
    shell.on_choose_language({
        let sink = Rc::clone(sink);
        move |code| sink(Event::LanguageChosen(code.into()))
    });
    shell.on_hide(tap(sink, Event::HidePressed));
    shell.on_sign_out(tap(sink, Event::SignOutPressed));
    shell.on_stay(tap(sink, Event::StillHere));
    shell.on_go_home(tap(sink, Event::HomePressed));
    ui::WallAdapter::get(app).on_sign_in(tap(sink, Event::SignInPressed));
}

fn bind_sign_in(app: &ui::AppWindow, sink: &Sink) {
    let page = ui::SignInAdapter::get(app);
    page.on_digit(digit(sink));
    page.on_delete(tap(sink, Event::Erase));
    page.on_clear(tap(sink, Event::Clear));
    page.on_go(tap(sink, Event::Go));
    page.on_back(tap(sink, Event::Back));
    page.on_shuffle(tap(sink, Event::ShufflePressed));
    page.on_choose_field({
        let sink = Rc::clone(sink);
        move |field| {
            sink(match field {
                ui::SignInField::Number => Event::NumberFieldChosen,
                ui::SignInField::Pin => Event::PinFieldChosen,
            });
        }
    });
    let cover = ui::CoveredAdapter::get(app);
    cover.on_digit(digit(sink));
    cover.on_delete(tap(sink, Event::Erase));
    cover.on_clear(tap(sink, Event::Clear));
    cover.on_go(tap(sink, Event::Go));
    cover.on_shuffle(tap(sink, Event::ShufflePressed));
    let consent = ui::ConsentAdapter::get(app);
    consent.on_agree(tap(sink, Event::ConsentAgreed));
    consent.on_not_now(tap(sink, Event::ConsentDeclined));
}

fn bind_session(app: &ui::AppWindow, sink: &Sink) {
    let home = ui::HomeAdapter::get(app);
    home.on_open_messages(tap(sink, Event::OpenMessages));
    home.on_open_requests(tap(sink, Event::OpenRequests));

    let requests = ui::ConnectionRequestsAdapter::get(app);
    requests.on_open(tap_id(sink, |id| Event::OpenRequest(ConnectionId(id))));
    requests.on_close(tap(sink, Event::Back));
    requests.on_undo(tap(sink, Event::UndoPressed));
    requests.on_dismiss_refusal(tap_id(sink, |id| Event::RefusalRead(ConnectionId(id))));
    requests.on_choose({
        let sink = Rc::clone(sink);
        move |id, choice| {
            let answer = match choice {
                ui::Choice::Accept => Answer::Accept,
                ui::Choice::Decline => Answer::Decline,
                ui::Choice::Block => Answer::Block,
            };
            if let Ok(id) = Uuid::parse_str(&id) {
                sink(Event::Answer(ConnectionId(id), answer));
            }
        }
    });

    let messages = ui::MessagesAdapter::get(app);
    messages.on_open(tap_id(sink, |id| Event::OpenConversation(ConnectionId(id))));
    messages.on_close(tap(sink, Event::Back));
    messages.on_open_message(tap_id(sink, |id| Event::OpenMessage(MessageId(id))));
    messages.on_open_photo({
        let sink = Rc::clone(sink);
        move |message, photo| {
            if let (Ok(message), Ok(index)) = (Uuid::parse_str(&message), photo.parse()) {
                sink(Event::OpenPhoto(MessageId(message), index));
            }
        }
    });

    let photo = ui::PhotoAdapter::get(app);
    photo.on_close(tap(sink, Event::ClosePhoto));
    photo.on_previous(tap(sink, Event::PreviousPhoto));
    photo.on_next(tap(sink, Event::NextPhoto));
}
