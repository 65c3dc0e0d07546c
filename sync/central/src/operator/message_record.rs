use dayroom_protocol::{
    Appeal, Attachment, ConnectionBody, FacilityId, Kind, Lane, MessageBody, MessageId,
    MessageRules, MessageState, PolicyBody, ResidentId, UnitId, UtcMillis,
};
use rusqlite::Connection;

use super::{OperatorError, found};
use crate::store::{self, Audience, StoreError, Tx, WaitingRow, Withheld};

/// A message and whose it is.
pub(super) fn message(
    tx: &Tx<'_>,
    id: MessageId,
) -> Result<(ResidentId, MessageBody), OperatorError> {
    let stored = found(
        store::record(tx.sql(), Kind::Message, id.into())?,
        "message",
    )?;
    Ok((ResidentId(stored.scope), stored.parse()?))
}

/// Puts a message, and keeps the list of what is to be decided equal to it: the only way a
/// message is written.
pub(crate) fn put_message(
    tx: &mut Tx<'_>,
    id: MessageId,
    resident: ResidentId,
    facility: FacilityId,
    body: &MessageBody,
) -> Result<(), StoreError> {
    let text = serde_json::to_string(body)?;
    tx.put(Kind::Message, id, Audience::Resident(resident), &text)?;
    match waiting(id, body) {
        Some(row) => tx.wait(facility, &row),
        None => tx.wait_no_more(id),
    }
}

fn waiting(message: MessageId, body: &MessageBody) -> Option<WaitingRow> {
    let row = |appeal, since, promised_by| WaitingRow {
        message,
        appeal,
        since,
        promised_by,
    };
    match (&body.state, &body.appeal) {
        (MessageState::OnHold { since, promised_by }, _) => Some(row(false, *since, *promised_by)),
        (MessageState::Rejected { .. }, Some(Appeal::Open { since, promised_by })) => {
            Some(row(true, *since, *promised_by))
        }
        (MessageState::Delivered | MessageState::Rejected { .. }, _) => None,
    }
}

/// Refuses what staff do not read.
pub(super) fn only_ordinary(tx: &Tx<'_>, body: &MessageBody) -> Result<(), OperatorError> {
    match connection_of(tx.sql(), body)?.contact.lane {
        Lane::Ordinary => Ok(()),
        Lane::Attorney | Lane::Clergy => Err(OperatorError::Privileged),
    }
}

pub(super) fn connection_of(
    sql: &Connection,
    body: &MessageBody,
) -> Result<ConnectionBody, OperatorError> {
    let stored = store::record(sql, Kind::Connection, body.connection.into())?;
    Ok(found(stored, "connection")?.parse()?)
}

/// What goes for messages in a unit; the plain rules where there is none.
pub(crate) fn message_rules(
    sql: &Connection,
    unit: Option<UnitId>,
) -> Result<MessageRules, StoreError> {
    let Some(unit) = unit else {
        return Ok(MessageRules::default());
    };
    let stored = store::record_in(sql, Kind::Policy, unit.into(), Audience::Unit(unit))?;
    Ok(match stored {
        Some(stored) => stored.parse::<PolicyBody>()?.messages,
        None => MessageRules::default(),
    })
}

/// Until when the facility promises to have decided what waits from `now` on.
pub(crate) fn promise(rules: &MessageRules, now: UtcMillis) -> UtcMillis {
    now.plus_millis(i64::from(rules.review_promise.0).saturating_mul(1000))
}

/// The promise to a resident, by the rules of where they are housed.
pub(super) fn promise_to(
    tx: &Tx<'_>,
    resident: ResidentId,
    now: UtcMillis,
) -> Result<UtcMillis, OperatorError> {
    let row = found(store::resident(tx.sql(), resident)?, "resident")?;
    Ok(promise(&message_rules(tx.sql(), row.unit)?, now))
}

pub(super) fn facility_of(tx: &Tx<'_>, resident: ResidentId) -> Result<FacilityId, OperatorError> {
    Ok(found(store::resident(tx.sql(), resident)?, "resident")?.facility)
}

/// Moves the content of a message to where no kiosk sees it.
pub(super) fn withhold(
    tx: &mut Tx<'_>,
    id: MessageId,
    body: &mut MessageBody,
) -> Result<(), OperatorError> {
    let attachments = std::mem::take(&mut body.attachments);
    let kept = Withheld {
        text: body.text.take(),
        attachments: serde_json::to_string(&attachments)?,
    };
    tx.withhold(id, &kept)?;
    Ok(tx.unuse_blobs(id)?)
}

/// Brings back what [`withhold`] moved away.
pub(super) fn restore(
    tx: &mut Tx<'_>,
    id: MessageId,
    resident: ResidentId,
    body: &mut MessageBody,
) -> Result<(), OperatorError> {
    let kept = found(store::withheld(tx.sql(), id)?, "withheld message")?;
    body.text = kept.text;
    body.attachments = serde_json::from_str(&kept.attachments)?;
    tx.drop_withheld(id)?;
    name_blobs(tx, id, resident, &body.attachments)
}

pub(super) fn name_blobs(
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

pub(super) fn cannot(body: &MessageBody) -> OperatorError {
    let is = match (&body.state, &body.appeal) {
        (MessageState::Delivered, Some(Appeal::Granted { .. })) => "allowed on appeal",
        (MessageState::Delivered, _) if body.delivered_at.is_some() => "delivered outside",
        (MessageState::Delivered, _) => "delivered",
        (MessageState::OnHold { .. }, _) => "on hold",
        (MessageState::Rejected { .. }, _) => "rejected",
    };
    OperatorError::Message { is }
}
