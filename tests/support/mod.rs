//! What several integration tests share; see the README beside it.

#![allow(
    dead_code,
    reason = "every test file uses its own part of what is here"
)]

pub mod disk;
