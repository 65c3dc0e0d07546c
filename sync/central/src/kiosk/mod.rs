//! What kiosks ask of central.

mod account;
mod acknowledge;
mod audit;
mod blobs;
mod changes;
mod digest;
mod draft_key;
mod drafts;
mod health;
mod intents;
mod orders;
mod personal;
mod refused;
mod releases;
mod retirement;
mod writing;

pub(crate) use account::change_account;
pub(crate) use audit::is_signed;
pub(crate) use digest::sha256;
pub(crate) use draft_key::Held;

pub use blobs::BlobPart;
pub use refused::Refused;

use dayroom_protocol::KioskId;
use rusqlite::Connection;

use crate::central::Central;
use crate::store::{self, KioskRow, StoreError};

/// The kiosk, if it is in service.
pub(crate) fn in_service(sql: &Connection, kiosk: KioskId) -> Result<KioskRow, Refused> {
    store::kiosk(sql, kiosk)?
        .filter(|row| row.retired_at.is_none())
        .ok_or(Refused::UnknownKiosk)
}

/// Central's own row, which is there from birth.
pub(crate) fn state(sql: &Connection) -> Result<store::CentralState, StoreError> {
    store::central_state(sql)?.ok_or(StoreError::Sqlite(rusqlite::Error::QueryReturnedNoRows))
}

impl Central {
    /// Whether a kiosk is in service.
    ///
    /// # Errors
    /// [`Refused::UnknownKiosk`] if not.
    pub fn check_kiosk(&self, kiosk: KioskId) -> Result<(), Refused> {
        self.inner
            .store
            .read(|sql| in_service(sql, kiosk).map(|_| ()))
    }
}
