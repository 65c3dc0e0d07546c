//! What the demo writes into records by itself, because the verb for it stands elsewhere or is a
//! resident's own act. Each function here is one such verb: where there is a real one, call it.

use dayroom_protocol::{
    Cents, ConnectionBody, ConnectionId, ConnectionState, Direction, Kind, MessageBody, MessageId,
    MessageState, ResidentId, SignInEntry, UtcMillis,
};
use rand::RngCore;

use crate::central::{Central, timed_id};
use crate::kiosk::change_account;
use crate::operator::OperatorError;
use crate::store::{self, Audience, StoreError, Tx};

/// A message a resident wrote.
pub(super) struct Outgoing<'a> {
    pub(super) connection: ConnectionId,
    pub(super) text: &'a str,
    pub(super) written_at: UtcMillis,
    /// When central had it.
    pub(super) at: UtcMillis,
    pub(super) state: MessageState,
    pub(super) delivered_at: Option<UtcMillis>,
    pub(super) read_at: Option<UtcMillis>,
}

/// SWITCH TO: the intent to send, and the reviewer's verbs behind it.
pub(super) fn outgoing(
    central: &Central,
    new: &Outgoing<'_>,
    rng: &mut dyn RngCore,
) -> Result<MessageId, OperatorError> {
    let id = MessageId(timed_id(new.at, rng));
    central.write(|tx| {
        let (resident, _) = connection(tx, new.connection)?;
        let row =
            store::resident(tx.sql(), resident)?.ok_or(OperatorError::NotFound("resident"))?;
        let body = MessageBody {
            connection: new.connection,
            number: tx.next_message_number(row.facility)?,
            direction: Direction::Outgoing,
            at: new.at,
            state: new.state.clone(),
            text: Some(new.text.to_owned()),
            attachments: Vec::new(),
            read_at: new.read_at,
            written_at: Some(new.written_at),
            delivered_at: new.delivered_at,
            clips: 0,
            starred: false,
            appeal: None,
        };
        put_message(tx, id, resident, &body)?;
        Ok(id)
    })
}

/// SWITCH TO: mail import that counts clips.
pub(super) fn say_clips(central: &Central, id: MessageId, clips: u8) -> Result<(), OperatorError> {
    change_message(central, id, |body| body.clips = clips)
}

/// SWITCH TO: the receipt that comes back from outside.
pub(super) fn say_read(
    central: &Central,
    id: MessageId,
    at: UtcMillis,
) -> Result<(), OperatorError> {
    change_message(central, id, |body| body.read_at = Some(at))
}

/// SWITCH TO: the intent to star.
pub(super) fn star(central: &Central, id: MessageId) -> Result<(), OperatorError> {
    change_message(central, id, |body| body.starred = true)
}

/// SWITCH TO: the operators' verb for money.
pub(super) fn add_money(
    central: &Central,
    resident: ResidentId,
    cents: u32,
) -> Result<(), OperatorError> {
    central.write(|tx| {
        Ok(change_account(tx, resident, |account| {
            account.balance = Cents(account.balance.0.saturating_add(cents));
        })?)
    })
}

/// What sign-ins at kiosks leave behind, the latest first. Stays: the demo's past has no kiosk.
pub(super) fn signed_in_before(
    central: &Central,
    resident: ResidentId,
    entries: Vec<SignInEntry>,
) -> Result<(), OperatorError> {
    central.write(|tx| {
        Ok(change_account(tx, resident, |account| {
            account.sign_ins = entries;
        })?)
    })
}

/// What a resident's answer leaves behind. Stays: the demo's past has no kiosk.
pub(super) fn stands(
    central: &Central,
    id: ConnectionId,
    state: ConnectionState,
) -> Result<(), OperatorError> {
    central.write(|tx| {
        let (resident, mut body) = connection(tx, id)?;
        body.state = state;
        let text = serde_json::to_string(&body)?;
        tx.put(Kind::Connection, id, Audience::Resident(resident), &text)?;
        Ok(())
    })
}

fn connection(
    tx: &Tx<'_>,
    id: ConnectionId,
) -> Result<(ResidentId, ConnectionBody), OperatorError> {
    let stored = store::record(tx.sql(), Kind::Connection, id.into())?;
    let stored = stored.ok_or(OperatorError::NotFound("connection"))?;
    Ok((ResidentId(stored.scope), stored.parse()?))
}

fn change_message(
    central: &Central,
    id: MessageId,
    change: impl FnOnce(&mut MessageBody),
) -> Result<(), OperatorError> {
    central.write(|tx| {
        let stored = store::record(tx.sql(), Kind::Message, id.into())?;
        let stored = stored.ok_or(OperatorError::NotFound("message"))?;
        let mut body: MessageBody = stored.parse()?;
        change(&mut body);
        Ok(put_message(tx, id, ResidentId(stored.scope), &body)?)
    })
}

fn put_message(
    tx: &mut Tx<'_>,
    id: MessageId,
    resident: ResidentId,
    body: &MessageBody,
) -> Result<(), StoreError> {
    let text = serde_json::to_string(body)?;
    tx.put(Kind::Message, id, Audience::Resident(resident), &text)?;
    Ok(())
}
