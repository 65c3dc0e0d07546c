use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use uuid::Uuid;

use super::{FILE, Journal};
use crate::domain::audit::{
    ChainId, Entry, Event, Hash, Moment, Point, Process, Value, Word, kinds,
};
use crate::domain::{JournalId, Now};
use crate::store::StoreError;
use crate::store::error::InFile;
use crate::store::rows::{bad_row, unsigned};

/// A part of an audit as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditPart {
    /// Which chain.
    pub chain: ChainId,
    /// What comes before the oldest entry that is kept.
    pub before: Point,
    /// In order.
    pub entries: Vec<Entry>,
}

impl Journal {
    /// Adds to the screen's audit; it is on disk when the call returns.
    ///
    /// # Errors
    /// What the disk says.
    pub fn audit(&mut self, event: Event, now: Now) -> Result<(), StoreError> {
        let chain = chain(self.id);
        let sql = self
            .file
            .sql
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .of(FILE)?;
        let mut at = self.audited;
        if at.number == 0 {
            let began = began(&sql)?;
            at = append(&sql, &Entry::seal(chain, at, now.audit_moment(), began))?;
        }
        at = append(&sql, &Entry::seal(chain, at, now.audit_moment(), event))?;
        sql.commit().of(FILE)?;
        self.audited = at;
        Ok(())
    }

    /// The audit after the `after`-th entry; at most `limit`.
    ///
    /// # Errors
    /// What the disk says; a row that is no entry.
    pub fn audited(&self, after: u64, limit: usize) -> Result<AuditPart, StoreError> {
        part(&self.file.sql, self.id, after, limit)
    }

    /// Drops entries up to this number, which central has had for long enough. The chain holds on:
    /// what is kept begins at an anchor.
    ///
    /// # Errors
    /// What the disk says; nothing is changed then.
    pub fn drop_audit(&mut self, through: u64, now: Now) -> Result<(), StoreError> {
        let sql = self
            .file
            .sql
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .of(FILE)?;
        // The last one stays, so that the chain goes on from it.
        let through = through.min(self.audited.number.saturating_sub(1));
        let moved = sql
            .execute(
                "INSERT INTO audit_anchor (one, number, hash)
                 SELECT 1, number, hash FROM audit_entry WHERE number = ?1
                 ON CONFLICT (one) DO UPDATE SET number = excluded.number, hash = excluded.hash",
                [signed(through)],
            )
            .of(FILE)?;
        if moved == 0 {
            return Ok(());
        }
        sql.execute(
            "DELETE FROM audit_entry WHERE number <= ?1",
            [signed(through)],
        )
        .of(FILE)?;
        let pruned = kinds::audit_pruned(through);
        let entry = Entry::seal(chain(self.id), self.audited, now.audit_moment(), pruned);
        let at = append(&sql, &entry)?;
        sql.commit().of(FILE)?;
        self.audited = at;
        Ok(())
    }
}

/// How far the audit of a journal goes.
pub(super) fn end(sql: &Connection, id: JournalId) -> Result<Point, StoreError> {
    let last = point(
        sql,
        "SELECT number, hash FROM audit_entry ORDER BY number DESC LIMIT 1",
    )?;
    Ok(last.unwrap_or_else(|| Point::start(chain(id))))
}

fn chain(id: JournalId) -> ChainId {
    ChainId {
        process: Process::Screen,
        life: id.0,
    }
}

fn began(sql: &Connection) -> Result<Event, StoreError> {
    let earlier: i64 = sql
        .query_row("SELECT count(*) FROM audit", [], |row| row.get(0))
        .of(FILE)?;
    let because = Word::new(if earlier == 0 { "new" } else { "upgrade" });
    Ok(kinds::audit_began(because, unsigned(earlier)))
}

fn append(sql: &Connection, entry: &Entry) -> Result<Point, StoreError> {
    let fields = serde_json::to_string(entry.fields()).map_err(|_| bad_row_error())?;
    sql.prepare_cached(
        "INSERT INTO audit_entry (number, boot, boot_ms, utc_ms, event, fields, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )
    .of(FILE)?
    .execute(params![
        signed(entry.number),
        entry.boot.as_bytes(),
        signed(entry.boot_ms),
        entry.utc_ms,
        entry.event,
        fields,
        entry.hash.0,
    ])
    .of(FILE)?;
    Ok(entry.point())
}

/// The audit of a journal after an entry.
pub(super) fn part(
    sql: &Connection,
    id: JournalId,
    after: u64,
    limit: usize,
) -> Result<AuditPart, StoreError> {
    let before = point(sql, "SELECT number, hash FROM audit_anchor")?;
    let entries = sql
        .prepare_cached(
            "SELECT number, boot, boot_ms, utc_ms, event, fields, hash
             FROM audit_entry
             WHERE number > ?1
             ORDER BY number
             LIMIT ?2",
        )
        .of(FILE)?
        .query_map(
            [signed(after), i64::try_from(limit).unwrap_or(i64::MAX)],
            entry,
        )
        .of(FILE)?
        .collect::<rusqlite::Result<_>>()
        .of(FILE)?;
    Ok(AuditPart {
        chain: chain(id),
        before: before.unwrap_or_else(|| Point::start(chain(id))),
        entries,
    })
}

fn point(sql: &Connection, query: &str) -> Result<Option<Point>, StoreError> {
    sql.query_row(query, [], |row| {
        Ok(Point {
            number: unsigned(row.get(0)?),
            hash: Hash(row.get(1)?),
        })
    })
    .optional()
    .of(FILE)
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let point = Point {
        number: unsigned(row.get(0)?),
        hash: Hash(row.get(6)?),
    };
    let moment = Moment {
        boot: Uuid::from_bytes(row.get(1)?),
        boot_ms: unsigned(row.get(2)?),
        utc_ms: row.get(3)?,
    };
    let (event, fields): (String, String) = (row.get(4)?, row.get(5)?);
    let fields: BTreeMap<String, Value> = serde_json::from_str(&fields).map_err(|_| bad_row(5))?;
    Entry::kept(point, moment, &event, fields).map_err(|_| bad_row(4))
}

fn bad_row_error() -> StoreError {
    StoreError::BadRow(FILE)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
