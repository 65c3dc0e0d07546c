//! What the kiosk store promises, one story per test.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it ran"
)]

mod audit;
mod blobs;
mod faults;
mod feed;
mod forget;
mod journal;
mod people;
mod search;
mod secrets;
mod separation;
mod settings;
mod speed;
mod threads;
