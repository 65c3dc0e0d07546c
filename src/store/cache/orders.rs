//! What operators order: kept as it came, judged in its place in the feed, its effect and the mark
//! in one transaction.

use ring::digest::{SHA256, digest};
use rusqlite::{Connection, OptionalExtension, params};

use super::apply::{Header, Put};
use super::{CacheReader, CacheWriter, FILE, facility, reader};
use crate::domain::orders::{
    KeySetVerdict, OrderDeed, OrderId, OrderJudge, OrderNews, OrderOutcome, OrderRefusal,
    OrderStanding, OrderVerdict, PendingEffect, SignedText,
};
use crate::domain::{Policy, RecordId, Resident, ResidentId, UtcMillis};
use crate::store::StoreError;
use crate::store::error::InFile;
use crate::store::rows::{bad_row, unsigned};

/// Orders that may wait for others before them (R11).
const WAITING: i64 = 64;
/// How long an order that central has heard about is known again. The mark is for ever.
const KEPT_MILLIS: i64 = 60 * 24 * 60 * 60 * 1000;
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// Whose orders this kiosk carries out, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operators {
    /// The key set in force, as it was signed.
    pub key_set: Option<String>,
    /// Its version.
    pub version: u32,
    /// JSON: the signed sets that came behind the one from provisioning, the first one first.
    pub chain: String,
    /// The number of the last order taken.
    pub mark: u64,
}

impl Default for Operators {
    /// Nobody's.
    fn default() -> Self {
        Self {
            key_set: None,
            version: 0,
            chain: "[]".to_owned(),
            mark: 0,
        }
    }
}

/// Keeps an order as it came. One that is known already is not judged again.
pub(super) fn receive(
    sql: &Connection,
    id: RecordId,
    header: &Header,
    signed: &SignedText,
    news: &mut Vec<OrderNews>,
) -> Result<Put, StoreError> {
    let sha256 = sha256(&signed.text);
    let known: Option<(Vec<u8>, i64)> = sql
        .prepare_cached("SELECT sha256, told FROM orders WHERE id = ?1")
        .of(FILE)?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
        .of(FILE)?;
    if let Some((held, told)) = known {
        let order = OrderId(id.0);
        if held != sha256 {
            let why = OrderRefusal::Altered;
            news.push(OrderNews::Refused { order, why });
        } else if told == 2 {
            // Central had heard all about it: it is a replay, or central has lost its memory.
            let why = OrderRefusal::Replayed;
            news.push(OrderNews::Refused { order, why });
        }
        sql.prepare_cached("UPDATE orders SET told = min(told, 1) WHERE id = ?1 AND sha256 = ?2")
            .of(FILE)?
            .execute(params![id, sha256])
            .of(FILE)?;
        return Ok(Put::Old);
    }
    let waiting: i64 = sql
        .query_row(
            "SELECT count(*) FROM orders WHERE text IS NOT NULL",
            [],
            |row| row.get(0),
        )
        .of(FILE)?;
    if waiting >= WAITING {
        return Ok(Put::Unkeepable("too many orders wait"));
    }
    sql.prepare_cached(
        "INSERT INTO orders (id, version, sha256, text, signatures, alone, at, told)
         VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, 0)",
    )
    .of(FILE)?
    .execute(params![
        id,
        header.version,
        sha256,
        signed.text,
        signed.signatures,
        header.taken_at
    ])
    .of(FILE)?;
    Ok(Put::Kept)
}

/// Judges what waits, and brings about what is this file's to bring about, until nothing moves.
pub(super) fn work(
    sql: &Connection,
    judge: &dyn OrderJudge,
    now: UtcMillis,
    news: &mut Vec<OrderNews>,
) -> Result<(), StoreError> {
    loop {
        let mut moved = false;
        for (id, signed) in unjudged(sql)? {
            let operators = operators(sql)?;
            let standing = OrderStanding {
                keys: operators.key_set,
                mark: operators.mark,
                alone_lately: alone_lately(sql, now)?,
                now,
            };
            let (outcome, effect, alone, number) = match judge.order(&standing, &signed) {
                OrderVerdict::Wait => continue,
                OrderVerdict::Refuse { why, number } => {
                    (Some(OrderOutcome::Refused { why }), None, false, number)
                }
                OrderVerdict::Act {
                    number,
                    deed,
                    alone,
                } => {
                    let what = deed.name();
                    let is_reset = matches!(deed, OrderDeed::PinReset { .. });
                    let (outcome, effect) = carry_out(sql, deed, &signed, now)?;
                    if outcome.is_none_or(|outcome| outcome == OrderOutcome::Done) {
                        news.push(OrderNews::Taken { order: id, what });
                    }
                    (outcome, effect, alone && is_reset, Some(number))
                }
            };
            if let Some(OrderOutcome::Refused { why }) = outcome {
                news.push(OrderNews::Refused { order: id, why });
            }
            settle(sql, id, outcome, effect.as_ref(), alone)?;
            if let Some(number) = number {
                raise_mark(sql, number)?;
            }
            moved = true;
        }
        if !moved {
            return Ok(());
        }
    }
}

/// Takes a key set that follows the one in force.
pub(super) fn receive_keys(
    sql: &Connection,
    judge: &dyn OrderJudge,
    signed: &SignedText,
    news: &mut Vec<OrderNews>,
) -> Result<Put, StoreError> {
    let held = operators(sql)?;
    match judge.key_set(held.key_set.as_deref(), signed) {
        KeySetVerdict::Known => Ok(Put::Old),
        KeySetVerdict::Refuse => {
            news.push(OrderNews::KeysRefused);
            Ok(Put::Old)
        }
        KeySetVerdict::Next { version } => {
            let chain = longer(&held.chain, signed);
            sql.prepare_cached("UPDATE operators SET key_set = ?1, version = ?2, chain = ?3")
                .of(FILE)?
                .execute(params![signed.text, version, chain])
                .of(FILE)?;
            news.push(OrderNews::KeysChanged { version });
            Ok(Put::Kept)
        }
    }
}

/// Keeps a policy record; on a kiosk that knows operators' keys, without what would weaken it.
pub(super) fn put_policy(
    sql: &Connection,
    judge: &dyn OrderJudge,
    id: RecordId,
    header: &Header,
    next: &Policy,
    news: &mut Vec<OrderNews>,
) -> Result<Put, StoreError> {
    let held = reader::policy(sql)?;
    let (Some(held), Some(_)) = (held, operators(sql)?.key_set) else {
        return facility::put_policy(sql, id, header, next);
    };
    let (policy, fields) = judge.policy(&held, next);
    let put = facility::put_policy(sql, id, header, &policy)?;
    if matches!(put, Put::Kept) && !fields.is_empty() {
        news.push(OrderNews::PolicyHeldBack { fields });
    }
    Ok(put)
}

/// Keeps a line of the roster; a PIN that an order has replaced does not come back with it.
pub(super) fn put_resident(
    sql: &Connection,
    header: &Header,
    resident: &Resident,
) -> Result<Put, StoreError> {
    let is_dead: bool = sql
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM dead_pins WHERE resident = ?1 AND sha256 = ?2)",
        )
        .of(FILE)?
        .query_row(
            params![resident.id, sha256(&resident.pin_verifier)],
            |row| row.get(0),
        )
        .of(FILE)?;
    let living = if is_dead {
        verifier(sql, resident.id)?
    } else {
        None
    };
    match living {
        Some(pin_verifier) => {
            let kept = Resident {
                pin_verifier,
                ..resident.clone()
            };
            facility::put_resident(sql, header, &kept)
        }
        None => facility::put_resident(sql, header, resident),
    }
}

/// The outcome, if the effect is durable with this transaction; else what is left to be done.
fn carry_out(
    sql: &Connection,
    deed: OrderDeed,
    signed: &SignedText,
    now: UtcMillis,
) -> Result<(Option<OrderOutcome>, Option<PendingEffect>), StoreError> {
    let refused = |why| Ok((Some(OrderOutcome::Refused { why }), None));
    match deed {
        OrderDeed::PinReset {
            resident,
            verifier: fresh,
        } => {
            let Some(old) = verifier(sql, resident)? else {
                return refused(OrderRefusal::NotHere);
            };
            sql.prepare_cached("UPDATE residents SET pin_verifier = ?2 WHERE id = ?1")
                .of(FILE)?
                .execute(params![resident, fresh])
                .of(FILE)?;
            sql.prepare_cached(
                "INSERT INTO dead_pins (resident, sha256, at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (resident, sha256) DO UPDATE SET at = max(at, excluded.at)",
            )
            .of(FILE)?
            .execute(params![resident, sha256(&old), now])
            .of(FILE)?;
            // A PIN that comes back by an order lives.
            sql.prepare_cached("DELETE FROM dead_pins WHERE resident = ?1 AND sha256 = ?2")
                .of(FILE)?
                .execute(params![resident, sha256(&fresh)])
                .of(FILE)?;
            Ok((Some(OrderOutcome::Done), None))
        }
        OrderDeed::LockRelease { resident } => {
            if verifier(sql, resident)?.is_none() {
                return refused(OrderRefusal::NotHere);
            }
            Ok((None, Some(PendingEffect::Screen { resident })))
        }
        OrderDeed::Machine(order) => {
            // The machine verifies it by itself: from the set it knows, along the chain.
            let chain = operators(sql)?.chain;
            let signed = format!("{{\"order\":{},\"keys\":{chain}}}", as_json(signed));
            Ok((None, Some(PendingEffect::Machine { order, signed })))
        }
        OrderDeed::Policy(policy) => {
            let held: Option<(RecordId, i64)> = sql
                .query_row("SELECT id, version FROM policy", [], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()
                .of(FILE)?;
            let Some((id, version)) = held else {
                return refused(OrderRefusal::NotHere);
            };
            let header = Header {
                version,
                taken_at: 0,
            };
            // The record's version stays: what an order says is no record.
            sql.execute("UPDATE policy SET version = version - 1", [])
                .of(FILE)?;
            match facility::put_policy(sql, id, &header, &policy)? {
                Put::Kept => Ok((Some(OrderOutcome::Done), None)),
                Put::Old | Put::Unkeepable(_) => {
                    sql.execute("UPDATE policy SET version = ?1", [version])
                        .of(FILE)?;
                    refused(OrderRefusal::Failed)
                }
            }
        }
    }
}

fn unjudged(sql: &Connection) -> Result<Vec<(OrderId, SignedText)>, StoreError> {
    sql.prepare_cached(
        "SELECT id, text, signatures
         FROM orders
         WHERE outcome IS NULL AND text IS NOT NULL
         ORDER BY version",
    )
    .of(FILE)?
    .query_map([], |row| {
        Ok((
            order_id(row.get(0)?),
            SignedText {
                text: row.get(1)?,
                signatures: row.get(2)?,
            },
        ))
    })
    .of(FILE)?
    .collect::<rusqlite::Result<_>>()
    .of(FILE)
}

fn settle(
    sql: &Connection,
    id: OrderId,
    outcome: Option<OrderOutcome>,
    effect: Option<&PendingEffect>,
    alone: bool,
) -> Result<(), StoreError> {
    let outcome = outcome.map(|outcome| json(&outcome)).transpose()?;
    let effect = effect.map(json).transpose()?;
    sql.prepare_cached(
        "UPDATE orders
         SET text = NULL, signatures = NULL, outcome = ?2, effect = ?3, alone = ?4
         WHERE id = ?1",
    )
    .of(FILE)?
    .execute(params![record_id(id), outcome, effect, alone])
    .of(FILE)?;
    Ok(())
}

fn raise_mark(sql: &Connection, number: u64) -> Result<(), StoreError> {
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    sql.prepare_cached("UPDATE operators SET mark = max(mark, ?1)")
        .of(FILE)?
        .execute([number])
        .of(FILE)?;
    Ok(())
}

fn alone_lately(sql: &Connection, now: UtcMillis) -> Result<u32, StoreError> {
    sql.prepare_cached("SELECT count(*) FROM orders WHERE alone = 1 AND at > ?1")
        .of(FILE)?
        .query_row([now.0.saturating_sub(DAY_MILLIS)], |row| row.get(0))
        .of(FILE)
}

fn verifier(sql: &Connection, resident: ResidentId) -> Result<Option<String>, StoreError> {
    sql.prepare_cached("SELECT pin_verifier FROM residents WHERE id = ?1")
        .of(FILE)?
        .query_row([resident], |row| row.get(0))
        .optional()
        .of(FILE)
}

fn operators(sql: &Connection) -> Result<Operators, StoreError> {
    sql.prepare_cached("SELECT key_set, version, chain, mark FROM operators")
        .of(FILE)?
        .query_row([], |row| {
            Ok(Operators {
                key_set: row.get(0)?,
                version: row.get(1)?,
                chain: row.get(2)?,
                mark: unsigned(row.get(3)?),
            })
        })
        .of(FILE)
}

fn pending(sql: &Connection) -> Result<Vec<(OrderId, PendingEffect)>, StoreError> {
    sql.prepare_cached(
        "SELECT id, effect
         FROM orders
         WHERE outcome IS NULL AND effect IS NOT NULL
         ORDER BY version",
    )
    .of(FILE)?
    .query_map([], |row| {
        let effect: String = row.get(1)?;
        let effect = serde_json::from_str(&effect).map_err(|_| bad_row(1))?;
        Ok((order_id(row.get(0)?), effect))
    })
    .of(FILE)?
    .collect::<rusqlite::Result<_>>()
    .of(FILE)
}

/// A signed text as it stands on the wire.
fn as_json(signed: &SignedText) -> String {
    format!(
        "{{\"text\":{},\"signatures\":{}}}",
        serde_json::Value::from(signed.text.as_str()),
        signed.signatures
    )
}

/// A chain with one more link.
fn longer(chain: &str, signed: &SignedText) -> String {
    let held = chain
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or_default();
    let comma = if held.is_empty() { "" } else { "," };
    format!("[{held}{comma}{}]", as_json(signed))
}

fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::BadRow(FILE))
}

fn sha256(text: &str) -> Vec<u8> {
    digest(&SHA256, text.as_bytes()).as_ref().to_vec()
}

fn record_id(id: OrderId) -> RecordId {
    RecordId(id.0)
}

fn order_id(id: RecordId) -> OrderId {
    OrderId(id.0)
}

impl CacheReader {
    /// What is left to be done of orders, in their order.
    ///
    /// # Errors
    /// What the disk says.
    pub fn pending_orders(&self) -> Result<Vec<(OrderId, PendingEffect)>, StoreError> {
        pending(&self.sql)
    }

    /// Whose orders this kiosk carries out.
    ///
    /// # Errors
    /// What the disk says.
    pub fn operators(&self) -> Result<Operators, StoreError> {
        operators(&self.sql)
    }

    /// When an order last gave a resident another PIN here, by central's clock.
    ///
    /// # Errors
    /// What the disk says.
    pub fn pin_replaced_at(&self, resident: ResidentId) -> Result<Option<UtcMillis>, StoreError> {
        self.sql
            .prepare_cached("SELECT max(at) FROM dead_pins WHERE resident = ?1")
            .of(FILE)?
            .query_row([resident], |row| row.get(0))
            .of(FILE)
    }
}

impl CacheWriter {
    /// Whose orders this kiosk carries out.
    ///
    /// # Errors
    /// What the disk says.
    pub fn operators(&self) -> Result<Operators, StoreError> {
        operators(&self.file.sql)
    }

    /// Learns a key set outside the feed, at provisioning, and a mark kept beside a lost file; neither
    /// is ever set back.
    ///
    /// # Errors
    /// What the disk says.
    pub fn learn_operators(&mut self, known: &Operators) -> Result<(), StoreError> {
        let mark = i64::try_from(known.mark).unwrap_or(i64::MAX);
        self.file
            .sql
            .prepare_cached(
                "UPDATE operators
                 SET key_set = CASE WHEN ?2 > version THEN ?1 ELSE key_set END,
                     chain = CASE WHEN ?2 > version THEN ?4 ELSE chain END,
                     version = max(version, ?2), mark = max(mark, ?3)",
            )
            .of(FILE)?
            .execute(params![known.key_set, known.version, mark, known.chain])
            .of(FILE)?;
        Ok(())
    }

    /// What is left to be done of orders, in their order.
    ///
    /// # Errors
    /// What the disk says.
    pub fn pending_orders(&self) -> Result<Vec<(OrderId, PendingEffect)>, StoreError> {
        pending(&self.file.sql)
    }

    /// The effect of an order is durable, or came to nothing. Saying it again changes nothing.
    ///
    /// # Errors
    /// What the disk says.
    pub fn finish_order(
        &mut self,
        order: OrderId,
        outcome: OrderOutcome,
    ) -> Result<bool, StoreError> {
        let rows = self
            .file
            .sql
            .prepare_cached(
                "UPDATE orders
                 SET outcome = ?2, effect = NULL
                 WHERE id = ?1 AND outcome IS NULL AND effect IS NOT NULL",
            )
            .of(FILE)?
            .execute(params![record_id(order), json(&outcome)?])
            .of(FILE)?;
        Ok(rows == 1)
    }

    /// What central has not heard yet, the oldest first; `None`: that it is here.
    ///
    /// # Errors
    /// What the disk says.
    pub fn untold_orders(
        &self,
        limit: usize,
    ) -> Result<Vec<(OrderId, Option<OrderOutcome>)>, StoreError> {
        self.file
            .sql
            .prepare_cached(
                "SELECT id, outcome
                 FROM orders
                 WHERE told < 2 AND (told = 0 OR outcome IS NOT NULL)
                 ORDER BY version
                 LIMIT ?1",
            )
            .of(FILE)?
            .query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
                let outcome: Option<String> = row.get(1)?;
                let outcome = outcome
                    .map(|outcome| serde_json::from_str(&outcome))
                    .transpose()
                    .map_err(|_| bad_row(1))?;
                Ok((order_id(row.get(0)?), outcome))
            })
            .of(FILE)?
            .collect::<rusqlite::Result<_>>()
            .of(FILE)
    }

    /// Central has heard this; what it has heard all about long ago is dropped.
    ///
    /// # Errors
    /// What the disk says.
    pub fn told_orders(
        &mut self,
        told: &[(OrderId, Option<OrderOutcome>)],
        now: UtcMillis,
    ) -> Result<(), StoreError> {
        let change = super::writer::begin(&mut self.file)?;
        for (order, outcome) in told {
            let heard = if outcome.is_some() { 2 } else { 1 };
            change
                .prepare_cached("UPDATE orders SET told = max(told, ?2) WHERE id = ?1")
                .of(FILE)?
                .execute(params![record_id(*order), heard])
                .of(FILE)?;
        }
        change
            .prepare_cached("DELETE FROM orders WHERE told = 2 AND at < ?1")
            .of(FILE)?
            .execute([now.0.saturating_sub(KEPT_MILLIS)])
            .of(FILE)?;
        change.commit().of(FILE)
    }
}
