use dayroom_protocol::{IntentId, JournalId, KioskId, UtcMillis};
use rusqlite::{Connection, OptionalExtension};

use super::{StoreError, Tx};

/// An intent that was taken in before.
pub(crate) struct KnownIntent {
    pub(crate) sha256: [u8; 32],
}

/// The number central expects next from a journal; 1 from one it has not met.
pub(crate) fn expected_number(
    sql: &Connection,
    kiosk: KioskId,
    journal: JournalId,
) -> Result<u64, StoreError> {
    let found = sql
        .prepare_cached("SELECT expected FROM journal WHERE kiosk = ?1 AND id = ?2")?
        .query_row((kiosk.0.as_bytes(), journal.0.as_bytes()), |row| row.get(0))
        .optional()?;
    Ok(found.unwrap_or(1))
}

pub(crate) fn known_intent(
    sql: &Connection,
    kiosk: KioskId,
    id: IntentId,
) -> Result<Option<KnownIntent>, StoreError> {
    Ok(sql
        .prepare_cached("SELECT sha256 FROM intent WHERE kiosk = ?1 AND id = ?2")?
        .query_row((kiosk.0.as_bytes(), id.0.as_bytes()), |row| {
            Ok(KnownIntent {
                sha256: row.get(0)?,
            })
        })
        .optional()?)
}

/// The intent that came under a number of a journal.
pub(crate) fn holder_of_number(
    sql: &Connection,
    kiosk: KioskId,
    journal: JournalId,
    number: u64,
) -> Result<Option<IntentId>, StoreError> {
    Ok(sql
        .prepare_cached("SELECT id FROM intent WHERE kiosk = ?1 AND journal = ?2 AND number = ?3")?
        .query_row((kiosk.0.as_bytes(), journal.0.as_bytes(), number), |row| {
            super::records::uuid(row, 0).map(IntentId)
        })
        .optional()?)
}

impl Tx<'_> {
    pub(crate) fn expect_number(
        &mut self,
        kiosk: KioskId,
        journal: JournalId,
        number: u64,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO journal (kiosk, id, expected) VALUES (?1, ?2, ?3)
                 ON CONFLICT (kiosk, id) DO UPDATE SET expected = excluded.expected",
            )?
            .execute((kiosk.0.as_bytes(), journal.0.as_bytes(), number))?;
        Ok(())
    }

    /// Remembers an intent and its answer (R16, R18).
    pub(crate) fn keep_intent(
        &mut self,
        (kiosk, journal): (KioskId, JournalId),
        (id, number): (IntentId, u64),
        sha256: [u8; 32],
        outcome: &str,
        now: UtcMillis,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO intent (kiosk, id, journal, number, sha256, outcome, taken_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute((
                kiosk.0.as_bytes(),
                id.0.as_bytes(),
                journal.0.as_bytes(),
                number,
                sha256,
                outcome,
                now.0,
            ))?;
        Ok(())
    }
}
