use dayroom_protocol::{Appeal, Direction, MessageBody, MessageState};

use super::args::MessageCommand;
use super::setup::Setup;
use super::{Done, Failure, Output, find};

pub(super) fn message(
    setup: &Setup,
    command: MessageCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let central = setup.central()?;
    match command {
        MessageCommand::List { resident, at } => {
            let resident = find::resident(&central, &at, &resident)?;
            for line in central.messages(resident)? {
                let how = standing(&line.body);
                // What it says is not for this list.
                output.say(format_args!(
                    "{}  number {} of connection {}: {how}",
                    line.id, line.body.number, line.body.connection
                ))?;
            }
        }
        MessageCommand::Hold { id } => {
            central.hold(id, setup.now())?;
            output.say("On hold; `review` decides on it.")?;
        }
        MessageCommand::Opened { id } => {
            central.message_opened(id, setup.now())?;
            output.say("Noted; the resident sees that it was read.")?;
        }
    }
    Ok(Done::All)
}

fn standing(body: &MessageBody) -> String {
    let state = match (&body.state, body.direction, body.delivered_at, body.read_at) {
        (MessageState::Delivered, Direction::Outgoing, None, _) => "to go out".to_owned(),
        (MessageState::Delivered, Direction::Outgoing, Some(_), None) => "gone out".to_owned(),
        (MessageState::Delivered, Direction::Outgoing, Some(_), Some(_)) => {
            "gone out, read".to_owned()
        }
        (MessageState::Delivered, Direction::Incoming, _, Some(_)) => "read".to_owned(),
        (MessageState::Delivered, Direction::Incoming, _, None) => "delivered, not read".to_owned(),
        (MessageState::OnHold { .. }, ..) => "on hold".to_owned(),
        (MessageState::Rejected { reason, rule, .. }, ..) => match rule {
            Some(rule) => format!("rejected by rule {}: {reason}", rule.code),
            None => format!("rejected: {reason}"),
        },
    };
    let appeal = match &body.appeal {
        None => "",
        Some(Appeal::Open { .. }) => ", appealed",
        Some(Appeal::Upheld { .. }) => ", upheld on appeal",
        Some(Appeal::Granted { .. }) => ", allowed on appeal",
    };
    let clips = match body.clips {
        0 => String::new(),
        count => format!(", {count} video clips kept here"),
    };
    format!("{state}{appeal}{clips}")
}
