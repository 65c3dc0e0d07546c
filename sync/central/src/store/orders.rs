//! Operators' keys, and the orders that kiosks were given.

use dayroom_protocol::{
    BatchId, Kind, KioskId, OperatorPublicKey, OrderId, OrderOutcome, RecordId, ResidentId,
    SignedKeySet, UnitId, UtcMillis,
};
use rusqlite::{Connection, OptionalExtension, Row};
use uuid::Uuid;

use super::records::{kind_number, uuid};
use super::{Audience, StoreError, Tx};

/// A key set as it goes to kiosks.
pub(crate) struct KeySetRow {
    pub(crate) version: u32,
    pub(crate) record: Uuid,
    pub(crate) signed: SignedKeySet,
}

/// An order and what is known of it.
pub(crate) struct OrderRow {
    pub(crate) id: OrderId,
    pub(crate) kiosk: KioskId,
    pub(crate) number: u64,
    pub(crate) batch: BatchId,
    pub(crate) what: String,
    pub(crate) resident: Option<ResidentId>,
    pub(crate) signers: Vec<OperatorPublicKey>,
    pub(crate) issued: UtcMillis,
    pub(crate) expires: UtcMillis,
    pub(crate) given_at: UtcMillis,
    pub(crate) version: u64,
    pub(crate) is_void: bool,
    pub(crate) outcome: Option<OrderOutcome>,
    pub(crate) heard_at: Option<UtcMillis>,
}

/// What a kiosk says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct KioskMark {
    pub(crate) mark: u64,
    pub(crate) key_set: u32,
}

const COLUMNS: &str =
    "id, kiosk, number, batch, what, resident, signers, issued, expires, given_at,
    version, void, outcome, heard_at";

/// Every key set, the first one first.
pub(crate) fn key_sets(sql: &Connection) -> Result<Vec<KeySetRow>, StoreError> {
    let mut statement =
        sql.prepare_cached("SELECT version, record, signed FROM key_set ORDER BY version")?;
    let rows = statement.query_map([], |row| {
        Ok((row.get(0)?, uuid(row, 1)?, row.get::<_, String>(2)?))
    })?;
    rows.map(|row| {
        let (version, record, signed) = row?;
        Ok(KeySetRow {
            version,
            record,
            signed: serde_json::from_str(&signed)?,
        })
    })
    .collect()
}

/// The orders of a kiosk, a batch or everybody, the newest first.
pub(crate) fn orders(
    sql: &Connection,
    of: OrdersOf,
    most: usize,
) -> Result<Vec<OrderRow>, StoreError> {
    let (filter, key) = match of {
        OrdersOf::Everybody => ("?1 IS NULL", None),
        OrdersOf::Kiosk(kiosk) => ("kiosk = ?1", Some(kiosk.0)),
        OrdersOf::Batch(batch) => ("batch = ?1", Some(batch.0)),
        OrdersOf::One(order) => ("id = ?1", Some(order.0)),
    };
    let query = format!(
        "SELECT {COLUMNS} FROM kiosk_order WHERE {filter} ORDER BY version DESC, number DESC LIMIT ?2"
    );
    let mut statement = sql.prepare_cached(&query)?;
    let key = key.as_ref().map(Uuid::as_bytes);
    let mut rows = statement.query((key, i64::try_from(most).unwrap_or(i64::MAX)))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read_order(row)?);
    }
    Ok(found)
}

/// Whose orders.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OrdersOf {
    Everybody,
    Kiosk(KioskId),
    Batch(BatchId),
    One(OrderId),
}

fn read_order(row: &Row<'_>) -> Result<OrderRow, StoreError> {
    let outcome: Option<String> = row.get(12)?;
    let resident: Option<[u8; 16]> = row.get(5)?;
    Ok(OrderRow {
        id: OrderId(uuid(row, 0)?),
        kiosk: KioskId(uuid(row, 1)?),
        number: row.get(2)?,
        batch: BatchId(uuid(row, 3)?),
        what: row.get(4)?,
        resident: resident.map(|bytes| ResidentId(Uuid::from_bytes(bytes))),
        signers: serde_json::from_str(&row.get::<_, String>(6)?)?,
        issued: UtcMillis(row.get(7)?),
        expires: UtcMillis(row.get(8)?),
        given_at: UtcMillis(row.get(9)?),
        version: row.get(10)?,
        is_void: row.get(11)?,
        outcome: outcome
            .map(|outcome| serde_json::from_str(&outcome))
            .transpose()?,
        heard_at: row.get::<_, Option<i64>>(13)?.map(UtcMillis),
    })
}

/// What a kiosk has said of itself.
pub(crate) fn kiosk_mark(sql: &Connection, kiosk: KioskId) -> Result<KioskMark, StoreError> {
    let found = sql
        .prepare_cached("SELECT mark, key_set FROM kiosk_mark WHERE kiosk = ?1")?
        .query_row([kiosk.0.as_bytes()], |row| {
            Ok(KioskMark {
                mark: row.get(0)?,
                key_set: row.get(1)?,
            })
        })
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// The first number behind a kiosk's mark that no order has: numbers have no holes (R10), and one
/// whose order came to nothing is given again.
pub(crate) fn next_number(sql: &Connection, kiosk: KioskId) -> Result<u64, StoreError> {
    let mut next = kiosk_mark(sql, kiosk)?.mark.saturating_add(1);
    let mut statement = sql.prepare_cached(
        "SELECT number FROM kiosk_order WHERE kiosk = ?1 AND void = 0 AND number >= ?2
         ORDER BY number",
    )?;
    let mut rows = statement.query((kiosk.0.as_bytes(), next))?;
    while let Some(row) = rows.next()? {
        if row.get::<_, u64>(0)? > next {
            break;
        }
        next = next.saturating_add(1);
    }
    Ok(next)
}

/// How many residents' PINs, or kiosks, a key alone has reset or wiped since a moment.
pub(crate) fn alone_since(
    sql: &Connection,
    what: &str,
    key: OperatorPublicKey,
    since: UtcMillis,
) -> Result<u32, StoreError> {
    let signers = serde_json::to_string(&[key])?;
    Ok(sql
        .prepare_cached(
            "SELECT count(DISTINCT coalesce(resident, kiosk)) FROM kiosk_order
             WHERE what = ?1 AND given_at > ?2 AND signers = ?3 AND void = 0",
        )?
        .query_row((what, since.0, signers), |row| row.get(0))?)
}

/// Whether another kiosk has carried out the same reset before, or any kiosk a later one.
pub(crate) fn is_overtaken(sql: &Connection, row: &OrderRow) -> Result<bool, StoreError> {
    let Some(resident) = row.resident else {
        return Ok(false);
    };
    Ok(sql
        .prepare_cached(
            "SELECT EXISTS (
               SELECT 1 FROM kiosk_order
               WHERE resident = ?1 AND what = ?2 AND id <> ?3 AND outcome = ?4
                 AND (batch = ?5 OR version > ?6)
             )",
        )?
        .query_row(
            (
                resident.0.as_bytes(),
                &row.what,
                row.id.0.as_bytes(),
                serde_json::to_string(&OrderOutcome::Done)?,
                row.batch.0.as_bytes(),
                row.version,
            ),
            |row| row.get(0),
        )?)
}

/// Whether an order gave a resident another PIN after a moment, as far as no kiosk has refused it.
pub(crate) fn is_pin_reset_since(
    sql: &Connection,
    resident: ResidentId,
    since: UtcMillis,
) -> Result<bool, StoreError> {
    Ok(sql
        .prepare_cached(
            "SELECT EXISTS (
               SELECT 1 FROM kiosk_order
               WHERE resident = ?1 AND what = 'pin_reset' AND issued >= ?2 AND void = 0
                 AND (outcome IS NULL OR outcome NOT LIKE '%refused%')
             )",
        )?
        .query_row((resident.0.as_bytes(), since.0), |row| row.get(0))?)
}

/// The version of a record, whoever sees it.
pub(crate) fn version_of(
    sql: &Connection,
    kind: Kind,
    id: RecordId,
) -> Result<Option<u64>, StoreError> {
    Ok(sql
        .prepare_cached("SELECT max(version) FROM record WHERE kind = ?1 AND id = ?2")?
        .query_row((kind_number(kind), id.0.as_bytes()), |row| row.get(0))?)
}

/// The place in the feeds of a unit behind which all is known about who is on its roster.
pub(crate) fn roster_place(
    sql: &Connection,
    unit: UnitId,
    audience: Audience,
) -> Result<u64, StoreError> {
    let of_residents: Option<u64> = sql
        .prepare_cached(
            "SELECT max(max(record.version, resident.arrived))
             FROM resident JOIN record ON record.scope = resident.id
             WHERE resident.unit = ?1 AND record.kind = ?2",
        )?
        .query_row((unit.0.as_bytes(), kind_number(Kind::Resident)), |row| {
            row.get(0)
        })?;
    let of_leavers: Option<u64> = sql
        .prepare_cached("SELECT max(version) FROM record WHERE scope = ?1 AND kind = ?2")?
        .query_row(
            (audience.key().as_bytes(), kind_number(Kind::Forget)),
            |row| row.get(0),
        )?;
    Ok(of_residents.max(of_leavers).unwrap_or_default())
}

/// Until when somebody looks on.
pub(crate) fn watched_until(sql: &Connection) -> Result<UtcMillis, StoreError> {
    let until = sql
        .prepare_cached("SELECT until FROM push_watch")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(UtcMillis(until.unwrap_or_default()))
}

impl Tx<'_> {
    pub(crate) fn watch_until(&mut self, until: UtcMillis) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO push_watch (one, until) VALUES (1, ?1)
                 ON CONFLICT (one) DO UPDATE SET until = max(until, excluded.until)",
            )?
            .execute([until.0])?;
        Ok(())
    }

    pub(crate) fn insert_key_set(
        &mut self,
        row: &KeySetRow,
        now: UtcMillis,
    ) -> Result<(), StoreError> {
        let signed = serde_json::to_string(&row.signed)?;
        self.sql
            .prepare_cached(
                "INSERT INTO key_set (version, record, signed, at) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((row.version, row.record.as_bytes(), signed, now.0))?;
        Ok(())
    }

    pub(crate) fn insert_order(&mut self, row: &OrderRow) -> Result<(), StoreError> {
        let signers = serde_json::to_string(&row.signers)?;
        self.sql
            .prepare_cached(
                "INSERT INTO kiosk_order
                   (id, kiosk, number, batch, what, resident, signers, issued, expires, given_at,
                    version)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute((
                row.id.0.as_bytes(),
                row.kiosk.0.as_bytes(),
                row.number,
                row.batch.0.as_bytes(),
                &row.what,
                row.resident.as_ref().map(|resident| resident.0.as_bytes()),
                signers,
                row.issued.0,
                row.expires.0,
                row.given_at.0,
                row.version,
            ))?;
        Ok(())
    }

    /// Notes what became of an order.
    pub(crate) fn note_outcome(
        &mut self,
        order: OrderId,
        outcome: OrderOutcome,
        now: UtcMillis,
    ) -> Result<(), StoreError> {
        let outcome = serde_json::to_string(&outcome)?;
        self.sql
            .prepare_cached("UPDATE kiosk_order SET outcome = ?2, heard_at = ?3 WHERE id = ?1")?
            .execute((order.0.as_bytes(), outcome, now.0))?;
        Ok(())
    }

    /// Nothing will come of an order: its number is free again.
    pub(crate) fn void_order(&mut self, order: OrderId) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE kiosk_order SET void = 1 WHERE id = ?1")?
            .execute([order.0.as_bytes()])?;
        Ok(())
    }

    /// Takes an order out of its kiosk's feed.
    pub(crate) fn withdraw_order(
        &mut self,
        order: OrderId,
        kiosk: KioskId,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("DELETE FROM record WHERE kind = ?1 AND id = ?2 AND scope = ?3")?
            .execute((
                kind_number(Kind::Order),
                order.0.as_bytes(),
                Audience::Kiosk(kiosk).key().as_bytes(),
            ))?;
        Ok(())
    }

    pub(crate) fn note_mark(
        &mut self,
        kiosk: KioskId,
        mark: KioskMark,
        now: UtcMillis,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO kiosk_mark (kiosk, mark, key_set, at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (kiosk) DO UPDATE
                 SET mark = excluded.mark, key_set = excluded.key_set, at = excluded.at",
            )?
            .execute((kiosk.0.as_bytes(), mark.mark, mark.key_set, now.0))?;
        Ok(())
    }
}
