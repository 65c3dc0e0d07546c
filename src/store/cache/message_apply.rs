use rusqlite::{Connection, OptionalExtension, params};

use super::FILE;
use super::apply::{Header, Put};
use super::threads::{Counted, Threads, message_key};
use crate::domain::{Direction, Message, MessageState, UtcMillis};
use crate::store::StoreError;
use crate::store::error::InFile;
use crate::store::rows::message_columns;

/// What is held of a message.
struct Held {
    counted: Counted,
    version: i64,
}

/// Keeps a message, if it is newer than what is held.
pub(super) fn put_message(
    sql: &Connection,
    threads: &mut Threads,
    header: &Header,
    message: &Message,
) -> Result<Put, StoreError> {
    let owner = (message.resident, message.connection);
    let thread = threads.id(sql, owner)?;
    let Some(key) = message_key(thread, message.number) else {
        return Ok(Put::Unkeepable("number"));
    };
    let counted = Counted {
        key,
        at: message.at,
        unread: is_unread(message.direction, &message.state, message.read_at),
    };
    if insert(sql, key, header, message)? {
        put_attachments(sql, key, message)?;
        threads.add(sql, owner, counted)?;
        return Ok(Put::Kept);
    }
    let Some(held) = held(sql, message)? else {
        return Ok(Put::Unkeepable("number is another's"));
    };
    if held.version >= header.version {
        return Ok(Put::Old);
    }
    if held.counted.key != key {
        if is_taken(sql, key)? {
            return Ok(Put::Unkeepable("number is another's"));
        }
        delete(sql, held.counted.key)?;
        threads.remove(sql, held.counted)?;
        insert(sql, key, header, message)?;
        put_attachments(sql, key, message)?;
        threads.add(sql, owner, counted)?;
        return Ok(Put::Kept);
    }
    update(sql, key, header, message)?;
    delete_attachments(sql, key)?;
    put_attachments(sql, key, message)?;
    threads.replace(sql, owner, held.counted, counted)?;
    Ok(Put::Kept)
}

fn is_unread(direction: Direction, state: &MessageState, read_at: Option<UtcMillis>) -> bool {
    direction == Direction::Incoming && *state == MessageState::Delivered && read_at.is_none()
}

/// Whether the row went in; not if its id or its place is taken.
fn insert(
    sql: &Connection,
    key: i64,
    header: &Header,
    message: &Message,
) -> Result<bool, StoreError> {
    let state = message_columns(&message.state);
    let rows = sql
        .prepare_cached(
            "INSERT INTO messages
                 (key, id, version, direction, at, state, state_at, reason, body, read_at,
                  attachments)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT DO NOTHING",
        )
        .of(FILE)?
        .execute(params![
            key,
            message.id,
            header.version,
            message.direction,
            message.at,
            state.state,
            state.at,
            state.reason,
            message.text,
            message.read_at,
            attachments(message),
        ])
        .of(FILE)?;
    Ok(rows == 1)
}

fn update(
    sql: &Connection,
    key: i64,
    header: &Header,
    message: &Message,
) -> Result<(), StoreError> {
    let state = message_columns(&message.state);
    sql.prepare_cached(
        "UPDATE messages
         SET version = ?2, direction = ?3, at = ?4, state = ?5, state_at = ?6, reason = ?7,
             body = ?8, read_at = ?9, attachments = ?10
         WHERE key = ?1",
    )
    .of(FILE)?
    .execute(params![
        key,
        header.version,
        message.direction,
        message.at,
        state.state,
        state.at,
        state.reason,
        message.text,
        message.read_at,
        attachments(message),
    ])
    .of(FILE)?;
    Ok(())
}

fn held(sql: &Connection, message: &Message) -> Result<Option<Held>, StoreError> {
    sql.prepare_cached(
        "SELECT key, version, at, direction, state, read_at
         FROM messages
         WHERE id = ?1",
    )
    .of(FILE)?
    .query_row([message.id], |row| {
        let direction: Direction = row.get(3)?;
        let delivered = row.get::<_, i64>(4)? == 0;
        let unopened = row.get::<_, Option<UtcMillis>>(5)?.is_none();
        Ok(Held {
            counted: Counted {
                key: row.get(0)?,
                at: row.get(2)?,
                unread: direction == Direction::Incoming && delivered && unopened,
            },
            version: row.get(1)?,
        })
    })
    .optional()
    .of(FILE)
}

fn is_taken(sql: &Connection, key: i64) -> Result<bool, StoreError> {
    sql.prepare_cached("SELECT EXISTS (SELECT 1 FROM messages WHERE key = ?1)")
        .of(FILE)?
        .query_row([key], |row| row.get(0))
        .of(FILE)
}

fn delete(sql: &Connection, key: i64) -> Result<(), StoreError> {
    delete_attachments(sql, key)?;
    sql.prepare_cached("DELETE FROM messages WHERE key = ?1")
        .of(FILE)?
        .execute([key])
        .of(FILE)?;
    Ok(())
}

/// The blobs may lie here all the same: whoever forgets the resident has to look for them.
fn delete_attachments(sql: &Connection, key: i64) -> Result<(), StoreError> {
    sql.prepare_cached(
        "INSERT OR IGNORE INTO forget_blobs (resident, blob)
         SELECT threads.resident, blob
         FROM attachments
         JOIN threads ON threads.id = message >> 40
         WHERE message = ?1",
    )
    .of(FILE)?
    .execute([key])
    .of(FILE)?;
    sql.prepare_cached("DELETE FROM attachments WHERE message = ?1")
        .of(FILE)?
        .execute([key])
        .of(FILE)?;
    Ok(())
}

fn put_attachments(sql: &Connection, key: i64, message: &Message) -> Result<(), StoreError> {
    for (place, attachment) in (0_i64..).zip(&message.attachments) {
        sql.prepare_cached(
            "INSERT INTO attachments
                 (message, place, blob, media, bytes, width, height, name)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )
        .of(FILE)?
        .execute(params![
            key,
            place,
            attachment.blob,
            attachment.media,
            attachment.bytes,
            attachment.width,
            attachment.height,
            attachment.name,
        ])
        .of(FILE)?;
    }
    Ok(())
}

fn attachments(message: &Message) -> i64 {
    i64::try_from(message.attachments.len()).unwrap_or(i64::MAX)
}
