use dayroom_protocol::{NoticeId, ResidentId, UtcMillis};
use rusqlite::Connection;

use super::records::uuid;
use super::{KioskRow, StoreError, Tx};

/// Somebody's receipt of a notice.
pub(crate) struct AcknowledgedRow {
    pub(crate) resident: ResidentId,
    pub(crate) version: u32,
    pub(crate) kiosk_label: String,
    pub(crate) read_at: UtcMillis,
}

/// The receipts of a notice, each resident's newest version first.
pub(crate) fn acknowledged(
    sql: &Connection,
    notice: NoticeId,
) -> Result<Vec<AcknowledgedRow>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT acknowledged.resident, acknowledged.version, kiosk.label, acknowledged.read_at
         FROM acknowledged JOIN kiosk ON kiosk.id = acknowledged.kiosk
         WHERE acknowledged.notice = ?1
         ORDER BY acknowledged.resident, acknowledged.version DESC",
    )?;
    let rows = statement.query_map([notice.0.as_bytes()], |row| {
        Ok(AcknowledgedRow {
            resident: ResidentId(uuid(row, 0)?),
            version: row.get(1)?,
            kiosk_label: row.get(2)?,
            read_at: UtcMillis(row.get(3)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Tx<'_> {
    /// Keeps the first receipt of each version.
    pub(crate) fn keep_acknowledged(
        &mut self,
        (notice, version): (NoticeId, u32),
        resident: ResidentId,
        kiosk: &KioskRow,
        (read_at, now): (UtcMillis, UtcMillis),
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT OR IGNORE INTO acknowledged
                   (notice, resident, version, kiosk, read_at, taken_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                notice.0.as_bytes(),
                resident.0.as_bytes(),
                version,
                kiosk.id.0.as_bytes(),
                read_at.0,
                now.0,
            ))?;
        Ok(())
    }
}
