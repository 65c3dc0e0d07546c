//! The central service: a library and the operators' command line.

pub mod ca;
pub mod mail;
pub mod roster;
pub mod serve;
pub mod tls;
