//! Writing a message: the words, the keyboard, and what is said before it is sent.

use std::rc::Rc;

use dayroom_ui as ui;
use slint::platform::{Key as NamedKey, WindowEvent};
use slint::{ComponentHandle, Global, ModelRc, SharedString};
use uuid::Uuid;

use super::bind::{Sink, tap, tap_id};
use super::shelf::Shelf;
use super::show::Scene;
use super::words;
use crate::app::flows::compose::{Compose, ComposeAt, Kept, Problem, Step};
use crate::app::{ComposeTap, EditTap, Event};
use crate::domain::is_lawyer_like;
use crate::domain::keyboard::{Cap, Key, Keyboard, LayoutId, Page, Shift};
use crate::domain::text::initials;
use crate::domain::{
    Cents, ConnectionId, ConnectionState, Contact, DraftId, Lane, MessageRules, Refusal,
};

/// How many unsent messages are listed; each opens again with its contact, too.
const UNSENT_ROWS: usize = 3;

/// Puts the page on the screen.
pub fn show(scene: &Scene<'_>, window: &ui::AppWindow, page: &Compose) {
    let adapter = ui::ComposeAdapter::get(window);
    let Some(shelf) = scene.shelf else { return };
    let Some(shown) = shelf.connection(page.at.to) else {
        return;
    };
    let connection = &shown.connection;
    let contact = &connection.contact;
    let rules = &scene.app.policy().messages;
    let balance = shelf.balance();
    let is_free = rules.price == Cents(0);
    let money = |cents: Cents| SharedString::from(scene.locales.money(cents));
    adapter.set_name(contact.name.as_str().into());
    adapter.set_lane(words::lane(contact.lane));
    adapter.set_reviewed(rules.review);
    adapter.set_offline(!scene.is_online());
    adapter.set_price(if is_free {
        SharedString::default()
    } else {
        money(rules.price)
    });
    adapter.set_balance(balance.map(money).unwrap_or_default());
    let in_the_way = match &connection.state {
        ConnectionState::Active { .. } if seems_a_lawyer(shelf, connection.id, contact) => {
            ui::ComposeNotice::Lawyer
        }
        ConnectionState::Active { .. } if balance.is_some_and(|left| left < rules.price) => {
            ui::ComposeNotice::NoFunds
        }
        ConnectionState::Active { .. } => ui::ComposeNotice::None,
        ConnectionState::Asked
        | ConnectionState::AwaitFacility { .. }
        | ConnectionState::Declined { .. }
        | ConnectionState::Blocked { .. }
        | ConnectionState::Withdrawn { .. }
        | ConnectionState::Removed { .. }
        | ConnectionState::Refused { .. } => ui::ComposeNotice::NotActive,
    };
    adapter.set_notice(in_the_way);
    show_typed(scene, window, page);
}

/// What changes with every key.
pub fn show_typed(scene: &Scene<'_>, window: &ui::AppWindow, page: &Compose) {
    let adapter = ui::ComposeAdapter::get(window);
    let rules = &scene.app.policy().messages;
    let editor = &page.editor;
    let left = left(rules, editor.chars());
    adapter.set_open(!matches!(page.step, Step::Opening(_)));
    adapter.set_confirming(page.step == Step::Confirming);
    adapter.set_kept(match page.kept() {
        Kept::Nothing => ui::WordsKept::Nothing,
        Kept::Saved => ui::WordsKept::Saved,
        Kept::Saving => ui::WordsKept::Saving,
        Kept::NotSaved => ui::WordsKept::NotSaved,
    });
    adapter.set_chars_left(scene.locales.number(left.unsigned_abs()).into());
    adapter.set_chars_left_count(words::count(left));
    let notice = notice(adapter.get_notice(), page, left);
    adapter.set_notice(notice);
    adapter.set_can_send(
        left >= 0 && !editor.is_blank() && page.step == Step::Writing && !is_barred(notice),
    );
    show_words(&adapter, page);
    adapter.set_tools(ui::Tools {
        can_undo: editor.can_undo(),
        can_redo: editor.can_redo(),
        selecting: editor.is_selecting(),
        has_selection: editor.cursor() != editor.anchor(),
        can_paste: page.can_paste(),
        has_text: !editor.text().is_empty(),
    });
    show_keys(&adapter, page);
}

/// The field is told of words and cursor only when it does not have them already.
fn show_words(adapter: &ui::ComposeAdapter<'_>, page: &Compose) {
    let editor = &page.editor;
    let (anchor, cursor) = (words::count(editor.anchor()), words::count(editor.cursor()));
    let same_words = adapter.get_text() == editor.text();
    if same_words && (adapter.get_anchor(), adapter.get_cursor()) == (anchor, cursor) {
        return;
    }
    if !same_words {
        adapter.set_text(editor.text().into());
    }
    adapter.set_anchor(anchor);
    adapter.set_cursor(cursor);
    adapter.set_revision(adapter.get_revision().wrapping_add(1));
}

fn show_keys(adapter: &ui::ComposeAdapter<'_>, page: &Compose) {
    let keyboard = page.keyboard;
    let mut rows = keyboard.rows();
    let (letters, choices, more) = page.choices();
    adapter.set_sounds(letters.into());
    if !letters.is_empty() {
        rows.extra = offered(&choices, more);
    }
    let flat = |rows: &[Vec<Cap>]| -> Vec<ui::KeyCap> {
        let row = |(at, row): (usize, &Vec<Cap>)| caps(at, row, keyboard);
        rows.iter().enumerate().flat_map(row).collect()
    };
    if let Some(keys) = words::changed(&adapter.get_extra_keys(), flat(&[rows.extra])) {
        adapter.set_extra_keys(keys);
    }
    if let Some(keys) = words::changed(&adapter.get_keys(), flat(&rows.rows)) {
        adapter.set_keys(keys);
    }
}

/// The characters to choose from, and the way to further ones.
fn offered(choices: &[char], more: bool) -> Vec<Cap> {
    let choice = |character: &char| Cap {
        key: Key::Choose(*character),
        span: 55,
    };
    let mut caps: Vec<Cap> = choices.iter().map(choice).collect();
    if more {
        caps.push(Cap {
            key: Key::MoreChoices,
            span: 55,
        });
    }
    caps
}

/// A row in the middle of its width.
fn caps(row: usize, caps: &[Cap], keyboard: Keyboard) -> Vec<ui::KeyCap> {
    let whole: u16 = caps.iter().map(|cap| cap.span).sum();
    let mut x = crate::domain::keyboard::ROW_SPAN.saturating_sub(whole) / 2;
    caps.iter()
        .map(|cap| {
            let at = x;
            x += cap.span;
            let (kind, text, value) = key_cap(&cap.key, keyboard);
            ui::KeyCap {
                kind,
                text: text.into(),
                value: value.into(),
                row: words::count(row),
                x: i32::from(at),
                span: i32::from(cap.span),
                on: is_on(&cap.key, keyboard),
            }
        })
        .collect()
}

fn key_cap(key: &Key, keyboard: Keyboard) -> (ui::KeyKind, String, String) {
    let layout = keyboard.layout.layout();
    match key {
        Key::Text(text) => (ui::KeyKind::Letter, text.clone(), text.clone()),
        Key::Mark(mark) => (ui::KeyKind::Mark, format!("\u{a0}{mark}"), mark.to_string()),
        Key::Space => (ui::KeyKind::Space, String::new(), String::new()),
        Key::NewLine => (ui::KeyKind::NewLine, String::new(), String::new()),
        Key::Delete => (ui::KeyKind::Delete, String::new(), String::new()),
        Key::Shift => (ui::KeyKind::Shift, String::new(), String::new()),
        Key::Page(Page::Letters | Page::Symbols) => {
            (ui::KeyKind::Symbols, String::new(), String::new())
        }
        Key::Page(Page::More) => (
            ui::KeyKind::More,
            layout.more_name.to_owned(),
            String::new(),
        ),
        Key::Page(Page::Languages) => (
            ui::KeyKind::Languages,
            layout.short.to_owned(),
            String::new(),
        ),
        Key::Choose(character) => (
            ui::KeyKind::Choice,
            character.to_string(),
            character.to_string(),
        ),
        Key::MoreChoices => (ui::KeyKind::MoreChoices, String::new(), String::new()),
        Key::Layout(id) => (
            ui::KeyKind::Layout,
            id.layout().name.to_owned(),
            id.layout().language.to_owned(),
        ),
    }
}

fn is_on(key: &Key, keyboard: Keyboard) -> bool {
    match key {
        Key::Shift => keyboard.shift != Shift::Off,
        Key::Page(page) => keyboard.page == *page,
        Key::Layout(id) => keyboard.layout == *id,
        Key::Text(_)
        | Key::Mark(_)
        | Key::Space
        | Key::NewLine
        | Key::Delete
        | Key::Choose(_)
        | Key::MoreChoices => false,
    }
}

fn pressed(cap: &ui::KeyCap) -> Option<Key> {
    Some(match cap.kind {
        ui::KeyKind::Letter => Key::Text(cap.value.to_string()),
        ui::KeyKind::Mark => Key::Mark(cap.value.chars().next()?),
        ui::KeyKind::Space => Key::Space,
        ui::KeyKind::NewLine => Key::NewLine,
        ui::KeyKind::Delete => Key::Delete,
        ui::KeyKind::Shift => Key::Shift,
        ui::KeyKind::Symbols => Key::Page(Page::Symbols),
        ui::KeyKind::More => Key::Page(Page::More),
        ui::KeyKind::Languages => Key::Page(Page::Languages),
        ui::KeyKind::Choice => Key::Choose(cap.value.chars().next()?),
        ui::KeyKind::MoreChoices => Key::MoreChoices,
        ui::KeyKind::Layout => Key::Layout(LayoutId::for_language(&cap.value)),
    })
}

/// How many characters are left, by central's rule.
fn left(rules: &MessageRules, chars: usize) -> i64 {
    i64::from(rules.characters).saturating_sub(i64::try_from(chars).unwrap_or(i64::MAX))
}

/// What is said, the gravest first: `shown` is what stood in the way when the page was drawn.
fn notice(shown: ui::ComposeNotice, page: &Compose, left: i64) -> ui::ComposeNotice {
    if is_barred(shown) {
        return shown;
    }
    match (page.problem, page.refused) {
        (Some(Problem::NotSent), _) => ui::ComposeNotice::NotSent,
        (_, _) if left < 0 => ui::ComposeNotice::TooLong,
        (Some(Problem::Full), _) => ui::ComposeNotice::Full,
        (None, None) => ui::ComposeNotice::None,
        (None, Some(Refusal::NoFunds)) => ui::ComposeNotice::RefusedNoFunds,
        (None, Some(Refusal::TooLong)) => ui::ComposeNotice::RefusedTooLong,
        (None, Some(Refusal::NotActive)) => ui::ComposeNotice::RefusedNotActive,
        (
            None,
            Some(
                Refusal::Withdrawn
                | Refusal::AlreadyAnswered
                | Refusal::NotAllowed
                | Refusal::NotFound
                | Refusal::Unsupported
                | Refusal::AlreadyDecided,
            ),
        ) => ui::ComposeNotice::RefusedOther,
    }
}

/// Whether it keeps a message from being sent.
fn is_barred(notice: ui::ComposeNotice) -> bool {
    matches!(
        notice,
        ui::ComposeNotice::NotActive | ui::ComposeNotice::Lawyer | ui::ComposeNotice::NoFunds
    )
}

/// A lawyer in the lane that staff read: somebody who calls themselves one, or whose namesake is one.
fn seems_a_lawyer(shelf: &Shelf, id: ConnectionId, contact: &Contact) -> bool {
    contact.lane == Lane::Ordinary
        && (is_lawyer_like(&contact.relationship)
            || shelf.connections().iter().any(|other| {
                let other = &other.connection;
                other.id != id
                    && other.contact.lane == Lane::Attorney
                    && other.contact.name == contact.name
            }))
}

/// The unsent messages, on the page of messages.
pub fn show_unsent(scene: &Scene<'_>, window: &ui::AppWindow, shelf: &Shelf) {
    let adapter = ui::ComposeAdapter::get(window);
    let sealed = shelf.sealed_drafts();
    let also_at = |draft: &crate::store::Draft| {
        let same = sealed.iter().find(|one| one.id == draft.id);
        same.filter(|one| one.beside.is_some())
            .map_or("", |one| one.kiosk.as_str())
    };
    let row = |draft: &crate::store::Draft| {
        let contact = shelf.connection(draft.connection)?.connection.contact;
        Some(ui::UnsentRow {
            id: draft.id.to_string().into(),
            connection_id: draft.connection.to_string().into(),
            initials: initials(&contact.name).into(),
            name: contact.name.into(),
            lane: words::lane(contact.lane),
            when: words::when(&scene.locales, draft.changed_at, scene.now.utc),
            refused: draft.refused.is_some(),
            also_at: also_at(draft).into(),
        })
    };
    let rows = shelf.drafts().filter_map(row).take(UNSENT_ROWS).collect();
    adapter.set_unsent_lost(words::count(shelf.lost_drafts()));
    if let Some(rows) = words::changed(&adapter.get_unsent(), rows) {
        adapter.set_unsent(rows);
    }
}

/// Leaves nothing of anybody on the page.
pub fn clear(window: &ui::AppWindow) {
    let adapter = ui::ComposeAdapter::get(window);
    adapter.set_name("".into());
    adapter.set_text("".into());
    adapter.set_anchor(0);
    adapter.set_cursor(0);
    adapter.set_revision(adapter.get_revision().wrapping_add(1));
    adapter.set_price("".into());
    adapter.set_balance("".into());
    adapter.set_chars_left("".into());
    adapter.set_chars_left_count(0);
    adapter.set_notice(ui::ComposeNotice::None);
    adapter.set_open(false);
    adapter.set_confirming(false);
    adapter.set_can_send(false);
    adapter.set_kept(ui::WordsKept::Nothing);
    adapter.set_tools(ui::Tools::default());
    adapter.set_sounds("".into());
    adapter.set_keys(ModelRc::default());
    adapter.set_extra_keys(ModelRc::default());
    adapter.set_unsent(ModelRc::default());
    adapter.set_unsent_lost(0);
}

/// Joins the page's callbacks to the sink.
pub fn bind(window: &ui::AppWindow, sink: &Sink) {
    let adapter = ui::ComposeAdapter::get(window);
    adapter.on_write(tap_id(sink, |id| {
        Event::Compose(ComposeTap::Write(ConnectionId(id)))
    }));
    adapter.on_open_unsent({
        let sink = Rc::clone(sink);
        move |draft, to| {
            if let (Ok(draft), Ok(to)) = (Uuid::parse_str(&draft), Uuid::parse_str(&to)) {
                sink(Event::Compose(ComposeTap::Open(ComposeAt {
                    draft: Some(DraftId(draft)),
                    to: ConnectionId(to),
                })));
            }
        }
    });
    adapter.on_press({
        let sink = Rc::clone(sink);
        move |cap| {
            if let Some(key) = pressed(&cap) {
                sink(Event::Compose(ComposeTap::Key(key)));
            }
        }
    });
    adapter.on_use({
        let sink = Rc::clone(sink);
        let window = window.as_weak();
        move |tool| match edit_of(tool) {
            Ok(edit) => sink(Event::Compose(ComposeTap::Edit(edit))),
            Err(key) => {
                if let Some(window) = window.upgrade() {
                    pass(&window, key);
                }
            }
        }
    });
    adapter.on_pointed({
        let sink = Rc::clone(sink);
        let window = window.as_weak();
        move |anchor, cursor| {
            let Some(window) = window.upgrade() else {
                return;
            };
            let adapter = ui::ComposeAdapter::get(&window);
            // The field moved by itself: what it shows is what there is from here on.
            adapter.set_anchor(anchor);
            adapter.set_cursor(cursor);
            if let (Ok(anchor), Ok(cursor)) = (anchor.try_into(), cursor.try_into()) {
                sink(Event::Compose(ComposeTap::Point { anchor, cursor }));
            }
        }
    });
    adapter.on_send(tap(sink, Event::Compose(ComposeTap::SendPressed)));
    adapter.on_confirm(tap(sink, Event::Compose(ComposeTap::SendConfirmed)));
    adapter.on_keep_writing(tap(sink, Event::Compose(ComposeTap::KeepWriting)));
}

/// What a tool does to the words; or the key that moves the cursor in the field, which alone knows its
/// lines.
fn edit_of(tool: ui::Tool) -> Result<EditTap, NamedKey> {
    Ok(match tool {
        ui::Tool::Undo => EditTap::Undo,
        ui::Tool::Redo => EditTap::Redo,
        ui::Tool::SelectAll => EditTap::SelectAll,
        ui::Tool::Cut => EditTap::Cut,
        ui::Tool::Copy => EditTap::Copy,
        ui::Tool::Paste => EditTap::Paste,
        ui::Tool::Select => EditTap::Select,
        ui::Tool::Left => EditTap::Left,
        ui::Tool::Right => EditTap::Right,
        ui::Tool::Up => return Err(NamedKey::UpArrow),
        ui::Tool::Down => return Err(NamedKey::DownArrow),
    })
}

/// Lets one key through to the field.
fn pass(window: &ui::AppWindow, key: NamedKey) {
    let adapter = ui::ComposeAdapter::get(window);
    let text = SharedString::from(key);
    adapter.set_passing(true);
    for event in [
        WindowEvent::KeyPressed { text: text.clone() },
        WindowEvent::KeyReleased { text },
    ] {
        window.window().dispatch_event(event);
    }
    adapter.set_passing(false);
}
