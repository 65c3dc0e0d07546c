//! A resident left: a record with its own acknowledgement, never a side effect (R6).

use rusqlite::{Connection, params};

use super::apply::Header;
use super::scrub::scrub;
use super::search;
use super::threads::Threads;
use super::writer::begin;
use super::{CacheWriter, FILE};
use crate::domain::{BlobHash, ResidentId};
use crate::store::StoreError;
use crate::store::error::InFile;
use crate::store::rows::unsigned;

/// Deletes everything of a resident and notes which blobs may have to go.
pub(super) fn forget(
    sql: &Connection,
    threads: &mut Threads,
    resident: ResidentId,
    header: &Header,
) -> Result<(), StoreError> {
    // What this page counted so far is in memory only.
    threads.flush(sql)?;
    threads.forget(resident);
    let threads = thread_ids(sql, resident)?;
    if !threads.is_empty() {
        search::clear(sql)?;
    }
    for thread in threads {
        sql.prepare_cached(
            "INSERT OR IGNORE INTO forget_blobs (resident, blob)
             SELECT ?1, attachments.blob
             FROM messages
             JOIN attachments ON attachments.message = messages.row
             WHERE messages.thread = ?2",
        )
        .of(FILE)?
        .execute(params![resident, thread])
        .of(FILE)?;
        for statement in [
            "DELETE FROM attachments
             WHERE message IN (SELECT row FROM messages WHERE thread = ?1)",
            "DELETE FROM messages WHERE thread = ?1",
            "DELETE FROM thread_blocks WHERE thread = ?1",
        ] {
            sql.prepare_cached(statement)
                .of(FILE)?
                .execute([thread])
                .of(FILE)?;
        }
    }
    for statement in [
        "DELETE FROM threads WHERE resident = ?1",
        "DELETE FROM connections WHERE resident = ?1",
        "DELETE FROM sign_ins WHERE resident = ?1",
        "DELETE FROM accounts WHERE resident = ?1",
        "DELETE FROM drafts WHERE resident = ?1",
        "DELETE FROM residents WHERE id = ?1",
        "DELETE FROM quarantine WHERE resident = ?1",
        "DELETE FROM dead_pins WHERE resident = ?1",
    ] {
        sql.prepare_cached(statement)
            .of(FILE)?
            .execute([resident])
            .of(FILE)?;
    }
    sql.prepare_cached(
        "INSERT INTO forgets (resident, version, done)
         VALUES (?1, ?2, 0)
         ON CONFLICT (resident) DO UPDATE
         SET version = excluded.version, done = 0",
    )
    .of(FILE)?
    .execute(params![resident, header.version])
    .of(FILE)?;
    sql.prepare_cached("UPDATE position SET scrub_due = 1")
        .of(FILE)?
        .execute([])
        .of(FILE)?;
    Ok(())
}

fn thread_ids(sql: &Connection, resident: ResidentId) -> Result<Vec<i64>, StoreError> {
    sql.prepare_cached("SELECT id FROM threads WHERE resident = ?1")
        .of(FILE)?
        .query_map([resident], |row| row.get(0))
        .of(FILE)?
        .collect::<rusqlite::Result<_>>()
        .of(FILE)
}

impl CacheWriter {
    /// Residents whose rows are gone while blobs or the WAL may still hold something of them, with
    /// the version of the record that said so.
    ///
    /// # Errors
    /// What the disk says.
    pub fn forgets_to_do(&self) -> Result<Vec<(ResidentId, u64)>, StoreError> {
        self.forgets(false)
    }

    /// The blobs of a forgotten resident that no message held now names: to be deleted.
    ///
    /// # Errors
    /// What the disk says.
    pub fn blobs_to_forget(&self, resident: ResidentId) -> Result<Vec<BlobHash>, StoreError> {
        self.file
            .sql
            .prepare_cached(
                "SELECT blob
                 FROM forget_blobs
                 WHERE resident = ?1
                   AND NOT EXISTS (SELECT 1 FROM attachments WHERE blob = forget_blobs.blob)
                 ORDER BY blob",
            )
            .of(FILE)?
            .query_map([resident], |row| row.get(0))
            .of(FILE)?
            .collect::<rusqlite::Result<_>>()
            .of(FILE)
    }

    /// To be called once the blobs are deleted: erases what deleted rows left in the file, empties
    /// the WAL and marks the forget as ready to be acknowledged.
    ///
    /// # Errors
    /// [`StoreError::Busy`] while a reader keeps the WAL from being emptied: call again.
    pub fn finish_forget(&mut self, resident: ResidentId, version: u64) -> Result<(), StoreError> {
        scrub(&mut self.file)?;
        self.file.truncate_wal()?;
        let change = begin(&mut self.file)?;
        change
            .execute("DELETE FROM forget_blobs WHERE resident = ?1", [resident])
            .of(FILE)?;
        change
            .execute(
                "UPDATE forgets
                 SET done = 1
                 WHERE resident = ?1 AND version = ?2",
                params![resident, i64::try_from(version).unwrap_or(i64::MAX)],
            )
            .of(FILE)?;
        change.commit().of(FILE)
    }

    /// Residents of whom nothing is left and central has not heard so.
    ///
    /// # Errors
    /// What the disk says.
    pub fn forgets_to_acknowledge(&self) -> Result<Vec<(ResidentId, u64)>, StoreError> {
        self.forgets(true)
    }

    /// Central has heard.
    ///
    /// # Errors
    /// What the disk says.
    pub fn acknowledged(&mut self, heard: &[(ResidentId, u64)]) -> Result<(), StoreError> {
        let change = begin(&mut self.file)?;
        for (resident, version) in heard {
            change
                .execute(
                    "DELETE FROM forgets
                     WHERE resident = ?1 AND version = ?2 AND done = 1",
                    params![resident, i64::try_from(*version).unwrap_or(i64::MAX)],
                )
                .of(FILE)?;
        }
        change.commit().of(FILE)
    }

    fn forgets(&self, done: bool) -> Result<Vec<(ResidentId, u64)>, StoreError> {
        self.file
            .sql
            .prepare_cached(
                "SELECT resident, version
                 FROM forgets
                 WHERE done = ?1
                 ORDER BY version",
            )
            .of(FILE)?
            .query_map([done], |row| Ok((row.get(0)?, unsigned(row.get(1)?))))
            .of(FILE)?
            .collect::<rusqlite::Result<_>>()
            .of(FILE)
    }
}
