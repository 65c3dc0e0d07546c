use std::fs::File;
use std::path::Path;

use super::args::InFacility;
use super::setup::Setup;
use super::{Done, Failure, Output};
use crate::BadgeLine;

/// Reads a CSV with the columns number and badge, and notes whose badge is whose.
pub(super) fn import(
    setup: &Setup,
    file: &Path,
    at: &InFacility,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let central = setup.central()?;
    let facility = at.find(&central)?;
    let lines = read(file)?;
    let outcome = central
        .set_badges(facility.id, &lines)
        .map_err(|error| Failure::from(error).of(file.display()))?;
    output.say(format_args!(
        "{} badges given, {} taken back, {} as before. Delete {} now: central keeps hashes only.",
        outcome.given.len(),
        outcome.taken.len(),
        outcome.unchanged,
        file.display()
    ))?;
    Ok(Done::All)
}

fn read(file: &Path) -> Result<Vec<BadgeLine>, Failure> {
    let opened = File::open(file).map_err(|error| {
        let what = format!("{} cannot be opened: {error}", file.display());
        Failure::new(what, "check the name of the file")
    })?;
    let wrong = |error: csv::Error| {
        Failure::because(&error, "correct the file; nothing was imported").of(file.display())
    };
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(opened);
    let names = reader.headers().map_err(wrong)?;
    let place = |wanted: &str| {
        names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(wanted))
            .ok_or_else(|| {
                let what = format!("{} has no column {wanted}", file.display());
                Failure::new(
                    what,
                    "write the columns number and badge; nothing was imported",
                )
            })
    };
    let (number, badge) = (place("number")?, place("badge")?);
    reader
        .records()
        .map(|record| {
            let record = record.map_err(wrong)?;
            let field = |place| record.get(place).unwrap_or_default().to_owned();
            Ok(BadgeLine {
                number: field(number),
                badge: field(badge),
            })
        })
        .collect()
}
