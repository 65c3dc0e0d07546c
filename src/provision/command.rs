//! `dayroom provision` on a terminal.

use std::fs::File;
use std::future::Future;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use dayroom_client::transport::Deadlines;
use dayroom_protocol::limits::TICKET_BYTES;
use zeroize::Zeroizing;

use super::{FirstContact, Moments, Provisioning, words};
use crate::domain::provisioning::{Ask, Facts, Problem, Progress, Step, StepState, Told};
use crate::store::files::read_bounded;

/// Lines of a reader that are looked at before the technician is told that none was an enrolment.
const LINES: usize = 20;

/// What the technician hands in.
#[derive(Clone, Debug)]
pub enum Handed {
    /// A one-time file; `-` is standard input.
    Ticket(PathBuf),
    /// A typed code and the address of central.
    Code {
        /// As typed.
        code: String,
        /// Host, or host and port.
        central: String,
    },
    /// What a reader reads; `-` is standard input, else a serial device.
    Scan(PathBuf),
}

/// How it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// In words, a line a step.
    Words,
    /// One JSON object a line.
    Json,
}

/// Why the command ended otherwise than well.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A step failed; it has been said what to do.
    #[error("this machine was not provisioned: {}", .0.name())]
    Step(Problem),
    /// What was handed in cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The terminal has gone.
    #[error("cannot write to the terminal")]
    Write(#[source] io::Error),
}

/// The command.
pub struct Terminal<'a> {
    /// The state folder of the kiosk to be.
    pub state: &'a Path,
    /// The clock.
    pub moments: &'a Moments,
    /// How long central may take.
    pub deadlines: Deadlines,
    /// Speaks with central as the new kiosk.
    pub first_contact: &'a FirstContact,
    /// How it is said.
    pub output: Output,
}

impl Terminal<'_> {
    /// Does it: all steps, then the first sync.
    ///
    /// # Errors
    /// See [`CommandError`].
    pub async fn run(
        self,
        handed: &Handed,
        first_sync: impl Future<Output = Result<(), Problem>>,
        out: &mut (dyn Write + Send),
    ) -> Result<(), CommandError> {
        let ask = read(handed)?;
        let mut failed = None;
        let output = self.output;
        let mut tell = |told: Told| {
            if let Err(error) = say(out, output, &told) {
                failed.get_or_insert(error);
            }
        };
        let provisioning = Provisioning {
            state: self.state,
            moments: self.moments,
            deadlines: self.deadlines,
            first_contact: self.first_contact,
            tell: &mut tell,
        };
        provisioning.run(&ask).await.map_err(CommandError::Step)?;
        let step = |state| {
            Told::Step(Progress {
                step: Step::Sync,
                state,
            })
        };
        tell(step(StepState::Begun));
        let synced = first_sync.await;
        tell(step(match synced {
            Ok(()) => StepState::Done,
            Err(problem) => StepState::Failed { problem },
        }));
        if synced.is_ok() {
            tell(Told::Provisioned);
        }
        if let Some(error) = failed {
            return Err(CommandError::Write(error));
        }
        synced.map_err(CommandError::Step)
    }
}

/// Says one thing.
///
/// # Errors
/// When the terminal has gone.
pub fn say(out: &mut (dyn Write + Send), output: Output, told: &Told) -> io::Result<()> {
    match output {
        Output::Json => {
            serde_json::to_writer(&mut *out, told)?;
            writeln!(out)?;
        }
        Output::Words => match told {
            Told::Step(progress) => match progress.state {
                StepState::Begun => {}
                StepState::Done => writeln!(out, "ok    {}", words::step(progress.step))?,
                StepState::Failed { problem } => {
                    writeln!(out, "FAIL  {}", words::step(progress.step))?;
                    writeln!(out, "      {}", words::problem(problem))?;
                }
            },
            Told::Facts(facts) => facts_in_words(out, facts)?,
            Told::ClockOff { .. } => writeln!(
                out,
                "note  the clock of this machine is wrong; central's time is used. Set the clock."
            )?,
            Told::Provisioned => writeln!(
                out,
                "This machine is set up. The code is used up: destroy the paper or the file."
            )?,
            Told::RetireNoted { .. } | Told::RetireNotNoted { .. } => {}
        },
    }
    out.flush()
}

fn facts_in_words(out: &mut (dyn Write + Send), facts: &Facts) -> io::Result<()> {
    writeln!(
        out,
        "      this is to be: {}, {}, {}",
        facts.label, facts.unit, facts.facility
    )?;
    writeln!(out, "      central:       {}", facts.central)?;
    writeln!(out, "      its root:      {}", facts.root)?;
    if !facts.signers.is_empty() {
        writeln!(out, "      signed by:     {}", facts.signers.join(", "))?;
    }
    if let Some(key_set) = &facts.key_set {
        writeln!(
            out,
            "      operators' keys, new here; compare with what the operator has: {key_set}"
        )?;
    }
    Ok(())
}

fn read(handed: &Handed) -> Result<Ask, CommandError> {
    match handed {
        Handed::Code { code, central } => Ok(Ask::Code {
            code: code.clone(),
            central: central.clone(),
        }),
        Handed::Ticket(path) => {
            let failed = |source| CommandError::Read {
                path: path.clone(),
                source,
            };
            let bytes = match path.to_str() {
                Some("-") => read_bounded(io::stdin().lock(), TICKET_BYTES),
                Some(_) | None => {
                    File::open(path).and_then(|file| read_bounded(file, TICKET_BYTES))
                }
            };
            let bytes = bytes.map_err(failed)?.map(Zeroizing::new);
            // Too long, or no text: said as what it is, no enrolment.
            let text = bytes
                .as_ref()
                .and_then(|bytes| std::str::from_utf8(bytes).ok());
            Ok(Ask::Text {
                text: text.unwrap_or_default().to_owned(),
            })
        }
        Handed::Scan(path) => {
            let failed = |source| CommandError::Read {
                path: path.clone(),
                source,
            };
            let found = match path.to_str() {
                Some("-") => scanned(io::stdin().lock()),
                Some(_) | None => {
                    File::open(path).and_then(|device| scanned(BufReader::new(device)))
                }
            };
            let text = found.map_err(failed)?;
            Ok(Ask::Text { text })
        }
    }
}

/// The first line that looks like an enrolment; the last one otherwise, so that it is said what is
/// wrong with it.
fn scanned(mut from: impl BufRead) -> io::Result<String> {
    let mut last = String::new();
    for _ in 0..LINES {
        let mut line = Vec::new();
        let most = u64::try_from(TICKET_BYTES).unwrap_or(u64::MAX);
        if io::Read::take(&mut from, most).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let line = String::from_utf8_lossy(&line).trim().to_owned();
        if line.starts_with("DAYROOM") || line.starts_with('{') {
            return Ok(line);
        }
        if !line.is_empty() {
            last = line;
        }
    }
    Ok(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_may_read_other_codes_before_the_right_one() {
        let read = |text: &str| scanned(text.as_bytes()).unwrap();
        assert_eq!(
            read("4006381333931\r\n\r\nDAYROOM1/A/B/1\r\n"),
            "DAYROOM1/A/B/1"
        );
        assert_eq!(read("4006381333931\n"), "4006381333931");
        assert_eq!(read(""), "");
    }
}
