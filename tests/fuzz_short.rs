//! Replays the corpus of every fuzz target and then what a seeded generator makes of it, on the
//! stable compiler: nothing may panic, and nothing may take more than 100 ms of a core.
//!
//! `DAYROOM_FUZZ_RUNS=100000 cargo test --test fuzz_short` for more runs of each target,
//! `DAYROOM_FUZZ_SEED=7` for others, `DAYROOM_FUZZ_TARGET=csr` for one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it ran"
)]

#[path = "fuzz/targets/mod.rs"]
mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use rustix::time::{ClockId, clock_gettime};
use targets::TARGETS;

const FUZZ: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz");
/// Runs of each target.
const RUNS: u64 = 2_000;
/// Time of a core that one input may take, also unoptimised.
const AT_MOST: Duration = Duration::from_millis(100);
/// Bytes of a generated input.
const BYTES: usize = 128 * 1024;

#[test]
fn every_target_has_a_corpus_and_a_wrapper() {
    for (name, _) in TARGETS {
        assert!(!corpus(name).is_empty(), "{name} has no corpus");
        let wrapper = fs::read_to_string(format!("{FUZZ}/fuzz_targets/{name}.rs")).unwrap();
        assert!(
            wrapper.contains(&format!("run(\"{name}\", data)")),
            "{name}"
        );
    }
    let wrappers = fs::read_dir(format!("{FUZZ}/fuzz_targets")).unwrap();
    assert_eq!(
        wrappers.count(),
        TARGETS.len(),
        "a wrapper without a target"
    );
}

#[test]
fn no_file_of_a_corpus_panics_or_is_slow() {
    for (name, target) in chosen() {
        for (path, input) in corpus(name) {
            check(name, target, &input, &path.display().to_string());
        }
    }
}

#[test]
fn nothing_made_from_a_corpus_panics_or_is_slow() {
    let number = |name: &str, otherwise| {
        std::env::var(name).map_or(otherwise, |text| text.parse().expect(name))
    };
    let (runs, seed) = (
        number("DAYROOM_FUZZ_RUNS", RUNS),
        number("DAYROOM_FUZZ_SEED", 1),
    );
    for (name, target) in chosen() {
        let mut rng = SmallRng::seed_from_u64(seed);
        let corpus: Vec<Vec<u8>> = corpus(name).into_iter().map(|(_, input)| input).collect();
        let mut slowest = Duration::ZERO;
        for run in 0..runs {
            let input = mutated(&corpus, &mut rng);
            let took = check(name, target, &input, &format!("seed {seed}, run {run}"));
            slowest = slowest.max(took);
        }
        println!("{name}: {runs} runs, the slowest took {slowest:?}");
    }
}

#[test]
fn a_parser_that_panics_or_is_slow_is_found() {
    let panics = |data: &[u8]| assert!(!data.starts_with(b"!"), "found");
    let slow = |_: &[u8]| {
        let start = cpu();
        while cpu() - start < AT_MOST * 2 {}
    };
    check("none", panics, b"?", "the control");
    assert!(catch_unwind(|| check("none", panics, b"!", "the fault")).is_err());
    assert!(catch_unwind(|| check("none", slow, b"", "the fault")).is_err());
}

/// The targets, or the one that was asked for.
fn chosen() -> Vec<(&'static str, fn(&[u8]))> {
    let wanted = std::env::var("DAYROOM_FUZZ_TARGET").ok();
    let fits = |name: &str| wanted.as_ref().is_none_or(|wanted| wanted == name);
    let chosen: Vec<_> = TARGETS
        .iter()
        .copied()
        .filter(|(name, _)| fits(name))
        .collect();
    assert!(!chosen.is_empty(), "no target {wanted:?}");
    chosen
}

fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found: Vec<PathBuf> = fs::read_dir(format!("{FUZZ}/corpus/{name}"))
        .unwrap_or_else(|error| panic!("corpus of {name}: {error}"))
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found
        .into_iter()
        .map(|path| {
            let input = fs::read(&path).unwrap();
            (path, input)
        })
        .collect()
}

/// Runs one input; keeps it as a file when it fails.
fn check(name: &str, target: fn(&[u8]), input: &[u8], which: &str) -> Duration {
    let start = cpu();
    let ran = catch_unwind(AssertUnwindSafe(|| target(input)));
    let took = cpu() - start;
    let what = match ran {
        Ok(()) if took <= AT_MOST => return took,
        Ok(()) => format!("took {took:?}"),
        Err(_) => "panicked".to_owned(),
    };
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz_{name}"));
    fs::write(&kept, input).unwrap();
    panic!(
        "{name} {what} ({which}); the input is in {}",
        kept.display()
    );
}

/// Time of a core that this thread has used: what else runs on the machine does not count.
fn cpu() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    let (seconds, nanos) = (
        now.tv_sec.try_into().unwrap(),
        now.tv_nsec.try_into().unwrap(),
    );
    Duration::new(seconds, nanos)
}

/// A file of the corpus with one to eight changes, as fuzzers make them.
fn mutated(corpus: &[Vec<u8>], rng: &mut SmallRng) -> Vec<u8> {
    const EDGES: [u8; 9] = [0, 1, 0x20, 0x30, 0x7f, 0x80, 0x82, 0x84, 0xff];
    let mut input = corpus[rng.random_range(0..corpus.len())].clone();
    for _ in 0..rng.random_range(1..=8) {
        let length = input.len();
        let at = rng.random_range(0..=length);
        let end = rng.random_range(at..=length.min(at + 64));
        match rng.random_range(0..9) {
            0 if at < length => input[at] ^= 1 << rng.random_range(0..8),
            1 if at < length => input[at] = EDGES[rng.random_range(0..EDGES.len())],
            2 if at < length => input[at] = rng.random(),
            3 => drop(input.drain(at..end)),
            4 => input.truncate(at),
            5 => {
                let part = input[at..end].to_vec();
                let times = rng.random_range(1..=64);
                input.splice(at..at, part.repeat(times));
            }
            6 => {
                let noise: Vec<u8> = (0..rng.random_range(1..16)).map(|_| rng.random()).collect();
                input.splice(at..at, noise);
            }
            7 => {
                let other = &corpus[rng.random_range(0..corpus.len())];
                let from = rng.random_range(0..=other.len());
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            // The same byte many times: deep nesting, long numbers.
            _ => {
                let byte = input.get(at).copied().unwrap_or_else(|| rng.random());
                let times = rng.random_range(1..4_096);
                input.splice(at..at, std::iter::repeat_n(byte, times));
            }
        }
        input.truncate(BYTES);
    }
    input
}
