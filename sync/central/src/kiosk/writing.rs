//! What residents write: messages, appeals, stars.

use dayroom_protocol::{
    Appeal, ConnectionBody, ConnectionId, ConnectionState, Direction, Intent, IntentBody, Kind,
    Lane, MessageBody, MessageId, MessageState, Refusal, ResidentId, limits,
};

use super::intents::{Halt, Push, theirs};
use crate::mail::clean_text;
use crate::operator::{message_rules, pay_postage, promise, put_message};
use crate::store::{self, Moved, Tx};

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
    Ok(put_message(tx, id, resident, facility, &body)?)
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

#[cfg(test)]
mod tests {
    use dayroom_protocol::{
        AccountBody, ApprovalRule, Cents, Contact, DraftBody, DraftId, Identity, IntentBatch,
        IntentId, JournalId, RecordId, UtcMillis,
    };
    use rand::SeedableRng;
    use rand::rngs::SmallRng;
    use uuid::Uuid;

    use super::*;
    use crate::store::Audience;
    use crate::{
        Central, CentralOptions, CentralPlace, NewConnection, Opening, PinCost, PinDigits,
        RosterLine,
    };

    const NOW: UtcMillis = UtcMillis(1_700_000_000_000);
    const DRAFT: Uuid = Uuid::from_u128(77);

    #[test]
    fn a_draft_goes_when_its_message_is_taken_in_and_stays_when_it_is_not() {
        let mut rng = SmallRng::seed_from_u64(1);
        let options = CentralOptions {
            pins: PinCost::Simulated,
            ..CentralOptions::default()
        };
        let central = Central::open(&CentralPlace::Memory, options, &mut rng).unwrap();
        let facility = central
            .create_facility("Cedar", "UTC", PinDigits::Six, &mut rng)
            .unwrap();
        let unit = central.create_unit(facility, "North", &mut rng).unwrap();
        let kiosk = central.create_kiosk(unit, "North wall", &mut rng).unwrap();
        let line = RosterLine {
            number: "1".to_owned(),
            name: "Luis Ortiz".to_owned(),
            unit,
        };
        central
            .apply_roster(facility, vec![line], NOW, &mut rng)
            .unwrap();
        let resident = central.resident_by_number(facility, "1").unwrap();
        let new = NewConnection {
            resident,
            contact: Contact {
                name: "Ana Ortiz".to_owned(),
                relationship: "sister".to_owned(),
                place: None,
                lane: Lane::Ordinary,
            },
            note: String::new(),
            identity: Identity::Unchecked,
            approval: ApprovalRule::ResidentAlone,
            opening: Opening::Active,
        };
        let connection = central.add_connection_request(&new, NOW, &mut rng).unwrap();
        let mut policy = central.policy(unit).unwrap();
        policy.messages.price = Cents(30);
        central.set_policy(unit, &policy).unwrap();
        let audience = Audience::Resident(resident);
        let act = |number: u64, body: IntentBody| {
            let intent = Intent {
                id: IntentId(Uuid::from_u128(number.into())),
                number,
                resident,
                made_at: NOW,
                body,
            };
            let batch = IntentBatch {
                journal: JournalId(Uuid::from_u128(1)),
                first_held: 1,
                intents: vec![intent],
            };
            central.take_intents(kiosk, &batch, NOW).unwrap();
            let stored = central
                .inner
                .store
                .read(|sql| store::record_in(sql, Kind::Draft, RecordId(DRAFT), audience));
            stored.unwrap().unwrap().parse::<DraftBody>().unwrap()
        };
        let save = IntentBody::SaveDraft {
            draft: DraftId(DRAFT),
            connection,
            based_on: 0,
            sealed: "c2VhbGVk".to_owned(),
        };
        let send = IntentBody::SendMessage {
            message: MessageId(DRAFT),
            connection,
            text: "Hello".to_owned(),
        };
        act(1, save);
        let stays = act(2, send.clone());
        assert_eq!((stays.revision, stays.sealed.is_some()), (1, true));
        central.deposit(resident, Cents(30), "", NOW).unwrap();
        let gone = act(3, send);
        assert_eq!((gone.revision, gone.sealed.is_some()), (2, false));
        let stored = central
            .inner
            .store
            .read(|sql| store::record_in(sql, Kind::Account, resident.into(), audience));
        let account: AccountBody = stored.unwrap().unwrap().parse().unwrap();
        assert_eq!(account.balance, Cents(0));
    }
}
