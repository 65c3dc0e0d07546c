//! What residents write: messages, appeals, stars.

use dayroom_protocol::{
    Appeal, ConnectionBody, ConnectionId, ConnectionState, Direction, DraftBody, Intent,
    IntentBody, Kind, Lane, MessageBody, MessageId, MessageState, RecordId, Refusal, ResidentId,
    limits,
};

use super::intents::{Halt, Push, theirs};
use crate::mail::clean_text;
use crate::operator::{message_rules, pay_postage, promise, put_message};
use crate::store::{self, Audience, Moved, StoreError, Tx};

/// Does what the intent says.
pub(super) fn act(push: &Push<'_>, tx: &mut Tx<'_>, intent: &Intent) -> Result<(), Halt> {
    match &intent.body {
        IntentBody::SendMessage {
            message,
            connection,
            text,
        } => send(push, tx, intent, (*message, *connection), text),
        IntentBody::Appeal { message } => appeal(push, tx, intent.resident, *message),
        IntentBody::Star { message, on } => star(push, tx, intent.resident, *message, *on),
        IntentBody::AnswerConnection { .. }
        | IntentBody::ReadMessage { .. }
        | IntentBody::SignIn
        | IntentBody::FailSignIn
        | IntentBody::Consent { .. }
        | IntentBody::SaveDraft { .. }
        | IntentBody::DropDraft { .. }
        | IntentBody::AcknowledgeNotice { .. }
        | IntentBody::SetPreferences { .. }
        | IntentBody::ChangePin { .. }
        | IntentBody::FreezeAccount
        | IntentBody::Undone
        | IntentBody::Unknown => refuse(Refusal::Unsupported),
    }
}

/// Takes a message in, or leaves everything as it was: the draft stays then too.
fn send(
    push: &Push<'_>,
    tx: &mut Tx<'_>,
    intent: &Intent,
    (id, connection): (MessageId, ConnectionId),
    text: &str,
) -> Result<(), Halt> {
    let resident = intent.resident;
    let text = clean_text(text);
    if let Some(stored) = store::record(tx.sql(), Kind::Message, id.into())? {
        return again(&theirs(Some(stored), resident)?.parse()?, connection, &text);
    }
    let stored = store::record(tx.sql(), Kind::Connection, connection.into())?;
    let contact: ConnectionBody = theirs(stored, resident)?.parse()?;
    if !matches!(contact.state, ConnectionState::Active { .. }) {
        return refuse(Refusal::NotActive);
    }
    // What the kiosk showed: the rules of the unit where it hangs.
    let rules = message_rules(tx.sql(), Some(push.kiosk.unit))?;
    if text.is_empty() {
        return refuse(Refusal::NotAllowed);
    }
    let most = usize::try_from(rules.characters.min(limits::WRITTEN_CHARS)).unwrap_or(usize::MAX);
    if text.chars().count() > most || text.len() > limits::MESSAGE_BYTES {
        return refuse(Refusal::TooLong);
    }
    let facility = push.kiosk.facility;
    match pay_postage(tx, (id, resident, facility), rules.price, push.now)? {
        Moved::Done => {}
        Moved::TooLittle | Moved::TooMuch => return refuse(Refusal::NoFunds),
    }
    let reviewed = rules.review && contact.contact.lane == Lane::Ordinary;
    let body = MessageBody {
        connection,
        number: tx.next_message_number(facility)?,
        direction: Direction::Outgoing,
        at: push.now,
        state: if reviewed {
            MessageState::OnHold {
                since: push.now,
                promised_by: Some(promise(&rules, push.now)),
            }
        } else {
            MessageState::Delivered
        },
        text: Some(text),
        attachments: Vec::new(),
        read_at: None,
        written_at: Some(intent.made_at),
        delivered_at: None,
        clips: 0,
        starred: false,
        appeal: None,
    };
    tx.keep_letter(id, facility, rules.refund)?;
    put_message(tx, id, resident, facility, &body)?;
    Ok(drop_draft(tx, id, resident)?)
}

/// The same message once more, perhaps from another kiosk: it was taken in and paid for. Other
/// words under its id are not sent.
fn again(known: &MessageBody, connection: ConnectionId, text: &str) -> Result<(), Halt> {
    if known.direction == Direction::Incoming {
        return refuse(Refusal::NotFound);
    }
    if known.connection == connection && known.text.as_deref() == Some(text) {
        Ok(())
    } else {
        refuse(Refusal::AlreadyDecided)
    }
}

/// The draft a message was written as goes.
fn drop_draft(tx: &mut Tx<'_>, id: MessageId, resident: ResidentId) -> Result<(), StoreError> {
    let audience = Audience::Resident(resident);
    let Some(stored) = store::record_in(tx.sql(), Kind::Draft, RecordId(id.0), audience)? else {
        return Ok(());
    };
    let mut draft: DraftBody = stored.parse()?;
    if draft.sealed.take().is_some() {
        draft.revision = draft.revision.saturating_add(1);
        let body = serde_json::to_string(&draft)?;
        tx.put(Kind::Draft, RecordId(id.0), audience, &body)?;
    }
    Ok(())
}

/// Asks for another reviewer, once.
fn appeal(
    push: &Push<'_>,
    tx: &mut Tx<'_>,
    resident: ResidentId,
    id: MessageId,
) -> Result<(), Halt> {
    let stored = store::record(tx.sql(), Kind::Message, id.into())?;
    let mut body: MessageBody = theirs(stored, resident)?.parse()?;
    if !matches!(body.state, MessageState::Rejected { .. }) || body.appeal.is_some() {
        return refuse(Refusal::AlreadyDecided);
    }
    let rules = message_rules(tx.sql(), Some(push.kiosk.unit))?;
    body.appeal = Some(Appeal::Open {
        since: push.now,
        promised_by: Some(promise(&rules, push.now)),
    });
    Ok(put_message(tx, id, resident, push.kiosk.facility, &body)?)
}

fn star(
    push: &Push<'_>,
    tx: &mut Tx<'_>,
    resident: ResidentId,
    id: MessageId,
    on: bool,
) -> Result<(), Halt> {
    let stored = store::record(tx.sql(), Kind::Message, id.into())?;
    let mut body: MessageBody = theirs(stored, resident)?.parse()?;
    if body.starred != on {
        body.starred = on;
        put_message(tx, id, resident, push.kiosk.facility, &body)?;
    }
    Ok(())
}

fn refuse<T>(reason: Refusal) -> Result<T, Halt> {
    Err(Halt::Refuse(reason))
}
