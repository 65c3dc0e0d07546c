//! The one way this program starts a machine anew.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Starts machines anew.
pub trait Power {
    /// Starts it anew after a while, in which other processes can say goodbye. Returns at once; that
    /// it was asked for twice does no harm.
    ///
    /// # Errors
    /// See [`PowerError`].
    fn restart(&mut self, after: Duration) -> Result<(), PowerError>;
}

/// Why a machine was not started anew.
#[derive(Debug, thiserror::Error)]
pub enum PowerError {
    /// systemd could not be asked.
    #[error("cannot ask systemd for a restart")]
    Ask(#[source] std::io::Error),
    /// systemd said no.
    #[error("systemd does not restart the machine: {0}")]
    No(String),
}

/// The kiosk's own: systemd stops every service in order, and a timer of its own outlives whoever
/// asked.
#[derive(Debug)]
pub struct Systemd;

impl Power for Systemd {
    fn restart(&mut self, after: Duration) -> Result<(), PowerError> {
        let timer = format!("--on-active={}s", after.as_secs());
        let asked = Command::new("systemd-run")
            .args(["--unit=dayroom-restart", "--collect", &timer])
            .args(["systemctl", "reboot"])
            .output()
            .map_err(PowerError::Ask)?;
        let said = String::from_utf8_lossy(&asked.stderr);
        // The timer of an earlier call runs already.
        if asked.status.success() || said.contains("dayroom-restart.timer already exists") {
            Ok(())
        } else {
            Err(PowerError::No(said.trim().to_owned()))
        }
    }
}

/// Starts nothing and writes down that it was asked: for tests and desks, where the machine belongs
/// to somebody.
#[derive(Debug)]
pub struct Recorded {
    /// The file, one line a call.
    pub file: PathBuf,
}

impl Power for Recorded {
    fn restart(&mut self, after: Duration) -> Result<(), PowerError> {
        use std::io::Write;
        let line = format!("restart after {} s\n", after.as_secs());
        std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(&self.file)
            .and_then(|mut file| file.write_all(line.as_bytes()))
            .map_err(PowerError::Ask)
    }
}
