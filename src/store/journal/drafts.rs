use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use super::{FILE, Journal};
use crate::domain::{ConnectionId, ResidentId, UtcMillis};
use crate::store::StoreError;
use crate::store::error::InFile;
use crate::store::rows::bad_row;

/// A message somebody has begun. Without `Debug`: it is their words.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub resident: ResidentId,
    /// To whom.
    pub connection: ConnectionId,
    /// The words so far.
    pub body: String,
    /// When they last changed.
    pub changed_at: UtcMillis,
}

impl Journal {
    /// Keeps a draft, in place of what it was.
    ///
    /// # Errors
    /// What the disk says.
    pub fn save_draft(&mut self, draft: &Draft) -> Result<(), StoreError> {
        self.file
            .sql
            .prepare_cached(
                "INSERT INTO drafts (id, resident, connection, body, changed_at)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (id) DO UPDATE
                 SET body = excluded.body, changed_at = excluded.changed_at
                 WHERE resident = excluded.resident",
            )
            .of(FILE)?
            .execute(params![
                draft.id.as_bytes(),
                draft.resident,
                draft.connection,
                draft.body,
                draft.changed_at,
            ])
            .of(FILE)?;
        Ok(())
    }

    /// A resident's latest draft to a contact.
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
            .prepare_cached(
                "SELECT id, resident, connection, body, changed_at
                 FROM drafts
                 WHERE resident = ?1 AND connection = ?2
                 ORDER BY changed_at DESC
                 LIMIT 1",
            )
            .of(FILE)?
            .query_row(params![resident, connection], draft)
            .optional()
            .of(FILE)
    }

    /// A resident's drafts, the latest first.
    ///
    /// # Errors
    /// What the disk says.
    pub fn drafts(&self, resident: ResidentId) -> Result<Vec<Draft>, StoreError> {
        self.file
            .sql
            .prepare_cached(
                "SELECT id, resident, connection, body, changed_at
                 FROM drafts
                 WHERE resident = ?1
                 ORDER BY changed_at DESC, id",
            )
            .of(FILE)?
            .query_map([resident], draft)
            .of(FILE)?
            .collect::<rusqlite::Result<_>>()
            .of(FILE)
    }

    /// Drops a draft of a resident.
    ///
    /// # Errors
    /// What the disk says.
    pub fn drop_draft(&mut self, resident: ResidentId, id: Uuid) -> Result<(), StoreError> {
        self.file
            .sql
            .prepare_cached("DELETE FROM drafts WHERE id = ?1 AND resident = ?2")
            .of(FILE)?
            .execute(params![id.as_bytes(), resident])
            .of(FILE)?;
        Ok(())
    }
}

fn draft(row: &Row<'_>) -> rusqlite::Result<Draft> {
    let id: [u8; 16] = row.get(0).map_err(|_| bad_row(0))?;
    Ok(Draft {
        id: Uuid::from_bytes(id),
        resident: row.get(1)?,
        connection: row.get(2)?,
        body: row.get(3)?,
        changed_at: row.get(4)?,
    })
}
