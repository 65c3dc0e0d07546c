//! The central service: a library and the operators' command line.

pub mod ca;
