//! Dayroom: the program on the wall of a housing unit.

pub mod devices;
pub mod app;
pub mod domain;
pub mod replica;
pub mod store;
pub mod view;
