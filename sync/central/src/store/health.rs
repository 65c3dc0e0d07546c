use dayroom_protocol::{HealthReport, KioskId, UtcMillis};
use rusqlite::{Connection, OptionalExtension};

use super::records::uuid;
use super::{StoreError, Tx};
use crate::rules::HealthChange;

/// Changes kept of each kiosk: a month of a kiosk that changes twenty times a day, and a bound for
/// one that flaps.
const HISTORY_KEPT: u32 = 600;

/// The newest report of a kiosk.
pub(crate) struct HealthRow {
    pub(crate) kiosk: KioskId,
    pub(crate) taken_at: UtcMillis,
    pub(crate) report: HealthReport,
}

/// A line of a kiosk's history.
pub(crate) struct HealthChangeRow {
    pub(crate) number: u64,
    pub(crate) at: UtcMillis,
    pub(crate) change: HealthChange,
}

pub(crate) fn health(sql: &Connection, kiosk: KioskId) -> Result<Option<HealthRow>, StoreError> {
    let found: Option<(i64, String)> = sql
        .prepare_cached("SELECT taken_at, report FROM health WHERE kiosk = ?1")?
        .query_row([kiosk.0.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    found
        .map(|(taken_at, report)| {
            Ok(HealthRow {
                kiosk,
                taken_at: UtcMillis(taken_at),
                report: serde_json::from_str(&report)?,
            })
        })
        .transpose()
}

pub(crate) fn health_of_all(sql: &Connection) -> Result<Vec<HealthRow>, StoreError> {
    let mut statement = sql.prepare_cached("SELECT kiosk, taken_at, report FROM health")?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let report: String = row.get(2)?;
        all.push(HealthRow {
            kiosk: KioskId(uuid(row, 0)?),
            taken_at: UtcMillis(row.get(1)?),
            report: serde_json::from_str(&report)?,
        });
    }
    Ok(all)
}

/// The newest changes of a kiosk, the newest first.
pub(crate) fn health_changes(
    sql: &Connection,
    kiosk: KioskId,
    limit: usize,
) -> Result<Vec<HealthChangeRow>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT number, at, change FROM health_change
         WHERE kiosk = ?1
         ORDER BY number DESC
         LIMIT ?2",
    )?;
    let mut rows = statement.query((kiosk.0.as_bytes(), limit))?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let change: String = row.get(2)?;
        all.push(HealthChangeRow {
            number: row.get(0)?,
            at: UtcMillis(row.get(1)?),
            change: serde_json::from_str(&change)?,
        });
    }
    Ok(all)
}

impl Tx<'_> {
    /// Keeps a report in place of the one before, and what has changed since that.
    pub(crate) fn note_health(
        &mut self,
        kiosk: KioskId,
        now: UtcMillis,
        report: &HealthReport,
        changes: &[HealthChange],
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO health (kiosk, taken_at, report) VALUES (?1, ?2, ?3)
                 ON CONFLICT (kiosk)
                 DO UPDATE SET taken_at = excluded.taken_at, report = excluded.report",
            )?
            .execute((kiosk.0.as_bytes(), now.0, serde_json::to_string(report)?))?;
        if changes.is_empty() {
            return Ok(());
        }
        for change in changes {
            self.sql
                .prepare_cached(
                    "INSERT INTO health_change (kiosk, at, change) VALUES (?1, ?2, ?3)",
                )?
                .execute((kiosk.0.as_bytes(), now.0, serde_json::to_string(change)?))?;
        }
        self.sql
            .prepare_cached(
                "DELETE FROM health_change
                 WHERE kiosk = ?1 AND number <= (
                   SELECT number FROM health_change
                   WHERE kiosk = ?1
                   ORDER BY number DESC
                   LIMIT 1 OFFSET ?2)",
            )?
            .execute((kiosk.0.as_bytes(), HISTORY_KEPT))?;
        Ok(())
    }
}
