use std::io::Write;

use dayroom_client::plan::{Offers, Scope};
use dayroom_protocol as wire;
use dayroom_protocol::IntentBatch;
use dayroom_protocol::limits::{BODY_BYTES, PUSH_INTENTS, REOFFER_DAYS};

use super::{Replica, map_intent};
use crate::domain::{Intent, IntentNumber, Now, UtcMillis};
use crate::store::{JournalReader, StoreError};

const DAY: i64 = 24 * 60 * 60 * 1000;
/// What stands around the intents of a batch takes far less.
const ENVELOPE: usize = 1024;

impl Replica {
    /// Reads the next batch from the journal. What is wrong with the journal is the screen's to
    /// mend; until then there is nothing to send.
    pub(super) fn read_offers(&mut self, scope: Scope, from: u64, now: Now) -> Offers {
        match self.try_read_offers(scope, IntentNumber(from), now) {
            Ok(offers) => offers,
            Err(StoreError::NotYet(_)) => Offers::Nothing { due_in: None },
            Err(error) => {
                if !matches!(error, StoreError::Busy(_)) {
                    tracing::error!(event = "journal.unreadable", %error);
                    self.journal = None;
                }
                Offers::Nothing { due_in: None }
            }
        }
    }

    /// The journal, once the screen has made it.
    pub(super) fn journal(&mut self) -> Result<&JournalReader, StoreError> {
        let journal = match self.journal.take() {
            Some(journal) => journal,
            None => JournalReader::open_durable(&self.place, &self.key)?,
        };
        Ok(self.journal.insert(journal))
    }

    fn try_read_offers(
        &mut self,
        scope: Scope,
        from: IntentNumber,
        now: Now,
    ) -> Result<Offers, StoreError> {
        self.journal()?;
        let Some(journal) = self.journal.as_ref() else {
            return Ok(Offers::Nothing { due_in: None });
        };
        let mut intents = match scope {
            Scope::Unsettled => journal.offers(from, PUSH_INTENTS)?,
            Scope::Held => journal.held(from, PUSH_INTENTS)?,
            Scope::Recent => recent(journal, from, now.utc)?,
        };
        if scope == Scope::Unsettled {
            // Settled already, and not yet noted by the screen: nothing to send again.
            while let Some(first) = intents.first() {
                if self.cache.settlement(first.id)?.is_none() {
                    break;
                }
                intents.remove(0);
            }
        }
        let due = dense_and_due(&intents, now);
        if due.is_empty() {
            let held = intents.first().and_then(|intent| intent.held_until);
            let due_in = held.map(|until| until.at.0.saturating_sub(now.boot.at.0));
            return Ok(Offers::Nothing { due_in });
        }
        let intents = within(BODY_BYTES - ENVELOPE, due.iter().map(map_intent));
        let (Some(first), Some(last)) = (intents.first(), intents.last()) else {
            return Ok(Offers::Nothing { due_in: None });
        };
        let offers = Offers::Ready {
            first: first.number,
            last: last.number,
        };
        self.batch = Some(IntentBatch {
            journal: wire::JournalId(journal.identity()?.0),
            first_held: journal.first_held()?.0,
            intents,
        });
        Ok(offers)
    }
}

/// What is not settled, and what was settled in the last days (R4), in order.
fn recent(
    journal: &JournalReader,
    from: IntentNumber,
    now: UtcMillis,
) -> Result<Vec<Intent>, StoreError> {
    let since = UtcMillis(now.0.saturating_sub(REOFFER_DAYS * DAY));
    let mut intents = journal.offers(from, PUSH_INTENTS)?;
    let settled = journal.settled_since(since)?;
    intents.extend(settled.into_iter().filter(|intent| intent.number >= from));
    intents.sort_by_key(|intent| intent.number);
    intents.truncate(PUSH_INTENTS);
    Ok(intents)
}

/// The first of these that follow each other without a gap and may leave.
fn dense_and_due(intents: &[Intent], now: Now) -> &[Intent] {
    let first = intents.first().map_or(0, |intent| intent.number.0);
    let count = intents
        .iter()
        .zip(first..)
        .take_while(|(intent, number)| intent.number.0 == *number && intent.is_due(now.boot))
        .count();
    intents.get(..count).unwrap_or_default()
}

/// As many of these as one body takes, and one at least: central refuses a body that is too large, and
/// would refuse the same one for ever. The rest goes with the next.
fn within(most: usize, intents: impl Iterator<Item = wire::Intent>) -> Vec<wire::Intent> {
    let mut bytes = 0_usize;
    let mut taken = Vec::new();
    for intent in intents {
        bytes = bytes.saturating_add(length(&intent)).saturating_add(1);
        if bytes > most && !taken.is_empty() {
            break;
        }
        taken.push(intent);
    }
    taken
}

/// How long it is on the wire.
fn length(intent: &wire::Intent) -> usize {
    let mut count = Count(0);
    // What cannot be written fills a body alone, and the transport says why.
    serde_json::to_writer(&mut count, intent).map_or(BODY_BYTES, |()| count.0)
}

/// Counts what is written, and keeps none of it.
struct Count(usize);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
