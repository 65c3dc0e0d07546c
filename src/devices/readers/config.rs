//! How the readers are set up.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::grammar::{Grammar, GrammarError};
use super::wedge_keys::{WedgeGrammar, WedgeGrammarError};
use crate::devices::input::{Allow, AllowError};

/// A reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReaderConfig {
    /// On a serial line.
    Serial(SerialConfig),
    /// One that types.
    Wedge(WedgeConfig),
}

/// A reader on a serial line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SerialConfig {
    /// The line, for instance `/dev/serial/by-path/...`.
    pub path: PathBuf,
    /// Its speed.
    #[serde(default = "usual_baud")]
    pub baud: u32,
    /// Its parity; eight data bits and one stop bit.
    #[serde(default)]
    pub parity: Parity,
    /// What it sends.
    #[serde(default)]
    pub grammar: Grammar,
    /// A reader that repeats a badge for as long as it is there: within how many milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats_ms: Option<u16>,
}

/// The parity of a serial line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parity {
    /// No parity bit.
    #[default]
    None,
    /// Odd.
    Odd,
    /// Even.
    Even,
}

/// A reader that types.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WedgeConfig {
    /// Which device it is.
    pub device: Allow,
    /// What it types.
    #[serde(default)]
    pub grammar: WedgeGrammar,
}

/// Why a reader cannot be used as it is set up.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReaderError {
    /// Its grammar.
    #[error(transparent)]
    Grammar(#[from] GrammarError),
    /// Its grammar.
    #[error(transparent)]
    WedgeGrammar(#[from] WedgeGrammarError),
    /// Its line of the allow-list.
    #[error(transparent)]
    Allow(#[from] AllowError),
    /// A speed no reader has.
    #[error("baud must be 300 to 921600")]
    Baud,
    /// Not a device file.
    #[error("the path of a serial reader begins with /dev/")]
    Path,
    /// A reader that repeats so seldom is as good as one that does not.
    #[error("repeats_ms must be 100 to 10000")]
    Repeats,
}

impl ReaderConfig {
    /// Whether it can be used.
    ///
    /// # Errors
    /// When it cannot.
    pub fn check(&self) -> Result<(), ReaderError> {
        match self {
            Self::Serial(serial) => {
                serial.grammar.check()?;
                if !(300..=921_600).contains(&serial.baud) {
                    return Err(ReaderError::Baud);
                }
                if !serial.path.starts_with("/dev") {
                    return Err(ReaderError::Path);
                }
                if serial
                    .repeats_ms
                    .is_some_and(|ms| !(100..=10_000).contains(&ms))
                {
                    return Err(ReaderError::Repeats);
                }
            }
            Self::Wedge(wedge) => {
                wedge.device.check()?;
                wedge.grammar.check()?;
            }
        }
        Ok(())
    }
}

fn usual_baud() -> u32 {
    9_600
}
