//! Messages on the real pages: each state of central's is a state of the screen, nothing waits in
//! silence, and pictures are looked at closely without leaving their frame.
//!
//! With `DAYROOM_PICTURES=FOLDER` every story also leaves its pictures there.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    dead_code,
    unused_imports,
    reason = "a test may panic, and shares the terminal of the app's stories"
)]

mod closely;
mod stage;
mod states;
#[path = "../app_story/terminal.rs"]
mod terminal;
