use std::collections::BTreeMap;
use std::time::Duration;

use dayroom_protocol::health::Verdict;
use dayroom_protocol::{KioskId, UtcMillis};
use serde::Serialize;

use super::args::{FleetCommand, FleetShow};
use super::fleet_table::{Style, details, summary, table, words};
use super::setup::Setup;
use super::{Done, Failure, Output, find};
use crate::{FleetLine, FleetSummary, HealthEntry, SILENT_AFTER_MILLIS};

/// How often a watched list is looked at anew.
const LOOK: Duration = Duration::from_secs(2);

/// All of it, as JSON.
#[derive(Serialize)]
struct FleetJson<'a> {
    at: UtcMillis,
    silent_after_seconds: i64,
    summary: FleetSummary,
    kiosks: &'a [FleetLine],
}

/// One kiosk, as JSON.
#[derive(Serialize)]
struct KioskJson<'a> {
    at: UtcMillis,
    kiosk: &'a FleetLine,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<&'a [HealthEntry]>,
}

pub(super) fn fleet(
    setup: &Setup,
    command: FleetCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let central = setup.central()?;
    if let Some(FleetShow::Show {
        kiosk,
        history,
        json,
    }) = command.one
    {
        let id = find::kiosk(&central, &kiosk)?.id;
        let now = setup.now();
        let line = central
            .fleet(now)?
            .into_iter()
            .find(|line| line.kiosk == id);
        let line = line.ok_or_else(|| gone(&kiosk))?;
        let history = central.health_history(id, history)?;
        if json {
            return say_json(
                &KioskJson {
                    at: now,
                    kiosk: &line,
                    history: Some(&history),
                },
                output,
            );
        }
        for text in details(&line, &history, now, Style::of_stdout()) {
            output.say(text)?;
        }
        return Ok(Done::All);
    }
    let look = |now| -> Result<Vec<FleetLine>, Failure> {
        let mut lines = central.fleet(now)?;
        lines.retain(|line| is_wanted(line, &command));
        Ok(lines)
    };
    if command.watch {
        return watch(setup, &look, command.json, output);
    }
    let now = setup.now();
    let lines = look(now)?;
    let style = Style::of_stdout();
    if command.json {
        let json = FleetJson {
            at: now,
            silent_after_seconds: SILENT_AFTER_MILLIS / 1000,
            summary: FleetSummary::of(&lines),
            kiosks: &lines,
        };
        return say_json(&json, output);
    }
    for text in table(&lines, now, style) {
        output.say(text)?;
    }
    output.say(summary(&lines, style))?;
    Ok(Done::All)
}

/// Shows the list for as long as somebody looks; who has gone is found at the next line.
fn watch(
    setup: &Setup,
    look: &dyn Fn(UtcMillis) -> Result<Vec<FleetLine>, Failure>,
    json: bool,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let mut shown: BTreeMap<KioskId, FleetLine> = BTreeMap::new();
    loop {
        let (now, style) = (setup.now(), Style::of_stdout());
        let lines = look(now)?;
        match style.width {
            Some(_) if !json => {
                // Home, and clear what was below: the list does not flicker as after a full clear.
                let mut screen = String::from("\u{1b}[H");
                for text in table(&lines, now, style).iter().chain([
                    &summary(&lines, style),
                    &format!("Looked at {}; Ctrl-C ends.", super::show::at(now)),
                ]) {
                    screen.push_str(text);
                    screen.push_str("\u{1b}[K\n");
                }
                screen.push_str("\u{1b}[J");
                output.say(screen)?;
            }
            Some(_) | None => {
                for line in &lines {
                    if shown.get(&line.kiosk).is_some_and(|old| same(old, line)) {
                        continue;
                    }
                    if json {
                        let one = KioskJson {
                            at: now,
                            kiosk: line,
                            history: None,
                        };
                        say_json(&one, output)?;
                    } else {
                        let at = super::show::at(now);
                        output.say(format_args!("{at}  {}: {}", line.label, words(line, now)))?;
                    }
                    shown.insert(line.kiosk, line.clone());
                }
            }
        }
        output.flush()?;
        std::thread::sleep(LOOK);
    }
}

/// Whether a kiosk is as it was, but for the time that has passed.
fn same(old: &FleetLine, new: &FleetLine) -> bool {
    let version = |line: &FleetLine| line.report.as_ref().map(|report| report.versions.clone());
    let waiting = |line: &FleetLine| line.report.as_ref().map(|report| report.outbox.waiting);
    old.state == new.state
        && old.troubles == new.troubles
        && old.certificate_days == new.certificate_days
        && old.unit == new.unit
        && version(old) == version(new)
        && waiting(old) == waiting(new)
}

fn is_wanted(line: &FleetLine, command: &FleetCommand) -> bool {
    let named = |wanted: &Option<String>, name: &str, id: String| {
        wanted
            .as_ref()
            .is_none_or(|wanted| wanted == name || *wanted == id)
    };
    let in_service = !matches!(line.state, crate::KioskState::OutOfService { .. });
    (command.all || in_service)
        && named(
            &command.facility,
            &line.facility_name,
            line.facility.to_string(),
        )
        && named(&command.unit, &line.unit_name, line.unit.to_string())
}

fn gone(kiosk: &str) -> Failure {
    Failure::new(
        format!("there is no kiosk \"{kiosk}\""),
        "see `dayroom-central fleet --all`",
    )
}

fn say_json(value: &impl Serialize, output: &mut Output<'_>) -> Result<Done, Failure> {
    let text =
        serde_json::to_string(value).map_err(|error| Failure::because(&error, "run it again"))?;
    output.say(text)?;
    Ok(Done::All)
}

/// What a verdict looks like where there is no colour.
pub(super) fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::Warn | Verdict::Unknown => "warn",
        Verdict::Fail => "FAIL",
    }
}
