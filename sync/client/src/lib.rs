//! The kiosk's half of the sync: a pure plan and a mutually authenticated transport.
//!
//! [`plan`] decides what to pull, push, fetch and retry, and when; it knows no socket, no file and
//! no clock. [`orders`] judges what operators order. [`releases`] verifies software releases, in
//! files and without a network. [`transport`] carries single requests to central and back and
//! decides nothing.
//! [`est`] gets this kiosk its certificates.

pub mod est;
pub mod orders;
pub mod plan;
pub mod releases;
pub mod transport;
