//! Dayroom: the program on the wall of a housing unit.

pub mod app;
pub mod domain;
