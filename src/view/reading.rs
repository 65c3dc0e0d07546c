//! Notices and the handbook for somebody signed in, and what has to be acknowledged.

use std::rc::Rc;

use dayroom_ui as ui;
use slint::{Global, ModelRc, SharedString, VecModel};
use uuid::Uuid;

use super::bind::{Sink, tap, tap_id};
use super::parts;
use super::show::Scene;
use super::words;
use crate::app::flows::reading::{Reading, ReadingAt};
use crate::app::{Event, ReadingTap, SessionTap};
use crate::domain::{Account, Notice, NoticeKind};

/// Puts the page on the screen.
pub fn show(scene: &Scene<'_>, window: &ui::AppWindow, page: &Reading) {
    let adapter = ui::ReadingAdapter::get(window);
    let account = scene.shelf.map(super::Shelf::account).unwrap_or_default();
    let mut rows: Vec<ui::ReadingRow> = Vec::new();
    let mut sorted: Vec<&Notice> = scene.notices.iter().collect();
    sorted.sort_by_key(|notice| place(notice.kind));
    for notice in sorted {
        let mut row = row(scene, &account, notice);
        row.first = rows.last().is_none_or(|last| last.group != row.group);
        rows.push(row);
    }
    let open = match page.at {
        ReadingAt::List => None,
        ReadingAt::One(id) => scene.notices.iter().find(|notice| notice.id == id),
    };
    adapter.set_paragraphs(match open {
        Some(notice) => paragraphs(notice.text.in_language(scene.app.language())),
        None => ModelRc::default(),
    });
    adapter.set_open(open.map_or_else(ui::ReadingRow::default, |notice| {
        row(scene, &account, notice)
    }));
    if let Some(rows) = words::changed(&adapter.get_rows(), rows) {
        adapter.set_rows(rows);
    }
}

/// How many pages this person still has to acknowledge.
pub fn to_read(scene: &Scene<'_>) -> usize {
    let Some(shelf) = scene.shelf else { return 0 };
    let account = shelf.account();
    scene
        .notices
        .iter()
        .filter(|notice| notice.must_acknowledge && shelf.acknowledged(&account, notice).is_none())
        .count()
}

fn row(scene: &Scene<'_>, account: &Account, notice: &Notice) -> ui::ReadingRow {
    let said = scene
        .shelf
        .and_then(|shelf| shelf.acknowledged(account, notice));
    let now = scene.now.utc;
    ui::ReadingRow {
        id: notice.id.to_string().into(),
        version: words::count(notice.version),
        group: match notice.kind {
            NoticeKind::Notice => ui::ReadingGroup::Notices,
            NoticeKind::Handbook => ui::ReadingGroup::Handbook,
            NoticeKind::Hotline | NoticeKind::Rights | NoticeKind::Prea | NoticeKind::Reporting => {
                ui::ReadingGroup::Help
            }
        },
        first: false,
        title: notice.title.in_language(scene.app.language()).into(),
        when: words::when(&scene.locales, notice.from, now),
        state: match (notice.must_acknowledge, said) {
            (_, Some(_)) => ui::ReadingState::Acknowledged,
            (true, None) => ui::ReadingState::ToRead,
            (false, None) => ui::ReadingState::Plain,
        },
        acknowledged: words::when_or_never(&scene.locales, said, now),
    }
}

/// What has to be read stands first.
fn place(kind: NoticeKind) -> u8 {
    match kind {
        NoticeKind::Handbook => 0,
        NoticeKind::Notice => 1,
        NoticeKind::Hotline | NoticeKind::Rights | NoticeKind::Prea | NoticeKind::Reporting => 2,
    }
}

fn paragraphs(text: &str) -> ModelRc<SharedString> {
    let parts: VecModel<SharedString> = parts::parts(text).into_iter().map(Into::into).collect();
    ModelRc::from(Rc::new(parts))
}

/// Leaves nothing of anybody on the page.
pub fn clear(window: &ui::AppWindow) {
    let adapter = ui::ReadingAdapter::get(window);
    adapter.set_rows(ModelRc::default());
    adapter.set_open(ui::ReadingRow::default());
    adapter.set_paragraphs(ModelRc::default());
}

/// Joins the page's callbacks to the sink.
pub fn bind(window: &ui::AppWindow, sink: &Sink) {
    let adapter = ui::ReadingAdapter::get(window);
    adapter.on_open_page(tap_id(sink, |id| {
        Event::Reading(ReadingTap::OpenPage(crate::domain::NoticeId(id)))
    }));
    adapter.on_close(tap(sink, Event::Session(SessionTap::Back)));
    let to = Rc::clone(sink);
    adapter.on_acknowledge(move |id, version| {
        if let (Ok(id), Ok(version)) = (Uuid::parse_str(&id), u32::try_from(version)) {
            let notice = crate::domain::NoticeId(id);
            to(Event::Reading(ReadingTap::Acknowledged { notice, version }));
        }
    });
}
