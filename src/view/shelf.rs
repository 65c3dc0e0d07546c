//! What the screen reads: the cache, overlaid with what this person did here since.

use std::cell::Cell;
use std::rc::Rc;

use super::messages::Source;
use super::parts::{PART_CHARS, PART_LINES};
use crate::domain::find::Query;
use crate::domain::overlay::{HomeCounts, JournalEntry, Overlay, ShownConnection, count_home};
use crate::domain::{
    Account, ConnectionId, ConnectionState, Conversation, Message, MessageId, Notice, ResidentId,
    SealedDraft, UtcMillis,
};
use crate::store::{CacheReader, Found, Hit, StoreError};

/// Threads of up to so many messages are looked through for long bodies.
const LOOKED_THROUGH: usize = 500;

/// One person's things, as they are to be seen.
#[derive(Clone)]
pub struct Shelf {
    cache: Rc<CacheReader>,
    resident: ResidentId,
    overlay: Rc<Overlay>,
    /// Whether a read has failed since the last look: the screen then says so instead of guessing.
    failed: Rc<Cell<bool>>,
}

impl Shelf {
    /// The things of one person.
    pub fn new(cache: Rc<CacheReader>, resident: ResidentId, entries: &[JournalEntry]) -> Self {
        let overlay = Rc::new(Overlay::new(entries));
        Self {
            cache,
            resident,
            overlay,
            failed: Rc::default(),
        }
    }

    /// Whether a read has failed.
    pub fn has_failed(&self) -> bool {
        self.failed.get()
    }

    /// What central keeps for this person beside their messages; what it has not said is empty.
    pub fn account(&self) -> Account {
        self.read(self.cache.account(self.resident))
            .unwrap_or_default()
    }

    /// Their unsent messages as central keeps them, the latest first.
    pub fn sealed_drafts(&self) -> Vec<SealedDraft> {
        self.read(self.cache.sealed_drafts(self.resident))
    }

    /// Connections and requests, those not answered first.
    pub fn connections(&self) -> Vec<ShownConnection> {
        let all = self.read(self.cache.connections(self.resident));
        all.into_iter()
            .map(|one| self.overlay.connection(one))
            .collect()
    }

    /// One of them.
    pub fn connection(&self, id: ConnectionId) -> Option<ShownConnection> {
        let found = self.read(self.cache.connection(self.resident, id));
        found.map(|one| self.overlay.connection(one))
    }

    /// What fits a query, the newest first. Stars given and messages opened here since count; a message
    /// starred here a moment ago and not before is found among the starred once central has it.
    pub fn find(&self, query: &Query, limit: usize) -> Found {
        let mut found = self.read(self.cache.search(self.resident, query, 0, limit));
        found.hits = found
            .hits
            .into_iter()
            .map(|hit| Hit {
                message: self.overlay.message(hit.message),
                ..hit
            })
            .filter(|hit| !query.unread_only || hit.message.read_at.is_none())
            .filter(|hit| !query.starred || hit.message.passage.starred)
            .collect();
        found
    }

    /// Conversations, the newest first.
    pub fn conversations(&self) -> Vec<Conversation> {
        let opened = self.overlay.opened();
        let unread = self.read(self.cache.still_unread(self.resident, opened));
        let all = self.read(self.cache.conversations(self.resident));
        all.into_iter()
            .map(|one| self.overlay.conversation(one, &unread))
            .collect()
    }

    /// A message.
    pub fn message(&self, id: MessageId) -> Option<Message> {
        let found = self.read(self.cache.message(self.resident, id));
        found.map(|one| self.overlay.message(one))
    }

    /// The newest messages of a conversation, to see whether it has changed.
    pub fn newest(&self, with: ConnectionId) -> Vec<Message> {
        self.messages(with, 0, 50)
    }

    /// Whether there are messages of a conversation, whatever became of the contact.
    pub fn has_messages(&self, with: ConnectionId) -> bool {
        self.read(self.cache.message_count(self.resident, with)) > 0
    }

    /// The messages of a conversation.
    pub fn thread(&self, with: ConnectionId) -> Source {
        let count = self.read(self.cache.message_count(self.resident, with));
        let shelf = self.clone();
        let read = move |offset, limit| shelf.messages(with, offset, limit);
        let looked_at = read(0, count.min(LOOKED_THROUGH));
        let long = |message: &Message| {
            message.text.as_ref().is_some_and(|text| {
                text.len() > PART_CHARS || text.matches('\n').count() > PART_LINES
            })
        };
        let long = looked_at
            .iter()
            .enumerate()
            .filter(|(_, m)| long(m))
            .map(|(at, _)| at)
            .collect();
        Source {
            count,
            long,
            read: Rc::new(read),
        }
    }

    /// What home says in numbers, with how many conversations there are and how many requests
    /// wait for the facility.
    pub fn home(&self) -> (HomeCounts, usize, usize) {
        let (conversations, connections) = (self.conversations(), self.connections());
        let waiting = |shown: &&ShownConnection| {
            matches!(
                shown.connection.state,
                ConnectionState::AwaitFacility { .. }
            )
        };
        let waiting = connections.iter().filter(waiting).count();
        (
            count_home(&conversations, &connections),
            conversations.len(),
            waiting,
        )
    }

    fn messages(&self, with: ConnectionId, offset: usize, limit: usize) -> Vec<Message> {
        let rows = self.read(self.cache.messages(self.resident, with, offset, limit));
        rows.into_iter()
            .map(|one| self.overlay.message(one))
            .collect()
    }

    fn read<T: Default>(&self, what: Result<T, StoreError>) -> T {
        what.unwrap_or_else(|error| {
            tracing::error!(error = %error, "screen.read_failed");
            self.failed.set(true);
            T::default()
        })
    }
}

/// The notices on the wall; none while there is no cache.
pub fn notices(cache: Option<&CacheReader>, now: UtcMillis) -> Vec<Notice> {
    let read = cache.map(|cache| cache.notices(now));
    match read {
        Some(Ok(notices)) => notices,
        Some(Err(error)) => {
            tracing::error!(error = %error, "screen.read_failed");
            Vec::new()
        }
        None => Vec::new(),
    }
}
