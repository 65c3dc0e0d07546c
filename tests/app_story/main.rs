//! What the terminal does, told as sequences of taps and reports.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod contacts;
mod idle;
mod sign_in;
mod terminal;
mod wall;
