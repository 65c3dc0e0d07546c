use rusqlite::{Connection, TransactionBehavior};

use super::error::InFile;
use super::{StoreError, StoreFile};

/// A file's schema: numbered steps, frozen once released. The version in the file
/// (`user_version`) is how many have been taken.
pub(super) struct Schema {
    pub(super) file: StoreFile,
    pub(super) steps: &'static [&'static str],
}

impl Schema {
    /// Takes the steps the file lacks, all in one transaction: a cut leaves the old schema.
    pub(super) fn migrate(&self, sql: &mut Connection) -> Result<(), StoreError> {
        let found = self.version(sql)?;
        let missing = self.steps.get(found..).ok_or_else(|| self.newer(found))?;
        if missing.is_empty() {
            return Ok(());
        }
        let change = sql
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .of(self.file)?;
        for step in missing {
            change.execute_batch(step).of(self.file)?;
        }
        change
            .pragma_update(None, "user_version", as_i64(self.steps.len()))
            .of(self.file)?;
        change.commit().of(self.file)
    }

    /// Checks, for a reader, that the writer has brought the file to the schema known here.
    pub(super) fn expect(&self, sql: &Connection) -> Result<(), StoreError> {
        let found = self.version(sql)?;
        match found.cmp(&self.steps.len()) {
            std::cmp::Ordering::Less => Err(StoreError::NotYet(self.file)),
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Greater => Err(self.newer(found)),
        }
    }

    pub(super) fn version(&self, sql: &Connection) -> Result<usize, StoreError> {
        let version: i64 = sql
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .of(self.file)?;
        usize::try_from(version).map_err(|_| StoreError::BadRow(self.file))
    }

    fn newer(&self, found: usize) -> StoreError {
        StoreError::Newer {
            file: self.file,
            found,
            known: self.steps.len(),
        }
    }
}

fn as_i64(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
