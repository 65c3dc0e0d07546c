//! Whole worlds under one seed each: the product's own replica, store, journal and central, where
//! only disk, clock and sockets are simulated. What is proven of each: after healing every kiosk
//! holds exactly what central says it should, every acknowledged act was applied once or refused
//! with a reason, and nobody was ever sent a record from outside their roster.
//!
//! `DAYROOM_SIM_SEEDS=20000 DAYROOM_SIM_FIRST=1000 cargo test --test simulation any_world` runs a
//! longer campaign.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

#[path = "simulation/mod.rs"]
mod simulation;
mod support;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use dayroom::store::JournalReader;
use simulation::killed::told_and_lost;
use simulation::{Plant, Report, Setting, World};

/// Worlds in a plain `cargo test`.
const SEEDS: u64 = 400;

fn run(seed: u64, plant: Plant) -> Result<Report, String> {
    World::new(Setting::new(seed, plant)).run()
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

#[test]
fn any_world_heals_and_keeps_every_promise() {
    let first = number("DAYROOM_SIM_FIRST").unwrap_or(0);
    let seeds = number("DAYROOM_SIM_SEEDS").unwrap_or(SEEDS);
    let began = Instant::now();
    let next = AtomicU64::new(first);
    let work = || {
        let mut reports = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + seeds {
                return reports;
            }
            match run(seed, Plant::Nothing) {
                Ok(report) => reports.push(report),
                Err(broken) => panic!(
                    "seed {seed}: {broken}\nagain: DAYROOM_SIM_FIRST={seed} DAYROOM_SIM_SEEDS=1 \
                     cargo test --test simulation any_world -- --nocapture"
                ),
            }
        }
    };
    let reports = std::thread::scope(|scope| {
        let workers = [scope.spawn(work), scope.spawn(work)];
        let done = workers.map(|worker| worker.join());
        let failed = done.iter().any(Result::is_err);
        assert!(!failed, "a seed failed, see above");
        done.into_iter().flatten().flatten().collect::<Vec<_>>()
    });
    println!("{}", told(&reports, began));
}

fn told(reports: &[Report], began: Instant) -> String {
    let sum = |of: fn(&Report) -> u64| reports.iter().map(of).sum::<u64>();
    let worlds = reports.len() as u128;
    format!(
        "{worlds} worlds, {} virtual hours, {} ms each: {} acts ({} undone, {} refused), {} pages, \
         {} power cuts, {} kills, {} moves, {} restores, {} central crashes, {} requests lost",
        sum(|r| r.lasted) / 3_600_000,
        began.elapsed().as_millis() / worlds.max(1),
        sum(|r| r.counts.acts),
        sum(|r| r.counts.undone),
        sum(|r| r.counts.refused),
        sum(|r| r.counts.pages),
        sum(|r| r.counts.power_cuts),
        sum(|r| r.counts.kills),
        sum(|r| r.counts.moves),
        sum(|r| r.counts.restores),
        sum(|r| r.counts.central_crashes),
        sum(|r| r.counts.lost),
    )
}

/// Worlds that a planted fault is looked for in.
const PLANTED: u64 = 40;

/// Asserts that a planted fault breaks one of these promises in enough worlds.
fn assert_caught(plant: Plant, promises: &[&str]) {
    let broken: Vec<String> = (0..PLANTED)
        .filter_map(|seed| run(seed, plant).err())
        .collect();
    let is_it = |how: &&String| promises.iter().any(|promise| how.contains(promise));
    let worlds = broken.iter().filter(is_it).count();
    println!("{plant:?} is caught in {worlds} of {PLANTED} worlds: {broken:#?}");
    assert!(worlds >= 6, "caught in {worlds} worlds only");
}

#[test]
fn a_cursor_saved_before_its_records_is_caught() {
    assert_caught(Plant::CursorFirst, &["misses a", "DigestDiffers"]);
}

#[test]
fn a_read_mark_without_its_intent_is_caught() {
    assert_caught(Plant::ReadWithoutIntent, &["shown as read, and no receipt"]);
}

#[test]
fn commits_lost_to_synchronous_normal_are_caught() {
    assert_caught(
        Plant::SynchronousNormal,
        &["lost an acknowledged", "IntentContradicts"],
    );
}

#[test]
fn what_a_killed_screen_wrote_is_on_disk_before_sync_tells_of_it() {
    let careless = told_and_lost(JournalReader::open);
    assert!(
        careless > 0,
        "no kill left anything to lose: nothing is proven"
    );
    assert_eq!(told_and_lost(JournalReader::open_durable), 0);
}
