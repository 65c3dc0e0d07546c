use dayroom_protocol::{ConnectionId, FacilityId, KioskId, MessageId, ResidentId, UtcMillis};
use rusqlite::{Connection, OptionalExtension};

use super::{StoreError, Tx};

/// What a message on hold, or rejected, would say.
pub(crate) struct Withheld {
    pub(crate) text: Option<String>,
    /// As JSON.
    pub(crate) attachments: String,
}

pub(crate) fn withheld(sql: &Connection, id: MessageId) -> Result<Option<Withheld>, StoreError> {
    Ok(sql
        .prepare_cached("SELECT text, attachments FROM withheld WHERE message = ?1")?
        .query_row([id.0.as_bytes()], |row| {
            Ok(Withheld {
                text: row.get(0)?,
                attachments: row.get(1)?,
            })
        })
        .optional()?)
}

/// The message that came from this source before.
pub(crate) fn message_of_source(
    sql: &Connection,
    facility: FacilityId,
    source: &str,
) -> Result<Option<MessageId>, StoreError> {
    Ok(sql
        .prepare_cached("SELECT message FROM mail WHERE facility = ?1 AND source = ?2")?
        .query_row((facility.0.as_bytes(), source), |row| {
            super::records::uuid(row, 0).map(MessageId)
        })
        .optional()?)
}

impl Tx<'_> {
    pub(crate) fn keep_source(
        &mut self,
        facility: FacilityId,
        source: &str,
        message: MessageId,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("INSERT INTO mail (facility, source, message) VALUES (?1, ?2, ?3)")?
            .execute((facility.0.as_bytes(), source, message.0.as_bytes()))?;
        Ok(())
    }

    pub(crate) fn withhold(&mut self, id: MessageId, what: &Withheld) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO withheld (message, text, attachments) VALUES (?1, ?2, ?3)",
            )?
            .execute((id.0.as_bytes(), &what.text, &what.attachments))?;
        Ok(())
    }

    pub(crate) fn drop_withheld(&mut self, id: MessageId) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("DELETE FROM withheld WHERE message = ?1")?
            .execute([id.0.as_bytes()])?;
        Ok(())
    }

    /// Keeps the first receipt of a message; says whether this is it.
    pub(crate) fn keep_receipt(
        &mut self,
        message: MessageId,
        connection: ConnectionId,
        resident: ResidentId,
        kiosk: KioskId,
        (read_at, now): (UtcMillis, UtcMillis),
    ) -> Result<bool, StoreError> {
        let kept = self
            .sql
            .prepare_cached(
                "INSERT OR IGNORE INTO receipt
                   (message, connection, resident, kiosk, read_at, taken_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                message.0.as_bytes(),
                connection.0.as_bytes(),
                resident.0.as_bytes(),
                kiosk.0.as_bytes(),
                read_at.0,
                now.0,
            ))?;
        Ok(kept > 0)
    }

    pub(crate) fn keep_consent(
        &mut self,
        resident: ResidentId,
        version: u32,
        kiosk: KioskId,
        (agreed_at, now): (UtcMillis, UtcMillis),
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT OR IGNORE INTO consent (resident, version, kiosk, agreed_at, taken_at)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((
                resident.0.as_bytes(),
                version,
                kiosk.0.as_bytes(),
                agreed_at.0,
                now.0,
            ))?;
        Ok(())
    }
}
