//! Unsent messages. Central cannot read them, so it never decides between two versions: where two
//! kiosks changed one draft, both stay.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dayroom_protocol::{
    ConnectionId, DraftBody, DraftId, Intent, IntentId, Kind, Refusal, ResidentId, UtcMillis,
    limits,
};

use super::digest::sha256;
use super::intents::{Halt, Push, theirs};
use crate::store::{
    Audience, DraftRow, StoreError, Tx, draft, draft_copy, draft_key, draft_key_generation,
    has_draft_copies, live_drafts, record, record_in,
};

/// A draft as a kiosk has it now.
pub(super) struct Save<'a> {
    pub(super) draft: DraftId,
    pub(super) connection: ConnectionId,
    pub(super) based_on: u64,
    pub(super) sealed: &'a str,
}

/// Keeps a draft.
///
/// It replaces the revision it was made from. What the same journal has saved since counts as that
/// revision too: a kiosk that types on does not wait for central. Anything else is kept beside the
/// original, and the kiosk's next saves from the same revision follow it there.
pub(super) fn save(
    push: &Push<'_>,
    tx: &mut Tx<'_>,
    intent: &Intent,
    save: &Save<'_>,
) -> Result<(), Halt> {
    let resident = intent.resident;
    check_sealed(save.sealed)?;
    theirs(
        record(tx.sql(), Kind::Connection, save.connection.into())?,
        resident,
    )?;
    let by = (push.kiosk.id, push.journal());
    let sent = record(tx.sql(), Kind::Message, save.draft.into())?;
    let known = draft(tx.sql(), save.draft)?;
    let strange = known.is_some_and(|row| row.resident != resident)
        || sent
            .as_ref()
            .is_some_and(|stored| stored.scope != resident.0);
    if strange {
        return Err(Halt::Refuse(Refusal::NotFound));
    }
    let over = sent.is_some() || known.is_some_and(|row| !row.live);
    if !over {
        let Some(row) = known else {
            room(tx, resident)?;
            return put_new(push, tx, intent, save, save.draft, None);
        };
        let held = body(tx, &row)?;
        let continues = row.by == by && save.based_on >= row.base;
        if held.revision == save.based_on || continues {
            return replace(push, tx, intent, save, row, held);
        }
    }
    let copy = draft_copy(tx.sql(), save.draft, by, save.based_on)?;
    let copy = match copy {
        Some(copy) => draft(tx.sql(), copy)?,
        None => None,
    };
    if let Some(row) = copy.filter(|row| row.live && row.by == by) {
        let held = body(tx, &row)?;
        return replace(push, tx, intent, save, row, held);
    }
    room(tx, resident)?;
    let fresh = fresh_id(intent.id);
    put_new(push, tx, intent, save, fresh, Some(save.draft))?;
    Ok(tx.keep_draft_copy(save.draft, by, save.based_on, fresh)?)
}

/// Throws a draft away. One that is gone already stays so.
pub(super) fn drop_draft(
    push: &Push<'_>,
    tx: &mut Tx<'_>,
    resident: ResidentId,
    id: DraftId,
    at: UtcMillis,
) -> Result<(), Halt> {
    let row = draft(tx.sql(), id)?
        .filter(|row| row.resident == resident)
        .ok_or(Halt::Refuse(Refusal::NotFound))?;
    if row.live {
        end(push, tx, row, at)?;
    }
    Ok(())
}

/// The draft of a message goes when the message is sent.
///
/// If another kiosk had changed the draft while this one's saves went beside it, its words are
/// not what was sent: they stay as a draft of their own.
pub(super) fn sent(
    push: &Push<'_>,
    tx: &mut Tx<'_>,
    intent: &Intent,
    id: DraftId,
) -> Result<(), StoreError> {
    let Some(row) = draft(tx.sql(), id)?.filter(|row| row.resident == intent.resident && row.live)
    else {
        return Ok(());
    };
    let by = (push.kiosk.id, push.journal());
    if row.by != by && has_draft_copies(tx.sql(), id, by)? {
        let copy = fresh_id(intent.id);
        let mut left = body(tx, &row)?;
        left.revision = 1;
        left.beside = Some(id);
        put(tx, intent.resident, copy, &left)?;
        tx.keep_draft(&DraftRow {
            id: copy,
            base: 0,
            ..row
        })?;
    }
    end(push, tx, row, intent.made_at)
}

fn check_sealed(sealed: &str) -> Result<(), Halt> {
    if sealed.len() > limits::SEALED_BYTES {
        return Err(Halt::Refuse(Refusal::TooLong));
    }
    let sound = STANDARD
        .decode(sealed)
        .is_ok_and(|sealed| !sealed.is_empty());
    sound.then_some(()).ok_or(Halt::Refuse(Refusal::NotAllowed))
}

fn room(tx: &Tx<'_>, resident: ResidentId) -> Result<(), Halt> {
    if live_drafts(tx.sql(), resident)? < limits::DRAFTS {
        Ok(())
    } else {
        Err(Halt::Refuse(Refusal::NotAllowed))
    }
}

/// An id that the same intent always gives, also to a central that was restored.
fn fresh_id(intent: IntentId) -> DraftId {
    let mut named = b"draft kept beside another, by intent ".to_vec();
    named.extend_from_slice(intent.0.as_bytes());
    let hash = sha256(&named).0;
    let (bytes, _) = hash.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    DraftId(uuid::Builder::from_custom_bytes(*bytes).into_uuid())
}

fn body(tx: &Tx<'_>, row: &DraftRow) -> Result<DraftBody, StoreError> {
    let audience = Audience::Resident(row.resident);
    record_in(tx.sql(), Kind::Draft, row.id.into(), audience)?
        .ok_or(StoreError::Sqlite(rusqlite::Error::QueryReturnedNoRows))?
        .parse()
}

fn put(
    tx: &mut Tx<'_>,
    resident: ResidentId,
    id: DraftId,
    body: &DraftBody,
) -> Result<(), StoreError> {
    let text = serde_json::to_string(body)?;
    tx.put(Kind::Draft, id, Audience::Resident(resident), &text)?;
    Ok(())
}

fn put_new(
    push: &Push<'_>,
    tx: &mut Tx<'_>,
    intent: &Intent,
    save: &Save<'_>,
    id: DraftId,
    beside: Option<DraftId>,
) -> Result<(), Halt> {
    let row = DraftRow {
        id,
        resident: intent.resident,
        live: true,
        generation: generation(push, tx)?,
        by: (push.kiosk.id, push.journal()),
        base: 0,
    };
    let body = DraftBody {
        connection: save.connection,
        revision: 1,
        sealed: Some(save.sealed.to_owned()),
        kiosk: push.kiosk.label.clone(),
        at: intent.made_at,
        beside,
    };
    tx.keep_draft(&row)?;
    Ok(put(tx, intent.resident, id, &body)?)
}

fn replace(
    push: &Push<'_>,
    tx: &mut Tx<'_>,
    intent: &Intent,
    save: &Save<'_>,
    mut row: DraftRow,
    mut body: DraftBody,
) -> Result<(), Halt> {
    let by = (push.kiosk.id, push.journal());
    if row.by != by {
        row.by = by;
        row.base = body.revision;
    }
    row.generation = generation(push, tx)?;
    body.connection = save.connection;
    body.revision = body.revision.saturating_add(1);
    body.sealed = Some(save.sealed.to_owned());
    body.kiosk.clone_from(&push.kiosk.label);
    body.at = intent.made_at;
    tx.keep_draft(&row)?;
    Ok(put(tx, intent.resident, row.id, &body)?)
}

fn end(
    push: &Push<'_>,
    tx: &mut Tx<'_>,
    mut row: DraftRow,
    at: UtcMillis,
) -> Result<(), StoreError> {
    let mut ended = body(tx, &row)?;
    row.live = false;
    ended.revision = ended.revision.saturating_add(1);
    ended.sealed = None;
    ended.kiosk.clone_from(&push.kiosk.label);
    ended.at = at;
    tx.keep_draft(&row)?;
    put(tx, row.resident, row.id, &ended)
}

/// Under which key the kiosk has sealed: the one it has said it holds, else the facility's.
fn generation(push: &Push<'_>, tx: &Tx<'_>) -> Result<u32, StoreError> {
    let kiosk = &push.kiosk;
    match draft_key_generation(tx.sql(), kiosk.facility, kiosk.id)? {
        0 => Ok(draft_key(tx.sql(), kiosk.facility)?.map_or(0, |key| key.generation)),
        held => Ok(held),
    }
}

#[cfg(test)]
#[path = "drafts_tests.rs"]
mod tests;
