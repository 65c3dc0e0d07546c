//! How the sync process runs: what it is given, and who lives elsewhere.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use dayroom_client::plan::{PlanConfig, ReleaseConfig, RenewalConfig};
use dayroom_client::transport::{Deadlines, Reading, WallClock};
use dayroom_protocol as wire;
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;

use super::super::{Keys, Sensed};
use super::audit::AUDIT_EVERY;
use crate::domain::provisioning::{Ask, Told};
use crate::domain::{Now, UtcMillis};

/// The clock, which lives elsewhere.
#[derive(Clone)]
pub struct SyncClock {
    /// What the clocks say now.
    pub now: Arc<dyn Fn() -> Now + Send + Sync>,
    /// Whether the machine's own clock is proven to be behind, so that UTC is only the earliest
    /// that it can be.
    pub is_behind: Arc<dyn Fn() -> bool + Send + Sync>,
    /// Takes a time central has given: UTC never goes below it again.
    pub raise_floor: Arc<dyn Fn(UtcMillis) + Send + Sync>,
}

/// Who watches over the process, which lives elsewhere.
#[derive(Clone)]
pub struct Supervision {
    /// How often it wants to hear that the loop turns; `None`: never.
    pub every: Option<Duration>,
    /// Is told once that the process is there.
    pub ready: Arc<dyn Fn() + Send + Sync>,
    /// Is told that the loop turns.
    pub alive: Arc<dyn Fn() + Send + Sync>,
}

impl Supervision {
    /// Nobody, as on a desk.
    pub fn nobody() -> Self {
        Self {
            every: None,
            ready: Arc::new(|| {}),
            alive: Arc::new(|| {}),
        }
    }

    /// Tells that the process is there, and then, from the very loop that everything else of it runs
    /// on, that it turns: a loop that hangs says nothing.
    pub(super) async fn go_on(self) {
        (self.ready)();
        let Some(every) = self.every else { return };
        let mut beat = tokio::time::interval(every);
        loop {
            beat.tick().await;
            (self.alive)();
        }
    }
}

impl SyncClock {
    /// The clock as certificates are judged by it.
    pub(super) fn wall(&self) -> WallClock {
        let clock = self.clone();
        WallClock::new(move || Reading {
            utc: wire::UtcMillis((clock.now)().utc.0),
            behind: (clock.is_behind)(),
        })
    }
}

/// Sees to what a technician asks for, and says what it has to say when it has it. Lives elsewhere.
pub type Technicians = Arc<dyn Fn(Ask, UnboundedSender<Told>) + Send + Sync>;

/// How the sync process runs.
#[derive(Clone)]
pub struct SyncOptions {
    /// The state folder, with `site.json`, `identity/` and `store/` in it.
    pub state: PathBuf,
    /// Where the local socket is.
    pub socket: PathBuf,
    /// The clock.
    pub clock: SyncClock,
    /// The kiosk's key.
    pub key: Keys,
    /// The spans of the plan.
    pub plan: PlanConfig,
    /// The release of the image that this runs in; `None`: this program's own version counts.
    pub release: Option<wire::ReleaseVersion>,
    /// The spans of a release's way.
    pub releases: ReleaseConfig,
    /// The spans of the certificate's renewal.
    pub renewal: RenewalConfig,
    /// How long central may take.
    pub deadlines: Deadlines,
    /// How often audits are looked at, for central to have them.
    pub audit_every: Duration,
    /// Whether SQLCipher wipes and locks its memory.
    pub memory_security: bool,
    /// Who watches over the process.
    pub supervision: Supervision,
    /// Looks at the machine; `None`: central hears nothing of this kiosk's health.
    pub senses: Option<Senses>,
    /// Who provisions this machine; without them one that is no kiosk is an error.
    pub technicians: Option<Technicians>,
    /// Told when this machine has become another kiosk, or the same with other keys.
    pub reload: Arc<Notify>,
}

/// Looks at the machine. May take a while, and runs where that keeps nothing waiting.
pub type Senses = Arc<dyn Fn() -> Sensed + Send + Sync>;

impl SyncOptions {
    /// A kiosk's, with the usual spans.
    pub fn new(state: PathBuf, socket: PathBuf, clock: SyncClock, key: impl Into<Keys>) -> Self {
        Self {
            state,
            socket,
            clock,
            key: key.into(),
            plan: PlanConfig::default(),
            release: None,
            releases: ReleaseConfig::default(),
            renewal: RenewalConfig::default(),
            deadlines: Deadlines::default(),
            audit_every: AUDIT_EVERY,
            memory_security: false,
            supervision: Supervision::nobody(),
            senses: None,
            technicians: None,
            reload: Arc::default(),
        }
    }
}
