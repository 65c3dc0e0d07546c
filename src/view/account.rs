//! My account: sign-ins, PIN, freezing it, and how the screen should be.

use std::rc::Rc;

use dayroom_ui as ui;
use slint::{ComponentHandle, Global, ModelRc};

use super::bind::{Sink, tap};
use super::show::Scene;
use super::{pad, words};
use crate::app::flows::account::{Account, AccountAt, PinProblem, PinStep};
use crate::app::flows::sign_in::Problem;
use crate::app::{AccountTap, Event, KeypadOrder};
use crate::domain::sign_in::{Digit, Weak};
use crate::domain::{Contrast, Preferences, TextSize};

/// Puts the page on the screen.
pub fn show(scene: &Scene<'_>, window: &ui::AppWindow, page: &Account) {
    let adapter = ui::AccountAdapter::get(window);
    adapter.set_part(match page.at {
        AccountAt::Menu => ui::AccountPart::Menu,
        AccountAt::History => ui::AccountPart::History,
        AccountAt::ChangePin => ui::AccountPart::ChangePin,
        AccountAt::Freeze => ui::AccountPart::Freeze,
        AccountAt::Screen => ui::AccountPart::Screen,
    });
    show_history(scene, &adapter);
    show_pin(page, &adapter);
    adapter.set_freeze_failed(page.freeze_failed);
    show_preferences(&adapter, &page.session.preferences);
}

fn show_history(scene: &Scene<'_>, adapter: &ui::AccountAdapter<'_>) {
    let Some(shelf) = scene.shelf else { return };
    let here = &scene.app.policy().unit;
    let rows = shelf
        .sign_ins(&shelf.account(), here)
        .into_iter()
        .map(|entry| ui::SignInRow {
            right: entry.right,
            when: words::when(&scene.locales, entry.at, scene.now.utc),
            place: entry.kiosk.as_str().into(),
        })
        .collect();
    if let Some(rows) = words::changed(&adapter.get_sign_ins(), rows) {
        adapter.set_sign_ins(rows);
    }
}

fn show_pin(page: &Account, adapter: &ui::AccountAdapter<'_>) {
    adapter.set_step(match page.pin.step {
        PinStep::Current => ui::PinChangeStep::Current,
        PinStep::Checking(_) => ui::PinChangeStep::Checking,
        PinStep::New => ui::PinChangeStep::New,
        PinStep::Again => ui::PinChangeStep::Again,
        PinStep::Saving(_) => ui::PinChangeStep::Saving,
        PinStep::Done => ui::PinChangeStep::Done,
    });
    let (problem, left) = match page.pin.problem {
        None => (ui::PinChangeProblem::None, 0),
        Some(PinProblem::NotChecked(problem)) => not_checked(problem),
        Some(PinProblem::Short) => (ui::PinChangeProblem::Short, 0),
        Some(PinProblem::Weak(weak)) => (too_weak(weak), 0),
        Some(PinProblem::Differs) => (ui::PinChangeProblem::Differs, 0),
        Some(PinProblem::NotSaved) => (ui::PinChangeProblem::NotSaved, 0),
    };
    adapter.set_problem(problem);
    adapter.set_tries_left(words::count(left));
    adapter.set_typed(words::count(page.pin.typed()));
    if let Some(keys) = pad::keys(&adapter.get_keys(), KeypadOrder::usual()) {
        adapter.set_keys(keys);
    }
}

fn not_checked(problem: Problem) -> (ui::PinChangeProblem, u32) {
    match problem {
        Problem::Wrong { tries_left } => (ui::PinChangeProblem::Wrong, tries_left),
        Problem::Locked { .. } => (ui::PinChangeProblem::Locked, 0),
        Problem::NeedsStaff | Problem::Frozen => (ui::PinChangeProblem::NeedsStaff, 0),
        Problem::Unavailable => (ui::PinChangeProblem::Unavailable, 0),
    }
}

fn too_weak(weak: Weak) -> ui::PinChangeProblem {
    match weak {
        Weak::Repeats => ui::PinChangeProblem::Repeats,
        Weak::Runs => ui::PinChangeProblem::Runs,
        Weak::Date => ui::PinChangeProblem::Date,
        Weak::OwnNumber => ui::PinChangeProblem::OwnNumber,
        Weak::Common => ui::PinChangeProblem::Common,
    }
}

fn show_preferences(adapter: &ui::AccountAdapter<'_>, chosen: &Preferences) {
    adapter.set_text_size(match chosen.text_size {
        TextSize::Normal => ui::ChosenSize::Normal,
        TextSize::Large => ui::ChosenSize::Large,
        TextSize::Largest => ui::ChosenSize::Largest,
    });
    adapter.set_contrast(match chosen.contrast {
        Contrast::Light => ui::ChosenColours::Light,
        Contrast::Dark => ui::ChosenColours::Dark,
        Contrast::High => ui::ChosenColours::High,
    });
    adapter.set_reach(chosen.reach);
    adapter.set_left_handed(chosen.left_handed);
    adapter.set_reading_window(chosen.reading_window);
    adapter.set_shuffle_pin(chosen.shuffle_pin);
    adapter.set_calm(chosen.calm);
    adapter.set_language(chosen.language.as_deref().unwrap_or_default().into());
}

/// What the page shows now, to be changed in one thing.
fn shown(adapter: &ui::AccountAdapter<'_>) -> Preferences {
    let language = adapter.get_language();
    Preferences {
        language: (!language.is_empty()).then(|| language.into()),
        text_size: match adapter.get_text_size() {
            ui::ChosenSize::Normal => TextSize::Normal,
            ui::ChosenSize::Large => TextSize::Large,
            ui::ChosenSize::Largest => TextSize::Largest,
        },
        contrast: match adapter.get_contrast() {
            ui::ChosenColours::Light => Contrast::Light,
            ui::ChosenColours::Dark => Contrast::Dark,
            ui::ChosenColours::High => Contrast::High,
        },
        reach: adapter.get_reach(),
        left_handed: adapter.get_left_handed(),
        reading_window: adapter.get_reading_window(),
        shuffle_pin: adapter.get_shuffle_pin(),
        calm: adapter.get_calm(),
    }
}

/// Leaves nothing of anybody on the page.
pub fn clear(window: &ui::AppWindow) {
    let adapter = ui::AccountAdapter::get(window);
    adapter.set_sign_ins(ModelRc::default());
    adapter.set_typed(0);
    adapter.set_step(ui::PinChangeStep::Current);
    adapter.set_problem(ui::PinChangeProblem::None);
    show_preferences(&adapter, &Preferences::default());
}

/// Joins the page's callbacks to the sink.
pub fn bind(window: &ui::AppWindow, sink: &Sink) {
    let adapter = ui::AccountAdapter::get(window);
    let to = Rc::clone(sink);
    adapter.on_open(move |part| {
        to(Event::Account(AccountTap::Open(match part {
            ui::AccountPart::Menu => AccountAt::Menu,
            ui::AccountPart::History => AccountAt::History,
            ui::AccountPart::ChangePin => AccountAt::ChangePin,
            ui::AccountPart::Freeze => AccountAt::Freeze,
            ui::AccountPart::Screen => AccountAt::Screen,
        })));
    });
    let to = Rc::clone(sink);
    adapter.on_digit(move |key| {
        if let Some(digit) = key.parse().ok().and_then(Digit::new) {
            to(Event::Account(AccountTap::Digit(digit)));
        }
    });
    adapter.on_delete(tap(sink, Event::Account(AccountTap::Erase)));
    adapter.on_clear(tap(sink, Event::Account(AccountTap::Clear)));
    adapter.on_go(tap(sink, Event::Account(AccountTap::Go)));
    adapter.on_freeze(tap(sink, Event::Account(AccountTap::FreezePressed)));
    bind_preferences(window, sink);
}

fn bind_preferences(window: &ui::AppWindow, sink: &Sink) {
    let adapter = ui::AccountAdapter::get(window);
    let prefer = |change: fn(&mut Preferences)| {
        let (sink, window) = (Rc::clone(sink), window.as_weak());
        move || choose(&window, &sink, change)
    };
    adapter.on_switch_reach(prefer(|p| p.reach = !p.reach));
    adapter.on_switch_left_handed(prefer(|p| p.left_handed = !p.left_handed));
    adapter.on_switch_reading_window(prefer(|p| p.reading_window = !p.reading_window));
    adapter.on_switch_shuffle_pin(prefer(|p| p.shuffle_pin = !p.shuffle_pin));
    adapter.on_switch_calm(prefer(|p| p.calm = !p.calm));
    let (to, weak) = (Rc::clone(sink), window.as_weak());
    adapter.on_choose_text_size(move |size| {
        choose(&weak, &to, |p| {
            p.text_size = match size {
                ui::ChosenSize::Normal => TextSize::Normal,
                ui::ChosenSize::Large => TextSize::Large,
                ui::ChosenSize::Largest => TextSize::Largest,
            }
        });
    });
    let (to, weak) = (Rc::clone(sink), window.as_weak());
    adapter.on_choose_contrast(move |contrast| {
        choose(&weak, &to, |p| {
            p.contrast = match contrast {
                ui::ChosenColours::Light => Contrast::Light,
                ui::ChosenColours::Dark => Contrast::Dark,
                ui::ChosenColours::High => Contrast::High,
            }
        });
    });
}

fn choose(window: &slint::Weak<ui::AppWindow>, sink: &Sink, change: impl FnOnce(&mut Preferences)) {
    if let Some(window) = window.upgrade() {
        let mut preferences = shown(&ui::AccountAdapter::get(&window));
        change(&mut preferences);
        sink(Event::Account(AccountTap::Prefers(preferences)));
    }
}
