//! Tells the sync process how the screen is, which central hears of.

use std::path::Path;
use std::time::Duration;

use crate::app::{ClosedReason, Screen};
use crate::devices::{Clock, Machine};
use crate::domain::attached::{Attached, Presence};
use crate::domain::health::facts::{
    self, Audit, Central, Closed, Device, Display, Facts, File, Inputs, Life, Store,
};
use crate::domain::health::{FileFault, glance, judge, limits};
use crate::domain::local::{
    ALIVE_EVERY, DEVICES_TOLD, Link, NAME_TOLD, ScreenStatus, SyncStatus, ToSync,
};
use crate::domain::{BootMillis, Now};
use crate::store::{self, MachineFolder};

use super::Kiosk;

/// What the sync process was told.
pub(super) struct Health {
    machine: Machine,
    /// How often the screen ended unasked since the machine started; nobody counts on a desk.
    crashes: Option<u32>,
    /// Whether anybody listens.
    connected: bool,
    seen: Option<(Display, Inputs)>,
    told: Option<(ScreenStatus, BootMillis)>,
    /// How the sync process was when it was last asked.
    sync: Option<SyncStatus>,
    /// When it was last asked.
    asked: Option<BootMillis>,
    /// On a stage: the same everywhere, so that pictures are.
    #[cfg(feature = "demo")]
    staged: Option<facts::Disk>,
}

/// How often sync is asked while a technician looks.
const ASK_EVERY: Duration = Duration::from_secs(10);

impl Health {
    pub(super) fn new(machine: Machine, crashes: Option<u32>) -> Self {
        Self {
            machine,
            crashes,
            connected: false,
            seen: None,
            told: None,
            sync: None,
            asked: None,
            #[cfg(feature = "demo")]
            staged: None,
        }
    }

    /// Puts it on a stage: no machine, and a disk of its own.
    #[cfg(feature = "demo")]
    pub(super) fn stage(&mut self) {
        self.machine = Machine::at("/nowhere", Some("stage"));
        self.staged = Some(facts::Disk {
            space: Some(facts::Space {
                total: 8_000_000_000,
                free: 5_200_000_000,
            }),
            read_only: false,
            wear: facts::Wear::Percent { used: 20 },
        });
    }

    #[cfg(feature = "demo")]
    fn staged(&self) -> Option<facts::Disk> {
        self.staged
    }

    #[cfg(not(feature = "demo"))]
    fn staged(&self) -> Option<facts::Disk> {
        None
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
        self.health.sync = None;
        self.health.asked = None;
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
            let inputs = inputs(self.app.attached(), machine);
            self.health.seen = Some((machine.display(), told(inputs)));
        } else if is_listed(self.app.attached()) {
            // What is plugged in or taken out is told at once.
            let inputs = inputs(self.app.attached(), &self.health.machine);
            if let Some((_, seen)) = &mut self.health.seen {
                *seen = told(inputs);
            }
        }
        let seen = self.health.seen.clone();
        let closed = self.app.closed();
        let status = ScreenStatus {
            closed: closed.map(map_closed),
            crashes: self.health.crashes,
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

impl Kiosk {
    /// Takes what the sync process says of itself.
    pub(super) fn hear_of_sync(&mut self, status: SyncStatus) {
        self.health.sync = Some(status);
        self.show_health(self.clock.now());
    }

    /// Puts how this terminal is on the technicians' page, if that is what is shown.
    pub(super) fn show_health(&mut self, now: Now) {
        if !matches!(self.app.screen(), Screen::Technician(page) if page.is_inside()) {
            self.health.asked = None;
            return;
        }
        let due = self
            .health
            .asked
            .is_none_or(|at| now.boot.at.since(at) >= ASK_EVERY);
        if due && self.health.connected {
            self.health.asked = Some(now.boot.at);
            self.link.say(ToSync::Look);
        }
        let lines = judge(&self.health_facts(now), now.utc);
        self.view.show_health(&self.app, &glance(&lines), now);
    }

    fn health_facts(&mut self, now: Now) -> Facts {
        let machine = &self.health.machine;
        let source = machine.clock_source();
        let staged = self.health.staged();
        let sync = self.health.sync.as_ref();
        let last = self.app.last_contact();
        let [cache, blobs, journal] = store::schemas().map(|known| File {
            schema: Some(known),
            known,
            fault: None,
            checked: false,
        });
        let (sqlite, sqlcipher) = store::versions();
        let closed = self.app.closed();
        Facts {
            display: Some(machine.display()),
            inputs: Some(inputs(self.app.attached(), machine)),
            clock: Some(facts::Clock {
                system: if staged.is_some() {
                    now.utc
                } else {
                    Clock::system()
                },
                floor: last.map_or(limits::PROGRAM_IS_NOT_OLDER, |last| {
                    last.max(limits::PROGRAM_IS_NOT_OLDER)
                }),
                rtc: source.rtc,
                in_step: source.in_step,
                ahead_of_central: sync.and_then(|sync| sync.ahead_of_central),
            }),
            disk: Some(staged.unwrap_or_else(|| machine.disk(self.shelves.folder()))),
            // The journal is open here, or there would be no screen.
            store: Some(Store::Files {
                bytes: 0,
                cache: match self.shelves.cache() {
                    Some(_) => cache,
                    None => File {
                        schema: None,
                        fault: Some(FileFault::Missing),
                        ..cache
                    },
                },
                blobs,
                journal,
            }),
            certificate: sync.and_then(|sync| sync.certificate),
            central: match self.app.link() {
                Link::Starting => None,
                Link::NoSite => Some(Central::NoSite),
                Link::Online => Some(Central::Heard { trouble: None }),
                Link::Offline { cause, .. } => Some(Central::Heard {
                    trouble: Some((*cause).into()),
                }),
            },
            sync: Some(facts::Sync {
                last,
                age: last.map(|last| {
                    let age = now.utc.0.saturating_sub(last.0);
                    Duration::from_millis(u64::try_from(age).unwrap_or(0))
                }),
                lease: Some(self.app.policy().lease),
            }),
            outbox: self.shelves.journal().outbox().ok(),
            versions: Some(facts::Versions {
                program: env!("CARGO_PKG_VERSION").to_owned(),
                release: machine.release(),
                gave_way: gave_way(self.shelves.folder()),
                sqlite,
                sqlcipher,
            }),
            services: Some(facts::Services {
                sync_answers: self.health.connected,
                units: Vec::new(),
            }),
            // Whoever reads this sees that it lives; why it is closed stands on the page before.
            screen: Some(facts::Screen {
                life: Life::Alive,
                closed: None,
                crashes: self.health.crashes,
            }),
            audit: Some(if closed == Some(ClosedReason::StoreFailed) {
                Audit::NotWritable
            } else {
                Audit::Writable
            }),
        }
    }
}

/// Whether this terminal has a list of its parts.
fn is_listed(attached: &Attached) -> bool {
    attached.panel.is_some() || !attached.readers.is_empty()
}

/// The release that did not hold here, as `dayroom machine` noted it beside the store.
fn gave_way(store: &Path) -> Option<String> {
    MachineFolder::of(store.parent()?).gave_way().ok().flatten()
}

/// What is plugged in: on a terminal what its list of parts says of it, on a desk what the machine
/// says.
fn inputs(attached: &Attached, machine: &Machine) -> Inputs {
    let there = |presence: &Presence, name: &str| {
        (*presence == Presence::There).then(|| Device {
            vendor: 0,
            product: 0,
            name: name.to_owned(),
        })
    };
    if !is_listed(attached) {
        return machine.inputs();
    }
    Inputs {
        touch: attached
            .panel
            .iter()
            .filter_map(|panel| there(panel, "touch panel"))
            .collect(),
        readers: attached
            .readers
            .iter()
            .filter_map(|reader| there(reader, "badge reader"))
            .collect(),
        unknown: attached
            .strangers
            .iter()
            .map(|stranger| {
                let (vendor, product) = stranger.ids.unwrap_or((0, 0));
                Device {
                    vendor,
                    product,
                    name: format!("{} at {}", stranger.sort.name(), stranger.place),
                }
            })
            .collect(),
        reader_expected: Some(!attached.readers.is_empty()),
    }
}

/// What goes into a frame, whatever is plugged in.
fn told(mut inputs: Inputs) -> Inputs {
    for devices in [&mut inputs.touch, &mut inputs.readers, &mut inputs.unknown] {
        devices.truncate(DEVICES_TOLD);
        for device in devices {
            device.name = device.name.chars().take(NAME_TOLD).collect();
        }
    }
    inputs
}

fn map_closed(reason: ClosedReason) -> Closed {
    match reason {
        ClosedReason::LeaseOver => Closed::LeaseOver,
        ClosedReason::Revoked => Closed::Revoked,
        ClosedReason::Expired => Closed::CertificateExpired,
        ClosedReason::ClockWrong => Closed::Clock,
        ClosedReason::NotReady => Closed::NotReady,
        ClosedReason::StoreFailed => Closed::StoreFailed,
    }
}
