//! Threads and sockets: carries events in and effects out.

mod decoder;
mod kiosk;
mod last_sign_in;
pub mod paths;
mod pin;
#[cfg(feature = "demo")]
pub mod puppet;
pub mod screen;
mod shelves;
mod sync_link;
pub mod wipe_on_free;
