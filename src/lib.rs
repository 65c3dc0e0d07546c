//! Dayroom: the program on the wall of a housing unit.

pub mod app;
pub mod devices;
pub mod domain;
pub mod replica;
pub mod store;
pub mod view;
