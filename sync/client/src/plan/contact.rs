use rand::{Rng, RngCore};

use super::backoff::Backoff;
use super::{Cause, Link, Millis, PlanConfig, Position};

/// Whether central may be asked at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Not started; the first contact comes within `window`.
    New { window: u64 },
    /// Wait; not even a person shortens it below `floor`, the server's own window.
    Waiting { until: Millis, floor: Millis },
    /// One request finds out.
    Probing,
    /// Central answers.
    Up,
}

/// The contact with central, shared by all that is asked of it.
#[derive(Debug)]
pub(super) struct Contact {
    state: State,
    link: Link,
    backoff: Backoff,
    last_cut: Option<Millis>,
}

impl Contact {
    /// Of a store that stands at `position`. Whoever starts with an empty one has somebody in front of
    /// it who sets it up, and there are never many of them at once.
    pub(super) fn new(config: &PlanConfig, position: &Position) -> Self {
        let window = match position.epoch {
            Some(_) => config.first_contact,
            None => 0,
        };
        Self {
            state: State::New { window },
            link: Link::Starting,
            backoff: Backoff::default(),
            last_cut: None,
        }
    }

    /// Starts the first wait, and ends a wait that is over.
    pub(super) fn tick(&mut self, now: Millis, rng: &mut dyn RngCore) {
        if let State::New { window } = self.state {
            self.state = State::Waiting {
                until: now.plus(rng.random_range(0..=window)),
                floor: now,
            };
        }
        if let State::Waiting { until, .. } = self.state
            && until <= now
        {
            self.state = State::Probing;
        }
    }

    /// A person waits: shortens the wait, though not at every touch.
    pub(super) fn cut_short(&mut self, config: &PlanConfig, now: Millis) {
        if let State::Waiting { until, floor } = self.state {
            let allowed = self
                .last_cut
                .map_or(now, |cut| cut.plus(config.person_gap))
                .max(floor)
                .max(now);
            if allowed < until {
                self.last_cut = Some(allowed);
                self.state = State::Waiting {
                    until: allowed,
                    floor,
                };
            }
        }
    }

    /// Central answered. `Some` if that is news.
    pub(super) fn succeed(&mut self) -> Option<Link> {
        self.backoff.succeed();
        self.state = State::Up;
        self.change(Link::Online)
    }

    /// Central did not answer. `Some` if that is news.
    pub(super) fn fail(
        &mut self,
        cause: Cause,
        config: &PlanConfig,
        now: Millis,
        rng: &mut dyn RngCore,
    ) -> Option<Link> {
        // Requests that were under way together fail together: one failure, one wait.
        if !matches!(self.state, State::Waiting { .. }) {
            let wait = self.backoff.fail(config, rng);
            self.state = State::Waiting {
                until: now.plus(wait),
                floor: now,
            };
        }
        self.change(Link::Offline(cause))
    }

    /// Central asks to come back later: not before its window, and spread behind it.
    pub(super) fn hold_off(
        &mut self,
        retry_after: Option<u64>,
        config: &PlanConfig,
        now: Millis,
        rng: &mut dyn RngCore,
    ) {
        let floor = now.plus(retry_after.unwrap_or(0).min(config.retry_after_cap));
        let wait = self.backoff.fail(config, rng);
        self.state = State::Waiting {
            until: floor.plus(wait),
            floor,
        };
    }

    /// Whether a pull or a push may go.
    pub(super) fn may_probe(&self) -> bool {
        matches!(self.state, State::Probing | State::Up)
    }

    /// Whether everything may go.
    pub(super) fn is_up(&self) -> bool {
        self.state == State::Up
    }

    /// When the wait ends.
    pub(super) fn wake(&self) -> Option<Millis> {
        match self.state {
            State::New { .. } => Some(Millis(0)),
            State::Waiting { until, .. } => Some(until),
            State::Probing | State::Up => None,
        }
    }

    /// When central is asked next while it does not answer; `None` while it does, or is being asked.
    pub(super) fn next_try(&self) -> Option<Millis> {
        match self.state {
            State::Waiting { until, .. } => Some(until),
            State::New { .. } | State::Probing | State::Up => None,
        }
    }

    fn change(&mut self, link: Link) -> Option<Link> {
        (self.link != link).then(|| {
            self.link = link;
            link
        })
    }
}
