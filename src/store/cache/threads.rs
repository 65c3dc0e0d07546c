use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::FILE;
use crate::domain::{ConnectionId, ResidentId, UtcMillis};
use crate::store::StoreError;
use crate::store::error::InFile;

/// The most messages of a block; one more splits it.
const BLOCK_MOST: i64 = 512;
/// What a full open block gives up to a closed one. Not all: late messages mostly fall near the
/// end, and an open block costs nothing to count.
const TAIL_CLOSES: i64 = 384;

/// Whose thread it is: messages of a resident are never in another's thread, whatever they name.
pub(super) type Owner = (ResidentId, ConnectionId);

/// What a thread's messages amount to; see the table `threads`.
#[derive(Clone, Copy)]
struct Thread {
    id: i64,
    messages: i64,
    unread: i64,
    newest_number: i64,
    newest_at: UtcMillis,
    tail_first: i64,
    tail_count: i64,
}

/// What the counters ask of a message.
#[derive(Clone, Copy)]
pub(super) struct Counted {
    pub(super) thread: i64,
    pub(super) number: i64,
    pub(super) at: UtcMillis,
    pub(super) unread: bool,
}

/// The counters of the threads a writer has touched, written once a transaction.
#[derive(Default)]
pub(super) struct Threads {
    held: BTreeMap<Owner, Thread>,
    changed: Vec<Owner>,
}

impl Threads {
    /// The id of a thread, made if need be.
    pub(super) fn id(&mut self, sql: &Connection, owner: Owner) -> Result<i64, StoreError> {
        self.thread(sql, owner).map(|thread| thread.id)
    }

    /// Counts a message whose row was just inserted.
    pub(super) fn add(
        &mut self,
        sql: &Connection,
        owner: Owner,
        message: Counted,
    ) -> Result<(), StoreError> {
        let number = message.number;
        let thread = self.change(sql, owner)?;
        thread.messages += 1;
        thread.unread += i64::from(message.unread);
        if thread.messages == 1 || number >= thread.newest_number {
            thread.newest_number = number;
            thread.newest_at = message.at;
        }
        if number < thread.tail_first {
            return grow_block(sql, thread.id, number);
        }
        thread.tail_count += 1;
        if thread.tail_count > BLOCK_MOST {
            let next = number_at(sql, thread.id, thread.tail_first, TAIL_CLOSES)?;
            insert_block(sql, thread.id, thread.tail_first, TAIL_CLOSES)?;
            thread.tail_first = next;
            thread.tail_count -= TAIL_CLOSES;
        }
        Ok(())
    }

    /// Counts a message that was replaced in its place.
    pub(super) fn replace(
        &mut self,
        sql: &Connection,
        owner: Owner,
        before: Counted,
        after: Counted,
    ) -> Result<(), StoreError> {
        let thread = self.change(sql, owner)?;
        thread.unread += i64::from(after.unread) - i64::from(before.unread);
        if after.number == thread.newest_number {
            thread.newest_at = after.at;
        }
        Ok(())
    }

    /// Counts a message whose row was just deleted.
    pub(super) fn remove(&mut self, sql: &Connection, message: Counted) -> Result<(), StoreError> {
        let owner = sql
            .prepare_cached("SELECT resident, connection FROM threads WHERE id = ?1")
            .of(FILE)?
            .query_row([message.thread], |row| Ok((row.get(0)?, row.get(1)?)))
            .of(FILE)?;
        let number = message.number;
        let thread = self.change(sql, owner)?;
        thread.messages -= 1;
        thread.unread -= i64::from(message.unread);
        if number >= thread.tail_first {
            thread.tail_count -= 1;
        } else {
            change_block(sql, thread.id, number, -1)?;
        }
        if number == thread.newest_number {
            let (newest_number, newest_at) = newest(sql, thread.id)?;
            thread.newest_number = newest_number;
            thread.newest_at = newest_at;
        }
        Ok(())
    }

    /// Writes what has changed.
    pub(super) fn flush(&mut self, sql: &Connection) -> Result<(), StoreError> {
        let mut update = sql
            .prepare_cached(
                "UPDATE threads
                 SET messages = ?2, unread = ?3, newest_number = ?4, newest_at = ?5,
                     tail_first = ?6, tail_count = ?7
                 WHERE id = ?1",
            )
            .of(FILE)?;
        self.changed.sort_unstable();
        self.changed.dedup();
        for owner in self.changed.drain(..) {
            let Some(t) = self.held.get(&owner) else {
                continue;
            };
            update
                .execute(params![
                    t.id,
                    t.messages,
                    t.unread,
                    t.newest_number,
                    t.newest_at,
                    t.tail_first,
                    t.tail_count,
                ])
                .of(FILE)?;
        }
        Ok(())
    }

    /// Lets go of a resident's threads, whose rows are gone.
    pub(super) fn forget(&mut self, resident: ResidentId) {
        self.held.retain(|(whose, _), _| *whose != resident);
        self.changed.retain(|(whose, _)| *whose != resident);
    }

    fn change(&mut self, sql: &Connection, owner: Owner) -> Result<&mut Thread, StoreError> {
        if self.changed.last() != Some(&owner) {
            self.changed.push(owner);
        }
        self.thread(sql, owner)
    }

    fn thread(&mut self, sql: &Connection, owner: Owner) -> Result<&mut Thread, StoreError> {
        use std::collections::btree_map::Entry;
        match self.held.entry(owner) {
            Entry::Occupied(held) => Ok(held.into_mut()),
            Entry::Vacant(free) => Ok(free.insert(load(sql, owner)?)),
        }
    }
}

fn load(sql: &Connection, owner: Owner) -> Result<Thread, StoreError> {
    let found = sql
        .prepare_cached(
            "SELECT id, messages, unread, newest_number, newest_at, tail_first, tail_count
             FROM threads
             WHERE resident = ?1 AND connection = ?2",
        )
        .of(FILE)?
        .query_row(params![owner.0, owner.1], |row| {
            Ok(Thread {
                id: row.get(0)?,
                messages: row.get(1)?,
                unread: row.get(2)?,
                newest_number: row.get(3)?,
                newest_at: row.get(4)?,
                tail_first: row.get(5)?,
                tail_count: row.get(6)?,
            })
        })
        .optional()
        .of(FILE)?;
    if let Some(thread) = found {
        return Ok(thread);
    }
    sql.prepare_cached(
        "INSERT INTO threads
             (resident, connection, messages, unread, newest_number, newest_at,
              tail_first, tail_count)
         VALUES (?1, ?2, 0, 0, 0, 0, 0, 0)",
    )
    .of(FILE)?
    .execute(params![owner.0, owner.1])
    .of(FILE)?;
    Ok(Thread {
        id: sql.last_insert_rowid(),
        messages: 0,
        unread: 0,
        newest_number: 0,
        newest_at: UtcMillis(0),
        tail_first: 0,
        tail_count: 0,
    })
}

/// Counts a message into the closed block it falls in, and splits that if it gets too long.
fn grow_block(sql: &Connection, thread: i64, number: i64) -> Result<(), StoreError> {
    let (first, messages) = change_block(sql, thread, number, 1)?;
    if messages <= BLOCK_MOST {
        return Ok(());
    }
    let half = messages / 2;
    let next = number_at(sql, thread, first, half)?;
    change_block(sql, thread, first, half - messages)?;
    insert_block(sql, thread, next, messages - half)
}

/// Adds to the closed block a number falls in; gives its first number and its new size.
fn change_block(
    sql: &Connection,
    thread: i64,
    number: i64,
    by: i64,
) -> Result<(i64, i64), StoreError> {
    sql.prepare_cached(
        "UPDATE thread_blocks
         SET messages = messages + ?3
         WHERE thread = ?1
           AND first_number = (
               SELECT max(first_number)
               FROM thread_blocks
               WHERE thread = ?1 AND first_number <= ?2
           )
         RETURNING first_number, messages",
    )
    .of(FILE)?
    .query_row(params![thread, number, by], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
    .of(FILE)
}

fn insert_block(
    sql: &Connection,
    thread: i64,
    first: i64,
    messages: i64,
) -> Result<(), StoreError> {
    sql.prepare_cached(
        "INSERT INTO thread_blocks (thread, first_number, messages)
         VALUES (?1, ?2, ?3)",
    )
    .of(FILE)?
    .execute([thread, first, messages])
    .of(FILE)?;
    Ok(())
}

/// The number of the message `skip` after the first one from `first` on.
fn number_at(sql: &Connection, thread: i64, first: i64, skip: i64) -> Result<i64, StoreError> {
    sql.prepare_cached(
        "SELECT number
         FROM messages
         WHERE thread = ?1 AND number >= ?2
         ORDER BY number
         LIMIT 1 OFFSET ?3",
    )
    .of(FILE)?
    .query_row([thread, first, skip], |row| row.get(0))
    .of(FILE)
}

fn newest(sql: &Connection, thread: i64) -> Result<(i64, UtcMillis), StoreError> {
    let found = sql
        .prepare_cached(
            "SELECT number, at
             FROM messages
             WHERE thread = ?1
             ORDER BY number DESC
             LIMIT 1",
        )
        .of(FILE)?
        .query_row([thread], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
        .of(FILE)?;
    Ok(found.unwrap_or((0, UtcMillis(0))))
}
