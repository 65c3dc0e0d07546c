//! The kiosk's replica against the real central: its rules without a socket, its story with all of
//! them.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on has failed"
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
