//! One flow, one file: its screens, its taps, and what the runtime reports to it.

pub mod account;
pub mod compose;
pub mod connection_requests;
pub mod consent;
pub mod contacts;
pub mod cover;
pub mod find;
pub mod home;
pub mod idle;
pub mod messages;
pub mod reading;
pub mod setup;
pub mod sign_in;
pub mod technician;
pub mod wall;
