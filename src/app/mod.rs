//! What the terminal is doing: [`App::handle`] takes what happened and what the clocks say, and gives
//! what is to be done. Pure: no thread, file, socket or clock, and nothing of Slint.
//!
//! Who runs it calls [`App::handle`] for every event, carries out the effects in their order, draws
//! [`App::screen`], and sends [`Report::Tick`] at [`App::next_wake`].

mod context;
mod effect;
mod event;
pub mod flows;
mod keypad;
mod screen;

use std::mem;

use crate::domain::attached::Attached;
use crate::domain::badge::BadgeEvent;
use crate::domain::draft_key::KeyShown;
use crate::domain::local::{Link, OfflineCause};
use crate::domain::{BootMillis, Now, Policy, Preferences, ResidentId, UtcMillis};

use context::Context;
pub use effect::{AuditEvent, Effect, EndCause, Ticket, Who};
pub use event::{
    ClosedReason, ConsentTap, Event, MessagesTap, OpenedDraft, PadTap, PinAnswer, Report,
    RequestsTap, Seen, SessionTap, SignedIn, Standing, TechnicianAnswer, UndoAnswer, WallTap,
};
pub use flows::account::AccountTap;
pub use flows::compose::{ComposeTap, EditTap};
pub use flows::contacts::ContactsTap;
pub use flows::find::FindTap;
pub use flows::reading::ReadingTap;
pub use flows::setup::SetupTap;
pub use flows::technician::TechnicianTap;
use flows::{
    account, compose, connection_requests, consent, contacts, cover, find, home, idle, messages,
    reading, sign_in, technician, wall,
};
pub use idle::Idle;
pub use keypad::KeypadOrder;
pub use screen::{Screen, Session};

/// What the terminal starts with.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The policy in the store, if there is one.
    pub policy: Policy,
    /// When central last answered, by central's clock.
    pub last_contact: Option<UtcMillis>,
}

/// What the terminal is doing. Without `Debug`: it holds what people type.
pub struct App {
    screen: Screen,
    context: Context,
}

impl App {
    /// A terminal that shows the wall.
    pub fn new(config: Config) -> Self {
        Self {
            screen: Screen::Wall(wall::Wall::empty(BootMillis(0))),
            context: Context::new(config),
        }
    }

    /// Takes in what happened. First everything takes effect that had become due by `now`, so an event
    /// that comes late meets the screen a person sees, not an older one.
    pub fn handle(&mut self, event: Event, now: Now) -> Vec<Effect> {
        let starts = self.context.now.boot.at == BootMillis(0);
        self.context.advance(now);
        // While a flow decides, the screen is the wall: nothing of a person outlives a panic.
        let empty = Screen::Wall(wall::Wall::empty(now.boot.at));
        let mut screen = mem::replace(&mut self.screen, empty);
        if starts {
            // Whoever starts the terminal stands before it.
            screen.touch(now.boot.at);
        }
        compose::keep(&mut screen, &event, &mut self.context);
        screen = idle::pass_time(screen, &mut self.context);
        if idle::is_answer(&event, &screen, &self.context) {
            screen.touch(self.context.now.boot.at);
        }
        screen = dispatch(screen, event, &mut self.context);
        // Once more: a new policy may have made something due.
        screen = idle::pass_time(screen, &mut self.context);
        if self.context.is_lease_over() {
            compose::keep_all(&mut screen, &mut self.context);
        }
        screen = wall::close_if_lease_over(screen, &mut self.context);
        compose::open(&mut screen, &mut self.context);
        self.screen = screen;
        self.context.take_effects()
    }

    /// When to send the next [`Report::Tick`] at the latest.
    pub fn next_wake(&self) -> Option<BootMillis> {
        [
            idle::due(&self.screen, &self.context),
            idle::countdown(&self.screen, &self.context),
            wall::next_dim(&self.screen, &self.context),
            compose::due(&self.screen),
            self.context.lease_end(),
            Some(self.context.next_minute()),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// What is on the screen.
    pub fn screen(&self) -> &Screen {
        &self.screen
    }

    /// Whether the person signed in is about to be covered.
    pub fn idle(&self) -> Idle {
        idle::state(&self.screen, &self.context)
    }

    /// Whether the light of the wall is down. A touch then only wakes it: [`WallTap::Woken`].
    pub fn is_dim(&self) -> bool {
        wall::is_dim(&self.screen, &self.context)
    }

    /// Who is signed in, or covered.
    pub fn resident(&self) -> Option<ResidentId> {
        self.screen.resident()
    }

    /// The language of the screen, a BCP 47 tag.
    pub fn language(&self) -> &str {
        &self.context.language
    }

    /// What this kiosk goes by.
    pub fn policy(&self) -> &Policy {
        &self.context.policy
    }

    /// How whoever is signed in, or covered, wants the screen.
    pub fn preferences(&self) -> Option<&Preferences> {
        if let Screen::Covered(page) = &self.screen {
            return Some(&page.preferences);
        }
        self.screen.session().map(|session| &session.preferences)
    }

    /// How the contact with central is.
    pub fn link(&self) -> &Link {
        &self.context.link
    }

    /// How the draft key stands here, once it is known.
    pub fn draft_key(&self) -> Option<&KeyShown> {
        self.context.draft_key.as_ref()
    }

    /// How the devices of this terminal are.
    pub fn attached(&self) -> &Attached {
        &self.context.attached
    }

    /// When central is asked next, while it does not answer.
    pub fn next_try(&self) -> Option<BootMillis> {
        self.context.next_try
    }

    /// Why nobody can sign in, if so.
    pub fn closed(&self) -> Option<ClosedReason> {
        match &self.screen {
            Screen::Closed(page) => Some(page.reason),
            Screen::Technician(page) => page.closed,
            Screen::Wall(_)
            | Screen::SignIn(_)
            | Screen::Consent(_)
            | Screen::Home(_)
            | Screen::Requests(_)
            | Screen::Messages(_)
            | Screen::Photo(_)
            | Screen::Compose(_)
            | Screen::Contacts(_)
            | Screen::Find(_)
            | Screen::Reading(_)
            | Screen::Account(_)
            | Screen::Covered(_) => None,
        }
    }

    /// When central last answered, by central's clock.
    pub fn last_contact(&self) -> Option<UtcMillis> {
        self.context.last_contact
    }

    /// What the clocks said at the last event.
    pub fn now(&self) -> Now {
        self.context.now
    }
}

fn dispatch(screen: Screen, event: Event, cx: &mut Context) -> Screen {
    match event {
        Event::Touched => {
            idle::come_near(&screen, cx);
            screen
        }
        Event::Wall(tap) => wall::tap(screen, tap, cx),
        Event::Pad(tap) => {
            if let Screen::Covered(page) = screen {
                return cover::tap(page, tap, cx);
            }
            sign_in::tap(screen, tap, cx)
        }
        Event::Consent(tap) => consent::tap(screen, tap, cx),
        Event::Requests(tap) => connection_requests::tap(screen, tap, cx),
        Event::Messages(tap) => messages::tap(screen, tap, cx),
        Event::Compose(tap) => compose::tap(screen, tap, cx),
        Event::Contacts(tap) => contacts::tap(screen, tap, cx),
        Event::Find(tap) => find::tap(screen, tap, cx),
        Event::Reading(tap) => reading::tap(screen, tap, cx),
        Event::Account(tap) => account::tap(screen, tap, cx),
        Event::Session(tap) => home::tap(screen, tap, cx),
        Event::Technician(tap) => technician::tap(screen, tap, cx),
        Event::Runtime(report) => hear(screen, report, cx),
    }
}

fn hear(mut screen: Screen, report: Report, cx: &mut Context) -> Screen {
    match report {
        Report::Tick => screen,
        Report::CacheChanged => {
            cx.refresh();
            screen
        }
        Report::LinkChanged { link, last_contact } => {
            cx.link = link;
            cx.last_contact = last_contact.max(cx.last_contact);
            if let Link::Offline {
                cause: OfflineCause::Revoked,
                ..
            } = &cx.link
            {
                compose::keep_all(&mut screen, cx);
            }
            wall::follow_link(screen, cx)
        }
        Report::NextTry(at) => {
            cx.next_try = at;
            screen
        }
        Report::PolicyChanged(policy) => {
            cx.change_policy(*policy);
            consent::follow_policy(screen, cx)
        }
        Report::PinChecked { ticket, answer } => {
            if let Screen::Covered(page) = screen {
                return cover::hear(page, ticket, answer, cx);
            }
            if matches!(screen, Screen::Account(_)) {
                return account::hear(screen, ticket, answer, cx);
            }
            sign_in::hear(screen, ticket, answer, cx)
        }
        Report::IntentRecorded { ticket, number } => {
            let screen = account::recorded(screen, ticket, cx);
            let screen = messages::recorded(screen, ticket, number, cx);
            let screen = connection_requests::recorded(screen, ticket, number, cx);
            compose::recorded(screen, ticket, number, cx)
        }
        Report::IntentNotRecorded { ticket } => {
            let screen = account::not_recorded(screen, ticket);
            let screen = messages::not_recorded(screen, ticket);
            let screen = connection_requests::not_recorded(screen, ticket, cx);
            compose::not_recorded(screen, ticket)
        }
        Report::DraftOpened { ticket, draft } => compose::opened(screen, ticket, draft, cx),
        Report::DraftSaved { draft, version } => compose::saved(screen, draft, version),
        Report::DraftNotSaved { draft } => compose::not_saved(screen, draft, cx),
        Report::UndoDone { number, answer } => {
            connection_requests::undone(screen, number, answer, cx)
        }
        Report::RosterChanged { resident, standing } => {
            idle::roster_changed(screen, resident, standing, cx)
        }
        Report::TechnicianChecked { ticket, answer } => {
            technician::hear(screen, ticket, answer, cx)
        }
        Report::Provisioning(told) => technician::hear_told(screen, told, cx),
        Report::KeyTold(shown) => {
            cx.draft_key = Some(*shown);
            screen
        }
        Report::Badge(BadgeEvent::Read(badge)) => sign_in::badge_read(screen, badge, cx),
        Report::Badge(BadgeEvent::Paper(paper)) => technician::paper_read(screen, &paper, cx),
        Report::Badge(BadgeEvent::Gone) => sign_in::badge_gone(screen, cx),
        Report::AttachedChanged(attached) => {
            cx.attached = *attached;
            cx.refresh();
            screen
        }
        Report::Plugged(stranger) => {
            cx.effect(Effect::Audit(AuditEvent::DevicePlug(stranger.sort)));
            screen
        }
        Report::Unplugged(stranger) => {
            cx.effect(Effect::Audit(AuditEvent::DeviceUnplug(stranger.sort)));
            screen
        }
        Report::PhotoMissing(blob) => messages::photo_missing(screen, blob, cx),
        Report::Closed(reason) => wall::close(screen, reason, cx),
        Report::Opened => wall::open(screen, cx),
    }
}
