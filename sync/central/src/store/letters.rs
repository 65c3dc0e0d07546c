use dayroom_protocol::{ConnectionId, FacilityId, MessageId, UtcMillis};
use rusqlite::{Connection, OptionalExtension};

use super::{StoreError, Tx};

/// Whether the price of a message comes back by the rules it was sent under; None: no resident
/// wrote it.
pub(crate) fn letter_refund(sql: &Connection, id: MessageId) -> Result<Option<bool>, StoreError> {
    Ok(sql
        .prepare_cached("SELECT refund FROM letter WHERE message = ?1")?
        .query_row([id.0.as_bytes()], |row| row.get(0))
        .optional()?)
}

/// Messages that residents of a facility wrote and that have not gone out, whatever their state,
/// at most `limit` behind `after`.
pub(crate) fn letters_here(
    sql: &Connection,
    facility: FacilityId,
    after: MessageId,
    limit: usize,
) -> Result<Vec<MessageId>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT message FROM letter
         WHERE facility = ?1 AND collected_at IS NULL AND message > ?2
         ORDER BY message
         LIMIT ?3",
    )?;
    let rows = statement.query_map((facility.0.as_bytes(), after.0.as_bytes(), limit), |row| {
        super::records::uuid(row, 0).map(MessageId)
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The address a contact is written to.
pub(crate) fn contact_mail(
    sql: &Connection,
    connection: ConnectionId,
) -> Result<Option<String>, StoreError> {
    Ok(sql
        .prepare_cached("SELECT address FROM contact_mail WHERE connection = ?1")?
        .query_row([connection.0.as_bytes()], |row| row.get(0))
        .optional()?)
}

/// The address a facility writes from.
pub(crate) fn facility_mail(
    sql: &Connection,
    facility: FacilityId,
) -> Result<Option<String>, StoreError> {
    Ok(sql
        .prepare_cached("SELECT address FROM facility_mail WHERE facility = ?1")?
        .query_row([facility.0.as_bytes()], |row| row.get(0))
        .optional()?)
}

/// How many clips of a message are kept, and their bytes.
pub(crate) fn clips(sql: &Connection, message: MessageId) -> Result<(u8, u64), StoreError> {
    Ok(sql
        .prepare_cached(
            "SELECT COUNT(*), IFNULL(SUM(LENGTH(content)), 0) FROM clip WHERE message = ?1",
        )?
        .query_row([message.0.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

impl Tx<'_> {
    pub(crate) fn keep_letter(
        &mut self,
        message: MessageId,
        facility: FacilityId,
        refund: bool,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("INSERT INTO letter (message, facility, refund) VALUES (?1, ?2, ?3)")?
            .execute((message.0.as_bytes(), facility.0.as_bytes(), refund))?;
        Ok(())
    }

    pub(crate) fn letter_is_out(
        &mut self,
        message: MessageId,
        now: UtcMillis,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE letter SET collected_at = ?2 WHERE message = ?1")?
            .execute((message.0.as_bytes(), now.0))?;
        Ok(())
    }

    pub(crate) fn keep_facility_mail(
        &mut self,
        facility: FacilityId,
        address: &str,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO facility_mail (facility, address) VALUES (?1, ?2)
                 ON CONFLICT (facility) DO UPDATE SET address = excluded.address",
            )?
            .execute((facility.0.as_bytes(), address))?;
        Ok(())
    }

    pub(crate) fn keep_clip(
        &mut self,
        message: MessageId,
        place: usize,
        (name, media): (&str, &str),
        content: &[u8],
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO clip (message, place, name, media, content)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((message.0.as_bytes(), place, name, media, content))?;
        Ok(())
    }
}
