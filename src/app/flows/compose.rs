//! Writing a message: the words, the keyboard, and what is said before it is sent.

use std::fmt;

use crate::app::context::Context;
use crate::app::{Screen, Session};
use crate::domain::{ConnectionId, DraftId};

/// Writing a message.
pub struct Compose {
    /// Who writes.
    pub session: Session,
    /// What they write, and to whom.
    pub at: ComposeAt,
}

/// Which message is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComposeAt {
    /// The unsent message; it keeps its id when it is sent.
    pub draft: DraftId,
    /// To whom.
    pub to: ConnectionId,
}

/// Taps while writing. `Debug` tells none of the words.
#[derive(Clone)]
pub enum ComposeTap {
    /// Wants to write to this contact.
    Write(ConnectionId),
}

impl fmt::Debug for ComposeTap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ComposeTap(_)")
    }
}

pub(in crate::app) fn tap(screen: Screen, tap: ComposeTap, _cx: &mut Context) -> Screen {
    match tap {
        ComposeTap::Write(_) => screen,
    }
}
