use dayroom_protocol::UtcMillis;
use rand::{Rng, RngCore};

use super::backoff::Backoff;
use super::{Millis, PlanConfig};
use crate::transport::Validity;

/// The spans the renewal of a certificate goes by, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenewalConfig {
    /// How long a certificate has held when it is to be renewed, if it holds for 30 days; of a
    /// shorter life a third.
    pub after: u64,
    /// Kiosks that were enrolled together renew spread over this; of a shorter life a thirtieth.
    pub spread: u64,
    /// Whoever comes back into contact waits up to this, because others come back with it.
    pub contact_spread: u64,
    /// The first retry comes within this span; each further one within twice the last (R25).
    pub retry_base: u64,
    /// No retry waits longer than this.
    pub retry_cap: u64,
    /// No `Retry-After` is believed beyond this.
    pub retry_after_cap: u64,
    /// How often the wall clock is looked at: it may be set, or jump.
    pub look: u64,
}

impl Default for RenewalConfig {
    fn default() -> Self {
        const MINUTE: u64 = 60_000;
        const DAY: u64 = 24 * 60 * MINUTE;
        Self {
            after: 10 * DAY,
            spread: DAY,
            contact_spread: MINUTE,
            retry_base: MINUTE,
            retry_cap: 60 * MINUTE,
            retry_after_cap: DAY,
            look: 60 * MINUTE,
        }
    }
}

impl RenewalConfig {
    /// When renewing a certificate of this life begins, before it is spread.
    pub fn begins(&self, validity: Validity) -> UtcMillis {
        validity
            .from
            .plus_millis(signed(self.after.min(life(validity) / 3)))
    }

    fn jitter(&self, validity: Validity, rng: &mut dyn RngCore) -> i64 {
        signed(rng.random_range(0..=self.spread.min(life(validity) / 30)))
    }

    fn retry(&self) -> PlanConfig {
        PlanConfig {
            backoff_base: self.retry_base,
            backoff_cap: self.retry_cap,
            ..PlanConfig::default()
        }
    }
}

fn life(validity: Validity) -> u64 {
    u64::try_from(validity.until.millis_since(validity.from)).unwrap_or(0)
}

fn signed(span: u64) -> i64 {
    i64::try_from(span).unwrap_or(i64::MAX)
}

/// What both clocks say: one for waits, one for certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenewalNow {
    /// The clock that never jumps.
    pub at: Millis,
    /// The wall clock.
    pub utc: UtcMillis,
}

/// Something that happened, told to the renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenewalEvent {
    /// Time has passed, or the process has started.
    Tick,
    /// Whether central answers over the chain in use.
    Contact(bool),
    /// A renewed chain has come, and is durable beside the one in use.
    Renewed,
    /// None has come.
    NotRenewed {
        /// Central asks not to come back sooner, in milliseconds.
        retry_after: Option<u64>,
    },
    /// What came of trying the renewed chain.
    NextTried(Tried),
    /// What came of trying the chain in use.
    CurrentTried(Tried),
    /// The renewed chain is in use, durably; this is its life.
    NextInUse(Validity),
    /// The renewed chain is put aside, durably.
    NextAside,
    /// The disk would not.
    DiskFailed,
}

/// What came of trying a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// Central answered as central does.
    Answered,
    /// Central was there and would not have it.
    Refused,
    /// Central was not there.
    Unreachable,
}

/// What the caller has to do; each is answered by an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenewalAction {
    /// Ask for a renewed chain and keep it beside the one in use. Answered by `Renewed` or
    /// `NotRenewed`.
    Renew,
    /// Ask central something over the renewed chain. Answered by `NextTried`.
    TryNext,
    /// Ask central something over the chain in use. Answered by `CurrentTried`.
    TryCurrent,
    /// Put the renewed chain in the place of the one in use. Answered by `NextInUse` or `DiskFailed`.
    UseNext,
    /// Put the renewed chain aside. Answered by `NextAside` or `DiskFailed`.
    SetNextAside,
}

/// Renews the certificate of one kiosk in time.
///
/// The chain in use stays in use until central has answered over the renewed one. A renewed one that
/// central turns away while it answers over the one in use is put aside. What is durable is only
/// which chains there are, so whatever is interrupted goes on from there.
#[derive(Debug)]
pub struct Renewal {
    config: RenewalConfig,
    current: Option<Validity>,
    has_next: bool,
    in_contact: bool,
    /// By how much this certificate's renewal is put off, once it is drawn.
    jitter: Option<i64>,
    state: State,
    backoff: Backoff,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Until it is time.
    Resting,
    /// Not before then.
    Waiting { until: Millis },
    /// An action is under way.
    Busy(RenewalAction),
}

impl Renewal {
    /// The renewal of the certificates that are there: the life of the chain in use, if that can be
    /// used, and whether there is a renewed one.
    pub fn new(config: RenewalConfig, current: Option<Validity>, has_next: bool) -> Self {
        Self {
            config,
            current,
            has_next,
            in_contact: false,
            jitter: None,
            state: State::Resting,
            backoff: Backoff::default(),
        }
    }

    /// Takes in what happened and says what is to be done now.
    pub fn handle(
        &mut self,
        event: RenewalEvent,
        now: RenewalNow,
        rng: &mut dyn RngCore,
    ) -> Option<RenewalAction> {
        if let Some(action) = self.take(event, now, rng) {
            self.state = State::Busy(action);
            return Some(action);
        }
        let action = self.due(now, rng)?;
        self.state = State::Busy(action);
        Some(action)
    }

    /// Milliseconds until the next tick; `None` while an answer is waited for.
    pub fn next_wake(&self, now: RenewalNow) -> Option<u64> {
        match self.state {
            State::Busy(_) => None,
            State::Waiting { until } => Some(until.since(now.at)),
            State::Resting => {
                let left = self
                    .renews_at()
                    .map_or(i64::MAX, |due| due.millis_since(now.utc));
                Some(u64::try_from(left).unwrap_or(0).clamp(1, self.config.look))
            }
        }
    }

    fn take(
        &mut self,
        event: RenewalEvent,
        now: RenewalNow,
        rng: &mut dyn RngCore,
    ) -> Option<RenewalAction> {
        use RenewalAction as Do;
        match (self.state, event) {
            (_, RenewalEvent::Tick) => {}
            (state, RenewalEvent::Contact(in_contact)) => {
                let is_news = in_contact && !self.in_contact;
                self.in_contact = in_contact;
                // What failed without contact says nothing about now.
                if is_news && !matches!(state, State::Busy(_)) {
                    self.backoff.succeed();
                    let wait = rng.random_range(0..=self.config.contact_spread);
                    self.wait(wait, now);
                }
            }
            (State::Busy(Do::Renew), RenewalEvent::Renewed) => {
                self.backoff.succeed();
                self.has_next = true;
                self.state = State::Resting;
            }
            (State::Busy(Do::Renew), RenewalEvent::NotRenewed { retry_after }) => {
                let asked = retry_after.unwrap_or(0).min(self.config.retry_after_cap);
                let wait = self.backoff.fail(&self.config.retry(), rng);
                self.wait(asked.saturating_add(wait), now);
            }
            (State::Busy(Do::TryNext), RenewalEvent::NextTried(tried)) => match tried {
                Tried::Answered => return Some(Do::UseNext),
                Tried::Refused if self.current.is_some() => return Some(Do::TryCurrent),
                Tried::Refused | Tried::Unreachable => self.again(now, rng),
            },
            (State::Busy(Do::TryCurrent), RenewalEvent::CurrentTried(tried)) => match tried {
                Tried::Answered => return Some(Do::SetNextAside),
                // Central would have neither, or has gone: nothing is known about the renewed one.
                Tried::Refused | Tried::Unreachable => self.again(now, rng),
            },
            (State::Busy(Do::UseNext), RenewalEvent::NextInUse(validity)) => {
                self.backoff.succeed();
                self.current = Some(validity);
                self.jitter = None;
                self.has_next = false;
                self.state = State::Resting;
            }
            (State::Busy(Do::SetNextAside), RenewalEvent::NextAside) => {
                self.has_next = false;
                self.again(now, rng);
            }
            (State::Busy(_), RenewalEvent::DiskFailed) => self.again(now, rng),
            // An answer to nothing that was asked.
            (
                State::Resting | State::Waiting { .. } | State::Busy(_),
                RenewalEvent::Renewed
                | RenewalEvent::NotRenewed { .. }
                | RenewalEvent::NextTried(_)
                | RenewalEvent::CurrentTried(_)
                | RenewalEvent::NextInUse(_)
                | RenewalEvent::NextAside
                | RenewalEvent::DiskFailed,
            ) => {}
        }
        None
    }

    fn due(&mut self, now: RenewalNow, rng: &mut dyn RngCore) -> Option<RenewalAction> {
        match self.state {
            State::Busy(_) => return None,
            State::Waiting { until } if now.at < until => return None,
            State::Waiting { .. } => self.state = State::Resting,
            State::Resting => {}
        }
        if self.has_next {
            // Also without contact: it may be the only one that central still takes.
            return Some(RenewalAction::TryNext);
        }
        if let (Some(current), None) = (self.current, self.jitter) {
            self.jitter = Some(self.config.jitter(current, rng));
        }
        let due = self.renews_at()?;
        (self.in_contact && now.utc >= due).then_some(RenewalAction::Renew)
    }

    fn renews_at(&self) -> Option<UtcMillis> {
        let begins = self.config.begins(self.current?);
        Some(begins.plus_millis(self.jitter.unwrap_or(0)))
    }

    fn again(&mut self, now: RenewalNow, rng: &mut dyn RngCore) {
        let wait = self.backoff.fail(&self.config.retry(), rng);
        self.wait(wait, now);
    }

    fn wait(&mut self, span: u64, now: RenewalNow) {
        self.state = State::Waiting {
            // At least a moment, so that a failure is never answered by the same action at once.
            until: now.at.plus(span.max(1)),
        };
    }
}
