use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::release_args::{RolloutCommand, RolloutPlan};
use super::setup::Setup;
use super::{Done, Failure, Output, find};
use crate::releases::Releases;
use crate::{Central, Doing, Ring, RingWho, RolloutError, RolloutLimits, RolloutReport};

pub(super) fn rollout(
    setup: &Setup,
    releases: &Releases,
    command: RolloutCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let central = setup.central()?;
    match command {
        RolloutCommand::Start { version, plan } => {
            let listed = releases.published()?.releases;
            if !listed.iter().any(|line| line.version == version) {
                return Err(crate::releases::ReleasesError::NoRelease(version).into());
            }
            // The rings given with `release add` hold unless others are given now.
            let planned = central.is_rollout_planned(version)?;
            if !plan.rings.is_empty() || !planned {
                central.plan_rollout(version, rings(&central, &plan)?, plan.limits())?;
            }
            central.start_rollout(version, setup.now())?;
            output.say(format_args!("Started the rollout of {version}."))?;
            Ok(Done::All)
        }
        RolloutCommand::Pause => {
            let version = central.pause_rollout()?;
            output.say(format_args!(
                "Paused the rollout of {version}; no further kiosk is offered it."
            ))?;
            Ok(Done::All)
        }
        RolloutCommand::Resume => {
            let version = central.resume_rollout(setup.now())?;
            output.say(format_args!("The rollout of {version} goes on."))?;
            Ok(Done::All)
        }
        RolloutCommand::Status { json } => status(setup, &central, json, output),
    }
}

impl RolloutPlan {
    pub(super) fn limits(&self) -> RolloutLimits {
        RolloutLimits {
            failed_percent: self.fail_percent,
            soak: self.soak.saturating_mul(60),
            silent: self.silent.saturating_mul(60),
        }
    }
}

/// The rings given, or the usual ones.
pub(super) fn rings(central: &Central, plan: &RolloutPlan) -> Result<Vec<Ring>, Failure> {
    if plan.rings.is_empty() {
        let usual = [("first", 5), ("half", 50), ("all", 100)];
        return Ok(usual
            .map(|(name, percent)| Ring {
                name: name.to_owned(),
                who: RingWho::Share(percent),
            })
            .into());
    }
    let mut rings: Vec<Ring> = Vec::new();
    for text in &plan.rings {
        let wrong = || {
            Failure::new(
                format!("\"{text}\" is no ring"),
                "give NAME=10% or NAME=kiosk,kiosk",
            )
        };
        let (name, who) = text.split_once('=').ok_or_else(wrong)?;
        if name.trim().is_empty() || rings.iter().any(|ring| ring.name == name) {
            return Err(wrong());
        }
        let who = if let Some(percent) = who.strip_suffix('%') {
            let percent = percent.parse().ok();
            RingWho::Share(
                percent
                    .filter(|percent| (1..=100).contains(percent))
                    .ok_or_else(wrong)?,
            )
        } else {
            let named = who.split(',').map(str::trim);
            RingWho::Kiosks(
                named
                    .map(|kiosk| find::kiosk(central, kiosk).map(|line| line.id))
                    .collect::<Result<_, _>>()?,
            )
        };
        rings.push(Ring {
            name: name.to_owned(),
            who,
        });
    }
    Ok(rings)
}

fn status(
    setup: &Setup,
    central: &Central,
    as_json: bool,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let Some(report) = central.rollout_report(setup.now())? else {
        if as_json {
            output.say(Value::Null)?;
        } else {
            output.say("No rollout was started.")?;
        }
        return Ok(Done::All);
    };
    if as_json {
        output.say(as_value(&report))?;
        return Ok(Done::All);
    }
    output.say(format_args!(
        "Rollout of {}: {}.",
        report.version,
        report.state.name()
    ))?;
    if !report.why.is_empty() {
        output.say(format_args!("It halted because {}.", report.why))?;
    }
    for (number, ring) in report.rings.iter().enumerate() {
        let counts = counts(&report, number);
        let count = |name: &str| counts.get(name).copied().unwrap_or(0);
        output.say(format_args!(
            "{} {:12} {:>4} well {:>4} on their way {:>4} failed {:>4} silent {:>4} waiting",
            if number == report.ring { '>' } else { ' ' },
            ring.name,
            count("well"),
            count("on_its_way"),
            count("badly"),
            count("silent"),
            count("waiting"),
        ))?;
    }
    for kiosk in &report.kiosks {
        let bad = matches!(kiosk.doing, Some(Doing::Badly | Doing::Silent));
        if bad {
            let said = match &kiosk.stage {
                Some(stage) => serde_json::to_string(stage)
                    .map_err(|error| Failure::because(&error, "run it again"))?,
                None => "said nothing since it was offered the release".to_owned(),
            };
            output.say(format_args!("  {}: {said}", kiosk.label))?;
        }
    }
    Ok(Done::All)
}

fn word(doing: Option<Doing>) -> &'static str {
    match doing {
        Some(Doing::Well) => "well",
        Some(Doing::OnItsWay) => "on_its_way",
        Some(Doing::Badly) => "badly",
        Some(Doing::Silent) => "silent",
        None => "waiting",
    }
}

fn counts(report: &RolloutReport, ring: usize) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for kiosk in report.kiosks.iter().filter(|one| one.ring == Some(ring)) {
        *counts.entry(word(kiosk.doing)).or_default() += 1;
    }
    counts
}

fn as_value(report: &RolloutReport) -> Value {
    let rings: Vec<Value> = report
        .rings
        .iter()
        .enumerate()
        .map(|(number, ring)| {
            json!({ "name": ring.name, "who": ring.who, "kiosks": counts(report, number) })
        })
        .collect();
    let kiosks: Vec<Value> = report
        .kiosks
        .iter()
        .map(|kiosk| {
            json!({
                "kiosk": kiosk.kiosk,
                "label": kiosk.label,
                "ring": kiosk.ring,
                "running": kiosk.running,
                "doing": word(kiosk.doing),
                "stage": kiosk.stage,
                "heard_at": kiosk.heard_at,
            })
        })
        .collect();
    json!({
        "version": report.version,
        "state": report.state.name(),
        "ring": report.ring,
        "ring_since": report.ring_since,
        "why": report.why,
        "limits": report.limits,
        "rings": rings,
        "kiosks": kiosks,
    })
}

impl From<RolloutError> for Failure {
    fn from(error: RolloutError) -> Self {
        let next = match &error {
            RolloutError::None => "start one with `release rollout start VERSION`",
            RolloutError::State { .. } => "see `dayroom-central release rollout status`",
            RolloutError::Older { .. } => "an older release needs an order, not a rollout",
            RolloutError::Store(_) => "check the disk and the rights of the state directory",
        };
        Self::because(&error, next)
    }
}
