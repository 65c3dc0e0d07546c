use rusqlite::{Connection, OptionalExtension, params};

use super::FILE;
use super::apply::{Header, Put};
use super::more::MessageMore;
use super::search;
use super::threads::{Counted, Threads};
use crate::domain::{Direction, Message, MessageState, UtcMillis};
use crate::store::StoreError;
use crate::store::error::InFile;
use crate::store::rows::{DELIVERED, message_columns};

/// What is held of a message.
struct Held {
    row: i64,
    version: i64,
    counted: Counted,
}

/// Keeps a message, if it is newer than what is held.
pub(super) fn put_message(
    sql: &Connection,
    threads: &mut Threads,
    header: &Header,
    message: &Message,
) -> Result<Put, StoreError> {
    let Ok(number) = i64::try_from(message.number) else {
        return Ok(Put::Unkeepable("number"));
    };
    let owner = (message.resident, message.connection);
    let counted = Counted {
        thread: threads.id(sql, owner)?,
        number,
        at: message.at,
        unread: is_unread(message.direction, &message.state, message.read_at),
    };
    if insert(sql, counted, header, message)? {
        put_attachments(sql, sql.last_insert_rowid(), message)?;
        threads.add(sql, owner, counted)?;
        return Ok(Put::Kept);
    }
    let Some(held) = held(sql, message)? else {
        return Ok(Put::Unkeepable("number is another's"));
    };
    if held.version >= header.version {
        return Ok(Put::Old);
    }
    let moved = (held.counted.thread, held.counted.number) != (counted.thread, number);
    if moved && is_taken(sql, counted)? {
        return Ok(Put::Unkeepable("number is another's"));
    }
    let words = search::Change::begin(sql, held.row)?;
    update(sql, held.row, counted, header, message)?;
    words.end(sql, held.row)?;
    delete_attachments(sql, held.row)?;
    put_attachments(sql, held.row, message)?;
    if moved {
        threads.remove(sql, held.counted)?;
        threads.add(sql, owner, counted)?;
    } else {
        threads.replace(sql, owner, held.counted, counted)?;
    }
    Ok(Put::Kept)
}

fn is_unread(direction: Direction, state: &MessageState, read_at: Option<UtcMillis>) -> bool {
    direction == Direction::Incoming && *state == MessageState::Delivered && read_at.is_none()
}

/// Whether the row went in; not if its id or its place is taken.
fn insert(
    sql: &Connection,
    counted: Counted,
    header: &Header,
    message: &Message,
) -> Result<bool, StoreError> {
    let state = message_columns(&message.state);
    let rows = sql
        .prepare_cached(
            "INSERT INTO messages
                 (id, version, thread, number, direction, at, state, state_at, reason, body,
                  read_at, attachments, starred, more)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
             ON CONFLICT DO NOTHING",
        )
        .of(FILE)?
        .execute(params![
            message.id,
            header.version,
            counted.thread,
            counted.number,
            message.direction,
            message.at,
            state.state,
            state.at,
            state.reason,
            message.text,
            message.read_at,
            attachments(message),
            message.passage.starred,
            MessageMore::of(message),
        ])
        .of(FILE)?;
    Ok(rows == 1)
}

fn update(
    sql: &Connection,
    row: i64,
    counted: Counted,
    header: &Header,
    message: &Message,
) -> Result<(), StoreError> {
    let state = message_columns(&message.state);
    sql.prepare_cached(
        "UPDATE messages
         SET version = ?2, thread = ?3, number = ?4, direction = ?5, at = ?6, state = ?7,
             state_at = ?8, reason = ?9, body = ?10, read_at = ?11, attachments = ?12,
             starred = ?13, more = ?14
         WHERE row = ?1",
    )
    .of(FILE)?
    .execute(params![
        row,
        header.version,
        counted.thread,
        counted.number,
        message.direction,
        message.at,
        state.state,
        state.at,
        state.reason,
        message.text,
        message.read_at,
        attachments(message),
        message.passage.starred,
        MessageMore::of(message),
    ])
    .of(FILE)?;
    Ok(())
}

fn held(sql: &Connection, message: &Message) -> Result<Option<Held>, StoreError> {
    sql.prepare_cached(
        "SELECT row, version, thread, number, at, direction, state, read_at
         FROM messages
         WHERE id = ?1",
    )
    .of(FILE)?
    .query_row([message.id], |row| {
        let direction: Direction = row.get(5)?;
        let delivered = row.get::<_, i64>(6)? == DELIVERED;
        let unopened = row.get::<_, Option<UtcMillis>>(7)?.is_none();
        Ok(Held {
            row: row.get(0)?,
            version: row.get(1)?,
            counted: Counted {
                thread: row.get(2)?,
                number: row.get(3)?,
                at: row.get(4)?,
                unread: direction == Direction::Incoming && delivered && unopened,
            },
        })
    })
    .optional()
    .of(FILE)
}

fn is_taken(sql: &Connection, counted: Counted) -> Result<bool, StoreError> {
    sql.prepare_cached("SELECT EXISTS (SELECT 1 FROM messages WHERE thread = ?1 AND number = ?2)")
        .of(FILE)?
        .query_row([counted.thread, counted.number], |row| row.get(0))
        .of(FILE)
}

/// The blobs may lie here all the same: whoever forgets the resident has to look for them.
fn delete_attachments(sql: &Connection, row: i64) -> Result<(), StoreError> {
    sql.prepare_cached(
        "INSERT OR IGNORE INTO forget_blobs (resident, blob)
         SELECT threads.resident, attachments.blob
         FROM attachments
         JOIN messages ON messages.row = attachments.message
         JOIN threads ON threads.id = messages.thread
         WHERE attachments.message = ?1",
    )
    .of(FILE)?
    .execute([row])
    .of(FILE)?;
    sql.prepare_cached("DELETE FROM attachments WHERE message = ?1")
        .of(FILE)?
        .execute([row])
        .of(FILE)?;
    Ok(())
}

fn put_attachments(sql: &Connection, row: i64, message: &Message) -> Result<(), StoreError> {
    for (place, attachment) in (0_i64..).zip(&message.attachments) {
        sql.prepare_cached(
            "INSERT INTO attachments
                 (message, place, blob, media, bytes, width, height, name, kind)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )
        .of(FILE)?
        .execute(params![
            row,
            place,
            attachment.blob,
            attachment.media,
            attachment.bytes,
            attachment.width,
            attachment.height,
            attachment.name,
            attachment.kind,
        ])
        .of(FILE)?;
    }
    Ok(())
}

fn attachments(message: &Message) -> i64 {
    i64::try_from(message.attachments.len()).unwrap_or(i64::MAX)
}
