//! Tells the sync process how the screen is, which central hears of.

use crate::app::ClosedReason;
use crate::devices::Machine;
use crate::domain::health::facts::{Audit, Closed, Display, Inputs};
use crate::domain::local::{ALIVE_EVERY, ScreenStatus, ToSync};
use crate::domain::{BootMillis, Now};

use super::Kiosk;

/// What the sync process was told.
pub(super) struct Health {
    machine: Machine,
    /// Whether anybody listens.
    connected: bool,
    seen: Option<(Display, Inputs)>,
    told: Option<(ScreenStatus, BootMillis)>,
}

impl Health {
    pub(super) fn new(machine: Machine) -> Self {
        Self {
            machine,
            connected: false,
            seen: None,
            told: None,
        }
    }

    /// When the next sign of life is due.
    pub(super) fn due(&self) -> Option<BootMillis> {
        let (_, at) = self.told.as_ref().filter(|_| self.connected)?;
        Some(at.plus(ALIVE_EVERY))
    }
}

impl Kiosk {
    /// Somebody listens, or nobody does any more.
    pub(super) fn connect_health(&mut self, connected: bool) {
        self.health.connected = connected;
        self.health.told = None;
        self.tell_health(self.clock.now());
    }

    /// Says how the screen is: at once when something has changed, else from time to time, which is
    /// a sign of life.
    pub(super) fn tell_health(&mut self, now: Now) {
        if !self.health.connected {
            return;
        }
        let alive_due = self.health.due().is_none_or(|due| due <= now.boot.at);
        if alive_due {
            let machine = &self.health.machine;
            self.health.seen = Some((machine.display(), machine.inputs()));
        }
        let seen = self.health.seen.clone();
        let closed = self.app.closed();
        let status = ScreenStatus {
            closed: closed.map(map_closed),
            crashes: None,
            display: seen.as_ref().map(|(display, _)| display.clone()),
            inputs: seen.map(|(_, inputs)| inputs),
            audit: Some(if closed == Some(ClosedReason::StoreFailed) {
                Audit::NotWritable
            } else {
                Audit::Writable
            }),
        };
        let same = self.health.told.as_ref().map(|(told, _)| told) == Some(&status);
        if same && !alive_due {
            return;
        }
        self.health.told = Some((status.clone(), now.boot.at));
        let status = Box::new(status);
        self.link.say(ToSync::Screen { status });
    }
}

fn map_closed(reason: ClosedReason) -> Closed {
    match reason {
        ClosedReason::LeaseOver => Closed::LeaseOver,
        ClosedReason::Revoked => Closed::Revoked,
        ClosedReason::NotReady => Closed::NotReady,
        ClosedReason::StoreFailed => Closed::StoreFailed,
    }
}
