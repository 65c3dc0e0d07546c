//! The wall: what anybody may see.

use std::rc::Rc;

use slint::{Global, ModelRc, VecModel};

use super::generated as ui;
use super::locale::Locales;
use super::words;
use crate::domain::{Notice, Policy, UtcMillis};

/// Puts facility, clock and notices on the wall.
pub fn show(
    app: &ui::AppWindow,
    policy: &Policy,
    notices: &[Notice],
    banner: ui::WallBanner,
    language: &str,
    locales: &Locales,
    now: UtcMillis,
) {
    let wall = ui::WallAdapter::get(app);
    wall.set_facility(policy.facility.as_str().into());
    wall.set_unit(policy.unit.as_str().into());
    wall.set_banner(banner);
    let rows: Vec<ui::Notice> = notices
        .iter()
        .map(|notice| ui::Notice {
            id: notice.id.to_string().into(),
            title: notice.title.in_language(language).into(),
            when: words::when(locales, notice.from, now),
            body: notice.text.in_language(language).into(),
        })
        .collect();
    wall.set_notices(ModelRc::from(Rc::new(VecModel::from(rows))));
    show_clock(app, locales, now);
}

/// The clock alone.
pub fn show_clock(app: &ui::AppWindow, locales: &Locales, now: UtcMillis) {
    let wall = ui::WallAdapter::get(app);
    let (clock, suffix) = locales.clock(now);
    wall.set_clock(clock.into());
    wall.set_clock_suffix(suffix.into());
    wall.set_date(locales.day(now).into());
}
