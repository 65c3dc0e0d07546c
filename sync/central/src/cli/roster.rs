use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use dayroom_protocol::{FacilityId, UnitId};

use super::args::InFacility;
use super::roster_args::{HowSure, RosterCommand, RosterFile};
use super::roster_preview::{agreed, show};
use super::setup::Setup;
use super::show::at as moment;
use super::{Done, Failure, Output};
use crate::roster::{Advice, Column, LineError, Roster, RosterError, read_roster};
use crate::{
    Arrival, Central, FacilityLine, OperatorError, RosterImport, RosterLine, RosterOutcome,
};

pub(super) fn roster(
    setup: &Setup,
    command: RosterCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let central = setup.central()?;
    match command {
        RosterCommand::Import(file) => file.import(setup, &central, output),
        RosterCommand::Undo { at, how } => undo(setup, &central, &at, how, output),
        RosterCommand::Badges { file, at } => super::badges::import(setup, &file, &at, output),
        RosterCommand::History { at, json } => history(&central, &at, json, output),
    }
}

impl RosterFile {
    fn import(
        &self,
        setup: &Setup,
        central: &Central,
        output: &mut Output<'_>,
    ) -> Result<Done, Failure> {
        if self.how.json && !self.how.dry_run && self.pins_out.is_none() {
            return Err(Failure::new(
                "PINs do not go beside JSON",
                "give --pins-out FILE, or --dry-run; nothing was imported",
            ));
        }
        let facility = self.at.find(central)?;
        let mut roster = self.read()?;
        let units = units_of(central, facility.id)?;
        let lines = placed(&mut roster, &units);
        let file = self.file.display();
        for error in &roster.errors {
            output.note(format_args!("{file}: {error}"))?;
        }
        for column in &roster.ignored_columns {
            output.note(format_args!("{file}: the column \"{column}\" is not used"))?;
        }
        let harmless = |error: &LineError| matches!(error.advice, Advice::Repeated { .. });
        let wrong = roster
            .errors
            .iter()
            .filter(|error| !harmless(error))
            .count();
        if wrong > 0 {
            output.note(format_args!(
                "{file}: nothing was imported; correct {wrong} {} and import again.",
                if wrong == 1 { "line" } else { "lines" }
            ))?;
            return Ok(Done::Part);
        }
        let preview = central.preview_roster(facility.id, lines.clone(), self.complete)?;
        let names = names_of(&units);
        if let Some((left, of)) = preview.many_leave()
            && self.accept_departures != Some(left)
            && !self.how.dry_run
        {
            show(&preview, &facility, &names, false, output)?;
            return Err(OperatorError::ManyLeave { left, of }.into());
        }
        if !agreed(&preview, &facility, &names, self.how, output)? {
            return Ok(Done::All);
        }
        let pins = self.pins_out.as_deref().map(new_secret_file).transpose()?;
        let import = RosterImport {
            lines,
            complete: self.complete,
            preview: Some(preview),
            accept_departures: self.accept_departures,
        };
        let rng = &mut setup.rng();
        let outcome = central.import_roster(facility.id, import, setup.now(), rng)?;
        self.hand_out(&outcome, &units, central, facility.id, pins, output)?;
        report(&outcome, &facility, output)?;
        Ok(Done::All)
    }

    fn read(&self) -> Result<Roster, Failure> {
        let file = File::open(&self.file).map_err(|error| {
            let what = format!("{} cannot be opened: {error}", self.file.display());
            Failure::new(what, "check the name of the file")
        })?;
        read_roster(file).map_err(|error| {
            let next = match &error {
                RosterError::Read(_) => "check the file",
                RosterError::Json { .. } => "correct it there; nothing was imported",
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
        outcome.arrived.len() + outcome.returned.len(),
        outcome.moved.len(),
        outcome.renamed.len(),
        outcome.departed.len(),
        outcome.unchanged
    ))
}

fn undo(
    setup: &Setup,
    central: &Central,
    at: &InFacility,
    how: HowSure,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let facility = at.find(central)?;
    let (change, preview) = central.preview_undo(facility.id)?;
    let names = names_of(&units_of(central, facility.id)?);
    output.note(format_args!(
        "Roster {} of {} would be taken back.",
        change.number,
        moment(change.at)
    ))?;
    if !agreed(&preview, &facility, &names, how, output)? {
        return Ok(Done::All);
    }
    let outcome = central.undo_roster(facility.id, Some(&preview), setup.now())?;
    report(&outcome, &facility, output)?;
    Ok(Done::All)
}

fn history(
    central: &Central,
    at: &InFacility,
    json: bool,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let facility = at.find(central)?;
    let all = central.roster_history(facility.id)?;
    if all.is_empty() && !json {
        output.say(format_args!("{} has had no roster yet.", facility.name))?;
    }
    for change in all {
        if json {
            let line = serde_json::to_string(&change)
                .map_err(|error| Failure::because(&error, "run it again"))?;
            output.say(line)?;
            continue;
        }
        let what = match change.what.as_str() {
            "undo" => "undo  ",
            "import_part" => "part  ",
            _ => "whole ",
        };
        let undone = change
            .undone_by
            .map_or_else(String::new, |by| format!("; taken back by {by}"));
        output.say(format_args!(
            "{:>4}  {}  {what}  {} arrived, {} moved, {} renamed, {} left{undone}",
            change.number,
            moment(change.at),
            change.arrived,
            change.moved,
            change.renamed,
            change.departed
        ))?;
    }
    Ok(Done::All)
}

fn units_of(central: &Central, facility: FacilityId) -> Result<BTreeMap<String, UnitId>, Failure> {
    let units = central.units(facility)?;
    Ok(units.into_iter().map(|unit| (unit.name, unit.id)).collect())
}

fn names_of(units: &BTreeMap<String, UnitId>) -> BTreeMap<UnitId, String> {
    units.iter().map(|(name, id)| (*id, name.clone())).collect()
}
