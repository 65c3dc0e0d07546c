//! Everything that reads bytes from outside, as plain functions: what libFuzzer calls and what
//! `tests/fuzz_short.rs` replays. A function may check what must hold of what it read; it fails by
//! panicking.

mod devices;
mod enrolment;
mod health;
mod office;
mod orders;

/// What reads bytes, and asserts what must hold of what it read.
pub type Target = fn(&[u8]);

/// Each parser by the name of its corpus and of its wrapper in `fuzz_targets`.
pub const TARGETS: &[(&str, Target)] = &[
    ("audit", office::audit),
    ("cms", enrolment::cms),
    ("csr", enrolment::csr),
    ("csr_attributes", enrolment::csr_attributes),
    ("enrolment_code", enrolment::enrolment_code),
    ("key_set", orders::key_set),
    ("order", orders::order),
    ("serial_frames", devices::serial_frames),
    ("roster", office::roster),
    ("health_report", health::health_report),
    ("ticket", enrolment::ticket),
    ("touch_events", devices::touch_events),
    ("wedge_keys", devices::wedge_keys),
];

/// Runs the target of this name.
#[allow(dead_code, reason = "the short run takes them from the list")]
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|(known, _)| *known == name);
    let (_, target) = target.unwrap_or_else(|| panic!("no target {name}"));
    target(data);
}
