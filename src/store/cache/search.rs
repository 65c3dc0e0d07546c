//! The index of words: made in small batches while nothing else is to be done, so that no page of the
//! feed waits for it, and what left it left at once.
//!
//! It says nothing that the messages do not say. So whenever rows are deleted (a resident left, the
//! lease is over, a new epoch) it is emptied and made anew of what remains.

use rusqlite::{Connection, OptionalExtension, params};

use super::writer::begin;
use super::{CacheWriter, FILE};
use crate::domain::find::{RULES, terms_of};
use crate::domain::{Direction, Message, MessageState, ResidentId};
use crate::store::StoreError;
use crate::store::error::InFile;
use crate::store::rows::{DELIVERED, OUTGOING};

/// Messages in one batch: short enough that a page of the feed does not notice it waited.
const BATCH: i64 = 200;
/// Bits of a row's id that are its thread's.
const THREAD_BITS: u32 = 20;

/// What of the index is there.
pub(super) struct Indexed {
    /// Up to which row of the messages.
    pub(super) row: i64,
    /// Whether its terms are those this program looks for.
    pub(super) usable: bool,
}

impl Indexed {
    pub(super) fn read(sql: &Connection) -> Result<Self, StoreError> {
        sql.prepare_cached("SELECT indexed_row, rules FROM search_state")
            .of(FILE)?
            .query_row([], |row| {
                Ok(Self {
                    row: row.get(0)?,
                    usable: row.get::<_, i64>(1)? == i64::from(RULES),
                })
            })
            .of(FILE)
    }
}

/// A message's words as the index holds them.
pub(super) struct Entry {
    id: i64,
    terms: String,
}

impl Entry {
    /// `None` for what is not to be found: without words, or kept from them.
    fn new(resident: ResidentId, (thread, number): (i64, i64), text: Option<&str>) -> Option<Self> {
        let key = resident_key(resident);
        let mut terms = String::new();
        for term in terms_of(text?) {
            terms.push_str(&key);
            terms.push_str(&term);
            terms.push(' ');
        }
        let id = entry_id(thread, number).filter(|_| !terms.is_empty())?;
        Some(Self { id, terms })
    }

    fn add(&self, sql: &Connection) -> Result<(), StoreError> {
        sql.prepare_cached("INSERT INTO search (rowid, terms) VALUES (?1, ?2)")
            .of(FILE)?
            .execute(params![self.id, self.terms])
            .of(FILE)?;
        Ok(())
    }

    fn remove(&self, sql: &Connection) -> Result<(), StoreError> {
        sql.prepare_cached("INSERT INTO search (search, rowid, terms) VALUES ('delete', ?1, ?2)")
            .of(FILE)?
            .execute(params![self.id, self.terms])
            .of(FILE)?;
        Ok(())
    }
}

/// Letters that stand for a resident before each of their terms. Two with the same ones share no
/// answer all the same: whose a message is, is asked for each.
pub(super) fn resident_key(resident: ResidentId) -> String {
    let [.., a, b, c, d] = *resident.0.as_bytes();
    format!("{a:02x}{b:02x}{c:02x}{d:02x}")
}

/// The id of a message's words; `None` beyond a million threads or some trillions of messages, which
/// then cannot be found.
fn entry_id(thread: i64, number: i64) -> Option<i64> {
    let fits = (0..1 << THREAD_BITS).contains(&thread) && (0..1 << 42).contains(&number);
    fits.then_some(number << THREAD_BITS | thread)
}

/// The thread and the number an id was made of.
pub(super) fn place_of(id: i64) -> (i64, i64) {
    (id & ((1 << THREAD_BITS) - 1), id >> THREAD_BITS)
}

/// Takes the words of a message that changes out of the index, and has the new ones put in.
pub(super) struct Change {
    indexed: bool,
    before: Option<(Option<String>, Entry)>,
}

impl Change {
    /// Looks at the message as it was, before it is changed.
    pub(super) fn begin(sql: &Connection, row: i64) -> Result<Self, StoreError> {
        let indexed = Indexed::read(sql)?;
        if !indexed.usable || row > indexed.row {
            return Ok(Self {
                indexed: false,
                before: None,
            });
        }
        let read = read(sql, row)?;
        Ok(Self {
            indexed: true,
            before: read.and_then(|read| Some((read.text.clone(), read.entry()?))),
        })
    }

    /// After it was changed.
    pub(super) fn end(self, sql: &Connection, row: i64) -> Result<(), StoreError> {
        if !self.indexed {
            return Ok(());
        }
        let now = read(sql, row)?;
        let now = now.and_then(|read| Some((read.text.clone(), read.entry()?)));
        if let (Some((old, was)), Some((new, is))) = (&self.before, &now)
            && old == new
            && was.id == is.id
        {
            return Ok(());
        }
        if let Some((_, was)) = self.before {
            was.remove(sql)?;
        }
        now.map_or(Ok(()), |(_, is)| is.add(sql))
    }
}

struct Read {
    row: i64,
    resident: ResidentId,
    place: (i64, i64),
    text: Option<String>,
}

impl Read {
    fn entry(&self) -> Option<Entry> {
        Entry::new(self.resident, self.place, self.text.as_deref())
    }
}

const READ: &str = "
    SELECT messages.row, threads.resident, messages.thread, messages.number,
           CASE WHEN messages.state = 0 OR messages.direction = 1 THEN messages.body END
    FROM messages
    JOIN threads ON threads.id = messages.thread";
const _: () = assert!(DELIVERED == 0, "the query says 0");
const _: () = assert!(OUTGOING == 1, "the query says 1");

fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Read> {
    Ok(Read {
        row: row.get(0)?,
        resident: row.get(1)?,
        place: (row.get(2)?, row.get(3)?),
        text: row.get(4)?,
    })
}

fn read(sql: &Connection, row: i64) -> Result<Option<Read>, StoreError> {
    sql.prepare_cached(&format!("{READ} WHERE messages.row = ?1"))
        .of(FILE)?
        .query_row([row], read_row)
        .optional()
        .of(FILE)
}

/// Whether its words may be found: what reached them, and all they wrote themselves.
pub(super) fn is_findable(message: &Message) -> bool {
    message.direction == Direction::Outgoing || message.state == MessageState::Delivered
}

/// Empties the index, in the transaction that deletes what it was made of.
pub(super) fn clear(sql: &Connection) -> Result<(), StoreError> {
    sql.execute("INSERT INTO search (search) VALUES ('delete-all')", [])
        .of(FILE)?;
    sql.execute(
        "UPDATE search_state SET indexed_row = 0, rules = ?1",
        [i64::from(RULES)],
    )
    .of(FILE)?;
    Ok(())
}

impl CacheWriter {
    /// Puts the words of some messages into the index; whether there may be more to do. To be called
    /// while nothing else is to be done.
    ///
    /// # Errors
    /// What the disk says.
    pub fn index_some(&mut self) -> Result<bool, StoreError> {
        let indexed = Indexed::read(&self.file.sql)?;
        let last: i64 = self
            .file
            .sql
            .prepare_cached("SELECT coalesce(max(row), 0) FROM messages")
            .of(FILE)?
            .query_row([], |row| row.get(0))
            .of(FILE)?;
        if indexed.usable && indexed.row >= last {
            return Ok(false);
        }
        let change = begin(&mut self.file)?;
        if !indexed.usable {
            clear(&change)?;
        }
        let after = if indexed.usable { indexed.row } else { 0 };
        let mut batch = change
            .prepare_cached(&format!(
                "{READ} WHERE messages.row > ?1 ORDER BY messages.row LIMIT ?2"
            ))
            .of(FILE)?
            .query_map([after, BATCH], read_row)
            .of(FILE)?
            .collect::<rusqlite::Result<Vec<_>>>()
            .of(FILE)?;
        // None left to read: rows whose thread is gone do not stop it.
        let reached = batch.last().map_or(last, |read| read.row);
        // In the order of their ids FTS5 writes them at once, else one by one.
        batch.sort_by_key(|read| entry_id(read.place.0, read.place.1));
        for entry in batch.iter().filter_map(Read::entry) {
            entry.add(&change)?;
        }
        change
            .execute("UPDATE search_state SET indexed_row = ?1", [reached])
            .of(FILE)?;
        change.commit().of(FILE)?;
        Ok(reached < last)
    }
}
