use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dayroom_protocol::{FacilityId, KioskId, UnitId};

use super::super::{Audience, Store, Tx};
use super::*;
use crate::store::{CentralPlace, FacilityRow, UnitRow, central_state, kiosk};

const FACILITY: FacilityId = FacilityId(Uuid::from_u128(1));
const UNIT: UnitId = UnitId(Uuid::from_u128(2));
const KIOSK: KioskId = KioskId(Uuid::from_u128(3));

/// A unit of `residents` with `each` records apiece, told in turn.
fn filled(residents: u128, each: u128) -> Store {
    let store = Store::open(&CentralPlace::Memory).unwrap();
    let fill = |tx: &mut Tx<'_>| {
        tx.set_central_epoch("e")?;
        tx.insert_facility(&FacilityRow {
            id: FACILITY,
            name: "F".to_owned(),
            time_zone: "UTC".to_owned(),
            pin_digits: 6,
        })?;
        tx.insert_unit(&UnitRow {
            id: UNIT,
            facility: FACILITY,
            name: "U".to_owned(),
        })?;
        tx.insert_kiosk(KIOSK, UNIT, "K")?;
        let people: Vec<ResidentId> = (0..residents)
            .map(|n| ResidentId(Uuid::from_u128(1000 + n)))
            .collect();
        for (number, id) in people.iter().enumerate() {
            tx.insert_resident(*id, FACILITY, &number.to_string())?;
            tx.arrive(*id, UNIT, "{}")?;
        }
        for round in 0..each {
            for (number, id) in (0_u128..).zip(&people) {
                let message = RecordId(Uuid::from_u128(round << 32 | number));
                tx.put(Kind::Message, message, Audience::Resident(*id), "{}")?;
            }
        }
        Ok::<_, StoreError>(())
    };
    store.write(fill).unwrap();
    store
}

/// Runs `act` on the store with a counter of the steps of SQLite's machine.
fn counting<T>(store: &Store, act: impl FnOnce(&Connection, &AtomicU64) -> T) -> T {
    let steps = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&steps);
    let mut sql = super::super::lock(&store.writer);
    let count = move || {
        counter.fetch_add(1, Ordering::Relaxed);
        false
    };
    sql.progress_handler(1, Some(count)).unwrap();
    act(&sql, &steps)
}

/// Steps that each page of 500 of a whole refill takes.
fn steps_of_pages(store: &Store) -> Vec<u64> {
    counting(store, |sql, steps| {
        let kiosk = kiosk(sql, KIOSK).unwrap().unwrap();
        let last_commit = central_state(sql).unwrap().unwrap().last_commit;
        let mut after = FeedPlace::default();
        let mut pages = Vec::new();
        loop {
            steps.store(0, Ordering::Relaxed);
            let (rows, more) = read_feed(sql, &request(&kiosk, after, last_commit)).unwrap();
            pages.push(steps.load(Ordering::Relaxed));
            if !more {
                return pages;
            }
            after = rows.last().unwrap().place;
        }
    })
}

fn request(kiosk: &KioskRow, after: FeedPlace, last_commit: u64) -> FeedRequest<'_> {
    FeedRequest {
        kiosk,
        after,
        last_commit,
        records: 500,
        bytes: usize::MAX,
    }
}

#[test]
fn a_page_costs_the_same_however_much_lies_before_and_behind_it() {
    let small = steps_of_pages(&filled(1, 2_000));
    let large = steps_of_pages(&filled(1, 40_000));
    assert!(large.len() >= 80);
    let most = small.iter().max().unwrap();
    for (page, steps) in large.iter().enumerate() {
        assert!(
            *steps <= most * 11 / 10,
            "page {page}: {steps} steps, not {most}"
        );
    }
}

#[test]
fn many_residents_cost_a_page_little_more_than_one() {
    let one = steps_of_pages(&filled(1, 20_000));
    let many = steps_of_pages(&filled(200, 100));
    let most = |pages: &[u64]| *pages.iter().max().unwrap();
    assert!(
        most(&many) <= most(&one) * 5,
        "{} steps, {} for one",
        most(&many),
        most(&one)
    );
}

#[test]
fn nothing_new_costs_no_look_into_the_streams() {
    counting(&filled(200, 10), |sql, steps| {
        let kiosk = kiosk(sql, KIOSK).unwrap().unwrap();
        let last_commit = central_state(sql).unwrap().unwrap().last_commit;
        steps.store(0, Ordering::Relaxed);
        let end = FeedPlace::end(last_commit);
        let (rows, more) = read_feed(sql, &request(&kiosk, end, last_commit)).unwrap();
        assert!(rows.is_empty() && !more);
        assert_eq!(steps.load(Ordering::Relaxed), 0);
    });
}
