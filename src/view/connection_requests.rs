//! Connection requests: who asks, and what became of it.

use std::time::Duration;

use dayroom_ui as ui;
use slint::{Global, ModelRc};

use super::locale::Locales;
use super::words;
use crate::app::flows::connection_requests::Told;
use crate::domain::overlay::{PendingChoice, ShownConnection};
use crate::domain::text::initials;
use crate::domain::{
    Answer, ApprovalRule, BootMoment, Connection, ConnectionState, Identity, Now, Refusal,
    UNDO_SHOWN, UtcMillis,
};

/// What is on the page of requests.
pub struct Requests<'a> {
    /// All of them, in order.
    pub all: &'a [ShownConnection],
    /// The one that is open.
    pub open: Option<&'a ShownConnection>,
    /// What became of the last tap.
    pub told: Option<Told>,
    /// Whether central can be reached.
    pub online: bool,
}

/// Puts the requests on the page.
pub fn show(app: &ui::AppWindow, requests: &Requests<'_>, locales: &Locales, now: Now) {
    let page = ui::ConnectionRequestsAdapter::get(app);
    let rows = requests
        .all
        .iter()
        .map(|one| row(one, requests.online, locales, now))
        .collect();
    show_told(app, requests.told);
    if let Some(rows) = words::changed(&page.get_requests(), rows) {
        page.set_requests(rows);
    }
    match requests.open {
        Some(open) => {
            page.set_selected_id(open.connection.id.to_string().into());
            page.set_selected(detail(open, requests.online, locales, now));
        }
        None => {
            page.set_selected_id("".into());
            page.set_selected(ui::RequestDetail::default());
        }
    }
}

/// What became of the last tap, here or among the contacts.
pub(super) fn show_told(app: &ui::AppWindow, told: Option<Told>) {
    ui::ConnectionRequestsAdapter::get(app).set_told(match told {
        None => ui::Told::Nothing,
        Some(Told::Undone) => ui::Told::Undone,
        Some(Told::UndoTooLate) => ui::Told::UndoTooLate,
        Some(Told::NotSaved) => ui::Told::NotSaved,
    });
}

/// The answer a choice on the screen stands for.
pub(super) fn answer(choice: ui::Choice) -> Answer {
    match choice {
        ui::Choice::Accept => Answer::Accept,
        ui::Choice::Decline => Answer::Decline,
        ui::Choice::Block => Answer::Block,
        ui::Choice::Unblock => Answer::Unblock,
        ui::Choice::Remove => Answer::Remove,
    }
}

/// Leaves nothing of anybody on the page.
pub fn clear(app: &ui::AppWindow) {
    let page = ui::ConnectionRequestsAdapter::get(app);
    page.set_requests(ModelRc::default());
    page.set_selected_id("".into());
    page.set_selected(ui::RequestDetail::default());
    page.set_undo_offer(ui::UndoOffer::default());
    page.set_told(ui::Told::Nothing);
}

/// The undo bar, on every page of the session.
pub fn show_undo(app: &ui::AppWindow, undo: Option<(&str, PendingChoice)>, now: BootMoment) {
    let offer = undo.map_or_else(ui::UndoOffer::default, |(name, choice)| {
        offer(name, &choice, now)
    });
    ui::ConnectionRequestsAdapter::get(app).set_undo_offer(offer);
}

/// The undo bar of a message that was sent.
pub fn show_undo_of_send(app: &ui::AppWindow, name: &str, left: Duration) {
    ui::ConnectionRequestsAdapter::get(app).set_undo_offer(ui::UndoOffer {
        shown: !left.is_zero(),
        sent: true,
        name: name.into(),
        seconds_left: words::count(left.as_millis().div_ceil(1000)),
        remaining: left.as_secs_f32() / UNDO_SHOWN.as_secs_f32(),
        ..ui::UndoOffer::default()
    });
}

pub(super) fn row(
    shown: &ShownConnection,
    online: bool,
    locales: &Locales,
    now: Now,
) -> ui::RequestRow {
    let connection = &shown.connection;
    ui::RequestRow {
        id: connection.id.to_string().into(),
        initials: initials(&connection.contact.name).into(),
        name: connection.contact.name.as_str().into(),
        relationship: connection.contact.relationship.as_str().into(),
        contact_kind: words::contact_kind(connection.contact.lane),
        state: state(connection),
        delivery: delivery(shown, online, now.boot),
        when: words::when(locales, since(connection), now.utc),
    }
}

pub(super) fn detail(
    shown: &ShownConnection,
    online: bool,
    locales: &Locales,
    now: Now,
) -> ui::RequestDetail {
    let connection = &shown.connection;
    let (identity, identity_when) = match connection.identity {
        Identity::Checked(at) => (
            ui::IdentityCheck::Checked,
            words::when(locales, at, now.utc),
        ),
        Identity::Unchecked => (ui::IdentityCheck::NotChecked, words::never()),
    };
    let reason = match &connection.state {
        ConnectionState::Refused { reason, .. } => reason.as_str(),
        ConnectionState::Asked
        | ConnectionState::AwaitFacility { .. }
        | ConnectionState::Active { .. }
        | ConnectionState::Declined { .. }
        | ConnectionState::Blocked { .. }
        | ConnectionState::Removed { .. }
        | ConnectionState::Withdrawn { .. } => "",
    };
    ui::RequestDetail {
        id: connection.id.to_string().into(),
        initials: initials(&connection.contact.name).into(),
        name: connection.contact.name.as_str().into(),
        relationship: words::inside_sentence(&connection.contact.relationship).into(),
        place: connection
            .contact
            .place
            .as_deref()
            .unwrap_or_default()
            .into(),
        contact_kind: words::contact_kind(connection.contact.lane),
        identity,
        identity_when,
        note: connection.note.as_str().into(),
        facility_approves: connection.approval == ApprovalRule::AfterResident,
        state: state(connection),
        delivery: delivery(shown, online, now.boot),
        since: words::when(locales, since(connection), now.utc),
        reason: reason.into(),
        refusal: refusal(shown.refused),
    }
}

fn state(connection: &Connection) -> ui::RequestState {
    match &connection.state {
        ConnectionState::Asked => ui::RequestState::Asked,
        ConnectionState::AwaitFacility { .. } => ui::RequestState::WaitingFacility,
        ConnectionState::Active { .. } => ui::RequestState::Active,
        ConnectionState::Declined { .. } => ui::RequestState::Declined,
        ConnectionState::Removed { .. } => ui::RequestState::Removed,
        ConnectionState::Blocked { .. } => ui::RequestState::Blocked,
        ConnectionState::Withdrawn { .. } => ui::RequestState::Withdrawn,
        ConnectionState::Refused { .. } => ui::RequestState::RefusedByFacility,
    }
}

fn since(connection: &Connection) -> UtcMillis {
    match &connection.state {
        ConnectionState::Asked => connection.asked_at,
        ConnectionState::AwaitFacility { since } | ConnectionState::Active { since } => *since,
        ConnectionState::Declined { at }
        | ConnectionState::Blocked { at }
        | ConnectionState::Removed { at }
        | ConnectionState::Withdrawn { at }
        | ConnectionState::Refused { at, .. } => *at,
    }
}

fn delivery(shown: &ShownConnection, online: bool, now: BootMoment) -> ui::ChoiceDelivery {
    match &shown.choice {
        Some(choice) if choice.undo_left(now).is_some() => ui::ChoiceDelivery::Held,
        Some(_) if !online => ui::ChoiceDelivery::Unsent,
        Some(_) | None => ui::ChoiceDelivery::Settled,
    }
}

fn refusal(refused: Option<Refusal>) -> ui::ChoiceRefusal {
    match refused {
        None => ui::ChoiceRefusal::None,
        Some(Refusal::Withdrawn) => ui::ChoiceRefusal::Withdrawn,
        Some(Refusal::AlreadyAnswered) => ui::ChoiceRefusal::AnsweredElsewhere,
        Some(
            Refusal::NotAllowed
            | Refusal::NotFound
            | Refusal::Unsupported
            | Refusal::NoFunds
            | Refusal::TooLong
            | Refusal::NotActive
            | Refusal::AlreadyDecided,
        ) => ui::ChoiceRefusal::NotAllowed,
    }
}

fn offer(name: &str, choice: &PendingChoice, now: BootMoment) -> ui::UndoOffer {
    let Some(left) = choice.undo_left(now) else {
        return ui::UndoOffer::default();
    };
    ui::UndoOffer {
        shown: true,
        sent: false,
        choice: match choice.answer {
            Answer::Accept => ui::Choice::Accept,
            Answer::Decline => ui::Choice::Decline,
            Answer::Block => ui::Choice::Block,
            Answer::Unblock => ui::Choice::Unblock,
            Answer::Remove => ui::Choice::Remove,
        },
        name: name.into(),
        seconds_left: words::count(left.as_millis().div_ceil(1000)),
        remaining: left.as_secs_f32() / UNDO_SHOWN.as_secs_f32(),
    }
}
