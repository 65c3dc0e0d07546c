//! Home: what is new, and who was here last.

use dayroom_ui as ui;
use slint::Global;

use super::locale::Locales;
use super::words;
use crate::domain::overlay::HomeCounts;
use crate::domain::{LastSignIn, UtcMillis};

/// What home says.
pub struct Home<'a> {
    /// The first name.
    pub first_name: &'a str,
    /// The counts.
    pub counts: HomeCounts,
    /// How many conversations there are.
    pub conversations: usize,
    /// Requests accepted that wait for the facility.
    pub waiting: usize,
    /// Pages to be acknowledged.
    pub to_read: usize,
    /// The sign-in before this one.
    pub last: Option<&'a LastSignIn>,
}

/// Puts the counts on the page.
pub fn show(app: &ui::AppWindow, home: &Home<'_>, locales: &Locales, now: UtcMillis) {
    let page = ui::HomeAdapter::get(app);
    page.set_first_name(home.first_name.into());
    page.set_unread(words::count(home.counts.unread));
    page.set_people(words::count(home.counts.unread_people));
    page.set_conversations(words::count(home.conversations));
    page.set_held(words::count(home.counts.held));
    page.set_held_since(words::when_or_never(locales, home.counts.held_since, now));
    page.set_requests_new(words::count(home.counts.asked));
    page.set_requests_waiting(words::count(home.waiting));
    page.set_to_read(words::count(home.to_read));
    page.set_last_sign_in(match home.last {
        Some(last) => ui::LastSignIn {
            first_time: false,
            when: words::when(locales, last.at, now),
            place: last.kiosk.as_str().into(),
            failed: words::count(last.failed_since),
        },
        None => ui::LastSignIn {
            first_time: true,
            when: words::never(),
            ..Default::default()
        },
    });
}

/// Leaves nothing of anybody on the page.
pub fn clear(app: &ui::AppWindow) {
    let page = ui::HomeAdapter::get(app);
    page.set_first_name("".into());
    page.set_unread(0);
    page.set_people(0);
    page.set_conversations(0);
    page.set_held(0);
    page.set_held_since(words::never());
    page.set_requests_new(0);
    page.set_requests_waiting(0);
    page.set_to_read(0);
    page.set_last_sign_in(ui::LastSignIn::default());
}
