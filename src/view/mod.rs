//! App state to Slint, and taps to events; the only Rust that names Slint types.

mod locale;
pub mod picture;
#[cfg(feature = "demo")]
pub mod probe;
mod window;

pub use window::{View, ViewError, post, quit};

/// What the Slint compiler makes of `ui/app.slint`.
#[expect(
    missing_docs,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::restriction,
    reason = "generated code"
)]
mod generated {
    slint::include_modules!();
}
