use dayroom_protocol::{FacilityId, KioskId, ResidentId, UnitId};

use super::Failure;
use super::args::InFacility;
use crate::{Central, FacilityLine, KioskLine, UnitLine};

impl InFacility {
    /// The facility that was named, or the only one.
    pub(super) fn find(&self, central: &Central) -> Result<FacilityLine, Failure> {
        let all = central.facilities()?;
        let Some(wanted) = &self.facility else {
            return match <[FacilityLine; 1]>::try_from(all) {
                Ok([only]) => Ok(only),
                Err(all) if all.is_empty() => Err(Failure::new(
                    "there is no facility yet",
                    "create one with `dayroom-central facility create NAME`",
                )),
                Err(_) => Err(Failure::new(
                    "there is more than one facility",
                    "name one with --facility",
                )),
            };
        };
        let id = wanted.parse::<FacilityId>().ok();
        all.into_iter()
            .find(|line| Some(line.id) == id || line.name == *wanted)
            .ok_or_else(|| missing("facility", wanted))
    }
}

pub(super) fn unit(
    central: &Central,
    facility: FacilityId,
    wanted: &str,
) -> Result<UnitLine, Failure> {
    let id = wanted.parse::<UnitId>().ok();
    central
        .units(facility)?
        .into_iter()
        .find(|line| Some(line.id) == id || line.name == wanted)
        .ok_or_else(|| missing("unit", wanted))
}

pub(super) fn kiosk(central: &Central, wanted: &str) -> Result<KioskLine, Failure> {
    let id = wanted.parse::<KioskId>().ok();
    let mut found = central
        .kiosks()?
        .into_iter()
        .filter(|line| Some(line.id) == id || line.label == wanted);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => Err(Failure::new(
            format!("several kiosks are called \"{wanted}\""),
            "give the id that `dayroom-central status` shows",
        )),
        (None, _) => Err(missing("kiosk", wanted)),
    }
}

pub(super) fn resident(
    central: &Central,
    at: &InFacility,
    number: &str,
) -> Result<ResidentId, Failure> {
    let facility = at.find(central)?;
    central
        .resident_by_number(facility.id, number)
        .map_err(|_| {
            Failure::new(
                format!("nobody in {} has this number", facility.name),
                "check the number against the roster",
            )
        })
}

fn missing(what: &str, wanted: &str) -> Failure {
    Failure::new(
        format!("there is no {what} \"{wanted}\""),
        "see `dayroom-central status`",
    )
}
