//! Finding messages.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::message_read::{COLUMNS, Read, message};
use super::search::{Indexed, is_findable, place_of, resident_key};
use super::{CacheReader, FILE};
use crate::domain::find::{Query, Snippet, Words, snippet};
use crate::domain::{ConnectionId, Direction, Message, ResidentId};
use crate::store::StoreError;
use crate::store::error::InFile;
use crate::store::rows::unsigned;

/// Rows not in the index yet that are read for one search, the newest.
const TAIL: i64 = 20_000;
/// Candidates looked at in one search.
const CANDIDATES: usize = 5_000;

/// A message that was found. Its pictures are not read.
#[derive(Clone)]
pub struct Hit {
    /// The message.
    pub message: Message,
    /// Where in it the words are; its beginning if no words were asked for.
    pub snippet: Snippet,
}

/// What was found.
#[derive(Clone, Default)]
pub struct Found {
    /// The newest first.
    pub hits: Vec<Hit>,
    /// Whether there are more.
    pub more: bool,
    /// So many of the kiosk's messages are not in the index yet: some older ones may be missing here.
    pub unprepared: u64,
}

/// A resident's threads.
struct Threads(BTreeMap<i64, Thread>);

struct Thread {
    connection: ConnectionId,
    unread: i64,
}

impl CacheReader {
    /// What of a resident's messages fits a query, the newest first, `limit` of them after the newest
    /// `offset`. What they wrote here and central has not taken in yet is not among it: it stands in its
    /// conversation.
    ///
    /// # Errors
    /// What the disk says.
    pub fn search(
        &self,
        resident: ResidentId,
        query: &Query,
        offset: usize,
        limit: usize,
    ) -> Result<Found, StoreError> {
        let look = self.sql.unchecked_transaction().of(FILE)?;
        let mut threads = Threads::of(&look, resident)?;
        if let Some(with) = query.with {
            threads.0.retain(|_, thread| thread.connection == with);
        }
        if query.is_empty() || threads.0.is_empty() {
            return Ok(Found::default());
        }
        let search = Search {
            sql: &look,
            resident,
            query,
            threads: &threads,
            wanted: offset.saturating_add(limit).saturating_add(1),
        };
        let (mut hits, unprepared, stopped) = if query.words.is_empty() {
            (search.without_words()?, 0, false)
        } else {
            search.with_words()?
        };
        hits.sort_by_key(|hit| std::cmp::Reverse(hit.message.number));
        let more = stopped || hits.len() >= search.wanted;
        Ok(Found {
            hits: hits.into_iter().skip(offset).take(limit).collect(),
            more,
            unprepared,
        })
    }
}

impl Threads {
    /// None unless the resident is on the roster.
    fn of(sql: &Connection, resident: ResidentId) -> Result<Self, StoreError> {
        sql.prepare_cached(
            "SELECT threads.id, threads.connection, threads.unread
             FROM threads
             JOIN residents ON residents.id = threads.resident
             WHERE threads.resident = ?1",
        )
        .of(FILE)?
        .query_map([resident], |row| {
            let thread = Thread {
                connection: row.get(1)?,
                unread: row.get(2)?,
            };
            Ok((row.get(0)?, thread))
        })
        .of(FILE)?
        .collect::<rusqlite::Result<_>>()
        .map(Self)
        .of(FILE)
    }
}

struct Search<'a> {
    sql: &'a Connection,
    resident: ResidentId,
    query: &'a Query,
    threads: &'a Threads,
    wanted: usize,
}

impl Search<'_> {
    /// The newest that fit, how many are not indexed, and whether it gave up before the end.
    fn with_words(&self) -> Result<(Vec<Hit>, u64, bool), StoreError> {
        let indexed = Indexed::read(self.sql)?;
        let from = if indexed.usable { indexed.row } else { 0 };
        let last: i64 = self
            .sql
            .prepare_cached("SELECT coalesce(max(row), 0) FROM messages")
            .of(FILE)?
            .query_row([], |row| row.get(0))
            .of(FILE)?;
        let mut hits = self.tail(from.max(last.saturating_sub(TAIL)))?;
        let mut stopped = false;
        if indexed.usable {
            stopped = self.look_in_index(&mut hits)?;
        }
        Ok((hits, unsigned(last - from), stopped))
    }

    /// What came after `row`, read one by one.
    fn tail(&self, row: i64) -> Result<Vec<Hit>, StoreError> {
        let mut hits = Vec::new();
        let mut statement = self
            .sql
            .prepare_cached(&format!(
                "SELECT {COLUMNS}, messages.thread
                 FROM messages
                 WHERE messages.row > ?1"
            ))
            .of(FILE)?;
        let mut rows = statement.query([row]).of(FILE)?;
        while let Some(row) = rows.next().of(FILE)? {
            let thread: i64 = row.get(13).of(FILE)?;
            if let Some(thread) = self.threads.0.get(&thread) {
                let read = message(row, self.resident, thread.connection).of(FILE)?;
                hits.extend(self.fits(read));
            }
        }
        Ok(hits)
    }

    fn look_in_index(&self, hits: &mut Vec<Hit>) -> Result<bool, StoreError> {
        let mut candidates = self
            .sql
            .prepare_cached(
                "SELECT rowid
                 FROM search
                 WHERE search MATCH ?1
                 ORDER BY rowid DESC",
            )
            .of(FILE)?;
        let mut by_place = self
            .sql
            .prepare_cached(&format!(
                "SELECT {COLUMNS}
                 FROM messages
                 WHERE messages.thread = ?1 AND messages.number = ?2"
            ))
            .of(FILE)?;
        let asked = match_expression(&self.query.words, self.resident);
        let mut rows = candidates.query([asked]).of(FILE)?;
        let (mut looked_at, mut found) = (0, 0);
        while let Some(row) = rows.next().of(FILE)? {
            let (place, number) = place_of(row.get(0).of(FILE)?);
            let Some(thread) = self.threads.0.get(&place) else {
                continue;
            };
            let read = by_place
                .query_row(params![place, number], |row| {
                    message(row, self.resident, thread.connection)
                })
                .optional()
                .of(FILE)?;
            let hit = read.and_then(|read| self.fits(read));
            found += usize::from(hit.is_some());
            hits.extend(hit);
            looked_at += 1;
            if found >= self.wanted || looked_at >= CANDIDATES {
                return Ok(rows.next().of(FILE)?.is_some());
            }
        }
        Ok(false)
    }

    /// The newest of every thread, by what is asked of them beside words.
    fn without_words(&self) -> Result<Vec<Hit>, StoreError> {
        let mut condition = "messages.state = 0 AND messages.body IS NOT NULL".to_owned();
        if self.query.unread_only {
            condition.push_str(" AND messages.direction = 0 AND messages.read_at IS NULL");
        }
        if self.query.starred {
            condition.push_str(" AND messages.starred = 1");
        }
        let mut statement = self
            .sql
            .prepare_cached(&format!(
                "SELECT {COLUMNS}
                 FROM messages
                 WHERE messages.thread = ?1 AND {condition}
                 ORDER BY messages.number DESC
                 LIMIT ?2"
            ))
            .of(FILE)?;
        let mut hits = Vec::new();
        for (id, thread) in &self.threads.0 {
            let mut wanted = i64::try_from(self.wanted).unwrap_or(i64::MAX);
            if self.query.unread_only {
                // A thread is not walked through for what is known not to be there.
                wanted = wanted.min(thread.unread);
            }
            let read = statement
                .query_map([*id, wanted], |row| {
                    message(row, self.resident, thread.connection)
                })
                .of(FILE)?
                .collect::<rusqlite::Result<Vec<_>>>()
                .of(FILE)?;
            hits.extend(read.into_iter().filter_map(|read| self.fits(read)));
        }
        Ok(hits)
    }

    fn fits(&self, read: Read) -> Option<Hit> {
        let message = read.message;
        let unread = message.direction == Direction::Incoming && message.read_at.is_none();
        if !is_findable(&message)
            || self.query.unread_only && !unread
            || self.query.starred && !message.passage.starred
        {
            return None;
        }
        let text = message.text.as_deref()?;
        let places = self.query.words.find(text)?;
        let snippet = snippet(text, &places);
        Some(Hit { message, snippet })
    }
}

/// The words as FTS5 reads them. Every term is letters and digits of ours in quotes: nothing that was
/// typed is ever read as an expression.
fn match_expression(words: &Words, resident: ResidentId) -> String {
    let key = resident_key(resident);
    let terms = words.terms().into_iter().map(|term| {
        let star = if term.begins { "*" } else { "" };
        format!("\"{key}{}\"{star}", term.text)
    });
    terms.collect::<Vec<_>>().join(" AND ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn nothing_typed_is_read_as_an_expression() {
        let resident = ResidentId(Uuid::from_u128(0xabcd_ef01));
        let words = Words::parse("\"mom\" OR terms:* NEAR(x) -- 北京 é");
        let asked = match_expression(&words, resident);
        assert_eq!(
            asked,
            "\"abcdef01mom\"* AND \"abcdef01or\"* AND \"abcdef01terms\"* AND \"abcdef01near\"* \
             AND \"abcdef01x\" AND \"abcdef01北京\" AND \"abcdef01e\""
        );
    }
}
