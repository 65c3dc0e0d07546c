use dayroom_protocol::{KioskId, UtcMillis};
use rusqlite::{Connection, OptionalExtension};

use super::{StoreError, Tx};

/// How a kiosk's service ended, as far as it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct KioskLife {
    /// Since when a technician takes it out of service.
    pub(crate) leaving_at: Option<UtcMillis>,
    /// When it said that it has erased itself.
    pub(crate) erased_at: Option<UtcMillis>,
}

pub(crate) fn kiosk_life(sql: &Connection, kiosk: KioskId) -> Result<KioskLife, StoreError> {
    let row = sql
        .prepare_cached("SELECT leaving_at, erased_at FROM kiosk_life WHERE kiosk = ?1")?
        .query_row([kiosk.0.as_bytes()], |row| {
            Ok(KioskLife {
                leaving_at: row.get::<_, Option<i64>>(0)?.map(UtcMillis),
                erased_at: row.get::<_, Option<i64>>(1)?.map(UtcMillis),
            })
        })
        .optional()?;
    Ok(row.unwrap_or_default())
}

impl Tx<'_> {
    pub(crate) fn note_leaving(&mut self, kiosk: KioskId, at: UtcMillis) -> Result<(), StoreError> {
        self.sql.execute(
            "INSERT INTO kiosk_life (kiosk, leaving_at) VALUES (?1, ?2)
             ON CONFLICT (kiosk) DO UPDATE
             SET leaving_at = coalesce(leaving_at, excluded.leaving_at)",
            (kiosk.0.as_bytes(), at.0),
        )?;
        Ok(())
    }

    pub(crate) fn note_erased(&mut self, kiosk: KioskId, at: UtcMillis) -> Result<(), StoreError> {
        self.sql.execute(
            "INSERT INTO kiosk_life (kiosk, erased_at) VALUES (?1, ?2)
             ON CONFLICT (kiosk) DO UPDATE
             SET erased_at = coalesce(erased_at, excluded.erased_at)",
            (kiosk.0.as_bytes(), at.0),
        )?;
        Ok(())
    }
}
