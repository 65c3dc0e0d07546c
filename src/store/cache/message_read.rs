//! Reading messages.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::more::MessageMore;
use super::{CacheReader, FILE};
use crate::domain::{Attachment, ConnectionId, Message, MessageId, Passage, ResidentId};
use crate::store::StoreError;
use crate::store::error::InFile;
use crate::store::rows::{
    ATTACHMENTS, LONG_TEXT, NAME, NOTE, bad_row, bounded, message_state, unsigned,
};

pub(super) const COLUMNS: &str = "
    messages.row, messages.id, messages.number, messages.direction, messages.at, messages.state,
    messages.state_at, messages.reason, messages.body, messages.read_at, messages.attachments,
    messages.starred, messages.more";

/// Where a thread lies and how it is cut.
struct Thread {
    id: i64,
    messages: i64,
    tail_first: i64,
    tail_count: i64,
}

/// A run of a thread's messages: the numbers below `end`, the newest `skip` of them passed over.
struct Run {
    end: i64,
    skip: i64,
}

impl CacheReader {
    /// How many messages a resident has with a contact.
    ///
    /// # Errors
    /// What the disk says.
    pub fn message_count(
        &self,
        resident: ResidentId,
        connection: ConnectionId,
    ) -> Result<usize, StoreError> {
        let thread = thread(&self.sql, resident, connection)?;
        let messages = thread.map_or(0, |thread| thread.messages);
        Ok(usize::try_from(messages).unwrap_or(0))
    }

    /// The messages of a resident with a contact, the newest first, `limit` of them after the
    /// newest `offset`. What is passed over is found by the sizes of blocks, not row by row.
    ///
    /// # Errors
    /// What the disk says.
    pub fn messages(
        &self,
        resident: ResidentId,
        connection: ConnectionId,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<Message>, StoreError> {
        let look = self.sql.unchecked_transaction().of(FILE)?;
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let Some(thread) = thread(&look, resident, connection)? else {
            return Ok(Vec::new());
        };
        if offset >= thread.messages {
            return Ok(Vec::new());
        }
        let run = locate(&look, &thread, offset)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        // The roster was asked for the thread; a join here would be made for skipped rows too.
        let messages = look
            .prepare_cached(&format!(
                "SELECT {COLUMNS}
                 FROM messages
                 WHERE messages.thread = ?1 AND messages.number < ?2
                 ORDER BY messages.number DESC
                 LIMIT ?3 OFFSET ?4"
            ))
            .of(FILE)?
            .query_map([thread.id, run.end, limit, run.skip], |row| {
                message(row, resident, connection)
            })
            .of(FILE)?
            .collect::<rusqlite::Result<Vec<_>>>()
            .of(FILE)?;
        messages
            .into_iter()
            .map(|read| with_attachments(&look, read))
            .collect()
    }

    /// A message; `None` if it is not this resident's.
    ///
    /// # Errors
    /// What the disk says.
    pub fn message(
        &self,
        resident: ResidentId,
        id: MessageId,
    ) -> Result<Option<Message>, StoreError> {
        let look = self.sql.unchecked_transaction().of(FILE)?;
        let found = look
            .prepare_cached(&format!(
                "SELECT {COLUMNS}, threads.connection
                 FROM messages
                 JOIN threads ON threads.id = messages.thread
                 JOIN residents ON residents.id = threads.resident
                 WHERE messages.id = ?1 AND threads.resident = ?2"
            ))
            .of(FILE)?
            .query_row(params![id, resident], |row| {
                message(row, resident, row.get(13)?)
            })
            .optional()
            .of(FILE)?;
        found.map(|read| with_attachments(&look, read)).transpose()
    }
}

fn thread(
    sql: &Connection,
    resident: ResidentId,
    connection: ConnectionId,
) -> Result<Option<Thread>, StoreError> {
    sql.prepare_cached(
        "SELECT threads.id, threads.messages, threads.tail_first, threads.tail_count
         FROM threads
         JOIN residents ON residents.id = threads.resident
         WHERE threads.resident = ?1 AND threads.connection = ?2",
    )
    .of(FILE)?
    .query_row(params![resident, connection], |row| {
        Ok(Thread {
            id: row.get(0)?,
            messages: row.get(1)?,
            tail_first: row.get(2)?,
            tail_count: row.get(3)?,
        })
    })
    .optional()
    .of(FILE)
}

/// Finds the row `offset` from the newest, from whichever end is nearer.
fn locate(sql: &Connection, thread: &Thread, offset: i64) -> Result<Run, StoreError> {
    if offset < thread.tail_count {
        return Ok(Run {
            end: i64::MAX,
            skip: offset,
        });
    }
    if offset < thread.messages / 2 {
        return from_the_newest(sql, thread, offset);
    }
    // Counted from the oldest: the row wanted is `place`-th, the oldest being 0.
    let place = thread.messages - 1 - offset;
    let mut blocks = sql
        .prepare_cached(
            "SELECT first_number, messages
             FROM thread_blocks
             WHERE thread = ?1
             ORDER BY first_number",
        )
        .of(FILE)?;
    let mut blocks = blocks.query([thread.id]).of(FILE)?;
    let mut before = 0;
    let mut found = None;
    while let Some(block) = blocks.next().of(FILE)? {
        let start: i64 = block.get(0).of(FILE)?;
        if let Some(skip) = found {
            return Ok(Run { end: start, skip });
        }
        before += block.get::<_, i64>(1).of(FILE)?;
        found = (place < before).then_some(before - 1 - place);
    }
    match found {
        Some(skip) => Ok(Run {
            end: thread.tail_first,
            skip,
        }),
        None => Err(StoreError::BadRow(FILE)),
    }
}

fn from_the_newest(sql: &Connection, thread: &Thread, offset: i64) -> Result<Run, StoreError> {
    let mut blocks = sql
        .prepare_cached(
            "SELECT first_number, messages
             FROM thread_blocks
             WHERE thread = ?1
             ORDER BY first_number DESC",
        )
        .of(FILE)?;
    let mut blocks = blocks.query([thread.id]).of(FILE)?;
    let mut end = thread.tail_first;
    let mut skip = offset - thread.tail_count;
    while let Some(block) = blocks.next().of(FILE)? {
        let messages: i64 = block.get(1).of(FILE)?;
        if skip < messages {
            return Ok(Run { end, skip });
        }
        skip -= messages;
        end = block.get(0).of(FILE)?;
    }
    Err(StoreError::BadRow(FILE))
}

/// A message without its attachments, its row, and whether it has any.
pub(super) struct Read {
    pub(super) message: Message,
    row: i64,
    attachments: bool,
}

pub(super) fn message(
    row: &Row<'_>,
    resident: ResidentId,
    connection: ConnectionId,
) -> rusqlite::Result<Read> {
    let reason: Option<String> = row.get(7)?;
    let text: Option<String> = row.get(8)?;
    let state = message_state(
        row.get(5)?,
        row.get(6)?,
        reason.map(|reason| bounded(reason, NOTE)),
    );
    let mut message = Message {
        id: row.get(1)?,
        resident,
        connection,
        number: unsigned(row.get(2)?),
        direction: row.get(3)?,
        at: row.get(4)?,
        state: state.ok_or_else(|| bad_row(5))?,
        text: text.map(|text| bounded(text, LONG_TEXT)),
        attachments: Vec::new(),
        read_at: row.get(9)?,
        passage: Passage {
            starred: row.get(11)?,
            ..Passage::default()
        },
    };
    row.get::<_, MessageMore>(12)?.into(&mut message);
    Ok(Read {
        message,
        row: row.get(0)?,
        attachments: row.get::<_, i64>(10)? > 0,
    })
}

fn with_attachments(sql: &Connection, read: Read) -> Result<Message, StoreError> {
    let mut message = read.message;
    if !read.attachments {
        return Ok(message);
    }
    message.attachments = sql
        .prepare_cached(
            "SELECT blob, media, bytes, width, height, name, kind
             FROM attachments
             WHERE message = ?1
             ORDER BY place
             LIMIT ?2",
        )
        .of(FILE)?
        .query_map([read.row, ATTACHMENTS], |row| {
            Ok(Attachment {
                blob: row.get(0)?,
                media: row.get(1)?,
                bytes: row.get(2)?,
                width: row.get(3)?,
                height: row.get(4)?,
                name: bounded(row.get(5)?, NAME),
                kind: row.get(6)?,
            })
        })
        .of(FILE)?
        .collect::<rusqlite::Result<_>>()
        .of(FILE)?;
    Ok(message)
}
