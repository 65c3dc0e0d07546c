//! What the screen reads: the cache, overlaid with what this person did here since.

use std::cell::Cell;
use std::rc::Rc;

use super::messages::Source;
use super::parts::{PART_CHARS, PART_LINES};
use crate::domain::find::Query;
use crate::domain::overlay::{
    HomeCounts, JournalEntry, Overlay, ShownConnection, ShownMessage, count_home,
};
use crate::domain::{
    Account, Cents, ConnectionId, ConnectionState, Conversation, Message, MessageId, Notice,
    ResidentId, SealedDraft, SignInEntry, UtcMillis,
};
use crate::store::{CacheReader, Draft, Found, Hit, StoreError};

/// Threads of up to so many messages are looked through for long bodies.
const LOOKED_THROUGH: usize = 500;

/// One person's things, as they are to be seen.
#[derive(Clone)]
pub struct Shelf {
    cache: Rc<CacheReader>,
    resident: ResidentId,
    overlay: Rc<Overlay>,
    drafts: Rc<[Draft]>,
    lost: usize,
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
            drafts: Rc::default(),
            lost: 0,
            failed: Rc::default(),
        }
    }

    /// The same with their unsent messages on this kiosk.
    pub fn with_drafts(mut self, drafts: Vec<Draft>) -> Self {
        self.drafts = drafts.into();
        self
    }

    /// The same with how many of their unsent messages nobody can open any more.
    pub fn with_lost(self, lost: usize) -> Self {
        Self { lost, ..self }
    }

    /// How many of their unsent messages nobody can open any more.
    pub fn lost_drafts(&self) -> usize {
        self.lost
    }

    /// Their unsent messages on this kiosk, the latest first; those without a word are left out.
    pub fn drafts(&self) -> impl Iterator<Item = &Draft> + '_ {
        let has_words = |draft: &&Draft| !draft.body.trim().is_empty();
        self.drafts.iter().filter(has_words)
    }

    /// What is left for them to spend, as central last said; `None` while it has not.
    pub fn balance(&self) -> Option<Cents> {
        let account = self.read(self.cache.account(self.resident));
        account.map(|account| account.balance)
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

    /// Sign-ins and wrong PINs, the latest first. `here` is what this kiosk is called.
    pub fn sign_ins(&self, account: &Account, here: &str) -> Vec<SignInEntry> {
        let own = self
            .overlay
            .sign_ins()
            .iter()
            .map(|(at, right)| SignInEntry {
                at: *at,
                kiosk: here.to_owned(),
                right: *right,
            });
        let mut all: Vec<_> = own.chain(account.sign_ins.iter().cloned()).collect();
        all.sort_by_key(|entry| std::cmp::Reverse(entry.at));
        all
    }

    /// When this person said that they have read this version of a notice.
    pub fn acknowledged(&self, account: &Account, notice: &Notice) -> Option<UtcMillis> {
        self.overlay
            .acknowledged(&account.acknowledged, notice.id, notice.version)
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

    /// A message, also one that is on its way to central, with what waits here.
    pub fn shown_message(&self, id: MessageId) -> Option<ShownMessage> {
        let found = self.read(self.cache.message(self.resident, id));
        found.map(|one| self.overlay.shown(one)).or_else(|| {
            let mut sent = self.overlay.sent().into_iter();
            sent.find(|shown| shown.message.id == id)
        })
    }

    /// Whether there are messages of a conversation, whatever became of the contact.
    pub fn has_messages(&self, with: ConnectionId) -> bool {
        self.read(self.cache.message_count(self.resident, with)) > 0
    }

    /// The newest messages of a conversation, to see whether it has changed.
    pub fn newest(&self, with: ConnectionId) -> Vec<ShownMessage> {
        self.messages(&self.unsent(with), with, 0, 50)
    }

    /// What was sent here and central has not taken in, the newest first.
    fn unsent(&self, with: ConnectionId) -> Vec<ShownMessage> {
        let of_cache = |id| self.read(self.cache.message(self.resident, id)).is_some();
        let sent = self.overlay.sent().into_iter();
        sent.filter(|shown| shown.message.connection == with && !of_cache(shown.message.id))
            .collect()
    }

    /// The messages of a conversation: on top what is on its way to central.
    pub fn thread(&self, with: ConnectionId) -> Source {
        let unsent = self.unsent(with);
        let count = self.read(self.cache.message_count(self.resident, with)) + unsent.len();
        let shelf = self.clone();
        let read = move |offset, limit| shelf.messages(&unsent, with, offset, limit);
        let looked_at = read(0, count.min(LOOKED_THROUGH));
        let long = |shown: &ShownMessage| {
            shown.message.text.as_ref().is_some_and(|text| {
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

    fn messages(
        &self,
        unsent: &[ShownMessage],
        with: ConnectionId,
        offset: usize,
        limit: usize,
    ) -> Vec<ShownMessage> {
        let mut shown: Vec<_> = unsent.iter().skip(offset).take(limit).cloned().collect();
        let offset = offset.saturating_sub(unsent.len());
        let limit = limit.saturating_sub(shown.len());
        if limit > 0 {
            let rows = self.read(self.cache.messages(self.resident, with, offset, limit));
            shown.extend(rows.into_iter().map(|one| self.overlay.shown(one)));
        }
        shown
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
