use std::path::Path;

use dayroom_protocol::{PolicyBody, Seconds};

use super::args::{PolicyChange, PolicyCommand};
use super::places::check_time_zone;
use super::setup::Setup;
use super::{Done, Failure, Output, find};

/// Quiet time between the warning and the covered screen, in seconds: enough to read it and answer.
const WARNING: u32 = 20;

pub(super) fn policy(
    setup: &Setup,
    command: PolicyCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let central = setup.central()?;
    match command {
        PolicyCommand::Show { unit, at } => {
            let facility = at.find(&central)?;
            let unit = find::unit(&central, facility.id, &unit)?;
            let policy = central.policy(unit.id)?;
            let text = serde_json::to_string_pretty(&policy)
                .map_err(|error| Failure::because(&error, "run it again"))?;
            output.say(text)?;
        }
        PolicyCommand::Set(change) => {
            let facility = change.at.find(&central)?;
            let unit = find::unit(&central, facility.id, &change.unit)?;
            let mut policy = match &change.file {
                Some(file) => read(file)?,
                None => central.policy(unit.id)?,
            };
            apply(&change, &mut policy);
            check(&policy)?;
            central.set_policy(unit.id, &policy)?;
            output.say(format_args!(
                "Changed what the kiosks of {} go by.",
                unit.name
            ))?;
        }
    }
    Ok(Done::All)
}

fn read(file: &Path) -> Result<PolicyBody, Failure> {
    let show = "write it as `dayroom-central policy show` prints it";
    let what = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::new(what(&error), "check the name of the file"))?;
    serde_json::from_str(&text).map_err(|error| Failure::new(what(&error), show))
}

fn apply(change: &PolicyChange, policy: &mut PolicyBody) {
    if let Some(zone) = &change.time_zone {
        policy.time_zone.clone_from(zone);
    }
    if let Some(seconds) = change.idle_warning {
        policy.idle_warning = Seconds(seconds);
    }
    if let Some(seconds) = change.idle_lock {
        policy.idle_lock = Seconds(seconds);
    }
    if let Some(days) = change.lease_days {
        policy.lease = Seconds(u32::from(days) * 24 * 3_600);
    }
    let texts = [("en", &change.consent), ("es", &change.consent_es)];
    if texts.iter().any(|(_, text)| text.is_some()) {
        policy.consent.version = policy.consent.version.saturating_add(1);
        for (language, text) in texts {
            if let Some(text) = text {
                let held = &mut policy.consent.text.0;
                held.insert(language.to_owned(), text.clone());
            }
        }
    }
}

fn check(policy: &PolicyBody) -> Result<(), Failure> {
    check_time_zone(&policy.time_zone)?;
    if policy.idle_warning.0.saturating_add(WARNING) > policy.idle_lock.0
        || policy.idle_warning.0 == 0
    {
        return Err(Failure::new(
            format!("the screen is covered less than {WARNING} seconds after the warning"),
            "set --idle-warning and --idle-lock further apart",
        ));
    }
    if policy.lease.0 == 0 {
        return Err(Failure::new(
            "without a lease sign-in would never open",
            "set --lease-days to 1 or more",
        ));
    }
    if policy.languages.is_empty() || !policy.consent.text.0.contains_key("en") {
        return Err(Failure::new(
            "the policy has no language, or no consent text in English",
            "give `languages` and `consent.text.en`",
        ));
    }
    Ok(())
}
