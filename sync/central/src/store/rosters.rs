//! Rosters that were put in force, each with the one before it.

use dayroom_audit::Hash;
use dayroom_protocol::{FacilityId, UtcMillis};
use rusqlite::{Connection, OptionalExtension, Row};

use super::{StoreError, Tx};

/// Rosters of a facility that can be looked up and undone; older ones go.
const KEPT: u64 = 100;

/// A roster that was put in force.
pub(crate) struct RosterChangeRow {
    pub(crate) number: u64,
    pub(crate) at: UtcMillis,
    pub(crate) what: String,
    pub(crate) undone_by: Option<u64>,
    /// Arrived, moved, renamed, departed.
    pub(crate) counts: [u64; 4],
    /// The roster before it, as JSON.
    pub(crate) before: String,
    /// The roster after it.
    pub(crate) after: Hash,
}

const CHANGE: &str =
    "SELECT number, at, what, undone_by, arrived, moved, renamed, departed, before,
       after_sha256
     FROM roster_change";

impl RosterChangeRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get(0)?,
            at: UtcMillis(row.get(1)?),
            what: row.get(2)?,
            undone_by: row.get(3)?,
            counts: [row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?],
            before: row.get(8)?,
            after: Hash(row.get(9)?),
        })
    }
}

/// The rosters of a facility, the newest first.
pub(crate) fn roster_changes(
    sql: &Connection,
    facility: FacilityId,
) -> Result<Vec<RosterChangeRow>, StoreError> {
    let mut statement = sql.prepare_cached(&format!(
        "{CHANGE} WHERE facility = ?1 ORDER BY number DESC"
    ))?;
    let rows = statement.query_map([facility.0.as_bytes()], RosterChangeRow::read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The newest roster that was neither undone nor is an undo.
pub(crate) fn roster_to_undo(
    sql: &Connection,
    facility: FacilityId,
) -> Result<Option<RosterChangeRow>, StoreError> {
    Ok(sql
        .prepare_cached(&format!(
            "{CHANGE} WHERE facility = ?1 AND what <> 'undo' AND undone_by IS NULL
             ORDER BY number DESC LIMIT 1"
        ))?
        .query_row([facility.0.as_bytes()], RosterChangeRow::read)
        .optional()?)
}

impl Tx<'_> {
    /// Keeps what was put in force under the next number of the facility, and says which that is.
    pub(crate) fn keep_roster_change(
        &mut self,
        facility: FacilityId,
        change: &RosterChangeRow,
    ) -> Result<u64, StoreError> {
        let number: u64 = self
            .sql
            .prepare_cached(
                "SELECT ifnull(max(number), 0) + 1 FROM roster_change WHERE facility = ?1",
            )?
            .query_row([facility.0.as_bytes()], |row| row.get(0))?;
        let [arrived, moved, renamed, departed] = change.counts;
        self.sql
            .prepare_cached(
                "INSERT INTO roster_change
                   (facility, number, at, what, arrived, moved, renamed, departed, before,
                    after_sha256)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute((
                facility.0.as_bytes(),
                number,
                change.at.0,
                &change.what,
                arrived,
                moved,
                renamed,
                departed,
                &change.before,
                change.after.0,
            ))?;
        self.sql
            .prepare_cached("DELETE FROM roster_change WHERE facility = ?1 AND number + ?2 <= ?3")?
            .execute((facility.0.as_bytes(), KEPT, number))?;
        Ok(number)
    }

    pub(crate) fn note_roster_undone(
        &mut self,
        facility: FacilityId,
        number: u64,
        by: u64,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE roster_change SET undone_by = ?3 WHERE facility = ?1 AND number = ?2",
            )?
            .execute((facility.0.as_bytes(), number, by))?;
        Ok(())
    }
}
