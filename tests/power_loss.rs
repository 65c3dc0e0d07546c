//! What the encrypted store keeps when the power goes, a process dies or a disk fails.
//!
//! The statements run on SQLCipher over the simulated disk of `support::disk`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a test fails by panicking, looks at a few cases of many, and prints what it measured"
)]

#[path = "power_loss/connections.rs"]
mod connections;
#[path = "power_loss/files.rs"]
mod files;
#[path = "power_loss/notes.rs"]
mod notes;
#[path = "power_loss/plaintext.rs"]
mod plaintext;
mod support;
#[path = "power_loss/traps.rs"]
mod traps;
#[path = "power_loss/typing.rs"]
mod typing;

use notes::{Kept, insert, open};
use support::disk::file::Overwrite;
use support::disk::{Counters, Disk, Fault, Random};

#[test]
fn power_cut_at_any_call_loses_no_committed_row_with_synchronous_full() {
    let mut committed = 0;
    for seed in 0..400 {
        let run = crash_twice(seed, "FULL", Crash::PowerCut);
        assert_eq!(run.lost, 0, "seed {seed} lost committed rows");
        committed += run.promised;
    }
    assert!(
        committed > 8_000,
        "only {committed} rows were ever at stake"
    );
}

#[test]
fn power_cut_loses_commits_with_synchronous_normal_and_leaves_a_sound_database() {
    let losses = (0..200).filter(|seed| crash_twice(*seed, "NORMAL", Crash::PowerCut).lost > 0);
    let seeds = losses.count();
    assert!(
        seeds >= 70,
        "NORMAL lost commits in only {seeds} of 200 seeds: nothing is proven"
    );
}

#[test]
fn killed_process_loses_nothing_even_with_synchronous_normal() {
    for seed in 0..200 {
        let run = crash_twice(seed, "NORMAL", Crash::Kill);
        assert_eq!(run.lost, 0, "seed {seed} lost committed rows");
    }
}

#[test]
fn the_same_seed_cuts_the_same_way() {
    for seed in 0..50 {
        let [one, two] = [(), ()].map(|()| crash_twice(seed, "NORMAL", Crash::PowerCut));
        assert_eq!(one, two, "seed {seed}");
    }
}

#[test]
fn io_error_at_any_call_never_unmakes_a_committed_row() {
    for overwrite in [Overwrite::Powersafe, Overwrite::Unsafe] {
        fail_at_every_call(Fault::IoErrOnce, overwrite);
        fail_at_every_call(Fault::IoErrForever, overwrite);
    }
}

#[test]
fn full_disk_at_any_call_never_unmakes_a_committed_row() {
    for overwrite in [Overwrite::Powersafe, Overwrite::Unsafe] {
        fail_at_every_call(Fault::Full, overwrite);
    }
}

// Only where overwriting is powersafe, as SQLite's unix VFS has it. Elsewhere SQLite pads its log
// to whole sectors and leaves half of the last frame for the next sync; if that one fails, the
// frame is torn for good, and with it goes what is committed behind it.
#[test]
fn failed_sync_at_any_call_never_unmakes_a_committed_row() {
    fail_at_every_call(Fault::SyncFails, Overwrite::Powersafe);
}

/// A sudden end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Crash {
    PowerCut,
    Kill,
}

impl Crash {
    /// The same during a call.
    fn fault(self) -> Fault {
        match self {
            Self::PowerCut => Fault::PowerCut,
            Self::Kill => Fault::Killed,
        }
    }

    /// The same between two calls.
    fn strike(self, disk: &Disk, seed: u64) {
        match self {
            Self::PowerCut => disk.power_cut(seed),
            Self::Kill => disk.crash_process(),
        }
    }
}

/// What a run with crashes came to.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    promised: i64,
    lost: i64,
    counters: Counters,
}

/// Writes until the crash strikes, opens again, looks, and does the same once more.
fn crash_twice(seed: u64, synchronous: &str, crash: Crash) -> Run {
    let mut random = Random::new(seed);
    let disk = Disk::new(seed);
    if seed.is_multiple_of(2) {
        disk.promise_powersafe_overwrite();
    }
    let (mut promised, mut lost, mut rows) = (0, 0, 0);
    for _ in 0..2 {
        disk.fail_after(random.next() % 500, crash.fault());
        let mut safe = rows;
        if let Ok(db) = open(&disk, synchronous) {
            for id in rows + 1..=rows + 30 {
                if insert(&db, id).is_err() {
                    break;
                }
                safe = id;
            }
            // A run may end before the fault: then it strikes between two statements.
            if !disk.fault_struck() {
                crash.strike(&disk, seed);
            }
        }
        disk.heal();
        promised += safe - rows;
        rows = Kept::by(&disk).rows;
        lost += (safe - rows).max(0);
    }
    Run {
        promised,
        lost,
        counters: disk.counters(),
    }
}

/// Runs the same work once for every call in it that can fail, and goes on after the failure;
/// then the process ends in an orderly way, is killed, or the power goes.
fn fail_at_every_call(fault: Fault, overwrite: Overwrite) {
    for end in [None, Some(Crash::Kill), Some(Crash::PowerCut)] {
        let mut calls = 0;
        while fail_at_call(calls, fault, overwrite, end) {
            calls += 1;
        }
        assert!(calls > 100, "{fault:?} struck only {calls} calls");
    }
}

/// False if the work is over before the fault strikes.
fn fail_at_call(call: u64, fault: Fault, overwrite: Overwrite, end: Option<Crash>) -> bool {
    let disk = Disk::new(call);
    if overwrite == Overwrite::Powersafe {
        disk.promise_powersafe_overwrite();
    }
    disk.fail_after(call, fault);
    let mut safe = 0;
    if let Ok(db) = open(&disk, "FULL") {
        for _ in 0..12 {
            // A refused row may be there all the same; then the next try is refused, too.
            safe += i64::from(insert(&db, safe + 1).is_ok());
        }
        if let Some(crash) = end {
            crash.strike(&disk, call);
        }
    }
    let struck = disk.fault_struck();
    disk.heal();
    let kept = Kept::by(&disk).rows;
    assert!(
        kept >= safe,
        "{fault:?} at call {call}, then {end:?}: {kept} of {safe} rows"
    );
    struck
}
