//! Orders: drafted here, signed by operators elsewhere, given to kiosks, answered by them.

use std::collections::{BTreeMap, BTreeSet};

use dayroom_protocol::{
    BatchId, Kind, KioskId, OperatorPublicKey, Order, OrderBatch, OrderBody, OrderId, OrderOutcome,
    OrderRefusal, PolicyBody, Purpose, ResidentBody, ResidentId, Security, SecurityField, Signed,
    SignedOrder, UnitId, UtcMillis, limits,
};
use rand::RngCore;
use rusqlite::Connection;
use serde::Serialize;

use super::error::found;
use super::{OperatorError, Pin, PinDigits};
use crate::central::{Central, random_id, timed_id};
use crate::kiosk::in_service;
use crate::store::{self, Audience, KioskRow, OrderRow, OrdersOf, StoreError, Tx};

/// How long an order is good for unless somebody says otherwise.
pub const ORDER_LIFE_DAYS: i64 = 7;
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// Orders that are listed at once.
const LISTED: usize = 1_000;

/// An order that was given, as operators see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrderLine {
    /// Its id.
    pub id: OrderId,
    /// What it was ordered together with.
    pub batch: BatchId,
    /// To which kiosk.
    pub kiosk: KioskId,
    /// What residents know that kiosk as.
    pub kiosk_label: String,
    /// Its number there.
    pub number: u64,
    /// What is to be done.
    pub what: String,
    /// To whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resident: Option<ResidentId>,
    /// Who signed it; a key whose name is not known any more by its digits.
    pub signed_by: Vec<String>,
    /// When it was made.
    pub issued: UtcMillis,
    /// Until when it may be carried out.
    pub expires: UtcMillis,
    /// How it stands.
    pub state: PushState,
    /// When that was heard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heard_at: Option<UtcMillis>,
}

/// How far something that goes to a kiosk has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum PushState {
    /// The kiosk has not been in contact since.
    Waiting,
    /// The kiosk has been in contact, and has not said yet that it has it.
    Fetching,
    /// The kiosk has it.
    Has,
    /// Its effect is durable there.
    Done,
    /// The kiosk has refused it.
    Refused {
        /// Why.
        why: OrderRefusal,
    },
    /// Its time was over before the kiosk said anything.
    Expired,
    /// It was taken back before the kiosk had it.
    Withdrawn,
}

impl PushState {
    /// Whether an order that stands so will not change any more.
    pub fn is_final(self) -> bool {
        match self {
            Self::Done | Self::Refused { .. } | Self::Expired | Self::Withdrawn => true,
            Self::Waiting | Self::Fetching | Self::Has => false,
        }
    }

    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Fetching => "fetching",
            Self::Has => "has it",
            Self::Done => "done",
            Self::Refused { .. } => "refused",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl Central {
    /// Drafts orders: what goes to which kiosk, numbered and good for so many days. Nothing of it is
    /// kept; only [`Central::give_orders`] does that.
    ///
    /// # Errors
    /// When a kiosk is not in service, or nothing is wanted.
    pub fn draft_orders(
        &self,
        wanted: &[(KioskId, OrderBody)],
        days: i64,
        now: UtcMillis,
        rng: &mut dyn RngCore,
    ) -> Result<Vec<Order>, OperatorError> {
        if wanted.is_empty() {
            return Err(OperatorError::NotFound("kiosk in service"));
        }
        let batch = OrderBatch {
            id: BatchId(random_id(rng)),
            size: size_of(wanted.iter().map(|(kiosk, what)| (*kiosk, what))),
        };
        let days = days.clamp(1, limits::ORDER_DAYS);
        self.inner.store.read(|sql| {
            let mut next = BTreeMap::new();
            let mut orders = Vec::new();
            for (kiosk, what) in wanted {
                let row = serving(sql, *kiosk)?;
                let number = match next.get(kiosk) {
                    Some(number) => *number,
                    None => store::next_number(sql, *kiosk)?,
                };
                next.insert(*kiosk, number.saturating_add(1));
                orders.push(Order {
                    id: OrderId(timed_id(now, rng)),
                    facility: row.facility,
                    kiosk: *kiosk,
                    number,
                    issued: now,
                    expires: now.plus_millis(days.saturating_mul(DAY_MILLIS)),
                    batch,
                    what: what.clone(),
                });
            }
            Ok(orders)
        })
    }

    /// Gives signed orders to their kiosks, all of them or none.
    ///
    /// # Errors
    /// [`OperatorError::NeedsTwo`] when a second operator has to sign; [`OperatorError::Overtaken`]
    /// when other orders went out since these were drafted; else what is wrong with one of them.
    pub fn give_orders(
        &self,
        signed: &[SignedOrder],
        now: UtcMillis,
    ) -> Result<BatchId, OperatorError> {
        self.write(|tx| {
            let keys = found(super::keys::current(tx.sql())?, "operators' key set")?;
            let known = keys.public_keys();
            let mut orders = Vec::new();
            for order in signed {
                let signers = order.0.signers(Purpose::Order, &known)?;
                if signers.is_empty() {
                    return Err(OperatorError::Unsigned);
                }
                orders.push((read(&order.0)?, signers));
            }
            let Some(batch) = orders.first().map(|(order, _)| order.batch) else {
                return Err(OperatorError::Empty("list of orders"));
            };
            let size = size_of(orders.iter().map(|(order, _)| (order.kiosk, &order.what)));
            for (order, signers) in &orders {
                if order.batch.id != batch.id || order.batch.size != size {
                    return Err(OperatorError::Batch);
                }
                let alone = signers.iter().next().filter(|_| signers.len() < 2);
                if let Some(key) = alone
                    && needs_two(tx.sql(), order, size, *key, keys.limits, now)?
                {
                    return Err(OperatorError::NeedsTwo);
                }
            }
            for ((order, signers), signed) in orders.iter().zip(signed) {
                give(tx, order, signers, signed, now)?;
            }
            put_ordered_policies(tx, &orders)?;
            Ok(batch.id)
        })
    }

    /// Takes back what a kiosk has not answered yet. A kiosk that fetched it before carries it out all
    /// the same.
    ///
    /// # Errors
    /// When the store fails.
    pub fn withdraw_orders(&self, batch: BatchId) -> Result<usize, OperatorError> {
        self.write(|tx| {
            let rows = store::orders(tx.sql(), OrdersOf::Batch(batch), usize::MAX)?;
            let open = rows
                .iter()
                .filter(|row| row.outcome.is_none() && !row.is_void);
            let mut count = 0;
            for row in open {
                take_back(tx, row)?;
                count += 1;
            }
            Ok(count)
        })
    }

    /// Orders, the newest first; of one kiosk, or of all.
    ///
    /// # Errors
    /// When the store fails.
    pub fn orders(
        &self,
        kiosk: Option<KioskId>,
        now: UtcMillis,
    ) -> Result<Vec<OrderLine>, OperatorError> {
        self.order_lines(
            kiosk.map_or(OrdersOf::Everybody, OrdersOf::Kiosk),
            LISTED,
            now,
        )
    }

    /// The orders of one batch.
    ///
    /// # Errors
    /// When there is no such batch.
    pub fn orders_of(
        &self,
        batch: BatchId,
        now: UtcMillis,
    ) -> Result<Vec<OrderLine>, OperatorError> {
        let mut lines = self.order_lines(OrdersOf::Batch(batch), usize::MAX, now)?;
        if lines.is_empty() {
            // An order's own id stands for what it was ordered with.
            let one = self.order_lines(OrdersOf::One(OrderId(batch.0)), 1, now)?;
            let batch = found(one.first().map(|line| line.batch), "order")?;
            lines = self.order_lines(OrdersOf::Batch(batch), usize::MAX, now)?;
        }
        lines.sort_by(|a, b| (&a.kiosk_label, a.number).cmp(&(&b.kiosk_label, b.number)));
        Ok(lines)
    }

    fn order_lines(
        &self,
        of: OrdersOf,
        most: usize,
        now: UtcMillis,
    ) -> Result<Vec<OrderLine>, OperatorError> {
        self.inner.store.read(|sql| {
            let keys = super::keys::every(sql)?;
            let name = |key: &OperatorPublicKey| {
                let known = keys.iter().rev().find_map(|set| set.name_of(*key));
                known.map_or_else(|| key.to_string(), str::to_owned)
            };
            let mut lines = Vec::new();
            for row in store::orders(sql, of, most)? {
                let kiosk = found(store::kiosk(sql, row.kiosk)?, "kiosk")?;
                lines.push(OrderLine {
                    state: self.state_of(&row, &kiosk, now),
                    id: row.id,
                    batch: row.batch,
                    kiosk: row.kiosk,
                    kiosk_label: kiosk.label,
                    number: row.number,
                    what: row.what,
                    resident: row.resident,
                    signed_by: row.signers.iter().map(name).collect(),
                    issued: row.issued,
                    expires: row.expires,
                    heard_at: row.heard_at,
                });
            }
            Ok(lines)
        })
    }

    fn state_of(&self, row: &OrderRow, kiosk: &KioskRow, now: UtcMillis) -> PushState {
        match row.outcome {
            Some(OrderOutcome::Done) => PushState::Done,
            Some(OrderOutcome::Refused { why }) => PushState::Refused { why },
            Some(OrderOutcome::Taken | OrderOutcome::Unknown) => PushState::Has,
            None if row.is_void => PushState::Withdrawn,
            None if now >= row.expires => PushState::Expired,
            None => {
                let seen = self.contact(kiosk.id).map(|contact| contact.at);
                let seen = seen.into_iter().chain(kiosk.contact_at).max();
                if seen.is_some_and(|at| at > row.given_at) {
                    PushState::Fetching
                } else {
                    PushState::Waiting
                }
            }
        }
    }

    /// The kiosks in service of a unit.
    ///
    /// # Errors
    /// When the store fails.
    pub fn kiosks_of_unit(&self, unit: UnitId) -> Result<Vec<KioskId>, OperatorError> {
        self.inner.store.read(|sql| {
            let kiosks = store::kiosks(sql)?.into_iter();
            Ok(kiosks
                .filter(|row| row.unit == unit && row.retired_at.is_none())
                .map(|row| row.id)
                .collect())
        })
    }

    /// The unit a resident is in now.
    ///
    /// # Errors
    /// When there is no such resident, or they are on no roster.
    pub fn unit_of(&self, resident: ResidentId) -> Result<UnitId, OperatorError> {
        self.inner.store.read(|sql| {
            let row = found(store::resident(sql, resident)?, "resident")?;
            found(row.unit, "resident on a roster")
        })
    }

    /// Draws a new PIN for a resident and makes its verifier. Nothing changes before kiosks have
    /// carried out the order that brings it to them.
    ///
    /// # Errors
    /// When there is no such resident.
    pub fn draw_pin(
        &self,
        resident: ResidentId,
        rng: &mut dyn RngCore,
    ) -> Result<(Pin, OrderBody), OperatorError> {
        let digits = self.inner.store.read(|sql| {
            let row = found(store::resident(sql, resident)?, "resident")?;
            let facility = found(store::facility(sql, row.facility)?, "facility")?;
            Ok::<_, OperatorError>(PinDigits::from_count(facility.pin_digits))
        })?;
        let pin = Pin::draw(digits, rng);
        let pin_verifier = pin.verifier(self.inner.options.pins, rng)?;
        let order = OrderBody::PinReset {
            resident,
            pin_verifier,
        };
        Ok((pin, order))
    }

    /// Where a policy is weaker than what the unit goes by now; kiosks that know operators' keys take
    /// these parts of it by an order alone.
    ///
    /// # Errors
    /// When there is no such unit.
    pub fn weakened_by(
        &self,
        unit: UnitId,
        policy: &PolicyBody,
    ) -> Result<Vec<SecurityField>, OperatorError> {
        let held = self.policy(unit)?;
        Ok(Security::of(&held).weakened_by(&Security::of(policy)))
    }
}

/// How many residents' PINs, or else how many kiosks.
fn size_of<'a>(orders: impl Iterator<Item = (KioskId, &'a OrderBody)>) -> u32 {
    let about: BTreeSet<uuid::Uuid> = orders
        .map(|(kiosk, what)| resident_of(what).map_or(kiosk.0, |resident| resident.0))
        .collect();
    u32::try_from(about.len()).unwrap_or(u32::MAX)
}

fn resident_of(what: &OrderBody) -> Option<ResidentId> {
    match what {
        OrderBody::PinReset { resident, .. } => Some(*resident),
        OrderBody::LockRelease { .. }
        | OrderBody::Restart
        | OrderBody::Wipe
        | OrderBody::Release { .. }
        | OrderBody::Policy { .. }
        | OrderBody::Unknown => None,
    }
}

pub(crate) fn read(signed: &Signed) -> Result<Order, OperatorError> {
    serde_json::from_str(&signed.text).map_err(|_| OperatorError::Batch)
}

fn serving(sql: &Connection, kiosk: KioskId) -> Result<KioskRow, OperatorError> {
    in_service(sql, kiosk).map_err(|_| OperatorError::NotFound("kiosk in service"))
}

/// Whether it takes a second operator: by what it was ordered with, or by what this one has ordered
/// alone in the last day.
fn needs_two(
    sql: &Connection,
    order: &Order,
    size: u32,
    key: OperatorPublicKey,
    limits: dayroom_protocol::AloneLimits,
    now: UtcMillis,
) -> Result<bool, OperatorError> {
    let lately = store::alone_since(
        sql,
        order.what.name(),
        key,
        now.plus_millis(DAY_MILLIS.saturating_neg()),
    )?;
    Ok(order.what.needs_two(size.saturating_add(lately), limits))
}

fn give(
    tx: &mut Tx<'_>,
    order: &Order,
    signers: &BTreeSet<OperatorPublicKey>,
    signed: &SignedOrder,
    now: UtcMillis,
) -> Result<(), OperatorError> {
    let kiosk = serving(tx.sql(), order.kiosk)?;
    if kiosk.facility != order.facility {
        return Err(OperatorError::NotFound("kiosk in that facility"));
    }
    if store::next_number(tx.sql(), order.kiosk)? != order.number || now >= order.expires {
        return Err(OperatorError::Overtaken);
    }
    let body = serde_json::to_string(signed)?;
    let version = tx.put(Kind::Order, order.id, Audience::Kiosk(order.kiosk), &body)?;
    let resident = match order.what {
        OrderBody::PinReset { resident, .. } | OrderBody::LockRelease { resident } => {
            Some(resident)
        }
        OrderBody::Restart
        | OrderBody::Wipe
        | OrderBody::Release { .. }
        | OrderBody::Policy { .. }
        | OrderBody::Unknown => None,
    };
    Ok(tx.insert_order(&OrderRow {
        id: order.id,
        kiosk: order.kiosk,
        number: order.number,
        batch: order.batch.id,
        what: order.what.name().to_owned(),
        resident,
        signers: signers.iter().copied().collect(),
        issued: order.issued,
        expires: order.expires,
        given_at: now,
        version,
        is_void: false,
        outcome: None,
        heard_at: None,
    })?)
}

/// A policy that was ordered is the unit's from now on. It comes behind the orders in every feed, so
/// that a kiosk has carried its order out before it looks at the record.
fn put_ordered_policies(
    tx: &mut Tx<'_>,
    orders: &[(Order, BTreeSet<OperatorPublicKey>)],
) -> Result<(), OperatorError> {
    let mut done = BTreeSet::new();
    for (order, _) in orders {
        let OrderBody::Policy { policy } = &order.what else {
            continue;
        };
        let unit = serving(tx.sql(), order.kiosk)?.unit;
        if done.insert(unit) {
            let body = serde_json::to_string(policy)?;
            tx.put(Kind::Policy, unit, Audience::Unit(unit), &body)?;
        }
    }
    Ok(())
}

/// Takes an order out of the feed; its number is free again.
pub(super) fn take_back(tx: &mut Tx<'_>, row: &OrderRow) -> Result<(), OperatorError> {
    tx.withdraw_order(row.id, row.kiosk)?;
    Ok(tx.void_order(row.id)?)
}

/// Central says of a resident what a kiosk has made of an order: the first that has given them
/// another PIN speaks for all, and not once a later order has.
pub(crate) fn keep_new_pin(tx: &mut Tx<'_>, row: &OrderRow) -> Result<(), StoreError> {
    let Some(resident) = row.resident else {
        return Ok(());
    };
    let audience = Audience::Kiosk(row.kiosk);
    let Some(stored) = store::record_in(tx.sql(), Kind::Order, row.id.into(), audience)? else {
        return Ok(());
    };
    let order: Order = serde_json::from_str(&stored.parse::<SignedOrder>()?.0.text)?;
    let OrderBody::PinReset { pin_verifier, .. } = order.what else {
        return Ok(());
    };
    if store::is_overtaken(tx.sql(), row)? {
        return Ok(());
    }
    let Some(line) = store::resident(tx.sql(), resident)? else {
        return Ok(());
    };
    let mut body: ResidentBody = serde_json::from_str(&line.body)?;
    if line.unit.is_some() && body.pin_verifier != pin_verifier {
        body.pin_verifier = pin_verifier;
        tx.rewrite_resident(resident, &serde_json::to_string(&body)?)?;
    }
    Ok(())
}
