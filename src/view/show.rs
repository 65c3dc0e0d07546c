//! The state of the app on the pages of the screen.

use std::cell::RefCell;
use std::rc::Rc;

use dayroom_ui as ui;
use slint::Global;

use super::connection_requests::{self, Requests};
use super::freshness::{Freshness, freshness};
use super::home::{self, Home};
use super::locale::Locales;
use super::message::{self, OpenMessage};
use super::messages::{self, Messages};
use super::pad::{self, Pad};
use super::passport::{self, Telling};
use super::pictures::Pictures;
use super::shelf::Shelf;
use super::{account, compose, contacts, find, photo, reading, technician, words};
use crate::app::flows::connection_requests::{Requests as RequestsPage, RequestsAt, Undoable};
use crate::app::flows::consent::Consent;
use crate::app::flows::cover::{CoverCause, Covered};
use crate::app::flows::messages::{Messages as MessagesPage, MessagesAt, PhotoAt};
use crate::app::flows::sign_in::{SignIn, SignInStep};
use crate::app::flows::wall::{Banner, Open};
use crate::app::{App, ClosedReason, Idle, Screen, Session};
use crate::domain::local::{Link, OfflineCause};
use crate::domain::overlay::{PendingChoice, ShownMessage};
use crate::domain::{BootMillis, ConnectionId, MessageState, Notice, Now, UtcMillis};

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
    newest: Vec<ShownMessage>,
    /// Of those that are waiting, how they stood.
    waiting: Vec<(ui::StepKind, ui::StepMark)>,
    pictures: u64,
    language: String,
}

impl Scene<'_> {
    /// Draws all of it.
    pub fn show(&self, window: &ui::AppWindow, drawn: &RefCell<Option<Drawn>>) {
        self.show_shell(window);
        match self.app.screen() {
            Screen::Wall(page) => self.show_wall(window, page.banner, page.open),
            Screen::SignIn(page) => self.show_sign_in(window, page),
            Screen::Consent(page) => self.show_consent(window, page),
            Screen::Home(page) => self.show_home(window, &page.session),
            Screen::Requests(page) => self.show_requests(window, page),
            Screen::Messages(page) => self.show_messages(window, page, drawn),
            Screen::Photo(page) => self.show_photo(window, page.at),
            Screen::Compose(page) => compose::show(self, window, page),
            Screen::Contacts(page) => contacts::show(self, window, page),
            Screen::Find(page) => find::show(self, window, page),
            Screen::Reading(page) => reading::show(self, window, page),
            Screen::Account(page) => account::show(self, window, page),
            Screen::Technician(page) => technician::show(self, window, page),
            Screen::Covered(cover) => self.show_cover(window, cover),
            Screen::Closed(page) => {
                self.show_wall(window, None, page.open);
                self.show_closed(window, page.reason);
            }
        }
        self.show_undo(window);
        if !matches!(self.app.screen(), Screen::Find(_)) {
            find::clear(window);
        }
        if !matches!(self.app.screen(), Screen::Requests(_) | Screen::Contacts(_)) {
            ui::ConnectionRequestsAdapter::get(window).set_told(ui::Told::Nothing);
        }
        if !matches!(self.app.screen(), Screen::Wall(_) | Screen::Closed(_)) {
            super::wall::clear(window);
        }
        if !matches!(self.app.screen(), Screen::Technician(_)) {
            technician::clear(window);
            super::health::clear(window);
        }
        if !matches!(self.app.screen(), Screen::SignIn(_)) {
            clear_typed(window);
        }
        ui::ShellAdapter::get(window).set_page(self.page());
    }

    /// Draws what moves by itself.
    pub fn show_light(&self, window: &ui::AppWindow) {
        self.show_shell(window);
        super::wall::show_clock(window, &self.locales, self.now.utc);
        self.show_undo(window);
        match self.app.screen() {
            Screen::SignIn(page) => self.show_sign_in(window, page),
            Screen::Covered(cover) => self.show_cover(window, cover),
            Screen::Compose(page) => compose::show_typed(self, window, page),
            Screen::Technician(page) => technician::show(self, window, page),
            Screen::Wall(_)
            | Screen::Consent(_)
            | Screen::Home(_)
            | Screen::Requests(_)
            | Screen::Messages(_)
            | Screen::Photo(_)
            | Screen::Contacts(_)
            | Screen::Find(_)
            | Screen::Reading(_)
            | Screen::Account(_)
            | Screen::Closed(_) => {}
        }
    }

    fn page(&self) -> ui::Page {
        match self.app.screen() {
            Screen::Wall(_) => ui::Page::Wall,
            Screen::SignIn(_) => ui::Page::SignIn,
            Screen::Consent(_) => ui::Page::Consent,
            Screen::Home(_) => ui::Page::Home,
            Screen::Requests(_) => ui::Page::Requests,
            Screen::Messages(_) => ui::Page::Messages,
            Screen::Photo(_) => ui::Page::Photo,
            Screen::Compose(_) => ui::Page::Compose,
            Screen::Contacts(_) => ui::Page::Contacts,
            Screen::Find(_) => ui::Page::Find,
            Screen::Reading(_) => ui::Page::Reading,
            Screen::Account(_) => ui::Page::Account,
            Screen::Covered(_) => ui::Page::Covered,
            Screen::Closed(_) => ui::Page::Closed,
            Screen::Technician(_) => ui::Page::Technician,
        }
    }

    pub(super) fn is_online(&self) -> bool {
        *self.app.link() == Link::Online
    }

    fn show_shell(&self, window: &ui::AppWindow) {
        let shell = ui::ShellAdapter::get(window);
        let now = self.now.utc;
        let (kind, when) = match freshness(self.app.link(), self.app.last_contact(), now) {
            Freshness::Never => (ui::ConnectionKind::Never, words::never()),
            Freshness::Fresh(at) => (
                ui::ConnectionKind::Fresh,
                words::how_long_ago(&self.locales, at, now),
            ),
            Freshness::Offline(since) => (
                ui::ConnectionKind::Offline,
                words::when(&self.locales, since, now),
            ),
        };
        shell.set_connection(ui::Connection { kind, when });
        let languages = words::languages(&self.app.policy().languages);
        let (name, others) = words::language_names(&languages, self.app.language());
        shell.set_language_name(name);
        shell.set_other_languages(others);
        if let Some(languages) = words::changed(&shell.get_languages(), languages) {
            shell.set_languages(languages);
        }
        let seconds = match self.app.idle() {
            Idle::Active => None,
            Idle::Warned { covered_at } => {
                let left = covered_at.since(self.now.boot.at);
                Some(left.as_millis().div_ceil(1000))
            }
        };
        shell.set_dimmed(self.app.is_dim());
        shell.set_idle_warning(seconds.is_some());
        shell.set_idle_seconds(words::count(seconds.unwrap_or_default()));
    }

    fn show_wall(&self, window: &ui::AppWindow, banner: Option<Banner>, open: Option<Open>) {
        let banner = match banner {
            None => ui::WallBanner::None,
            Some(Banner::ConsentNeeded) => ui::WallBanner::ConsentNeeded,
            Some(Banner::SignedOut) => ui::WallBanner::SignedOut,
            Some(Banner::MovedAway) => ui::WallBanner::MovedAway,
            Some(Banner::Frozen) => ui::WallBanner::Frozen,
            Some(Banner::FrozenByResident) => ui::WallBanner::FrozenByYou,
            Some(Banner::SignedOutIdle) => ui::WallBanner::SignedOutIdle,
        };
        let wall = super::wall::Wall {
            policy: self.app.policy(),
            notices: self.notices,
            banner,
            open,
            language: self.app.language(),
        };
        super::wall::show(window, &wall, &self.locales, self.now.utc);
    }

    fn show_sign_in(&self, window: &ui::AppWindow, page: &SignIn) {
        let adapter = ui::SignInAdapter::get(window);
        let (field, typed) = match page.step() {
            SignInStep::Number(_) => (ui::SignInField::Number, 0),
            SignInStep::Pin { typed } => (ui::SignInField::Pin, typed),
            SignInStep::Checking => (ui::SignInField::Pin, 0),
        };
        let checking = page.step() == SignInStep::Checking;
        let pad = Pad::of(checking, page.problem, self.now);
        let words = pad::words(pad, &self.locales, self.now);
        adapter.set_field(field);
        adapter.set_number(page.number().into());
        adapter.set_pin_length(words::count(typed));
        if let Some(keys) = pad::keys(&adapter.get_keys(), page.keypad) {
            adapter.set_keys(keys);
        }
        adapter.set_state(words.state);
        adapter.set_tries_left(words.tries_left);
        adapter.set_locked_minutes(words.locked_minutes);
        adapter.set_locked_until(words.locked_until);
        adapter.set_by_badge(page.is_badge());
        adapter.set_badges(match self.app.attached().badges() {
            None => ui::Badges::NoReader,
            Some(true) => ui::Badges::Ready,
            Some(false) => ui::Badges::Unavailable,
        });
    }

    fn show_cover(&self, window: &ui::AppWindow, cover: &Covered) {
        let adapter = ui::CoveredAdapter::get(window);
        let pad = Pad::of(cover.is_checking(), cover.problem, self.now);
        let words = pad::words(pad, &self.locales, self.now);
        adapter.set_reason(match cover.cause {
            CoverCause::Hidden => ui::CoverReason::Hidden,
            CoverCause::Idle => ui::CoverReason::Idle,
        });
        adapter.set_pin_length(words::count(cover.typed()));
        if let Some(keys) = pad::keys(&adapter.get_keys(), cover.keypad) {
            adapter.set_keys(keys);
        }
        adapter.set_state(words.state);
        adapter.set_tries_left(words.tries_left);
        adapter.set_locked_minutes(words.locked_minutes);
        adapter.set_locked_until(words.locked_until);
    }

    fn show_consent(&self, window: &ui::AppWindow, page: &Consent) {
        let adapter = ui::ConsentAdapter::get(window);
        adapter.set_facility(self.app.policy().facility.as_str().into());
        adapter.set_version(words::count(page.version));
        adapter.set_text(self.app.policy().consent_text(self.app.language()).into());
    }

    fn show_home(&self, window: &ui::AppWindow, session: &Session) {
        let Some(shelf) = self.shelf else { return };
        let (counts, conversations, waiting) = shelf.home();
        let home = Home {
            first_name: &session.first_name,
            counts,
            conversations,
            waiting,
            to_read: reading::to_read(self),
            last: session.last_sign_in.as_ref(),
        };
        home::show(window, &home, &self.locales, self.now.utc);
    }

    fn show_requests(&self, window: &ui::AppWindow, page: &RequestsPage) {
        let Some(shelf) = self.shelf else { return };
        let all = shelf.connections();
        let open = match page.at {
            RequestsAt::List => None,
            RequestsAt::One(id) => all.iter().find(|one| one.connection.id == id),
        };
        let requests = Requests {
            all: &all,
            open,
            told: page.told,
            online: self.is_online(),
        };
        connection_requests::show(window, &requests, &self.locales, self.now);
    }

    fn show_messages(
        &self,
        window: &ui::AppWindow,
        page: &MessagesPage,
        drawn: &RefCell<Option<Drawn>>,
    ) {
        let Some(shelf) = self.shelf else { return };
        compose::show_unsent(self, window, shelf);
        let conversations = shelf.conversations();
        let open = match page.at {
            MessagesAt::List => None,
            MessagesAt::Conversation(id)
            | MessagesAt::Message {
                conversation: id, ..
            } => conversations.iter().find(|one| one.connection.id == id),
        };
        let with = open.map(|one| &one.connection);
        let open = with.map(|with| (with, shelf.thread(with.id)));
        if open.is_none() {
            drawn.take();
        }
        let same_thread = open.as_ref().is_some_and(|(with, source)| {
            let newest = shelf.newest(with.id);
            let new = Drawn {
                with: with.id,
                count: source.count,
                waiting: self.waiting(&newest),
                newest,
                pictures: self.pictures.generation(),
                language: self.app.language().to_owned(),
            };
            drawn.replace(Some(new.clone())) == Some(new)
        });
        let shown = Messages {
            conversations: &conversations,
            open,
            same_thread,
            language: self.app.language(),
            online: self.is_online(),
        };
        messages::show(window, &shown, self.pictures, &self.locales, self.now);
        if let (MessagesAt::Message { message, .. }, Some(with)) = (page.at, with)
            && let Some(shown) = shelf.shown_message(message)
        {
            let undo = page.appealed.is_some_and(|made| made.message == message);
            let open = OpenMessage {
                shown: &shown,
                with,
                undo,
            };
            message::show(window, &open, self.pictures, self.telling());
        } else {
            message::clear(&ui::MessagesAdapter::get(window));
        }
    }

    fn telling(&self) -> Telling<'_> {
        Telling {
            locales: &self.locales,
            language: self.app.language(),
            online: self.is_online(),
            now: self.now,
        }
    }

    /// How those messages stand that time and the network move on.
    fn waiting(&self, newest: &[ShownMessage]) -> Vec<(ui::StepKind, ui::StepMark)> {
        let moves = |shown: &&ShownMessage| {
            shown.here.is_some() || shown.message.state != MessageState::Delivered
        };
        let stands = |shown| {
            let step = passport::current(shown, self.telling());
            (step.kind, step.mark)
        };
        newest.iter().filter(moves).map(stands).collect()
    }

    fn show_photo(&self, window: &ui::AppWindow, at: PhotoAt) {
        let Some(shelf) = self.shelf else { return };
        let sender = shelf
            .connection(at.conversation)
            .map(|shown| shown.connection.contact.name);
        if let (Some(message), Some(sender)) = (shelf.message(at.message), sender) {
            photo::show(
                window,
                (&message, usize::from(at.index)),
                &sender,
                self.pictures,
                &self.locales,
                self.now.utc,
            );
        }
    }

    /// The undo, on every page of the session.
    fn show_undo(&self, window: &ui::AppWindow) {
        let undo = self.app.screen().session().and_then(|session| session.undo);
        let shown = undo.and_then(|undo| self.shelf?.connection(undo.connection));
        if let (Some(bar), Some(shown)) = (undo, &shown)
            && matches!(bar.what, Undoable::Send(_))
        {
            let left = bar.until.since(self.now.boot.at);
            let name = &shown.connection.contact.name;
            return connection_requests::show_undo_of_send(window, name, left);
        }
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
            ClosedReason::LeaseOver => (ui::ClosedReason::LeaseExpired, "LEASE"),
            ClosedReason::Revoked => (ui::ClosedReason::Revoked, "REVOKED"),
            ClosedReason::Expired => (ui::ClosedReason::Expired, "EXPIRED"),
            ClosedReason::ClockWrong => (ui::ClosedReason::ClockWrong, "CLOCK"),
            ClosedReason::NotReady => (ui::ClosedReason::NotProvisioned, "SITE"),
            ClosedReason::StoreFailed => (ui::ClosedReason::StoreDamaged, "STORE"),
        };
        let last = self.app.last_contact();
        adapter.set_reason(reason);
        adapter.set_code(code.into());
        adapter.set_days(words::count(days_since(last, self.now.utc)));
        adapter.set_last_contact(words::when_or_never(&self.locales, last, self.now.utc));
        adapter.set_detail(self.technician_detail().into());
        adapter.set_next_try(minutes_until(self.app.next_try(), self.now.boot.at));
    }

    /// For a technician, in the technicians' language: what the log says, in a word.
    pub(super) fn technician_detail(&self) -> &'static str {
        match self.app.link() {
            Link::Starting => "link: starting",
            Link::NoSite => "link: this terminal is not set up",
            Link::Online => "link: online",
            Link::Offline { cause, .. } => match cause {
                OfflineCause::Unreachable => "link: unreachable; check cable, address and central",
                OfflineCause::WrongServer => {
                    "link: wrong server; its certificate is not of our root"
                }
                OfflineCause::CertificateExpired => {
                    "link: this kiosk's certificate has ended; if the clock is right, get a new code \
                     from the operator and provision again"
                }
                OfflineCause::CertificateNotYetValid => {
                    "link: this kiosk's certificate is not valid yet; check the clock"
                }
                OfflineCause::Refused => {
                    "link: central hangs up; ask the operator about this kiosk"
                }
                OfflineCause::Revoked => {
                    "link: this kiosk's certificate is revoked; to use it again, get a new code from \
                     the operator and provision again"
                }
                OfflineCause::ServerExpired => {
                    "link: central's certificate has ended; check the clock, it may be ahead"
                }
                OfflineCause::ServerNotYetValid => {
                    "link: central's certificate begins later; check the clock, it is behind"
                }
                OfflineCause::KeyFailed => {
                    "link: the key of this kiosk does not sign; check the TPM or identity/key.pem"
                }
                OfflineCause::BadAnswer => "link: central's answer is not one",
            },
        }
    }
}

/// A code, when it happened and where, in the technicians' language.
pub fn out_of_order(window: &ui::AppWindow, code: &str, place: &str, at: UtcMillis) {
    let when = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    let adapter = ui::ClosedAdapter::get(window);
    adapter.set_reason(ui::ClosedReason::OutOfOrder);
    adapter.set_code(format!("FAULT-{code}").into());
    adapter.set_last_contact(words::never());
    let when = when.strftime("%Y-%m-%d %H:%M UTC");
    adapter.set_detail(format!("{when}: {place}").into());
    ui::ShellAdapter::get(window).set_page(ui::Page::Closed);
}

/// In how many minutes something is at the latest; 0 if it is not to be.
fn minutes_until(at: Option<BootMillis>, now: BootMillis) -> i32 {
    let minutes = at.map_or(0, |at| at.since(now).as_secs() / 60 + 1);
    i32::try_from(minutes).unwrap_or(i32::MAX)
}

fn days_since(last: Option<UtcMillis>, now: UtcMillis) -> i64 {
    last.map_or(0, |last| {
        now.0.saturating_sub(last.0) / (24 * 60 * 60 * 1000)
    })
}

/// Leaves nothing of what was typed to sign in.
fn clear_typed(window: &ui::AppWindow) {
    let sign_in = ui::SignInAdapter::get(window);
    sign_in.set_number("".into());
    sign_in.set_pin_length(0);
    sign_in.set_by_badge(false);
}

/// Leaves nothing of anybody on any page.
pub fn clear_person(window: &ui::AppWindow, pictures: &Pictures) {
    pictures.clear();
    home::clear(window);
    connection_requests::clear(window);
    messages::clear(window);
    photo::clear(window);
    compose::clear(window);
    contacts::clear(window);
    find::clear(window);
    reading::clear(window);
    account::clear(window);
    clear_typed(window);
    ui::CoveredAdapter::get(window).set_pin_length(0);
}
