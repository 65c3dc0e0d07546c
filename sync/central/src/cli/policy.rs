use std::path::Path;

use dayroom_protocol::{LANGUAGES, Language, PolicyBody, Reading, Seconds};

use super::args::{PolicyChange, PolicyCommand};
use super::places::check_time_zone;
use super::setup::Setup;
use super::{Done, Failure, Output, find};

/// Quiet time between the warning and the covered screen, in seconds: enough to read it and answer.
const WARNING: u32 = 20;

/// What an operator is told who offers a language that was only translated.
const NOT_READ: &str = "not read by a native speaker";

pub(super) fn policy(
    setup: &Setup,
    command: PolicyCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    if matches!(command, PolicyCommand::Languages) {
        return languages(output);
    }
    let central = setup.central()?;
    match command {
        PolicyCommand::Languages => {}
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
            warn(&policy, output)?;
            output.say(format_args!(
                "Changed what the kiosks of {} go by.",
                unit.name
            ))?;
        }
    }
    Ok(Done::All)
}

/// The languages of the screen, and who has read them.
fn languages(output: &mut Output<'_>) -> Result<Done, Failure> {
    for language in LANGUAGES {
        let reading = match language.reading {
            Reading::Source => "the screen is written in it".to_owned(),
            Reading::NotRead => NOT_READ.to_owned(),
            Reading::Read { by, on } => format!("read by {by} on {on}"),
        };
        output.say(format_args!(
            "{:8} {} ({}): {reading}",
            language.tag, language.name, language.english
        ))?;
    }
    Ok(Done::All)
}

/// Says what an operator should know of the languages a unit is offered now.
fn warn(policy: &PolicyBody, output: &mut Output<'_>) -> Result<(), Failure> {
    let offered = policy
        .languages
        .iter()
        .filter_map(|tag| Language::of_tag(tag));
    for language in offered {
        if language.is_unread() {
            output.note(format_args!(
                "{} ({}): {NOT_READ}",
                language.english, language.tag
            ))?;
        }
        if !policy.consent.text.0.contains_key(language.tag) {
            output.note(format_args!(
                "{} ({}): the monitoring text is shown in English; give it with --consent-in",
                language.english, language.tag
            ))?;
        }
    }
    Ok(())
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
    if let Some(languages) = &change.languages {
        policy.languages.clone_from(languages);
    }
    let mut texts = change.consent_in.clone();
    for (language, text) in [("en", &change.consent), ("es", &change.consent_es)] {
        texts.extend(text.clone().map(|text| (language.to_owned(), text)));
    }
    if !texts.is_empty() {
        policy.consent.version = policy.consent.version.saturating_add(1);
        policy.consent.text.0.extend(texts);
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
