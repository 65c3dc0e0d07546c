//! What a resident sees: central's records overlaid with what they did here since.
//!
//! The journal is at once the new state on screen and the thing to be sent, so nothing has to be
//! written twice. Central's word stands wherever it has one: a choice only covers a state that it can
//! be made in.

mod outbox;

use std::collections::BTreeMap;
use std::time::Duration;

pub use outbox::{Here, PendingAppeal, ShownMessage};

use outbox::Outbox;

use super::{
    Acknowledged, Answer, ApprovalRule, BootMillis, BootMoment, Connection, ConnectionId,
    ConnectionState, Conversation, Intent, IntentBody, IntentNumber, Message, MessageId, NoticeId,
    Outcome, Refusal, UNDO_HOLD, UNDO_SHOWN, UtcMillis,
};

/// An intent, and how it ended if central has said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    /// What was done.
    pub intent: Intent,
    /// How it ended; `None` while it is not settled.
    pub outcome: Option<Outcome>,
}

/// A connection as its resident sees it.
#[derive(Clone, PartialEq, Eq)]
pub struct ShownConnection {
    /// The connection, its state as the resident's own choice leaves it.
    pub connection: Connection,
    /// The choice made here that central has not settled.
    pub choice: Option<PendingChoice>,
    /// Why central refused the latest choice made here.
    pub refused: Option<Refusal>,
}

/// A choice on its way to central.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingChoice {
    /// The choice.
    pub answer: Answer,
    /// Its intent.
    pub number: IntentNumber,
    /// When it was made, for people to read.
    pub since: UtcMillis,
    /// Until when its undo is on screen; `None` when it cannot be undone.
    pub undo_until: Option<BootMoment>,
}

impl PendingChoice {
    /// How much longer its undo is on screen; `None` when it is over, or of an earlier start.
    pub fn undo_left(&self, now: BootMoment) -> Option<Duration> {
        let until = self.undo_until.filter(|until| until.boot == now.boot)?;
        Some(until.at.since(now.at)).filter(|left| !left.is_zero())
    }
}

/// What home says in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HomeCounts {
    /// Messages delivered and not opened.
    pub unread: u32,
    /// People who wrote those.
    pub unread_people: u32,
    /// Messages on hold.
    pub held: u32,
    /// Since when the oldest of those is.
    pub held_since: Option<UtcMillis>,
    /// Connection requests not answered.
    pub asked: u32,
}

impl HomeCounts {
    /// The counts of these conversations, and of so many requests not answered.
    pub fn of(conversations: &[Conversation], asked: u32) -> Self {
        let mut counts = Self {
            asked,
            ..Self::default()
        };
        for conversation in conversations {
            counts.unread = counts.unread.saturating_add(conversation.unread);
            counts.unread_people += u32::from(conversation.unread > 0);
            counts.held = counts.held.saturating_add(conversation.held);
            counts.held_since = match (counts.held_since, conversation.held_since) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
        counts
    }
}

/// A resident's own doings, by what they concern.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    answers: BTreeMap<ConnectionId, BTreeMap<IntentNumber, Said>>,
    reads: BTreeMap<MessageId, UtcMillis>,
    acknowledged: BTreeMap<NoticeId, (u32, UtcMillis)>,
    sign_ins: Vec<(UtcMillis, bool)>,
    outbox: Outbox,
}

#[derive(Clone, Debug)]
struct Said {
    choice: PendingChoice,
    outcome: Option<Outcome>,
}

impl Overlay {
    /// The overlay of one resident's journal entries, in whatever order they come.
    pub fn new(entries: &[JournalEntry]) -> Self {
        let mut overlay = Self::default();
        for entry in entries {
            overlay.take(entry);
        }
        overlay
    }

    fn take(&mut self, entry: &JournalEntry) {
        let intent = &entry.intent;
        match &intent.body {
            IntentBody::AnswerConnection { connection, answer } => {
                let said = Said {
                    choice: PendingChoice {
                        answer: *answer,
                        number: intent.number,
                        since: intent.made_at,
                        undo_until: intent.held_until.map(end_of_undo),
                    },
                    outcome: entry.outcome,
                };
                let said_of = self.answers.entry(*connection).or_default();
                said_of.insert(intent.number, said);
            }
            IntentBody::ReadMessage { message } => {
                if !matches!(entry.outcome, Some(Outcome::Refused { .. })) {
                    self.reads
                        .entry(*message)
                        .and_modify(|at| *at = intent.made_at.min(*at))
                        .or_insert(intent.made_at);
                }
            }
            IntentBody::SignIn | IntentBody::FailSignIn => {
                if entry.outcome.is_none() {
                    let right = intent.body == IntentBody::SignIn;
                    self.sign_ins.push((intent.made_at, right));
                }
            }
            IntentBody::AcknowledgeNotice { notice, version } => {
                if !matches!(entry.outcome, Some(Outcome::Refused { .. })) {
                    let said = self.acknowledged.entry(*notice).or_default();
                    *said = (*said).max((*version, intent.made_at));
                }
            }
            IntentBody::SendMessage { .. }
            | IntentBody::Appeal { .. }
            | IntentBody::Star { .. } => self.outbox.take(entry),
            IntentBody::SaveDraft { .. }
            | IntentBody::DropDraft { .. }
            | IntentBody::SetPreferences { .. }
            | IntentBody::ChangePin { .. }
            | IntentBody::FreezeAccount
            | IntentBody::Consent { .. }
            | IntentBody::Undone => {}
        }
    }

    /// How a connection looks.
    pub fn connection(&self, mut connection: Connection) -> ShownConnection {
        let said = self.answers.get(&connection.id);
        let Some((_, latest)) = said.and_then(BTreeMap::last_key_value) else {
            return ShownConnection {
                connection,
                choice: None,
                refused: None,
            };
        };
        // What is on its way, in the order it will arrive in.
        let open = said.into_iter().flat_map(BTreeMap::values);
        for said in open.filter(|said| said.outcome.is_none()) {
            let after = state_after(&connection.state, said.choice, connection.approval);
            connection.state = after.unwrap_or(connection.state);
        }
        ShownConnection {
            connection,
            choice: latest.outcome.is_none().then_some(latest.choice),
            refused: match latest.outcome {
                Some(Outcome::Refused { reason }) => Some(reason),
                Some(Outcome::Applied) | None => None,
            },
        }
    }

    /// Sign-ins and wrong PINs here that central has not settled, and whether the PIN was right.
    pub fn sign_ins(&self) -> &[(UtcMillis, bool)] {
        &self.sign_ins
    }

    /// When its resident said that they have read this version of a notice or a later one, here or,
    /// by what central has, anywhere.
    pub fn acknowledged(
        &self,
        known: &[Acknowledged],
        notice: NoticeId,
        version: u32,
    ) -> Option<UtcMillis> {
        let here = self.acknowledged.get(&notice).copied();
        let there = known
            .iter()
            .filter(|one| one.notice == notice)
            .map(|one| (one.version, one.at));
        here.into_iter()
            .chain(there)
            .filter(|(said, _)| *said >= version)
            .map(|(_, at)| at)
            .min()
    }

    /// The messages opened here; those that the cache still counts as unread are what
    /// [`Overlay::conversation`] asks for.
    pub fn opened(&self) -> impl Iterator<Item = MessageId> + '_ {
        self.reads.keys().copied()
    }

    /// How a message looks: read once it was opened here, starred as it was here.
    pub fn message(&self, mut message: Message) -> Message {
        if message.read_at.is_none() {
            message.read_at = self.reads.get(&message.id).copied();
        }
        self.outbox.star(&mut message);
        message
    }

    /// How a message of central's looks, with what waits here.
    pub fn shown(&self, message: Message) -> ShownMessage {
        let message = self.message(message);
        ShownMessage {
            here: None,
            appeal: self.outbox.appeal(&message),
            message,
        }
    }

    /// What was sent here, the newest first, to everybody. It is to be left out where the cache has a
    /// message of that id.
    pub fn sent(&self) -> Vec<ShownMessage> {
        self.outbox.sent()
    }

    /// How a conversation looks. `still_unread`: opened here and still unread in the cache.
    pub fn conversation(
        &self,
        mut conversation: Conversation,
        still_unread: &[(ConnectionId, MessageId)],
    ) -> Conversation {
        let opened = still_unread
            .iter()
            .filter(|(connection, message)| {
                *connection == conversation.connection.id && self.reads.contains_key(message)
            })
            .count();
        conversation.unread = conversation
            .unread
            .saturating_sub(u32::try_from(opened).unwrap_or(u32::MAX));
        let sent = self.outbox.newest_to(conversation.connection.id);
        conversation.newest_at = conversation.newest_at.max(sent);
        conversation
    }
}

/// The counts of what is shown.
pub fn count_home(conversations: &[Conversation], connections: &[ShownConnection]) -> HomeCounts {
    let asked = connections
        .iter()
        .filter(|shown| shown.connection.state == ConnectionState::Asked)
        .count();
    HomeCounts::of(conversations, u32::try_from(asked).unwrap_or(u32::MAX))
}

/// What a choice makes of a state; `None` where it cannot be made, so that central's word stands.
fn state_after(
    from: &ConnectionState,
    choice: PendingChoice,
    approval: ApprovalRule,
) -> Option<ConnectionState> {
    let at = choice.since;
    if !is_open_to(from, choice.answer) {
        return None;
    }
    Some(match choice.answer {
        Answer::Accept => match approval {
            ApprovalRule::AfterResident => ConnectionState::AwaitFacility { since: at },
            ApprovalRule::ResidentAlone => ConnectionState::Active { since: at },
        },
        Answer::Decline | Answer::Unblock => ConnectionState::Declined { at },
        Answer::Block => ConnectionState::Blocked { at },
        Answer::Remove => ConnectionState::Removed { at },
    })
}

/// Whether a resident can make this choice of a connection that stands so. Central judges again.
pub fn is_open_to(state: &ConnectionState, answer: Answer) -> bool {
    match state {
        ConnectionState::Asked => {
            matches!(answer, Answer::Accept | Answer::Decline | Answer::Block)
        }
        ConnectionState::AwaitFacility { .. } | ConnectionState::Active { .. } => {
            matches!(answer, Answer::Remove | Answer::Block)
        }
        ConnectionState::Declined { .. } | ConnectionState::Removed { .. } => {
            matches!(answer, Answer::Accept | Answer::Block)
        }
        ConnectionState::Blocked { .. } => answer == Answer::Unblock,
        ConnectionState::Withdrawn { .. } | ConnectionState::Refused { .. } => false,
    }
}

fn end_of_undo(held_until: BootMoment) -> BootMoment {
    let early = UNDO_HOLD.saturating_sub(UNDO_SHOWN);
    let early = u64::try_from(early.as_millis()).unwrap_or(u64::MAX);
    BootMoment {
        boot: held_until.boot,
        at: BootMillis(held_until.at.0.saturating_sub(early)),
    }
}

#[cfg(test)]
#[path = "overlay_tests.rs"]
mod tests;
