//! Residents' own things: drafts, acknowledgements, preferences, PINs.

use argon2::PasswordHash;
use dayroom_protocol::{
    Access, Acknowledged, Intent, IntentBody, Kind, NoticeBody, NoticeId, Preferences, Refusal,
    ResidentBody, ResidentId, SignInEntry, limits,
};

use super::account::change_account;
use super::drafts;
use super::intents::{Halt, Push};
use crate::central::PinCost;
use crate::store::{Audience, Tx, is_pin_reset_since, record_in, resident};

/// Letters of the longest BCP 47 tag that RFC 5646 tells programs to expect.
const LANGUAGE_BYTES: usize = 35;

/// Does what the intent says.
pub(super) fn act(push: &Push<'_>, tx: &mut Tx<'_>, intent: &Intent) -> Result<(), Halt> {
    let resident = intent.resident;
    match &intent.body {
        IntentBody::SaveDraft {
            draft,
            connection,
            based_on,
            sealed,
        } => drafts::save(
            push,
            tx,
            intent,
            &drafts::Save {
                draft: *draft,
                connection: *connection,
                based_on: *based_on,
                sealed,
            },
        ),
        IntentBody::DropDraft { draft } => {
            drafts::drop_draft(push, tx, resident, *draft, intent.made_at)
        }
        IntentBody::AcknowledgeNotice { notice, version } => {
            acknowledge(push, tx, intent, *notice, *version)
        }
        IntentBody::SetPreferences { preferences } => set_preferences(tx, resident, preferences),
        IntentBody::ChangePin { verifier } => {
            if !is_verifier(verifier, push.pins) {
                return Err(Halt::Refuse(Refusal::NotAllowed));
            }
            // Chosen before staff gave them another one, at a kiosk that was out of contact.
            if is_pin_reset_since(tx.sql(), resident, intent.made_at)? {
                return Err(Halt::Refuse(Refusal::AlreadyDecided));
            }
            change_resident(tx, resident, |body| body.pin_verifier.clone_from(verifier))
        }
        IntentBody::FreezeAccount => {
            change_resident(tx, resident, |body| body.access = Access::Frozen)
        }
        IntentBody::AnswerConnection { .. }
        | IntentBody::ReadMessage { .. }
        | IntentBody::SignIn
        | IntentBody::FailSignIn
        | IntentBody::Consent { .. }
        | IntentBody::SendMessage { .. }
        | IntentBody::Appeal { .. }
        | IntentBody::Star { .. }
        | IntentBody::Undone
        | IntentBody::Unknown => Err(Halt::Refuse(Refusal::Unsupported)),
    }
}

/// Puts a sign-in, or a wrong PIN, on top of the history.
pub(super) fn note_sign_in(
    push: &Push<'_>,
    tx: &mut Tx<'_>,
    intent: &Intent,
    right: bool,
) -> Result<(), Halt> {
    let entry = SignInEntry {
        at: intent.made_at,
        kiosk: push.kiosk.label.clone(),
        right,
    };
    Ok(change_account(tx, intent.resident, |account| {
        account.sign_ins.insert(0, entry);
        account.sign_ins.truncate(limits::SIGN_INS);
    })?)
}

/// Keeps the receipt, and tells every kiosk of the resident. What was read offline in an older
/// version counts for that version.
fn acknowledge(
    push: &Push<'_>,
    tx: &mut Tx<'_>,
    intent: &Intent,
    notice: NoticeId,
    version: u32,
) -> Result<(), Halt> {
    let on_the_wall = Audience::Facility(push.kiosk.facility);
    let stored = record_in(tx.sql(), Kind::Notice, notice.into(), on_the_wall)?
        .ok_or(Halt::Refuse(Refusal::NotFound))?;
    let body: NoticeBody = stored.parse()?;
    if body.kind.leaves_no_trace() {
        return Err(Halt::Refuse(Refusal::NotAllowed));
    }
    if version > body.version {
        return Err(Halt::Refuse(Refusal::NotFound));
    }
    tx.keep_acknowledged(
        (notice, version),
        intent.resident,
        &push.kiosk,
        (intent.made_at, push.now),
    )?;
    let entry = Acknowledged {
        notice,
        version,
        at: intent.made_at,
    };
    Ok(change_account(tx, intent.resident, |account| {
        let read = &mut account.acknowledged;
        let newer = |held: &Acknowledged| held.notice == notice && held.version >= version;
        if read.iter().any(newer) {
            return;
        }
        read.retain(|held| held.notice != notice);
        if read.len() >= limits::ACKNOWLEDGED {
            read.remove(0);
        }
        read.push(entry);
    })?)
}

fn set_preferences(
    tx: &mut Tx<'_>,
    resident: ResidentId,
    preferences: &Preferences,
) -> Result<(), Halt> {
    let is_tag = |tag: &String| {
        (2..=LANGUAGE_BYTES).contains(&tag.len())
            && tag
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if !preferences.language.as_ref().is_none_or(is_tag) {
        return Err(Halt::Refuse(Refusal::NotAllowed));
    }
    let preferences = preferences.clone();
    Ok(change_account(tx, resident, |account| {
        account.preferences = preferences;
    })?)
}

/// Changes a roster line; somebody who has left meanwhile keeps it for when they come back.
fn change_resident(
    tx: &mut Tx<'_>,
    id: ResidentId,
    change: impl FnOnce(&mut ResidentBody),
) -> Result<(), Halt> {
    let row = resident(tx.sql(), id)?.ok_or(Halt::Refuse(Refusal::NotFound))?;
    let mut body: ResidentBody = serde_json::from_str(&row.body)?;
    change(&mut body);
    let text = serde_json::to_string(&body)?;
    if text != row.body {
        tx.rewrite_resident(id, &text)?;
    }
    Ok(())
}

/// Whether a text is an argon2id verifier as strong as central's own, and no costlier than a
/// kiosk can check.
fn is_verifier(text: &str, cost: PinCost) -> bool {
    let (memory, passes) = match cost {
        PinCost::Full => (19 * 1024, 2),
        PinCost::Simulated => (argon2::Params::MIN_M_COST, 1),
    };
    if text.len() > 2 * limits::NAME_BYTES {
        return false;
    }
    let Ok(hash) = PasswordHash::new(text) else {
        return false;
    };
    let number = |name: &str| hash.params.get_decimal(name).unwrap_or(0);
    let bytes = |part: Option<usize>| part.unwrap_or(0);
    hash.algorithm.as_str() == "argon2id"
        && hash.version == Some(0x13)
        && (memory..=64 * 1024).contains(&number("m"))
        && (passes..=8).contains(&number("t"))
        && (1..=4).contains(&number("p"))
        && bytes(hash.salt.as_ref().map(|salt| salt.len())) >= 16
        && bytes(hash.hash.as_ref().map(|hash| hash.len())) >= 32
}
