use std::collections::BTreeMap;
use std::path::Path;

use dayroom_protocol::{LocalText, NoticeBody, NoticeId, NoticeKind};

use super::args::{InFacility, NewNotice, NoticeCommand, NoticeKindName, NoticeWords, OnOff};
use super::setup::Setup;
use super::show::at;
use super::{Done, Failure, Output};
use crate::{Central, NoticeChange, ResidentLine};

const DAY_MILLIS: i64 = 24 * 3_600_000;

pub(super) fn notice(
    setup: &Setup,
    command: NoticeCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let central = setup.central()?;
    match command {
        NoticeCommand::Post(new) => post(setup, &central, *new, output)?,
        NoticeCommand::Revise {
            id,
            words,
            must_acknowledge,
            order,
        } => {
            let words = words.read()?;
            let change = NoticeChange {
                title: words.title,
                text: words.text,
                must_acknowledge: must_acknowledge.map(OnOff::is_on),
                order,
            };
            let body = central.revise_notice(id, &change)?;
            let again = if body.must_acknowledge {
                "; it has to be read again"
            } else {
                ""
            };
            output.say(format_args!("It is version {} now{again}.", body.version))?;
        }
        NoticeCommand::List { at } => list(&central, &at, output)?,
        NoticeCommand::Acknowledgements { id } => acknowledgements(&central, id, output)?,
        NoticeCommand::TakeDown { id } => {
            central.take_down_notice(id, setup.now())?;
            output.say("Took the notice down.")?;
        }
    }
    Ok(Done::All)
}

fn post(
    setup: &Setup,
    central: &Central,
    new: NewNotice,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let facility = new.at.find(central)?;
    let now = setup.now();
    let words = new.words.read()?;
    for (what, words) in [("heading", &words.title), ("text", &words.text)] {
        if !words.0.contains_key("en") {
            return Err(Failure::new(
                format!("the notice has no {what} in English"),
                "give --title and --text, or --folder with en.txt in it",
            ));
        }
    }
    let notice = NoticeBody {
        kind: kind(new.kind),
        version: 1,
        must_acknowledge: new.must_acknowledge,
        order: new.order,
        title: words.title,
        text: words.text,
        from: now,
        until: new
            .days
            .map(|days| now.plus_millis(i64::from(days) * DAY_MILLIS)),
    };
    let id = central.post_notice(facility.id, &notice, &mut setup.rng())?;
    let what = word(notice.kind);
    output.say(format_args!(
        "Put the {what} {id} on the walls of {}.",
        facility.name
    ))
}

fn list(central: &Central, at: &InFacility, output: &mut Output<'_>) -> Result<(), Failure> {
    let mut lines = central.notices(at.find(central)?.id)?;
    lines.sort_by_key(|line| (line.body.kind, line.body.order));
    for line in lines {
        let body = &line.body;
        let languages: Vec<&str> = body.text.0.keys().map(String::as_str).collect();
        let must = if body.must_acknowledge {
            ", to be acknowledged"
        } else {
            ""
        };
        let over = if body.until.is_some() {
            ", with an end"
        } else {
            ""
        };
        output.say(format_args!(
            "{}  {} {}, version {}{must}{over} ({}): {}",
            line.id,
            word(body.kind),
            body.order,
            body.version,
            languages.join(" "),
            body.title.in_language("en")
        ))?;
    }
    Ok(())
}

fn acknowledgements(
    central: &Central,
    id: NoticeId,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let said = central.acknowledgements(id)?;
    let body = &said.notice.body;
    output.say(format_args!(
        "{}, version {}: {} have read it, {} have not.",
        body.title.in_language("en"),
        body.version,
        said.have.len(),
        said.have_not.len()
    ))?;
    for has in &said.have {
        let who = who(&has.resident);
        output.say(format_args!("  read  {who}, {}, {}", at(has.at), has.kiosk))?;
    }
    for (resident, older) in &said.have_not {
        let older = older.map_or_else(String::new, |version| {
            format!(", has read version {version}")
        });
        output.say(format_args!("  NOT   {}{older}", who(resident)))?;
    }
    Ok(())
}

fn who(resident: &ResidentLine) -> String {
    let left = if resident.unit.is_none() {
        " (has left)"
    } else {
        ""
    };
    format!("{}  {}{left}", resident.number, resident.name)
}

/// Headings and texts.
struct Words {
    title: LocalText,
    text: LocalText,
}

impl NoticeWords {
    fn read(self) -> Result<Words, Failure> {
        let (mut title, mut text) = match &self.folder {
            Some(folder) => of_folder(folder)?,
            None => (BTreeMap::new(), BTreeMap::new()),
        };
        let of_tag = |words: Vec<String>, spanish: Option<String>| {
            words
                .iter()
                .map(|words| tagged(words))
                .chain(spanish.map(|text| ("es".to_owned(), text)))
                .collect::<Vec<_>>()
        };
        title.extend(of_tag(self.title, self.title_es));
        text.extend(of_tag(self.text, self.text_es));
        Ok(Words {
            title: LocalText(title),
            text: LocalText(text),
        })
    }
}

/// `es=Lavandería` as language and text; what begins with no language is English.
fn tagged(words: &str) -> (String, String) {
    match words.split_once('=') {
        Some((tag, text)) if is_tag(tag) => (tag.to_owned(), text.to_owned()),
        Some(_) | None => ("en".to_owned(), words.to_owned()),
    }
}

/// Whether it is a BCP 47 tag such as `vi` or `zh-Hans`.
pub(super) fn is_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && parts.all(|part| {
            (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

type ByLanguage = BTreeMap<String, String>;

fn of_folder(folder: &Path) -> Result<(ByLanguage, ByLanguage), Failure> {
    let cannot = |path: &Path, error: &std::io::Error| {
        Failure::new(
            format!("{} cannot be read: {error}", path.display()),
            "give a folder with files such as en.txt and es.txt",
        )
    };
    let (mut titles, mut texts) = (BTreeMap::new(), BTreeMap::new());
    let entries = std::fs::read_dir(folder).map_err(|error| cannot(folder, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| cannot(folder, &error))?.path();
        let tag = path.file_stem().and_then(|stem| stem.to_str());
        let Some(tag) = tag.filter(|tag| is_tag(tag)) else {
            continue;
        };
        let words = std::fs::read_to_string(&path).map_err(|error| cannot(&path, &error))?;
        let (title, text) = words
            .trim_start_matches('\u{feff}')
            .split_once('\n')
            .unwrap_or((words.as_str(), ""));
        titles.insert(tag.to_owned(), title.trim().to_owned());
        texts.insert(tag.to_owned(), text.trim().to_owned());
    }
    Ok((titles, texts))
}

fn kind(name: NoticeKindName) -> NoticeKind {
    match name {
        NoticeKindName::Notice => NoticeKind::Notice,
        NoticeKindName::Handbook => NoticeKind::Handbook,
        NoticeKindName::Hotline => NoticeKind::Hotline,
        NoticeKindName::Rights => NoticeKind::Rights,
        NoticeKindName::Prea => NoticeKind::Prea,
        NoticeKindName::Reporting => NoticeKind::Reporting,
    }
}

fn word(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Notice => "notice",
        NoticeKind::Handbook => "handbook page",
        NoticeKind::Hotline => "hotline",
        NoticeKind::Rights => "rights page",
        NoticeKind::Prea => "PREA page",
        NoticeKind::Reporting => "reporting page",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_stands_before_the_text_and_english_needs_none() {
        let split = |words: &str| {
            let (tag, text) = tagged(words);
            format!("{tag}|{text}")
        };
        assert_eq!(split("es=Los martes."), "es|Los martes.");
        assert_eq!(split("zh-Hans=每周二"), "zh-Hans|每周二");
        assert_eq!(split("On Tuesday."), "en|On Tuesday.");
        assert_eq!(split("Price=25 cents"), "en|Price=25 cents");
        assert_eq!(split("en=ht=yes"), "en|ht=yes");
    }
}
