//! Real mail to what a kiosk shows: text and pictures.
//!
//! [`read_mail`] takes one RFC 5322 message, [`mailbox::split`] the messages of an mbox. Text is
//! taken from text or HTML; pictures are known by their content and written anew; video clips are
//! kept as they came, for no kiosk; every other part is named and left out. A message whose text
//! passes its limit is refused whole, so nothing is ever half-imported. `compose` writes what
//! residents send.

mod compose;
mod error;
mod flowed;
mod html;
pub mod mailbox;
mod name;
mod parts;
mod picture;
mod read;

pub(crate) use compose::{Outgoing, compose, is_plain_address};
pub use error::{LeftOut, MailError, Why};
pub use html::html_to_text;
pub(crate) use name::clean_text;
pub use picture::{DECODE_PIXELS, DECODE_SIDE, Picture, PictureError, check_picture};
pub use read::{Clip, Mail, read_mail};

/// Bytes of one message with everything in it.
pub const MAIL_BYTES: usize = 64 * 1024 * 1024;
/// How deep multiparts may be nested.
pub const DEPTH: usize = 16;
/// Clips of a message, at most.
pub const CLIPS: usize = 4;
/// Bytes of a clip, at most.
pub const CLIP_BYTES: usize = 32 * 1024 * 1024;
