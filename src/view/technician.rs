//! The technicians' page.

use std::rc::Rc;

use dayroom_ui as ui;
use slint::{Global, ModelRc};

use super::bind::{Sink, tap};
use super::pad::{self, Pad};
use super::show::Scene;
use super::{setup, words};
use crate::app::flows::technician::{Step, Technician};
use crate::app::{Event, KeypadOrder, TechnicianTap};
use crate::domain::draft_key::KeyShown;
use crate::domain::sign_in::Digit;

/// Puts the page on the screen.
pub fn show(scene: &Scene<'_>, window: &ui::AppWindow, page: &Technician) {
    let adapter = ui::TechnicianAdapter::get(window);
    let policy = scene.app.policy();
    let checking = matches!(page.step, Step::Checking(_));
    let pad = Pad::of(checking, page.problem, scene.now);
    let pad = pad::words(pad, &scene.locales, scene.now);
    adapter.set_inside(page.is_inside());
    adapter.set_no_code(policy.technician_verifier.is_none());
    adapter.set_typed(words::count(page.typed()));
    if let Some(keys) = pad::keys(&adapter.get_keys(), KeypadOrder::usual()) {
        adapter.set_keys(keys);
    }
    adapter.set_state(pad.state);
    adapter.set_tries_left(pad.tries_left);
    adapter.set_locked_minutes(pad.locked_minutes);
    adapter.set_unit(policy.unit.as_str().into());
    adapter.set_version(env!("CARGO_PKG_VERSION").into());
    adapter.set_link(scene.technician_detail().into());
    let last = scene.app.last_contact();
    adapter.set_last_contact(words::when_or_never(&scene.locales, last, scene.now.utc));
    let shown = scene.app.draft_key().filter(|_| page.is_inside());
    adapter.set_known(shown.is_some());
    adapter.set_has_key(shown.is_some_and(|shown| shown.has_key));
    adapter.set_code(shown.map(|s| s.code.as_str().into()).unwrap_or_default());
    let rows = shown.map(waiting).unwrap_or_default();
    if let Some(rows) = words::changed(&adapter.get_waiting(), rows) {
        adapter.set_waiting(rows);
    }
    let confirming = match (page.step, shown) {
        (Step::Confirming(key), Some(shown)) => {
            let mut all = shown.waiting.iter();
            all.find(|one| one.public_key == key)
                .map(|one| one.code.as_str())
        }
        (
            Step::Code
            | Step::Checking(_)
            | Step::Inside
            | Step::Confirming(_)
            | Step::SettingUp
            | Step::Retiring(_),
            _,
        ) => None,
    };
    adapter.set_confirming(confirming.unwrap_or_default().into());
    setup::show(window, page);
}

fn waiting(shown: &KeyShown) -> Vec<ui::WaitingKiosk> {
    shown
        .waiting
        .iter()
        .map(|one| ui::WaitingKiosk {
            label: one.label.as_str().into(),
            code: one.code.as_str().into(),
        })
        .collect()
}

/// Leaves nothing on the page.
pub fn clear(window: &ui::AppWindow) {
    let adapter = ui::TechnicianAdapter::get(window);
    setup::clear(window);
    adapter.set_inside(false);
    adapter.set_typed(0);
    adapter.set_code("".into());
    adapter.set_confirming("".into());
    adapter.set_waiting(ModelRc::default());
}

/// Joins the page's callbacks to the sink.
pub fn bind(window: &ui::AppWindow, sink: &Sink) {
    let adapter = ui::TechnicianAdapter::get(window);
    adapter.on_open(tap(sink, Event::Technician(TechnicianTap::Open)));
    let to = Rc::clone(sink);
    adapter.on_digit(move |key| {
        if let Some(digit) = key.parse().ok().and_then(Digit::new) {
            to(Event::Technician(TechnicianTap::Digit(digit)));
        }
    });
    adapter.on_delete(tap(sink, Event::Technician(TechnicianTap::Erase)));
    adapter.on_clear(tap(sink, Event::Technician(TechnicianTap::Clear)));
    adapter.on_go(tap(sink, Event::Technician(TechnicianTap::Go)));
    adapter.on_back(tap(sink, Event::Technician(TechnicianTap::Back)));
    adapter.on_confirm(tap(sink, Event::Technician(TechnicianTap::SameConfirmed)));
    let to = Rc::clone(sink);
    adapter.on_same(move |code| to(Event::Technician(TechnicianTap::SamePressed(code.into()))));
}
