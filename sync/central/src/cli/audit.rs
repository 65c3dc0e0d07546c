use std::os::unix::fs::MetadataExt;

use dayroom_audit::{Entry, Level, Point, document, kinds};
use dayroom_protocol::{KioskId, UtcMillis};

use super::audit_args::{AuditCommand, AuditLevel};
use super::setup::Setup;
use super::show::at;
use super::{Done, Failure, Output, find};
use crate::{AuditAsk, AuditLine, AuditReport, Central};

/// Who gives commands: the operating system's number of their account, for the audit.
pub(super) fn uid() -> u32 {
    std::fs::metadata("/proc/self").map_or(u32::MAX, |own| own.uid())
}

/// Notes a command before it is carried out, and after it that it was not, in central's own audit.
pub(super) struct Noted {
    command: String,
}

impl Noted {
    /// A command whose arguments are these, by the names of its variants: `Roster(Import { ..` is
    /// `roster.import`. What follows them is never looked at: it may be a name.
    pub(super) fn of(command: &impl std::fmt::Debug) -> Self {
        let text = format!("{command:?}");
        let mut words = text.split('(').map(|part| {
            let end = part.find(|c: char| !c.is_ascii_alphanumeric());
            kebab(end.map_or(part, |end| part.split_at(end).0))
        });
        let first = words.next().unwrap_or_default();
        // A command of one word has its arguments in braces and nothing in brackets before them.
        let alone = text
            .find('{')
            .is_some_and(|brace| text.find('(').is_none_or(|at| brace < at));
        let second = words.next().filter(|word| !alone && !word.is_empty());
        let command = second.map_or_else(|| first.clone(), |second| format!("{first}.{second}"));
        Self { command }
    }

    /// Its name in the audit.
    fn word(&self) -> dayroom_audit::Word {
        dayroom_audit::Word::parse(&self.command)
            .unwrap_or_else(|_| dayroom_audit::Word::new("unsaid"))
    }

    pub(super) fn before(&self, central: &Central, now: UtcMillis) -> Result<(), Failure> {
        let event = kinds::operator_command(uid().into(), self.word());
        central.audit(event, now).map_err(unwritable)
    }

    pub(super) fn not_done(&self, central: &Central, now: UtcMillis) -> Result<(), Failure> {
        let event = kinds::operator_not_done(uid().into(), self.word());
        central.audit(event, now).map_err(unwritable)
    }
}

/// What cannot be noted is not done.
fn unwritable(error: crate::StoreError) -> Failure {
    let next = "free some space or mend the state directory; nothing was done";
    Failure::because(&error, next).of("audit")
}

/// `RosterImport` as `roster-import`.
fn kebab(name: &str) -> String {
    let mut word = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !word.is_empty() {
            word.push('-');
        }
        word.push(letter.to_ascii_lowercase());
    }
    word
}

pub(super) fn audit(
    setup: &Setup,
    command: AuditCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let central = setup.central()?;
    match command {
        AuditCommand::Verify { kiosk, head, json } => {
            let kiosk = which(&central, kiosk.as_deref())?;
            let known = head.as_deref().map(point).transpose()?;
            let reports = central.verify_audit(kiosk, known)?;
            central.note_audit_verified(uid(), &reports, setup.now())?;
            for report in &reports {
                if json {
                    output.say(to_json(report)?)?;
                } else {
                    output.say(in_words(report))?;
                }
            }
            let sound = reports.iter().all(|report| report.fault.is_none());
            Ok(if sound { Done::All } else { Done::Part })
        }
        AuditCommand::Show {
            kiosk,
            since,
            event,
            level,
            json,
        } => {
            let ask = AuditAsk {
                kiosk: which(&central, kiosk.as_deref())?,
                since: since
                    .as_deref()
                    .map(|since| moment(since, setup.now()))
                    .transpose()?,
                event,
            };
            let mut shown = 0;
            let read = central.audit_lines(&ask, |line| {
                if level_of(&line.entry) < least(level) {
                    return Ok(());
                }
                shown += 1;
                if json {
                    output.say(to_json(&line)?)
                } else {
                    output.say(line_in_words(&line))
                }
            });
            // Also of a reading that broke off.
            central.note_audit_read(uid(), shown, setup.now())?;
            read?;
            Ok(Done::All)
        }
        AuditCommand::Head => {
            let head = central.audit_head()?;
            let (_, at) = head.ok_or_else(|| {
                Failure::new("there is no audit yet", "give any other command first")
            })?;
            output.say(format_args!("{}:{}", at.number, at.hash))?;
            Ok(Done::All)
        }
        AuditCommand::Kinds => {
            output.say(document().trim_end())?;
            Ok(Done::All)
        }
    }
}

fn which(central: &Central, kiosk: Option<&str>) -> Result<Option<KioskId>, Failure> {
    let found = kiosk.map(|kiosk| find::kiosk(central, kiosk)).transpose()?;
    Ok(found.map(|kiosk| kiosk.id))
}

fn to_json(line: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(line).map_err(|error| Failure::because(&error, "run it again"))
}

fn point(text: &str) -> Result<Point, Failure> {
    let read = text.split_once(':').and_then(|(number, hash)| {
        Some(Point {
            number: number.parse().ok()?,
            hash: hash.parse().ok()?,
        })
    });
    read.ok_or_else(|| {
        let what = "the head is not NUMBER:HASH";
        Failure::new(what, "give it as `dayroom-central audit head` printed it")
    })
}

/// A moment, or a span before now.
fn moment(text: &str, now: UtcMillis) -> Result<UtcMillis, Failure> {
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Ok(UtcMillis(moment.as_millisecond()));
    }
    let span = text.split_at_checked(text.len().saturating_sub(1));
    let span = span.and_then(|(count, unit)| {
        let count: i64 = count.parse().ok()?;
        let millis = match unit {
            "d" => 24 * 60 * 60 * 1_000,
            "h" => 60 * 60 * 1_000,
            "m" => 60 * 1_000,
            _ => return None,
        };
        count.checked_mul(millis)
    });
    span.map(|span| now.plus_millis(-span)).ok_or_else(|| {
        let what = format!("\"{text}\" is neither a moment nor a span");
        Failure::new(what, "give 2026-11-28T00:00:00Z, or 7d, 12h, 30m")
    })
}

fn least(level: AuditLevel) -> Level {
    match level {
        AuditLevel::Routine => Level::Routine,
        AuditLevel::Review => Level::Review,
        AuditLevel::Alarm => Level::Alarm,
    }
}

/// What a newer program noted is worth a look.
fn level_of(entry: &Entry) -> Level {
    entry.kind().map_or(Level::Review, |kind| kind.level)
}

fn owner(label: Option<&str>) -> &str {
    label.unwrap_or("central")
}

fn in_words(report: &AuditReport) -> String {
    let who = owner(report.label.as_deref());
    let (process, intact) = (report.chain.process, report.intact_through);
    let what = match (&report.fault, intact) {
        (None, 0) => "empty".to_owned(),
        (None, _) => format!("entries 1 to {intact} hold"),
        (Some(fault), 0) => format!("BROKEN: {}; nothing before it holds", fault.words),
        (Some(fault), _) => format!("BROKEN: {}; entries 1 to {intact} hold", fault.words),
    };
    let signed = match (report.kiosk, report.signatures) {
        (None, _) => String::new(),
        (Some(_), 1) => ", 1 signature is good".to_owned(),
        (Some(_), count) => format!(", {count} signatures are good"),
    };
    format!("{who}, {process}: {what}{signed}")
}

fn line_in_words(line: &AuditLine) -> String {
    let entry = &line.entry;
    let fields: Vec<String> = entry
        .fields()
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mark = match level_of(entry) {
        Level::Routine => "",
        Level::Review => " *",
        Level::Alarm => " ALARM",
    };
    format!(
        "{}  {}, {} {}: {}{mark} {}",
        at(UtcMillis(entry.utc_ms)),
        owner(line.label.as_deref()),
        line.process,
        entry.number,
        entry.event,
        fields.join(" ")
    )
    .trim_end()
    .to_owned()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn a_command_is_noted_by_its_name_and_nothing_of_its_arguments() {
        let named = |args: &[&str]| {
            let cli = Cli::try_parse_from([&["dayroom-central"], args].concat()).unwrap();
            Noted::of(&cli.command).command
        };
        assert_eq!(
            named(&["roster", "import", "Import(x).csv"]),
            "roster.import"
        );
        assert_eq!(named(&["status"]), "status");
        assert_eq!(named(&["activity", "--json"]), "activity");
        assert_eq!(
            named(&["facility", "create", "Cedar(County {"]),
            "facility.create"
        );
        assert_eq!(named(&["draft-key", "show"]), "draft-key.show");
        assert_eq!(named(&["init", "--name", "Evil(Name"]), "init");
    }

    #[test]
    fn since_is_a_moment_or_a_span() {
        let now = UtcMillis(1_000_000_000);
        assert_eq!(moment("1970-01-01T00:00:07Z", now), Ok(UtcMillis(7_000)));
        assert_eq!(moment("1h", now), Ok(UtcMillis(1_000_000_000 - 3_600_000)));
        for wrong in ["", "d", "yesterday", "1w", "é"] {
            assert!(moment(wrong, now).is_err(), "{wrong}");
        }
    }
}
