//! The state of the app on the pages of the screen.

use std::cell::RefCell;
use std::rc::Rc;

use slint::Global;

use super::connection_requests::{self, Requests};
use super::generated as ui;
use super::home::{self, Home};
use super::locale::Locales;
use super::messages::{self, Messages};
use super::pad::{self, Pad};
use super::pictures::Pictures;
use super::shelf::Shelf;
use super::{photo, words};
use crate::app::{
    App, Banner, ClosedReason, CoverReason, Covered, Field, PadStage, Page, Screen, SignIn,
    SignedIn,
};
use crate::domain::local::{Link, OfflineCause};
use crate::domain::overlay::PendingChoice;
use crate::domain::{ConnectionId, Message, Notice, Now, UtcMillis};

/// What is needed to draw.
pub struct Scene<'a> {
    /// What the terminal is doing.
    pub app: &'a App,
    /// The things of the person who is signed in.
    pub shelf: Option<&'a Shelf>,
    /// The notices on the wall.
    pub notices: &'a [Notice],
    /// Language and time zone.
    pub locales: Rc<Locales>,
    /// The pictures of this session.
    pub pictures: &'a Pictures,
    /// The clocks.
    pub now: Now,
}

/// What a thread looked like when it was drawn, to leave it alone while it does not change.
#[derive(Clone, PartialEq)]
pub struct Drawn {
    with: ConnectionId,
    count: usize,
    newest: Vec<Message>,
    pictures: u64,
    language: String,
}

impl Scene<'_> {
    /// Draws all of it.
    pub fn show(&self, window: &ui::AppWindow, drawn: &RefCell<Option<Drawn>>) {
        self.show_shell(window);
        match self.app.screen() {
            Screen::Wall { banner } => self.show_wall(window, *banner),
            Screen::SignIn(page) => self.show_sign_in(window, page),
            Screen::Consent(_) => self.show_consent(window),
            Screen::SignedIn(signed_in) => self.show_signed_in(window, signed_in, drawn),
            Screen::Covered(cover) => self.show_cover(window, cover),
            Screen::Closed(reason) => self.show_closed(window, *reason),
        }
        ui::ShellAdapter::get(window).set_page(self.page());
    }

    /// Draws what moves by itself.
    pub fn show_light(&self, window: &ui::AppWindow) {
        self.show_shell(window);
        super::wall::show_clock(window, &self.locales, self.now.utc);
        match self.app.screen() {
            Screen::SignedIn(signed_in) => self.show_undo(window, signed_in),
            Screen::SignIn(page) if matches!(page.stage, PadStage::Locked { .. }) => {
                self.show_sign_in(window, page);
            }
            Screen::Covered(cover) if matches!(cover.stage, PadStage::Locked { .. }) => {
                self.show_cover(window, cover);
            }
            Screen::Wall { .. }
            | Screen::SignIn(_)
            | Screen::Consent(_)
            | Screen::Covered(_)
            | Screen::Closed(_) => {}
        }
    }

    fn page(&self) -> ui::Page {
        match self.app.screen() {
            Screen::Wall { .. } => ui::Page::Wall,
            Screen::SignIn(_) => ui::Page::SignIn,
            Screen::Consent(_) => ui::Page::Consent,
            Screen::SignedIn(signed_in) => match signed_in.page {
                Page::Home => ui::Page::Home,
                Page::Requests { .. } => ui::Page::Requests,
                Page::Messages { .. } => ui::Page::Messages,
                Page::Photo { .. } => ui::Page::Photo,
            },
            Screen::Covered(_) => ui::Page::Covered,
            Screen::Closed(_) => ui::Page::Closed,
        }
    }

    fn is_online(&self) -> bool {
        *self.app.link() == Link::Online
    }

    fn show_shell(&self, window: &ui::AppWindow) {
        let shell = ui::ShellAdapter::get(window);
        let (kind, when) = match (self.app.link(), self.app.last_contact()) {
            (Link::Online, Some(at)) => (
                ui::ConnectionKind::Fresh,
                words::how_long_ago(&self.locales, at, self.now.utc),
            ),
            (Link::Offline { since, .. }, Some(_)) => (
                ui::ConnectionKind::Offline,
                words::when(&self.locales, *since, self.now.utc),
            ),
            (Link::Starting, Some(at)) => (
                ui::ConnectionKind::Fresh,
                words::how_long_ago(&self.locales, at, self.now.utc),
            ),
            (_, None) => (ui::ConnectionKind::Never, words::never()),
        };
        shell.set_connection(ui::Connection { kind, when });
        let left = match self.app.screen() {
            Screen::SignedIn(signed_in) => signed_in.idle_left,
            Screen::Wall { .. }
            | Screen::SignIn(_)
            | Screen::Consent(_)
            | Screen::Covered(_)
            | Screen::Closed(_) => None,
        };
        shell.set_idle_warning(left.is_some());
        shell.set_idle_seconds(words::count(left.unwrap_or_default()));
    }

    fn show_wall(&self, window: &ui::AppWindow, banner: Banner) {
        let banner = match banner {
            Banner::None => ui::WallBanner::None,
            Banner::SignedOut => ui::WallBanner::SignedOut,
            Banner::SignedOutIdle => ui::WallBanner::SignedOutIdle,
        };
        let (policy, language) = (self.app.policy(), self.app.language());
        let now = self.now.utc;
        super::wall::show(
            window,
            policy,
            self.notices,
            banner,
            language,
            &self.locales,
            now,
        );
    }

    fn show_sign_in(&self, window: &ui::AppWindow, page: &SignIn) {
        let adapter = ui::SignInAdapter::get(window);
        let words = pad::words(self.pad(page.stage), &self.locales, self.now);
        adapter.set_field(match page.field {
            Field::Number => ui::SignInField::Number,
            Field::Pin => ui::SignInField::Pin,
        });
        adapter.set_number(page.number.as_str().into());
        adapter.set_pin_length(words::count(page.pin.len()));
        if let Some(keys) = pad::keys(&adapter.get_keys(), page.keys) {
            adapter.set_keys(keys);
        }
        adapter.set_state(words.state);
        adapter.set_tries_left(words.tries_left);
        adapter.set_locked_minutes(words.locked_minutes);
        adapter.set_locked_until(words.locked_until);
    }

    fn show_cover(&self, window: &ui::AppWindow, cover: &Covered) {
        let adapter = ui::CoveredAdapter::get(window);
        let words = pad::words(self.pad(cover.stage), &self.locales, self.now);
        adapter.set_reason(match cover.reason {
            CoverReason::Hidden => ui::CoverReason::Hidden,
            CoverReason::Idle => ui::CoverReason::Idle,
        });
        adapter.set_pin_length(words::count(cover.pin.len()));
        if let Some(keys) = pad::keys(&adapter.get_keys(), cover.keys) {
            adapter.set_keys(keys);
        }
        adapter.set_state(words.state);
        adapter.set_tries_left(words.tries_left);
        adapter.set_locked_minutes(words.locked_minutes);
        adapter.set_locked_until(words.locked_until);
    }

    fn pad(&self, stage: PadStage) -> Pad {
        match stage {
            PadStage::Entering => Pad::Entering,
            PadStage::Checking => Pad::Checking,
            PadStage::Wrong { tries_left } => Pad::Wrong(tries_left),
            PadStage::Locked { until } => Pad::Locked(until.0.saturating_sub(self.now.boot.at.0)),
            PadStage::NeedsStaff => Pad::NeedsStaff,
            PadStage::Unavailable => Pad::Unavailable,
        }
    }

    fn show_consent(&self, window: &ui::AppWindow) {
        let adapter = ui::ConsentAdapter::get(window);
        adapter.set_facility(self.app.policy().facility.as_str().into());
        adapter.set_text(self.app.policy().consent_text(self.app.language()).into());
    }

    fn show_signed_in(
        &self,
        window: &ui::AppWindow,
        signed_in: &SignedIn,
        drawn: &RefCell<Option<Drawn>>,
    ) {
        let Some(shelf) = self.shelf else { return };
        self.show_undo(window, signed_in);
        let now = self.now.utc;
        match signed_in.page {
            Page::Home => {
                let (counts, conversations, waiting) = shelf.home();
                let session = &signed_in.session;
                let home = Home {
                    first_name: &session.first_name,
                    counts,
                    conversations,
                    waiting,
                    last: session.last.as_ref(),
                };
                home::show(window, &home, &self.locales, now);
            }
            Page::Requests { open } => {
                let all = shelf.connections();
                let open = open.and_then(|id| all.iter().find(|one| one.connection.id == id));
                let requests = Requests {
                    all: &all,
                    open,
                    online: self.is_online(),
                };
                connection_requests::show(window, &requests, &self.locales, self.now);
            }
            Page::Messages { open } => {
                let conversations = shelf.conversations();
                let open = open
                    .and_then(|id| conversations.iter().find(|one| one.connection.id == id))
                    .map(|one| (&one.connection, shelf.thread(one.connection.id)));
                let same_thread = open.as_ref().is_some_and(|(with, source)| {
                    let newest = shelf.newest(with.id);
                    let new = Drawn {
                        with: with.id,
                        count: source.count,
                        newest,
                        pictures: self.pictures.generation(),
                        language: self.app.language().to_owned(),
                    };
                    drawn.replace(Some(new.clone())) == Some(new)
                });
                let page = Messages {
                    conversations: &conversations,
                    open,
                    same_thread,
                };
                messages::show(window, &page, self.pictures, &self.locales, now);
            }
            Page::Photo {
                connection,
                message,
                index,
            } => {
                let sender = shelf
                    .connection(connection)
                    .map(|shown| shown.connection.contact.name);
                if let (Some(message), Some(sender)) = (shelf.message(message), sender) {
                    photo::show(
                        window,
                        (&message, index),
                        &sender,
                        self.pictures,
                        &self.locales,
                        now,
                    );
                }
            }
        }
    }

    fn show_undo(&self, window: &ui::AppWindow, signed_in: &SignedIn) {
        let shown = signed_in
            .session
            .undo
            .and_then(|undo| self.shelf?.connection(undo.connection));
        let choice = shown.as_ref().and_then(|shown| shown.choice);
        let name = shown
            .as_ref()
            .map_or("", |shown| shown.connection.contact.name.as_str());
        let offer: Option<(&str, PendingChoice)> = choice.map(|choice| (name, choice));
        connection_requests::show_undo(window, offer, self.now.boot);
    }

    fn show_closed(&self, window: &ui::AppWindow, reason: ClosedReason) {
        let adapter = ui::ClosedAdapter::get(window);
        let (reason, code) = match reason {
            ClosedReason::LeaseExpired => (ui::ClosedReason::LeaseExpired, "LEASE"),
            ClosedReason::Revoked => (ui::ClosedReason::Revoked, "REVOKED"),
            ClosedReason::NotProvisioned => (ui::ClosedReason::NotProvisioned, "SITE"),
            ClosedReason::StoreDamaged => (ui::ClosedReason::StoreDamaged, "STORE"),
        };
        let last = self.app.last_contact();
        adapter.set_reason(reason);
        adapter.set_code(code.into());
        adapter.set_days(words::count(days_since(last, self.now.utc)));
        adapter.set_last_contact(words::when_or_never(&self.locales, last, self.now.utc));
        adapter.set_detail(self.technician_detail().into());
    }

    /// For a technician, in the technicians' language: what the log says, in a word.
    fn technician_detail(&self) -> &'static str {
        match self.app.link() {
            Link::Starting => "link: starting",
            Link::Online => "link: online",
            Link::Offline { cause, .. } => match cause {
                OfflineCause::Unreachable => "link: unreachable; check cable, address and central",
                OfflineCause::WrongServer => {
                    "link: wrong server; its certificate is not of our root"
                }
                OfflineCause::CertificateExpired => "link: this kiosk's certificate has expired",
                OfflineCause::CertificateNotYetValid => {
                    "link: this kiosk's certificate is not valid yet; check the clock"
                }
                OfflineCause::Refused => "link: refused by central; revoked or unknown there",
                OfflineCause::BadAnswer => "link: central's answer is not one",
            },
        }
    }
}

fn days_since(last: Option<UtcMillis>, now: UtcMillis) -> i64 {
    last.map_or(0, |last| {
        now.0.saturating_sub(last.0) / (24 * 60 * 60 * 1000)
    })
}

/// Leaves nothing of anybody on any page.
pub fn clear_person(window: &ui::AppWindow, pictures: &Pictures) {
    pictures.clear();
    home::clear(window);
    connection_requests::clear(window);
    messages::clear(window);
    photo::clear(window);
    let sign_in = ui::SignInAdapter::get(window);
    sign_in.set_number("".into());
    sign_in.set_pin_length(0);
    ui::CoveredAdapter::get(window).set_pin_length(0);
}
