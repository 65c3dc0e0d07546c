//! Domain values in the words of the adapters.

use std::rc::Rc;

use dayroom_ui as ui;
use slint::{Model, ModelRc, VecModel};

use super::locale::{Locales, Moment, spoken};
use crate::domain::{Lane, UtcMillis};

/// A moment that stays true while it is read: by the calendar.
pub fn when(locales: &Locales, at: UtcMillis, now: UtcMillis) -> ui::When {
    said(locales.on_calendar(at, now))
}

/// A moment told by how long ago it was.
pub fn how_long_ago(locales: &Locales, at: UtcMillis, now: UtcMillis) -> ui::When {
    said(locales.moment(at, now))
}

/// No moment.
pub fn never() -> ui::When {
    ui::When {
        kind: ui::WhenKind::Never,
        n: 0,
        text: Default::default(),
    }
}

/// A moment there may be.
pub fn when_or_never(locales: &Locales, at: Option<UtcMillis>, now: UtcMillis) -> ui::When {
    at.map_or_else(never, |at| when(locales, at, now))
}

fn said(moment: Moment) -> ui::When {
    let (kind, text, n) = match moment {
        Moment::JustNow => (ui::WhenKind::JustNow, String::new(), 0),
        Moment::MinutesAgo(n) => (ui::WhenKind::MinutesAgo, String::new(), i32::from(n)),
        Moment::TodayAt(text) => (ui::WhenKind::TodayAt, text.clone(), hour(&text)),
        Moment::YesterdayAt(text) => (ui::WhenKind::YesterdayAt, text.clone(), hour(&text)),
        Moment::Weekday(text) => (ui::WhenKind::Weekday, text, 0),
        Moment::Date(text) => (ui::WhenKind::Date, text, 0),
    };
    ui::When {
        kind,
        n,
        text: text.into(),
    }
}

/// The hour as it is written, by which some languages choose their article.
fn hour(time: &str) -> i32 {
    time.split(|c: char| !c.is_ascii_digit())
        .find(|part| !part.is_empty())
        .and_then(|hour| hour.parse().ok())
        .unwrap_or(0)
}

/// The languages offered, each by its own name; one the screen does not speak is not offered.
pub fn languages(offered: &[String]) -> Vec<ui::Language> {
    offered
        .iter()
        .filter_map(|tag| spoken(tag))
        .map(|language| ui::Language {
            code: language.tag.into(),
            name: language.name.into(),
        })
        .collect()
}

/// The name of the language of now, and those of the others in one line.
pub fn language_names(
    offered: &[ui::Language],
    chosen: &str,
) -> (slint::SharedString, slint::SharedString) {
    let (now, others): (Vec<_>, Vec<_>) =
        offered.iter().partition(|language| language.code == chosen);
    let name = |language: &&ui::Language| language.name.to_string();
    let line = |names: Vec<&ui::Language>| {
        let names: Vec<_> = names.iter().map(name).collect();
        names.join(" · ").into()
    };
    (line(now), line(others))
}

/// Who somebody is to the rules.
pub fn contact_kind(lane: Lane) -> ui::ContactKind {
    match lane {
        Lane::Ordinary => ui::ContactKind::Ordinary,
        Lane::Attorney => ui::ContactKind::Attorney,
        Lane::Clergy => ui::ContactKind::Clergy,
    }
}

/// A label such as "Sister" as it stands inside a sentence; "DJ" stays what it is.
pub fn inside_sentence(label: &str) -> String {
    let mut chars = label.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => label.to_owned(),
    }
}

/// Whether staff read along.
pub fn lane(lane: Lane) -> ui::Lane {
    match lane {
        Lane::Ordinary => ui::Lane::ReadByStaff,
        Lane::Attorney | Lane::Clergy => ui::Lane::NotReadByStaff,
    }
}

/// A count as a Slint int.
pub fn count(n: impl TryInto<i32>) -> i32 {
    n.try_into().unwrap_or(i32::MAX)
}

/// The rows as a model, unless they are those that are shown: a list that is drawn anew loses the
/// finger that is on it.
pub fn changed<T: Clone + PartialEq + 'static>(
    shown: &ModelRc<T>,
    rows: Vec<T>,
) -> Option<ModelRc<T>> {
    (!shown.iter().eq(rows.iter().cloned())).then(|| ModelRc::from(Rc::new(VecModel::from(rows))))
}
