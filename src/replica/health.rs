//! How this kiosk is, as the sync process tells central: what it knows itself, what the screen says,
//! and what was sensed of the machine.

use std::time::Duration;

use dayroom_client::plan::{PlanEvent, RequestId};
use dayroom_protocol::HealthReport;
use uuid::Uuid;

use super::map_health::{Whole, map_report};
use super::{Replica, ReplicaAction, ReplicaError, WireRequest};
use crate::domain::health::facts::{
    Central, Certificate, Clock, Disk, Facts, File, Life, Outbox, Screen, Store, Sync, Versions,
};
use crate::domain::health::judge;
use crate::domain::local::{DEVICES_TOLD, HUNG_AFTER, Link, ScreenStatus, SyncStatus};
use crate::domain::{BootMillis, Now, UtcMillis};
use crate::store::{self, JournalReader, StoreError};

/// What was sensed of the machine, by whoever drives the replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sensed {
    /// What the system's clock says.
    pub system: UtcMillis,
    /// What it cannot be before, as the program itself knows.
    pub not_before: UtcMillis,
    /// What the hardware clock says, if there is one.
    pub rtc: Option<UtcMillis>,
    /// Whether time servers keep the clock in step.
    pub in_step: Option<bool>,
    /// The disk.
    pub disk: Disk,
    /// Bytes of all files of the store.
    pub store_bytes: u64,
    /// The certificate.
    pub certificate: Certificate,
    /// What runs.
    pub versions: Versions,
}

/// What is known of this kiosk's health.
pub(super) struct Health {
    sensed: Option<(Sensed, BootMillis)>,
    screen: ScreenLink,
    /// The central time of the newest page, and when it came.
    central_time: Option<(UtcMillis, BootMillis)>,
    /// The report central has, or is about to have.
    told: Option<HealthReport>,
}

/// The connection of the screen.
enum ScreenLink {
    Gone,
    /// Connected; it says how it is as soon as it can.
    Here {
        heard: BootMillis,
        status: Option<ScreenStatus>,
    },
}

impl Health {
    pub(super) fn new() -> Self {
        Self {
            sensed: None,
            screen: ScreenLink::Gone,
            central_time: None,
            told: None,
        }
    }

    pub(super) fn sensed(&mut self, sensed: Sensed, at: BootMillis) {
        self.sensed = Some((sensed, at));
    }

    pub(super) fn screen_connected(&mut self, at: BootMillis) {
        self.screen = ScreenLink::Here {
            heard: at,
            status: None,
        };
    }

    pub(super) fn screen_gone(&mut self) {
        self.screen = ScreenLink::Gone;
    }

    pub(super) fn screen_says(&mut self, mut status: ScreenStatus, at: BootMillis) {
        // The other process is not trusted with the size of what goes on from here.
        if let Some(inputs) = &mut status.inputs {
            for devices in [&mut inputs.touch, &mut inputs.readers, &mut inputs.unknown] {
                devices.truncate(DEVICES_TOLD);
            }
        }
        self.screen = ScreenLink::Here {
            heard: at,
            status: Some(status),
        };
    }

    pub(super) fn heard_central(&mut self, time: UtcMillis, at: BootMillis) {
        self.central_time = Some((time, at));
    }

    fn status(&self) -> Option<&ScreenStatus> {
        match &self.screen {
            ScreenLink::Here { status, .. } => status.as_ref(),
            ScreenLink::Gone => None,
        }
    }

    fn screen(&self, now: BootMillis) -> Screen {
        let status = self.status();
        let life = match &self.screen {
            ScreenLink::Gone => Life::Gone,
            ScreenLink::Here { heard, .. } if now.since(*heard) > HUNG_AFTER => Life::Hung,
            ScreenLink::Here { .. } => Life::Alive,
        };
        Screen {
            life,
            closed: status.and_then(|status| status.closed),
            crashes: status.and_then(|status| status.crashes),
        }
    }

    /// What the system's clock says at `now`.
    fn system(&self, now: Now) -> Option<UtcMillis> {
        let (sensed, at) = self.sensed.as_ref()?;
        Some(later(sensed.system, now.boot.at.since(*at)))
    }

    /// How far the system's clock is ahead of central's.
    fn ahead(&self, now: Now) -> Option<i64> {
        let (time, at) = self.central_time?;
        let central = later(time, now.boot.at.since(at));
        Some(self.system(now)?.0.saturating_sub(central.0))
    }
}

fn later(then: UtcMillis, span: Duration) -> UtcMillis {
    let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    UtcMillis(then.0.saturating_add(millis))
}

impl Replica {
    /// Whether central should hear of a change, before its turn.
    pub(super) fn health_news(&mut self, now: Now) -> Result<Option<PlanEvent>, ReplicaError> {
        let Some(report) = self.health_report(now)? else {
            return Ok(None);
        };
        let known = self.health.told.as_ref().map(lasting);
        Ok((known != Some(lasting(&report))).then_some(PlanEvent::HealthChanged))
    }

    /// Tells central how this kiosk is.
    pub(super) fn send_health(
        &mut self,
        request: RequestId,
        now: Now,
        out: &mut Vec<ReplicaAction>,
    ) -> Result<Option<PlanEvent>, ReplicaError> {
        let Some(report) = self.health_report(now)? else {
            return Ok(Some(super::core::not_made(request)));
        };
        self.health.told = Some(report.clone());
        self.reporting = Some(request);
        let report = WireRequest::Health(Box::new(report));
        out.push(ReplicaAction::Send(request, report));
        Ok(None)
    }

    /// What was told did not arrive, as far as anybody knows.
    pub(super) fn health_not_told(&mut self) {
        self.health.told = None;
    }

    /// How sync is, for whoever looks after the terminal.
    pub(super) fn sync_status(&self, now: Now) -> Result<SyncStatus, ReplicaError> {
        Ok(SyncStatus {
            link: self.link.clone(),
            last_contact: self.cache.last_contact()?,
            ahead_of_central: self.health.ahead(now),
            screen: self.health.screen(now.boot.at),
            certificate: self
                .health
                .sensed
                .as_ref()
                .map(|(sensed, _)| sensed.certificate),
        })
    }

    fn health_report(&mut self, now: Now) -> Result<Option<HealthReport>, ReplicaError> {
        let Some(facts) = self.facts(now)? else {
            return Ok(None);
        };
        let lines = judge(&facts, now.utc);
        Ok(Some(map_report(
            &facts,
            &lines,
            &Whole {
                made_at: now.utc,
                boot: Uuid::from_u128(now.boot.boot.0),
                up: Duration::from_millis(now.boot.at.0),
            },
        )))
    }

    fn facts(&mut self, now: Now) -> Result<Option<Facts>, ReplicaError> {
        let outbox = self.outbox();
        let last_contact = self.cache.last_contact()?;
        let Some((sensed, _)) = self.health.sensed.clone() else {
            return Ok(None);
        };
        let status = self.health.status();
        // These two are open here, or this process would not run.
        let [cache, blobs, journal] = store::schemas().map(|known| File {
            schema: Some(known),
            known,
            fault: None,
            checked: false,
        });
        let journal = match &outbox {
            Ok(_) => journal,
            Err(error) => File {
                schema: None,
                fault: Some(store::fault(error)),
                ..journal
            },
        };
        Ok(Some(Facts {
            display: status.and_then(|status| status.display.clone()),
            inputs: status.and_then(|status| status.inputs.clone()),
            clock: Some(Clock {
                system: self.health.system(now).unwrap_or(sensed.system),
                floor: last_contact.map_or(sensed.not_before, |last| last.max(sensed.not_before)),
                rtc: sensed.rtc,
                in_step: sensed.in_step,
                ahead_of_central: self.health.ahead(now),
            }),
            disk: Some(sensed.disk),
            store: Some(Store::Files {
                bytes: sensed.store_bytes,
                cache,
                blobs,
                journal,
            }),
            certificate: Some(sensed.certificate),
            central: match &self.link {
                Link::Starting => None,
                Link::NoSite => Some(Central::NoSite),
                Link::Online => Some(Central::Heard { trouble: None }),
                Link::Offline { cause, .. } => Some(Central::Heard {
                    trouble: Some((*cause).into()),
                }),
            },
            sync: Some(Sync {
                last: last_contact,
                age: self.lease.age(now),
                lease: Some(self.lease_span),
            }),
            outbox: outbox.ok(),
            versions: Some(sensed.versions),
            services: None,
            screen: Some(self.health.screen(now.boot.at)),
            audit: status.and_then(|status| status.audit),
        }))
    }

    /// What waits to be sent; read anew, as the screen writes it.
    fn outbox(&mut self) -> Result<Outbox, StoreError> {
        let journal = match self.journal.take() {
            Some(journal) => journal,
            None => JournalReader::open(&self.place, &self.key)?,
        };
        let outbox = journal.outbox();
        if outbox.is_ok() {
            self.journal = Some(journal);
        }
        outbox
    }
}

/// A report without what is otherwise in each: what is left has changed only if the kiosk has.
fn lasting(report: &HealthReport) -> HealthReport {
    let mut report = report.clone();
    report.made_at.0 = 0;
    report.up_seconds = 0;
    report.outbox = dayroom_protocol::health::OutboxHealth::default();
    report.store.bytes = 0;
    report.disk.free = None;
    report.clock.at.0 = 0;
    report.last_sync = None;
    report
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::health::FileFault;

    #[test]
    fn time_goes_on_between_two_looks_at_the_clock() {
        let at = later(UtcMillis(1000), Duration::from_millis(250));
        assert_eq!(at, UtcMillis(1250));
        assert_eq!(later(UtcMillis(i64::MAX), Duration::MAX).0, i64::MAX);
    }

    #[test]
    fn a_missing_journal_is_said_to_be_missing() {
        let error = StoreError::NotYet(store::StoreFile::Journal);
        assert_eq!(store::fault(&error), FileFault::Missing);
    }
}
