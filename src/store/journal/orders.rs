//! Orders whose effect is the screen's: the end of a lock.

use rusqlite::{OptionalExtension, TransactionBehavior, params};

use super::{FILE, Journal, JournalReader};
use crate::domain::orders::OrderId;
use crate::domain::{RecordId, ResidentNumber, UtcMillis};
use crate::store::StoreError;
use crate::store::error::InFile;

/// What the screen made of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockReleased {
    /// Nothing is held against the number any more.
    Done,
    /// Nobody of that id was on the roster.
    NotHere,
}

impl Journal {
    /// Lifts the lock of a number because an order says so, and notes that, in one transaction and
    /// once: tries that came later stay counted.
    ///
    /// # Errors
    /// What the disk says.
    pub fn release_lock(
        &mut self,
        order: OrderId,
        number: Option<&ResidentNumber>,
        now: UtcMillis,
    ) -> Result<bool, StoreError> {
        let key = number.map(|number| self.tries_key(number));
        let change = self
            .file
            .sql
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .of(FILE)?;
        let fresh = change
            .prepare_cached("INSERT OR IGNORE INTO orders_done (id, done, at) VALUES (?1, ?2, ?3)")
            .of(FILE)?
            .execute(params![RecordId(order.0), key.is_some(), now])
            .of(FILE)?
            == 1;
        if let Some(key) = key.filter(|_| fresh) {
            change
                .prepare_cached("DELETE FROM sign_in_tries WHERE key = ?1")
                .of(FILE)?
                .execute([key])
                .of(FILE)?;
        }
        change.commit().of(FILE)?;
        Ok(fresh)
    }
}

impl JournalReader {
    /// What the screen has made of an order, if it has.
    ///
    /// # Errors
    /// What the disk says.
    pub fn lock_released(&self, order: OrderId) -> Result<Option<LockReleased>, StoreError> {
        let done: Option<bool> = self
            .sql
            .prepare_cached("SELECT done FROM orders_done WHERE id = ?1")
            .of(FILE)?
            .query_row([RecordId(order.0)], |row| row.get(0))
            .optional()
            .of(FILE)?;
        Ok(done.map(|done| {
            if done {
                LockReleased::Done
            } else {
                LockReleased::NotHere
            }
        }))
    }
}
