//! A synthetic facility for the demo, the tour and tests; nobody in it exists.

mod happen;
mod letters;
mod marcus;
mod papers;
mod people;
mod pictures;
mod seams;
mod wall;
mod words;

use dayroom_protocol::{ConnectionId, FacilityId, KioskId, ResidentId, UnitId, UtcMillis};
use rand::RngCore;
use serde::{Deserialize, Serialize};

use self::seams::PastKiosk;
use crate::central::Central;
use crate::operator::OperatorError;

pub use happen::something_happens;

/// What the demo knows of the facility it made. A PIN is shown once, so whoever wants it again
/// must keep this.
#[derive(Clone, Serialize, Deserialize)]
pub struct DemoFacility {
    /// Cedar County Detention Center.
    pub facility: FacilityId,
    /// Unit A.
    pub unit_a: UnitId,
    /// Unit B, where most of the residents are.
    pub unit_b: UnitId,
    /// "Unit A, wall".
    pub kiosk_a: KioskId,
    /// "Unit B, wall".
    pub kiosk_b: KioskId,
    /// Who can sign in; the first is Marcus Vargas.
    pub residents: Vec<DemoResident>,
    /// Marcus's request from his sister, to be answered.
    pub sister: ConnectionId,
    /// Connections that messages may come by.
    pub active: Vec<ConnectionId>,
    /// Who reviews messages; empty in what an older demo has kept.
    #[serde(default)]
    pub reviewers: Vec<String>,
    /// The technicians' code; empty in what an older demo has kept.
    #[serde(default)]
    pub technician_code: String,
}

/// Somebody who can sign in.
#[derive(Clone, Serialize, Deserialize)]
pub struct DemoResident {
    /// Their id.
    pub id: ResidentId,
    /// Their number.
    pub number: String,
    /// Their name.
    pub name: String,
    /// Their PIN.
    pub pin: String,
    /// Their unit.
    pub unit: UnitId,
    /// The language they read.
    pub language: String,
}

/// Makes the facility, as if it had been in use for some days before `now`.
///
/// # Errors
/// When central already has a facility of that name, or its store fails.
pub fn populate(
    central: &Central,
    now: UtcMillis,
    rng: &mut dyn RngCore,
) -> Result<DemoFacility, OperatorError> {
    let mut demo = people::settle(central, now, rng)?;
    let connections = people::connect(central, &mut demo, now, rng)?;
    let marcus = demo
        .residents
        .first()
        .map(|marcus| marcus.id)
        .ok_or(OperatorError::NotFound("resident"))?;
    marcus::rules(central, &mut demo, rng)?;
    marcus::contacts(central, marcus, now, rng)?;
    marcus::money(central, marcus, now)?;
    let mut kiosk = PastKiosk::new(demo.kiosk_a, now, rng);
    letters::write(central, &connections, now, rng)?;
    marcus::more_than_text(central, (&mut kiosk, marcus), &connections, now, rng)?;
    marcus::written(central, (&mut kiosk, marcus), &connections, now, rng)?;
    marcus::account(central, marcus, now)?;
    people::post(central, &demo, now, rng)?;
    wall::put_up(central, &demo, now, rng)?;
    Ok(demo)
}

/// `days` and `hours` before `now`.
fn before(now: UtcMillis, days: i64, hours: i64) -> UtcMillis {
    now.plus_millis(-(days * 24 + hours) * 60 * 60 * 1000)
}
