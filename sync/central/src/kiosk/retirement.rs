use dayroom_protocol::{KioskId, Retirement, RetirementReply, UtcMillis};

use super::{Refused, in_service};
use crate::central::Central;
use crate::store;

impl Central {
    /// Takes in that a kiosk goes out of service (a technician stands there), or has erased itself.
    /// The first is noted only when everything that was written there is here; the second ends its
    /// service. Saying either again changes nothing.
    ///
    /// # Errors
    /// [`Refused::UnknownKiosk`] for one that is out of service and did not erase itself.
    pub fn retirement(
        &self,
        kiosk: KioskId,
        said: &Retirement,
        now: UtcMillis,
    ) -> Result<RetirementReply, Refused> {
        self.write(|tx| {
            let life = store::kiosk_life(tx.sql(), kiosk)?;
            match said {
                Retirement::Leaving { journal, next } => {
                    in_service(tx.sql(), kiosk)?;
                    if let Some(journal) = journal {
                        let expected = store::expected_number(tx.sql(), kiosk, *journal)?;
                        if expected < *next {
                            return Ok(RetirementReply::Missing { expected });
                        }
                    }
                    let at = life.leaving_at.unwrap_or(now);
                    tx.note_leaving(kiosk, at)?;
                    Ok(RetirementReply::Noted { at })
                }
                Retirement::Erased => {
                    if let Some(at) = life.erased_at {
                        return Ok(RetirementReply::Noted { at });
                    }
                    in_service(tx.sql(), kiosk)?;
                    tx.note_erased(kiosk, now)?;
                    tx.retire_kiosk(kiosk, now)?;
                    Ok(RetirementReply::Noted { at: now })
                }
            }
        })
    }
}
