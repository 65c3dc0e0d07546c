use rusqlite::{Connection, OptionalExtension, Row, params};

use super::intents::place;
use super::{FILE, Journal, sharing};
use crate::domain::{
    ConnectionId, DraftId, IntentBody, IntentNumber, Outcome, Refusal, ResidentId, UtcMillis,
};
use crate::store::StoreError;
use crate::store::error::InFile;
use crate::store::rows::unsigned;

/// The columns [`draft`] reads.
pub(super) const COLUMNS: &str = "id, resident, connection, body, changed_at, refused, based_on";
/// Not on its way to central.
pub(super) const UNSENT: &str = "(sent_as IS NULL OR refused IS NOT NULL)";

/// A message somebody has begun. Without `Debug`: it is their words.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its id.
    pub id: DraftId,
    /// Whose it is.
    pub resident: ResidentId,
    /// To whom.
    pub connection: ConnectionId,
    /// The words so far.
    pub body: String,
    /// When they last changed.
    pub changed_at: UtcMillis,
    /// Why central did not take it when it was sent.
    pub refused: Option<Refusal>,
    /// The revision at central it was made from; 0: none.
    pub based_on: u64,
}

/// Whether a draft was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SavedDraft {
    /// It was.
    Kept,
    /// It is on its way to central, or somebody else's: it stays as it is.
    NotTheirs,
}

impl Journal {
    /// Keeps the words of a draft, in place of what they were.
    ///
    /// # Errors
    /// What the disk says.
    pub fn save_draft(&mut self, draft: &Draft) -> Result<SavedDraft, StoreError> {
        let rows = self
            .file
            .sql
            .prepare_cached(&format!(
                "INSERT INTO drafts (id, resident, connection, body, changed_at, based_on)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (id) DO UPDATE
                 SET body = excluded.body, changed_at = excluded.changed_at
                 WHERE resident = excluded.resident AND {UNSENT}"
            ))
            .of(FILE)?
            .execute(params![
                draft.id,
                draft.resident,
                draft.connection,
                draft.body,
                draft.changed_at,
                i64::try_from(draft.based_on).unwrap_or(i64::MAX),
            ])
            .of(FILE)?;
        Ok(if rows == 1 {
            SavedDraft::Kept
        } else {
            SavedDraft::NotTheirs
        })
    }

    /// A resident's latest unsent draft to a contact.
    ///
    /// # Errors
    /// What the disk says.
    pub fn draft(
        &self,
        resident: ResidentId,
        connection: ConnectionId,
    ) -> Result<Option<Draft>, StoreError> {
        self.file
            .sql
            .prepare_cached(&format!(
                "SELECT {COLUMNS}
                 FROM drafts
                 WHERE resident = ?1 AND connection = ?2 AND {UNSENT}
                 ORDER BY changed_at DESC
                 LIMIT 1"
            ))
            .of(FILE)?
            .query_row(params![resident, connection], draft)
            .optional()
            .of(FILE)
    }

    /// One of a resident's unsent drafts.
    ///
    /// # Errors
    /// What the disk says.
    pub fn draft_by_id(
        &self,
        resident: ResidentId,
        id: DraftId,
    ) -> Result<Option<Draft>, StoreError> {
        self.file
            .sql
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM drafts WHERE id = ?1 AND resident = ?2 AND {UNSENT}"
            ))
            .of(FILE)?
            .query_row(params![id, resident], draft)
            .optional()
            .of(FILE)
    }

    /// A resident's unsent drafts, the latest first.
    ///
    /// # Errors
    /// What the disk says.
    pub fn drafts(&self, resident: ResidentId) -> Result<Vec<Draft>, StoreError> {
        self.file
            .sql
            .prepare_cached(&format!(
                "SELECT {COLUMNS}
                 FROM drafts
                 WHERE resident = ?1 AND {UNSENT}
                 ORDER BY changed_at DESC, id"
            ))
            .of(FILE)?
            .query_map([resident], draft)
            .of(FILE)?
            .collect::<rusqlite::Result<_>>()
            .of(FILE)
    }

    /// Drops an unsent draft of a resident.
    ///
    /// # Errors
    /// What the disk says.
    pub fn drop_draft(&mut self, resident: ResidentId, id: DraftId) -> Result<(), StoreError> {
        self.file
            .sql
            .prepare_cached(&format!(
                "DELETE FROM drafts WHERE id = ?1 AND resident = ?2 AND {UNSENT}"
            ))
            .of(FILE)?
            .execute(params![id, resident])
            .of(FILE)?;
        Ok(())
    }
}

/// An intent that sends a draft takes it along: its words stay, as they are sent, until central has
/// answered. Why it was refused before has been seen by whoever sends it again.
pub(super) fn send_with(
    sql: &Connection,
    number: IntentNumber,
    resident: ResidentId,
    made_at: UtcMillis,
    body: &IntentBody,
) -> Result<(), StoreError> {
    let IntentBody::SendMessage {
        message,
        connection,
        text,
    } = body
    else {
        return Ok(());
    };
    sql.prepare_cached(
        "UPDATE intents SET told = 1
         WHERE number = (SELECT sent_as FROM drafts WHERE id = ?1 AND resident = ?2)",
    )
    .of(FILE)?
    .execute(params![message, resident])
    .of(FILE)?;
    sql.prepare_cached(
        "INSERT INTO drafts (id, resident, connection, body, changed_at, sent_as)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (id) DO UPDATE
         SET body = excluded.body, sent_as = excluded.sent_as, refused = NULL
         WHERE resident = excluded.resident",
    )
    .of(FILE)?
    .execute(params![
        message,
        resident,
        connection,
        text,
        made_at,
        place(number)
    ])
    .of(FILE)?;
    Ok(())
}

/// What was sent with this intent is unsent.
pub(super) fn take_back(sql: &Connection, number: IntentNumber) -> Result<(), StoreError> {
    sql.prepare_cached("UPDATE drafts SET sent_as = NULL WHERE sent_as = ?1")
        .of(FILE)?
        .execute([place(number)])
        .of(FILE)?;
    Ok(())
}

/// Central has answered the intent of this number: its draft goes, or comes back with the reason. What
/// it did not keep for the other kiosks it has not got, and nobody need be told.
pub(super) fn settle(sql: &Connection, number: i64, outcome: Outcome) -> Result<(), StoreError> {
    if matches!(outcome, Outcome::Refused { .. }) {
        sharing::not_shared(sql, number)?;
    }
    match outcome {
        Outcome::Applied => sql
            .prepare_cached("DELETE FROM drafts WHERE sent_as = ?1")
            .of(FILE)?
            .execute([number]),
        Outcome::Refused { reason } => sql
            .prepare_cached("UPDATE drafts SET refused = ?2 WHERE sent_as = ?1")
            .of(FILE)?
            .execute(params![number, reason]),
    }
    .of(FILE)?;
    Ok(())
}

pub(super) fn draft(row: &Row<'_>) -> rusqlite::Result<Draft> {
    Ok(Draft {
        id: row.get(0)?,
        resident: row.get(1)?,
        connection: row.get(2)?,
        body: row.get(3)?,
        changed_at: row.get(4)?,
        refused: row.get(5)?,
        based_on: unsigned(row.get(6)?),
    })
}
