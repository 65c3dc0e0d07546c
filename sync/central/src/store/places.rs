use std::collections::BTreeSet;

use dayroom_protocol::{FacilityId, KioskId, UnitId, UtcMillis};
use rusqlite::{Connection, OptionalExtension, Row};

use super::records::uuid;
use super::{Audience, StoreError, Tx};

/// Central's own row.
pub(crate) struct CentralState {
    pub(crate) epoch: String,
    pub(crate) last_commit: u64,
}

/// A facility.
pub(crate) struct FacilityRow {
    pub(crate) id: FacilityId,
    pub(crate) name: String,
    pub(crate) time_zone: String,
    pub(crate) pin_digits: u8,
}

/// A unit.
pub(crate) struct UnitRow {
    pub(crate) id: UnitId,
    pub(crate) facility: FacilityId,
    pub(crate) name: String,
}

/// A kiosk and where it hangs.
#[derive(Clone)]
pub(crate) struct KioskRow {
    pub(crate) id: KioskId,
    pub(crate) unit: UnitId,
    pub(crate) facility: FacilityId,
    pub(crate) label: String,
    pub(crate) arrived: u64,
    pub(crate) retired_at: Option<UtcMillis>,
    pub(crate) cursor: String,
    pub(crate) contact_at: Option<UtcMillis>,
    pub(crate) quarantined: u32,
}

const KIOSK: &str = "SELECT kiosk.id, kiosk.unit, unit.facility, kiosk.label, kiosk.arrived,
    kiosk.retired_at, kiosk.cursor, kiosk.contact_at, kiosk.quarantined
    FROM kiosk JOIN unit ON unit.id = kiosk.unit";

impl KioskRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: KioskId(uuid(row, 0)?),
            unit: UnitId(uuid(row, 1)?),
            facility: FacilityId(uuid(row, 2)?),
            label: row.get(3)?,
            arrived: row.get(4)?,
            retired_at: row.get::<_, Option<i64>>(5)?.map(UtcMillis),
            cursor: row.get(6)?,
            contact_at: row.get::<_, Option<i64>>(7)?.map(UtcMillis),
            quarantined: row.get(8)?,
        })
    }
}

pub(crate) fn central_state(sql: &Connection) -> Result<Option<CentralState>, StoreError> {
    Ok(sql
        .prepare_cached("SELECT epoch, last_commit FROM central")?
        .query_row([], |row| {
            Ok(CentralState {
                epoch: row.get(0)?,
                last_commit: row.get(1)?,
            })
        })
        .optional()?)
}

fn read_facility(row: &Row<'_>) -> rusqlite::Result<FacilityRow> {
    Ok(FacilityRow {
        id: FacilityId(uuid(row, 0)?),
        name: row.get(1)?,
        time_zone: row.get(2)?,
        pin_digits: row.get(3)?,
    })
}

pub(crate) fn facility(
    sql: &Connection,
    id: FacilityId,
) -> Result<Option<FacilityRow>, StoreError> {
    Ok(sql
        .prepare_cached("SELECT id, name, time_zone, pin_digits FROM facility WHERE id = ?1")?
        .query_row([id.0.as_bytes()], read_facility)
        .optional()?)
}

pub(crate) fn facilities(sql: &Connection) -> Result<Vec<FacilityRow>, StoreError> {
    let mut statement =
        sql.prepare_cached("SELECT id, name, time_zone, pin_digits FROM facility ORDER BY name")?;
    let rows = statement.query_map([], read_facility)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read_unit(row: &Row<'_>) -> rusqlite::Result<UnitRow> {
    Ok(UnitRow {
        id: UnitId(uuid(row, 0)?),
        facility: FacilityId(uuid(row, 1)?),
        name: row.get(2)?,
    })
}

pub(crate) fn unit(sql: &Connection, id: UnitId) -> Result<Option<UnitRow>, StoreError> {
    Ok(sql
        .prepare_cached("SELECT id, facility, name FROM unit WHERE id = ?1")?
        .query_row([id.0.as_bytes()], read_unit)
        .optional()?)
}

pub(crate) fn units(sql: &Connection, facility: FacilityId) -> Result<Vec<UnitRow>, StoreError> {
    let mut statement = sql
        .prepare_cached("SELECT id, facility, name FROM unit WHERE facility = ?1 ORDER BY name")?;
    let rows = statement.query_map([facility.0.as_bytes()], read_unit)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn kiosk(sql: &Connection, id: KioskId) -> Result<Option<KioskRow>, StoreError> {
    Ok(sql
        .prepare_cached(&format!("{KIOSK} WHERE kiosk.id = ?1"))?
        .query_row([id.0.as_bytes()], KioskRow::read)
        .optional()?)
}

pub(crate) fn kiosks(sql: &Connection) -> Result<Vec<KioskRow>, StoreError> {
    let mut statement = sql.prepare_cached(&format!("{KIOSK} ORDER BY kiosk.label, kiosk.id"))?;
    let rows = statement.query_map([], KioskRow::read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The kiosks in service that see any of these now.
pub(super) fn kiosks_seeing(
    sql: &Connection,
    touched: &BTreeSet<Audience>,
) -> Result<BTreeSet<KioskId>, StoreError> {
    let mut seeing = BTreeSet::new();
    for audience in touched {
        let found = match audience {
            Audience::Kiosk(kiosk) => {
                seeing.insert(*kiosk);
                continue;
            }
            Audience::Unit(_) => "SELECT id FROM kiosk WHERE unit = ?1 AND retired_at IS NULL",
            Audience::Facility(_) => {
                "SELECT kiosk.id FROM unit JOIN kiosk ON kiosk.unit = unit.id
                 WHERE unit.facility = ?1 AND kiosk.retired_at IS NULL"
            }
            Audience::Resident(_) => {
                "SELECT kiosk.id FROM resident JOIN kiosk ON kiosk.unit = resident.unit
                 WHERE resident.id = ?1 AND kiosk.retired_at IS NULL"
            }
        };
        let mut statement = sql.prepare_cached(found)?;
        let mut rows = statement.query([audience.key().as_bytes()])?;
        while let Some(row) = rows.next()? {
            seeing.insert(KioskId(uuid(row, 0)?));
        }
    }
    Ok(seeing)
}

impl Tx<'_> {
    pub(crate) fn set_central_epoch(&mut self, epoch: &str) -> Result<(), StoreError> {
        self.sql.execute(
            "INSERT INTO central (one, epoch, last_commit) VALUES (1, ?1, 0)
             ON CONFLICT (one) DO UPDATE SET epoch = excluded.epoch",
            [epoch],
        )?;
        Ok(())
    }

    pub(crate) fn insert_facility(&mut self, row: &FacilityRow) -> Result<(), StoreError> {
        self.sql.execute(
            "INSERT INTO facility (id, name, time_zone, pin_digits) VALUES (?1, ?2, ?3, ?4)",
            (
                row.id.0.as_bytes(),
                &row.name,
                &row.time_zone,
                row.pin_digits,
            ),
        )?;
        Ok(())
    }

    pub(crate) fn insert_unit(&mut self, row: &UnitRow) -> Result<(), StoreError> {
        self.sql.execute(
            "INSERT INTO unit (id, facility, name) VALUES (?1, ?2, ?3)",
            (row.id.0.as_bytes(), row.facility.0.as_bytes(), &row.name),
        )?;
        Ok(())
    }

    pub(crate) fn insert_kiosk(
        &mut self,
        id: KioskId,
        unit: UnitId,
        label: &str,
    ) -> Result<(), StoreError> {
        let arrived = self.next_commit();
        self.sql.execute(
            "INSERT INTO kiosk (id, unit, label, arrived) VALUES (?1, ?2, ?3, ?4)",
            (id.0.as_bytes(), unit.0.as_bytes(), label, arrived),
        )?;
        Ok(())
    }

    /// Hangs a kiosk into a unit, which begins a new life of its feed.
    pub(crate) fn place_kiosk(&mut self, id: KioskId, unit: UnitId) -> Result<(), StoreError> {
        let arrived = self.next_commit();
        self.sql.execute(
            "UPDATE kiosk SET unit = ?2, arrived = ?3, cursor = '' WHERE id = ?1",
            (id.0.as_bytes(), unit.0.as_bytes(), arrived),
        )?;
        self.touch(Audience::Kiosk(id));
        Ok(())
    }

    pub(crate) fn retire_kiosk(&mut self, id: KioskId, now: UtcMillis) -> Result<(), StoreError> {
        self.sql.execute(
            "UPDATE kiosk SET retired_at = coalesce(retired_at, ?2) WHERE id = ?1",
            (id.0.as_bytes(), now.0),
        )?;
        // It pulls once more and hears that it is out of service.
        self.touch(Audience::Kiosk(id));
        Ok(())
    }

    pub(crate) fn note_contact(
        &mut self,
        id: KioskId,
        cursor: &str,
        now: UtcMillis,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE kiosk SET cursor = ?2, contact_at = ?3 WHERE id = ?1")?
            .execute((id.0.as_bytes(), cursor, now.0))?;
        Ok(())
    }

    pub(crate) fn note_quarantined(&mut self, id: KioskId, count: u32) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE kiosk SET quarantined = ?2 WHERE id = ?1")?
            .execute((id.0.as_bytes(), count))?;
        Ok(())
    }

    /// The next number of a message in a facility (R22).
    pub(crate) fn next_message_number(&mut self, facility: FacilityId) -> Result<u64, StoreError> {
        Ok(self
            .sql
            .prepare_cached(
                "UPDATE facility SET last_message = last_message + 1 WHERE id = ?1
                 RETURNING last_message",
            )?
            .query_row([facility.0.as_bytes()], |row| row.get(0))?)
    }
}
