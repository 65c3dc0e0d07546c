use dayroom_protocol::Access;

use super::args::ResidentCommand;
use super::setup::Setup;
use super::show::at as moment;
use super::{Done, Failure, Output, find};

pub(super) fn resident(
    setup: &Setup,
    command: ResidentCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let central = setup.central()?;
    match command {
        ResidentCommand::Open { number, at } => {
            let resident = find::resident(&central, &at, &number)?;
            central.set_access(resident, Access::Open)?;
            output.say("Opened; they may sign in.")?;
        }
        ResidentCommand::Freeze { number, at } => {
            let resident = find::resident(&central, &at, &number)?;
            central.set_access(resident, Access::Frozen)?;
            output.say("Frozen; they cannot sign in until you open it.")?;
        }
        ResidentCommand::Show { number, at } => {
            let resident = find::resident(&central, &at, &number)?;
            let access = match central.access(resident)? {
                Access::Open => "may sign in",
                Access::Frozen => "may not sign in",
            };
            output.say(format_args!("{number} {access}."))?;
            for entry in central.account(resident)?.sign_ins {
                let how = if entry.right {
                    "signed in"
                } else {
                    "WRONG PIN"
                };
                output.say(format_args!(
                    "  {}  {}  {how}",
                    moment(entry.at),
                    entry.kiosk
                ))?;
            }
        }
    }
    Ok(Done::All)
}
