//! The operators' program as an operator runs it, for stories across the processes.
#![allow(dead_code, reason = "each story uses a part of it")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_dayroom");

/// The operators' program, built beside this one.
fn central_program() -> PathBuf {
    let path = Path::new(PROGRAM).with_file_name("dayroom-central");
    assert!(
        path.exists(),
        "{} is missing: run `cargo build --workspace` first",
        path.display()
    );
    path
}

/// Somebody at central's command line.
pub struct Operator {
    state: PathBuf,
    folder: PathBuf,
}

impl Operator {
    /// In `folder`, with central's state in `name` below it.
    pub fn at(folder: &Path, name: &str) -> Self {
        Self {
            state: folder.join(name),
            folder: folder.to_owned(),
        }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(central_program());
        command
            .arg("--state")
            .arg(&self.state)
            .args(words)
            .current_dir(&self.folder);
        command
    }

    /// Does it, and gives what was said.
    pub fn done(&self, words: &[&str]) -> String {
        let output = self.command(words).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{words:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Begins it, and lets it go on.
    pub fn begun(&self, words: &[&str]) -> Child {
        self.command(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// What kiosks did.
    pub fn activity(&self) -> Vec<Value> {
        let lines = self.done(&["activity", "--json"]);
        lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Waits until a kiosk did it.
    pub fn wait_for(&self, what: &str) -> Value {
        for _ in 0..400 {
            if let Some(found) = self.activity().into_iter().find(|one| one["what"] == what) {
                return found;
            }
            std::thread::park_timeout(std::time::Duration::from_millis(100));
        }
        panic!("central never saw {what}: {:?}", self.activity())
    }
}

/// A running central; ends when dropped.
pub struct Serving(Child);

impl Serving {
    /// Starts it on a free port.
    pub fn start(operator: &Operator) -> (Self, u16) {
        let mut child = operator
            .command(&["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let port = line
            .trim()
            .trim_end_matches('.')
            .rsplit(':')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        (Self(child), port)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
