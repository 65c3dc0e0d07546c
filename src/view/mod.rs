//! App state to Slint, and taps to events; the only Rust that names Slint types.

mod account;
mod bind;
mod compose;
mod connection_requests;
mod contacts;
mod find;
mod fonts;
#[cfg(feature = "demo")]
pub mod frames;
mod freshness;
mod health;
mod home;
#[cfg(feature = "demo")]
pub mod inventory;
mod locale;
mod look;
mod message;
mod messages;
mod pad;
mod parts;
mod passport;
mod photo;
pub mod picture;
pub mod pictures;
mod pointer;
#[cfg(feature = "demo")]
pub mod probe;
mod reading;
mod setup;
mod shelf;
mod show;
mod technician;
mod wall;
mod window;
mod wipe;
mod words;

pub use bind::Sink;
pub use locale::{LANGUAGES, Language, is_right_to_left};
pub use look::Look;
pub use shelf::{Shelf, notices};
pub use window::{Alarm, Panel, RunHandle, View, ViewError, post, quit};
