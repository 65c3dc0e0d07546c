use std::collections::{BTreeMap, BTreeSet};

use dayroom::domain::local::{ToScreen, ToSync};
use dayroom::domain::{BootMoment, IntentId};
use dayroom::replica::{Answer, ReplicaAction, ReplicaError, ReplicaEvent};
use dayroom::store::CachePage;
use dayroom_central::{Central, Poked};
use dayroom_client::plan::Failure;
use dayroom_protocol::UtcMillis;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use tokio::sync::broadcast::Receiver;

use super::kiosk::{Kiosk, Process, START};
use super::ledger::{Counts, Ledger};
use super::network::{Caller, Envelope};
use super::operators::{Backup, Grounds};
use super::setting::Setting;
use crate::support::disk::{Disk, Fault};

/// Something that happens at its time.
pub enum Event {
    AtCentral(Envelope),
    AtKiosk(Caller, Result<Answer, Failure>),
    Local {
        kiosk: usize,
        life: u64,
        frame: ToSync,
    },
    Start(usize, Process),
    /// See [`super::Plant::CursorFirst`].
    CursorFirst(Caller, Box<CachePage>),
    Undo {
        kiosk: usize,
        act: IntentId,
        boot: BootMoment,
    },
    CentralPowerCut,
    Chance,
}

/// What came of a run.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    pub counts: Counts,
    /// Virtual milliseconds from the first event to the verdict.
    pub lasted: u64,
}

/// Everything of one seed.
pub struct World {
    pub setting: Setting,
    pub rng: SmallRng,
    pub now: u64,
    pub healing: bool,
    queue: BTreeMap<(u64, u64), Event>,
    queued: u64,
    pub kiosks: Vec<Kiosk>,
    pub central: Central,
    pub central_disk: Disk,
    pub central_back_at: u64,
    pub pokes: Receiver<Poked>,
    pub streams: BTreeSet<Caller>,
    /// Requests under way.
    pub pending: BTreeSet<Caller>,
    pub cancelled: BTreeSet<Caller>,
    /// Requests whose answer broke off.
    pub broken: BTreeSet<Caller>,
    pub grounds: Grounds,
    pub backup: Option<Backup>,
    pub ledger: Ledger,
    steps_left: usize,
}

/// Events at one moment before the plan is said to spin.
const SPIN: u32 = 20_000;

impl World {
    pub fn new(setting: Setting) -> Self {
        let mut rng = SmallRng::seed_from_u64(setting.seed);
        let central_disk = Disk::new(setting.seed);
        central_disk.promise_powersafe_overwrite();
        let central = super::operators::open_central(&central_disk, &setting, &mut rng);
        let pokes = central.pokes();
        let mut ledger = Ledger::default();
        let (grounds, walls) = Grounds::lay(&central, &setting, &mut ledger, &mut rng);
        let mut kiosks = Vec::new();
        for (number, id) in (1..).zip(walls) {
            let skew = rng.random_range(-90_000..90_000);
            let disk = Disk::new(setting.seed ^ (number << 40));
            kiosks.push(Kiosk::new(id, number, disk, skew));
        }
        Self {
            steps_left: setting.steps,
            setting,
            rng,
            now: 0,
            healing: false,
            queue: BTreeMap::new(),
            queued: 0,
            kiosks,
            central,
            central_disk,
            central_back_at: 0,
            pokes,
            streams: BTreeSet::new(),
            pending: BTreeSet::new(),
            cancelled: BTreeSet::new(),
            broken: BTreeSet::new(),
            grounds,
            backup: None,
            ledger,
        }
    }

    /// Lives through it and says what is wrong in the end.
    pub fn run(mut self) -> Result<Report, String> {
        self.furnish();
        for kiosk in 0..self.kiosks.len() {
            self.later(0, Event::Start(kiosk, Process::Screen));
            self.later(0, Event::Start(kiosk, Process::Sync));
        }
        // Two processes start on whole files; what a power cut does to a birth is the store's test.
        self.later(200, Event::Chance);
        while self.steps_left > 0 && self.ledger.broken.is_none() {
            self.step();
        }
        self.heal()?;
        Ok(Report {
            counts: self.ledger.counts,
            lasted: self.now,
        })
    }

    /// Ends all faults and waits until everything is as it should be, or has had time enough.
    fn heal(&mut self) -> Result<(), String> {
        self.healing = true;
        self.central_back_at = 0;
        for number in 0..self.kiosks.len() {
            let kiosk = &mut self.kiosks[number];
            kiosk.cut_off_until = 0;
            kiosk.disk.heal();
            kiosk.armed = None;
            self.later(1, Event::Start(number, Process::Screen));
            self.later(1, Event::Start(number, Process::Sync));
        }
        let mut wait = 60_000;
        loop {
            let until = self.now + wait;
            while self.next_at() <= until && self.ledger.broken.is_none() {
                self.step();
            }
            self.now = self.now.max(until);
            if let Some(broken) = &self.ledger.broken {
                return Err(broken.clone());
            }
            let judged = self.judge();
            if judged.is_ok() || wait > 1_000_000 {
                return judged;
            }
            wait *= 2;
        }
    }

    pub fn later(&mut self, after: u64, event: Event) {
        self.queued += 1;
        self.queue.insert((self.now + after, self.queued), event);
    }

    fn next_at(&self) -> u64 {
        let wakes = self.kiosks.iter().map(|kiosk| kiosk.wake_at);
        let events = self.queue.keys().next().map(|(at, _)| *at);
        wakes.chain(events).min().unwrap_or(u64::MAX)
    }

    /// Lets the next thing happen.
    fn step(&mut self) {
        let before = self.now;
        self.now = self.next_at().max(self.now);
        self.grounds.at_this_moment += 1;
        if self.now > before {
            self.grounds.at_this_moment = 0;
        } else if self.grounds.at_this_moment > SPIN {
            self.ledger.break_promise(|| "it spins".to_owned());
        }
        let due = self
            .queue
            .first_entry()
            .filter(|next| next.key().0 <= self.now);
        if let Some(event) = due.map(|next| next.remove()) {
            return self.happen(event);
        }
        let wakes = (0..self.kiosks.len()).find(|k| self.kiosks[*k].wake_at <= self.now);
        if let Some(kiosk) = wakes {
            self.tell_replica(kiosk, ReplicaEvent::Tick);
        }
    }

    /// Tells what happens, for somebody who looks into one seed (`DAYROOM_SIM_TRACE=1`).
    pub fn trace(&self, what: impl FnOnce() -> String) {
        if self.setting.trace {
            println!("{:>9} {}", self.now, what());
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::AtCentral(envelope) => self.at_central(envelope),
            Event::AtKiosk(caller, answer) => self.at_kiosk(caller, answer),
            Event::Local { kiosk, life, frame } => {
                if self.kiosks[kiosk].life == life {
                    self.tell_replica(kiosk, ReplicaEvent::Local(frame));
                }
            }
            Event::Start(kiosk, process) => self.start(kiosk, process),
            Event::CursorFirst(caller, page) => self.cursor_first(caller, &page),
            Event::Undo { kiosk, act, boot } => self.undo(kiosk, act, boot),
            Event::CentralPowerCut => self.restart_central(),
            Event::Chance if self.healing => {}
            Event::Chance => {
                self.steps_left = self.steps_left.saturating_sub(1);
                self.chance();
                let gap = self.rng.random_range(1..=self.setting.step_gap);
                self.later(gap, Event::Chance);
            }
        }
    }

    fn start(&mut self, number: usize, process: Process) {
        let kiosk = &mut self.kiosks[number];
        let began = match process {
            Process::Screen if kiosk.screen.is_none() => kiosk
                .start_screen(&self.setting)
                .map_err(ReplicaError::from),
            Process::Sync if kiosk.replica.is_none() => kiosk.start_sync(&self.setting, self.now),
            Process::Screen | Process::Sync => return,
        };
        self.trace(|| format!("kiosk {number}: {process:?} starts"));
        if let Err(error) = began {
            return self.failed(number, process, &error);
        }
        self.look_for_crash(number);
        if self.kiosks[number].screen.is_some() {
            self.tell_replica(number, ReplicaEvent::ScreenConnected);
        }
        if process == Process::Sync {
            self.tell_replica(number, ReplicaEvent::Tick);
        }
    }

    /// Tells a kiosk's replica what happened and does what it says.
    pub fn tell_replica(&mut self, number: usize, event: ReplicaEvent) {
        let now = self.now;
        let kiosk = &mut self.kiosks[number];
        let at = kiosk.now(now);
        let Some(replica) = &mut kiosk.replica else {
            return;
        };
        let mut done = replica.handle(event, at);
        loop {
            match done {
                Ok(actions) => {
                    for action in actions {
                        self.act(number, action);
                    }
                }
                Err(error) => return self.failed(number, Process::Sync, &error),
            }
            if self.look_for_crash(number) {
                return;
            }
            let Some(replica) = &mut self.kiosks[number].replica else {
                return;
            };
            match replica.work(at) {
                Ok(Some(more)) => done = Ok(more),
                Ok(None) => break,
                Err(error) => done = Err(error),
            }
        }
        let kiosk = &mut self.kiosks[number];
        if let Some(replica) = &kiosk.replica {
            let wait = replica.next_wake(kiosk.now(now));
            kiosk.wake_at = now + u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
        }
    }

    fn act(&mut self, number: usize, action: ReplicaAction) {
        let life = self.kiosks[number].life;
        let caller = |request| Caller {
            kiosk: number,
            life,
            request,
        };
        self.trace(|| format!("kiosk {number}: {action:?}"));
        match action {
            ReplicaAction::Send(request, wire) => {
                self.pending.insert(caller(request));
                self.look_at_forgets(number, &wire);
                self.send(caller(request), &wire);
            }
            ReplicaAction::Cancel(request) => {
                self.cancelled.insert(caller(request));
                self.streams.remove(&caller(request));
            }
            ReplicaAction::Say(ToScreen::Changed) => self.settle(number),
            ReplicaAction::Say(_)
            | ReplicaAction::Tell(..)
            | ReplicaAction::Audit(_)
            | ReplicaAction::KeepOperators(_)
            | ReplicaAction::Machine { .. } => {}
            ReplicaAction::Time(at) => self.kiosks[number].raise_floor(at),
            // Bundles are no part of the simulated world.
            ReplicaAction::Releases(_) => {}
        }
    }

    /// The screen takes in what central has settled, or is busy and does it another time.
    pub fn settle(&mut self, number: usize) {
        if !self.healing && self.thousandth(300) {
            return;
        }
        if let Err(error) = self.kiosks[number].settle(&self.setting, self.now) {
            self.failed(number, Process::Screen, &error.into());
        } else {
            self.look_for_crash(number);
        }
    }

    /// A process cannot go on. With a fault in the disk that is how it should be.
    pub fn failed(&mut self, number: usize, process: Process, error: &ReplicaError) {
        if self.look_for_crash(number) {
            return;
        }
        let kiosk = &mut self.kiosks[number];
        let struck = kiosk.armed.is_some() && kiosk.disk.fault_struck();
        let ReplicaError::Store(store) = error;
        if !struck || store.is_damage() {
            let process = format!("{process:?} of kiosk {number}");
            self.ledger
                .break_promise(|| format!("{process} failed: {error:?}"));
            return;
        }
        kiosk.armed = None;
        kiosk.disk.heal();
        kiosk.stop(process);
        let after = self.rng.random_range(1..20_000);
        self.later(after, Event::Start(number, process));
    }

    /// Whether the crash that waited in the disk has come; if so, both processes are gone.
    pub fn look_for_crash(&mut self, number: usize) -> bool {
        let kiosk = &self.kiosks[number];
        if !kiosk.disk.fault_struck() {
            return false;
        }
        match kiosk.armed {
            Some(fault @ (Fault::PowerCut | Fault::Killed)) => {
                self.down(number, fault);
                true
            }
            _ => false,
        }
    }

    /// Both processes of a kiosk are gone; they come back some time later.
    pub fn down(&mut self, number: usize, fault: Fault) {
        self.trace(|| format!("kiosk {number} is down: {fault:?}"));
        let kiosk = &mut self.kiosks[number];
        kiosk.armed = None;
        kiosk.lose_processes();
        if fault == Fault::PowerCut {
            kiosk.reboot(self.now);
            self.ledger.counts.power_cuts += 1;
        } else {
            self.ledger.counts.kills += 1;
        }
        self.end_streams(Some(number));
        let longest = 3 * self.setting.step_gap;
        for process in [Process::Screen, Process::Sync] {
            let after = self.rng.random_range(1..longest);
            self.later(after, Event::Start(number, process));
        }
    }

    /// What central's clock says.
    pub fn central_now(&self) -> UtcMillis {
        UtcMillis(START + i64::try_from(self.now).unwrap_or(0))
    }
}
