//! Badge and wristband readers: on a serial line, or typing as a keyboard would. Grammars are strict
//! and pure; the threads are thin.

mod config;
mod field;
mod grammar;
mod number;
mod reader;
mod serial_frames;
#[cfg(test)]
mod serial_frames_tests;
mod wedge_keys;
#[cfg(test)]
mod wedge_keys_tests;

pub use config::{Parity, ReaderConfig, ReaderError, SerialConfig, WedgeConfig};
pub use grammar::{
    Checksum, ChecksumKind, ChecksumOver, ChecksumPlace, Frame, Grammar, GrammarError,
};
pub use number::Notation;
pub use reader::{BadgeReader, FromReader};
pub use serial_frames::{FrameError, SerialFrames};
pub use wedge_keys::{End, WedgeError, WedgeGrammar, WedgeGrammarError, WedgeKeys};
