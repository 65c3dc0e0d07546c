//! `dayroom doctor`: looks at everything this terminal rests on, says what it found, and changes
//! nothing. It works while half of it is broken, whoever else is at work, and for whom it is run.
//!
//! What is found goes into [`Facts`]; what to make of it is [`crate::domain::health`].

mod central;
mod files;
mod print;
mod services;
mod socket;

use std::path::PathBuf;
use std::time::Duration;

use crate::devices::input::{Allow, Bus, Identity};
use crate::devices::{Clock, DeviceSetup, Machine};
use crate::domain::health::facts::{self, Facts, Inputs, Store};
use crate::domain::health::{Line, Verdict, judge, limits, worst};
use crate::domain::{Now, UtcMillis};
use crate::replica::{Sensed, Site};
use crate::store::{self, Depth, MachineFolder, StorePlace};

pub use print::{Colour, json, lines};

/// Where to look.
#[derive(Clone, Debug)]
pub struct DoctorOptions {
    /// The state folder of the kiosk.
    pub state: PathBuf,
    /// The local socket.
    pub socket: PathBuf,
    /// The machine.
    pub machine: Machine,
    /// How long each step of the way to central may take.
    pub patience: Duration,
    /// How closely the store is looked at.
    pub depth: Depth,
}

impl DoctorOptions {
    /// All of a kiosk on this machine.
    pub fn new(state: PathBuf, socket: PathBuf) -> Self {
        Self {
            state,
            socket,
            machine: Machine::here(),
            patience: Duration::from_secs(5),
            depth: Depth::EveryPage,
        }
    }
}

/// What the doctor says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// When it was made: the best time that is known.
    pub at: UtcMillis,
    /// What was found.
    pub lines: Vec<Line>,
}

impl Diagnosis {
    /// The worst of the lines.
    pub fn verdict(&self) -> Verdict {
        worst(&self.lines)
    }

    /// What the process ends with: 0, 1 or 2.
    pub fn exit_code(&self) -> u8 {
        match self.verdict() {
            Verdict::Ok => 0,
            Verdict::Warn => 1,
            Verdict::Fail => 2,
        }
    }
}

/// Looks at everything at `now`, by the clocks of this machine.
pub fn diagnose(options: &DoctorOptions, now: Now) -> Diagnosis {
    let facts = gather(options, now);
    // A clock that lost its time is put no earlier than what has been.
    let floor = facts.clock.map_or(now.utc, |clock| clock.floor);
    let at = floor.max(now.utc);
    Diagnosis {
        at,
        lines: judge(&facts, at),
    }
}

fn gather(options: &DoctorOptions, now: Now) -> Facts {
    let machine = &options.machine;
    let place = StorePlace::new(options.state.join("store"));
    let (store, examined) = match files::store_key(&options.state) {
        Ok(key) => {
            let examined = store::examine(&place, &key, options.depth);
            let files = Store::Files {
                bytes: files::bytes_in(&place.folder),
                cache: examined.cache,
                blobs: examined.blobs,
                journal: examined.journal,
            };
            (files, Some(examined))
        }
        Err(fault) => (fault, None),
    };
    let sync = socket::look(&options.socket, options.patience);
    let certificate = files::certificate(&options.state);
    let central = central::look(&options.state, now.utc, options.patience);
    let source = machine.clock_source();
    let last = examined.and_then(|examined| examined.last_contact);
    let heard = sync.as_ref().and_then(|status| status.last_contact);
    let last = last.max(heard);
    let ahead = sync.as_ref().and_then(|status| status.ahead_of_central);
    Facts {
        display: Some(machine.display()),
        inputs: Some(match DeviceSetup::find(&options.state) {
            Ok(setup) => by_list(machine.inputs(), &setup),
            Err(_) => machine.inputs(),
        }),
        clock: Some(facts::Clock {
            system: Clock::system(),
            floor: last.map_or(limits::PROGRAM_IS_NOT_OLDER, |last| {
                last.max(limits::PROGRAM_IS_NOT_OLDER)
            }),
            rtc: source.rtc,
            in_step: services::in_step(machine).or(source.in_step),
            ahead_of_central: central.ahead.or(ahead),
        }),
        disk: Some(machine.disk(&options.state)),
        store: Some(store),
        certificate: Some(certificate),
        central: Some(central.found),
        sync: Some(facts::Sync {
            last,
            age: last.map(|last| {
                let age = now.utc.0.max(last.0).saturating_sub(last.0);
                Duration::from_millis(u64::try_from(age).unwrap_or(0))
            }),
            lease: examined.and_then(|examined| examined.lease),
        }),
        outbox: examined.and_then(|examined| examined.outbox),
        versions: Some(versions(machine, &options.state)),
        services: Some(facts::Services {
            sync_answers: sync.is_some(),
            units: services::units(machine),
        }),
        screen: sync.map(|status| status.screen),
        audit: examined.map(|_| files::audit(&place.folder)),
    }
}

/// What the list of parts makes of what is plugged in: a reader that types is no stranger.
fn by_list(mut inputs: Inputs, setup: &DeviceSetup) -> Inputs {
    let expected = setup.expected();
    for device in std::mem::take(&mut inputs.unknown) {
        let identity = Identity {
            bus: Bus::Usb.number(),
            vendor: device.vendor,
            product: device.product,
            name: device.name.clone(),
            phys: String::new(),
        };
        // Where it is plugged in is not known here.
        let anywhere = |allow: &Allow| Allow {
            bus: None,
            phys: None,
            ..allow.clone()
        };
        let is_part = |allow: &Allow| anywhere(allow).fits(&identity);
        if expected.devices.iter().any(is_part) {
            inputs.readers.push(device);
        } else if !expected.usb.contains(&(device.vendor, device.product)) {
            inputs.unknown.push(device);
        }
    }
    inputs.reader_expected = (!setup.readers.is_empty()).then_some(true);
    inputs
}

/// What the sync process tells central of the machine it runs on.
pub fn sense(machine: &Machine, state: &std::path::Path) -> Sensed {
    let source = machine.clock_source();
    Sensed {
        system: Clock::system(),
        not_before: limits::PROGRAM_IS_NOT_OLDER,
        rtc: source.rtc,
        in_step: source.in_step,
        disk: machine.disk(state),
        store_bytes: files::bytes_in(&state.join("store")),
        certificate: files::certificate(state),
        versions: versions(machine, state),
    }
}

fn versions(machine: &Machine, state: &std::path::Path) -> facts::Versions {
    let (sqlite, sqlcipher) = store::versions();
    facts::Versions {
        program: env!("CARGO_PKG_VERSION").to_owned(),
        release: machine.release(),
        // What cannot be read is as good as none.
        gave_way: MachineFolder::of(state).gave_way().ok().flatten(),
        sqlite,
        sqlcipher,
    }
}

/// Which central this kiosk belongs to, if anybody said so.
fn site(state: &std::path::Path) -> Option<Site> {
    Site::read(state).ok()
}
