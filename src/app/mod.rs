//! What the terminal is doing: `handle(event, now)` gives effects. Pure: no clock, no file, no
//! thread, nothing of the screen. A list never passes through here; the state says which is shown.

mod effect;
mod event;
mod flows;
mod screen;

pub use effect::{AuditEvent, Effect};
pub use event::{ClosedReason, Event, PinAnswer};
pub use screen::{
    Banner, CoverReason, Covered, Field, PadStage, Page, Screen, Session, SignIn, SignedIn, Undo,
};

use crate::domain::local::{Link, ToSync};
use crate::domain::{BootMillis, Now, Policy, UtcMillis};

/// How often a countdown or an undo bar moves.
const LIGHT_STEP_MS: u64 = 200;
/// The clock on the wall is looked at this often.
const CLOCK_STEP_MS: u64 = 1_000;

/// The terminal.
pub struct App {
    screen: Screen,
    policy: Policy,
    language: String,
    link: Link,
    last_contact: Option<UtcMillis>,
    last_touch: BootMillis,
    /// Why the kiosk is closed whatever its contact is.
    closed: Option<ClosedReason>,
}

impl App {
    /// The terminal at its start: the wall, nobody there.
    pub fn new(policy: Policy, last_contact: Option<UtcMillis>, now: Now) -> Self {
        let language = policy
            .languages
            .first()
            .cloned()
            .unwrap_or_else(|| "en".to_owned());
        let mut app = Self {
            screen: Screen::Wall {
                banner: Banner::None,
            },
            policy,
            language,
            link: Link::Starting,
            last_contact,
            last_touch: now.boot.at,
            closed: None,
        };
        app.close_or_open(now);
        app
    }

    /// What is on screen.
    pub fn screen(&self) -> &Screen {
        &self.screen
    }

    /// What this kiosk goes by.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The language on screen, a BCP 47 tag.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// How the contact with central is.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// When central last answered.
    pub fn last_contact(&self) -> Option<UtcMillis> {
        self.last_contact
    }

    /// Who is signed in, covered or not.
    pub fn session(&self) -> Option<&Session> {
        self.screen.session()
    }

    /// Takes in what happened and says what is to be done, in that order.
    pub fn handle(&mut self, event: Event, now: Now) -> Vec<Effect> {
        if event.is_touch() && !(event == Event::Touched && self.is_warning()) {
            self.last_touch = now.boot.at;
        }
        match event {
            Event::Touched => Vec::new(),
            Event::Tick => self.tick(now),
            Event::CacheChanged => vec![Effect::Refresh],
            Event::LinkChanged { link, last_contact } => self.link_changed(link, last_contact, now),
            Event::PolicyChanged(policy) => self.policy_changed(policy, now),
            Event::Closed(reason) => {
                self.closed = reason;
                self.close_or_open(now)
            }
            Event::RosterLost => self.end_session(Banner::SignedOut, AuditEvent::SessionLostRoster),
            Event::LanguageChosen(tag) => self.choose_language(tag),
            other => self.flow(other, now),
        }
    }

    /// While the warning is shown only a tap answers it: a touch that also took the warning away
    /// would end on whatever lies under it.
    fn is_warning(&self) -> bool {
        matches!(&self.screen, Screen::SignedIn(signed_in) if signed_in.idle_left.is_some())
    }

    /// When [`Event::Tick`] is due next.
    pub fn next_wake(&self, now: Now) -> BootMillis {
        let step = match &self.screen {
            Screen::SignedIn(signed_in) if signed_in.idle_left.is_some() => LIGHT_STEP_MS,
            Screen::SignedIn(SignedIn { session, .. }) if session.undo.is_some() => LIGHT_STEP_MS,
            _ => CLOCK_STEP_MS,
        };
        BootMillis(now.boot.at.0.saturating_add(step))
    }

    fn flow(&mut self, event: Event, now: Now) -> Vec<Effect> {
        match &self.screen {
            Screen::Wall { .. } => self.on_wall(&event),
            Screen::SignIn(_) => self.on_sign_in(event, now),
            Screen::Consent(_) => self.on_consent(&event),
            Screen::SignedIn(_) => self.on_signed_in(event, now),
            Screen::Covered(_) => self.on_covered(event, now),
            Screen::Closed(_) => Vec::new(),
        }
    }

    fn on_wall(&mut self, event: &Event) -> Vec<Effect> {
        if *event != Event::SignInPressed {
            return Vec::new();
        }
        self.screen = Screen::SignIn(SignIn::default());
        vec![Effect::Say(ToSync::PersonWaiting), Effect::Refresh]
    }

    fn link_changed(
        &mut self,
        link: Link,
        last_contact: Option<UtcMillis>,
        now: Now,
    ) -> Vec<Effect> {
        self.link = link;
        self.last_contact = last_contact.max(self.last_contact);
        let mut effects = self.close_or_open(now);
        effects.push(Effect::Refresh);
        effects
    }

    fn policy_changed(&mut self, policy: Policy, now: Now) -> Vec<Effect> {
        self.policy = policy;
        let mut effects = Vec::new();
        if !self.policy.languages.contains(&self.language) {
            effects.extend(self.default_language());
        }
        effects.extend(self.close_or_open(now));
        effects.push(Effect::Refresh);
        effects
    }

    fn choose_language(&mut self, tag: String) -> Vec<Effect> {
        if !self.policy.languages.contains(&tag) {
            return Vec::new();
        }
        self.language.clone_from(&tag);
        vec![Effect::SelectLanguage(tag), Effect::Refresh]
    }

    fn default_language(&mut self) -> Option<Effect> {
        let first = self.policy.languages.first()?;
        if *first == self.language {
            return None;
        }
        self.language.clone_from(first);
        Some(Effect::SelectLanguage(first.clone()))
    }

    /// Closes the kiosk while something forbids sign-in, and opens it when nothing does.
    fn close_or_open(&mut self, now: Now) -> Vec<Effect> {
        match (self.reason_to_close(now), &self.screen) {
            (Some(reason), Screen::Closed(shown)) if *shown == reason => Vec::new(),
            (Some(reason), _) => {
                let mut effects = self.end_session(Banner::None, AuditEvent::KioskClosed);
                self.screen = Screen::Closed(reason);
                effects.push(Effect::Refresh);
                effects
            }
            (None, Screen::Closed(_)) => {
                self.screen = Screen::Wall {
                    banner: Banner::None,
                };
                vec![Effect::Refresh]
            }
            (None, _) => Vec::new(),
        }
    }

    fn reason_to_close(&self, now: Now) -> Option<ClosedReason> {
        if self.closed.is_some() {
            return self.closed;
        }
        let last = self.last_contact?;
        let lease = i64::try_from(self.policy.lease.as_millis()).unwrap_or(i64::MAX);
        (now.utc.0.saturating_sub(last.0) > lease).then_some(ClosedReason::LeaseExpired)
    }
}
