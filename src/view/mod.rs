//! App state to Slint, and taps to events; the only Rust that names Slint types.

mod locale;
pub mod picture;
