use std::mem;
use std::time::Duration;

use crate::domain::BootMoment;
use crate::domain::attached::Attached;
use crate::domain::draft_key::KeyShown;
use crate::domain::local::Link;
use crate::domain::{BootMillis, IntentBody, Now, Policy, ResidentId, UtcMillis};

use super::{Config, Effect, Ticket};

const MINUTE_MS: i64 = 60_000;

/// What every screen shares, and what its flows have decided so far. Nothing of a person.
pub(in crate::app) struct Context {
    pub now: Now,
    pub policy: Policy,
    pub link: Link,
    pub last_contact: Option<UtcMillis>,
    /// When central is asked next while it does not answer.
    pub next_try: Option<BootMillis>,
    pub language: String,
    /// When sync was last told that somebody waits.
    pub hurried: Option<BootMillis>,
    /// How the draft key stands here, once it is known.
    pub draft_key: Option<KeyShown>,
    /// How the devices of this terminal are.
    pub attached: Attached,
    effects: Vec<Effect>,
    tickets: u64,
}

impl Context {
    pub fn new(config: Config) -> Self {
        let mut context = Self {
            now: Now::default(),
            policy: config.policy,
            link: Link::Starting,
            last_contact: config.last_contact,
            next_try: None,
            language: String::new(),
            hurried: None,
            draft_key: None,
            attached: Attached::default(),
            effects: Vec::new(),
            tickets: 0,
        };
        context.language = context.default_language();
        context
    }

    /// Takes the clocks over; boot time never runs back. A new minute is a reason to draw again.
    pub fn advance(&mut self, now: Now) {
        let minute = |utc: UtcMillis| utc.0.div_euclid(MINUTE_MS);
        if minute(now.utc) != minute(self.now.utc) {
            self.refresh();
        }
        let at = now.boot.at.max(self.now.boot.at);
        let boot = BootMoment { at, ..now.boot };
        self.now = Now { boot, ..now };
    }

    pub fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Has the view read the store again, once however often it is asked for.
    pub fn refresh(&mut self) {
        if !self.effects.iter().any(|e| matches!(e, Effect::Refresh)) {
            self.effects.push(Effect::Refresh);
        }
    }

    pub fn take_effects(&mut self) -> Vec<Effect> {
        mem::take(&mut self.effects)
    }

    pub fn next_ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    /// Records what `resident` did; it may leave after `hold`.
    pub fn record(
        &mut self,
        resident: ResidentId,
        body: IntentBody,
        hold: Option<Duration>,
    ) -> Ticket {
        let ticket = self.next_ticket();
        let boot = self.now.boot;
        let held_until = hold.map(|span| BootMoment {
            at: boot.at.plus(span),
            ..boot
        });
        self.effect(Effect::RecordIntent {
            ticket,
            resident,
            body,
            held_until,
        });
        ticket
    }

    pub fn default_language(&self) -> String {
        let first = self.policy.languages.first();
        first.map_or_else(|| "en".to_owned(), Clone::clone)
    }

    pub fn select_language(&mut self, tag: String) {
        if self.language != tag {
            self.language.clone_from(&tag);
            self.effect(Effect::SelectLanguage(tag));
        }
    }

    pub fn change_policy(&mut self, policy: Policy) {
        self.policy = policy;
        if !self.policy.languages.contains(&self.language) {
            self.select_language(self.default_language());
        }
        self.refresh();
    }

    /// Whether central has been silent for longer than the lease.
    pub fn is_lease_over(&self) -> bool {
        self.lease_left().is_some_and(|left| left <= 0)
    }

    /// When the lease ends, if it has not.
    pub fn lease_end(&self) -> Option<BootMillis> {
        let left = u64::try_from(self.lease_left()?).ok()?;
        (left > 0).then(|| self.now.boot.at.plus(Duration::from_millis(left)))
    }

    /// When the clock on the screen shows another minute.
    pub fn next_minute(&self) -> BootMillis {
        let left = MINUTE_MS - self.now.utc.0.rem_euclid(MINUTE_MS);
        let left = Duration::from_millis(left.unsigned_abs());
        self.now.boot.at.plus(left)
    }

    fn lease_left(&self) -> Option<i64> {
        let lease = i64::try_from(self.policy.lease.as_millis()).unwrap_or(i64::MAX);
        let silent = self.now.utc.0.saturating_sub(self.last_contact?.0);
        Some(lease.saturating_sub(silent))
    }
}
