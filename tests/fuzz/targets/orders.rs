//! What operators sign, as it comes to a kiosk: nothing but the genuine is carried out.

use dayroom_client::orders::{Standing, Verdict, judge, verify};
use dayroom_protocol::{ChangesPage, KeySet, RecordBody, SignedKeySet, SignedOrder, UtcMillis};

const FIRST: &str = include_str!("../../../sync/protocol/tests/golden/key_set_first.json");
const PAGE: &str = include_str!("../../../sync/protocol/tests/golden/changes_page.json");

/// The key set of the examples.
fn keys() -> Option<KeySet> {
    let first: SignedKeySet = serde_json::from_str(FIRST).ok()?;
    KeySet::read(&first.0.text).ok()
}

/// What the examples have signed: an order and the next key set.
fn genuine() -> (Option<SignedOrder>, Option<SignedKeySet>) {
    let (mut order, mut keys) = (None, None);
    if let Ok(page) = serde_json::from_str::<ChangesPage>(PAGE) {
        for record in &page.records {
            match record.parse() {
                Ok(RecordBody::Order(signed)) => order = Some(*signed),
                Ok(RecordBody::OperatorKeys(signed)) => keys = Some(*signed),
                Ok(_) | Err(_) => {}
            }
        }
    }
    (order, keys)
}

/// An order as the feed brings it, and as `dayroom machine` is shown it.
pub fn order(data: &[u8]) {
    let Ok(signed) = serde_json::from_slice::<SignedOrder>(data) else {
        return;
    };
    let (Some(real), _) = genuine() else { return };
    let Ok(due) = serde_json::from_str::<dayroom_protocol::Order>(&real.0.text) else {
        return;
    };
    let standing = Standing {
        kiosk: due.kiosk,
        facility: Some(due.facility),
        mark: due.number - 1,
        now: Some(UtcMillis(due.issued.0 + 1)),
        alone_lately: 0,
    };
    let keys = keys();
    if let Verdict::Act(act) = judge(keys.as_ref(), &standing, &signed) {
        assert_eq!(signed.0.text, real.0.text);
        assert_eq!(*act.order, due);
    }
    if verify(keys.as_ref(), &standing, &signed).is_ok() {
        assert_eq!(signed.0.text, real.0.text);
    }
}

/// A key set as the feed brings it.
pub fn key_set(data: &[u8]) {
    let (Ok(signed), Some(keys)) = (serde_json::from_slice::<SignedKeySet>(data), keys()) else {
        return;
    };
    // Whoever signed it, it is read without harm.
    let _whatever = KeySet::read(&signed.0.text);
    if keys.follow(&signed).is_ok() {
        let (_, real) = genuine();
        assert!(real.is_some_and(|real| real.0.text == signed.0.text));
    }
}
