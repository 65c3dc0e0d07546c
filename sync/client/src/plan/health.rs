use super::backoff::Backoff;
use super::turn::Turn;
use super::{Millis, PlanAction, RequestId};

/// When central is told how this kiosk is: at a steady pace, and soon after a change.
///
/// It is of the least worth: it leaves when nothing else is under way, or when it has waited for
/// long enough. Changes that come together leave together.
#[derive(Debug)]
pub(super) struct Health {
    state: State,
    /// When the last report left; the next keeps a distance.
    left: Option<Millis>,
    backoff: Backoff,
}

#[derive(Debug)]
enum State {
    /// This kiosk does not know yet how it is.
    Nothing,
    /// Due then.
    Waiting { due: Millis },
    /// On its way, with what was so when it left.
    Telling { request: RequestId, again: bool },
}

impl Health {
    pub(super) fn new() -> Self {
        Self {
            state: State::Nothing,
            left: None,
            backoff: Backoff::default(),
        }
    }

    /// Something is otherwise than it was. A later change does not put off an earlier one.
    pub(super) fn changed(&mut self, turn: &Turn<'_>) {
        let soon = self.soon(turn);
        match &mut self.state {
            // The first report waits for nothing but contact.
            State::Nothing => self.state = State::Waiting { due: turn.now },
            State::Waiting { due } => *due = soon.min(*due),
            State::Telling { again, .. } => *again = true,
        }
    }

    /// When it may leave: what is of more worth goes first, though not for ever.
    pub(super) fn due(&self, calm: bool, patience: u64) -> Option<Millis> {
        match self.state {
            State::Waiting { due } if calm => Some(due),
            State::Waiting { due } => Some(due.plus(patience)),
            State::Nothing | State::Telling { .. } => None,
        }
    }

    pub(super) fn start(&mut self, turn: &mut Turn<'_>) {
        let request = turn.request();
        turn.out.push(PlanAction::SendHealth(request));
        self.left = Some(turn.now);
        self.state = State::Telling {
            request,
            again: false,
        };
    }

    pub(super) fn expects(&self, request: RequestId) -> bool {
        matches!(self.state, State::Telling { request: own, .. } if own == request)
    }

    /// Central has it.
    pub(super) fn told(&mut self, turn: &Turn<'_>) {
        self.backoff.succeed();
        let State::Telling { again, .. } = self.state else {
            return;
        };
        let due = if again {
            self.soon(turn)
        } else {
            // Counted from when it left: what it said was so then.
            self.left
                .unwrap_or(turn.now)
                .plus(turn.config.health_every)
                .max(turn.now)
        };
        self.state = State::Waiting { due };
    }

    /// It came to nothing.
    pub(super) fn failed(&mut self, turn: &mut Turn<'_>) {
        let wait = self.backoff.fail(turn.config, turn.rng).max(1);
        self.state = State::Waiting {
            due: turn.now.plus(wait),
        };
    }

    fn soon(&self, turn: &Turn<'_>) -> Millis {
        let debounced = turn.now.plus(turn.config.health_debounce);
        self.left
            .map_or(debounced, |left| left.plus(turn.config.health_gap))
            .max(debounced)
    }
}
