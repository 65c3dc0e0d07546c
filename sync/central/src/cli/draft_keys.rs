use super::args::{DraftKeyCommand, InFacility};
use super::setup::Setup;
use super::show::at;
use super::{Done, Failure, Output};
use crate::{DraftKeyPlace, DraftKeyReport};

pub(super) fn draft_key(
    setup: &Setup,
    command: DraftKeyCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let central = setup.central()?;
    match command {
        DraftKeyCommand::Show { facility } => {
            let facility = InFacility { facility }.find(&central)?;
            show(
                &facility.name,
                &central.draft_key_report(facility.id)?,
                output,
            )?;
        }
        DraftKeyCommand::Reset {
            facility,
            yes_lose_drafts,
        } => {
            let facility = InFacility { facility }.find(&central)?;
            let report = central.draft_key_report(facility.id)?;
            if report.generation == 0 {
                return Err(Failure::new(
                    format!("{} has no draft key yet", facility.name),
                    "nothing; the first kiosk that asks makes one",
                ));
            }
            if !yes_lose_drafts {
                return Err(Failure::new(
                    format!(
                        "with a new key nobody can open the {} unsent messages kept for {}",
                        report.drafts, facility.name
                    ),
                    "if that must be, give --yes-lose-drafts",
                ));
            }
            let lost = central.reset_draft_key(facility.id)?;
            output.say(format_args!(
                "The next kiosk of {} that asks makes a new key. {}",
                facility.name,
                lost_words(lost)
            ))?;
        }
    }
    Ok(Done::All)
}

fn show(facility: &str, report: &DraftKeyReport, output: &mut Output<'_>) -> Result<(), Failure> {
    match (report.generation, &report.key_id) {
        (0, _) => output.say(format_args!("{facility} has no draft key yet."))?,
        (number, None) => output.say(format_args!(
            "{facility} has begun draft key {number}; it is not made yet."
        ))?,
        (number, Some(id)) => {
            output.say(format_args!("{facility} has draft key {number}, {id}."))?;
        }
    }
    if let Some(maker) = &report.maker {
        output.say(format_args!("  may make it  {maker}"))?;
    }
    let places = [
        ("has it     ", &report.holders),
        ("handed to  ", &report.handed),
        ("waits      ", &report.waiting),
    ];
    for (what, places) in places {
        for DraftKeyPlace { label, since } in places {
            let since = since.map_or_else(String::new, |since| format!(", since {}", at(since)));
            output.say(format_args!("  {what}  {label}{since}"))?;
        }
    }
    if report.key_id.is_some() && !report.can_be_opened() {
        output.say("No kiosk in service has this key any more.")?;
    }
    output.say(report.in_words())
}

impl DraftKeyReport {
    /// What is kept and what is lost.
    pub(super) fn in_words(&self) -> String {
        let lost = lost_words(self.lost);
        format!("Unsent messages kept: {}. {lost}", self.drafts)
    }
}

fn lost_words(lost: usize) -> String {
    match lost {
        0 => "None of them is lost.".to_owned(),
        1 => "1 of them is lost: no kiosk can open it any more.".to_owned(),
        more => format!("{more} of them are lost: no kiosk can open them any more."),
    }
}
