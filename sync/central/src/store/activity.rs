use dayroom_audit::{Event, Hash};
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

impl ActivityRow {
    /// What central's audit holds of the line, so that it cannot be changed without being seen. The
    /// kiosk's label is another table's.
    pub(crate) fn hash(&self) -> Hash {
        let id = |id: Option<Uuid>| id.unwrap_or_default().into_bytes();
        let mut bytes = Vec::with_capacity(96 + self.deed.len());
        bytes.extend_from_slice(&self.number.to_be_bytes());
        bytes.extend_from_slice(self.kiosk.0.as_bytes());
        bytes.extend_from_slice(&id(self.resident.map(|id| id.0)));
        bytes.extend_from_slice(&id(self.intent.map(|id| id.0)));
        bytes.extend_from_slice(&self.made_at.0.to_be_bytes());
        bytes.extend_from_slice(&self.taken_at.0.to_be_bytes());
        bytes.extend_from_slice(self.deed.as_bytes());
        Hash::of(&bytes)
    }
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
        event: fn(Uuid, u64, Hash) -> Event,
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
        let number = u64::try_from(self.sql.last_insert_rowid()).unwrap_or_default();
        let row = ActivityRow {
            number,
            kiosk,
            kiosk_label: String::new(),
            resident,
            intent,
            made_at,
            taken_at,
            deed: deed.to_owned(),
        };
        self.audit(event(kiosk.0, number, row.hash()), taken_at)
    }
}
