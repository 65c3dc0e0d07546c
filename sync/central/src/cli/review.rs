use std::collections::BTreeMap;
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use dayroom_protocol::{AttachmentKind, Direction, LocalText, MessageId, MessageState};

use super::connections::read_reason;
use super::desk_args::{ReviewCommand, ReviewerCommand, RuleCommand};
use super::setup::Setup;
use super::show::at as moment;
use super::{Done, Failure, Output};
use crate::{OpenMessage, OpenPicture, Rejection, Ruling, WaitingLine};

pub(super) fn review(
    setup: &Setup,
    command: ReviewCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let central = setup.central()?;
    let now = setup.now();
    match command {
        ReviewCommand::List { overdue, at } => {
            let facility = at.find(&central)?;
            list(
                &central.waiting_for_review(facility.id, now)?,
                overdue,
                output,
            )?;
        }
        ReviewCommand::Appeals { overdue, at } => {
            let facility = at.find(&central)?;
            list(&central.open_appeals(facility.id, now)?, overdue, output)?;
        }
        ReviewCommand::Show {
            id,
            reviewer,
            pictures,
        } => {
            let open = central.open_for_review(id, &reviewer, now)?;
            show(&open, output)?;
            if let Some(folder) = pictures {
                write_pictures(&folder, id, &open.pictures)?;
            }
        }
        ReviewCommand::Release { id, reviewer } => {
            central.release_reviewed(id, &reviewer, now)?;
            output.say("Released; it goes its way.")?;
        }
        ReviewCommand::Reject {
            id,
            rule,
            reason,
            role,
            reviewer,
        } => {
            let rejection = Rejection {
                rule,
                reason: read_reason(&reason)?,
                role: role.role(),
                reviewer,
            };
            central.reject_reviewed(id, &rejection, now)?;
            output.say("Rejected; the resident is shown rule, reason and office.")?;
            if let MessageState::Rejected {
                refund: Some(cents),
                ..
            } = central.message(id)?.body.state
            {
                output.say(format_args!("{} cents went back to them.", cents.0))?;
            }
        }
        ReviewCommand::Decide {
            id,
            ruling,
            reason,
            role,
            reviewer,
        } => {
            let ruling = if ruling.grant {
                Ruling::Grant
            } else {
                Ruling::Uphold(read_reason(reason.as_deref().unwrap_or_default())?)
            };
            central.decide_appeal(id, &ruling, (role.role(), &reviewer), now)?;
            output.say(match ruling {
                Ruling::Grant => "Granted; the message goes its way and costs nothing more.",
                Ruling::Uphold(_) => "Upheld; the resident is shown the reason.",
            })?;
        }
        ReviewCommand::Log { id } => {
            for line in central.review_log(id)? {
                let who = line.reviewer.as_deref().unwrap_or("central");
                let rule = line
                    .rule
                    .map_or_else(String::new, |rule| format!(" by rule {rule}"));
                output.say(format_args!(
                    "{}  {}  {}: {who} {}{rule}",
                    line.number,
                    moment(line.at),
                    line.message,
                    line.act
                ))?;
            }
        }
        ReviewCommand::HoldWord { word, remove, at } => {
            let facility = at.find(&central)?;
            if remove {
                central.unhold_word(facility.id, &word)?;
                output.say("Taken back; what is on hold stays there until it is decided.")?;
            } else {
                central.hold_word(facility.id, &word)?;
                output.say("Noted; incoming messages with it wait for review from now on.")?;
            }
        }
        ReviewCommand::Words { at } => {
            for word in central.held_words(at.find(&central)?.id)? {
                output.say(word)?;
            }
        }
    }
    Ok(Done::All)
}

pub(super) fn reviewer(
    setup: &Setup,
    command: ReviewerCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let central = setup.central()?;
    match command {
        ReviewerCommand::Add { name, at } => {
            let facility = at.find(&central)?;
            central.add_reviewer(facility.id, &name)?;
            output.say(format_args!("Added a reviewer of {}.", facility.name))?;
        }
        ReviewerCommand::Remove { name, at } => {
            let facility = at.find(&central)?;
            central.remove_reviewer(facility.id, &name, setup.now())?;
            output.say("Removed; what they did stays in the log.")?;
        }
        ReviewerCommand::List { at } => {
            for name in central.reviewers(at.find(&central)?.id)? {
                output.say(name)?;
            }
        }
    }
    Ok(Done::All)
}

pub(super) fn rule(
    setup: &Setup,
    command: RuleCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let central = setup.central()?;
    match command {
        RuleCommand::Add { code, texts, at } => {
            let facility = at.find(&central)?;
            central.add_rule(facility.id, &code, &by_language(&texts)?)?;
            output.say(format_args!("Added rule {code}."))?;
        }
        RuleCommand::Remove { code, at } => {
            central.remove_rule(at.find(&central)?.id, &code)?;
            output.say("Removed; what was decided by it keeps its text.")?;
        }
        RuleCommand::List { at } => {
            for rule in central.rules(at.find(&central)?.id)? {
                let languages: Vec<&str> = rule.text.0.keys().map(String::as_str).collect();
                output.say(format_args!(
                    "{}  {}  ({})",
                    rule.code,
                    rule.text.in_language("en"),
                    languages.join(", ")
                ))?;
            }
        }
    }
    Ok(Done::All)
}

fn by_language(texts: &[String]) -> Result<LocalText, Failure> {
    let mut held = BTreeMap::new();
    for text in texts {
        let pair = text.split_once('=').filter(|(language, _)| {
            let tag = |c: char| c.is_ascii_alphanumeric() || c == '-';
            (2..=12).contains(&language.len()) && language.chars().all(tag)
        });
        let Some((language, text)) = pair else {
            return Err(Failure::new(
                "a text does not begin with its language",
                "give --text en=TEXT es=TEXT",
            ));
        };
        held.insert(language.to_owned(), text.trim().to_owned());
    }
    Ok(LocalText(held))
}

/// How they stand, and never what they say.
fn list(lines: &[WaitingLine], overdue: bool, output: &mut Output<'_>) -> Result<(), Failure> {
    for line in lines.iter().filter(|line| line.overdue || !overdue) {
        let which = match line.direction {
            Direction::Incoming => "incoming",
            Direction::Outgoing => "outgoing",
        };
        let promised = match (line.promised_by, line.overdue) {
            (None, _) => String::new(),
            (Some(by), false) => format!(", promised by {}", moment(by)),
            (Some(by), true) => format!(", OVERDUE, promised by {}", moment(by)),
        };
        output.say(format_args!(
            "{}  {which}, since {}{promised}",
            line.message,
            moment(line.since)
        ))?;
    }
    Ok(())
}

fn show(open: &OpenMessage, output: &mut Output<'_>) -> Result<(), Failure> {
    match open.direction {
        Direction::Incoming => output.say(format_args!("From: {}", open.contact))?,
        Direction::Outgoing => output.say(format_args!("To: {}", open.contact))?,
    }
    for picture in &open.pictures {
        let what = match picture.kind {
            AttachmentKind::Photo => "photo",
            AttachmentKind::Card => "card",
            AttachmentKind::MailPage => "page of mail",
            AttachmentKind::DocumentPage => "page of a document",
        };
        let bytes = picture.bytes.len();
        output.say(format_args!("With a {what}, {bytes} bytes"))?;
    }
    if open.clips > 0 {
        output.say(format_args!("With {} video clips", open.clips))?;
    }
    output.say("")?;
    // Only the line breaks and tabs of the text may reach the terminal.
    let plain = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    output.say(open.text.chars().filter(plain).collect::<String>())
}

/// Names by place: a name from outside is no file's name.
fn write_pictures(folder: &Path, id: MessageId, pictures: &[OpenPicture]) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::because(&error, "give a folder of yours with --pictures").of(folder.display())
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(failed)?;
    for (number, picture) in (1..).zip(pictures) {
        let name = folder.join(format!("{id}-{number}"));
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(name)
            .map_err(failed)?;
        file.write_all(&picture.bytes).map_err(failed)?;
    }
    Ok(())
}
