//! One flow, one file: its screens, its taps, and what the runtime reports to it.

pub mod connection_requests;
pub mod consent;
pub mod cover;
pub mod home;
pub mod idle;
pub mod messages;
pub mod sign_in;
pub mod wall;
