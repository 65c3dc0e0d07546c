//! What the terminal does, told as sequences of taps and reports.

#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on has failed, and it looks at one screen of many"
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
