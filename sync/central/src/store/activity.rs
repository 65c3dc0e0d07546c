use dayroom_protocol::{IntentId, KioskId, ResidentId, UtcMillis};
use rusqlite::Connection;
use uuid::Uuid;

use super::records::uuid;
use super::{StoreError, Tx};

/// A line of what kiosks did.
pub(crate) struct ActivityRow {
    pub(crate) number: u64,
    pub(crate) kiosk: KioskId,
    pub(crate) kiosk_label: String,
    pub(crate) resident: Option<ResidentId>,
    pub(crate) intent: Option<IntentId>,
    pub(crate) made_at: UtcMillis,
    pub(crate) taken_at: UtcMillis,
    /// As JSON.
    pub(crate) deed: String,
}

pub(crate) fn activity_after(
    sql: &Connection,
    after: u64,
    limit: usize,
) -> Result<Vec<ActivityRow>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT activity.number, activity.kiosk, kiosk.label, activity.resident, activity.intent,
                activity.made_at, activity.taken_at, activity.deed
         FROM activity JOIN kiosk ON kiosk.id = activity.kiosk
         WHERE activity.number > ?1
         ORDER BY activity.number
         LIMIT ?2",
    )?;
    let rows = statement.query_map((after, limit), |row| {
        let id = |column| {
            Ok::<_, rusqlite::Error>(
                row.get::<_, Option<[u8; 16]>>(column)?
                    .map(Uuid::from_bytes),
            )
        };
        Ok(ActivityRow {
            number: row.get(0)?,
            kiosk: KioskId(uuid(row, 1)?),
            kiosk_label: row.get(2)?,
            resident: id(3)?.map(ResidentId),
            intent: id(4)?.map(IntentId),
            made_at: UtcMillis(row.get(5)?),
            taken_at: UtcMillis(row.get(6)?),
            deed: row.get(7)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Tx<'_> {
    pub(crate) fn append_activity(
        &mut self,
        kiosk: KioskId,
        (resident, intent): (Option<ResidentId>, Option<IntentId>),
        (made_at, taken_at): (UtcMillis, UtcMillis),
        deed: &str,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO activity (kiosk, resident, intent, made_at, taken_at, deed)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                kiosk.0.as_bytes(),
                resident.as_ref().map(|id| id.0.as_bytes()),
                intent.as_ref().map(|id| id.0.as_bytes()),
                made_at.0,
                taken_at.0,
                deed,
            ))?;
        Ok(())
    }
}
