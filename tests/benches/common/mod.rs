//! What the benches share: a figure is printed as one line of JSON, with its floor beside it.
#![allow(
    dead_code,
    reason = "each bench is a program of its own and uses a part of this"
)]

pub mod bare;
pub mod text;
pub mod unit;

use std::time::{Duration, Instant};

use anyhow::Context;

/// Prints one line of results.
#[expect(
    clippy::print_stdout,
    reason = "standard output is where a bench reports"
)]
pub fn print(line: &serde_json::Value) {
    println!("{line}");
}

/// Whole numbers from the environment, separated by commas, or else these.
pub fn numbers(variable: &str, otherwise: &[usize]) -> anyhow::Result<Vec<usize>> {
    let Ok(text) = std::env::var(variable) else {
        return Ok(otherwise.to_vec());
    };
    text.split(',')
        .map(|number| {
            let number = number.trim().replace('_', "");
            number
                .parse()
                .with_context(|| format!("{variable} holds {number:?}"))
        })
        .collect()
}

/// One number from the environment, or else this.
pub fn number(variable: &str, otherwise: usize) -> anyhow::Result<usize> {
    Ok(numbers(variable, &[otherwise])?
        .first()
        .copied()
        .unwrap_or(otherwise))
}

/// What a row of samples comes to.
#[derive(Clone, Debug)]
pub struct Samples(Vec<Duration>);

impl Samples {
    /// Sorts them.
    pub fn new(mut samples: Vec<Duration>) -> Self {
        samples.sort_unstable();
        Self(samples)
    }

    /// The sample below which `percent` of them lie.
    pub fn percentile(&self, percent: usize) -> Duration {
        let place = self.0.len().saturating_sub(1) * percent / 100;
        self.0.get(place).copied().unwrap_or_default()
    }

    /// The middle one.
    pub fn median(&self) -> Duration {
        self.percentile(50)
    }
}

/// How long it takes to copy these bytes, again and again: the floor of drawing them.
pub fn copies_of(from: &[u8]) -> Samples {
    let mut to = vec![0_u8; from.len()];
    let copy = |_| {
        let start = Instant::now();
        to.copy_from_slice(std::hint::black_box(from));
        std::hint::black_box(&to);
        start.elapsed()
    };
    Samples::new((0..100).map(copy).collect())
}

/// Milliseconds with three digits.
pub fn millis(span: Duration) -> f64 {
    (span.as_secs_f64() * 1e6).round() / 1e3
}

/// Microseconds with one digit.
pub fn micros(span: Duration) -> f64 {
    (span.as_secs_f64() * 1e7).round() / 10.0
}

/// Seconds with three digits.
pub fn seconds(span: Duration) -> f64 {
    (span.as_secs_f64() * 1e3).round() / 1e3
}

/// How often `floor` goes into `figure`, with two digits.
pub fn ratio(figure: Duration, floor: Duration) -> f64 {
    (figure.as_secs_f64() / floor.as_secs_f64() * 100.0).round() / 100.0
}

/// The processor time this process has had, all its threads together.
pub fn processor() -> anyhow::Result<Duration> {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let nanos = u32::try_from(used.tv_nsec).context("nanoseconds")?;
    Ok(Duration::new(used.tv_sec.unsigned_abs(), nanos))
}

/// The machine, so that a line can be read later: processors and what else runs on them.
pub fn machine() -> serde_json::Value {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load
        .split_whitespace()
        .next()
        .and_then(|text| text.parse::<f64>().ok());
    serde_json::json!({
        "processors": std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
        "load": load,
    })
}
