//! What to pull, push, fetch and retry, and when. Pure: time and chance are handed in.
//!
//! Each concern is a lane with its state in an enum: `pull`, `push`, `blobs`, `stream`,
//! `chores`, `health`; `contact` is what they share. An event changes the lanes it concerns, then every
//! lane that is due is started, in the order of their worth.

mod backoff;
mod blobs;
mod chores;
mod config;
mod contact;
mod health;
mod pull;
mod push;
mod releases;
mod renewal;
mod stream;
mod telling;
mod turn;
mod words;

#[cfg(test)]
mod tests;

use dayroom_protocol::Epoch;
use rand::RngCore;

pub use config::PlanConfig;
pub use releases::{ReleaseAction, ReleaseConfig, ReleaseEvent, ReleasePlan, ReleaseTurn};
pub use renewal::{Renewal, RenewalAction, RenewalConfig, RenewalEvent, RenewalNow, Tried};
pub use words::{
    Alarm, Cause, Failure, Forgets, Link, Millis, Offers, PageHead, PlanAction, PlanEvent,
    Position, RequestId, Scope,
};

use turn::Turn;

/// The plan of one kiosk.
#[derive(Debug)]
pub struct Plan {
    config: PlanConfig,
    requests: u64,
    contact: contact::Contact,
    pull: pull::Pull,
    push: push::Push,
    stream: stream::Stream,
    blobs: blobs::Blobs,
    digest: chores::Digest,
    forgets: chores::Forgetting,
    orders: telling::Telling,
    health: health::Health,
    /// Until then somebody at the glass may want the line.
    person_until: Millis,
}

impl Plan {
    /// A plan for a store that stands at `position`.
    pub fn new(config: PlanConfig, position: Position) -> Self {
        Self {
            config,
            requests: 0,
            contact: contact::Contact::new(&config, &position),
            pull: pull::Pull::new(position),
            push: push::Push::new(),
            stream: stream::Stream::new(),
            blobs: blobs::Blobs::new(),
            digest: chores::Digest::new(),
            forgets: chores::Forgetting::new(),
            orders: telling::Telling::new(),
            health: health::Health::new(),
            person_until: Millis(0),
        }
    }

    /// Takes in what happened and says what is to be done now, in that order.
    pub fn handle(
        &mut self,
        event: PlanEvent,
        now: Millis,
        rng: &mut dyn RngCore,
    ) -> Vec<PlanAction> {
        let config = self.config;
        let mut requests = self.requests;
        let mut turn = Turn {
            config: &config,
            now,
            rng,
            requests: &mut requests,
            out: Vec::new(),
        };
        self.contact.tick(now, turn.rng);
        self.take(event, &mut turn);
        self.contact.tick(now, turn.rng);
        self.start_due(&mut turn);
        let out = turn.out;
        self.requests = requests;
        out
    }

    /// When to call [`Plan::handle`] with a tick if nothing else happens before.
    pub fn next_wake(&self) -> Option<Millis> {
        [
            self.contact.wake(),
            self.forgets.due_here(),
            self.push_due(),
            self.pull_due(),
            self.when_up(self.stream.due()),
            self.when_up(self.forgets.due_there()),
            self.when_up(self.orders.due()),
            self.when_up(self.blobs.due(self.is_calm())),
            self.digest_due(),
            self.when_up(self.health_due()),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// When central is asked next while it does not answer; `None` while it does, or is being asked.
    pub fn next_try(&self) -> Option<Millis> {
        self.contact.next_try()
    }

    /// Whether the line is free for releases: never before messages, nor while somebody waits.
    pub fn release_turn(&self, now: Millis) -> ReleaseTurn {
        if self.contact.is_up() && self.is_calm() && now >= self.person_until {
            ReleaseTurn::Go
        } else {
            ReleaseTurn::Pause
        }
    }

    /// When [`Plan::release_turn`] may change because a person's time has passed.
    pub fn release_turn_due(&self, now: Millis) -> Option<Millis> {
        (now < self.person_until).then_some(self.person_until)
    }

    fn take(&mut self, event: PlanEvent, turn: &mut Turn<'_>) {
        match event {
            PlanEvent::Tick => {}
            PlanEvent::IntentsWaiting => self.push.hint(),
            PlanEvent::PersonWaiting => self.person_waits(turn),
            PlanEvent::BlobWanted(blob) => {
                self.person_until = turn.now.plus(turn.config.person_first);
                self.contact.cut_short(turn.config, turn.now);
                self.blobs.want(blob, turn);
            }
            PlanEvent::Fetched(request, head) => {
                if !self.pull.expects(request) {
                    turn.out.push(PlanAction::Discard(request));
                    return;
                }
                self.answered(turn);
                let reset = self.pull.fetched(request, head, turn);
                self.reset(reset, turn);
            }
            PlanEvent::Applied {
                request,
                blobs,
                forgets,
            } => {
                self.blobs.named(blobs, turn);
                if forgets {
                    self.forgets.hint();
                }
                let reset = self.pull.applied(request, turn);
                self.reset(reset, turn);
            }
            PlanEvent::NotApplied(_, position) => self.pull.not_applied(position, turn),
            PlanEvent::Offers(offers) => self.push.offers(offers, turn),
            PlanEvent::Pushed(request) => {
                if self.push.expects(request) {
                    self.answered(turn);
                    self.push.pushed();
                    // The settlements come by the feed.
                    self.pull.hint(turn.now);
                }
            }
            PlanEvent::WasReset => {
                self.pull.was_reset(turn);
                self.blobs.clear();
            }
            PlanEvent::Emptied(position) => {
                self.pull.emptied(position, turn);
                self.blobs.clear();
            }
            PlanEvent::BlobsMissing { blobs, next } => self.blobs.missing(blobs, next, turn),
            PlanEvent::BlobFetched(request) => {
                if self.blobs.expects(request) {
                    self.blobs.fetched();
                }
            }
            PlanEvent::StreamOpened(request) => {
                if self.stream.expects(request) {
                    self.answered(turn);
                    self.stream.opened(turn);
                    // What happened while it was closed was not poked.
                    self.pull.hint(turn.now);
                }
            }
            PlanEvent::Poke(request) => {
                if self.stream.expects(request) {
                    self.pull.hint(turn.now);
                }
            }
            PlanEvent::DigestAgrees(request) => {
                if self.digest.expects(request) {
                    self.answered(turn);
                    self.digest.compared(turn);
                    self.blobs.rescan();
                }
            }
            PlanEvent::DigestBehind(request) => {
                if self.digest.expects(request) {
                    self.answered(turn);
                    self.digest.failed(turn);
                    self.pull.hint(turn.now);
                }
            }
            PlanEvent::DigestDiffers(request) => {
                if self.digest.expects(request) {
                    self.answered(turn);
                    self.digest.compared(turn);
                    turn.out.push(PlanAction::Alarm(Alarm::DigestDiffers));
                    let epoch = self.pull.resettable();
                    self.reset(epoch, turn);
                }
            }
            PlanEvent::OrdersWaiting => self.orders.hint(),
            PlanEvent::OrdersTold { request, more } => {
                if self.orders.expects(request) {
                    self.answered(turn);
                    self.orders.told(more, turn);
                }
            }
            PlanEvent::NoOrders(request) => {
                if self.orders.expects(request) {
                    self.orders.told(false, turn);
                }
            }
            PlanEvent::Forgets(forgets) => self.forgets.worked(forgets, turn),
            PlanEvent::Acknowledged(request) => {
                if self.forgets.expects(request) {
                    self.answered(turn);
                    self.forgets.told(turn);
                }
            }
            PlanEvent::HealthChanged => self.health.changed(turn),
            PlanEvent::HealthTold(request) => {
                if self.health.expects(request) {
                    self.answered(turn);
                    self.health.told(turn);
                }
            }
            PlanEvent::Failed(request, failure) => self.failed(request, failure, turn),
        }
    }

    fn person_waits(&mut self, turn: &Turn<'_>) {
        self.person_until = turn.now.plus(turn.config.person_first);
        self.contact.cut_short(turn.config, turn.now);
        self.pull.cut_short(turn);
        if let Some(due) = self.pull.due() {
            self.stream.cut_short(due);
        }
    }

    /// Central answered as central does.
    fn answered(&mut self, turn: &mut Turn<'_>) {
        if let Some(link) = self.contact.succeed() {
            turn.out.push(PlanAction::Report(link));
        }
        self.digest.arm(turn);
    }

    fn failed(&mut self, request: RequestId, failure: Failure, turn: &mut Turn<'_>) {
        let ours = [
            self.pull.expects(request),
            self.push.expects(request),
            self.stream.expects(request),
            self.blobs.expects(request),
            self.digest.expects(request),
            self.forgets.expects(request),
            self.orders.expects(request),
            self.health.expects(request),
        ];
        if !ours.contains(&true) {
            return;
        }
        // What the lane does by itself.
        let central_answered = !matches!(failure, Failure::Contact(_) | Failure::Busy { .. });
        if self.pull.expects(request) {
            match &failure {
                Failure::Contact(_) | Failure::Busy { .. } => self.pull.lost(turn),
                Failure::Reset { epoch } if !self.pull.is_applying() => {
                    let epoch = epoch.clone();
                    self.answered(turn);
                    self.reset(Some(epoch), turn);
                }
                Failure::Reset { .. }
                | Failure::Gap { .. }
                | Failure::Conflict
                | Failure::NotFound
                | Failure::Corrupt
                | Failure::Refused => self.pull.refused(turn),
            }
        } else if self.push.expects(request) {
            if central_answered {
                self.push.refused(&failure, turn);
            } else {
                self.push.lost();
            }
        } else if self.stream.expects(request) {
            // Its end proves nothing; a pull finds out.
            let check = self.stream.ended(turn);
            self.pull.hint(check);
        } else if self.blobs.expects(request) {
            match failure {
                // One blob that comes badly says nothing about the rest.
                Failure::Contact(Cause::BadAnswer) => {
                    self.blobs.refused(&Failure::Corrupt, turn);
                    return;
                }
                Failure::Contact(_) | Failure::Busy { .. } => {}
                Failure::Reset { .. }
                | Failure::Gap { .. }
                | Failure::Conflict
                | Failure::NotFound
                | Failure::Corrupt
                | Failure::Refused => self.blobs.refused(&failure, turn),
            }
        } else if self.digest.expects(request) {
            self.digest.failed(turn);
        } else if self.forgets.expects(request) {
            self.forgets.failed(turn);
        } else if self.orders.expects(request) {
            self.orders.failed(turn);
        } else if self.health.expects(request) {
            self.health.failed(turn);
        }
        // What it means for all of them.
        let [_, _, of_stream, ..] = ours;
        match failure {
            Failure::Contact(_) if of_stream => {}
            Failure::Contact(cause) => {
                let news = self.contact.fail(cause, turn.config, turn.now, turn.rng);
                if let Some(link) = news {
                    turn.out.push(PlanAction::Report(link));
                }
                self.blobs.lost(turn);
                self.pull.keep(turn);
            }
            Failure::Busy { retry_after } => {
                self.contact
                    .hold_off(retry_after, turn.config, turn.now, turn.rng);
                self.blobs.lost(turn);
                self.pull.keep(turn);
            }
            Failure::Reset { .. }
            | Failure::Gap { .. }
            | Failure::Conflict
            | Failure::NotFound
            | Failure::Corrupt
            | Failure::Refused => self.answered(turn),
        }
    }

    /// Begins the reset flow if there is an epoch to start in (R4).
    fn reset(&mut self, epoch: Option<Epoch>, turn: &mut Turn<'_>) {
        if let Some(epoch) = epoch {
            self.pull.begin_reset(epoch, turn);
            self.push.reoffer(turn);
        }
    }

    fn start_due(&mut self, turn: &mut Turn<'_>) {
        if self.forgets.due_here().is_some_and(|at| at <= turn.now) {
            self.forgets.start_here(turn);
        }
        if self.push_due().is_some_and(|at| at <= turn.now) {
            self.push.start(turn);
        }
        if self.may_empty() {
            self.pull.empty(turn);
        }
        if self.pull_due().is_some_and(|at| at <= turn.now) {
            self.pull.start(turn);
        }
        if !self.contact.is_up() {
            return;
        }
        if self.stream.due().is_some_and(|at| at <= turn.now) {
            self.stream.start(turn);
        }
        if self.forgets.due_there().is_some_and(|at| at <= turn.now) {
            self.forgets.start_there(turn);
        }
        if self.orders.due().is_some_and(|at| at <= turn.now) {
            self.orders.start(turn);
        }
        let blobs = self.blobs.due(self.is_calm());
        if blobs.is_some_and(|at| at <= turn.now) {
            self.blobs.start(turn);
        }
        if self.digest_due().is_some_and(|at| at <= turn.now) {
            self.digest.start(turn);
        }
        if self.health_due().is_some_and(|at| at <= turn.now) {
            self.health.start(turn);
        }
    }

    fn health_due(&self) -> Option<Millis> {
        self.health.due(self.is_calm(), self.config.health_patience)
    }

    /// While it is not known whether central answers, one request finds out.
    fn push_due(&self) -> Option<Millis> {
        let alone = self.contact.is_up() || self.pull.due().is_some() || self.pull.is_offering();
        (self.contact.may_probe() && alone)
            .then(|| self.push.due())
            .flatten()
    }

    fn pull_due(&self) -> Option<Millis> {
        if !self.contact.may_probe() || self.push.goes_first() {
            return None;
        }
        let due = self.pull.due()?;
        Some(if self.contact.is_up() { due } else { Millis(0) })
    }

    fn may_empty(&self) -> bool {
        self.contact.is_up() && self.pull.is_offering() && !self.push.goes_first()
    }

    fn digest_due(&self) -> Option<Millis> {
        if self.pull.is_at_end() && !self.push.goes_first() {
            self.when_up(self.digest.due())
        } else {
            None
        }
    }

    fn when_up(&self, due: Option<Millis>) -> Option<Millis> {
        due.filter(|_| self.contact.is_up())
    }

    /// Nothing of more worth is under way.
    fn is_calm(&self) -> bool {
        self.pull.is_at_end() && !self.push.goes_first()
    }
}
