//! Dayroom: the program on the wall of a housing unit.

pub mod app;
#[cfg(feature = "demo")]
pub mod demo;
pub mod devices;
pub mod doctor;
pub mod domain;
pub mod machine;
pub mod provision;
pub mod replica;
pub mod runtime;
pub mod store;
pub mod view;
