use std::collections::BTreeMap;
use std::io::{self, BufRead, IsTerminal};

use dayroom_protocol::UnitId;

use super::roster_args::HowSure;
use super::{Failure, Output};
use crate::{FacilityLine, Oddity, RosterPreview};

/// Lines of one kind of change that are shown; the rest is counted. JSON has all of them.
const SHOWN: usize = 20;

type Names = BTreeMap<UnitId, String>;

/// Shows what would change, and whether it is to be done: somebody said yes, or nothing is taken away
/// and nothing is odd.
pub(super) fn agreed(
    preview: &RosterPreview,
    facility: &FacilityLine,
    names: &Names,
    how: HowSure,
    output: &mut Output<'_>,
) -> Result<bool, Failure> {
    show(preview, facility, names, how.json, output)?;
    if how.dry_run || !preview.changes() {
        output.note("Nothing was changed.")?;
        return Ok(false);
    }
    if how.yes || !preview.asks() {
        return Ok(true);
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::new(
            "this moves, renames or takes people off, and nobody is here to say yes",
            "nothing was changed; look at it and give --yes",
        ));
    }
    output.note("Put it in force? Type yes:")?;
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(|error| Failure::because(&error, "nothing was changed; give --yes"))?;
    let yes = answer.trim().eq_ignore_ascii_case("yes");
    if !yes {
        output.note("Nothing was changed.")?;
    }
    Ok(yes)
}

/// Shows what would change.
pub(super) fn show(
    preview: &RosterPreview,
    facility: &FacilityLine,
    names: &Names,
    json: bool,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    if json {
        let text = serde_json::to_string(preview)
            .map_err(|error| Failure::because(&error, "run it again"))?;
        return output.say(text);
    }
    let unit = |id: UnitId| names.get(&id).map_or("?", String::as_str);
    let arrivals: Vec<String> = preview
        .arrivals
        .iter()
        .map(|one| {
            let again = if one.returns { ", was here before" } else { "" };
            format!("+ {} {}, {}{again}", one.number, one.name, unit(one.unit))
        })
        .collect();
    let departures = preview.departures.iter();
    let departures = departures
        .map(|one| format!("- {} {}, {}", one.number, one.name, unit(one.unit)))
        .collect();
    let moves = preview.moves.iter();
    let moves = moves
        .map(|one| {
            let (from, to) = (unit(one.from), unit(one.to));
            format!("> {} {}, {from} to {to}", one.number, one.name)
        })
        .collect();
    let renames = preview.renames.iter();
    let renames = renames
        .map(|one| format!("~ {} {}, now {}", one.number, one.from, one.to))
        .collect();
    let oddities = preview.oddities.iter();
    let oddities = oddities
        .map(|odd| format!("! {}", in_words(odd, names)))
        .collect();
    for lines in [arrivals, departures, moves, renames, oddities] {
        say_some(&lines, output)?;
    }
    output.note(format_args!(
        "{}: would be {} arrived, {} moved, {} renamed, {} left, {} unchanged.",
        facility.name,
        preview.arrivals.len(),
        preview.moves.len(),
        preview.renames.len(),
        preview.departures.len(),
        preview.unchanged
    ))
}

fn say_some(lines: &[String], output: &mut Output<'_>) -> Result<(), Failure> {
    for line in lines.iter().take(SHOWN) {
        output.note(line)?;
    }
    match lines.len().checked_sub(SHOWN) {
        None | Some(0) => Ok(()),
        Some(more) => output.note(format_args!("  and {more} more like these")),
    }
}

fn in_words(oddity: &Oddity, names: &Names) -> String {
    match oddity {
        Oddity::ManyLeave { left, of } => {
            format!("{left} of {of} people would leave: is the file whole?")
        }
        Oddity::UnitEmptied { unit, people } => {
            let unit = names.get(unit).map_or("a unit", String::as_str);
            format!("{unit} would be empty; {people} people are in it")
        }
        Oddity::OtherPerson { number } => format!(
            "{number} would have another name altogether: their messages would be that person's"
        ),
        Oddity::SameName { numbers } => {
            format!("{} have one name: is it one person?", numbers.join(" and "))
        }
    }
}
