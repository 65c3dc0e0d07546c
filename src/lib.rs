//! Dayroom: the program on the wall of a housing unit.

pub mod domain;
pub mod store;
