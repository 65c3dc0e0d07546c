//! Operators with keys of their own, as the command line would use them.

use dayroom_central::Central;
use dayroom_protocol as wire;
use dayroom_protocol::{
    AloneLimits, KeySet, OperatorKey, OperatorPublicKey, OperatorSignature, OrderBody, Purpose,
    Signed, SignedKeySet, SignedOrder, UtcMillis,
};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use ring::signature::{Ed25519KeyPair, KeyPair};

pub struct Operator {
    pub name: &'static str,
    pair: Ed25519KeyPair,
}

impl Operator {
    pub fn new(name: &'static str, seed: u8) -> Self {
        Self {
            name,
            pair: Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap(),
        }
    }

    pub fn public(&self) -> OperatorPublicKey {
        OperatorPublicKey(self.pair.public_key().as_ref().try_into().unwrap())
    }

    fn sign(&self, purpose: Purpose, text: &str) -> OperatorSignature {
        let signature = self.pair.sign(&purpose.message(text));
        OperatorSignature::new(self.public(), signature.as_ref())
    }
}

pub fn signed<T: serde::Serialize>(purpose: Purpose, what: &T, by: &[&Operator]) -> Signed {
    let text = serde_json::to_string(what).unwrap();
    let signatures = by.iter().map(|by| by.sign(purpose, &text)).collect();
    Signed { text, signatures }
}

/// A key set that nobody has heard of yet.
pub fn unheard_set(version: u32, of: &[&Operator], by: &[&Operator]) -> SignedKeySet {
    let key = |operator: &&Operator| OperatorKey {
        name: operator.name.to_owned(),
        key: operator.public(),
    };
    let set = KeySet {
        version,
        keys: of.iter().map(key).collect(),
        change_threshold: 1,
        limits: AloneLimits { pins: 2, wipes: 1 },
    };
    SignedKeySet(signed(Purpose::KeySet, &set, by))
}

/// Puts a key set into force.
pub fn key_set(
    central: &Central,
    version: u32,
    of: &[&Operator],
    by: &[&Operator],
    now: UtcMillis,
) -> SignedKeySet {
    let signed = unheard_set(version, of, by);
    let mut rng = SmallRng::seed_from_u64(u64::from(version));
    central.put_key_set(&signed, now, &mut rng).unwrap();
    signed
}

/// Drafts, signs and gives one order to each kiosk.
pub fn give(
    central: &Central,
    wanted: &[(wire::KioskId, OrderBody)],
    by: &[&Operator],
    now: UtcMillis,
) -> Vec<wire::Order> {
    // What is given at the same moment has ids of its own.
    let kinds = wanted.iter().flat_map(|(_, what)| what.name().bytes());
    let kind = kinds.fold(0_u64, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(byte))
    });
    let mut rng = SmallRng::seed_from_u64(now.0.unsigned_abs() ^ (kind << 44));
    let orders = central.draft_orders(wanted, 7, now, &mut rng).unwrap();
    let signed: Vec<SignedOrder> = orders
        .iter()
        .map(|order| SignedOrder(signed(Purpose::Order, order, by)))
        .collect();
    central.give_orders(&signed, now).unwrap();
    orders
}
