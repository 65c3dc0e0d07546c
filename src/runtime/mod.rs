//! Threads and sockets: carries events in and effects out.

mod attached;
mod decoder;
pub mod faults;
mod kiosk;
mod last_sign_in;
mod own;
pub mod paths;
mod pin;
#[cfg(feature = "demo")]
pub mod puppet;
pub mod screen;
mod sealing;
pub mod sharing;
mod shelves;
#[cfg(feature = "demo")]
pub mod studio;
mod sync_link;
pub mod wipe_on_free;

/// The pixels of a picture beside a message, as the screen holds them: what a search of its memory
/// looks for. `None` if it cannot be shown.
#[cfg(feature = "demo")]
pub fn thumbnail_pixels(bytes: &[u8], media: crate::domain::MediaType) -> Option<Vec<u8>> {
    let fit = crate::view::pictures::Fit::Thumbnail;
    decoder::decode(bytes, media, fit)
        .ok()
        .map(|pixels| pixels.rgba)
}
