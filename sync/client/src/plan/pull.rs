use dayroom_protocol::{Cursor, Epoch};
use rand::Rng;

use super::backoff::Backoff;
use super::turn::Turn;
use super::{Alarm, Millis, PageHead, PlanAction, Position, RequestId};

/// The same cursor with "more" this often means a full resync (R9).
const STUCK_PAGES: u8 = 3;

/// Where a pull is.
#[derive(Debug)]
enum State {
    /// Nothing under way; the next begins then.
    Idle { due: Millis },
    /// The page at the position was asked for.
    Fetching { request: RequestId, again: bool },
    /// A page is being committed, and the one behind it is on its way (R24: never applied before).
    Applying {
        request: RequestId,
        head: PageHead,
        next: Next,
        again: bool,
    },
    /// The journal is offered again before the cache is emptied (R4).
    Offering { epoch: Epoch },
    /// The cache is being emptied.
    Emptying { epoch: Epoch },
}

/// The page behind the one being committed.
#[derive(Debug)]
enum Next {
    None,
    Fetching(RequestId),
    Fetched(RequestId, PageHead),
}

/// Pulls the feed, page by page.
#[derive(Debug)]
pub(super) struct Pull {
    state: State,
    position: Position,
    at_end: bool,
    stuck: u8,
    backoff: Backoff,
    resets: Backoff,
    last_start: Option<Millis>,
}

impl Pull {
    pub(super) fn new(position: Position) -> Self {
        Self {
            state: State::Idle { due: Millis(0) },
            position,
            at_end: false,
            stuck: 0,
            backoff: Backoff::default(),
            resets: Backoff::default(),
            last_start: None,
        }
    }

    /// When the next pull is due, if none is under way.
    pub(super) fn due(&self) -> Option<Millis> {
        match self.state {
            State::Idle { due } => Some(due),
            State::Fetching { .. }
            | State::Applying { .. }
            | State::Offering { .. }
            | State::Emptying { .. } => None,
        }
    }

    /// Whether all that central had is here.
    pub(super) fn is_at_end(&self) -> bool {
        self.at_end && self.due().is_some()
    }

    /// Whether the cache waits to be emptied.
    pub(super) fn is_offering(&self) -> bool {
        matches!(self.state, State::Offering { .. })
    }

    /// The epoch the store is in, if a reset may begin now.
    pub(super) fn resettable(&self) -> Option<Epoch> {
        match self.state {
            State::Idle { .. } | State::Fetching { .. } => self.position.epoch.clone(),
            State::Applying { .. } | State::Offering { .. } | State::Emptying { .. } => None,
        }
    }

    /// There may be something to pull: now, or once more after the pull under way.
    pub(super) fn hint(&mut self, at: Millis) {
        match &mut self.state {
            State::Idle { due } => *due = at.min(*due),
            State::Fetching { again, .. } | State::Applying { again, .. } => *again = true,
            State::Offering { .. } | State::Emptying { .. } => {}
        }
    }

    /// A person waits: pull now, though not at every touch.
    pub(super) fn cut_short(&mut self, turn: &Turn<'_>) {
        let allowed = self
            .last_start
            .map_or(turn.now, |start| start.plus(turn.config.person_gap));
        if let State::Idle { due } = &mut self.state {
            *due = allowed.max(turn.now).min(*due);
        }
    }

    pub(super) fn start(&mut self, turn: &mut Turn<'_>) {
        let request = turn.fetch(self.position.clone());
        self.last_start = Some(turn.now);
        self.state = State::Fetching {
            request,
            again: false,
        };
    }

    /// Whether this request is one of this lane's.
    pub(super) fn expects(&self, request: RequestId) -> bool {
        match &self.state {
            State::Fetching { request: own, .. } => *own == request,
            State::Applying {
                next: Next::Fetching(own),
                ..
            } => *own == request,
            State::Idle { .. }
            | State::Applying { .. }
            | State::Offering { .. }
            | State::Emptying { .. } => false,
        }
    }

    /// A page came. `Some` when the feed has to start anew.
    #[must_use]
    pub(super) fn fetched(
        &mut self,
        request: RequestId,
        head: PageHead,
        turn: &mut Turn<'_>,
    ) -> Option<Epoch> {
        if let State::Applying { next, .. } = &mut self.state {
            *next = Next::Fetched(request, head);
            return None;
        }
        let again = matches!(self.state, State::Fetching { again: true, .. });
        self.accept(request, head, again, turn)
    }

    /// Checks a page against the position and has it committed.
    fn accept(
        &mut self,
        request: RequestId,
        head: PageHead,
        again: bool,
        turn: &mut Turn<'_>,
    ) -> Option<Epoch> {
        if self
            .position
            .epoch
            .as_ref()
            .is_some_and(|own| *own != head.epoch)
        {
            turn.out.push(PlanAction::Discard(request));
            return Some(head.epoch);
        }
        if head.after != self.position.cursor {
            turn.out.push(PlanAction::Discard(request));
            turn.out.push(PlanAction::Alarm(Alarm::PageOutOfPlace));
            self.retry(turn);
            return None;
        }
        if head.more && head.cursor == head.after {
            self.stuck += 1;
            if self.stuck >= STUCK_PAGES {
                self.stuck = 0;
                turn.out.push(PlanAction::Discard(request));
                turn.out.push(PlanAction::Alarm(Alarm::StuckFeed));
                return Some(head.epoch);
            }
        } else {
            self.stuck = 0;
        }
        // The next page is asked for first, so that it travels while this one is committed.
        let next = if head.more {
            Next::Fetching(turn.fetch(Position {
                epoch: Some(head.epoch.clone()),
                cursor: head.cursor.clone(),
            }))
        } else {
            Next::None
        };
        turn.out.push(PlanAction::Apply(request));
        self.state = State::Applying {
            request,
            head,
            next,
            again,
        };
        None
    }

    /// A page is committed. `Some` when the feed has to start anew.
    #[must_use]
    pub(super) fn applied(&mut self, request: RequestId, turn: &mut Turn<'_>) -> Option<Epoch> {
        let State::Applying {
            request: own,
            head,
            next,
            again,
        } = &mut self.state
        else {
            return None;
        };
        if *own != request {
            return None;
        }
        let again = *again;
        let next = std::mem::replace(next, Next::None);
        self.position = Position {
            epoch: Some(head.epoch.clone()),
            cursor: head.cursor.clone(),
        };
        self.at_end = !head.more;
        if self.stuck == 0 {
            self.backoff.succeed();
        }
        if self.at_end {
            self.resets.succeed();
        }
        match next {
            Next::Fetched(request, head) => return self.accept(request, head, again, turn),
            Next::Fetching(request) => self.state = State::Fetching { request, again },
            Next::None if again || !self.at_end => self.state = State::Idle { due: turn.now },
            Next::None => {
                // A fifth earlier at most, so that kiosks started together drift apart.
                let early = turn.rng.random_range(0..=turn.config.poll / 5);
                self.state = State::Idle {
                    due: turn.now.plus(turn.config.poll - early),
                };
            }
        }
        None
    }

    /// The store did not take the page and stands elsewhere.
    pub(super) fn not_applied(&mut self, position: Position, turn: &mut Turn<'_>) {
        self.drop_next(turn);
        self.position = position;
        turn.out.push(PlanAction::Alarm(Alarm::PageOutOfPlace));
        self.retry(turn);
    }

    /// A fetch came to nothing for want of contact: it is due again when contact is back.
    pub(super) fn lost(&mut self, turn: &Turn<'_>) {
        match &mut self.state {
            State::Fetching { .. } => self.state = State::Idle { due: turn.now },
            State::Applying { next, .. } => *next = Next::None,
            State::Idle { .. } | State::Offering { .. } | State::Emptying { .. } => {}
        }
    }

    /// Contact is lost: a cache that was to be emptied is kept, to be refilled later.
    pub(super) fn keep(&mut self, turn: &Turn<'_>) {
        if self.is_offering() {
            self.state = State::Idle { due: turn.now };
        }
    }

    /// Central refused a fetch: this lane waits by itself.
    pub(super) fn refused(&mut self, turn: &mut Turn<'_>) {
        match &mut self.state {
            State::Fetching { .. } => self.retry(turn),
            State::Applying { next, .. } => *next = Next::None,
            State::Idle { .. } | State::Offering { .. } | State::Emptying { .. } => {}
        }
    }

    /// Whether a page is being committed: then a reset is found again by the next fetch.
    pub(super) fn is_applying(&self) -> bool {
        matches!(self.state, State::Applying { .. })
    }

    /// Begins the reset flow (R4).
    pub(super) fn begin_reset(&mut self, epoch: Epoch, turn: &mut Turn<'_>) {
        if let State::Fetching { request, .. } = self.state {
            turn.out.push(PlanAction::Cancel(request));
        }
        self.drop_next(turn);
        self.at_end = false;
        self.state = State::Offering { epoch };
    }

    /// The journal has been offered again: the cache may go.
    pub(super) fn empty(&mut self, turn: &mut Turn<'_>) {
        if let State::Offering { epoch } = &self.state {
            turn.out.push(PlanAction::Reset(epoch.clone()));
            self.state = State::Emptying {
                epoch: epoch.clone(),
            };
        }
    }

    pub(super) fn was_reset(&mut self, turn: &mut Turn<'_>) {
        if let State::Emptying { epoch } = &self.state {
            self.position = Position {
                epoch: Some(epoch.clone()),
                cursor: Cursor::default(),
            };
            self.stuck = 0;
            // A feed that resets again and again is refilled ever more slowly.
            let wait = self.resets.fail(turn.config, turn.rng);
            self.state = State::Idle {
                due: turn.now.plus(wait),
            };
        }
    }

    /// The cache was emptied by somebody else: whatever is under way belongs to what is gone.
    pub(super) fn emptied(&mut self, position: Position, turn: &mut Turn<'_>) {
        if let State::Fetching { request, .. } = self.state {
            turn.out.push(PlanAction::Cancel(request));
        }
        self.drop_next(turn);
        if let State::Applying { request, .. } = self.state {
            turn.out.push(PlanAction::Discard(request));
        }
        self.position = position;
        self.at_end = false;
        self.stuck = 0;
        self.state = State::Idle { due: turn.now };
    }

    fn drop_next(&mut self, turn: &mut Turn<'_>) {
        if let State::Applying { next, .. } = &mut self.state {
            match std::mem::replace(next, Next::None) {
                Next::Fetching(request) => turn.out.push(PlanAction::Cancel(request)),
                Next::Fetched(request, _) => turn.out.push(PlanAction::Discard(request)),
                Next::None => {}
            }
        }
    }

    fn retry(&mut self, turn: &mut Turn<'_>) {
        let wait = self.backoff.fail(turn.config, turn.rng);
        self.state = State::Idle {
            due: turn.now.plus(wait),
        };
    }
}
