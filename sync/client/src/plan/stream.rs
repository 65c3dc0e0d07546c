use rand::Rng;

use super::backoff::Backoff;
use super::turn::Turn;
use super::{Millis, PlanAction, RequestId};

/// Where the stream of pokes is.
#[derive(Debug)]
enum State {
    /// Closed; opened again then.
    Closed { due: Millis },
    /// Asked for.
    Opening(RequestId),
    /// Stands.
    Open { request: RequestId, since: Millis },
}

/// Keeps the stream of pokes open. Its loss delays hints and nothing else (R23).
#[derive(Debug)]
pub(super) struct Stream {
    state: State,
    backoff: Backoff,
}

impl Stream {
    pub(super) fn new() -> Self {
        Self {
            state: State::Closed { due: Millis(0) },
            backoff: Backoff::default(),
        }
    }

    pub(super) fn due(&self) -> Option<Millis> {
        match self.state {
            State::Closed { due } => Some(due),
            State::Opening(_) | State::Open { .. } => None,
        }
    }

    pub(super) fn start(&mut self, turn: &mut Turn<'_>) {
        let request = turn.request();
        turn.out.push(PlanAction::Subscribe(request));
        self.state = State::Opening(request);
    }

    pub(super) fn expects(&self, request: RequestId) -> bool {
        match self.state {
            State::Opening(own) | State::Open { request: own, .. } => own == request,
            State::Closed { .. } => false,
        }
    }

    pub(super) fn opened(&mut self, turn: &Turn<'_>) {
        if let State::Opening(request) = self.state {
            self.state = State::Open {
                request,
                since: turn.now,
            };
        }
    }

    /// It ended. Gives when central should be asked whether it is still there.
    pub(super) fn ended(&mut self, turn: &mut Turn<'_>) -> Millis {
        let wait = match self.state {
            // A stream that stood ends for every kiosk at once when central restarts: spread wide.
            State::Open { since, .. } if turn.now.since(since) >= turn.config.stream_settled => {
                self.backoff.succeed();
                turn.rng.random_range(0..=turn.config.first_contact)
            }
            State::Open { .. } | State::Opening(_) | State::Closed { .. } => {
                self.backoff.fail(turn.config, turn.rng)
            }
        };
        let due = turn.now.plus(wait);
        self.state = State::Closed { due };
        due
    }

    /// A person waits.
    pub(super) fn cut_short(&mut self, at: Millis) {
        if let State::Closed { due } = &mut self.state {
            *due = at.min(*due);
        }
    }
}
