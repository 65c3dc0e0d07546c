//! Operators' keys: public ones only. Central carries the chain of key sets and signs none of it.

use dayroom_protocol::{KeySet, Kind, Purpose, RecordId, SignedKeySet, UtcMillis};
use rand::RngCore;
use rusqlite::Connection;

use super::OperatorError;
use crate::central::{Central, random_id};
use crate::store::{self, Audience, KeySetRow, OrderRow, OrdersOf, StoreError, Tx};

impl Central {
    /// The operators' key set that is in force, as it was signed.
    ///
    /// # Errors
    /// When the store fails.
    pub fn key_set(&self) -> Result<Option<SignedKeySet>, OperatorError> {
        let rows = self.inner.store.read(store::key_sets)?;
        Ok(rows.into_iter().next_back().map(|row| row.signed))
    }

    /// Every key set there was, the first one first: what a kiosk that has been away catches up by.
    ///
    /// # Errors
    /// When the store fails.
    pub fn key_sets(&self) -> Result<Vec<SignedKeySet>, OperatorError> {
        let rows = self.inner.store.read(store::key_sets)?;
        Ok(rows.into_iter().map(|row| row.signed).collect())
    }

    /// Puts the next key set into force and tells every kiosk. The first one is signed by a key of
    /// its own, every later one by as many of the set before it as that asks for. Orders that no kiosk
    /// has answered and that only removed keys had signed are taken back; how many is given.
    ///
    /// # Errors
    /// [`OperatorError::Keys`] when it does not follow the set that is in force.
    pub fn put_key_set(
        &self,
        signed: &SignedKeySet,
        now: UtcMillis,
        rng: &mut dyn RngCore,
    ) -> Result<usize, OperatorError> {
        self.write(|tx| {
            let set = match current(tx.sql())? {
                Some(held) => held.follow(signed)?,
                None => {
                    let first = KeySet::read(&signed.0.text)?;
                    let by = signed.0.signers(Purpose::KeySet, &first.public_keys())?;
                    if by.is_empty() {
                        return Err(OperatorError::Unsigned);
                    }
                    first
                }
            };
            let row = KeySetRow {
                version: set.version,
                record: random_id(rng),
                signed: signed.clone(),
            };
            tx.insert_key_set(&row, now)?;
            for facility in store::facilities(tx.sql())? {
                put(tx, &row, Audience::Facility(facility.id))?;
            }
            let known = set.public_keys();
            let open = |row: &OrderRow| row.outcome.is_none() && !row.is_void;
            let orphans: Vec<OrderRow> = store::orders(tx.sql(), OrdersOf::Everybody, usize::MAX)?
                .into_iter()
                .filter(|row| open(row) && !row.signers.iter().any(|key| known.contains(key)))
                .collect();
            for row in &orphans {
                super::orders::take_back(tx, row)?;
            }
            Ok(orphans.len())
        })
    }
}

/// Tells a new facility's kiosks to be of the key sets there are.
pub(super) fn put_all(tx: &mut Tx<'_>, audience: Audience) -> Result<(), StoreError> {
    for row in store::key_sets(tx.sql())? {
        put(tx, &row, audience)?;
    }
    Ok(())
}

fn put(tx: &mut Tx<'_>, row: &KeySetRow, audience: Audience) -> Result<(), StoreError> {
    let body = serde_json::to_string(&row.signed)?;
    tx.put(Kind::OperatorKeys, RecordId(row.record), audience, &body)?;
    Ok(())
}

/// The set in force.
pub(super) fn current(sql: &Connection) -> Result<Option<KeySet>, OperatorError> {
    Ok(every(sql)?.pop())
}

/// Every set there was.
pub(super) fn every(sql: &Connection) -> Result<Vec<KeySet>, OperatorError> {
    let rows = store::key_sets(sql)?;
    rows.iter()
        .map(|row| Ok(KeySet::read(&row.signed.0.text)?))
        .collect()
}
