//! Kills the real screen and sync processes at random moments: nothing acknowledged is lost or
//! doubled. `DAYROOM_CRASH_ROUNDS` and `DAYROOM_CRASH_SEED` run more, or the same again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it ran"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use dayroom::demo::tour::SyncProcess;
use dayroom::demo::{Driver, Facility, Panel, Person};
use dayroom::devices::Clock;
use dayroom::runtime::puppet::Label;
use dayroom_central::{Deed, NewMessage};
use dayroom_protocol::{ConnectionId, MessageId, UtcMillis};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const PROGRAM: &str = env!("CARGO_BIN_EXE_dayroom");
const ROUNDS: u32 = 200;

fn setting<T: std::str::FromStr>(name: &str, default: T) -> T {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// Waits for a random moment; nothing ever arrives on this channel.
fn random_moment(random: &mut StdRng) {
    let (_keep, never) = mpsc::channel::<()>();
    let span = Duration::from_micros(random.random_range(0..40_000));
    assert_eq!(
        never.recv_timeout(span),
        Err(mpsc::RecvTimeoutError::Timeout)
    );
}

struct House<'a> {
    facility: &'a Facility,
    clock: &'a Clock,
    person: Person,
    mother: ConnectionId,
    random: StdRng,
    screen: Option<Driver>,
    sync: Option<SyncProcess>,
    letters: BTreeMap<u32, MessageId>,
    /// The letter a killed screen may have left unopened.
    left: Option<u32>,
    /// Letters whose words were seen: the journal has them.
    acknowledged: BTreeSet<u32>,
}

impl House<'_> {
    fn screen(&mut self) -> &mut Driver {
        if self.screen.is_none() {
            let panel = Panel {
                width: 1280,
                height: 800,
            };
            let folder = self.facility.kiosk_folder();
            let mut screen = Driver::start(Path::new(PROGRAM), &folder, panel).unwrap();
            screen.tap(Label::Is("Sign in".into())).unwrap();
            for digit in self.person.number.clone().chars() {
                screen.tap(Label::Is(digit.to_string())).unwrap();
            }
            screen.tap(Label::Is("Go".into())).unwrap();
            for digit in self.person.pin.clone().chars() {
                screen.tap(Label::Is(digit.to_string())).unwrap();
            }
            screen.tap(Label::Is("Go".into())).unwrap();
            screen
                .tap(Label::Is("I understand and agree".into()))
                .unwrap();
            screen.tap(Label::Starts("Messages".into())).unwrap();
            screen.tap(Label::Starts("Rosa Vargas".into())).unwrap();
            self.screen = Some(screen);
        }
        self.screen.as_mut().unwrap()
    }

    fn sync(&mut self) {
        if self.sync.is_none() {
            let folder = self.facility.kiosk_folder();
            self.sync = Some(SyncProcess::start(Path::new(PROGRAM), &folder).unwrap());
        }
    }

    fn write_letter(&mut self, number: u32) {
        let new = NewMessage {
            connection: self.mother,
            text: format!("Letter number {number}, for you."),
            attachments: Vec::new(),
            source: None,
        };
        let now = UtcMillis(self.clock.now().utc.0);
        let id = self
            .facility
            .central()
            .take_message(&new, now, &mut self.random)
            .unwrap();
        self.letters.insert(number, id);
    }

    /// Opens a new letter; kills one of the two processes at some moment of it.
    fn round(&mut self, number: u32) {
        self.sync();
        self.open_what_is_left();
        self.write_letter(number);
        let new = Label::Starts("New message from".into());
        let mut random = StdRng::seed_from_u64(self.random.random());
        if self.random.random_bool(0.5) {
            self.screen().wait(new.clone()).unwrap();
            self.screen().tap_unheard(new).unwrap();
            random_moment(&mut random);
            self.screen.take().unwrap().kill().unwrap();
            self.left = Some(number);
        } else {
            self.screen().tap(new).unwrap();
            random_moment(&mut random);
            self.sync = None;
            let words = Label::Has(format!("Letter number {number},"));
            self.screen().wait(words).unwrap();
            self.acknowledged.insert(number);
        }
    }

    /// Opens what a killed screen may have left unopened; then it is acknowledged too.
    fn open_what_is_left(&mut self) {
        self.close_message();
        while self.unopened() > 0 {
            let before = self.unopened();
            self.screen()
                .tap(Label::Starts("New message from".into()))
                .unwrap();
            self.screen().wait(Label::Is("Back".into())).unwrap();
            self.close_message();
            for _ in 0..1_000 {
                if self.unopened() < before {
                    break;
                }
                std::thread::park_timeout(Duration::from_millis(5));
            }
        }
        if let Some(number) = self.left.take() {
            self.screen()
                .wait(Label::Has(format!("Letter number {number},")))
                .unwrap();
            self.acknowledged.insert(number);
        }
    }

    /// Back to the conversation, if a message is open over it.
    fn close_message(&mut self) {
        let seen = self.screen().look().unwrap();
        if seen.iter().any(|(_, label)| label == "Back") {
            self.screen().tap(Label::Is("Back".into())).unwrap();
        }
        self.screen()
            .wait(Label::Is("The newest is on top.".into()))
            .unwrap();
    }

    fn unopened(&mut self) -> usize {
        let seen = self.screen().look().unwrap();
        let new = |(role, label): &&(String, String)| {
            role == "ListItem" && label.starts_with("New message from")
        };
        seen.iter().filter(new).count()
    }

    /// Reads of each letter at central.
    fn reads(&self) -> BTreeMap<MessageId, usize> {
        let mut reads = BTreeMap::new();
        for activity in self.facility.activity().unwrap() {
            match activity.deed {
                Deed::MessageRead { message, .. } => *reads.entry(message).or_default() += 1,
                Deed::Alarm { alarm } => panic!("central raised {alarm:?}"),
                _ => {}
            }
        }
        reads
    }
}

#[test]
fn killed_processes_lose_and_double_nothing_that_was_acknowledged() {
    let rounds = setting("DAYROOM_CRASH_ROUNDS", ROUNDS);
    let seed = setting("DAYROOM_CRASH_SEED", 0x0da7_u64);
    println!("{rounds} rounds, DAYROOM_CRASH_SEED={seed}");
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::open().unwrap();
    let facility = Facility::open(folder.path(), &clock).unwrap();
    let central = facility.serve(&clock).unwrap();
    let person = facility
        .people()
        .into_iter()
        .find(|p| p.number == "10427")
        .unwrap();
    let mut house = House {
        facility: &facility,
        clock: &clock,
        person,
        mother: facility.demo().active[0],
        random: StdRng::seed_from_u64(seed),
        screen: None,
        sync: None,
        letters: BTreeMap::new(),
        left: None,
        acknowledged: BTreeSet::new(),
    };
    for number in 0..rounds {
        house.round(number);
    }
    house.sync();
    house.open_what_is_left();
    let wanted: Vec<MessageId> = house
        .acknowledged
        .iter()
        .map(|n| house.letters[n])
        .collect();
    let mut reads = house.reads();
    for _ in 0..3_000 {
        if wanted.iter().all(|id| reads.contains_key(id)) {
            break;
        }
        std::thread::park_timeout(Duration::from_millis(20));
        reads = house.reads();
    }
    let lost: Vec<_> = wanted.iter().filter(|id| !reads.contains_key(id)).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    let doubled: Vec<_> = reads.iter().filter(|(_, count)| **count > 1).collect();
    assert!(doubled.is_empty(), "counted more than once: {doubled:?}");
    println!(
        "{} acknowledged, {} at central, none lost or doubled",
        wanted.len(),
        reads.len()
    );
    assert!(
        wanted.len() > rounds as usize / 4,
        "the rounds acknowledge something"
    );
    drop(house);
    central.stop();
}
