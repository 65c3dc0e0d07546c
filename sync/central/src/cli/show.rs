use dayroom_protocol::{Answer, Outcome, Refusal, UtcMillis};

use super::setup::Setup;
use super::{Done, Failure, Output};
use crate::{Activity, Deed, KioskLine};

/// Lines of activity read at once.
const CHUNK: usize = 1_000;

pub(super) fn activity(
    setup: &Setup,
    json: bool,
    mut after: u64,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let central = setup.central()?;
    loop {
        let lines = central.activity_after(after, CHUNK)?;
        let Some(last) = lines.last() else {
            return Ok(Done::All);
        };
        after = last.number;
        for line in &lines {
            if json {
                let text = serde_json::to_string(line)
                    .map_err(|error| Failure::because(&error, "run it again"))?;
                output.say(text)?;
            } else {
                output.say(in_words(line))?;
            }
        }
    }
}

fn in_words(line: &Activity) -> String {
    let (what, outcome) = match &line.deed {
        Deed::ConnectionAnswered(answered) => {
            let answer = match answered.answer {
                Answer::Accept => "accepted",
                Answer::Decline => "declined",
                Answer::Block => "blocked",
                Answer::Unblock => "unblocked",
                Answer::Remove => "ended",
            };
            let what = format!("{answer} connection {}", answered.connection);
            (what, Some(answered.outcome))
        }
        Deed::MessageRead { message, outcome } => {
            (format!("read message {message}"), Some(*outcome))
        }
        Deed::SignedIn { outcome } => ("signed in".to_owned(), Some(*outcome)),
        Deed::SignInFailed { outcome } => ("gave a wrong PIN".to_owned(), Some(*outcome)),
        Deed::Consented { version, outcome } => {
            (format!("agreed to text {version}"), Some(*outcome))
        }
        Deed::Wrote { wrote, outcome } => (wrote.in_words(), Some(*outcome)),
        Deed::Undone { outcome } => ("undid something".to_owned(), Some(*outcome)),
        Deed::Unsupported { outcome } => ("did something newer".to_owned(), Some(*outcome)),
        Deed::DraftKey { step } => (step.in_words(), None),
        Deed::Enrolment { step } => (step.in_words(), None),
        Deed::Alarm { alarm } => (format!("ALARM {alarm:?}"), None),
    };
    let who = line
        .resident
        .map_or_else(String::new, |id| format!("resident {id} "));
    let refused = match outcome {
        Some(Outcome::Refused { reason }) => format!(" (refused: {})", refusal(reason)),
        Some(Outcome::Applied) | None => String::new(),
    };
    format!(
        "{}  {}  {}: {who}{what}{refused}",
        line.number,
        at(line.made_at),
        line.kiosk_label
    )
}

fn refusal(reason: Refusal) -> &'static str {
    match reason {
        Refusal::Withdrawn => "the contact had taken it back",
        Refusal::AlreadyAnswered => "it had been answered at another kiosk",
        Refusal::NotAllowed => "the facility had decided otherwise",
        Refusal::NotFound => "it is not there or not theirs",
        Refusal::Unsupported => "central does not know it yet",
        Refusal::NoFunds => "there was not enough money",
        Refusal::TooLong => "it was too long",
        Refusal::NotActive => "the contact was not active",
        Refusal::AlreadyDecided => "it had been decided before",
    }
}

pub(super) fn at(moment: UtcMillis) -> String {
    jiff::Timestamp::from_millisecond(moment.0)
        .map_or_else(|_| "at no time".to_owned(), |moment| format!("{moment:.0}"))
}

pub(super) fn status(setup: &Setup, output: &mut Output<'_>) -> Result<Done, Failure> {
    let central = setup.central()?;
    let authority = setup.authority()?;
    let kiosks = central.kiosks()?;
    output.say(format_args!("State directory: {}", setup.state.display()))?;
    for facility in central.facilities()? {
        output.say(format_args!("{}  {}", facility.name, facility.id))?;
        let residents = central.residents(facility.id)?;
        for unit in central.units(facility.id)? {
            let here = residents.iter().filter(|line| line.unit == Some(unit.id));
            let count = here.count();
            let (name, id) = (&unit.name, unit.id);
            output.say(format_args!("  {name}  {id}  {count} residents"))?;
            for kiosk in kiosks.iter().filter(|kiosk| kiosk.unit == unit.id) {
                let how = standing(kiosk);
                output.say(format_args!("    {}  {}  {how}", kiosk.label, kiosk.id))?;
            }
        }
    }
    let list = authority.revocation_list()?;
    output.say(format_args!(
        "Revocation list {}: {} certificates revoked, good until {}",
        list.number,
        list.revoked.len(),
        at(list.ends)
    ))?;
    let pending = central.pending_forgets()?.len();
    output.say(format_args!(
        "Forgets not yet acknowledged by kiosks: {pending}"
    ))?;
    Ok(Done::All)
}

fn standing(kiosk: &KioskLine) -> String {
    let seen = match (&kiosk.retired_at, &kiosk.seen) {
        (Some(since), _) => match kiosk.erased_at {
            Some(erased) => format!("out of service, erased itself {}", at(erased)),
            None => format!("out of service since {}", at(*since)),
        },
        (None, _) if kiosk.leaving_at.is_some() => kiosk
            .leaving_at
            .map(|since| format!("being retired since {}, not erased yet", at(since)))
            .unwrap_or_default(),
        (None, Some(seen)) => format!("last here {}", at(seen.at)),
        (None, None) => "never here".to_owned(),
    };
    match kiosk.quarantined {
        0 => seen,
        count => format!("{seen}, {count} records it cannot read"),
    }
}
