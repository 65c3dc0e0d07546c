use super::args::{FacilityCommand, UnitCommand};
use super::setup::Setup;
use super::{Done, Failure, Output};
use crate::PinDigits;

pub(super) fn facility(
    setup: &Setup,
    command: FacilityCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let FacilityCommand::Create {
        name,
        time_zone,
        pin_digits,
    } = command;
    check_time_zone(&time_zone)?;
    let digits = match pin_digits {
        8 => PinDigits::Eight,
        7 => PinDigits::Seven,
        _ => PinDigits::Six,
    };
    let id = setup
        .central()?
        .create_facility(&name, &time_zone, digits, &mut setup.rng())?;
    output.say(format_args!("Created the facility \"{name}\" ({id})."))?;
    output.say("Next: `dayroom-central unit create NAME`.")?;
    Ok(Done::All)
}

pub(super) fn unit(
    setup: &Setup,
    command: UnitCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let UnitCommand::Create { name, at } = command;
    let central = setup.central()?;
    let facility = at.find(&central)?;
    let id = central.create_unit(facility.id, &name, &mut setup.rng())?;
    let of = facility.name;
    output.say(format_args!("Created the unit \"{name}\" of {of} ({id})."))?;
    output.say(
        "Next: `dayroom-central kiosk create LABEL --unit UNIT --out DIR` and \
         `dayroom-central roster import FILE.csv`.",
    )?;
    Ok(Done::All)
}

pub(super) fn check_time_zone(name: &str) -> Result<(), Failure> {
    jiff::tz::TimeZone::get(name).map(drop).map_err(|_| {
        Failure::new(
            format!("\"{name}\" is no time zone"),
            "give an IANA name such as America/Chicago",
        )
    })
}
