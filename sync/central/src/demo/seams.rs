//! What the demo's past leaves in records because it had no kiosk and no post office of its own.
//! All else the demo does by the verbs that kiosks and operators have.

use dayroom_protocol::{
    ConnectionBody, ConnectionId, ConnectionState, Intent, IntentBatch, IntentBody, IntentId,
    JournalId, Kind, KioskId, MessageBody, MessageId, ResidentId, SignInEntry, UtcMillis,
};
use rand::RngCore;

use crate::central::{Central, timed_id};
use crate::kiosk::{Refused, change_account};
use crate::operator::{OperatorError, put_message};
use crate::store::{self, Audience};

/// A kiosk of the past: what residents did on it is taken in as from any kiosk.
pub(super) struct PastKiosk {
    kiosk: KioskId,
    journal: JournalId,
    number: u64,
}

impl PastKiosk {
    pub(super) fn new(kiosk: KioskId, now: UtcMillis, rng: &mut dyn RngCore) -> Self {
        Self {
            kiosk,
            journal: JournalId(timed_id(now, rng)),
            number: 0,
        }
    }

    /// Does what a resident did there then.
    pub(super) fn take(
        &mut self,
        central: &Central,
        resident: ResidentId,
        body: IntentBody,
        at: UtcMillis,
        rng: &mut dyn RngCore,
    ) -> Result<(), OperatorError> {
        self.number += 1;
        let batch = IntentBatch {
            journal: self.journal,
            first_held: self.number,
            intents: vec![Intent {
                id: IntentId(timed_id(at, rng)),
                number: self.number,
                resident,
                made_at: at,
                body,
            }],
        };
        match central.take_intents(self.kiosk, &batch, at) {
            Ok(_) => Ok(()),
            Err(Refused::Store(error)) => Err(error.into()),
            Err(_) => Err(OperatorError::NotFound("kiosk of the past")),
        }
    }

    /// Writes and sends a message.
    pub(super) fn send(
        &mut self,
        central: &Central,
        (resident, connection): (ResidentId, ConnectionId),
        text: &str,
        at: UtcMillis,
        rng: &mut dyn RngCore,
    ) -> Result<MessageId, OperatorError> {
        let message = MessageId(timed_id(at, rng));
        let body = IntentBody::SendMessage {
            message,
            connection,
            text: text.to_owned(),
        };
        self.take(central, resident, body, at, rng)?;
        Ok(message)
    }
}

/// A message went out, and perhaps was opened. The demo's past has no folder of mail.
pub(super) fn went_out(
    central: &Central,
    id: MessageId,
    at: UtcMillis,
    opened: Option<UtcMillis>,
) -> Result<(), OperatorError> {
    central.write(|tx| {
        let stored = store::record(tx.sql(), Kind::Message, id.into())?;
        let stored = stored.ok_or(OperatorError::NotFound("message"))?;
        let resident = ResidentId(stored.scope);
        let row = store::resident(tx.sql(), resident)?;
        let facility = row.ok_or(OperatorError::NotFound("resident"))?.facility;
        let mut body: MessageBody = stored.parse()?;
        body.delivered_at = Some(at);
        tx.letter_is_out(id, at)?;
        Ok::<_, OperatorError>(put_message(tx, id, resident, facility, &body)?)
    })?;
    opened.map_or(Ok(()), |at| central.message_opened(id, at))
}

/// What sign-ins at kiosks leave behind, the latest first.
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

/// What a resident's answer leaves behind.
pub(super) fn stands(
    central: &Central,
    id: ConnectionId,
    state: ConnectionState,
) -> Result<(), OperatorError> {
    central.write(|tx| {
        let stored = store::record(tx.sql(), Kind::Connection, id.into())?;
        let stored = stored.ok_or(OperatorError::NotFound("connection"))?;
        let resident = ResidentId(stored.scope);
        let mut body: ConnectionBody = stored.parse()?;
        body.state = state;
        let text = serde_json::to_string(&body)?;
        tx.put(Kind::Connection, id, Audience::Resident(resident), &text)?;
        Ok(())
    })
}
