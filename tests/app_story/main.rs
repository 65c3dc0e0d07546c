//! What the terminal does, told as sequences of taps and reports.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it ran"
)]

mod badge;
mod compose;
mod contacts;
mod find;
mod idle;
mod messages;
mod setup;
mod sign_in;
mod technician;
mod terminal;
mod wall;
