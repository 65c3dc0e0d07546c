use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use dayroom_protocol::UtcMillis;
use dayroom_protocol::limits::MESSAGE_BYTES;
use mail_parser::{Message, MessageParser};

use super::name::clean_line;
use super::parts::Gathered;
use super::{LeftOut, MAIL_BYTES, MailError, Picture};

/// A mail message as a kiosk can show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The one address in From, in lower case; anybody can write anything there.
    pub from: Result<String, MailError>,
    /// Its Message-ID, by which a second import is recognised.
    pub message_id: Option<String>,
    /// When it says it was written.
    pub written_at: Option<UtcMillis>,
    /// The subject in a line of its own, if there is one, then the text.
    pub text: String,
    /// In the order of their parts.
    pub pictures: Vec<Picture>,
    /// Video clips, which central keeps and no kiosk shows.
    pub clips: Vec<Clip>,
    /// Parts that were left out.
    pub left_out: Vec<LeftOut>,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail")
            .field("text_bytes", &self.text.len())
            .field("pictures", &self.pictures)
            .field("clips", &self.clips.len())
            .field("left_out", &self.left_out.len())
            .finish_non_exhaustive()
    }
}

/// A video clip of a message, never looked into.
#[derive(Clone, PartialEq, Eq)]
pub struct Clip {
    /// The name it came with.
    pub name: String,
    /// What it says it is, such as `mp4`.
    pub media: String,
    /// As it came.
    pub bytes: Vec<u8>,
}

/// Reads one message.
///
/// # Errors
/// See [`MailError`]; a missing sender is not one, because the operator may name the connection.
pub fn read_mail(bytes: &[u8]) -> Result<Mail, MailError> {
    if bytes.len() > MAIL_BYTES {
        return Err(MailError::TooLarge);
    }
    // A fault of the parser in one message must not end the import of a mailbox.
    let message = catch_unwind(AssertUnwindSafe(|| MessageParser::default().parse(bytes)))
        .ok()
        .flatten()
        .filter(has_mail_headers)
        .ok_or(MailError::NotMail)?;
    let mut gathered = Gathered::default();
    gathered.walk(&message, 0, 0)?;
    let subject = clean_line(message.subject().unwrap_or_default());
    let text = match (subject.is_empty(), gathered.text.is_empty()) {
        (true, _) => gathered.text,
        (false, true) => subject.clone(),
        (false, false) => format!("{subject}\n\n{}", gathered.text),
    };
    if text.len() > MESSAGE_BYTES {
        return Err(MailError::TextTooLong {
            part: "subject".to_owned(),
            bytes: text.len(),
            limit: MESSAGE_BYTES,
        });
    }
    if text.is_empty() && gathered.pictures.is_empty() && gathered.clips.is_empty() {
        return Err(MailError::Empty);
    }
    Ok(Mail {
        from: sender(&message),
        message_id: message.message_id().map(clean_line),
        written_at: message
            .date()
            .filter(|date| date.is_valid())
            .map(|date| UtcMillis(date.to_timestamp().saturating_mul(1_000))),
        text,
        pictures: gathered.pictures,
        clips: gathered.clips,
        left_out: gathered.left_out,
    })
}

/// Any line with a colon is a header to the parser; a message has one of these.
fn has_mail_headers(message: &Message<'_>) -> bool {
    message.from().is_some()
        || message.date().is_some()
        || message.message_id().is_some()
        || message.subject().is_some()
}

fn sender(message: &Message<'_>) -> Result<String, MailError> {
    let mut addresses = message
        .header_values(mail_parser::HeaderName::From)
        .filter_map(|value| value.as_address())
        .flat_map(|address| address.iter())
        .filter_map(|address| address.address());
    match (addresses.next(), addresses.next()) {
        (Some(one), None) if is_address(one) => Ok(one.to_lowercase()),
        (Some(_) | None, _) => Err(MailError::Sender),
    }
}

fn is_address(text: &str) -> bool {
    let whole = text.chars().all(|c| !c.is_control() && !c.is_whitespace());
    let parts = text.rsplit_once('@');
    whole && parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
}
