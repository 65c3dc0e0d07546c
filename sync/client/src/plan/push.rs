use super::backoff::Backoff;
use super::turn::Turn;
use super::{Alarm, Failure, Millis, Offers, PlanAction, RequestId, Scope};

/// Where the push of intents is.
#[derive(Debug)]
enum State {
    /// Nothing known to be due; the journal is looked into again then.
    Idle { look_at: Millis },
    /// There may be intents: look as soon as central may be asked.
    Due,
    /// The journal is being read.
    Reading,
    /// A batch is on its way. Without an answer it may or may not have arrived, and is sent again.
    Sending {
        request: RequestId,
        first: u64,
        last: u64,
    },
    /// Central refused the batch: try again then.
    Waiting { until: Millis },
}

/// Offers the journal's intents, in order, without gaps.
#[derive(Debug)]
pub(super) struct Push {
    state: State,
    scope: Scope,
    from: u64,
    again: bool,
    gap: Option<u64>,
    backoff: Backoff,
}

impl Push {
    pub(super) fn new() -> Self {
        Self {
            state: State::Due,
            scope: Scope::Unsettled,
            from: 1,
            again: false,
            gap: None,
            backoff: Backoff::default(),
        }
    }

    /// When the journal is to be read, if nothing is under way.
    pub(super) fn due(&self) -> Option<Millis> {
        match self.state {
            State::Idle { look_at } => Some(look_at),
            State::Due => Some(Millis(0)),
            State::Waiting { until } => Some(until),
            State::Reading | State::Sending { .. } => None,
        }
    }

    /// Whether a pull should wait, so that what people did is sent before what it may take away.
    pub(super) fn goes_first(&self) -> bool {
        match self.state {
            State::Due | State::Reading | State::Sending { .. } => true,
            State::Idle { .. } | State::Waiting { .. } => false,
        }
    }

    /// Whether a batch is on its way.
    pub(super) fn is_sending(&self) -> bool {
        matches!(self.state, State::Sending { .. })
    }

    /// The journal may have intents.
    pub(super) fn hint(&mut self) {
        match self.state {
            State::Idle { .. } => self.state = State::Due,
            State::Reading | State::Sending { .. } => self.again = true,
            State::Due | State::Waiting { .. } => {}
        }
    }

    pub(super) fn start(&mut self, turn: &mut Turn<'_>) {
        self.again = false;
        self.state = State::Reading;
        turn.out.push(PlanAction::ReadOffers {
            scope: self.scope,
            from: self.from,
        });
    }

    /// What the journal had.
    pub(super) fn offers(&mut self, offers: Offers, turn: &mut Turn<'_>) {
        if !matches!(self.state, State::Reading) {
            return;
        }
        match offers {
            Offers::Ready { first, last } => {
                let request = turn.request();
                turn.out.push(PlanAction::Push(request));
                self.state = State::Sending {
                    request,
                    first,
                    last,
                };
            }
            Offers::Nothing { due_in } => {
                self.scope = Scope::Unsettled;
                self.state = if self.again {
                    State::Due
                } else {
                    let wait = due_in.unwrap_or(u64::MAX).min(turn.config.journal_look);
                    State::Idle {
                        look_at: turn.now.plus(wait.max(1)),
                    }
                };
            }
        }
    }

    pub(super) fn expects(&self, request: RequestId) -> bool {
        matches!(self.state, State::Sending { request: own, .. } if own == request)
    }

    /// Central took the batch in: look for more at once.
    pub(super) fn pushed(&mut self) {
        if let State::Sending { last, .. } = self.state {
            self.from = last.saturating_add(1);
            self.gap = None;
            self.backoff.succeed();
            self.state = State::Due;
        }
    }

    /// No contact: the batch is sent again when there is.
    pub(super) fn lost(&mut self) {
        if self.is_sending() {
            self.state = State::Due;
        }
    }

    /// Central answered no.
    pub(super) fn refused(&mut self, failure: &Failure, turn: &mut Turn<'_>) {
        let State::Sending { first, .. } = self.state else {
            return;
        };
        if let Failure::Gap { expected } = failure {
            if *expected < first && self.gap != Some(*expected) {
                // Go back to where central stands, or as far as the journal reaches.
                self.gap = Some(*expected);
                self.scope = Scope::Held;
                self.from = *expected;
                self.state = State::Due;
                return;
            }
            turn.out.push(PlanAction::Alarm(Alarm::Gap));
        }
        if *failure == Failure::Conflict {
            turn.out.push(PlanAction::Alarm(Alarm::Conflict));
        }
        let wait = self.backoff.fail(turn.config, turn.rng);
        self.state = State::Waiting {
            until: turn.now.plus(wait),
        };
    }

    /// Offers everything of the last days again (R4).
    pub(super) fn reoffer(&mut self, turn: &mut Turn<'_>) {
        if let State::Sending { request, .. } = self.state {
            turn.out.push(PlanAction::Cancel(request));
        }
        self.scope = Scope::Recent;
        self.from = 1;
        self.gap = None;
        if !matches!(self.state, State::Waiting { .. }) {
            self.state = State::Due;
        }
    }
}
