use std::fmt;

use super::PictureError;

/// Why a message cannot be taken in. Its display names no person and quotes no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// It passes [`super::MAIL_BYTES`].
    #[error("message has more than {} MiB; send the pictures in several messages", super::MAIL_BYTES >> 20)]
    TooLarge,
    /// It has no header lines.
    #[error("not a mail message; export it again as .eml or mbox")]
    NotMail,
    /// Its parts are nested deeper than [`super::DEPTH`].
    #[error("parts are nested too deep; ask the sender to write a new message")]
    TooDeep,
    /// The sender is missing, or there is more than one.
    #[error("From does not name one sender; give the connection with --connection")]
    Sender,
    /// A text part cannot be decoded.
    #[error("{part} is damaged; export the message again")]
    DamagedText {
        /// Which part.
        part: String,
    },
    /// A multipart whose parts cannot be told apart.
    #[error("{part} cannot be taken apart; export the message again")]
    DamagedParts {
        /// Which part.
        part: String,
    },
    /// The text passes its limit.
    #[error("{part} brings the text to {bytes} bytes and {limit} fit; ask the sender to split it")]
    TextTooLong {
        /// The part that passes the limit.
        part: String,
        /// Bytes of text with that part.
        bytes: usize,
        /// Bytes that fit.
        limit: usize,
    },
    /// There is neither text nor picture nor clip in it.
    #[error("there is no text, no picture and no clip in it")]
    Empty,
}

/// A part that was not taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Which: its place, name and type.
    pub part: String,
    /// Why.
    pub why: Why,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} left out: {}", self.part, self.why)
    }
}

/// Why a part was left out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// Neither text of the message nor a picture.
    #[error("only text and JPEG, PNG or WebP pictures are delivered")]
    NotShown,
    /// It cannot be decoded.
    #[error("it is damaged")]
    Damaged,
    /// A whole message inside the message.
    #[error("forwarded messages are not delivered")]
    Forwarded,
    /// A picture that cannot be shown.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// There are enough pictures already.
    #[error(
        "a message carries at most {} pictures",
        dayroom_protocol::limits::ATTACHMENTS
    )]
    TooMany,
    /// There are enough clips already.
    #[error("a message carries at most {} video clips", super::CLIPS)]
    TooManyClips,
    /// A clip that is too large to be kept.
    #[error("the video clip has {bytes} bytes and {limit} fit")]
    LongClip {
        /// Its bytes.
        bytes: usize,
        /// Bytes that fit.
        limit: usize,
    },
}
