//! How this terminal is, on the technicians' page.

use dayroom_ui as ui;
use slint::{Global, ModelRc};

use super::locale::Locales;
use super::words;
use crate::domain::UtcMillis;
use crate::domain::health::words::bytes;
use crate::domain::health::{Check, Glance, Next, Value, Verdict};

/// Puts the lines on the page.
pub fn show(window: &ui::AppWindow, lines: &[Glance], locales: &Locales, now: UtcMillis) {
    let adapter = ui::HealthAdapter::get(window);
    let rows = lines.iter().map(|line| row(line, locales, now)).collect();
    if let Some(rows) = words::changed(&adapter.get_rows(), rows) {
        adapter.set_rows(rows);
    }
}

/// Leaves nothing on the page.
pub fn clear(window: &ui::AppWindow) {
    ui::HealthAdapter::get(window).set_rows(ModelRc::default());
}

fn row(line: &Glance, locales: &Locales, now: UtcMillis) -> ui::HealthRow {
    let mut row = ui::HealthRow {
        check: check(line.check),
        state: match line.verdict {
            Verdict::Ok => ui::HealthState::Ok,
            Verdict::Warn => ui::HealthState::Warn,
            Verdict::Fail => ui::HealthState::Fail,
        },
        value: ui::HealthValue::Nothing,
        text: "".into(),
        of: "".into(),
        n: 0,
        when: words::when_or_never(locales, None, now),
        next: line.next.map_or(ui::HealthNext::Nothing, next),
    };
    match &line.value {
        Value::Nothing => {}
        Value::Name(name) => {
            row.value = ui::HealthValue::Name;
            row.text = name.as_str().into();
        }
        Value::Count(count) => {
            row.value = ui::HealthValue::Count;
            row.n = words::count(*count);
        }
        Value::DaysLeft(days) => {
            row.value = ui::HealthValue::DaysLeft;
            row.n = words::count((*days).max(0));
        }
        Value::Space { free, total } => {
            row.value = ui::HealthValue::Space;
            row.text = bytes(*free).into();
            row.of = bytes(*total).into();
        }
        Value::Percent(used) => {
            row.value = ui::HealthValue::Percent;
            row.n = i32::from(*used);
        }
        Value::Ago(seconds) => {
            let millis = i64::try_from(*seconds)
                .unwrap_or(i64::MAX)
                .saturating_mul(1000);
            let at = UtcMillis(now.0.saturating_sub(millis));
            row.value = ui::HealthValue::Since;
            row.when = words::when(locales, at, now);
        }
    }
    row
}

fn check(check: Check) -> ui::HealthCheck {
    match check {
        Check::Display => ui::HealthCheck::Display,
        Check::Touch => ui::HealthCheck::Touch,
        Check::Readers => ui::HealthCheck::Readers,
        Check::Plugged => ui::HealthCheck::Plugged,
        Check::Clock => ui::HealthCheck::Clock,
        Check::Disk => ui::HealthCheck::Disk,
        Check::Wear => ui::HealthCheck::Wear,
        Check::Store => ui::HealthCheck::Store,
        Check::Certificate => ui::HealthCheck::Certificate,
        Check::CentralNetwork | Check::CentralTls | Check::CentralRequest => {
            ui::HealthCheck::Central
        }
        Check::Sync => ui::HealthCheck::Contact,
        Check::Outbox => ui::HealthCheck::Waiting,
        Check::Versions => ui::HealthCheck::Version,
        Check::Services => ui::HealthCheck::Services,
        Check::Screen => ui::HealthCheck::Screen,
        Check::Audit => ui::HealthCheck::Log,
    }
}

fn next(next: Next) -> ui::HealthNext {
    match next {
        Next::CheckCable => ui::HealthNext::CheckCable,
        Next::TakeOut => ui::HealthNext::TakeOut,
        Next::SetClock => ui::HealthNext::SetClock,
        Next::ReplaceDisk => ui::HealthNext::ReplaceDisk,
        Next::SetUp => ui::HealthNext::SetUp,
        Next::CheckNetwork => ui::HealthNext::CheckNetwork,
        Next::AskOperator => ui::HealthNext::AskOperator,
        Next::CallManufacturer => ui::HealthNext::CallManufacturer,
        Next::Restart => ui::HealthNext::Restart,
        Next::Wait => ui::HealthNext::Wait,
    }
}
