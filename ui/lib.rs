//! What the Slint compiler makes of `app.slint`, in a crate of its own: it is most of what there is
//! to compile, and so is compiled once for the program, its tests and its benches, and not again
//! when the program changes. Only `src/view` uses it.
#![allow(
    missing_docs,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::restriction,
    clippy::allow_attributes_without_reason,
    reason = "generated code"
)]

slint::include_modules!();
