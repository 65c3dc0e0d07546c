use std::time::Instant;

use dayroom::domain::{ConnectionId, Message, ResidentId};
use uuid::Uuid;

use crate::people::*;

const RESIDENTS: u64 = 60;
const CONTACTS: u64 = 4;
const MESSAGES: u64 = 20_000;
const PAGE: u64 = 500;

/// Message `n` of a facility whose residents all write at once.
fn of_many(n: u64) -> Message {
    let who = n.wrapping_mul(2_654_435_761) % (RESIDENTS * CONTACTS);
    let mut letter = message(n);
    letter.resident = ResidentId(Uuid::from_u128(0x1_0000 + u128::from(who / CONTACTS)));
    letter.connection = ConnectionId(Uuid::from_u128(0x2_0000 + u128::from(who)));
    letter.text = Some("a line of an ordinary letter ".repeat(10));
    letter
}

fn first_sync(store: &Store, messages: u64) -> f64 {
    let mut cache = store.cache();
    let pages: Vec<_> = (0..messages / PAGE)
        .map(|page| {
            let first = page * PAGE;
            let all = first..first + PAGE;
            all.map(|n| sent(n + 1, of_many(n))).collect::<Vec<_>>()
        })
        .collect();
    let start = Instant::now();
    for page in pages {
        apply(&mut cache, page);
    }
    start.elapsed().as_secs_f64()
}

/// Prints the figures; how fast is enough is the bench's to say.
#[test]
fn a_first_sync_and_long_threads_are_measured() {
    let store = Store::new();
    let seconds = first_sync(&store, MESSAGES);
    let rate = MESSAGES as f64 / seconds;
    println!("first sync: {MESSAGES} messages in {seconds:.2} s, {rate:.0}/s");

    let store = Store::new();
    let mut cache = store.cache();
    apply(&mut cache, vec![maria(1)]);
    for page in 0..MESSAGES / PAGE {
        let all = page * PAGE..(page + 1) * PAGE;
        apply(&mut cache, all.map(|n| sent(n + 1, message(n))).collect());
    }
    let start = Instant::now();
    apply(&mut cache, vec![samuel(2), left(3, SAMUEL)]);
    cache.finish_forget(SAMUEL, 3).unwrap();
    let millis = start.elapsed().as_millis();
    println!("a forget beside {MESSAGES} messages: {millis} ms");
    let reader = store.reader();
    for offset in [0, 100, 5_000, 10_000, 15_000, 19_950] {
        let start = Instant::now();
        for _ in 0..20 {
            assert_eq!(reader.messages(MARIA, ROSA, offset, 50).unwrap().len(), 50);
        }
        let micros = start.elapsed().as_micros() / 20;
        println!("50 messages at {offset} of {MESSAGES}: {micros} us");
    }
}
