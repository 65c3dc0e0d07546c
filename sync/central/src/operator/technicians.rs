use dayroom_protocol::{Kind, PolicyBody, UnitId};
use rand::RngCore;

use super::pin::Pin;
use super::{OperatorError, found};
use crate::central::Central;
use crate::store::{self, Audience};

/// Digits of a technicians' code: its verifier hangs on every wall, so it bears more guesses than
/// a PIN, and it is typed on the same number pad.
const DIGITS: u8 = 10;

impl Central {
    /// Draws a technicians' code for these units and keeps its verifier only; the one before opens
    /// nothing any more.
    ///
    /// # Errors
    /// When there is no such unit.
    pub fn new_technician_code(
        &self,
        units: &[UnitId],
        rng: &mut dyn RngCore,
    ) -> Result<Pin, OperatorError> {
        let code = Pin::draw_digits(DIGITS, rng);
        let verifier = code.verifier(self.inner.options.pins, rng)?;
        self.set_technician_verifier(units, Some(verifier))?;
        Ok(code)
    }

    /// Draws a technicians' code that an order is to bring, with its verifier. Nothing is kept.
    ///
    /// # Errors
    /// When a verifier cannot be made.
    pub fn draw_technician_code(
        &self,
        rng: &mut dyn RngCore,
    ) -> Result<(Pin, String), OperatorError> {
        let code = Pin::draw_digits(DIGITS, rng);
        let verifier = code.verifier(self.inner.options.pins, rng)?;
        Ok((code, verifier))
    }

    /// Takes the technicians' page away from these units.
    ///
    /// # Errors
    /// When there is no such unit.
    pub fn remove_technician_code(&self, units: &[UnitId]) -> Result<(), OperatorError> {
        self.set_technician_verifier(units, None)
    }

    fn set_technician_verifier(
        &self,
        units: &[UnitId],
        verifier: Option<String>,
    ) -> Result<(), OperatorError> {
        self.write(|tx| {
            for unit in units {
                let audience = Audience::Unit(*unit);
                let stored = store::record_in(tx.sql(), Kind::Policy, (*unit).into(), audience)?;
                let mut policy: PolicyBody = found(stored, "unit")?.parse()?;
                policy.technician_verifier.clone_from(&verifier);
                tx.put(
                    Kind::Policy,
                    *unit,
                    audience,
                    &serde_json::to_string(&policy)?,
                )?;
            }
            Ok(())
        })
    }
}
