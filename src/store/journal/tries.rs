//! PIN tries by resident number; the policy is `domain::sign_in`'s.

use ring::digest::{Context, SHA256};
use rusqlite::{OptionalExtension, params};

use super::{FILE, Journal};
use crate::domain::ResidentNumber;
use crate::domain::sign_in::TryRecord;
use crate::store::StoreError;
use crate::store::error::InFile;

impl Journal {
    /// What is remembered of the tries for a number, whether it is anybody's or not.
    ///
    /// # Errors
    /// What the disk says.
    pub fn tries(&self, number: &ResidentNumber) -> Result<TryRecord, StoreError> {
        let stored: Option<String> = self
            .file
            .sql
            .prepare_cached("SELECT record FROM sign_in_tries WHERE key = ?1")
            .of(FILE)?
            .query_row([self.tries_key(number)], |row| row.get(0))
            .optional()
            .of(FILE)?;
        stored.map_or_else(
            || Ok(TryRecord::default()),
            |record| serde_json::from_str(&record).map_err(|_| StoreError::BadRow(FILE)),
        )
    }

    /// Remembers the tries for a number. On disk when this returns: count first, then check.
    ///
    /// # Errors
    /// What the disk says.
    pub fn save_tries(
        &mut self,
        number: &ResidentNumber,
        record: &TryRecord,
    ) -> Result<(), StoreError> {
        let key = self.tries_key(number);
        if *record == TryRecord::default() {
            self.file
                .sql
                .prepare_cached("DELETE FROM sign_in_tries WHERE key = ?1")
                .of(FILE)?
                .execute([key])
                .of(FILE)?;
            return Ok(());
        }
        let record = serde_json::to_string(record).map_err(|_| StoreError::BadRow(FILE))?;
        self.file
            .sql
            .prepare_cached(
                "INSERT INTO sign_in_tries (key, record)
                 VALUES (?1, ?2)
                 ON CONFLICT (key) DO UPDATE
                 SET record = excluded.record",
            )
            .of(FILE)?
            .execute(params![key, record])
            .of(FILE)?;
        Ok(())
    }

    pub(super) fn tries_key(&self, number: &ResidentNumber) -> [u8; 32] {
        let mut context = Context::new(&SHA256);
        context.update(self.salt.as_slice());
        context.update(number.as_str().as_bytes());
        let digest = context.finish();
        let mut key = [0; 32];
        for (to, from) in key.iter_mut().zip(digest.as_ref()) {
            *to = *from;
        }
        key
    }
}
