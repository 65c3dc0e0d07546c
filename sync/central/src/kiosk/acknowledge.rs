use dayroom_protocol::{Acknowledgement, KioskId, UtcMillis};

use super::{Refused, in_service};
use crate::central::Central;

/// Forgets acknowledged in one request.
const MOST_FORGETS: usize = 1000;

impl Central {
    /// Notes that a kiosk has forgotten people durably (R6). Saying it again changes nothing.
    ///
    /// # Errors
    /// [`Refused::UnknownKiosk`], or [`Refused::BadRequest`] for too many at once.
    pub fn acknowledge(
        &self,
        kiosk: KioskId,
        acknowledgement: &Acknowledgement,
        now: UtcMillis,
    ) -> Result<(), Refused> {
        if acknowledgement.forgotten.len() > MOST_FORGETS {
            return Err(Refused::BadRequest("too many forgets"));
        }
        self.write(|tx| {
            in_service(tx.sql(), kiosk)?;
            for forgotten in &acknowledgement.forgotten {
                tx.note_forgotten(kiosk, forgotten.resident, forgotten.version, now)?;
            }
            Ok(())
        })
    }
}
