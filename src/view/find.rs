//! Searching own messages and contacts.

use std::collections::BTreeMap;
use std::rc::Rc;

use dayroom_ui as ui;
use slint::{Global, ModelRc, SharedString, VecModel};
use uuid::Uuid;

use super::bind::{Sink, tap, tap_id};
use super::locale::Locales;
use super::show::Scene;
use super::words;
use crate::app::flows::find::{Find, With};
use crate::app::{ContactsTap, Event, FindTap};
use crate::domain::find::{Query, Snippet};
use crate::domain::overlay::ShownConnection;
use crate::domain::text::initials;
use crate::domain::{Connection, ConnectionId, ConnectionState, Direction, MessageId, UtcMillis};
use crate::store::Hit;

/// Messages shown at most: who looks for more types more.
const SHOWN: usize = 50;
/// Characters of a line before its last piece: what is left elides.
const PIECES_CHARS: usize = 34;

/// Puts the page on the screen.
pub fn show(scene: &Scene<'_>, window: &ui::AppWindow, page: &Find) {
    let Some(shelf) = scene.shelf else { return };
    let adapter = ui::FindAdapter::get(window);
    let query = page.query();
    let people = shelf.connections();
    let by_id: BTreeMap<_, _> = people
        .iter()
        .map(|one| (one.connection.id, &one.connection))
        .collect();
    adapter.set_typed(page.typed().into());
    adapter.set_typing(page.typing);
    adapter.set_unread_only(page.filters.unread_only);
    adapter.set_starred(page.filters.starred);
    let with = query.with.and_then(|id| by_id.get(&id));
    adapter.set_with_name(with.map_or("", |one| one.contact.name.as_str()).into());
    let choosing = page.filters.with == With::Choosing;
    adapter.set_choosing(choosing);
    let names = if choosing { names(&people) } else { Vec::new() };
    if let Some(names) = words::changed(&adapter.get_names(), names) {
        adapter.set_names(names);
    }
    let found = shelf.find(&query, SHOWN);
    let contacts = people.iter().filter(|one| is_found(one, &query));
    let mut rows: Vec<_> = contacts.map(|one| contact_row(&one.connection)).collect();
    rows.extend(found.hits.iter().filter_map(|hit| {
        let with = by_id.get(&hit.message.connection)?;
        Some(message_row(hit, with, &scene.locales, scene.now.utc))
    }));
    adapter.set_rows(ModelRc::from(Rc::new(VecModel::from(rows))));
    adapter.set_asked(!query.is_empty());
    adapter.set_more(found.more);
    adapter.set_preparing(found.unprepared > 0);
    adapter.set_filled(true);
}

/// Leaves nothing of anybody on the page.
pub fn clear(window: &ui::AppWindow) {
    let adapter = ui::FindAdapter::get(window);
    adapter.set_filled(false);
    adapter.set_typed("".into());
    adapter.set_with_name("".into());
    adapter.set_rows(ModelRc::default());
    adapter.set_names(ModelRc::default());
    adapter.set_asked(false);
    adapter.set_more(false);
}

/// Joins the page's callbacks to the sink.
pub fn bind(window: &ui::AppWindow, sink: &Sink) {
    let adapter = ui::FindAdapter::get(window);
    let find = |what| tap(sink, Event::Find(what));
    adapter.on_open_page(find(FindTap::OpenFind));
    adapter.on_delete(find(FindTap::Erase));
    adapter.on_clear(find(FindTap::Clear));
    adapter.on_edit(find(FindTap::FieldPressed));
    adapter.on_done(find(FindTap::Done));
    adapter.on_toggle_unread(find(FindTap::UnreadPressed));
    adapter.on_toggle_starred(find(FindTap::StarredPressed));
    adapter.on_pick_contact(find(FindTap::ContactPressed));
    adapter.on_key({
        let sink = Rc::clone(sink);
        move |text: SharedString| sink(Event::Find(FindTap::Typed(text.into())))
    });
    adapter.on_choose_contact(tap_id(sink, |id| {
        Event::Find(FindTap::ContactChosen(ConnectionId(id)))
    }));
    adapter.on_open_contact(tap_id(sink, |id| {
        Event::Contacts(ContactsTap::OpenContact(ConnectionId(id)))
    }));
    adapter.on_open_hit({
        let sink = Rc::clone(sink);
        move |conversation: SharedString, message: SharedString| {
            if let (Ok(conversation), Ok(message)) =
                (Uuid::parse_str(&conversation), Uuid::parse_str(&message))
            {
                sink(Event::Find(FindTap::OpenHit {
                    conversation: ConnectionId(conversation),
                    message: MessageId(message),
                }));
            }
        }
    });
}

/// Whether somebody's name fits. Who only asks is among the requests.
fn is_found(one: &ShownConnection, query: &Query) -> bool {
    let asks = matches!(
        one.connection.state,
        ConnectionState::Asked | ConnectionState::Withdrawn { .. }
    );
    let only_messages = query.unread_only || query.starred || query.with.is_some();
    !asks
        && !only_messages
        && !query.words.is_empty()
        && query.words.find(&one.connection.contact.name).is_some()
}

fn names(people: &[ShownConnection]) -> Vec<ui::FindName> {
    let mut names: Vec<_> = people
        .iter()
        .filter(|one| one.connection.state != ConnectionState::Asked)
        .map(|one| ui::FindName {
            id: one.connection.id.to_string().into(),
            initials: initials(&one.connection.contact.name).into(),
            name: one.connection.contact.name.as_str().into(),
            relationship: one.connection.contact.relationship.as_str().into(),
            contact_kind: words::contact_kind(one.connection.contact.lane),
        })
        .collect();
    names.sort_by_key(|one| one.name.to_lowercase());
    names
}

fn contact_row(with: &Connection) -> ui::FindRow {
    ui::FindRow {
        is_contact: true,
        id: with.id.to_string().into(),
        initials: initials(&with.contact.name).into(),
        name: with.contact.name.as_str().into(),
        relationship: with.contact.relationship.as_str().into(),
        contact_kind: words::contact_kind(with.contact.lane),
        lane: words::lane(with.contact.lane),
        when: words::never(),
        ..ui::FindRow::default()
    }
}

fn message_row(hit: &Hit, with: &Connection, locales: &Locales, now: UtcMillis) -> ui::FindRow {
    let message = &hit.message;
    let unread = message.direction == Direction::Incoming && message.read_at.is_none();
    // Opening a message tells its sender: its words are not shown before.
    let (pieces, right_to_left) = if unread {
        (Vec::new(), false)
    } else {
        (pieces(&hit.snippet), is_right_to_left(&hit.snippet.text))
    };
    ui::FindRow {
        is_contact: false,
        id: message.id.to_string().into(),
        conversation: with.id.to_string().into(),
        outgoing: message.direction == Direction::Outgoing,
        when: words::when(locales, message.at, now),
        unread,
        starred: message.passage.starred,
        pieces: ModelRc::from(Rc::new(VecModel::from(pieces))),
        right_to_left,
        ..contact_row(with)
    }
}

/// The words that were found and what stands around them; the last piece is what may be cut.
fn pieces(snippet: &Snippet) -> Vec<ui::FindPiece> {
    let mut pieces = Vec::new();
    let (mut at, mut chars) = (0, 0);
    for hit in &snippet.hits {
        let before = snippet.text.get(at..hit.start).unwrap_or_default();
        let word = snippet.text.get(hit.clone()).unwrap_or_default();
        chars += before.chars().count() + word.chars().count();
        if chars > PIECES_CHARS && !pieces.is_empty() {
            break;
        }
        if !before.is_empty() {
            pieces.push(piece(before, false));
        }
        let fits: String = word.chars().take(PIECES_CHARS).collect();
        pieces.push(piece(&fits, true));
        at = hit.end;
    }
    let rest = snippet.text.get(at..).unwrap_or_default();
    if !rest.is_empty() {
        pieces.push(piece(rest, false));
    }
    pieces
}

fn piece(text: &str, found: bool) -> ui::FindPiece {
    ui::FindPiece {
        text: text.into(),
        found,
    }
}

/// By its first letter that has a direction, as the layout of a paragraph goes.
fn is_right_to_left(text: &str) -> bool {
    let first = text.chars().find(|c| c.is_alphabetic());
    first.is_some_and(
        |c| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'),
    )
}
