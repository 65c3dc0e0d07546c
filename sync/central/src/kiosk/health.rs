use dayroom_protocol::{HealthKnown, HealthReport, KioskId, UtcMillis};

use super::{Refused, in_service};
use crate::central::Central;
use crate::rules;
use crate::store;

impl Central {
    /// Keeps what a kiosk says of its health, and what is otherwise than it said before.
    ///
    /// # Errors
    /// [`Refused::UnknownKiosk`], or [`Refused::BadRequest`] for a list that is too long.
    pub fn take_health(
        &self,
        kiosk: KioskId,
        report: &HealthReport,
        now: UtcMillis,
    ) -> Result<(), Refused> {
        if report.check().is_err() {
            return Err(Refused::BadRequest("a list is too long"));
        }
        self.write(|tx| {
            in_service(tx.sql(), kiosk)?;
            let before = store::health(tx.sql(), kiosk)?;
            let before = before.as_ref().map(|row| (&row.report, row.taken_at));
            let changes = rules::changes(before, report, now);
            Ok(tx.note_health(kiosk, now, report, &changes)?)
        })
    }

    /// What is known of a kiosk's health; changes nothing, not even when it was last here.
    ///
    /// # Errors
    /// [`Refused::UnknownKiosk`].
    pub fn health_known(&self, kiosk: KioskId, now: UtcMillis) -> Result<HealthKnown, Refused> {
        self.inner.store.read(|sql| {
            in_service(sql, kiosk)?;
            let known = store::health(sql, kiosk)?;
            Ok(HealthKnown {
                now,
                reported_at: known.map(|row| row.taken_at),
            })
        })
    }
}
