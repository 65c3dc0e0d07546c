//! What this process did, in an audit of its own; sync brings it to central.

use std::path::{Path, PathBuf};

use crate::domain::Now;
use crate::domain::audit::{Event, Process};
use crate::store::AuditLog;

/// The audit of this process. It is opened with the first thing to be noted.
pub(super) struct Audit {
    path: PathBuf,
    log: Option<AuditLog>,
}

impl Audit {
    pub(super) fn of(state: &Path) -> Self {
        Self {
            path: AuditLog::path(state, Process::Machine),
            log: None,
        }
    }

    /// Notes it. A disk that does not take it keeps no wipe from being carried out: the keys of a lost
    /// terminal weigh more than a line about them, and the results say the same.
    pub(super) fn note(&mut self, event: Event, now: Now) {
        let noted = match &mut self.log {
            Some(log) => log.note(event, now),
            None => AuditLog::open(&self.path, Process::Machine, now)
                .and_then(|log| self.log.insert(log).note(event, now)),
        };
        if let Err(error) = noted {
            tracing::error!(event = "audit.unwritable", process = "machine", %error);
        }
    }
}
