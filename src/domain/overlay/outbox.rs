//! Messages as their resident sees them: those central has, and those on their way there.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use super::JournalEntry;
use crate::domain::{
    BootMoment, ConnectionId, Direction, IntentBody, IntentNumber, Message, MessageId,
    MessageState, Outcome, Passage, Refusal, UtcMillis,
};

/// A message as its resident sees it.
#[derive(Clone, PartialEq, Eq)]
pub struct ShownMessage {
    /// The message. Of one that is not at central its state and number say nothing.
    pub message: Message,
    /// Where it is while central has not taken it in.
    pub here: Option<Here>,
    /// An appeal made here that central has not answered, or has refused.
    pub appeal: Option<PendingAppeal>,
}

impl ShownMessage {
    /// A message of which nothing waits here.
    pub fn of_central(message: Message) -> Self {
        Self {
            message,
            here: None,
            appeal: None,
        }
    }
}

/// Where a message is that central has not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Here {
    /// Written down here, to be sent.
    Unsent {
        /// Until when it may not leave.
        held_until: Option<BootMoment>,
    },
    /// Central did not take it.
    Refused(Refusal),
}

impl Here {
    /// Whether it is still held back, so that it can be undone.
    pub fn is_held(self, now: BootMoment) -> bool {
        match self {
            Self::Unsent { held_until } => {
                held_until.is_some_and(|until| until.boot == now.boot && until.at > now.at)
            }
            Self::Refused(_) => false,
        }
    }
}

/// An appeal on its way to central.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingAppeal {
    /// Its intent.
    pub number: IntentNumber,
    /// When it was made, for people to read.
    pub since: UtcMillis,
    /// Until when it may not leave.
    pub held_until: Option<BootMoment>,
    /// Why central refused it.
    pub refused: Option<Refusal>,
}

impl PendingAppeal {
    /// How long it is still held back; `None` when it may leave.
    pub fn held_for(&self, now: BootMoment) -> Option<Duration> {
        let until = self.held_until.filter(|until| until.boot == now.boot)?;
        Some(until.at.since(now.at)).filter(|left| !left.is_zero())
    }
}

/// What a resident did with messages, by what it concerns.
#[derive(Clone, Debug, Default)]
pub(super) struct Outbox {
    sent: BTreeMap<MessageId, Sent>,
    appeals: BTreeMap<MessageId, PendingAppeal>,
    stars: BTreeMap<MessageId, (IntentNumber, bool)>,
}

/// `Debug` tells none of the words.
#[derive(Clone)]
struct Sent {
    number: IntentNumber,
    message: Message,
    here: Here,
}

impl std::fmt::Debug for Sent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sent({:?}, {:?})", self.number, self.here)
    }
}

impl Outbox {
    /// Takes in an entry about messages; what central did is central's to tell.
    pub(super) fn take(&mut self, entry: &JournalEntry) {
        let intent = &entry.intent;
        let refused = match entry.outcome {
            Some(Outcome::Applied) => return,
            Some(Outcome::Refused { reason }) => Some(reason),
            None => None,
        };
        if let IntentBody::SendMessage {
            message,
            connection,
            text,
        } = &intent.body
        {
            let sent = Sent {
                number: intent.number,
                message: Message {
                    id: *message,
                    resident: intent.resident,
                    connection: *connection,
                    number: u64::MAX,
                    direction: Direction::Outgoing,
                    at: intent.made_at,
                    state: MessageState::Delivered,
                    text: Some(text.clone()),
                    attachments: Vec::new(),
                    read_at: None,
                    passage: Passage {
                        written_at: Some(intent.made_at),
                        ..Passage::default()
                    },
                },
                here: refused.map_or(
                    Here::Unsent {
                        held_until: intent.held_until,
                    },
                    Here::Refused,
                ),
            };
            keep_latest(&mut self.sent, *message, sent, |held| held.number);
        } else if let IntentBody::Appeal { message } = &intent.body {
            let appeal = PendingAppeal {
                number: intent.number,
                since: intent.made_at,
                held_until: intent.held_until,
                refused,
            };
            keep_latest(&mut self.appeals, *message, appeal, |held| held.number);
        } else if let IntentBody::Star { message, on } = &intent.body
            && refused.is_none()
        {
            let star = (intent.number, *on);
            keep_latest(&mut self.stars, *message, star, |held| held.0);
        }
    }

    /// The star, as it was set last.
    pub(super) fn star(&self, message: &mut Message) {
        if let Some((_, on)) = self.stars.get(&message.id) {
            message.passage.starred = *on;
        }
    }

    /// An appeal central says nothing of.
    pub(super) fn appeal(&self, message: &Message) -> Option<PendingAppeal> {
        if message.passage.appeal.is_some() {
            return None;
        }
        self.appeals.get(&message.id).copied()
    }

    /// What was sent here and is not known to be at central, the newest first.
    pub(super) fn sent(&self) -> Vec<ShownMessage> {
        let mut all: Vec<_> = self.sent.values().collect();
        all.sort_by_key(|sent| Reverse(sent.number));
        let shown = |sent: &Sent| ShownMessage {
            message: sent.message.clone(),
            here: Some(sent.here),
            appeal: None,
        };
        all.into_iter().map(shown).collect()
    }

    /// When something was last sent to somebody.
    pub(super) fn newest_to(&self, connection: ConnectionId) -> Option<UtcMillis> {
        let to = |sent: &&Sent| sent.message.connection == connection;
        self.sent
            .values()
            .filter(to)
            .map(|sent| sent.message.at)
            .max()
    }
}

fn keep_latest<T>(
    all: &mut BTreeMap<MessageId, T>,
    of: MessageId,
    new: T,
    number: impl Fn(&T) -> IntentNumber,
) {
    if all.get(&of).is_none_or(|held| number(held) < number(&new)) {
        all.insert(of, new);
    }
}
