//! Which certificates are believed, on both sides, over real TLS on loopback: each case with the
//! outcome that is expected, printed as a table. `cargo test -p dayroom-central --test certificates
//! -- --nocapture` shows it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod kiosks;
mod mint;
mod servers;
mod table;
