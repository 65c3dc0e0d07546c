//! What a kiosk asks and says about releases.

use dayroom_protocol::{KioskId, ReleaseOffer, ReleaseReport, UtcMillis};

use super::{Refused, in_service};
use crate::central::Central;
use crate::operator::judge_current;
use crate::rules::ring_of;
use crate::store::{self, RolloutState};

impl Central {
    /// Which release a kiosk should run: that of the rollout, once its ring's turn has come.
    ///
    /// # Errors
    /// [`Refused::UnknownKiosk`].
    pub fn release_offer(&self, kiosk: KioskId) -> Result<ReleaseOffer, Refused> {
        self.inner.store.read(|sql| {
            in_service(sql, kiosk)?;
            let Some(rollout) = store::current_rollout(sql)? else {
                return Ok(ReleaseOffer::default());
            };
            let goes = match rollout.state {
                RolloutState::Going | RolloutState::Done => true,
                RolloutState::Planned
                | RolloutState::Paused
                | RolloutState::Halted
                | RolloutState::Superseded => false,
            };
            let ring = ring_of(&rollout.rings, rollout.version, kiosk);
            let turn = goes && ring.is_some_and(|ring| ring <= rollout.ring);
            Ok(ReleaseOffer {
                version: turn.then_some(rollout.version),
            })
        })
    }

    /// Notes what a kiosk runs and how far it is, and judges the rollout by it.
    ///
    /// # Errors
    /// [`Refused::UnknownKiosk`]; [`Refused::BadRequest`] past a limit.
    pub fn note_release(
        &self,
        kiosk: KioskId,
        report: &ReleaseReport,
        now: UtcMillis,
    ) -> Result<(), Refused> {
        if !report.is_within_limits() {
            return Err(Refused::BadRequest("report passes a limit"));
        }
        self.write(|tx| {
            in_service(tx.sql(), kiosk)?;
            tx.note_release(kiosk, report.running, report.offered, &report.stage, now)?;
            Ok(judge_current(tx, now)?)
        })
    }
}
