use dayroom_protocol::{
    Attachment, ConnectionBody, ConnectionId, ConnectionState, Direction, FacilityId, Kind,
    MessageBody, MessageId, MessageState, ResidentId, Role, UtcMillis, limits,
};
use rand::RngCore;
use serde::Serialize;

use super::error::word;
use super::{NewAttachment, OperatorError, Reason, bounded, found};
use crate::central::{Central, timed_id};
use crate::store::{self, Audience, Stored, Tx, Withheld};

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

/// A message as operators see it: what a kiosk is told of it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct MessageLine {
    /// Its id.
    pub id: MessageId,
    /// To whom.
    pub resident: ResidentId,
    /// What it says.
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
        self.write(|tx| take(tx, new, now, rng))
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
        self.write(|tx| new.iter().map(|new| take(tx, new, now, rng)).collect())
    }

    /// Puts a message on hold, also one that was delivered: kiosks are told without its content.
    ///
    /// # Errors
    /// When there is no such message, or it is not delivered.
    pub fn hold(&self, id: MessageId, now: UtcMillis) -> Result<(), OperatorError> {
        self.write(|tx| {
            let (resident, mut body) = message(tx, id)?;
            if body.state != MessageState::Delivered {
                return Err(cannot(&body));
            }
            withhold(tx, id, &mut body)?;
            body.state = MessageState::OnHold {
                since: now,
                promised_by: None,
            };
            put(tx, id, resident, &body)
        })
    }

    /// Delivers a message that was on hold.
    ///
    /// # Errors
    /// When there is no such message, or it is not on hold.
    pub fn release(&self, id: MessageId) -> Result<(), OperatorError> {
        self.write(|tx| {
            let (resident, mut body) = message(tx, id)?;
            if !matches!(body.state, MessageState::OnHold { .. }) {
                return Err(cannot(&body));
            }
            let kept = found(store::withheld(tx.sql(), id)?, "withheld message")?;
            body.text = kept.text;
            body.attachments = serde_json::from_str(&kept.attachments)?;
            tx.drop_withheld(id)?;
            name_blobs(tx, id, resident, &body.attachments)?;
            body.state = MessageState::Delivered;
            put(tx, id, resident, &body)
        })
    }

    /// Rejects a message, delivered or on hold, with a reason the resident is shown.
    ///
    /// # Errors
    /// When there is no such message, or it was rejected before.
    pub fn reject(
        &self,
        id: MessageId,
        reason: &Reason,
        now: UtcMillis,
    ) -> Result<(), OperatorError> {
        self.write(|tx| {
            let (resident, mut body) = message(tx, id)?;
            match body.state {
                MessageState::Delivered => withhold(tx, id, &mut body)?,
                MessageState::OnHold { .. } => {}
                MessageState::Rejected { .. } => return Err(cannot(&body)),
            }
            body.state = MessageState::Rejected {
                at: now,
                reason: reason.text().to_owned(),
                rule: None,
                by: Role::default(),
                refund: None,
            };
            put(tx, id, resident, &body)
        })
    }

    /// One message.
    ///
    /// # Errors
    /// When there is no such message.
    pub fn message(&self, id: MessageId) -> Result<MessageLine, OperatorError> {
        self.inner.store.read(|sql| {
            let stored = store::record(sql, Kind::Message, id.into())?;
            line(&found(stored, "message")?)
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
                .map(line)
                .collect()
        })
    }
}

fn take(
    tx: &mut Tx<'_>,
    new: &NewMessage,
    now: UtcMillis,
    rng: &mut dyn RngCore,
) -> Result<MessageId, OperatorError> {
    bounded(&new.text, limits::MESSAGE_BYTES, "message text")?;
    if new.attachments.len() > limits::ATTACHMENTS {
        return Err(OperatorError::TooLarge("number of attachments"));
    }
    if new.text.is_empty() && new.attachments.is_empty() {
        return Err(OperatorError::Empty("message"));
    }
    let (facility, resident) = addressee(tx, new.connection)?;
    if let Some(source) = &new.source {
        bounded(source, limits::NOTE_BYTES, "source of the message")?;
        if let Some(known) = store::message_of_source(tx.sql(), facility, source)? {
            return Ok(known);
        }
    }
    let id = MessageId(timed_id(now, rng));
    let attachments: Vec<Attachment> = new
        .attachments
        .iter()
        .map(|new| new.attachment.clone())
        .collect();
    for picture in &new.attachments {
        tx.keep_blob(picture.attachment.blob, &picture.content)?;
    }
    name_blobs(tx, id, resident, &attachments)?;
    let body = MessageBody {
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
        clips: 0,
        starred: false,
        appeal: None,
    };
    put(tx, id, resident, &body)?;
    if let Some(source) = &new.source {
        tx.keep_source(facility, source, id)?;
    }
    Ok(id)
}

/// Whose connection it is, if messages may pass.
fn addressee(
    tx: &Tx<'_>,
    connection: ConnectionId,
) -> Result<(FacilityId, ResidentId), OperatorError> {
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
    Ok((resident.facility, resident.id))
}

fn message(tx: &Tx<'_>, id: MessageId) -> Result<(ResidentId, MessageBody), OperatorError> {
    let stored = found(
        store::record(tx.sql(), Kind::Message, id.into())?,
        "message",
    )?;
    Ok((ResidentId(stored.scope), stored.parse()?))
}

fn put(
    tx: &mut Tx<'_>,
    id: MessageId,
    resident: ResidentId,
    body: &MessageBody,
) -> Result<(), OperatorError> {
    let text = serde_json::to_string(body)?;
    tx.put(Kind::Message, id, Audience::Resident(resident), &text)?;
    Ok(())
}

/// Moves the content of a message to where no kiosk sees it.
fn withhold(tx: &mut Tx<'_>, id: MessageId, body: &mut MessageBody) -> Result<(), OperatorError> {
    let attachments = std::mem::take(&mut body.attachments);
    let kept = Withheld {
        text: body.text.take(),
        attachments: serde_json::to_string(&attachments)?,
    };
    tx.withhold(id, &kept)?;
    Ok(tx.unuse_blobs(id)?)
}

fn name_blobs(
    tx: &mut Tx<'_>,
    id: MessageId,
    resident: ResidentId,
    attachments: &[Attachment],
) -> Result<(), OperatorError> {
    for attachment in attachments {
        tx.use_blob(attachment.blob, id, resident)?;
    }
    Ok(())
}

fn line(stored: &Stored) -> Result<MessageLine, OperatorError> {
    Ok(MessageLine {
        id: MessageId(stored.id.0),
        resident: ResidentId(stored.scope),
        body: stored.parse()?,
    })
}

fn cannot(body: &MessageBody) -> OperatorError {
    OperatorError::Message {
        is: match body.state {
            MessageState::Delivered => "delivered",
            MessageState::OnHold { .. } => "on hold",
            MessageState::Rejected { .. } => "rejected",
        },
    }
}
