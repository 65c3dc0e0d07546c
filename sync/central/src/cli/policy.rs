use std::path::Path;

use dayroom_protocol::{
    Cents, LANGUAGES, Language, PolicyBody, Reading, Seconds, SecurityField, UnitId, limits,
};

use super::args::{InUnits, MessageRulesChange, OnOff, PolicyChange, PolicyCommand};
use super::places::check_time_zone;
use super::setup::Setup;
use super::{Done, Failure, Output, find};
use crate::{Central, UnitLine};

/// Quiet time between the warning and the covered screen, in seconds: enough to read it and answer.
const WARNING: u32 = 20;

/// What an operator is told who offers a language that was only translated.
const NOT_READ: &str = "not read by a native speaker";

pub(super) fn policy(
    setup: &Setup,
    command: PolicyCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    if let PolicyCommand::Languages { tags, .. } = &command
        && tags.is_empty()
    {
        return languages(output);
    }
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
            let policy = changed(&central, unit.id, &change)?;
            not_weaker(&central, unit.id, &policy)?;
            central.set_policy(unit.id, &policy)?;
            warn(&policy, output)?;
            output.say(format_args!(
                "Changed what the kiosks of {} go by.",
                unit.name
            ))?;
        }
        PolicyCommand::Messages(change) => {
            let units = change.units.find(&central)?;
            for_each(&central, &units, |policy| change.apply(policy))?;
            said(&units, output)?;
        }
        PolicyCommand::Languages { tags, units } => {
            let units = units.find(&central)?;
            for_each(&central, &units, |policy| {
                policy.languages.clone_from(&tags);
                Ok(())
            })?;
            for unit in &units {
                warn(&central.policy(unit.id)?, output)?;
            }
            said(&units, output)?;
        }
        PolicyCommand::TechnicianCode { units, remove } => {
            let units = units.find(&central)?;
            let ids: Vec<_> = units.iter().map(|unit| unit.id).collect();
            if remove {
                central.remove_technician_code(&ids)?;
                output.say("There is no technicians' code any more.")?;
            } else {
                if central.key_set()?.is_some() {
                    return Err(Failure::new(
                        "kiosks take another technicians' code from an operator alone",
                        "give it as an order: `dayroom-central order policy UNIT \
                         --technician-code --key FILE`",
                    ));
                }
                let code = central.new_technician_code(&ids, &mut setup.rng())?;
                output.say(code.digits())?;
                output.note("This is the technicians' code; it is shown this once.")?;
            }
        }
    }
    Ok(Done::All)
}

/// A unit's policy as it would be with a change.
pub(super) fn changed(
    central: &Central,
    unit: UnitId,
    change: &PolicyChange,
) -> Result<PolicyBody, Failure> {
    let mut policy = match &change.file {
        Some(file) => read(file)?,
        None => central.policy(unit)?,
    };
    apply(change, &mut policy);
    check(&policy)?;
    Ok(policy)
}

/// Kiosks that know operators' keys do not take it from the service where it weakens security.
fn not_weaker(central: &Central, unit: UnitId, policy: &PolicyBody) -> Result<(), Failure> {
    let weaker = central.weakened_by(unit, policy)?;
    if weaker.is_empty() || central.key_set()?.is_none() {
        return Ok(());
    }
    let names: Vec<_> = weaker.into_iter().map(SecurityField::name).collect();
    Err(Failure::new(
        format!(
            "this weakens {}; kiosks take that from an operator alone",
            names.join(", ")
        ),
        "give it as an order: `dayroom-central order policy UNIT … --key FILE`",
    ))
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

impl InUnits {
    /// The unit that was named, or every unit of the facility.
    fn find(&self, central: &Central) -> Result<Vec<UnitLine>, Failure> {
        let facility = self.at.find(central)?;
        let units = match &self.unit {
            Some(unit) => vec![find::unit(central, facility.id, unit)?],
            None => central.units(facility.id)?,
        };
        if units.is_empty() {
            return Err(Failure::new(
                format!("{} has no unit yet", facility.name),
                "create one with `dayroom-central unit create NAME`",
            ));
        }
        Ok(units)
    }
}

/// Changes the policies of units; if one of them cannot be, none is.
fn for_each(
    central: &Central,
    units: &[UnitLine],
    change: impl Fn(&mut PolicyBody) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut changed = Vec::new();
    for unit in units {
        let mut policy = central.policy(unit.id)?;
        change(&mut policy)?;
        check(&policy)?;
        not_weaker(central, unit.id, &policy)?;
        changed.push((unit.id, policy));
    }
    for (unit, policy) in &changed {
        central.set_policy(*unit, policy)?;
    }
    Ok(())
}

fn said(units: &[UnitLine], output: &mut Output<'_>) -> Result<(), Failure> {
    let names: Vec<&str> = units.iter().map(|unit| unit.name.as_str()).collect();
    output.say(format_args!(
        "Changed what the kiosks of {} go by.",
        names.join(", ")
    ))
}

impl MessageRulesChange {
    fn apply(&self, policy: &mut PolicyBody) -> Result<(), Failure> {
        let rules = &mut policy.messages;
        if let Some(price) = &self.price {
            rules.price = cents(price).ok_or_else(|| {
                Failure::new(
                    format!("\"{price}\" is no price"),
                    "give whole cents such as 25, or 0.25",
                )
            })?;
        }
        if let Some(characters) = self.characters {
            if !(1..=limits::WRITTEN_CHARS).contains(&characters) {
                return Err(Failure::new(
                    format!(
                        "a message may have 1 to {} characters",
                        limits::WRITTEN_CHARS
                    ),
                    "give a number between them",
                ));
            }
            rules.characters = characters;
        }
        if let Some(promise) = &self.promise {
            rules.review_promise = time(promise).ok_or_else(|| {
                Failure::new(
                    format!("\"{promise}\" is no length of time"),
                    "give minutes, hours or days such as 90m, 12h or 3d",
                )
            })?;
        }
        rules.review = self.review.map_or(rules.review, OnOff::is_on);
        rules.refund = self.refund.map_or(rules.refund, OnOff::is_on);
        Ok(())
    }
}

/// `25` or `0.25` as cents.
fn cents(text: &str) -> Option<Cents> {
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| digits)
    };
    let Some((whole, part)) = text.split_once('.') else {
        return number(text).map(Cents);
    };
    let part = number(part).filter(|_| part.len() == 2)?;
    number(whole)?
        .checked_mul(100)?
        .checked_add(part)
        .map(Cents)
}

/// `90m`, `12h` or `3d`.
fn time(text: &str) -> Option<Seconds> {
    let (count, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "m" => 60,
        "h" => 3_600,
        "d" => 24 * 3_600,
        _ => return None,
    };
    let count: u32 = count.parse().ok().filter(|count| *count > 0)?;
    count.checked_mul(seconds).map(Seconds)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_whole_cents_and_nothing_is_guessed() {
        assert_eq!(cents("25"), Some(Cents(25)));
        assert_eq!(cents("0.25"), Some(Cents(25)));
        assert_eq!(cents("12.05"), Some(Cents(1205)));
        for text in ["", ".25", "0.2", "0.255", "-1", "1,50", "+5", "99999999.00"] {
            assert_eq!(cents(text), None, "{text}");
        }
    }

    #[test]
    fn a_promise_has_a_unit() {
        assert_eq!(time("3d"), Some(Seconds(3 * 24 * 3_600)));
        assert_eq!(time("12h"), Some(Seconds(12 * 3_600)));
        for text in ["", "3", "d", "0d", "3w", "3é", "99999999d"] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
