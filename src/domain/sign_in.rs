//! The record of PIN tries for one resident number on this kiosk.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::BootMoment;

/// What is remembered of the tries for one number.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct TryRecord {
    /// Wrong tries within the window.
    pub recent: Vec<BootMoment>,
    /// The lock that runs, if one does.
    pub lock: Option<Lock>,
    /// Locks since the last success.
    pub locks_in_a_row: u32,
    /// Tries since the last success.
    pub without_success: u32,
}

/// A lock that runs on boot time.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Lock {
    /// When it began.
    pub from: BootMoment,
    /// How long it lasts.
    pub span: Duration,
}
