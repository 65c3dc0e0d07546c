use std::path::Path;

use dayroom_protocol::{Cents, PolicyBody, Seconds, limits};

use super::args::{InUnits, MessageRulesChange, OnOff, PolicyChange, PolicyCommand};
use super::notices::is_tag;
use super::places::check_time_zone;
use super::setup::Setup;
use super::{Done, Failure, Output, find};
use crate::{Central, UnitLine};

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
        PolicyCommand::Messages(change) => {
            let units = change.units.find(&central)?;
            for_each(&central, &units, |policy| change.apply(policy))?;
            said(&units, output)?;
        }
        PolicyCommand::Languages { tags, units } => {
            if let Some(wrong) = tags.iter().find(|tag| !is_tag(tag)) {
                return Err(Failure::new(
                    format!("\"{wrong}\" is no language tag"),
                    "give BCP 47 tags such as en es vi ht zh-Hans ar",
                ));
            }
            let units = units.find(&central)?;
            for_each(&central, &units, |policy| {
                policy.languages.clone_from(&tags);
                Ok(())
            })?;
            said(&units, output)?;
        }
        PolicyCommand::TechnicianCode { units, remove } => {
            let units = units.find(&central)?;
            let ids: Vec<_> = units.iter().map(|unit| unit.id).collect();
            if remove {
                central.remove_technician_code(&ids)?;
                output.say("There is no technicians' code any more.")?;
            } else {
                let code = central.new_technician_code(&ids, &mut setup.rng())?;
                output.say(code.digits())?;
                output.note("This is the technicians' code; it is shown this once.")?;
            }
        }
    }
    Ok(Done::All)
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
