//! A scripted person: starts the real screen process without a display and taps through it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command as Process, Stdio};
use std::time::Duration;

use crate::runtime::puppet::{Command, Label, Reply};

/// Why the script could not go on.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The screen process could not be started.
    #[error("cannot start the screen process")]
    Start(#[source] std::io::Error),
    /// The screen process has ended, or its pipe is broken.
    #[error("the screen process does not answer")]
    Silent(#[source] std::io::Error),
    /// Its answer is not one.
    #[error("the screen process answers in a form that is not its own")]
    Answer(#[source] serde_json::Error),
    /// What the script looked for did not come on screen.
    #[error("{wanted} did not come to pass; on screen: {seen}")]
    Missing {
        /// What the script did.
        wanted: String,
        /// What was there.
        seen: String,
    },
    /// The screen process could not do it.
    #[error("the screen process failed: {0}")]
    Failed(String),
}

/// The panel of the scripted screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panel {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// A running screen process.
#[derive(Debug)]
pub struct Driver {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Driver {
    /// Starts `program screen --puppet` on a kiosk's state folder; its log goes beside that.
    ///
    /// # Errors
    /// When the process cannot be started.
    pub fn start(program: &Path, state: &Path, panel: Panel) -> Result<Self, DriverError> {
        Self::spawn(&mut Process::new(program), state, panel)
    }

    /// The same with a line to whoever watches over it, as systemd gives it to a service: it is to say within each
    /// `span` that it lives.
    ///
    /// # Errors
    /// When the process cannot be started.
    pub fn start_watched(
        program: &Path,
        state: &Path,
        panel: Panel,
        (line, span): (&Path, Duration),
    ) -> Result<Self, DriverError> {
        let mut process = Process::new(program);
        process
            .env("NOTIFY_SOCKET", line)
            .env("WATCHDOG_USEC", span.as_micros().to_string());
        Self::spawn(&mut process, state, panel)
    }

    fn spawn(process: &mut Process, state: &Path, panel: Panel) -> Result<Self, DriverError> {
        let mut child = process
            .args(["screen", "--puppet", "--state"])
            .arg(state)
            .args(["--panel", &format!("{}x{}", panel.width, panel.height)])
            .env_remove("RUNTIME_DIRECTORY")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log_file(state, "screen").map_err(DriverError::Start)?)
            .spawn()
            .map_err(DriverError::Start)?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok(Self {
                child,
                input,
                output: BufReader::new(output),
            }),
            _ => Err(DriverError::Start(std::io::ErrorKind::BrokenPipe.into())),
        }
    }

    /// The process id, for a look at its memory.
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// Ends the process at once, as `kill -9` does.
    ///
    /// # Errors
    /// When it cannot be killed.
    pub fn kill(mut self) -> Result<(), DriverError> {
        self.stop()
    }

    /// The same, for who keeps the driver; it answers no more.
    ///
    /// # Errors
    /// When it cannot be killed.
    pub fn stop(&mut self) -> Result<(), DriverError> {
        self.child
            .kill()
            .and_then(|()| self.child.wait())
            .map_err(DriverError::Silent)?;
        Ok(())
    }

    /// Plants a fault, waits until the process has ended, and gives the status it ended with; `None`
    /// if a signal ended it.
    ///
    /// # Errors
    /// When it does not answer as a process that fails.
    pub fn panic(mut self) -> Result<Option<i32>, DriverError> {
        self.say(&Command::Panic)?;
        let ended = self.child.wait().map_err(DriverError::Silent)?;
        Ok(ended.code())
    }

    /// Plants another fault: its loop turns no more. It answers no more either.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn hang(&mut self) -> Result<(), DriverError> {
        self.say(&Command::Hang)
    }

    /// Says what to tap and does not wait for it, so that the process can be killed meanwhile.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn tap_unheard(&mut self, label: Label) -> Result<(), DriverError> {
        self.say(&Command::Tap { label, nth: 0 })
    }

    /// Taps the first control with that label.
    ///
    /// # Errors
    /// See [`DriverError`].
    pub fn tap(&mut self, label: Label) -> Result<(), DriverError> {
        self.tap_nth(label, 0)
    }

    /// Taps the `nth` control with that label.
    ///
    /// # Errors
    /// See [`DriverError`].
    pub fn tap_nth(&mut self, label: Label, nth: usize) -> Result<(), DriverError> {
        self.done(Command::Tap { label, nth })
    }

    /// Waits until something with that label is there.
    ///
    /// # Errors
    /// See [`DriverError`].
    pub fn wait(&mut self, label: Label) -> Result<(), DriverError> {
        self.done(Command::Wait { label })
    }

    /// Waits until nothing with that label is there.
    ///
    /// # Errors
    /// See [`DriverError`].
    pub fn wait_gone(&mut self, label: Label) -> Result<(), DriverError> {
        self.done(Command::WaitGone { label })
    }

    /// Writes a picture of the screen.
    ///
    /// # Errors
    /// See [`DriverError`].
    pub fn picture(&mut self, path: &Path) -> Result<(), DriverError> {
        self.done(Command::Picture {
            path: path.to_owned(),
        })
    }

    /// Role and label of all that is on screen.
    ///
    /// # Errors
    /// See [`DriverError`].
    pub fn look(&mut self) -> Result<Vec<(String, String)>, DriverError> {
        match self.ask(&Command::Look)? {
            Reply::There { seen } => Ok(seen),
            other @ (Reply::Done | Reply::Missing { .. } | Reply::Failed { .. }) => {
                Err(DriverError::Failed(format!("{other:?}")))
            }
        }
    }

    fn done(&mut self, command: Command) -> Result<(), DriverError> {
        match self.ask(&command)? {
            Reply::Done | Reply::There { .. } => Ok(()),
            Reply::Missing { seen } => Err(DriverError::Missing {
                wanted: format!("{command:?}"),
                seen: seen
                    .into_iter()
                    .map(|(_, label)| label)
                    .collect::<Vec<_>>()
                    .join(" | "),
            }),
            Reply::Failed { why } => Err(DriverError::Failed(why)),
        }
    }

    fn say(&mut self, command: &Command) -> Result<(), DriverError> {
        let mut line = serde_json::to_string(command).map_err(DriverError::Answer)?;
        line.push('\n');
        self.input
            .write_all(line.as_bytes())
            .and_then(|()| self.input.flush())
            .map_err(DriverError::Silent)
    }

    fn ask(&mut self, command: &Command) -> Result<Reply, DriverError> {
        self.say(command)?;
        let mut answer = String::new();
        self.output
            .read_line(&mut answer)
            .map_err(DriverError::Silent)?;
        if answer.is_empty() {
            return Err(DriverError::Silent(
                std::io::ErrorKind::UnexpectedEof.into(),
            ));
        }
        serde_json::from_str(&answer).map_err(DriverError::Answer)
    }
}

/// Where a process of a kiosk writes its log: `logs/NAME.log` beside the kiosk's state folder.
///
/// # Errors
/// When the file cannot be written.
pub fn log_file(state: &Path, name: &str) -> std::io::Result<Stdio> {
    let folder = state.with_file_name("logs");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{name}.log"));
    Ok(std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)?
        .into())
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Nothing is owed to a process that has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
