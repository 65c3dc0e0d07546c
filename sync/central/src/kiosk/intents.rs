use dayroom_protocol::{
    Answer, ConnectionBody, ConnectionId, Direction, DraftId, Intent, IntentBatch, IntentBody,
    JournalId, Kind, KioskId, MessageBody, MessageId, MessageState, Outcome, PushReply, Refusal,
    ResidentId, Settlement, SignIn, UtcMillis, limits,
};
use serde::{Deserialize, Serialize};

use super::digest::sha256;
use super::{Refused, drafts, in_service, personal, writing};
use crate::central::{Central, PinCost};
use crate::operator::{Alarm, Answered, Deed, Written, append_alarm, append_deed};
use crate::rules::{Verdict, answer};
use crate::store::{
    Audience, KioskRow, StoreError, Stored, Tx, expected_number, holder_of_number, known_intent,
    record, resident, sign_in,
};

impl Central {
    /// Takes in what people did at a kiosk: in order, each once (R10, R16, R18). What comes before
    /// a hole or a contradiction is taken in.
    ///
    /// # Errors
    /// [`Refused::Gap`], [`Refused::Conflict`], [`Refused::BadRequest`] for too many intents,
    /// [`Refused::UnknownKiosk`].
    pub fn take_intents(
        &self,
        kiosk: KioskId,
        batch: &IntentBatch,
        now: UtcMillis,
    ) -> Result<PushReply, Refused> {
        if batch.intents.len() > limits::PUSH_INTENTS {
            return Err(Refused::BadRequest("too many intents"));
        }
        self.write(|tx| {
            let kiosk = in_service(tx.sql(), kiosk)?;
            let mut push = Push {
                expected: expected_number(tx.sql(), kiosk.id, batch.journal)?,
                kiosk,
                batch,
                pins: self.inner.options.pins,
                now,
            };
            for intent in &batch.intents {
                match push.take(tx, intent) {
                    // The transaction ends well: what came before counts, so does the alarm.
                    Err(refused @ (Refused::Gap { .. } | Refused::Conflict { .. })) => {
                        return Ok(Err(refused));
                    }
                    done => done?,
                }
            }
            Ok::<_, Refused>(Ok(PushReply {
                expected: push.expected,
            }))
        })?
    }
}

/// A push being taken in.
pub(super) struct Push<'a> {
    pub(super) kiosk: KioskRow,
    batch: &'a IntentBatch,
    expected: u64,
    /// What a PIN verifier costs at least.
    pub(super) pins: PinCost,
    pub(super) now: UtcMillis,
}

/// Why an intent has no effect: refused, or the store failed.
pub(super) enum Halt {
    Refuse(Refusal),
    Store(StoreError),
}

impl<E: Into<StoreError>> From<E> for Halt {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

/// Sign-ins of a resident: the latest, if there was one, and the failed tries since.
#[derive(Default, Serialize, Deserialize)]
struct Tries {
    last: Option<(UtcMillis, String)>,
    failed_since: u32,
}

impl Push<'_> {
    pub(super) fn journal(&self) -> JournalId {
        self.batch.journal
    }

    fn take(&mut self, tx: &mut Tx<'_>, intent: &Intent) -> Result<(), Refused> {
        let journal = self.batch.journal;
        let hash = sha256(&serde_json::to_vec(intent).map_err(StoreError::from)?).0;
        if let Some(known) = known_intent(tx.sql(), self.kiosk.id, intent.id)? {
            if known.sha256 == hash {
                return Ok(());
            }
            return self.conflict(tx, intent);
        }
        if holder_of_number(tx.sql(), self.kiosk.id, journal, intent.number)?.is_some() {
            return self.conflict(tx, intent);
        }
        if intent.number > self.expected {
            if intent.number != self.batch.first_held {
                return Err(Refused::Gap {
                    expected: self.expected,
                });
            }
            // The journal cannot offer the older ones any more: central was restored.
            let alarm = Alarm::NumbersLost {
                from: self.expected,
                to: intent.number,
            };
            append_alarm(tx, self.kiosk.id, &alarm, self.now)?;
        }
        let (deed, outcome) = self.effect(tx, intent)?;
        append_deed(tx, self.kiosk.id, intent, &deed, self.now)?;
        let outcome_text = serde_json::to_string(&outcome).map_err(StoreError::from)?;
        tx.keep_intent(
            (self.kiosk.id, journal),
            (intent.id, intent.number),
            hash,
            &outcome_text,
            self.now,
        )?;
        let settlement = Settlement {
            intent: intent.id,
            number: intent.number,
            outcome,
        };
        let body = serde_json::to_string(&settlement).map_err(StoreError::from)?;
        tx.put(
            Kind::Settlement,
            intent.id,
            Audience::Kiosk(self.kiosk.id),
            &body,
        )?;
        if intent.number >= self.expected {
            self.expected = intent.number.saturating_add(1);
            tx.expect_number(self.kiosk.id, journal, self.expected)?;
        }
        Ok(())
    }

    fn conflict(&self, tx: &mut Tx<'_>, intent: &Intent) -> Result<(), Refused> {
        let alarm = Alarm::IntentContradicts { intent: intent.id };
        append_alarm(tx, self.kiosk.id, &alarm, self.now)?;
        Err(Refused::Conflict { intent: intent.id })
    }

    fn effect(&self, tx: &mut Tx<'_>, intent: &Intent) -> Result<(Deed, Outcome), StoreError> {
        let known = resident(tx.sql(), intent.resident)?
            .is_some_and(|resident| resident.facility == self.kiosk.facility);
        let done = if known || intent.body == IntentBody::Undone {
            self.act(tx, intent)
        } else {
            Err(Halt::Refuse(Refusal::NotFound))
        };
        let outcome = match done {
            Ok(()) => Outcome::Applied,
            Err(Halt::Refuse(reason)) => Outcome::Refused { reason },
            Err(Halt::Store(error)) => return Err(error),
        };
        Ok((deed(&intent.body, outcome), outcome))
    }

    fn act(&self, tx: &mut Tx<'_>, intent: &Intent) -> Result<(), Halt> {
        let resident = intent.resident;
        match &intent.body {
            IntentBody::AnswerConnection { connection, answer } => {
                self.answer(tx, resident, *connection, *answer)
            }
            IntentBody::ReadMessage { message } => {
                self.read(tx, resident, *message, intent.made_at)
            }
            IntentBody::SendMessage { message, .. } => {
                writing::act(self, tx, intent)?;
                Ok(drafts::sent(self, tx, intent, DraftId(message.0))?)
            }
            IntentBody::Appeal { .. } | IntentBody::Star { .. } => writing::act(self, tx, intent),
            IntentBody::SaveDraft { .. }
            | IntentBody::DropDraft { .. }
            | IntentBody::AcknowledgeNotice { .. }
            | IntentBody::SetPreferences { .. }
            | IntentBody::ChangePin { .. }
            | IntentBody::FreezeAccount => personal::act(self, tx, intent),
            IntentBody::SignIn => {
                self.sign_in(tx, resident, |tries| {
                    tries.last = Some((intent.made_at, self.kiosk.label.clone()));
                    tries.failed_since = 0;
                })?;
                personal::note_sign_in(self, tx, intent, true)
            }
            IntentBody::FailSignIn => {
                self.sign_in(tx, resident, |tries| {
                    tries.failed_since = tries.failed_since.saturating_add(1);
                })?;
                personal::note_sign_in(self, tx, intent, false)
            }
            IntentBody::Consent { version } => Ok(tx.keep_consent(
                resident,
                *version,
                self.kiosk.id,
                (intent.made_at, self.now),
            )?),
            IntentBody::Undone => Ok(()),
            IntentBody::Unknown => Err(Halt::Refuse(Refusal::Unsupported)),
        }
    }

    fn answer(
        &self,
        tx: &mut Tx<'_>,
        resident: ResidentId,
        id: ConnectionId,
        given: Answer,
    ) -> Result<(), Halt> {
        let stored = theirs(record(tx.sql(), Kind::Connection, id.into())?, resident)?;
        let mut connection: ConnectionBody = stored.parse()?;
        match answer(&connection.state, given, connection.approval, self.now) {
            Verdict::Becomes(state) => {
                connection.state = state;
                let body = serde_json::to_string(&connection)?;
                tx.put(Kind::Connection, id, Audience::Resident(resident), &body)?;
                Ok(())
            }
            Verdict::Stands => Ok(()),
            Verdict::Refuse(reason) => Err(Halt::Refuse(reason)),
        }
    }

    fn read(
        &self,
        tx: &mut Tx<'_>,
        resident: ResidentId,
        id: MessageId,
        made_at: UtcMillis,
    ) -> Result<(), Halt> {
        let stored = theirs(record(tx.sql(), Kind::Message, id.into())?, resident)?;
        let mut message: MessageBody = stored.parse()?;
        if message.state != MessageState::Delivered || message.direction != Direction::Incoming {
            return Err(Halt::Refuse(Refusal::NotFound));
        }
        let first = tx.keep_receipt(
            id,
            message.connection,
            resident,
            self.kiosk.id,
            (made_at, self.now),
        )?;
        if first {
            message.read_at = Some(made_at);
            let body = serde_json::to_string(&message)?;
            tx.put(Kind::Message, id, Audience::Resident(resident), &body)?;
        }
        Ok(())
    }

    fn sign_in(
        &self,
        tx: &mut Tx<'_>,
        resident: ResidentId,
        change: impl FnOnce(&mut Tries),
    ) -> Result<(), Halt> {
        let mut tries = match sign_in(tx.sql(), resident)? {
            Some(body) => serde_json::from_str(&body)?,
            None => Tries::default(),
        };
        change(&mut tries);
        tx.save_sign_in(resident, &serde_json::to_string(&tries)?)?;
        // Somebody who never signed in has no latest sign-in to tell of.
        if let Some((at, kiosk)) = tries.last {
            let body = serde_json::to_string(&SignIn {
                at,
                kiosk,
                failed_since: tries.failed_since,
            })?;
            tx.put(Kind::SignIn, resident, Audience::Resident(resident), &body)?;
        }
        Ok(())
    }
}

pub(super) fn theirs(stored: Option<Stored>, resident: ResidentId) -> Result<Stored, Halt> {
    stored
        .filter(|stored| stored.scope == resident.0)
        .ok_or(Halt::Refuse(Refusal::NotFound))
}

fn deed(body: &IntentBody, outcome: Outcome) -> Deed {
    let wrote = |wrote| Deed::Wrote { wrote, outcome };
    match body {
        IntentBody::AnswerConnection { connection, answer } => Deed::ConnectionAnswered(Answered {
            connection: *connection,
            answer: *answer,
            outcome,
        }),
        IntentBody::ReadMessage { message } => Deed::MessageRead {
            message: *message,
            outcome,
        },
        IntentBody::SignIn => Deed::SignedIn { outcome },
        IntentBody::FailSignIn => Deed::SignInFailed { outcome },
        IntentBody::Consent { version } => Deed::Consented {
            version: *version,
            outcome,
        },
        IntentBody::SendMessage { message, .. } => {
            wrote(Written::MessageSent { message: *message })
        }
        IntentBody::Appeal { message } => wrote(Written::Appealed { message: *message }),
        IntentBody::Star { message, .. } => wrote(Written::Starred { message: *message }),
        IntentBody::SaveDraft { draft, .. } => wrote(Written::DraftSaved { draft: *draft }),
        IntentBody::DropDraft { draft } => wrote(Written::DraftDropped { draft: *draft }),
        IntentBody::AcknowledgeNotice { notice, version } => wrote(Written::NoticeAcknowledged {
            notice: *notice,
            version: *version,
        }),
        IntentBody::SetPreferences { .. } => wrote(Written::PreferencesSet),
        IntentBody::ChangePin { .. } => wrote(Written::PinChanged),
        IntentBody::FreezeAccount => wrote(Written::AccountFrozen),
        IntentBody::Undone => Deed::Undone { outcome },
        IntentBody::Unknown => Deed::Unsupported { outcome },
    }
}
