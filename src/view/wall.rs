//! The wall: what anybody may see.

use std::rc::Rc;

use dayroom_ui as ui;
use slint::{Global, ModelRc};

use super::bind::{Sink, tap, tap_id};
use super::locale::Locales;
use super::words;
use crate::app::flows::wall::{HelpTopic, Open};
use crate::app::{Event, WallTap};
use crate::domain::{Notice, NoticeId, NoticeKind, Policy, UtcMillis};

/// What the wall is drawn from.
pub struct Wall<'a> {
    /// Facility and unit.
    pub policy: &'a Policy,
    /// Everything there is to read.
    pub notices: &'a [Notice],
    /// How the last session ended.
    pub banner: ui::WallBanner,
    /// What is open above it.
    pub open: Option<Open>,
    /// The language, a BCP 47 tag.
    pub language: &'a str,
}

/// Puts facility, clock and notices on the wall.
pub fn show(app: &ui::AppWindow, page: &Wall<'_>, locales: &Locales, now: UtcMillis) {
    let wall = ui::WallAdapter::get(app);
    wall.set_facility(page.policy.facility.as_str().into());
    wall.set_unit(page.policy.unit.as_str().into());
    wall.set_banner(page.banner);
    let row = |notice: &Notice| ui::Notice {
        id: notice.id.to_string().into(),
        title: notice.title.in_language(page.language).into(),
        when: words::when(locales, notice.from, now),
        body: notice.text.in_language(page.language).into(),
    };
    let of = |wanted: fn(NoticeKind) -> bool| {
        let fit = page.notices.iter().filter(move |one| wanted(one.kind));
        fit.map(row).collect::<Vec<_>>()
    };
    if let Some(rows) = words::changed(&wall.get_notices(), of(is_news)) {
        wall.set_notices(rows);
    }
    wall.set_has_hotlines(!of(is_hotline).is_empty());
    wall.set_has_rights(!of(is_right).is_empty());
    wall.set_has_safety(!of(is_safety).is_empty());
    let notice = match page.open {
        Some(Open::Notice(id)) => page.notices.iter().find(|one| one.id == id),
        Some(Open::Help(_)) | None => None,
    };
    wall.set_open_notice(notice.map(row).unwrap_or_default());
    let (help, pages) = match page.open {
        Some(Open::Help(HelpTopic::Hotlines)) => (ui::HelpTopic::Hotlines, of(is_hotline)),
        Some(Open::Help(HelpTopic::Rights)) => (ui::HelpTopic::Rights, of(is_right)),
        Some(Open::Help(HelpTopic::Safety)) => (ui::HelpTopic::Safety, of(is_safety)),
        Some(Open::Help(HelpTopic::Using)) => (ui::HelpTopic::Using, Vec::new()),
        Some(Open::Notice(_)) | None => (ui::HelpTopic::None, Vec::new()),
    };
    if let Some(pages) = words::changed(&wall.get_help_pages(), pages) {
        wall.set_help_pages(pages);
    }
    wall.set_help(help);
    show_clock(app, locales, now);
}

/// Leaves nothing open above the wall.
pub fn clear(app: &ui::AppWindow) {
    let wall = ui::WallAdapter::get(app);
    wall.set_open_notice(ui::Notice::default());
    wall.set_help(ui::HelpTopic::None);
    wall.set_help_pages(ModelRc::default());
}

/// Joins what can be read without signing in to the sink.
pub fn bind(app: &ui::AppWindow, sink: &Sink) {
    let wall = ui::WallAdapter::get(app);
    wall.on_read_notice(tap_id(sink, |id| {
        Event::Wall(WallTap::OpenNotice(NoticeId(id)))
    }));
    wall.on_close(tap(sink, Event::Wall(WallTap::CloseReading)));
    let sink = Rc::clone(sink);
    wall.on_read_help(move |topic| {
        let topic = match topic {
            ui::HelpTopic::None => return,
            ui::HelpTopic::Hotlines => HelpTopic::Hotlines,
            ui::HelpTopic::Rights => HelpTopic::Rights,
            ui::HelpTopic::Safety => HelpTopic::Safety,
            ui::HelpTopic::Using => HelpTopic::Using,
        };
        sink(Event::Wall(WallTap::OpenHelp(topic)));
    });
}

fn is_news(kind: NoticeKind) -> bool {
    kind == NoticeKind::Notice
}

fn is_hotline(kind: NoticeKind) -> bool {
    kind == NoticeKind::Hotline
}

fn is_right(kind: NoticeKind) -> bool {
    kind == NoticeKind::Rights
}

fn is_safety(kind: NoticeKind) -> bool {
    matches!(kind, NoticeKind::Prea | NoticeKind::Reporting)
}

/// The clock alone.
pub fn show_clock(app: &ui::AppWindow, locales: &Locales, now: UtcMillis) {
    let wall = ui::WallAdapter::get(app);
    let (clock, suffix) = locales.clock(now);
    wall.set_clock(clock.into());
    wall.set_clock_suffix(suffix.into());
    wall.set_date(locales.day(now).into());
}
