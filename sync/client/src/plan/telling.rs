use super::backoff::Backoff;
use super::turn::Turn;
use super::{Millis, PlanAction, RequestId};

/// Tells central what became of orders (R21), until it has heard all of it.
#[derive(Debug)]
pub(super) struct Telling {
    state: State,
    backoff: Backoff,
}

#[derive(Debug)]
enum State {
    /// Nothing to tell.
    Quiet,
    /// There may be something, from then on.
    Due { from: Millis },
    /// Central is being told.
    Telling { request: RequestId, again: bool },
}

impl Telling {
    pub(super) fn new() -> Self {
        Self {
            state: State::Quiet,
            backoff: Backoff::default(),
        }
    }

    /// Something became of an order.
    pub(super) fn hint(&mut self) {
        match &mut self.state {
            State::Quiet | State::Due { .. } => self.state = State::Due { from: Millis(0) },
            State::Telling { again, .. } => *again = true,
        }
    }

    pub(super) fn due(&self) -> Option<Millis> {
        match self.state {
            State::Due { from } => Some(from),
            State::Quiet | State::Telling { .. } => None,
        }
    }

    pub(super) fn start(&mut self, turn: &mut Turn<'_>) {
        let request = turn.request();
        turn.out.push(PlanAction::TellOrders(request));
        self.state = State::Telling {
            request,
            again: false,
        };
    }

    pub(super) fn expects(&self, request: RequestId) -> bool {
        matches!(self.state, State::Telling { request: own, .. } if own == request)
    }

    /// There was nothing to tell, or central has heard it.
    pub(super) fn told(&mut self, more: bool, turn: &Turn<'_>) {
        let State::Telling { again, .. } = self.state else {
            return;
        };
        self.backoff.succeed();
        self.state = if again || more {
            State::Due { from: turn.now }
        } else {
            State::Quiet
        };
    }

    pub(super) fn failed(&mut self, turn: &mut Turn<'_>) {
        if matches!(self.state, State::Telling { .. }) {
            let wait = self.backoff.fail(turn.config, turn.rng);
            self.state = State::Due {
                from: turn.now.plus(wait),
            };
        }
    }
}
