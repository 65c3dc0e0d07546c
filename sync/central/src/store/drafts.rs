use dayroom_protocol::{DraftId, FacilityId, JournalId, KioskId, ResidentId};
use rusqlite::{Connection, OptionalExtension};

use super::records::uuid;
use super::{StoreError, Tx};

/// What central keeps of a draft beside its record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct DraftRow {
    pub(crate) id: DraftId,
    pub(crate) resident: ResidentId,
    /// Neither sent nor thrown away.
    pub(crate) live: bool,
    /// Of the facility's draft key.
    pub(crate) generation: u32,
    /// Whose journal made all revisions after `base`.
    pub(crate) by: (KioskId, JournalId),
    pub(crate) base: u64,
}

pub(crate) fn draft(sql: &Connection, id: DraftId) -> Result<Option<DraftRow>, StoreError> {
    Ok(sql
        .prepare_cached(
            "SELECT id, resident, live, generation, kiosk, journal, base FROM draft WHERE id = ?1",
        )?
        .query_row([id.0.as_bytes()], |row| {
            Ok(DraftRow {
                id: DraftId(uuid(row, 0)?),
                resident: ResidentId(uuid(row, 1)?),
                live: row.get(2)?,
                generation: row.get(3)?,
                by: (KioskId(uuid(row, 4)?), JournalId(uuid(row, 5)?)),
                base: row.get(6)?,
            })
        })
        .optional()?)
}

/// How many drafts somebody has that are neither sent nor thrown away.
pub(crate) fn live_drafts(sql: &Connection, resident: ResidentId) -> Result<usize, StoreError> {
    Ok(sql
        .prepare_cached("SELECT count(*) FROM draft WHERE resident = ?1 AND live = 1")?
        .query_row([resident.0.as_bytes()], |row| row.get(0))?)
}

/// Live drafts of a facility: all, and those sealed under this generation of its key.
pub(crate) fn drafts_of_facility(
    sql: &Connection,
    facility: FacilityId,
    generation: u32,
) -> Result<(usize, usize), StoreError> {
    Ok(sql
        .prepare_cached(
            "SELECT count(*), count(*) FILTER (WHERE draft.generation = ?2)
             FROM draft JOIN resident ON resident.id = draft.resident
             WHERE resident.facility = ?1 AND draft.live = 1",
        )?
        .query_row((facility.0.as_bytes(), generation), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?)
}

/// Where the saves of a journal go that were made from this revision.
pub(crate) fn draft_copy(
    sql: &Connection,
    original: DraftId,
    (kiosk, journal): (KioskId, JournalId),
    based_on: u64,
) -> Result<Option<DraftId>, StoreError> {
    Ok(sql
        .prepare_cached(
            "SELECT copy FROM draft_copy
             WHERE original = ?1 AND kiosk = ?2 AND journal = ?3 AND based_on = ?4",
        )?
        .query_row(
            (
                original.0.as_bytes(),
                kiosk.0.as_bytes(),
                journal.0.as_bytes(),
                based_on,
            ),
            |row| uuid(row, 0).map(DraftId),
        )
        .optional()?)
}

/// Whether saves of this journal went beside the original.
pub(crate) fn has_draft_copies(
    sql: &Connection,
    original: DraftId,
    (kiosk, journal): (KioskId, JournalId),
) -> Result<bool, StoreError> {
    Ok(sql
        .prepare_cached(
            "SELECT EXISTS (
               SELECT 1 FROM draft_copy WHERE original = ?1 AND kiosk = ?2 AND journal = ?3)",
        )?
        .query_row(
            (
                original.0.as_bytes(),
                kiosk.0.as_bytes(),
                journal.0.as_bytes(),
            ),
            |row| row.get(0),
        )?)
}

impl Tx<'_> {
    pub(crate) fn keep_draft(&mut self, row: &DraftRow) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO draft (id, resident, live, generation, kiosk, journal, base)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (id) DO UPDATE SET
                   live = excluded.live, generation = excluded.generation,
                   kiosk = excluded.kiosk, journal = excluded.journal, base = excluded.base",
            )?
            .execute((
                row.id.0.as_bytes(),
                row.resident.0.as_bytes(),
                row.live,
                row.generation,
                row.by.0.0.as_bytes(),
                row.by.1.0.as_bytes(),
                row.base,
            ))?;
        Ok(())
    }

    pub(crate) fn keep_draft_copy(
        &mut self,
        original: DraftId,
        (kiosk, journal): (KioskId, JournalId),
        based_on: u64,
        copy: DraftId,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO draft_copy (original, kiosk, journal, based_on, copy)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (original, kiosk, journal, based_on)
                 DO UPDATE SET copy = excluded.copy",
            )?
            .execute((
                original.0.as_bytes(),
                kiosk.0.as_bytes(),
                journal.0.as_bytes(),
                based_on,
                copy.0.as_bytes(),
            ))?;
        Ok(())
    }
}
