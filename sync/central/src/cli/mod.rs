//! The operators' command line.
//!
//! Words go to standard output, what is wrong to standard error; PINs go to standard output alone,
//! once. Exit code 0 is done, 1 is not done or not all of it, 2 is a command that cannot be read.

mod args;
mod audit;
mod audit_args;
mod badges;
mod connections;
mod desk_args;
mod draft_keys;
mod enrol;
mod enrol_args;
mod find;
mod fleet;
mod fleet_table;
mod kiosks;
mod mail;
mod messages;
mod money;
mod notices;
mod operator_keys;
mod order_args;
mod orders;
mod output;
mod people;
mod places;
mod policy;
mod postal;
mod push;
mod release_args;
mod releases;
mod review;
mod rollouts;
mod roster;
mod roster_args;
mod roster_preview;
mod setup;
mod show;
mod signing;

pub use args::Cli;
pub use output::{Failure, Output};

use args::Command;
use setup::Setup;

/// Whether all of it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// All.
    All,
    /// The rest is named on standard error.
    Part,
}

/// Does what the arguments say.
///
/// # Errors
/// What is wrong and what to do; then nothing was changed, unless it says so.
pub fn run(cli: Cli, output: &mut Output<'_>) -> Result<Done, Failure> {
    let setup = Setup::new(cli.state);
    let noted = noted(&setup, &cli.command)?;
    let done = carry_out(&setup, cli.command, output);
    if let Some((central, noted)) = noted
        && !matches!(done, Ok(Done::All))
    {
        noted.not_done(&central, setup.now())?;
    }
    done
}

/// Notes the command in central's audit, once there is a central. The service notes itself, and so
/// does who reads the audit.
fn noted(
    setup: &Setup,
    command: &Command,
) -> Result<Option<(crate::Central, audit::Noted)>, Failure> {
    if matches!(
        command,
        Command::Init { .. } | Command::Serve { .. } | Command::Audit(_)
    ) {
        return Ok(None);
    }
    // What needs a central finds out by itself that there is none.
    let Ok(central) = setup.central() else {
        return Ok(None);
    };
    let noted = audit::Noted::of(command);
    noted.before(&central, setup.now())?;
    Ok(Some((central, noted)))
}

fn carry_out(setup: &Setup, command: Command, output: &mut Output<'_>) -> Result<Done, Failure> {
    match command {
        Command::Init { names, est_name } => setup.init(&names, est_name.as_deref(), output),
        Command::Serve { listen } => setup.serve(listen, output),
        Command::Facility(command) => places::facility(setup, command, output),
        Command::Unit(command) => places::unit(setup, command, output),
        Command::Kiosk(command) => kiosks::kiosk(setup, command, output),
        Command::Enrol(command) => enrol::enrol(setup, command, output),
        Command::Roster(command) => roster::roster(setup, command, output),
        Command::Mail(command) => mail::mail(setup, command, output),
        Command::Request(command) => connections::request(setup, command, output),
        Command::Connection(command) => connections::connection(setup, command, output),
        Command::Message(command) => messages::message(setup, command, output),
        Command::Postal(command) => postal::postal(setup, command, output),
        Command::Review(command) => review::review(setup, command, output),
        Command::Reviewer(command) => review::reviewer(setup, command, output),
        Command::Rule(command) => review::rule(setup, command, output),
        Command::Account(command) => money::account(setup, command, output),
        Command::Notice(command) => notices::notice(setup, command, output),
        Command::Resident(command) => people::resident(setup, command, output),
        Command::DraftKey(command) => draft_keys::draft_key(setup, command, output),
        Command::Policy(command) => policy::policy(setup, command, output),
        Command::OperatorKey(command) => operator_keys::operator_key(setup, command, output),
        Command::Order(command) => orders::order(setup, *command, output),
        Command::Push(command) => push::push(setup, command, output),
        Command::Activity { json, after } => show::activity(setup, json, after, output),
        Command::Fleet(command) => fleet::fleet(setup, command, output),
        Command::Audit(command) => audit::audit(setup, command, output),
        Command::Status => show::status(setup, output),
        Command::Release(command) => releases::release(setup, command, output),
    }
}
