use dayroom_protocol::{FacilityId, Kind, KioskId, ResidentId, UnitId, UtcMillis};
use rusqlite::{Connection, OptionalExtension, Row};

use super::records::{kind_number, uuid};
use super::{Audience, StoreError, Tx};

/// A person central knows; without a unit they are on no roster.
pub(crate) struct ResidentRow {
    pub(crate) id: ResidentId,
    pub(crate) facility: FacilityId,
    pub(crate) number: String,
    pub(crate) unit: Option<UnitId>,
    /// Their roster line as JSON.
    pub(crate) body: String,
}

const RESIDENT: &str = "SELECT id, facility, number, unit, body FROM resident";

impl ResidentRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: ResidentId(uuid(row, 0)?),
            facility: FacilityId(uuid(row, 1)?),
            number: row.get(2)?,
            unit: row
                .get::<_, Option<[u8; 16]>>(3)?
                .map(|bytes| UnitId(uuid::Uuid::from_bytes(bytes))),
            body: row.get(4)?,
        })
    }
}

pub(crate) fn resident(
    sql: &Connection,
    id: ResidentId,
) -> Result<Option<ResidentRow>, StoreError> {
    Ok(sql
        .prepare_cached(&format!("{RESIDENT} WHERE id = ?1"))?
        .query_row([id.0.as_bytes()], ResidentRow::read)
        .optional()?)
}

pub(crate) fn resident_by_number(
    sql: &Connection,
    facility: FacilityId,
    number: &str,
) -> Result<Option<ResidentRow>, StoreError> {
    Ok(sql
        .prepare_cached(&format!("{RESIDENT} WHERE facility = ?1 AND number = ?2"))?
        .query_row((facility.0.as_bytes(), number), ResidentRow::read)
        .optional()?)
}

pub(crate) fn residents(
    sql: &Connection,
    facility: FacilityId,
) -> Result<Vec<ResidentRow>, StoreError> {
    let mut statement =
        sql.prepare_cached(&format!("{RESIDENT} WHERE facility = ?1 ORDER BY number"))?;
    let rows = statement.query_map([facility.0.as_bytes()], ResidentRow::read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The latest sign-in and the failed tries since, also of those who never signed in.
pub(crate) fn sign_in(sql: &Connection, id: ResidentId) -> Result<Option<String>, StoreError> {
    Ok(sql
        .prepare_cached("SELECT body FROM sign_in WHERE resident = ?1")?
        .query_row([id.0.as_bytes()], |row| row.get(0))
        .optional()?)
}

/// Forgets that a kiosk has yet to acknowledge: kiosk, resident, version.
pub(crate) fn pending_forgets(
    sql: &Connection,
) -> Result<Vec<(KioskId, ResidentId, u64)>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT kiosk.id, record.id, record.version
         FROM record
         JOIN kiosk ON kiosk.unit = record.scope
         WHERE record.kind = ?1 AND record.version > kiosk.arrived
           AND kiosk.retired_at IS NULL
           AND NOT EXISTS (
             SELECT 1 FROM forgotten
             WHERE forgotten.kiosk = kiosk.id AND forgotten.resident = record.id
               AND forgotten.version = record.version)
         ORDER BY record.version, kiosk.id",
    )?;
    let rows = statement.query_map([kind_number(Kind::Forget)], |row| {
        Ok((
            KioskId(uuid(row, 0)?),
            ResidentId(uuid(row, 1)?),
            row.get(2)?,
        ))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Tx<'_> {
    pub(crate) fn insert_resident(
        &mut self,
        id: ResidentId,
        facility: FacilityId,
        number: &str,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO resident (id, facility, number, unit, arrived, body)
                 VALUES (?1, ?2, ?3, NULL, 0, '')",
            )?
            .execute((id.0.as_bytes(), facility.0.as_bytes(), number))?;
        Ok(())
    }

    /// Puts a person on the roster of `unit` with their line. The arrival is the commit of the
    /// line, so that it is the last of what they arrive with.
    pub(crate) fn arrive(
        &mut self,
        id: ResidentId,
        unit: UnitId,
        body: &str,
    ) -> Result<(), StoreError> {
        let arrived = self.next_commit();
        self.sql
            .prepare_cached("UPDATE resident SET unit = ?2, arrived = ?3, body = ?4 WHERE id = ?1")?
            .execute((id.0.as_bytes(), unit.0.as_bytes(), arrived, body))?;
        self.put_as(
            arrived,
            Kind::Resident,
            id.into(),
            Audience::Resident(id),
            body,
        )
    }

    /// Takes a person off the roster of `unit`, whose kiosks are told to forget them.
    pub(crate) fn depart(&mut self, id: ResidentId, unit: UnitId) -> Result<(), StoreError> {
        self.put(Kind::Forget, id, Audience::Unit(unit), "{}")?;
        self.sql
            .prepare_cached("UPDATE resident SET unit = NULL WHERE id = ?1")?
            .execute([id.0.as_bytes()])?;
        Ok(())
    }

    /// Changes the roster line of somebody who stays where they are.
    pub(crate) fn rewrite_resident(
        &mut self,
        id: ResidentId,
        body: &str,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE resident SET body = ?2 WHERE id = ?1")?
            .execute((id.0.as_bytes(), body))?;
        self.put(Kind::Resident, id, Audience::Resident(id), body)?;
        Ok(())
    }

    pub(crate) fn save_sign_in(&mut self, id: ResidentId, body: &str) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO sign_in (resident, body) VALUES (?1, ?2)
                 ON CONFLICT (resident) DO UPDATE SET body = excluded.body",
            )?
            .execute((id.0.as_bytes(), body))?;
        Ok(())
    }

    /// Notes that a kiosk carried out a forget; says whether there is such a forget.
    pub(crate) fn note_forgotten(
        &mut self,
        kiosk: KioskId,
        resident: ResidentId,
        version: u64,
        now: UtcMillis,
    ) -> Result<bool, StoreError> {
        let noted = self
            .sql
            .prepare_cached(
                "INSERT OR IGNORE INTO forgotten (kiosk, resident, version, taken_at)
                 SELECT ?1, record.id, record.version, ?4 FROM record
                 WHERE record.kind = ?5 AND record.id = ?2 AND record.version = ?3",
            )?
            .execute((
                kiosk.0.as_bytes(),
                resident.0.as_bytes(),
                version,
                now.0,
                kind_number(Kind::Forget),
            ))?;
        Ok(noted > 0)
    }
}
