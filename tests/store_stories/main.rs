//! What the kiosk store promises, one story per test.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set its scene may fail where it stands"
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
