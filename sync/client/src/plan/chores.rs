use rand::Rng;

use super::backoff::Backoff;
use super::turn::Turn;
use super::{Forgets, Millis, PlanAction, RequestId};

/// The daily digest (R27).
#[derive(Debug)]
pub(super) struct Digest {
    state: DigestState,
    backoff: Backoff,
}

#[derive(Debug)]
enum DigestState {
    /// No contact yet since the start.
    New,
    /// Due then.
    Waiting { due: Millis },
    /// Sent.
    Sending(RequestId),
}

impl Digest {
    pub(super) fn new() -> Self {
        Self {
            state: DigestState::New,
            backoff: Backoff::default(),
        }
    }

    /// Sets the first one, at a random moment, once central answers.
    pub(super) fn arm(&mut self, turn: &mut Turn<'_>) {
        if matches!(self.state, DigestState::New) {
            let wait = turn.rng.random_range(0..=turn.config.digest_first);
            self.state = DigestState::Waiting {
                due: turn.now.plus(wait),
            };
        }
    }

    pub(super) fn due(&self) -> Option<Millis> {
        match self.state {
            DigestState::Waiting { due } => Some(due),
            DigestState::New | DigestState::Sending(_) => None,
        }
    }

    pub(super) fn start(&mut self, turn: &mut Turn<'_>) {
        let request = turn.request();
        turn.out.push(PlanAction::SendDigest(request));
        self.state = DigestState::Sending(request);
    }

    pub(super) fn expects(&self, request: RequestId) -> bool {
        matches!(self.state, DigestState::Sending(own) if own == request)
    }

    /// Both have compared: again tomorrow.
    pub(super) fn compared(&mut self, turn: &Turn<'_>) {
        self.backoff.succeed();
        self.state = DigestState::Waiting {
            due: turn.now.plus(turn.config.digest_every),
        };
    }

    /// It came to nothing: again sooner.
    pub(super) fn failed(&mut self, turn: &mut Turn<'_>) {
        let wait = self.backoff.fail(turn.config, turn.rng);
        self.state = DigestState::Waiting {
            due: turn.now.plus(wait),
        };
    }
}

/// Carries forgets out, here first and without contact, then acknowledges them (R6).
#[derive(Debug)]
pub(super) struct Forgetting {
    state: ForgetState,
    backoff: Backoff,
}

#[derive(Debug)]
enum ForgetState {
    /// Look what there is to do then.
    Look { at: Millis },
    /// The store is at it.
    Working { again: bool },
    /// Nothing to do.
    Done,
    /// Central has to be told, from then on.
    Ready { from: Millis },
    /// Central is being told.
    Telling { request: RequestId, again: bool },
}

impl Forgetting {
    pub(super) fn new() -> Self {
        Self {
            state: ForgetState::Look { at: Millis(0) },
            backoff: Backoff::default(),
        }
    }

    /// A page held forget records.
    pub(super) fn hint(&mut self) {
        match &mut self.state {
            ForgetState::Look { .. } | ForgetState::Done | ForgetState::Ready { .. } => {
                self.state = ForgetState::Look { at: Millis(0) };
            }
            ForgetState::Working { again } | ForgetState::Telling { again, .. } => *again = true,
        }
    }

    /// When there is something to do here, contact or not.
    pub(super) fn due_here(&self) -> Option<Millis> {
        match self.state {
            ForgetState::Look { at } => Some(at),
            ForgetState::Working { .. }
            | ForgetState::Done
            | ForgetState::Ready { .. }
            | ForgetState::Telling { .. } => None,
        }
    }

    pub(super) fn start_here(&mut self, turn: &mut Turn<'_>) {
        turn.out.push(PlanAction::FinishForgets);
        self.state = ForgetState::Working { again: false };
    }

    /// How far the store is.
    pub(super) fn worked(&mut self, forgets: Forgets, turn: &mut Turn<'_>) {
        let ForgetState::Working { again } = self.state else {
            return;
        };
        self.state = match forgets {
            Forgets::None | Forgets::Ready if again => ForgetState::Look { at: turn.now },
            Forgets::None => ForgetState::Done,
            Forgets::Ready => ForgetState::Ready { from: turn.now },
            Forgets::Unfinished => {
                let wait = self.backoff.fail(turn.config, turn.rng).max(1);
                ForgetState::Look {
                    at: turn.now.plus(wait),
                }
            }
        };
    }

    /// When central is to be told.
    pub(super) fn due_there(&self) -> Option<Millis> {
        match self.state {
            ForgetState::Ready { from } => Some(from),
            ForgetState::Look { .. }
            | ForgetState::Working { .. }
            | ForgetState::Done
            | ForgetState::Telling { .. } => None,
        }
    }

    pub(super) fn start_there(&mut self, turn: &mut Turn<'_>) {
        let request = turn.request();
        turn.out.push(PlanAction::Acknowledge(request));
        self.state = ForgetState::Telling {
            request,
            again: false,
        };
    }

    pub(super) fn expects(&self, request: RequestId) -> bool {
        matches!(self.state, ForgetState::Telling { request: own, .. } if own == request)
    }

    pub(super) fn told(&mut self, turn: &Turn<'_>) {
        self.backoff.succeed();
        self.state = ForgetState::Look { at: turn.now };
    }

    pub(super) fn failed(&mut self, turn: &mut Turn<'_>) {
        if let ForgetState::Telling { again, .. } = self.state {
            let wait = self.backoff.fail(turn.config, turn.rng);
            self.state = if again {
                ForgetState::Look { at: turn.now }
            } else {
                ForgetState::Ready {
                    from: turn.now.plus(wait),
                }
            };
        }
    }
}
