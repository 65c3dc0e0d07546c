use rusqlite::Connection;

use super::intents::{COLUMNS, intent, next_number, place};
use super::{AuditPart, FILE, PAGES, SCHEMA, audit, identity};
use crate::domain::health::facts::Outbox;
use crate::domain::{Intent, IntentNumber, JournalId, ResidentId, UtcMillis};
use crate::store::error::InFile;
use crate::store::open::{Writer, open_reader};
use crate::store::rows::unsigned;
use crate::store::{StoreError, StoreKey, StorePlace};

/// One who reads `journal.db`: sync, to send what is in it.
pub struct JournalReader {
    pub(super) sql: Connection,
}

impl JournalReader {
    /// Opens the journal for reading.
    ///
    /// # Errors
    /// [`StoreError::NotYet`] until the screen has made it; a wrong key, damage, a newer schema.
    pub fn open(place: &StorePlace, key: &StoreKey) -> Result<Self, StoreError> {
        let sql = open_reader(place, key, &SCHEMA, PAGES)?;
        let reader = Self { sql };
        reader.identity()?;
        Ok(reader)
    }

    /// As [`JournalReader::open`], for whoever tells others what it reads: nothing of it can be
    /// lost any more. A screen that was killed while it wrote may have left an intent that is in
    /// the log and not on the disk; where no screen runs that has seen to it, this does, as the
    /// journal's writer for a moment.
    ///
    /// # Errors
    /// As [`JournalReader::open`], and what the disk says.
    pub fn open_durable(place: &StorePlace, key: &StoreKey) -> Result<Self, StoreError> {
        let reader = Self::open(place, key)?;
        match Writer::open(place, key, &SCHEMA, PAGES) {
            Ok(_) | Err(StoreError::WriterExists(_)) => Ok(reader),
            Err(error) => Err(error),
        }
    }

    /// Its name for this life.
    ///
    /// # Errors
    /// What the disk says.
    pub fn identity(&self) -> Result<JournalId, StoreError> {
        let (id, _) = identity(&self.sql)?.ok_or(StoreError::NotYet(FILE))?;
        Ok(id)
    }

    /// What is not settled, from a number on, in order. What is held back is among it: who sends
    /// stops before the first that is not due, so that numbers leave without gaps.
    ///
    /// # Errors
    /// What the disk says.
    pub fn offers(&self, from: IntentNumber, limit: usize) -> Result<Vec<Intent>, StoreError> {
        self.list("number >= ?1 AND settled_at IS NULL", place(from), limit)
    }

    /// All that the journal holds from a number on, settled or not, in order: what central asks for
    /// when it misses a number.
    ///
    /// # Errors
    /// What the disk says.
    pub fn held(&self, from: IntentNumber, limit: usize) -> Result<Vec<Intent>, StoreError> {
        self.list("number >= ?1", place(from), limit)
    }

    /// What was settled from a moment on, in order: offered again to a new epoch (R4).
    ///
    /// # Errors
    /// What the disk says.
    pub fn settled_since(&self, since: UtcMillis) -> Result<Vec<Intent>, StoreError> {
        self.list("settled_at >= ?1", since.0, usize::MAX)
    }

    /// The lowest number the journal still holds; the next one if it holds none.
    ///
    /// # Errors
    /// What the disk says.
    pub fn first_held(&self) -> Result<IntentNumber, StoreError> {
        let first: Option<i64> = self
            .sql
            .query_row("SELECT min(number) FROM intents", [], |row| row.get(0))
            .of(FILE)?;
        first.map_or_else(
            || self.next_number(),
            |number| Ok(IntentNumber(unsigned(number))),
        )
    }

    /// The number the next intent gets.
    ///
    /// # Errors
    /// What the disk says.
    pub fn next_number(&self) -> Result<IntentNumber, StoreError> {
        next_number(&self.sql)
    }

    /// How much is not settled, and when the oldest of it was made: for whoever looks after the
    /// terminal.
    ///
    /// # Errors
    /// What the disk says.
    pub fn outbox(&self) -> Result<Outbox, StoreError> {
        outbox(&self.sql)
    }

    /// How much a resident did that is not settled: to be sent before they are forgotten.
    ///
    /// # Errors
    /// What the disk says.
    pub fn unsettled_of(&self, resident: ResidentId) -> Result<u64, StoreError> {
        self.sql
            .prepare_cached(
                "SELECT count(*) FROM intents WHERE resident = ?1 AND settled_at IS NULL",
            )
            .of(FILE)?
            .query_row([resident], |row| row.get(0).map(unsigned))
            .of(FILE)
    }

    /// The screen's audit after the `after`-th entry; at most `limit`.
    ///
    /// # Errors
    /// What the disk says; a row that is no entry.
    pub fn audited(&self, after: u64, limit: usize) -> Result<AuditPart, StoreError> {
        audit::part(&self.sql, self.identity()?, after, limit)
    }

    /// Changes if and only if the screen has committed.
    ///
    /// # Errors
    /// What the disk says.
    pub fn data_version(&self) -> Result<u64, StoreError> {
        self.sql
            .pragma_query_value(None, "data_version", |row| row.get(0).map(unsigned))
            .of(FILE)
    }

    fn list(&self, which: &str, from: i64, limit: usize) -> Result<Vec<Intent>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.sql
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM intents WHERE {which} ORDER BY number LIMIT ?2"
            ))
            .of(FILE)?
            .query_map([from, limit], intent)
            .of(FILE)?
            .collect::<rusqlite::Result<_>>()
            .of(FILE)
    }
}

/// How much is not settled.
pub(in crate::store) fn outbox(sql: &Connection) -> Result<Outbox, StoreError> {
    sql.prepare_cached("SELECT count(*), min(made_at) FROM intents WHERE settled_at IS NULL")
        .of(FILE)?
        .query_row([], |row| {
            Ok(Outbox {
                waiting: unsigned(row.get(0)?),
                oldest_at: row.get(1)?,
            })
        })
        .of(FILE)
}
