use dayroom_protocol::limits::{NAME_BYTES, ORDER_DAYS};
use dayroom_protocol::{
    FacilityId, KeySet, KioskId, Order, OrderBody, OrderRefusal, Purpose, SignatureError,
    SignedOrder, UtcMillis,
};

/// How far ahead of this kiosk's clock an order may have been made; more says that the clock is wrong.
const AHEAD_MILLIS: i64 = 10 * 60 * 1000;
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// Where a kiosk stands when an order comes.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Which kiosk it is.
    pub kiosk: KioskId,
    /// Its facility, if it knows.
    pub facility: Option<FacilityId>,
    /// The number of the last order it has taken; 0: none.
    pub mark: u64,
    /// The time, if it can be trusted; `None`: the clock has not been set yet.
    pub now: Option<UtcMillis>,
    /// PIN resets of the last day that one operator alone had signed.
    pub alone_lately: u32,
}

/// What is to be done with an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Carry it out.
    Act(Act),
    /// Nothing now; look again later.
    Wait(Waiting),
    /// Nothing, ever.
    Refuse {
        /// Why.
        why: OrderRefusal,
        /// The number it uses up all the same, because operators did give it to this kiosk.
        number: Option<u64>,
    },
}

/// An order that is to be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// The order.
    pub order: Box<Order>,
    /// Whether one operator alone has signed it.
    pub alone: bool,
}

/// What an order waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// The orders before it (R10).
    Before {
        /// The next number.
        expected: u64,
    },
    /// A clock that can be trusted.
    Clock,
}

/// Judges an order that came for a kiosk.
pub fn judge(keys: Option<&KeySet>, standing: &Standing, signed: &SignedOrder) -> Verdict {
    let Some(keys) = keys else {
        return refuse(OrderRefusal::NoKeys);
    };
    let signers = match signed.0.signers(Purpose::Order, &keys.public_keys()) {
        Ok(signers) if signers.is_empty() => return refuse(OrderRefusal::Unsigned),
        Ok(signers) => signers,
        Err(SignatureError::TooLarge) => return refuse(OrderRefusal::Malformed),
        Err(SignatureError::Altered) => return refuse(OrderRefusal::Altered),
    };
    let Ok(order) = serde_json::from_str::<Order>(&signed.0.text) else {
        return refuse(OrderRefusal::Malformed);
    };
    if order.kiosk != standing.kiosk || standing.facility.is_some_and(|own| own != order.facility) {
        return refuse(OrderRefusal::Foreign);
    }
    let expected = standing.mark.saturating_add(1);
    if order.number < expected {
        return refuse(OrderRefusal::Replayed);
    }
    if order.number > expected {
        return Verdict::Wait(Waiting::Before { expected });
    }
    let used = |why| Verdict::Refuse {
        why,
        number: Some(order.number),
    };
    let life = order.expires.millis_since(order.issued);
    if !is_well_formed(&order) || !(0..=ORDER_DAYS * DAY_MILLIS).contains(&life) {
        return used(OrderRefusal::Malformed);
    }
    let Some(now) = standing
        .now
        .filter(|now| order.issued.millis_since(*now) <= AHEAD_MILLIS)
    else {
        return Verdict::Wait(Waiting::Clock);
    };
    if now >= order.expires {
        return used(OrderRefusal::Expired);
    }
    let alone = signers.len() < 2;
    if alone && takes_two(&order, keys, standing) {
        return used(OrderRefusal::NeedsTwo);
    }
    if order.what == OrderBody::Unknown {
        return used(OrderRefusal::Unsupported);
    }
    Verdict::Act(Act {
        order: Box::new(order),
        alone,
    })
}

/// Judges an order once more, for whoever carries it out in another process: everything but its
/// place among the orders, which sync has seen to. The same order is carried out once by its id.
///
/// # Errors
/// Why it is not to be carried out; [`OrderRefusal::Expired`] too while the clock cannot be trusted.
pub fn verify(
    keys: Option<&KeySet>,
    standing: &Standing,
    signed: &SignedOrder,
) -> Result<Order, OrderRefusal> {
    let number = serde_json::from_str::<Order>(&signed.0.text).map(|order| order.number);
    let at = Standing {
        mark: number.unwrap_or(1).saturating_sub(1),
        ..*standing
    };
    match judge(keys, &at, signed) {
        Verdict::Act(act) => Ok(*act.order),
        Verdict::Refuse { why, .. } => Err(why),
        Verdict::Wait(_) => Err(OrderRefusal::Expired),
    }
}

/// Who has signed it, by name.
pub fn names(keys: &KeySet, signed: &SignedOrder) -> Vec<String> {
    let signers = signed.0.signers(Purpose::Order, &keys.public_keys());
    let signers = signers.unwrap_or_default();
    let names = signers.into_iter().filter_map(|key| keys.name_of(key));
    names.map(str::to_owned).collect()
}

fn refuse(why: OrderRefusal) -> Verdict {
    Verdict::Refuse { why, number: None }
}

/// What it was given together with may take two, and so may a PIN reset after many others here:
/// nobody gets around the rule by ordering one at a time.
fn takes_two(order: &Order, keys: &KeySet, standing: &Standing) -> bool {
    let together = order.batch.size.max(1);
    if order.what.needs_two(together, keys.limits) {
        return true;
    }
    match order.what {
        OrderBody::PinReset { .. } => {
            let lately = standing.alone_lately.saturating_add(1);
            order.what.needs_two(lately, keys.limits)
        }
        OrderBody::LockRelease { .. }
        | OrderBody::Restart
        | OrderBody::Wipe
        | OrderBody::Release { .. }
        | OrderBody::Policy { .. }
        | OrderBody::Unknown => false,
    }
}

fn is_well_formed(order: &Order) -> bool {
    match &order.what {
        OrderBody::PinReset { pin_verifier, .. } => {
            pin_verifier.starts_with("$argon2id$") && pin_verifier.len() <= 2 * NAME_BYTES
        }
        OrderBody::Policy { policy } => {
            policy.idle_warning < policy.idle_lock && policy.lease.0 > 0
        }
        OrderBody::LockRelease { .. }
        | OrderBody::Restart
        | OrderBody::Wipe
        | OrderBody::Release { .. }
        | OrderBody::Unknown => true,
    }
}
