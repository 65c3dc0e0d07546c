use rusqlite::{Connection, params};

use super::message_apply::put_message;
use super::threads::Threads;
use super::writer::position;
use super::{Applied, CacheChange, CachePage, ChangeBody, FILE, facility, forget, orders, own};
use crate::domain::orders::OrderJudge;
use crate::store::StoreError;
use crate::store::error::InFile;

/// What became of a record.
pub(super) enum Put {
    /// It is held now.
    Kept,
    /// What is held is as new, or newer.
    Old,
    /// It cannot be held, for this reason.
    Unkeepable(&'static str),
}

/// A record's version as the columns have it, and who it is of.
pub(super) struct Header {
    pub(super) version: i64,
    pub(super) taken_at: i64,
}

/// Applies a page within a transaction.
pub(super) fn apply(
    sql: &Connection,
    threads: &mut Threads,
    page: &CachePage,
    judge: &dyn OrderJudge,
) -> Result<Applied, StoreError> {
    let held = position(sql)?;
    let same_epoch = held.epoch.is_none_or(|epoch| epoch == page.epoch);
    if !same_epoch || held.cursor != page.after {
        return Err(StoreError::PageOutOfPlace);
    }
    let mut quarantine = Quarantine::open(sql)?;
    let mut applied = Applied::default();
    for change in &page.changes {
        let put = put(sql, threads, page, change, judge, &mut applied)?;
        match put {
            Put::Kept => {
                applied.changed += 1;
                quarantine.clear(sql, change)?;
            }
            Put::Old => {}
            Put::Unkeepable(why) => quarantine.keep(sql, change, why)?,
        }
    }
    // What waited for the time, which this page has brought.
    orders::work(sql, judge, page.now, &mut applied.orders)?;
    threads.flush(sql)?;
    sql.prepare_cached(
        "UPDATE position
         SET epoch = ?1, cursor = ?2, last_contact = max(coalesce(last_contact, ?3), ?3)",
    )
    .of(FILE)?
    .execute(params![page.epoch, page.cursor, page.now])
    .of(FILE)?;
    Ok(applied)
}

fn put(
    sql: &Connection,
    threads: &mut Threads,
    page: &CachePage,
    change: &CacheChange,
    judge: &dyn OrderJudge,
    applied: &mut Applied,
) -> Result<Put, StoreError> {
    let Ok(version) = i64::try_from(change.version) else {
        return Ok(Put::Unkeepable("version"));
    };
    let header = Header {
        version,
        taken_at: page.now.0,
    };
    match &change.body {
        ChangeBody::Policy(policy) => {
            orders::put_policy(sql, judge, change.id, &header, policy, &mut applied.orders)
        }
        ChangeBody::Notice(notice) => facility::put_notice(sql, &header, notice),
        ChangeBody::Resident(resident) => orders::put_resident(sql, &header, resident),
        ChangeBody::Connection(connection) => facility::put_connection(sql, &header, connection),
        ChangeBody::SignIn(last) => match change.resident {
            Some(resident) => facility::put_sign_in(sql, resident, &header, last),
            None => Ok(Put::Unkeepable("resident")),
        },
        ChangeBody::Account(account) => match change.resident {
            Some(resident) => own::put_account(sql, resident, &header, account),
            None => Ok(Put::Unkeepable("resident")),
        },
        ChangeBody::Draft(draft) => own::put_draft(sql, &header, draft),
        ChangeBody::Settlement {
            intent,
            number,
            outcome,
        } => facility::put_settlement(sql, *intent, *number, &header, *outcome),
        ChangeBody::Message(message) => {
            let put = put_message(sql, threads, &header, message)?;
            if matches!(put, Put::Kept) {
                let named = message.attachments.iter().map(|a| a.blob);
                applied.blobs_named.extend(named);
            }
            Ok(put)
        }
        ChangeBody::Forget => match change.resident {
            Some(resident) => {
                forget::forget(sql, threads, resident, &header)?;
                applied.forgets.push((resident, change.version));
                Ok(Put::Kept)
            }
            None => Ok(Put::Unkeepable("resident")),
        },
        ChangeBody::OperatorKeys(signed) => {
            orders::receive_keys(sql, judge, signed, &mut applied.orders)
        }
        ChangeBody::Order(signed) => {
            let put = orders::receive(sql, change.id, &header, signed, &mut applied.orders)?;
            // In its place in the feed: what comes behind it is judged by what it has changed.
            orders::work(sql, judge, page.now, &mut applied.orders)?;
            Ok(put)
        }
        ChangeBody::Quarantine { .. } => Ok(Put::Unkeepable("body")),
    }
}

/// The records that could not be read or kept, if there are any.
struct Quarantine {
    any: bool,
}

impl Quarantine {
    fn open(sql: &Connection) -> Result<Self, StoreError> {
        let any = sql
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM quarantine)")
            .of(FILE)?
            .query_row([], |row| row.get(0))
            .of(FILE)?;
        Ok(Self { any })
    }

    fn keep(
        &mut self,
        sql: &Connection,
        change: &CacheChange,
        why: &str,
    ) -> Result<(), StoreError> {
        let raw = match &change.body {
            ChangeBody::Quarantine { raw, .. } => raw.as_str(),
            ChangeBody::Policy(_)
            | ChangeBody::Resident(_)
            | ChangeBody::Connection(_)
            | ChangeBody::Message(_)
            | ChangeBody::Notice(_)
            | ChangeBody::Forget
            | ChangeBody::Settlement { .. }
            | ChangeBody::SignIn(_)
            | ChangeBody::Account(_)
            | ChangeBody::Draft(_)
            | ChangeBody::OperatorKeys(_)
            | ChangeBody::Order(_) => why,
        };
        self.any = true;
        sql.prepare_cached(
            "INSERT INTO quarantine (kind, id, version, resident, raw)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (kind, id) DO UPDATE
             SET version = excluded.version, resident = excluded.resident, raw = excluded.raw
             WHERE excluded.version > version",
        )
        .of(FILE)?
        .execute(params![
            kind(&change.body),
            change.id,
            i64::try_from(change.version).unwrap_or(i64::MAX),
            change.resident,
            raw,
        ])
        .of(FILE)?;
        Ok(())
    }

    /// A version that can be kept has come.
    fn clear(&self, sql: &Connection, change: &CacheChange) -> Result<(), StoreError> {
        if self.any {
            sql.prepare_cached("DELETE FROM quarantine WHERE kind = ?1 AND id = ?2")
                .of(FILE)?
                .execute(params![kind(&change.body), change.id])
                .of(FILE)?;
        }
        Ok(())
    }
}

/// The kind's name on the wire.
fn kind(body: &ChangeBody) -> &str {
    match body {
        ChangeBody::Policy(_) => "policy",
        ChangeBody::Resident(_) => "resident",
        ChangeBody::Connection(_) => "connection",
        ChangeBody::Message(_) => "message",
        ChangeBody::Notice(_) => "notice",
        ChangeBody::Forget => "forget",
        ChangeBody::Settlement { .. } => "settlement",
        ChangeBody::SignIn(_) => "sign_in",
        ChangeBody::Account(_) => "account",
        ChangeBody::Draft(_) => "draft",
        ChangeBody::OperatorKeys(_) => "operator_keys",
        ChangeBody::Order(_) => "order",
        ChangeBody::Quarantine { kind, .. } => kind,
    }
}
