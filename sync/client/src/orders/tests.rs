use dayroom_protocol::{
    AloneLimits, BatchId, FacilityId, KeySet, KeySetError, KioskId, OperatorKey, OperatorPublicKey,
    OperatorSignature, Order, OrderBatch, OrderBody, OrderId, OrderRefusal, Purpose, ResidentId,
    Signed, SignedKeySet, SignedOrder, UtcMillis,
};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use ring::signature::{Ed25519KeyPair, KeyPair};
use uuid::Uuid;

use super::{Standing, Verdict, Waiting, judge};

const NOW: UtcMillis = UtcMillis(1_795_000_000_000);
const HOUR: i64 = 3_600_000;
const HERE: KioskId = KioskId(Uuid::from_u128(0x10));

struct Operator {
    name: &'static str,
    pair: Ed25519KeyPair,
}

impl Operator {
    fn new(name: &'static str, seed: u8) -> Self {
        Self {
            name,
            pair: Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap(),
        }
    }

    fn public(&self) -> OperatorPublicKey {
        OperatorPublicKey(self.pair.public_key().as_ref().try_into().unwrap())
    }

    fn sign(&self, purpose: Purpose, text: &str) -> OperatorSignature {
        let signature = self.pair.sign(&purpose.message(text));
        OperatorSignature::new(self.public(), signature.as_ref())
    }
}

struct House {
    ana: Operator,
    ben: Operator,
    cleo: Operator,
    mallory: Operator,
    keys: KeySet,
}

fn house() -> House {
    let (ana, ben) = (Operator::new("Ana", 1), Operator::new("Ben", 2));
    House {
        keys: set(1, &[&ana, &ben]),
        ana,
        ben,
        cleo: Operator::new("Cleo", 3),
        mallory: Operator::new("Mallory", 9),
    }
}

fn set(version: u32, operators: &[&Operator]) -> KeySet {
    let key = |operator: &&Operator| OperatorKey {
        name: operator.name.to_owned(),
        key: operator.public(),
    };
    KeySet {
        version,
        keys: operators.iter().map(key).collect(),
        change_threshold: 2.min(u32::try_from(operators.len()).unwrap()),
        limits: AloneLimits { pins: 3, wipes: 1 },
    }
}

fn signed(purpose: Purpose, text: String, by: &[&Operator]) -> Signed {
    let signatures = by.iter().map(|by| by.sign(purpose, &text)).collect();
    Signed { text, signatures }
}

fn signed_set(set: &KeySet, by: &[&Operator]) -> SignedKeySet {
    let text = serde_json::to_string(set).unwrap();
    SignedKeySet(signed(Purpose::KeySet, text, by))
}

fn order(number: u64, what: OrderBody) -> Order {
    Order {
        id: OrderId(Uuid::from_u128(0x40 + u128::from(number))),
        facility: FacilityId(Uuid::from_u128(0x1)),
        kiosk: HERE,
        number,
        issued: NOW.plus_millis(-HOUR),
        expires: NOW.plus_millis(HOUR),
        batch: OrderBatch {
            id: BatchId(Uuid::from_u128(0x70)),
            size: 1,
        },
        what,
    }
}

fn sign(order: &Order, by: &[&Operator]) -> SignedOrder {
    let text = serde_json::to_string(order).unwrap();
    SignedOrder(signed(Purpose::Order, text, by))
}

fn standing(mark: u64) -> Standing {
    Standing {
        kiosk: HERE,
        facility: None,
        mark,
        now: Some(NOW),
        alone_lately: 0,
    }
}

fn reset() -> OrderBody {
    OrderBody::PinReset {
        resident: ResidentId(Uuid::from_u128(0x20)),
        pin_verifier: "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g".to_owned(),
    }
}

fn every_kind() -> [OrderBody; 6] {
    let policy = r#"{"facility":"Cedar","unit":"B","time_zone":"UTC","languages":["en"],
        "consent":{"version":1,"text":{"en":"x"}},"idle_warning":200,"idle_lock":240,"lease":86400}"#;
    [
        reset(),
        OrderBody::LockRelease {
            resident: ResidentId(Uuid::from_u128(0x20)),
        },
        OrderBody::Restart,
        OrderBody::Wipe,
        OrderBody::Release {
            version: "1.2.0".parse().unwrap(),
            may_be_older: true,
        },
        OrderBody::Policy {
            policy: serde_json::from_str(policy).unwrap(),
        },
    ]
}

fn refusal(verdict: &Verdict) -> Option<OrderRefusal> {
    match verdict {
        Verdict::Refuse { why, .. } => Some(*why),
        Verdict::Act(_) | Verdict::Wait(_) => None,
    }
}

fn is_act(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Act(_))
}

#[test]
fn an_order_that_an_operator_signed_for_this_kiosk_is_carried_out_once() {
    let house = house();
    for what in every_kind() {
        let signed = sign(&order(5, what), &[&house.ana]);
        let verdict = judge(Some(&house.keys), &standing(4), &signed);
        assert!(is_act(&verdict), "{verdict:?}");
        let again = judge(Some(&house.keys), &standing(5), &signed);
        assert_eq!(refusal(&again), Some(OrderRefusal::Replayed));
    }
}

#[test]
fn what_is_signed_for_one_purpose_is_worth_nothing_for_another() {
    let house = house();
    let text = serde_json::to_string(&order(1, OrderBody::Restart)).unwrap();
    for purpose in [Purpose::KeySet, Purpose::Ticket] {
        let signed = SignedOrder(signed(purpose, text.clone(), &[&house.ana]));
        let verdict = judge(Some(&house.keys), &standing(0), &signed);
        assert_eq!(refusal(&verdict), Some(OrderRefusal::Altered));
    }
}

#[test]
fn foreign_unsigned_expired_and_altered_orders_do_nothing_and_only_real_ones_use_up_a_number() {
    let house = house();
    let judged = |signed: &SignedOrder| judge(Some(&house.keys), &standing(0), signed);
    let refuse = |why, number| Verdict::Refuse { why, number };

    let mut elsewhere = order(1, OrderBody::Wipe);
    elsewhere.kiosk = KioskId(Uuid::from_u128(0x11));
    let verdict = judged(&sign(&elsewhere, &[&house.ana]));
    assert_eq!(verdict, refuse(OrderRefusal::Foreign, None));

    let verdict = judged(&sign(&order(1, OrderBody::Wipe), &[&house.mallory]));
    assert_eq!(verdict, refuse(OrderRefusal::Unsigned, None));
    let verdict = judged(&sign(&order(1, OrderBody::Wipe), &[]));
    assert_eq!(verdict, refuse(OrderRefusal::Unsigned, None));

    let mut late = order(1, OrderBody::Restart);
    late.expires = NOW;
    let verdict = judged(&sign(&late, &[&house.ana]));
    assert_eq!(verdict, refuse(OrderRefusal::Expired, Some(1)));

    let mut for_ever = order(1, OrderBody::Restart);
    for_ever.expires = NOW.plus_millis(400 * 24 * HOUR);
    let verdict = judged(&sign(&for_ever, &[&house.ana]));
    assert_eq!(verdict, refuse(OrderRefusal::Malformed, Some(1)));

    let mut altered = sign(&order(1, OrderBody::Restart), &[&house.ana]);
    altered.0.text = altered.0.text.replace("restart", "wipe");
    assert_eq!(judged(&altered), refuse(OrderRefusal::Altered, None));

    let mut newer = serde_json::to_value(order(1, OrderBody::Restart)).unwrap();
    newer["only_if"] = "nobody is signed in".into();
    let newer = signed(Purpose::Order, newer.to_string(), &[&house.ana]);
    let verdict = judged(&SignedOrder(newer));
    assert_eq!(verdict, refuse(OrderRefusal::Malformed, None));

    let verdict = judge(
        None,
        &standing(0),
        &sign(&order(1, OrderBody::Wipe), &[&house.ana]),
    );
    assert_eq!(verdict, refuse(OrderRefusal::NoKeys, None));
}

#[test]
fn a_hole_in_the_numbers_is_stopped_before() {
    let house = house();
    let ahead = sign(&order(3, OrderBody::Restart), &[&house.ana]);
    assert_eq!(
        judge(Some(&house.keys), &standing(1), &ahead),
        Verdict::Wait(Waiting::Before { expected: 2 })
    );
    assert!(is_act(&judge(Some(&house.keys), &standing(2), &ahead)));
}

#[test]
fn without_a_clock_to_trust_nothing_is_done_and_nothing_refused() {
    let house = house();
    let signed = sign(&order(1, OrderBody::Wipe), &[&house.ana]);
    let mut at = standing(0);
    for now in [None, Some(UtcMillis(0)), Some(NOW.plus_millis(-2 * HOUR))] {
        at.now = now;
        let verdict = judge(Some(&house.keys), &at, &signed);
        assert_eq!(verdict, Verdict::Wait(Waiting::Clock), "{now:?}");
    }
}

#[test]
fn what_passes_the_limit_takes_two_different_operators() {
    let house = house();
    let judged =
        |order: &Order, by: &[&Operator]| judge(Some(&house.keys), &standing(0), &sign(order, by));
    let two = [&house.ana, &house.ben];
    for (what, allowed) in [(reset(), 3), (OrderBody::Wipe, 1)] {
        let mut order = order(1, what);
        order.batch.size = allowed;
        assert!(is_act(&judged(&order, &[&house.ana])));
        order.batch.size = allowed + 1;
        let needs_two = Some(OrderRefusal::NeedsTwo);
        assert_eq!(refusal(&judged(&order, &[&house.ana])), needs_two);
        let same = judged(&order, &[&house.ana, &house.ana]);
        assert_eq!(refusal(&same), needs_two, "one person twice is one");
        let stranger = judged(&order, &[&house.ana, &house.mallory]);
        assert_eq!(refusal(&stranger), needs_two);
        assert!(is_act(&judged(&order, &two)));
    }
    let one = order(1, reset());
    let mut at = standing(0);
    at.alone_lately = 3;
    let verdict = judge(Some(&house.keys), &at, &sign(&one, &[&house.ana]));
    assert_eq!(
        refusal(&verdict),
        Some(OrderRefusal::NeedsTwo),
        "not by one at a time either"
    );
    assert!(is_act(&judge(Some(&house.keys), &at, &sign(&one, &two))));
}

#[test]
fn keys_change_by_the_signatures_of_the_set_before_and_a_removed_key_is_worth_nothing() {
    let house = house();
    let second = set(2, &[&house.ben, &house.cleo]);
    let alone = house.keys.follow(&signed_set(&second, &[&house.ana]));
    let unsigned = KeySetError::Unsigned {
        found: 1,
        needed: 2,
    };
    assert_eq!(alone, Err(unsigned));
    let by_itself = house
        .keys
        .follow(&signed_set(&second, &[&house.cleo, &house.ben]));
    assert_eq!(
        by_itself,
        Err(unsigned),
        "the new key does not vouch for itself"
    );
    let now = house
        .keys
        .follow(&signed_set(&second, &[&house.ana, &house.ben]))
        .unwrap();

    let old = sign(&order(1, OrderBody::Wipe), &[&house.ana]);
    assert!(is_act(&judge(Some(&house.keys), &standing(0), &old)));
    let verdict = judge(Some(&now), &standing(0), &old);
    assert_eq!(refusal(&verdict), Some(OrderRefusal::Unsigned));

    let fourth = set(4, &[&house.cleo]);
    let skipped = now.follow(&signed_set(&fourth, &[&house.ben, &house.cleo]));
    assert_eq!(
        skipped,
        Err(KeySetError::Version {
            found: 4,
            expected: 3
        })
    );
    let back = now.follow(&signed_set(&house.keys, &[&house.ben, &house.cleo]));
    assert!(
        matches!(back, Err(KeySetError::Version { .. })),
        "no way back to version 1"
    );
    let third = set(3, &[&house.cleo]);
    let by_the_old = now.follow(&signed_set(&third, &[&house.ana, &house.ben]));
    assert_eq!(by_the_old, Err(unsigned), "the removed key does not count");
    assert!(
        now.follow(&signed_set(&third, &[&house.ben, &house.cleo]))
            .is_ok()
    );
}

/// Changes a text, or what stands around it, at random; never back to what it was.
fn mutate(signed: &Signed, other: &Signed, rng: &mut SmallRng) -> Signed {
    let mut changed = signed.clone();
    while changed == *signed {
        match rng.random_range(0..6) {
            0 => {
                let mut bytes = changed.text.into_bytes();
                let place = rng.random_range(0..bytes.len());
                bytes[place] ^= 1 << rng.random_range(0..7);
                changed.text = String::from_utf8_lossy(&bytes).into_owned();
            }
            1 => {
                let mut keep = rng.random_range(0..changed.text.len());
                while !changed.text.is_char_boundary(keep) {
                    keep -= 1;
                }
                changed.text.truncate(keep);
            }
            2 => {
                let digits = changed
                    .text
                    .char_indices()
                    .filter(|(_, c)| c.is_ascii_digit());
                let places: Vec<usize> = digits.map(|(place, _)| place).collect();
                let place = places[rng.random_range(0..places.len())];
                let digit = char::from(b'0' + rng.random_range(0..10_u8));
                changed
                    .text
                    .replace_range(place..=place, &digit.to_string());
            }
            3 => changed.signatures.clear(),
            4 => changed.signatures.clone_from(&other.signatures),
            _ => {
                if let Some(by) = changed.signatures.first_mut() {
                    let place = rng.random_range(0..by.signature.len());
                    let letter = char::from(b'A' + rng.random_range(0..26_u8));
                    by.signature
                        .replace_range(place..=place, &letter.to_string());
                }
            }
        }
    }
    changed
}

/// `DAYROOM_ORDERS=N` runs more; the seed of a failure is in its message.
#[test]
fn a_hundred_thousand_replayed_or_mutated_orders_and_key_sets_are_refused() {
    let count: u32 = std::env::var("DAYROOM_ORDERS").map_or(100_000, |n| n.parse().unwrap());
    let started = std::time::Instant::now();
    let house = house();
    let kinds = every_kind();
    let next = set(2, &[&house.ben, &house.cleo]);
    let next = signed_set(&next, &[&house.ana, &house.ben]);
    let other_set = signed_set(&set(2, &[&house.mallory]), &[&house.mallory]);
    let mut real = Vec::new();
    for number in 1..=12_u64 {
        let what = kinds[usize::try_from(number).unwrap() % kinds.len()].clone();
        real.push(sign(&order(number, what), &[&house.ana]));
    }
    let (mut acted, mut refused, mut waited) = (0_u32, 0_u32, 0_u32);
    for seed in 0..count {
        let mut rng = SmallRng::seed_from_u64(u64::from(seed));
        let pick = rng.random_range(0..real.len());
        let other = &real[rng.random_range(0..real.len())];
        let at = standing(rng.random_range(0..12));
        if seed % 8 == 7 {
            let changed = SignedKeySet(mutate(&next.0, &other_set.0, &mut rng));
            let followed = house.keys.follow(&changed);
            assert!(followed.is_err(), "seed {seed}");
            refused += 1;
            continue;
        }
        let replay = rng.random_bool(0.3);
        let signed = if replay {
            real[pick].clone()
        } else {
            SignedOrder(mutate(&real[pick].0, &other.0, &mut rng))
        };
        let at = if replay {
            // Whatever has passed its number, or has not come to it, is a replay or out of turn.
            let number = u64::try_from(pick).unwrap() + 1;
            let late = number.saturating_add(rng.random_range(0..12));
            standing(if rng.random_bool(0.8) {
                late
            } else {
                number.saturating_sub(2)
            })
        } else {
            at
        };
        match judge(Some(&house.keys), &at, &signed) {
            Verdict::Act(act) => {
                let number = u64::try_from(pick).unwrap() + 1;
                // A replay at its own place is the one order that is due there.
                assert!(
                    replay && act.order.number == number && at.mark + 1 == number,
                    "seed {seed}"
                );
                acted += 1;
            }
            Verdict::Wait(Waiting::Before { .. }) if replay => waited += 1,
            Verdict::Wait(waiting) => panic!("seed {seed}: {waiting:?}"),
            Verdict::Refuse { number, .. } => {
                assert!(
                    number.is_none(),
                    "seed {seed}: a forged order used up a number"
                );
                refused += 1;
            }
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{count} orders and key sets: {refused} refused, {waited} out of turn, {acted} the first \
         order at its own place; {seconds:.1} s"
    );
    assert!(acted * 50 < count);
}
