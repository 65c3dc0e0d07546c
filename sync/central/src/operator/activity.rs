use dayroom_audit::{Event, Hash, Process, kinds};
use dayroom_protocol::{
    Answer, ConnectionId, DraftId, Intent, IntentId, Kind, KioskId, MessageId, NoticeId, OrderId,
    OrderRefusal, Outcome, ResidentId, UtcMillis,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{DraftKeyStep, EnrolmentStep, OperatorError};
use crate::central::Central;
use crate::store::{self, StoreError, Tx};

/// Something a kiosk did, or an alarm about it; nobody's name and nobody's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Activity {
    /// Its place in the list, counting up.
    pub number: u64,
    /// Which kiosk.
    pub kiosk: KioskId,
    /// What residents know it as.
    pub kiosk_label: String,
    /// Who did it there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resident: Option<ResidentId>,
    /// The intent it came as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent: Option<IntentId>,
    /// When, by the kiosk's clock; for alarms by central's.
    pub made_at: UtcMillis,
    /// When central took it in, by its own clock.
    pub taken_at: UtcMillis,
    /// What.
    #[serde(flatten)]
    pub deed: Deed,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Deed {
    /// A connection request was answered.
    ConnectionAnswered(Answered),
    /// A message was opened; the first time is the sender's receipt.
    MessageRead {
        /// Which.
        message: MessageId,
        /// How central settled it.
        outcome: Outcome,
    },
    /// Somebody signed in.
    SignedIn {
        /// How central settled it.
        outcome: Outcome,
    },
    /// Somebody gave a wrong PIN.
    SignInFailed {
        /// How central settled it.
        outcome: Outcome,
    },
    /// The monitoring text was agreed to.
    Consented {
        /// Its version.
        version: u32,
        /// How central settled it.
        outcome: Outcome,
    },
    /// Something that touches a resident's own things.
    Wrote {
        /// What.
        wrote: Written,
        /// How central settled it.
        outcome: Outcome,
    },
    /// Something was undone before it left.
    Undone {
        /// How central settled it.
        outcome: Outcome,
    },
    /// The facility's draft key went a step.
    DraftKey {
        /// Which.
        step: DraftKeyStep,
    },
    /// The kiosk went a step towards a certificate.
    Enrolment {
        /// Which.
        step: EnrolmentStep,
    },
    /// A newer kiosk did what this central does not know.
    Unsupported {
        /// How central settled it.
        outcome: Outcome,
    },
    /// Something is wrong with a kiosk.
    Alarm {
        /// What.
        alarm: Alarm,
    },
}

impl Deed {
    /// The kind of event it is in the audit.
    fn kind(&self) -> fn(Uuid, u64, Hash) -> Event {
        match self {
            Self::ConnectionAnswered(_) => kinds::connection_answer,
            Self::MessageRead { .. } => kinds::message_read,
            Self::SignedIn { .. } => kinds::sign_in_right,
            Self::SignInFailed { .. } => kinds::sign_in_wrong,
            Self::Consented { .. } => kinds::consent_agree,
            Self::Wrote { .. } => kinds::own_change,
            Self::Undone { .. } => kinds::intent_undo,
            Self::DraftKey { .. } => kinds::draft_key_step,
            Self::Enrolment { .. } => kinds::enrolment_step,
            Self::Unsupported { .. } => kinds::intent_unsupported,
            Self::Alarm { .. } => kinds::kiosk_alarm,
        }
    }
}

/// What was done to a resident's own things; ids only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Written {
    /// A message was sent.
    MessageSent {
        /// Which.
        message: MessageId,
    },
    /// A decision was appealed.
    Appealed {
        /// On which message.
        message: MessageId,
    },
    /// A message was starred, or not any more.
    Starred {
        /// Which.
        message: MessageId,
    },
    /// An unsent message was kept.
    DraftSaved {
        /// Which.
        draft: DraftId,
    },
    /// An unsent message was thrown away.
    DraftDropped {
        /// Which.
        draft: DraftId,
    },
    /// A notice was read and acknowledged.
    NoticeAcknowledged {
        /// Which.
        notice: NoticeId,
        /// Its version.
        version: u32,
    },
    /// The screen was set up otherwise.
    PreferencesSet,
    /// Another PIN was chosen.
    PinChanged,
    /// The resident closed their own sign-in.
    AccountFrozen,
}

impl Written {
    /// It in English, for operators.
    pub fn in_words(&self) -> String {
        match self {
            Self::MessageSent { message } => format!("sent message {message}"),
            Self::Appealed { message } => format!("appealed the decision on message {message}"),
            Self::Starred { message } => format!("starred or unstarred message {message}"),
            Self::DraftSaved { draft } => format!("kept draft {draft}"),
            Self::DraftDropped { draft } => format!("threw draft {draft} away"),
            Self::NoticeAcknowledged { notice, version } => {
                format!("acknowledged notice {notice}, version {version}")
            }
            Self::PreferencesSet => "set the screen up".to_owned(),
            Self::PinChanged => "chose another PIN".to_owned(),
            Self::AccountFrozen => "closed their own sign-in".to_owned(),
        }
    }
}

/// An answer to a connection request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Which.
    pub connection: ConnectionId,
    /// How.
    pub answer: Answer,
    /// How central settled it.
    pub outcome: Outcome,
}

/// Something somebody should look into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Alarm {
    /// An intent came again with another body, or under another's number (R18).
    IntentContradicts {
        /// Which.
        intent: IntentId,
    },
    /// Intents between these numbers never reached this central, and the kiosk has them no more.
    NumbersLost {
        /// The first that is missing.
        from: u64,
        /// The first that came.
        to: u64,
    },
    /// A kiosk held a cursor this central has not reached (R8).
    CursorFromTheFuture,
    /// A kiosk does not hold what it should (R27).
    DigestDiffers {
        /// In which kinds.
        kinds: Vec<Kind>,
    },
    /// A kiosk offered entries of its audit that do not follow those central has.
    AuditBroken {
        /// Of which of its processes.
        process: Process,
        /// The first that does not fit.
        number: u64,
        /// What is wrong, in a word.
        fault: String,
    },
    /// A process of a kiosk began its audit anew, although central has one of it.
    AuditBegunAnew {
        /// Which process.
        process: Process,
        /// How far the one before goes.
        before: u64,
    },
    /// A process of a kiosk cannot write its audit.
    AuditUnwritable {
        /// Which process.
        process: Process,
        /// Since when, by the kiosk's clock.
        since: UtcMillis,
    },
    /// A kiosk has more records it cannot read than before (R14).
    Quarantine {
        /// How many.
        count: u32,
    },
    /// A kiosk has refused an order (R21).
    OrderRefused {
        /// Which.
        order: OrderId,
        /// Why.
        why: OrderRefusal,
    },
    /// A kiosk says that it was given an order nobody here gave it.
    OrderUnknown {
        /// The id it came under.
        order: OrderId,
    },
    /// A kiosk has taken fewer orders than it said before: its store is a new one.
    OrdersForgotten,
}

/// A forget that a kiosk has yet to acknowledge (R6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PendingForget {
    /// Which kiosk.
    pub kiosk: KioskId,
    /// Who is to be forgotten.
    pub resident: ResidentId,
    /// Version of the forget.
    pub version: u64,
}

/// Lines read from the store at once.
const CHUNK: usize = 1000;

impl Central {
    /// Everything kiosks did, in the order central took it in.
    ///
    /// # Errors
    /// When the store fails.
    pub fn activity(&self) -> Result<Vec<Activity>, OperatorError> {
        let mut all: Vec<Activity> = Vec::new();
        loop {
            let after = all.last().map_or(0, |last| last.number);
            let next = self.activity_after(after, CHUNK)?;
            if next.is_empty() {
                return Ok(all);
            }
            all.extend(next);
        }
    }

    /// At most `limit` lines of [`Central::activity`] behind the line `after`.
    ///
    /// # Errors
    /// When the store fails.
    pub fn activity_after(&self, after: u64, limit: usize) -> Result<Vec<Activity>, OperatorError> {
        let rows = self
            .inner
            .store
            .read(|sql| store::activity_after(sql, after, limit))?;
        rows.into_iter()
            .map(|row| {
                Ok(Activity {
                    number: row.number,
                    kiosk: row.kiosk,
                    kiosk_label: row.kiosk_label,
                    resident: row.resident,
                    intent: row.intent,
                    made_at: row.made_at,
                    taken_at: row.taken_at,
                    deed: serde_json::from_str(&row.deed)?,
                })
            })
            .collect()
    }

    /// Forgets that kiosks in service have yet to acknowledge.
    ///
    /// # Errors
    /// When the store fails.
    pub fn pending_forgets(&self) -> Result<Vec<PendingForget>, OperatorError> {
        let rows = self.inner.store.read(store::pending_forgets)?;
        Ok(rows
            .into_iter()
            .map(|(kiosk, resident, version)| PendingForget {
                kiosk,
                resident,
                version,
            })
            .collect())
    }

    pub(crate) fn alarm(
        &self,
        kiosk: KioskId,
        alarm: &Alarm,
        now: UtcMillis,
    ) -> Result<(), StoreError> {
        self.write(|tx| append_alarm(tx, kiosk, alarm, now))
    }
}

pub(crate) fn append_alarm(
    tx: &mut Tx<'_>,
    kiosk: KioskId,
    alarm: &Alarm,
    now: UtcMillis,
) -> Result<(), StoreError> {
    tracing::warn!(kiosk = %kiosk, alarm = ?alarm, "kiosk.alarm");
    let deed = serde_json::to_string(&Deed::Alarm {
        alarm: alarm.clone(),
    })?;
    let event = kinds::kiosk_alarm;
    tx.append_activity(kiosk, (None, None), (now, now), &deed, event)
}

pub(crate) fn append_deed(
    tx: &mut Tx<'_>,
    kiosk: KioskId,
    intent: &Intent,
    deed: &Deed,
    now: UtcMillis,
) -> Result<(), StoreError> {
    let text = serde_json::to_string(deed)?;
    tx.append_activity(
        kiosk,
        (Some(intent.resident), Some(intent.id)),
        (intent.made_at, now),
        &text,
        deed.kind(),
    )
}

pub(crate) fn append_draft_key_step(
    tx: &mut Tx<'_>,
    kiosk: KioskId,
    step: DraftKeyStep,
    now: UtcMillis,
) -> Result<(), StoreError> {
    let deed = serde_json::to_string(&Deed::DraftKey { step })?;
    let event = kinds::draft_key_step;
    tx.append_activity(kiosk, (None, None), (now, now), &deed, event)
}
