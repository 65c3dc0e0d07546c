use rand::Rng;
use rand::seq::IndexedRandom;

use super::kiosk::Process;
use super::world::{Event, World};
use crate::support::disk::Fault;

impl World {
    /// Something happens.
    pub fn chance(&mut self) {
        match self.rng.random_range(0..100) {
            0..=26 => self.somebody_comes(),
            27..=29 => self.somebody_is_everywhere(),
            30..=36 => self.ask(),
            37..=50 => self.write(),
            51..=57 => match self.rng.random_range(0..4) {
                0 => self.deposit(),
                1 => self.review_sent(),
                _ => self.review(),
            },
            58..=65 => self.rehouse(),
            66..=67 => self.rehang(),
            68..=70 => self.announce(),
            71..=77 => self.crash(),
            78..=83 => self.arm(),
            84..=87 => self.restart(),
            88..=92 => self.cut_off(),
            93..=94 => self.end_streams(None),
            95 => self.restart_central(),
            96 => self.back_up(),
            _ if self.setting.restores => self.restore(),
            _ => self.somebody_comes(),
        }
    }

    fn any_kiosk(&mut self) -> usize {
        self.rng.random_range(0..self.kiosks.len())
    }

    fn somebody_comes(&mut self) {
        let kiosk = self.any_kiosk();
        let (people, facts) = (&self.grounds.people, &self.ledger.facts);
        let unit = facts.walls.get(kiosk);
        let here: Vec<_> = people
            .iter()
            .filter(|person| facts.house.get(&person.id) == unit)
            .collect();
        let person = here.choose(&mut self.rng).copied();
        let person = person.or_else(|| people.choose(&mut self.rng));
        let person = person.expect("somebody").number.clone();
        self.visit(kiosk, &person);
    }

    /// The same person at every kiosk that knows them, within a moment.
    fn somebody_is_everywhere(&mut self) {
        let people = &self.grounds.people;
        let person = people
            .choose(&mut self.rng)
            .expect("somebody")
            .number
            .clone();
        for kiosk in 0..self.kiosks.len() {
            self.visit(kiosk, &person);
        }
    }

    /// The power of a kiosk goes, or both its processes are killed, between two calls.
    fn crash(&mut self) {
        let number = self.any_kiosk();
        let chance = self.rng.random();
        let disk = &self.kiosks[number].disk;
        if self.rng.random_range(0..3) == 0 {
            disk.crash_process();
            self.down(number, Fault::Killed);
        } else {
            disk.power_cut(chance);
            self.down(number, Fault::PowerCut);
        }
    }

    /// The same in the middle of a call, some calls from now; or the disk fails once.
    fn arm(&mut self) {
        let number = self.any_kiosk();
        let fault = match self.rng.random_range(0..6) {
            0 => Fault::IoErrOnce,
            1 => Fault::Killed,
            _ => Fault::PowerCut,
        };
        let calls = self.rng.random_range(0..40);
        let kiosk = &mut self.kiosks[number];
        kiosk.armed = Some(fault);
        kiosk.disk.fail_after(calls, fault);
    }

    /// A process ends in an orderly way and starts again.
    fn restart(&mut self) {
        let number = self.any_kiosk();
        let process = if self.rng.random() {
            Process::Sync
        } else {
            Process::Screen
        };
        self.kiosks[number].stop(process);
        if process == Process::Sync {
            self.end_streams(Some(number));
        }
        self.look_for_crash(number);
        let after = self.rng.random_range(1..10_000);
        self.later(after, Event::Start(number, process));
    }

    fn cut_off(&mut self) {
        let number = self.any_kiosk();
        let lasts = self.rng.random_range(1..=8 * self.setting.step_gap);
        self.kiosks[number].cut_off_until = self.now + lasts;
        self.end_streams(Some(number));
    }
}
