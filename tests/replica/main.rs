//! The kiosk's replica against the real central: its rules without a socket, its story with all of
//! them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it ran"
)]

mod audit;
mod desk;
mod drafts;
mod faults;
mod health;
mod house;
mod identity;
mod operators;
mod orders;
mod releases;
mod rules;
mod story;
