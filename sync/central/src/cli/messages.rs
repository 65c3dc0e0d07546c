use dayroom_protocol::MessageState;

use super::args::MessageCommand;
use super::connections::read_reason;
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
                let read = match (&line.body.state, line.body.read_at) {
                    (MessageState::Delivered, Some(_)) => "read".to_owned(),
                    (MessageState::Delivered, None) => "delivered, not read".to_owned(),
                    (MessageState::OnHold { .. }, _) => "on hold".to_owned(),
                    (MessageState::Rejected { reason, .. }, _) => format!("rejected: {reason}"),
                };
                // What it says is not for this list.
                output.say(format_args!(
                    "{}  number {} of connection {}: {read}",
                    line.id, line.body.number, line.body.connection
                ))?;
            }
        }
        MessageCommand::Hold { id } => {
            central.hold(id, setup.now())?;
            output.say("On hold; kiosks show that it is, and not what it says.")?;
        }
        MessageCommand::Release { id } => {
            central.release(id)?;
            output.say("Released; it is delivered.")?;
        }
        MessageCommand::Reject { id, reason } => {
            central.reject(id, &read_reason(&reason)?, setup.now())?;
            output.say("Rejected; the resident is shown the reason.")?;
        }
    }
    Ok(Done::All)
}
