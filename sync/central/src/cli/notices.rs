use std::collections::BTreeMap;

use dayroom_protocol::{LocalText, NoticeBody};

use super::args::NoticeCommand;
use super::setup::Setup;
use super::{Done, Failure, Output};

const DAY_MILLIS: i64 = 24 * 3_600_000;

pub(super) fn notice(
    setup: &Setup,
    command: NoticeCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let central = setup.central()?;
    match command {
        NoticeCommand::Post {
            at,
            title,
            text,
            title_es,
            text_es,
            title_in,
            text_in,
            days,
        } => {
            let facility = at.find(&central)?;
            let now = setup.now();
            let notice = NoticeBody {
                title: in_languages(title, title_es, title_in),
                text: in_languages(text, text_es, text_in),
                from: now,
                until: days.map(|days| now.plus_millis(i64::from(days) * DAY_MILLIS)),
            };
            let id = central.post_notice(facility.id, &notice, &mut setup.rng())?;
            output.say(format_args!(
                "Put the notice {id} on the walls of {}.",
                facility.name
            ))?;
        }
        NoticeCommand::TakeDown { id } => {
            central.take_down_notice(id, setup.now())?;
            output.say("Took the notice down.")?;
        }
    }
    Ok(Done::All)
}

fn in_languages(
    english: String,
    spanish: Option<String>,
    others: Vec<(String, String)>,
) -> LocalText {
    let mut texts = BTreeMap::from([("en".to_owned(), english)]);
    texts.extend(spanish.map(|text| ("es".to_owned(), text)));
    texts.extend(others);
    LocalText(texts)
}
