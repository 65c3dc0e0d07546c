//! Makes a kiosk out of a machine: `dayroom provision` on the terminal, and the same for the screen,
//! which has no network and asks the sync process.
//!
//! | file | what |
//! |---|---|
//! | `source` | what a technician hands in: one-time file, scanned line, typed code |
//! | `flow` | the steps, from reading it to speaking with central as the new kiosk |
//! | `staged` | what was got so far, and the switch that a power cut cannot split |
//! | `operators` | whose orders the kiosk is to carry out |
//! | `moved` | central has hung the kiosk into another unit |
//! | `desk` | does it for the screen, behind the local socket |
//! | `command` | does it on the terminal |
//! | `words` | what the terminal says of each step and each failure |
//!
//! Nothing here opens the store or reads a word of a resident.

mod command;
mod desk;
mod flow;
mod moved;
mod operators;
#[cfg(test)]
mod operators_tests;
mod source;
mod staged;
pub mod words;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use dayroom_protocol::{KioskId, UtcMillis};
use serde::Deserialize;

pub use command::{CommandError, Handed, Output, Terminal, say};
pub use desk::desk;
pub use flow::Provisioning;
pub use moved::moved;
pub use staged::settle;

use crate::domain::provisioning::Problem;

/// The clock, which lives elsewhere.
#[derive(Clone)]
pub struct Moments {
    /// What time it is.
    pub now: Arc<dyn Fn() -> UtcMillis + Send + Sync>,
    /// Takes a time that central has given: it is never earlier again.
    pub believe: Arc<dyn Fn(UtcMillis) + Send + Sync>,
}

/// Speaks with central as the kiosk in this state folder, at this moment.
pub type FirstContact = Arc<
    dyn Fn(PathBuf, UtcMillis) -> Pin<Box<dyn Future<Output = Result<(), Problem>> + Send>>
        + Send
        + Sync,
>;

/// The kiosk this machine is, by its `site.json`.
pub fn kiosk_here(state: &Path) -> Option<KioskId> {
    site_here(state).map(|site| site.kiosk)
}

/// The root of the central this machine belongs to, PEM.
fn root_here(state: &Path) -> Option<String> {
    site_here(state).map(|site| site.root_pem)
}

#[derive(Deserialize)]
struct Site {
    kiosk: KioskId,
    root_pem: String,
}

fn site_here(state: &Path) -> Option<Site> {
    let site = std::fs::read(state.join("site.json")).ok()?;
    serde_json::from_slice(&site).ok()
}
