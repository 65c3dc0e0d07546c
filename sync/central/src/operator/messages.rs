use dayroom_protocol::{
    Attachment, ConnectionBody, ConnectionId, ConnectionState, Direction, FacilityId, Kind, Lane,
    MessageBody, MessageId, MessageState, ResidentId, UtcMillis, limits,
};
use rand::RngCore;
use rusqlite::Connection;
use serde::Serialize;

use super::error::word;
use super::message_record::{connection_of, name_blobs, promise_to, put_message, withhold};
use super::review_desk::contains_word;
use super::{NewAttachment, OperatorError, bounded, found};
use crate::central::{Central, timed_id};
use crate::mail::{CLIP_BYTES, CLIPS};
use crate::store::{self, Audience, NewReview, ReviewAct, Stored, Tx};

/// A message from outside on its way in.
#[derive(Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Between whom; must be active.
    pub connection: ConnectionId,
    /// The words; may be empty if there are pictures.
    pub text: String,
    /// The pictures.
    pub attachments: Vec<NewAttachment>,
    /// What it is known by where it came from, such as a mail's Message-ID: a second message of
    /// the same source is the first one again.
    pub source: Option<String>,
}

/// A video clip on its way into a message: kept here, shown by no kiosk.
#[derive(Clone, PartialEq, Eq)]
pub struct NewClip {
    /// The name it came with.
    pub name: String,
    /// What it says it is, such as `video/mp4`.
    pub media: String,
    /// As it came.
    pub content: Vec<u8>,
}

/// A message as operators see it: how it stands, and never what it says.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct MessageLine {
    /// Its id.
    pub id: MessageId,
    /// Whose.
    pub resident: ResidentId,
    /// How it stands; without its text, and of a privileged one without its pictures.
    pub body: MessageBody,
}

impl Central {
    /// Takes in a message.
    ///
    /// # Errors
    /// When there is no such connection, it is not active, the message is empty or passes a limit.
    pub fn take_message(
        &self,
        new: &NewMessage,
        now: UtcMillis,
        rng: &mut dyn RngCore,
    ) -> Result<MessageId, OperatorError> {
        self.write(|tx| take(tx, new, &[], now, rng))
    }

    /// Takes in a message with video clips, which are counted and kept.
    ///
    /// # Errors
    /// As [`Central::take_message`]; a message of clips alone is not empty.
    pub fn take_message_with_clips(
        &self,
        new: &NewMessage,
        clips: &[NewClip],
        now: UtcMillis,
        rng: &mut dyn RngCore,
    ) -> Result<MessageId, OperatorError> {
        self.write(|tx| take(tx, new, clips, now, rng))
    }

    /// Takes in messages in one transaction: all, or none.
    ///
    /// # Errors
    /// As [`Central::take_message`], for the first that fails.
    pub fn take_messages(
        &self,
        new: &[NewMessage],
        now: UtcMillis,
        rng: &mut dyn RngCore,
    ) -> Result<Vec<MessageId>, OperatorError> {
        self.write(|tx| new.iter().map(|new| take(tx, new, &[], now, rng)).collect())
    }

    /// One message.
    ///
    /// # Errors
    /// When there is no such message.
    pub fn message(&self, id: MessageId) -> Result<MessageLine, OperatorError> {
        self.inner.store.read(|sql| {
            let stored = store::record(sql, Kind::Message, id.into())?;
            line(sql, &found(stored, "message")?)
        })
    }

    /// The messages of a resident, the last changed last.
    ///
    /// # Errors
    /// When the store fails.
    pub fn messages(&self, resident: ResidentId) -> Result<Vec<MessageLine>, OperatorError> {
        self.inner.store.read(|sql| {
            store::records_of(sql, Kind::Message, Audience::Resident(resident))?
                .iter()
                .map(|stored| line(sql, stored))
                .collect()
        })
    }

    /// How many clips of a message are kept, and their bytes.
    ///
    /// # Errors
    /// When the store fails.
    pub fn kept_clips(&self, id: MessageId) -> Result<(u8, u64), OperatorError> {
        Ok(self.inner.store.read(|sql| store::clips(sql, id))?)
    }
}

fn take(
    tx: &mut Tx<'_>,
    new: &NewMessage,
    clips: &[NewClip],
    now: UtcMillis,
    rng: &mut dyn RngCore,
) -> Result<MessageId, OperatorError> {
    bounded(&new.text, limits::MESSAGE_BYTES, "message text")?;
    if new.attachments.len() > limits::ATTACHMENTS {
        return Err(OperatorError::TooLarge("number of attachments"));
    }
    if new.text.is_empty() && new.attachments.is_empty() && clips.is_empty() {
        return Err(OperatorError::Empty("message"));
    }
    let (facility, resident, lane) = addressee(tx, new.connection)?;
    if let Some(source) = &new.source {
        bounded(source, limits::NOTE_BYTES, "source of the message")?;
        if let Some(known) = store::message_of_source(tx.sql(), facility, source)? {
            return Ok(known);
        }
    }
    let id = MessageId(timed_id(now, rng));
    keep_clips(tx, id, clips)?;
    let attachments: Vec<Attachment> = new
        .attachments
        .iter()
        .map(|new| new.attachment.clone())
        .collect();
    for picture in &new.attachments {
        tx.keep_blob(picture.attachment.blob, &picture.content)?;
    }
    name_blobs(tx, id, resident, &attachments)?;
    let mut body = MessageBody {
        connection: new.connection,
        number: tx.next_message_number(facility)?,
        direction: Direction::Incoming,
        at: now,
        state: MessageState::Delivered,
        text: Some(new.text.clone()),
        attachments,
        read_at: None,
        written_at: None,
        delivered_at: None,
        clips: u8::try_from(clips.len()).unwrap_or(u8::MAX),
        starred: false,
        appeal: None,
    };
    let words = store::held_words(tx.sql(), facility)?;
    if lane == Lane::Ordinary && words.iter().any(|word| contains_word(&new.text, word)) {
        withhold(tx, id, &mut body)?;
        body.state = MessageState::OnHold {
            since: now,
            promised_by: Some(promise_to(tx, resident, now)?),
        };
        tx.log_review(&NewReview {
            message: id,
            reviewer: None,
            at: now,
            act: ReviewAct::Held,
            role: None,
            rule: None,
        })?;
    }
    put_message(tx, id, resident, facility, &body)?;
    if let Some(source) = &new.source {
        tx.keep_source(facility, source, id)?;
    }
    Ok(id)
}

fn keep_clips(tx: &mut Tx<'_>, id: MessageId, clips: &[NewClip]) -> Result<(), OperatorError> {
    if clips.len() > CLIPS {
        return Err(OperatorError::TooLarge("number of clips"));
    }
    for (place, clip) in clips.iter().enumerate() {
        bounded(&clip.name, limits::NAME_BYTES, "name of a clip")?;
        bounded(&clip.media, limits::NAME_BYTES, "type of a clip")?;
        if clip.content.len() > CLIP_BYTES {
            return Err(OperatorError::TooLarge("clip"));
        }
        tx.keep_clip(id, place, (&clip.name, &clip.media), &clip.content)?;
    }
    Ok(())
}

/// Whose connection it is and who reads along, if messages may pass.
fn addressee(
    tx: &Tx<'_>,
    connection: ConnectionId,
) -> Result<(FacilityId, ResidentId, Lane), OperatorError> {
    let stored = store::record(tx.sql(), Kind::Connection, connection.into())?;
    let stored = found(stored, "connection")?;
    let body: ConnectionBody = stored.parse()?;
    if !matches!(body.state, ConnectionState::Active { .. }) {
        return Err(OperatorError::Connection {
            is: word(&body.state),
        });
    }
    let resident = store::resident(tx.sql(), ResidentId(stored.scope))?;
    let resident = found(resident, "resident")?;
    Ok((resident.facility, resident.id, body.contact.lane))
}

/// What it says is only for [`Central::open_for_review`], which notes who read it; of privileged
/// ones nobody sees the pictures' names either.
fn line(sql: &Connection, stored: &Stored) -> Result<MessageLine, OperatorError> {
    let mut body: MessageBody = stored.parse()?;
    body.text = None;
    if connection_of(sql, &body)?.contact.lane != Lane::Ordinary {
        body.attachments.clear();
    }
    Ok(MessageLine {
        id: MessageId(stored.id.0),
        resident: ResidentId(stored.scope),
        body,
    })
}
