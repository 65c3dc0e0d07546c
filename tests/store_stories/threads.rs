use dayroom::domain::overlay::HomeCounts;
use dayroom::domain::{
    Connection, ConnectionState, Direction, Message, MessageId, MessageState, UtcMillis,
};
use dayroom::store::CacheReader;
use proptest::prelude::*;
use uuid::Uuid;

use crate::people::*;

fn numbers(reader: &CacheReader, offset: usize, limit: usize) -> Vec<u64> {
    let messages = reader.messages(MARIA, ROSA, offset, limit).unwrap();
    messages.iter().map(|message| message.number).collect()
}

fn on_hold(number: u64, since: i64) -> Message {
    Message {
        state: MessageState::OnHold {
            since: UtcMillis(since),
            promised_by: None,
        },
        text: None,
        ..message(number)
    }
}

fn from(connection: Connection, number: u64) -> Message {
    Message {
        connection: connection.id,
        ..message(number)
    }
}

#[test]
fn a_thread_is_read_newest_first_from_any_offset() {
    let store = Store::new();
    let mut cache = store.cache();
    apply(&mut cache, vec![maria(1)]);
    for start in (1..=3_000_u64).step_by(500) {
        let page = (start..start + 500)
            .map(|n| sent(n, message(n * 10)))
            .collect();
        apply(&mut cache, page);
    }
    let reader = store.reader();
    assert_eq!(reader.message_count(MARIA, ROSA).unwrap(), 3_000);
    for offset in (0..3_000)
        .step_by(37)
        .chain([1, 127, 128, 129, 511, 512, 513, 2_999])
    {
        let limit = 50;
        let newest = 3_000 - offset as u64;
        let expected: Vec<u64> = (1..=newest).rev().take(limit).map(|n| n * 10).collect();
        assert_eq!(numbers(&reader, offset, limit), expected, "offset {offset}");
    }
    assert!(numbers(&reader, 3_000, 50).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..Default::default() })]

    /// Records come in the order of their newest version, which is not that of their numbers.
    #[test]
    fn a_thread_is_in_order_however_its_messages_come(
        mut order in Just((1..=1_900_u64).collect::<Vec<_>>()).prop_shuffle(),
        moved in proptest::collection::vec(0..1_900_usize, 0..40),
        offsets in proptest::collection::vec(0..1_950_usize, 20),
    ) {
        let store = Store::new();
        let mut cache = store.cache();
        apply(&mut cache, vec![maria(1)]);
        for page in order.chunks(300) {
            apply(&mut cache, page.iter().map(|n| sent(1, message(*n))).collect());
        }
        // A newer version may have another place.
        let mut moves = std::collections::BTreeMap::new();
        for (place, at) in moved.iter().enumerate() {
            moves.insert(*at, 2_000 + place as u64);
        }
        let changes = moves.iter().map(|(at, to)| {
            let id = message(order[*at]).id;
            sent(2, Message { id, ..message(*to) })
        });
        apply(&mut cache, changes.collect());
        for (at, to) in moves {
            order[at] = to;
        }
        order.sort_unstable_by(|a, b| b.cmp(a));

        let reader = store.reader();
        prop_assert_eq!(reader.message_count(MARIA, ROSA).unwrap(), 1_900);
        for offset in offsets {
            let expected: Vec<u64> = order.iter().copied().skip(offset).take(7).collect();
            prop_assert_eq!(numbers(&reader, offset, 7), expected);
        }
        check_blocks(&store);
    }
}

/// No block is so long that a far page would have to walk.
fn check_blocks(store: &Store) {
    let (longest, counted): (i64, i64) = store
        .raw("cache.db")
        .query_row(
            "SELECT max(messages), sum(messages) FROM (
                 SELECT messages FROM thread_blocks
                 UNION ALL
                 SELECT tail_count FROM threads
             )",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert!(longest <= 512, "{longest}");
    assert_eq!(counted, 1_900);
}

#[test]
fn conversations_are_those_that_are_active_or_have_messages_newest_first() {
    let store = Store::new();
    let mut cache = store.cache();
    let id = |n: u128| dayroom::domain::ConnectionId(Uuid::from_u128(0x2100 + n));
    let with_messages = connection(id(1), MARIA, ConnectionState::Blocked { at: NOON });
    let quiet = connection(id(2), MARIA, active());
    let asked = connection(id(3), MARIA, ConnectionState::Asked);
    let newest = connection(id(4), MARIA, active());
    apply(
        &mut cache,
        vec![
            maria(1),
            connected(2, with_messages.clone()),
            connected(3, quiet.clone()),
            connected(4, asked),
            connected(5, newest.clone()),
            sent(6, from(with_messages.clone(), 10)),
            sent(7, from(newest.clone(), 11)),
        ],
    );
    let conversations = store.reader().conversations(MARIA).unwrap();
    let ids: Vec<_> = conversations.iter().map(|c| c.connection.id).collect();
    assert_eq!(ids, [newest.id, with_messages.id, quiet.id]);
    assert_eq!(conversations[0].newest_at, Some(message(11).at));
    assert_eq!(conversations[2].newest_at, None);
}

#[test]
fn counts_follow_every_version_of_a_message() {
    let store = Store::new();
    let mut cache = store.cache();
    let mut read = message(1);
    read.read_at = Some(NOON);
    let mut outgoing = message(4);
    outgoing.direction = Direction::Outgoing;
    apply(
        &mut cache,
        vec![
            maria(1),
            connected(1, connection(ROSA, MARIA, active())),
            connected(1, connection(TOMAS, MARIA, ConnectionState::Asked)),
            sent(2, message(1)),
            sent(3, on_hold(2, 70)),
            sent(4, on_hold(3, 60)),
            sent(5, outgoing),
        ],
    );
    let reader = store.reader();
    let home = |unread, held, held_since: Option<i64>| HomeCounts {
        unread,
        unread_people: u32::from(unread > 0),
        held,
        held_since: held_since.map(UtcMillis),
        asked: 1,
    };
    assert_eq!(reader.home_counts(MARIA).unwrap(), home(1, 2, Some(60)));

    apply(&mut cache, vec![sent(6, message(3))]);
    assert_eq!(reader.home_counts(MARIA).unwrap(), home(2, 1, Some(70)));
    let conversation = &reader.conversations(MARIA).unwrap()[0];
    assert_eq!((conversation.unread, conversation.held), (2, 1));
    let unread = reader
        .still_unread(MARIA, [1, 2, 3, 4].map(|n| message(n).id))
        .unwrap();
    assert_eq!(unread, [(ROSA, message(1).id), (ROSA, message(3).id)]);

    apply(&mut cache, vec![sent(7, read)]);
    assert_eq!(reader.home_counts(MARIA).unwrap(), home(1, 1, Some(70)));
    let mut rejected = message(2);
    rejected.text = None;
    rejected.state = MessageState::Rejected {
        at: NOON,
        reason: "no maps".to_owned(),
        decision: Box::default(),
    };
    apply(&mut cache, vec![sent(8, rejected.clone())]);
    assert_eq!(reader.home_counts(MARIA).unwrap(), home(1, 0, None));
    assert!(reader.message(MARIA, rejected.id).unwrap().unwrap() == rejected);

    // A writer that starts again counts on from what is on disk.
    drop(cache);
    let mut cache = store.cache();
    apply(&mut cache, vec![sent(9, message(5)), sent(10, message(6))]);
    assert_eq!(reader.home_counts(MARIA).unwrap(), home(3, 0, None));
}

#[test]
fn a_newer_version_replaces_the_pictures() {
    let store = Store::new();
    let mut cache = store.cache();
    let mut letter = message(1);
    letter.attachments = vec![picture(b"one", "a.jpg"), picture(b"two", "b.jpg")];
    apply(&mut cache, vec![maria(1), sent(2, letter.clone())]);
    letter.attachments.remove(0);
    apply(&mut cache, vec![sent(3, letter.clone())]);
    let read = store.reader().message(MARIA, letter.id).unwrap().unwrap();
    assert!(read == letter);
    let named = cache.named_blobs(None, 10).unwrap();
    assert_eq!(named.len(), 1);
    assert_eq!((named[0].hash, named[0].bytes), (hash(b"two"), 3));
}

#[test]
fn a_row_that_is_too_long_is_bounded_before_it_is_shown() {
    let store = Store::new();
    let mut cache = store.cache();
    let letter = message(1);
    apply(&mut cache, vec![maria(1), sent(2, letter.clone())]);
    store
        .raw("cache.db")
        .execute("UPDATE messages SET body = ?1", ["é".repeat(100_000)])
        .unwrap();
    let read = store.reader().message(MARIA, letter.id).unwrap().unwrap();
    assert_eq!(read.text.unwrap().len(), 64 * 1024);
}

#[test]
fn an_unknown_message_is_none() {
    let store = Store::new();
    let mut cache = store.cache();
    apply(&mut cache, vec![maria(1)]);
    let id = MessageId(Uuid::from_u128(1));
    assert!(store.reader().message(MARIA, id).unwrap().is_none());
    assert!(
        store
            .reader()
            .messages(MARIA, ROSA, 0, 9)
            .unwrap()
            .is_empty()
    );
}
