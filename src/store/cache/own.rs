//! What is a resident's own: their account, and their unsent messages as central keeps them.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::apply::{Header, Put};
use super::facility::upsert;
use super::{CacheReader, FILE};
use crate::domain::{Account, DraftId, ResidentId, SealedDraft};
use crate::store::StoreError;
use crate::store::error::InFile;
use crate::store::rows::{NAME, bad_row, bounded, unsigned};

pub(super) fn put_account(
    sql: &Connection,
    resident: ResidentId,
    header: &Header,
    account: &Account,
) -> Result<Put, StoreError> {
    let Ok(body) = serde_json::to_string(account) else {
        return Ok(Put::Unkeepable("text"));
    };
    upsert(
        sql,
        "INSERT INTO accounts (resident, version, body)
         VALUES (?1, ?2, ?3)
         ON CONFLICT (resident) DO UPDATE
         SET version = excluded.version, body = excluded.body
         WHERE excluded.version > version",
        params![resident, header.version, body],
    )
}

pub(super) fn put_draft(
    sql: &Connection,
    header: &Header,
    draft: &SealedDraft,
) -> Result<Put, StoreError> {
    let Ok(revision) = i64::try_from(draft.revision) else {
        return Ok(Put::Unkeepable("revision"));
    };
    upsert(
        sql,
        "INSERT INTO drafts
             (id, version, resident, connection, revision, sealed, kiosk, at, beside)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (id) DO UPDATE
         SET version = excluded.version, resident = excluded.resident,
             connection = excluded.connection, revision = excluded.revision,
             sealed = excluded.sealed, kiosk = excluded.kiosk, at = excluded.at,
             beside = excluded.beside
         WHERE excluded.version > version",
        params![
            draft.id,
            header.version,
            draft.resident,
            draft.connection,
            revision,
            draft.sealed,
            draft.kiosk,
            draft.at,
            draft.beside,
        ],
    )
}

impl CacheReader {
    /// What central keeps for a resident; `None` while it has not said.
    ///
    /// # Errors
    /// What the disk says.
    pub fn account(&self, resident: ResidentId) -> Result<Option<Account>, StoreError> {
        self.sql
            .prepare_cached(
                "SELECT accounts.body
                 FROM accounts
                 JOIN residents ON residents.id = accounts.resident
                 WHERE accounts.resident = ?1",
            )
            .of(FILE)?
            .query_row([resident], |row| {
                let body: String = row.get(0)?;
                serde_json::from_str(&body).map_err(|_| bad_row(0))
            })
            .optional()
            .of(FILE)
    }

    /// A resident's unsent messages as central keeps them, those sent or thrown away included, the
    /// latest first.
    ///
    /// # Errors
    /// What the disk says.
    pub fn sealed_drafts(&self, resident: ResidentId) -> Result<Vec<SealedDraft>, StoreError> {
        self.sql
            .prepare_cached(
                "SELECT drafts.id, drafts.resident, drafts.connection, drafts.revision,
                        drafts.sealed, drafts.kiosk, drafts.at, drafts.beside
                 FROM drafts
                 JOIN residents ON residents.id = drafts.resident
                 WHERE drafts.resident = ?1
                 ORDER BY drafts.at DESC, drafts.id",
            )
            .of(FILE)?
            .query_map([resident], draft)
            .of(FILE)?
            .collect::<rusqlite::Result<_>>()
            .of(FILE)
    }

    /// One of them; `None` if it is not this resident's.
    ///
    /// # Errors
    /// What the disk says.
    pub fn sealed_draft(
        &self,
        resident: ResidentId,
        id: DraftId,
    ) -> Result<Option<SealedDraft>, StoreError> {
        let all = self.sealed_drafts(resident)?;
        Ok(all.into_iter().find(|draft| draft.id == id))
    }
}

fn draft(row: &Row<'_>) -> rusqlite::Result<SealedDraft> {
    Ok(SealedDraft {
        id: row.get(0)?,
        resident: row.get(1)?,
        connection: row.get(2)?,
        revision: unsigned(row.get(3)?),
        sealed: row.get(4)?,
        kiosk: bounded(row.get(5)?, NAME),
        at: row.get(6)?,
        beside: row.get(7)?,
    })
}
