//! The chain: what it is on disk, and that nothing in it can be touched unseen.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it ran"
)]

use std::time::Instant;

use dayroom_audit::{ChainId, Entry, Fault, Hash, Moment, Point, Process, Verifier, Word, kinds};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde_json::Value as Json;
use uuid::Uuid;

const CHAIN: ChainId = ChainId {
    process: Process::Sync,
    life: Uuid::from_u128(0x11f3),
};

/// A log of an ordinary week, with a reboot in it.
fn log(entries: u64) -> Vec<Entry> {
    let mut log = Vec::new();
    let mut at = Point::start(CHAIN);
    for number in 0..entries {
        let moment = Moment {
            boot: Uuid::from_u128(u128::from(1 + number / 20)),
            boot_ms: 1_000 + (number % 20) * 700,
            utc_ms: 1_790_000_000_000 + i64::try_from(number).unwrap() * 700,
        };
        let event = match number % 4 {
            0 => kinds::link_up(),
            1 => kinds::link_down(Word::new("unreachable")),
            2 => kinds::purge_done(number),
            _ => kinds::store_set_aside(Word::new("cache")),
        };
        let entry = Entry::seal(CHAIN, at, moment, event);
        at = entry.point();
        log.push(entry);
    }
    log
}

/// What a reader with nothing but the log and a head that central has would say.
fn verify(log: &[Entry], head: Point) -> Result<(), Fault> {
    let mut verifier = Verifier::new(CHAIN);
    for entry in log {
        verifier.take(entry)?;
    }
    verifier.reaches(head)
}

#[test]
fn an_entry_on_disk_is_the_committed_one() {
    let entry = &log(2)[1];
    let written = serde_json::to_string_pretty(entry).unwrap();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/entry.json");
    if std::env::var_os("DAYROOM_ACCEPT").is_some() {
        std::fs::write(file, format!("{written}\n")).unwrap();
    }
    let committed = std::fs::read_to_string(file).unwrap();
    assert_eq!(written, committed.trim_end());
    let read: Entry = serde_json::from_str(&committed).unwrap();
    assert_eq!(&read, entry);
}

#[test]
fn an_entry_with_a_persons_words_cannot_even_be_read() {
    let mut entry = serde_json::to_value(&log(2)[1]).unwrap();
    for words in ["Luis Ortiz", "I love you", "1.5 x"] {
        entry["fields"]["cause"] = words.into();
        assert!(
            serde_json::from_value::<Entry>(entry.clone()).is_err(),
            "{words}"
        );
    }
}

#[test]
fn a_log_holds_from_a_point_in_its_middle_once_the_older_part_is_dropped() {
    let log = log(50);
    let mut verifier = Verifier::after(CHAIN, log[29].point());
    for entry in &log[30..] {
        verifier.take(entry).unwrap();
    }
    assert_eq!(verifier.at(), log[49].point());
}

#[test]
fn a_date_before_the_one_before_is_found_although_its_hash_is_right() {
    let mut log = log(3);
    let moment = Moment {
        boot: log[2].boot,
        boot_ms: log[2].boot_ms - 1,
        utc_ms: log[2].utc_ms,
    };
    let late = Entry::seal(CHAIN, log[2].point(), moment, kinds::link_up());
    log.push(late);
    assert_eq!(
        verify(&log, log[3].point()),
        Err(Fault::DatedBack { number: 4 })
    );
}

/// What is done to a log. Each leaves another log than it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tampering {
    Edit,
    Cut,
    CutOff,
    Swap,
    Insert,
    DateBack,
    Double,
    WriteAnew,
}

const TAMPERINGS: [Tampering; 8] = [
    Tampering::Edit,
    Tampering::Cut,
    Tampering::CutOff,
    Tampering::Swap,
    Tampering::Insert,
    Tampering::DateBack,
    Tampering::Double,
    Tampering::WriteAnew,
];

/// Seals all entries from `at` on anew, as somebody would who knows how the hash is made.
fn seal_anew(log: &mut [Entry], at: usize) {
    for place in at..log.len() {
        let before = match place {
            0 => Point::start(CHAIN),
            _ => log[place - 1].point(),
        };
        let old = &log[place];
        let moment = Moment {
            boot: old.boot,
            boot_ms: old.boot_ms,
            utc_ms: old.utc_ms,
        };
        log[place] = Entry::seal(CHAIN, before, moment, kinds::link_up());
    }
}

/// Does it, and says the first place that is not what it was.
fn tamper(log: &mut Vec<Entry>, how: Tampering, rng: &mut SmallRng) -> usize {
    let place = rng.random_range(0..log.len() - 1);
    match how {
        Tampering::Edit => {
            let mut entry: Json = serde_json::to_value(&log[place]).unwrap();
            match rng.random_range(0..5) {
                0 => entry["event"] = "kiosk.open".into(),
                1 => entry["fields"]["planted"] = rng.random_range(0..9).into(),
                2 => entry["boot_ms"] = (log[place].boot_ms + 1).into(),
                3 => entry["boot"] = Uuid::from_u128(rng.random()).to_string().into(),
                _ => entry["hash"] = Hash::of(&rng.random::<[u8; 8]>()).to_string().into(),
            }
            log[place] = serde_json::from_value(entry).unwrap();
            place
        }
        Tampering::Cut => {
            let many = rng.random_range(1..=3).min(log.len() - 1 - place);
            log.drain(place..place + many);
            place
        }
        Tampering::CutOff => {
            log.truncate(place + 1);
            place + 1
        }
        Tampering::Swap => {
            log.swap(place, place + 1);
            place
        }
        Tampering::Insert => {
            let mut planted = log[place].clone();
            if rng.random() {
                // With a hash that follows what is before it.
                let before = place
                    .checked_sub(1)
                    .map_or_else(|| Point::start(CHAIN), |at| log[at].point());
                planted = Entry::seal(CHAIN, before, Moment::default(), kinds::feed_stuck());
            }
            log.insert(place, planted);
            // What is put in well is in nobody's way but of what it pushes on.
            place + 1
        }
        Tampering::DateBack => {
            let back = rng.random_range(1..10_000_000);
            let mut entry: Json = serde_json::to_value(&log[place]).unwrap();
            entry["utc_ms"] = (log[place].utc_ms - back).into();
            log[place] = serde_json::from_value(entry).unwrap();
            place
        }
        Tampering::Double => {
            let again = log[place].clone();
            log.push(again);
            log.len() - 1
        }
        Tampering::WriteAnew => {
            let many = rng.random_range(0..=2).min(log.len() - 1 - place);
            log.drain(place..place + many);
            seal_anew(log, place);
            place
        }
    }
}

#[test]
fn ten_thousand_tampered_logs_are_all_found_and_the_untouched_ones_hold() {
    let began = Instant::now();
    let mut named = 0;
    for seed in 0..10_000_u64 {
        let mut rng = SmallRng::seed_from_u64(seed);
        let sound = log(rng.random_range(5..60));
        let head = sound.last().unwrap().point();
        assert_eq!(verify(&sound, head), Ok(()), "seed {seed}: untouched");
        let how = TAMPERINGS[usize::try_from(seed).unwrap() % TAMPERINGS.len()];
        let mut touched = sound.clone();
        let first = tamper(&mut touched, how, &mut rng);
        assert_ne!(touched, sound, "seed {seed}: {how:?} changed nothing");
        let fault = verify(&touched, head).expect_err(&format!("seed {seed}: {how:?} not found"));
        // Whoever seals all that follows anew is found by the head, and by nothing in the log itself.
        let from = u64::try_from(first).unwrap() + 1;
        if how != Tampering::WriteAnew {
            assert_eq!(fault.number(), from, "seed {seed}: {how:?} is {fault:?}");
            named += 1;
        }
    }
    println!(
        "10000 tampered logs, all found, {named} with their first bad entry, in {:.1} s",
        began.elapsed().as_secs_f64()
    );
}
