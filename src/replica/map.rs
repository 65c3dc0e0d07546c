use dayroom_client::plan::PageHead;
use dayroom_protocol as wire;
use dayroom_protocol::{RawRecord, RecordBody, RecordError};

use super::map_own as own;
use super::map_people as people;
use crate::domain::orders::SignedText;
use crate::domain::{
    Answer, Intent, IntentBody, IntentId, IntentNumber, Outcome, RecordId, Refusal, ResidentId,
    UtcMillis,
};
use crate::store::{CacheChange, CachePage, ChangeBody};

/// A page of the feed in the kiosk's own words, with what the plan needs to know of it.
pub struct Page {
    pub(super) head: PageHead,
    pub(super) page: CachePage,
}

/// Why a record goes to quarantine (R14).
#[derive(Debug)]
pub(super) struct Unfit;

/// Reads a page: what people outside wrote is cleaned, what cannot be read goes to quarantine.
///
/// Pure and the dearest part of a pull after the store, so it may run on any thread.
pub fn map_page(page: wire::ChangesPage) -> Page {
    let head = PageHead {
        epoch: page.epoch.clone(),
        after: page.after.clone(),
        cursor: page.cursor.clone(),
        more: page.more,
    };
    let changes = page.records.iter().filter_map(map_record).collect();
    Page {
        head,
        page: CachePage {
            epoch: page.epoch.0,
            after: page.after.0,
            cursor: page.cursor.0,
            now: map_time(page.now),
            changes,
        },
    }
}

/// `None` for what a newer central says and this kiosk may pass over (R26).
fn map_record(record: &RawRecord) -> Option<CacheChange> {
    let resident = record.resident.map(map_resident_id);
    let body = match record.parse() {
        Ok(body) => map_body(record.id, resident, body),
        Err(RecordError::Ignorable) => return None,
        Err(RecordError::UnknownKind | RecordError::Body(_) | RecordError::TooLarge(_)) => {
            Err(Unfit)
        }
    };
    let body = body.unwrap_or_else(|Unfit| ChangeBody::Quarantine {
        kind: record.kind.clone(),
        raw: record.body.get().to_owned(),
    });
    Some(CacheChange {
        id: RecordId(record.id.0),
        version: record.version,
        resident,
        body,
    })
}

fn map_body(
    id: wire::RecordId,
    resident: Option<ResidentId>,
    body: RecordBody,
) -> Result<ChangeBody, Unfit> {
    Ok(match body {
        RecordBody::Policy(body) => ChangeBody::Policy(people::map_policy(*body)),
        RecordBody::Resident(body) => ChangeBody::Resident(people::map_resident(id, *body)?),
        RecordBody::Connection(body) => {
            ChangeBody::Connection(people::map_connection(id, resident.ok_or(Unfit)?, *body))
        }
        RecordBody::Message(body) => {
            ChangeBody::Message(people::map_message(id, resident.ok_or(Unfit)?, *body)?)
        }
        RecordBody::Notice(body) => ChangeBody::Notice(people::map_notice(id, *body)),
        RecordBody::Forget => ChangeBody::Forget,
        RecordBody::Settlement(body) => ChangeBody::Settlement {
            intent: IntentId(body.intent.0),
            number: IntentNumber(body.number),
            outcome: map_outcome(body.outcome),
        },
        RecordBody::SignIn(body) => ChangeBody::SignIn(people::map_sign_in(*body)),
        RecordBody::Account(body) => ChangeBody::Account(Box::new(own::map_account(*body))),
        RecordBody::OperatorKeys(body) => ChangeBody::OperatorKeys(map_signed(body.0)?),
        RecordBody::Order(body) => ChangeBody::Order(map_signed(body.0)?),
        RecordBody::Draft(body) => {
            ChangeBody::Draft(own::map_draft(id, resident.ok_or(Unfit)?, *body))
        }
    })
}

fn map_signed(signed: wire::Signed) -> Result<SignedText, Unfit> {
    Ok(SignedText {
        signatures: serde_json::to_string(&signed.signatures).map_err(|_| Unfit)?,
        text: signed.text,
    })
}

/// What somebody did here, as it goes over the wire.
pub fn map_intent(intent: &Intent) -> wire::Intent {
    wire::Intent {
        id: wire::IntentId(intent.id.0),
        number: intent.number.0,
        resident: wire::ResidentId(intent.resident.0),
        made_at: wire::UtcMillis(intent.made_at.0),
        body: map_intent_body(&intent.body),
    }
}

fn map_intent_body(body: &IntentBody) -> wire::IntentBody {
    match body {
        IntentBody::AnswerConnection { connection, answer } => wire::IntentBody::AnswerConnection {
            connection: wire::ConnectionId(connection.0),
            answer: match answer {
                Answer::Accept => wire::Answer::Accept,
                Answer::Decline => wire::Answer::Decline,
                Answer::Block => wire::Answer::Block,
                Answer::Unblock => wire::Answer::Unblock,
                Answer::Remove => wire::Answer::Remove,
            },
        },
        IntentBody::ReadMessage { message } => wire::IntentBody::ReadMessage {
            message: wire::MessageId(message.0),
        },
        IntentBody::SignIn => wire::IntentBody::SignIn,
        IntentBody::FailSignIn => wire::IntentBody::FailSignIn,
        IntentBody::Consent { version } => wire::IntentBody::Consent { version: *version },
        IntentBody::SendMessage {
            message,
            connection,
            text,
        } => wire::IntentBody::SendMessage {
            message: wire::MessageId(message.0),
            connection: wire::ConnectionId(connection.0),
            text: text.clone(),
        },
        IntentBody::SaveDraft {
            draft,
            connection,
            based_on,
            sealed,
        } => wire::IntentBody::SaveDraft {
            draft: wire::DraftId(draft.0),
            connection: wire::ConnectionId(connection.0),
            based_on: *based_on,
            sealed: sealed.clone(),
        },
        IntentBody::DropDraft { draft } => wire::IntentBody::DropDraft {
            draft: wire::DraftId(draft.0),
        },
        IntentBody::Appeal { message } => wire::IntentBody::Appeal {
            message: wire::MessageId(message.0),
        },
        IntentBody::Star { message, on } => wire::IntentBody::Star {
            message: wire::MessageId(message.0),
            on: *on,
        },
        IntentBody::AcknowledgeNotice { notice, version } => wire::IntentBody::AcknowledgeNotice {
            notice: wire::NoticeId(notice.0),
            version: *version,
        },
        IntentBody::SetPreferences { preferences } => wire::IntentBody::SetPreferences {
            preferences: own::preferences_to_send(preferences),
        },
        IntentBody::ChangePin { verifier } => wire::IntentBody::ChangePin {
            verifier: verifier.clone(),
        },
        IntentBody::FreezeAccount => wire::IntentBody::FreezeAccount,
        IntentBody::Undone => wire::IntentBody::Undone,
    }
}

pub(super) fn map_time(at: wire::UtcMillis) -> UtcMillis {
    UtcMillis(at.0)
}

pub(super) fn map_resident_id(id: wire::ResidentId) -> ResidentId {
    ResidentId(id.0)
}

fn map_outcome(outcome: wire::Outcome) -> Outcome {
    match outcome {
        wire::Outcome::Applied => Outcome::Applied,
        wire::Outcome::Refused { reason } => Outcome::Refused {
            reason: match reason {
                wire::Refusal::Withdrawn => Refusal::Withdrawn,
                wire::Refusal::AlreadyAnswered => Refusal::AlreadyAnswered,
                wire::Refusal::NotAllowed => Refusal::NotAllowed,
                wire::Refusal::NotFound => Refusal::NotFound,
                wire::Refusal::Unsupported => Refusal::Unsupported,
                wire::Refusal::NoFunds => Refusal::NoFunds,
                wire::Refusal::TooLong => Refusal::TooLong,
                wire::Refusal::NotActive => Refusal::NotActive,
                wire::Refusal::AlreadyDecided => Refusal::AlreadyDecided,
            },
        },
    }
}
