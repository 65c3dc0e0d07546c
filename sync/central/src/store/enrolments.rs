use dayroom_protocol::{EnrolmentNumber, FacilityId, KioskId, UnitId, UtcMillis};
use rusqlite::{Connection, OptionalExtension, Row};

use super::records::uuid;
use super::{StoreError, Tx};

/// A one-time code as it is kept.
#[derive(Clone)]
pub(crate) struct EnrolmentRow {
    pub(crate) number: EnrolmentNumber,
    pub(crate) kiosk: KioskId,
    pub(crate) facility: FacilityId,
    pub(crate) unit: UnitId,
    pub(crate) server_name: String,
    pub(crate) salt: Vec<u8>,
    pub(crate) hash: Vec<u8>,
    pub(crate) made_at: UtcMillis,
    pub(crate) expires: UtcMillis,
    pub(crate) tries: u8,
    pub(crate) cancelled_at: Option<UtcMillis>,
    pub(crate) used_at: Option<UtcMillis>,
    pub(crate) used_by: Option<Vec<u8>>,
    pub(crate) certificate: Option<Vec<u8>>,
}

const ROW: &str = "SELECT number, kiosk, facility, unit, server_name, salt, hash, made_at, expires,
    tries, cancelled_at, used_at, used_by, certificate FROM enrolment";

impl EnrolmentRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let moment = |column| {
            row.get::<_, Option<i64>>(column)
                .map(|at| at.map(UtcMillis))
        };
        Ok(Self {
            number: EnrolmentNumber::new(row.get(0)?),
            kiosk: KioskId(uuid(row, 1)?),
            facility: FacilityId(uuid(row, 2)?),
            unit: UnitId(uuid(row, 3)?),
            server_name: row.get(4)?,
            salt: row.get(5)?,
            hash: row.get(6)?,
            made_at: UtcMillis(row.get(7)?),
            expires: UtcMillis(row.get(8)?),
            tries: row.get(9)?,
            cancelled_at: moment(10)?,
            used_at: moment(11)?,
            used_by: row.get(12)?,
            certificate: row.get(13)?,
        })
    }
}

pub(crate) fn enrolment(
    sql: &Connection,
    number: EnrolmentNumber,
) -> Result<Option<EnrolmentRow>, StoreError> {
    Ok(sql
        .prepare_cached(&format!("{ROW} WHERE number = ?1"))?
        .query_row([number.get()], EnrolmentRow::read)
        .optional()?)
}

/// The newest code of a kiosk.
pub(crate) fn enrolment_of(
    sql: &Connection,
    kiosk: KioskId,
) -> Result<Option<EnrolmentRow>, StoreError> {
    let newest = "WHERE kiosk = ?1 ORDER BY made_at DESC, cancelled_at IS NOT NULL LIMIT 1";
    Ok(sql
        .prepare_cached(&format!("{ROW} {newest}"))?
        .query_row([kiosk.0.as_bytes()], EnrolmentRow::read)
        .optional()?)
}

/// Every code that is kept, the oldest first.
pub(crate) fn enrolments(sql: &Connection) -> Result<Vec<EnrolmentRow>, StoreError> {
    let mut statement = sql.prepare_cached(&format!("{ROW} ORDER BY made_at, number"))?;
    let rows = statement.query_map([], EnrolmentRow::read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Tx<'_> {
    pub(crate) fn insert_enrolment(&mut self, row: &EnrolmentRow) -> Result<(), StoreError> {
        self.sql.execute(
            "INSERT INTO enrolment
               (number, kiosk, facility, unit, server_name, salt, hash, made_at, expires)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            (
                row.number.get(),
                row.kiosk.0.as_bytes(),
                row.facility.0.as_bytes(),
                row.unit.0.as_bytes(),
                &row.server_name,
                &row.salt,
                &row.hash,
                row.made_at.0,
                row.expires.0,
            ),
        )?;
        Ok(())
    }

    /// Takes back the codes of a kiosk that could still be used; says whether there was one.
    pub(crate) fn cancel_enrolments(
        &mut self,
        kiosk: KioskId,
        now: UtcMillis,
    ) -> Result<bool, StoreError> {
        let changed = self.sql.execute(
            "UPDATE enrolment SET cancelled_at = ?2
             WHERE kiosk = ?1 AND cancelled_at IS NULL AND used_at IS NULL",
            (kiosk.0.as_bytes(), now.0),
        )?;
        Ok(changed > 0)
    }

    /// Removes codes that nobody can use any more and that ended before `before`.
    pub(crate) fn drop_enrolments(&mut self, before: UtcMillis) -> Result<(), StoreError> {
        self.sql.execute(
            "DELETE FROM enrolment WHERE max(expires, coalesce(used_at, 0)) < ?1",
            [before.0],
        )?;
        Ok(())
    }

    /// Counts a try; only a right code takes it back.
    pub(crate) fn count_try(&mut self, number: EnrolmentNumber) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE enrolment SET tries = tries + 1 WHERE number = ?1")?
            .execute([number.get()])?;
        Ok(())
    }

    /// Takes the count of a try back: the code was right.
    pub(crate) fn uncount_try(&mut self, number: EnrolmentNumber) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE enrolment SET tries = max(tries - 1, 0) WHERE number = ?1")?
            .execute([number.get()])?;
        Ok(())
    }

    /// Notes that a code was used with the key of this SHA-256.
    pub(crate) fn use_enrolment(
        &mut self,
        number: EnrolmentNumber,
        key: &[u8; 32],
        now: UtcMillis,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "UPDATE enrolment SET used_at = ?2, used_by = ?3
                 WHERE number = ?1 AND used_at IS NULL",
            )?
            .execute((number.get(), now.0, key))?;
        Ok(())
    }

    /// Keeps what a code bought.
    pub(crate) fn keep_certificate(
        &mut self,
        number: EnrolmentNumber,
        certificate: &[u8],
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE enrolment SET certificate = ?2 WHERE number = ?1")?
            .execute((number.get(), certificate))?;
        Ok(())
    }
}
