//! Real mail to what a kiosk shows: text and pictures.
//!
//! [`read_mail`] takes one RFC 5322 message, [`mailbox::split`] the messages of an mbox. Text is
//! taken from text or HTML, pictures by their content; every other part is named and left out. A
//! message whose text passes its limit is refused whole, so nothing is ever half-imported.

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
pub use picture::{Picture, PictureError, check_picture};
pub use read::{Mail, read_mail};

/// Bytes of one message with everything in it.
pub const MAIL_BYTES: usize = 64 * 1024 * 1024;
/// How deep multiparts may be nested.
pub const DEPTH: usize = 16;
