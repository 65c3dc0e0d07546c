//! Joins the store to the sync client: what `dayroom sync` does.
//!
//! [`Replica`] is the whole of it without a socket, a clock or a thread: events in, requests and
//! words for the screen out. [`sync`] drives one with the real transport, the local socket and the
//! machine's clock; a simulation drives many.

mod blobs;
mod contact;
mod core;
mod error;
mod forgets;
mod health;
mod identity;
mod intents;
mod lease;
mod map;
mod map_health;
mod map_own;
mod map_people;
#[cfg(test)]
mod map_tests;
mod operators;
mod orders;
mod site;
mod socket;
pub mod sync;
mod wire;

pub use core::{Replica, ReplicaOptions};
pub use error::{ReplicaError, SyncError};
pub use health::Sensed;
pub use identity::{Chains, Keys, Sign, SyncKey, look, store_key};
pub use map::{Page, map_intent, map_page};
pub use operators::OPERATORS;
pub use orders::OrdersSetup;
pub use site::Site;
pub use wire::{Answer, ReplicaAction, ReplicaEvent, WireRequest};
