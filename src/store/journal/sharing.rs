//! Drafts on their way to the facility's other kiosks, and from them.

use ring::digest::{SHA256, digest};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::drafts::{COLUMNS, UNSENT, draft};
use super::intents::{insert, intent, place};
use super::{Draft, FILE, Journal, NewIntent, intents};
use crate::domain::{DraftId, IntentBody, IntentNumber, ResidentId};
use crate::store::StoreError;
use crate::store::error::InFile;

/// An unsent draft, and what of it the other kiosks have. Without `Debug`: it is somebody's words.
pub struct SharedDraft {
    /// The draft.
    pub draft: Draft,
    /// A SHA-256 of the words that central was given; `None`: it was given none.
    pub given: Option<[u8; 32]>,
}

impl SharedDraft {
    /// Whether there are words that central was not given.
    pub fn is_changed(&self) -> bool {
        self.given != Some(of_words(&self.draft.body))
    }
}

fn of_words(words: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, words.as_bytes()).as_ref());
    hash
}

impl Journal {
    /// The unsent drafts of a resident, or of everybody.
    ///
    /// # Errors
    /// What the disk says.
    pub fn shared_drafts(
        &self,
        resident: Option<ResidentId>,
    ) -> Result<Vec<SharedDraft>, StoreError> {
        self.file
            .sql
            .prepare_cached(&format!(
                "SELECT {COLUMNS}, sent_words
                 FROM drafts
                 WHERE (?1 IS NULL OR resident = ?1) AND {UNSENT}
                 ORDER BY changed_at, id"
            ))
            .of(FILE)?
            .query_map([resident], |row| {
                Ok(SharedDraft {
                    draft: draft(row)?,
                    given: row.get(7)?,
                })
            })
            .of(FILE)?
            .collect::<rusqlite::Result<_>>()
            .of(FILE)
    }

    /// Writes down that a draft goes to the other kiosks, and with which words.
    ///
    /// # Errors
    /// As [`Journal::record`]; nothing is changed then.
    pub fn share_draft(
        &mut self,
        new: &NewIntent,
        shared: &Draft,
    ) -> Result<IntentNumber, StoreError> {
        let sql = self
            .file
            .sql
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .of(FILE)?;
        let number = insert(&sql, new)?;
        sql.prepare_cached("UPDATE drafts SET sent_words = ?2 WHERE id = ?1")
            .of(FILE)?
            .execute(params![shared.id, of_words(&shared.body)])
            .of(FILE)?;
        sql.commit().of(FILE)?;
        Ok(number)
    }

    /// Throws an unsent draft away, at the other kiosks too if they were given it: then `new` is
    /// written down.
    ///
    /// # Errors
    /// As [`Journal::record`]; nothing is changed then.
    pub fn throw_away(
        &mut self,
        new: &NewIntent,
        id: DraftId,
    ) -> Result<Option<IntentNumber>, StoreError> {
        let sql = self
            .file
            .sql
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .of(FILE)?;
        let given: Option<bool> = sql
            .prepare_cached(&format!(
                "DELETE FROM drafts WHERE id = ?1 AND resident = ?2 AND {UNSENT}
                 RETURNING sent_words IS NOT NULL OR based_on > 0"
            ))
            .of(FILE)?
            .query_row(params![id, new.resident], |row| row.get(0))
            .optional()
            .of(FILE)?;
        let number = match given {
            Some(true) => Some(insert(&sql, new)?),
            Some(false) | None => None,
        };
        sql.commit().of(FILE)?;
        Ok(number)
    }

    /// Takes over what another kiosk has made of a draft. What was changed here meanwhile stays.
    ///
    /// # Errors
    /// What the disk says.
    pub fn adopt_draft(&mut self, taken: &Draft) -> Result<bool, StoreError> {
        let held = self.shared_drafts(Some(taken.resident))?;
        let held = held.into_iter().find(|held| held.draft.id == taken.id);
        if held.is_some_and(|held| held.is_changed()) {
            return Ok(false);
        }
        let rows = self
            .file
            .sql
            .prepare_cached(&format!(
                "INSERT INTO drafts
                     (id, resident, connection, body, changed_at, based_on, sent_words)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (id) DO UPDATE
                 SET connection = excluded.connection, body = excluded.body,
                     changed_at = excluded.changed_at, based_on = excluded.based_on,
                     sent_words = excluded.sent_words
                 WHERE resident = excluded.resident AND {UNSENT}"
            ))
            .of(FILE)?
            .execute(params![
                taken.id,
                taken.resident,
                taken.connection,
                taken.body,
                taken.changed_at,
                i64::try_from(taken.based_on).unwrap_or(i64::MAX),
                of_words(&taken.body),
            ])
            .of(FILE)?;
        Ok(rows == 1)
    }

    /// Nothing that was given to central can be opened by the other kiosks any more: it is to be
    /// given again.
    ///
    /// # Errors
    /// What the disk says.
    pub fn share_all_again(&mut self) -> Result<(), StoreError> {
        self.file
            .sql
            .execute("UPDATE drafts SET sent_words = NULL", [])
            .of(FILE)?;
        Ok(())
    }

    /// The drafts of a resident that something is on its way about.
    ///
    /// # Errors
    /// What the disk says.
    pub fn drafts_under_way(&self, resident: ResidentId) -> Result<Vec<DraftId>, StoreError> {
        let unsettled = self.unsettled(resident)?;
        Ok(unsettled
            .iter()
            .filter_map(|intent| about(&intent.body))
            .collect())
    }
}

/// The draft an intent is about.
fn about(body: &IntentBody) -> Option<DraftId> {
    match body {
        IntentBody::SaveDraft { draft, .. } | IntentBody::DropDraft { draft } => Some(*draft),
        IntentBody::SendMessage { message, .. } => Some(DraftId(message.0)),
        IntentBody::AnswerConnection { .. }
        | IntentBody::ReadMessage { .. }
        | IntentBody::SignIn
        | IntentBody::FailSignIn
        | IntentBody::Consent { .. }
        | IntentBody::Appeal { .. }
        | IntentBody::Star { .. }
        | IntentBody::AcknowledgeNotice { .. }
        | IntentBody::SetPreferences { .. }
        | IntentBody::ChangePin { .. }
        | IntentBody::FreezeAccount
        | IntentBody::Undone => None,
    }
}

/// Central has not kept the draft of this intent: its words are changed ones again.
pub(super) fn not_shared(sql: &Connection, number: i64) -> Result<(), StoreError> {
    let refused = sql
        .prepare_cached(&format!(
            "SELECT {} FROM intents WHERE number = ?1",
            intents::COLUMNS
        ))
        .of(FILE)?
        .query_row([number], intent)
        .optional()
        .of(FILE)?;
    let Some(refused) = refused else {
        return Ok(());
    };
    if !matches!(
        refused.body,
        IntentBody::SaveDraft { .. } | IntentBody::DropDraft { .. }
    ) {
        return Ok(());
    }
    sql.prepare_cached("UPDATE intents SET told = 1 WHERE number = ?1")
        .of(FILE)?
        .execute([place(refused.number)])
        .of(FILE)?;
    sql.prepare_cached("UPDATE drafts SET sent_words = NULL WHERE id = ?1")
        .of(FILE)?
        .execute([about(&refused.body)])
        .of(FILE)?;
    Ok(())
}
