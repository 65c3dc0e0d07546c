use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use dayroom_protocol::{FacilityId, UnitId};

use super::args::{InFacility, RosterCommand};
use super::setup::Setup;
use super::{Done, Failure, Output};
use crate::roster::{Advice, Column, LineError, Roster, RosterError, read_roster};
use crate::{Arrival, Central, FacilityLine, RosterLine, RosterOutcome};

struct Import {
    file: PathBuf,
    at: InFacility,
    complete: bool,
    dry_run: bool,
    pins_out: Option<PathBuf>,
}

pub(super) fn roster(
    setup: &Setup,
    command: RosterCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    match command {
        RosterCommand::Import {
            file,
            at,
            complete,
            dry_run,
            pins_out,
        } => {
            let import = Import {
                file,
                at,
                complete,
                dry_run,
                pins_out,
            };
            import.run(setup, output)
        }
        RosterCommand::Badges { file, at } => super::badges::import(setup, &file, &at, output),
    }
}

impl Import {
    fn run(&self, setup: &Setup, output: &mut Output<'_>) -> Result<Done, Failure> {
        let central = setup.central()?;
        let facility = self.at.find(&central)?;
        let mut roster = self.read()?;
        let units: BTreeMap<String, UnitId> = central
            .units(facility.id)?
            .into_iter()
            .map(|unit| (unit.name, unit.id))
            .collect();
        let lines = placed(&mut roster, &units);
        let file = self.file.display();
        for error in &roster.errors {
            output.note(format_args!("{file}: {error}"))?;
        }
        for column in &roster.ignored_columns {
            output.note(format_args!("{file}: the column \"{column}\" is not used"))?;
        }
        let harmless = |error: &LineError| matches!(error.advice, Advice::Repeated { .. });
        let whole = roster.errors.iter().all(harmless);
        // Somebody whose line cannot be read has not left.
        let complete = self.complete && whole;
        if self.complete && !whole {
            output.note(
                "Nobody is taken off the roster while lines cannot be read; \
                 correct them and import again.",
            )?;
        }
        if self.dry_run {
            foresee(&central, &facility, &lines, complete, output)?;
        } else {
            let pins = self.pins_out.as_deref().map(new_secret_file).transpose()?;
            let rng = &mut setup.rng();
            let outcome = if complete {
                central.apply_roster(facility.id, lines, setup.now(), rng)?
            } else {
                central.apply_roster_part(facility.id, lines, setup.now(), rng)?
            };
            self.hand_out(&outcome, &units, &central, facility.id, pins, output)?;
            report(&outcome, &facility, output)?;
        }
        Ok(if whole { Done::All } else { Done::Part })
    }

    fn read(&self) -> Result<Roster, Failure> {
        let file = File::open(&self.file).map_err(|error| {
            let what = format!("{} cannot be opened: {error}", self.file.display());
            Failure::new(what, "check the name of the file")
        })?;
        read_roster(file).map_err(|error| {
            let next = match &error {
                RosterError::Read(_) => "check the file",
                RosterError::TooLarge => "split it into several files",
                RosterError::Empty | RosterError::Header { .. } | RosterError::HeaderTwice(_) => {
                    "correct the first line; nothing was imported"
                }
            };
            let failure = Failure::because(&error, next);
            failure.of(self.file.display())
        })
    }

    /// Shows each PIN once; central keeps its verifier only.
    fn hand_out(
        &self,
        outcome: &RosterOutcome,
        units: &BTreeMap<String, UnitId>,
        central: &Central,
        facility: FacilityId,
        pins: Option<File>,
        output: &mut Output<'_>,
    ) -> Result<(), Failure> {
        if outcome.arrived.is_empty() {
            return Ok(());
        }
        let names: BTreeMap<_, _> = central
            .residents(facility)?
            .into_iter()
            .map(|line| (line.id, line.name))
            .collect();
        let table = |arrival: &Arrival| {
            let unit = units.iter().find(|(_, id)| **id == arrival.unit);
            let unit = unit.map_or("", |(name, _)| name.as_str()).to_owned();
            let name = names.get(&arrival.resident).cloned().unwrap_or_default();
            let pin = arrival.pin.digits().to_owned();
            [arrival.number.clone(), name, unit, pin]
        };
        let mut csv = csv::Writer::from_writer(Vec::new());
        let rows = std::iter::once(["number", "name", "unit", "pin"].map(str::to_owned))
            .chain(outcome.arrived.iter().map(table));
        for row in rows {
            csv.write_record(row)
                .map_err(|error| Failure::because(&error, "run it again"))?;
        }
        let text = csv
            .into_inner()
            .map_err(|error| Failure::because(&error, "run it again"))?;
        let written = match pins {
            Some(mut file) => file.write_all(&text).and_then(|()| file.sync_all()),
            None => output.out.write_all(&text),
        };
        match (written, &self.pins_out) {
            (Ok(()), Some(path)) => output.note(format_args!(
                "The PINs are in {}; hand them out, then delete it.",
                path.display()
            )),
            (Ok(()), None) => Ok(()),
            // They are shown nowhere else, so rather on the screen than nowhere.
            (Err(_), _) => output
                .out
                .write_all(&text)
                .map_err(|error| Failure::because(&error, "reset the PINs of those who arrived")),
        }
    }
}

/// The lines whose unit there is; the others join the errors.
fn placed(roster: &mut Roster, units: &BTreeMap<String, UnitId>) -> Vec<RosterLine> {
    let mut lines = Vec::new();
    for line in roster.lines.drain(..) {
        match units.get(&line.unit) {
            Some(unit) => lines.push(RosterLine {
                number: line.number,
                name: line.name,
                unit: *unit,
            }),
            None => roster.errors.push(LineError {
                line: line.line,
                column: Some(Column::Unit),
                advice: Advice::UnknownUnit,
            }),
        }
    }
    roster.errors.sort_by_key(|error| error.line);
    lines
}

fn new_secret_file(path: &Path) -> Result<File, Failure> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| {
            let what = format!("{} cannot be created: {error}", path.display());
            Failure::new(what, "give a new file; nothing was imported")
        })
}

fn report(
    outcome: &RosterOutcome,
    facility: &FacilityLine,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    output.note(format_args!(
        "{}: {} arrived, {} moved, {} renamed, {} left, {} unchanged.",
        facility.name,
        outcome.arrived.len(),
        outcome.moved.len(),
        outcome.renamed.len(),
        outcome.departed.len(),
        outcome.unchanged
    ))
}

/// Says what an import would change.
fn foresee(
    central: &Central,
    facility: &FacilityLine,
    lines: &[RosterLine],
    complete: bool,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let known: BTreeMap<String, (String, UnitId)> = central
        .residents(facility.id)?
        .into_iter()
        .filter_map(|line| Some((line.number, (line.name, line.unit?))))
        .collect();
    let (mut arrive, mut moved, mut renamed, mut same) = (0_usize, 0_usize, 0_usize, 0_usize);
    for line in lines {
        match known.get(&line.number) {
            None => arrive += 1,
            Some((name, unit)) => {
                moved += usize::from(*unit != line.unit);
                renamed += usize::from(*name != line.name);
                same += usize::from(*unit == line.unit && *name == line.name);
            }
        }
    }
    let named = |number: &String| lines.iter().any(|line| line.number == *number);
    let left = if complete {
        known.keys().filter(|number| !named(number)).count()
    } else {
        0
    };
    output.note(format_args!(
        "{}: would be {arrive} arrived, {moved} moved, {renamed} renamed, {left} left, {same} \
         unchanged. Nothing was changed.",
        facility.name
    ))
}
