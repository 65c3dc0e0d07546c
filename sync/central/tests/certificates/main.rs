//! Which certificates are believed, on both sides, over real TLS on loopback: each case with the
//! outcome that is expected, printed as a table. `cargo test -p dayroom-central --test certificates
//! -- --nocapture` shows it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it ran"
)]

mod kiosks;
mod mint;
mod servers;
mod table;
