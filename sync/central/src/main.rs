//! `dayroom-central`: the central service and its operators' commands.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use dayroom_central::cli::{Cli, Done, Output, run};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let (mut out, mut err) = (io::stdout(), io::stderr());
    let mut output = Output {
        out: &mut out,
        err: &mut err,
    };
    let code = match run(cli, &mut output) {
        Ok(Done::All) => ExitCode::SUCCESS,
        Ok(Done::Part) => ExitCode::FAILURE,
        Err(failure) => {
            // With standard error gone there is nobody left to tell.
            let _untold = writeln!(output.err, "{failure}");
            ExitCode::FAILURE
        }
    };
    match io::stdout().flush() {
        Ok(()) => code,
        Err(_) => ExitCode::FAILURE,
    }
}
