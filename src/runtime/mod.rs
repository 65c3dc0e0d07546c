//! Threads and sockets: carries events in and effects out.

pub mod paths;
#[cfg(feature = "demo")]
pub mod puppet;
pub mod screen;
mod sync_link;
pub mod wipe_on_free;
