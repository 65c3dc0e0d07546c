//! Everybody a resident is, was or may be in touch with, and how each stands.

use std::rc::Rc;

use dayroom_ui as ui;
use slint::{Global, ModelRc, SharedString};
use uuid::Uuid;

use super::bind::{Sink, tap, tap_id};
use super::connection_requests::{answer, detail, row, show_told};
use super::show::Scene;
use super::words;
use crate::app::flows::contacts::{Contacts, ContactsAt};
use crate::app::{ComposeTap, ContactsTap, Event, MessagesTap};
use crate::domain::overlay::{ShownConnection, is_open_to};
use crate::domain::{Answer, ConnectionId, ConnectionState, Lane};

/// The groups in the order of the page.
const GROUPS: [ui::ContactGroup; 7] = [
    ui::ContactGroup::Legal,
    ui::ContactGroup::Active,
    ui::ContactGroup::WaitingFacility,
    ui::ContactGroup::Declined,
    ui::ContactGroup::Blocked,
    ui::ContactGroup::Removed,
    ui::ContactGroup::NotAllowed,
];

/// Puts the page on the screen.
pub fn show(scene: &Scene<'_>, window: &ui::AppWindow, page: &Contacts) {
    let Some(shelf) = scene.shelf else { return };
    let adapter = ui::ContactsAdapter::get(window);
    let all = shelf.connections();
    let rows = rows(&all, |one| {
        row(one, scene.is_online(), &scene.locales, scene.now)
    });
    if let Some(rows) = words::changed(&adapter.get_rows(), rows) {
        adapter.set_rows(rows);
    }
    show_told(window, page.told);
    let open = page
        .at
        .contact()
        .and_then(|id| all.iter().find(|one| one.connection.id == id));
    let open = open.filter(|one| group(one).is_some());
    adapter.set_lawyer_stop(open.is_some() && matches!(page.at, ContactsAt::Lawyer(_)));
    match open {
        Some(open) => {
            adapter.set_selected_id(open.connection.id.to_string().into());
            adapter.set_selected(detail(open, scene.is_online(), &scene.locales, scene.now));
            let has_messages = shelf.has_messages(open.connection.id);
            adapter.set_can(choices(open, has_messages));
        }
        None => clear_open(&adapter),
    }
    adapter.set_filled(true);
}

/// Leaves nothing of anybody on the page.
pub fn clear(window: &ui::AppWindow) {
    let adapter = ui::ContactsAdapter::get(window);
    adapter.set_filled(false);
    adapter.set_rows(ModelRc::default());
    adapter.set_lawyer_stop(false);
    clear_open(&adapter);
}

fn clear_open(adapter: &ui::ContactsAdapter<'_>) {
    adapter.set_selected_id("".into());
    adapter.set_selected(ui::RequestDetail::default());
    adapter.set_can(ui::ContactChoices::default());
}

/// Joins the page's callbacks to the sink.
pub fn bind(window: &ui::AppWindow, sink: &Sink) {
    let adapter = ui::ContactsAdapter::get(window);
    adapter.on_open_page(tap(sink, Event::Contacts(ContactsTap::OpenContacts)));
    adapter.on_open(tap_id(sink, |id| {
        Event::Contacts(ContactsTap::OpenContact(ConnectionId(id)))
    }));
    adapter.on_write(tap_id(sink, |id| {
        Event::Compose(ComposeTap::Write(ConnectionId(id)))
    }));
    adapter.on_write_to_lawyer(tap_id(sink, |id| {
        Event::Contacts(ContactsTap::WriteToLawyer(ConnectionId(id)))
    }));
    adapter.on_open_messages(tap_id(sink, |id| {
        Event::Messages(MessagesTap::OpenConversation(ConnectionId(id)))
    }));
    adapter.on_choose({
        let sink = Rc::clone(sink);
        move |id: SharedString, choice| {
            if let Ok(id) = Uuid::parse_str(&id) {
                let chose = ContactsTap::Chose(ConnectionId(id), answer(choice));
                sink(Event::Contacts(chose));
            }
        }
    });
}

/// Everybody under their headings, by name.
fn rows(
    all: &[ShownConnection],
    row: impl Fn(&ShownConnection) -> ui::RequestRow,
) -> Vec<ui::ContactRow> {
    let mut rows = Vec::new();
    for heading in GROUPS {
        let mut people: Vec<_> = all
            .iter()
            .filter(|one| group(one) == Some(heading))
            .collect();
        people.sort_by_key(|one| one.connection.contact.name.to_lowercase());
        if !people.is_empty() {
            rows.push(ui::ContactRow {
                heading: true,
                group: heading,
                contact: ui::RequestRow::default(),
            });
        }
        rows.extend(people.into_iter().map(|one| ui::ContactRow {
            heading: false,
            group: heading,
            contact: row(one),
        }));
    }
    rows
}

/// Under which heading somebody stands; `None` for who only asked, or took it back: those are requests.
fn group(shown: &ShownConnection) -> Option<ui::ContactGroup> {
    let group = match &shown.connection.state {
        ConnectionState::Asked | ConnectionState::Withdrawn { .. } => return None,
        ConnectionState::Active { .. } => ui::ContactGroup::Active,
        ConnectionState::AwaitFacility { .. } => ui::ContactGroup::WaitingFacility,
        ConnectionState::Declined { .. } => ui::ContactGroup::Declined,
        ConnectionState::Blocked { .. } => ui::ContactGroup::Blocked,
        ConnectionState::Removed { .. } => ui::ContactGroup::Removed,
        ConnectionState::Refused { .. } => ui::ContactGroup::NotAllowed,
    };
    Some(match shown.connection.contact.lane {
        Lane::Ordinary => group,
        Lane::Attorney | Lane::Clergy => ui::ContactGroup::Legal,
    })
}

fn choices(shown: &ShownConnection, has_messages: bool) -> ui::ContactChoices {
    let connection = &shown.connection;
    let open = |answer| is_open_to(&connection.state, answer);
    let active = matches!(connection.state, ConnectionState::Active { .. });
    ui::ContactChoices {
        write: active,
        lawyer: connection.contact.is_lawyer_in_ordinary_lane(),
        messages: active || has_messages,
        accept: open(Answer::Accept),
        block: open(Answer::Block),
        unblock: open(Answer::Unblock),
        remove: open(Answer::Remove),
    }
}
