use dayroom::domain::{
    Access, ConnectionState, IntentNumber, LocalText, Notice, NoticeId, Outcome, Policy, RecordId,
    Refusal, UtcMillis,
};
use dayroom::store::{CacheChange, ChangeBody, Position, StoreError};
use uuid::Uuid;

use crate::people::*;

fn policy(facility: &str) -> Policy {
    Policy {
        facility: facility.to_owned(),
        time_zone: "America/Chicago".to_owned(),
        consent_version: 3,
        consent: LocalText([("en".to_owned(), "All of it is read.".to_owned())].into()),
        ..Policy::default()
    }
}

fn says_policy(version: u64, facility: &str) -> CacheChange {
    CacheChange {
        id: RecordId(Uuid::from_u128(1)),
        version,
        resident: None,
        body: ChangeBody::Policy(policy(facility)),
    }
}

fn notice(id: u128, version: u64, from: i64, until: Option<i64>) -> CacheChange {
    let title = LocalText([("en".to_owned(), format!("notice {id}"))].into());
    let notice = Notice {
        kind: dayroom::domain::NoticeKind::Notice,
        version: 0,
        must_acknowledge: false,
        order: 0,
        id: NoticeId(Uuid::from_u128(id)),
        title: title.clone(),
        text: title,
        from: UtcMillis(from),
        until: until.map(UtcMillis),
    };
    CacheChange {
        id: RecordId(Uuid::from_u128(id)),
        version,
        resident: None,
        body: ChangeBody::Notice(notice),
    }
}

fn settled(n: u128, outcome: Outcome) -> CacheChange {
    change(
        intent_id(n).0,
        50,
        MARIA,
        ChangeBody::Settlement {
            intent: intent_id(n),
            number: IntentNumber(1),
            outcome,
        },
    )
}

fn unreadable(id: u128, version: u64) -> CacheChange {
    let body = ChangeBody::Quarantine {
        kind: "visit".to_owned(),
        raw: "{\"from\":12}".to_owned(),
    };
    change(Uuid::from_u128(id), version, MARIA, body)
}

#[test]
fn a_new_cache_is_at_the_start_of_no_epoch() {
    let store = Store::new();
    let position = Position {
        epoch: None,
        cursor: String::new(),
    };
    assert_eq!(store.cache().position().unwrap(), position);
    assert_eq!(store.reader().last_contact().unwrap(), None);
    assert!(store.reader().policy().unwrap().is_none());
}

#[test]
fn what_a_page_says_is_read_back_as_it_was_said() {
    let store = Store::new();
    let mut cache = store.cache();
    let asked = connection(TOMAS, MARIA, ConnectionState::Asked);
    let refused = ConnectionState::Refused {
        at: NOON,
        reason: "no contact order".to_owned(),
    };
    let mut with_picture = message(9);
    with_picture.attachments = vec![picture(b"one", "a.jpg"), picture(b"two", "b.jpg")];
    let applied = apply(
        &mut cache,
        vec![
            says_policy(1, "Elm County"),
            maria(2),
            signed_in(3, MARIA),
            connected(4, asked.clone()),
            connected(5, connection(ROSA, MARIA, refused.clone())),
            sent(6, with_picture.clone()),
            settled(
                1,
                Outcome::Refused {
                    reason: Refusal::AlreadyAnswered,
                },
            ),
        ],
    );
    assert_eq!(applied.changed, 7);
    assert_eq!(applied.blobs_named, [hash(b"one"), hash(b"two")]);

    let reader = store.reader();
    assert_eq!(reader.policy().unwrap(), Some(policy("Elm County")));
    let found = reader.resident_by_number(&number("4711")).unwrap().unwrap();
    assert!(found == resident(MARIA, "4711", "Maria Birch"));
    assert!(reader.resident(MARIA).unwrap().unwrap() == found);
    assert_eq!(reader.last_sign_in(MARIA).unwrap().unwrap().failed_since, 2);
    let connections = reader.connections(MARIA).unwrap();
    assert!(connections == [asked.clone(), connection(ROSA, MARIA, refused)]);
    assert!(reader.connection(MARIA, TOMAS).unwrap().unwrap() == asked);
    let read = reader.message(MARIA, with_picture.id).unwrap().unwrap();
    assert!(read == with_picture);
    assert!(reader.messages(MARIA, ROSA, 0, 5).unwrap() == [with_picture]);
    let refused = Outcome::Refused {
        reason: Refusal::AlreadyAnswered,
    };
    let ended = reader.settlements(&[intent_id(1), intent_id(2)]).unwrap();
    assert_eq!(ended, [(intent_id(1), refused)]);
    assert_eq!(reader.last_contact().unwrap(), Some(NOON));
}

#[test]
fn a_page_that_does_not_follow_the_cursor_changes_nothing() {
    let store = Store::new();
    let mut cache = store.cache();
    apply(&mut cache, vec![maria(1)]);
    let position = cache.position().unwrap();

    let mut gap = next_page(&cache, vec![samuel(2)]);
    gap.after = "5".to_owned();
    let mut other_epoch = next_page(&cache, vec![samuel(2)]);
    other_epoch.epoch = "e2.1".to_owned();
    let mut again = next_page(&cache, vec![samuel(2)]);
    again.after = String::new();
    for page in [gap, other_epoch, again] {
        assert!(matches!(
            cache.apply(&page),
            Err(StoreError::PageOutOfPlace)
        ));
    }
    assert_eq!(cache.position().unwrap(), position);
    assert!(store.reader().resident(SAMUEL).unwrap().is_none());
}

#[test]
fn a_page_cut_short_leaves_neither_records_nor_cursor() {
    let store = Store::new();
    let mut cache = store.cache();
    apply(&mut cache, vec![maria(1), sent(2, message(1))]);
    let position = cache.position().unwrap();
    // The fault: the last statement of the page cannot be carried out.
    let raw = store.raw("cache.db");
    raw.execute_batch(
        "CREATE TRIGGER cut BEFORE UPDATE OF cursor ON position
         BEGIN SELECT RAISE(ABORT, 'cut'); END",
    )
    .unwrap();
    let page = next_page(&cache, vec![samuel(3), sent(4, message(2))]);
    assert!(cache.apply(&page).is_err());
    assert_eq!(cache.position().unwrap(), position);
    assert!(store.reader().resident(SAMUEL).unwrap().is_none());
    assert_eq!(store.reader().message_count(MARIA, ROSA).unwrap(), 1);

    raw.execute_batch("DROP TRIGGER cut").unwrap();
    cache.apply(&page).unwrap();
    assert!(store.reader().resident(SAMUEL).unwrap().is_some());
    assert_eq!(store.reader().message_count(MARIA, ROSA).unwrap(), 2);
}

#[test]
fn an_empty_page_moves_the_cursor_and_the_last_contact() {
    let store = Store::new();
    let mut cache = store.cache();
    apply(&mut cache, Vec::new());
    assert_eq!(cache.position().unwrap().cursor, "1");
    assert_eq!(cache.last_contact().unwrap(), Some(NOON));
}

#[test]
fn last_contact_is_never_set_back() {
    let store = Store::new();
    let mut cache = store.cache();
    cache.note_contact(NOON).unwrap();
    cache.note_contact(UtcMillis(NOON.0 - 60_000)).unwrap();
    assert_eq!(cache.last_contact().unwrap(), Some(NOON));
    cache.note_contact(UtcMillis(NOON.0 + 1)).unwrap();
    apply(&mut cache, Vec::new());
    assert_eq!(cache.last_contact().unwrap(), Some(UtcMillis(NOON.0 + 1)));
}

#[test]
fn an_older_version_of_any_record_is_passed_over() {
    let store = Store::new();
    let mut cache = store.cache();
    let mut words = message(1);
    apply(
        &mut cache,
        vec![
            says_policy(9, "Elm County"),
            maria(9),
            connected(9, connection(ROSA, MARIA, active())),
            sent(9, words.clone()),
            notice(3, 9, 0, None),
            signed_in(9, MARIA),
        ],
    );
    words.text = Some("old words".to_owned());
    let mut other = resident(MARIA, "4711", "Maria Oldname");
    other.access = Access::Frozen;
    for version in [8, 9] {
        let applied = apply(
            &mut cache,
            vec![
                says_policy(version, "Old County"),
                on_roster(version, other.clone()),
                connected(version, connection(ROSA, MARIA, ConnectionState::Asked)),
                sent(version, words.clone()),
                notice(3, version, 0, Some(1)),
                signed_in(version, MARIA),
            ],
        );
        assert_eq!(applied.changed, 0);
    }
    let reader = store.reader();
    assert_eq!(reader.policy().unwrap().unwrap().facility, "Elm County");
    assert_eq!(reader.resident(MARIA).unwrap().unwrap().name, "Maria Birch");
    let kept = reader.connection(MARIA, ROSA).unwrap().unwrap();
    assert!(kept.state == active());
    let read = reader.message(MARIA, words.id).unwrap().unwrap();
    assert_eq!(read.text.as_deref(), Some("letter 1"));
    assert_eq!(reader.notices(NOON).unwrap().len(), 1);
}

#[test]
fn notices_are_shown_in_their_time_only() {
    let store = Store::new();
    let mut cache = store.cache();
    apply(
        &mut cache,
        vec![
            notice(1, 1, 100, Some(200)),
            notice(2, 2, 150, None),
            notice(3, 3, 300, None),
        ],
    );
    let shown = |now| -> Vec<u128> {
        let notices = store.reader().notices(UtcMillis(now)).unwrap();
        notices.iter().map(|n| n.id.0.as_u128()).collect()
    };
    assert_eq!(shown(99), Vec::<u128>::new());
    assert_eq!(shown(160), [2, 1]);
    assert_eq!(shown(200), [2]);
    assert_eq!(shown(300), [3, 2]);
}

#[test]
fn a_number_that_passes_on_is_the_newer_lines() {
    let store = Store::new();
    let mut cache = store.cache();
    apply(&mut cache, vec![maria(1)]);
    apply(
        &mut cache,
        vec![on_roster(2, resident(SAMUEL, "4711", "Samuel Elm"))],
    );
    let found = store.reader().resident_by_number(&number("4711")).unwrap();
    assert!(found.unwrap().id == SAMUEL);
}

#[test]
fn what_is_off_the_roster_is_not_read() {
    let store = Store::new();
    let mut cache = store.cache();
    let letter = message(1);
    apply(
        &mut cache,
        vec![
            connected(1, connection(ROSA, MARIA, active())),
            sent(2, letter.clone()),
            signed_in(3, MARIA),
        ],
    );
    let reader = store.reader();
    assert!(reader.connections(MARIA).unwrap().is_empty());
    assert!(reader.connection(MARIA, ROSA).unwrap().is_none());
    assert!(reader.conversations(MARIA).unwrap().is_empty());
    assert_eq!(reader.message_count(MARIA, ROSA).unwrap(), 0);
    assert!(reader.messages(MARIA, ROSA, 0, 10).unwrap().is_empty());
    assert!(reader.message(MARIA, letter.id).unwrap().is_none());
    assert!(reader.still_unread(MARIA, [letter.id]).unwrap().is_empty());
    assert!(reader.last_sign_in(MARIA).unwrap().is_none());
    assert_eq!(reader.home_counts(MARIA).unwrap(), Default::default());

    apply(&mut cache, vec![maria(4)]);
    assert_eq!(reader.messages(MARIA, ROSA, 0, 10).unwrap().len(), 1);
    assert_eq!(reader.home_counts(MARIA).unwrap().unread, 1);
}

#[test]
fn one_residents_things_are_not_anothers() {
    let store = Store::new();
    let mut cache = store.cache();
    // A message of Samuel's that names Maria's connection goes into no thread of hers.
    let mut crossed = message(2);
    crossed.resident = SAMUEL;
    apply(
        &mut cache,
        vec![
            maria(1),
            samuel(2),
            connected(3, connection(ROSA, MARIA, active())),
            sent(4, message(1)),
            sent(5, crossed.clone()),
        ],
    );
    let reader = store.reader();
    assert!(reader.connection(SAMUEL, ROSA).unwrap().is_none());
    assert!(reader.message(SAMUEL, message(1).id).unwrap().is_none());
    assert!(reader.message(MARIA, crossed.id).unwrap().is_none());
    assert_eq!(reader.message_count(MARIA, ROSA).unwrap(), 1);
    assert!(reader.conversations(SAMUEL).unwrap().is_empty());
}

#[test]
fn what_cannot_be_read_is_counted_and_a_readable_version_clears_it() {
    let store = Store::new();
    let mut cache = store.cache();
    let applied = apply(
        &mut cache,
        vec![unreadable(1, 1), maria(2), unreadable(3, 3)],
    );
    assert_eq!(applied.changed, 1);
    assert_eq!(cache.quarantined().unwrap(), 2);
    assert!(store.reader().resident(MARIA).unwrap().is_some());

    let broken = ChangeBody::Quarantine {
        kind: "resident".to_owned(),
        raw: "[]".to_owned(),
    };
    apply(&mut cache, vec![change(MARIA.0, 4, MARIA, broken)]);
    assert_eq!(cache.quarantined().unwrap(), 3);
    assert_eq!(roster_digest(&cache), [(RecordId(MARIA.0), 4)]);
    apply(&mut cache, vec![maria(5)]);
    assert_eq!(cache.quarantined().unwrap(), 2);
    assert_eq!(roster_digest(&cache), [(RecordId(MARIA.0), 5)]);
}

fn roster_digest(cache: &dayroom::store::CacheWriter) -> Vec<(RecordId, u64)> {
    let digest = cache.digest().unwrap();
    digest
        .into_iter()
        .find(|(kind, _)| *kind == "resident")
        .unwrap()
        .1
}

#[test]
fn a_message_that_has_no_place_goes_to_quarantine_and_not_the_page() {
    let store = Store::new();
    let mut cache = store.cache();
    let mut doubled = message(1);
    doubled.id = message(2).id;
    let mut huge = message(4);
    huge.number = u64::MAX;
    let applied = apply(
        &mut cache,
        vec![
            maria(1),
            sent(2, message(1)),
            sent(3, doubled),
            sent(4, huge),
            sent(5, message(3)),
        ],
    );
    assert_eq!(applied.changed, 3);
    assert_eq!(cache.quarantined().unwrap(), 2);
    assert_eq!(store.reader().message_count(MARIA, ROSA).unwrap(), 2);
}

#[test]
fn the_digest_names_what_is_held() {
    let store = Store::new();
    let mut cache = store.cache();
    apply(
        &mut cache,
        vec![
            says_policy(1, "Elm County"),
            samuel(2),
            maria(3),
            connected(4, connection(ROSA, MARIA, active())),
            sent(5, message(1)),
            notice(3, 6, 0, None),
            signed_in(7, MARIA),
            settled(1, Outcome::Applied),
        ],
    );
    let digest = cache.digest().unwrap();
    let record = |id: Uuid, version| (RecordId(id), version);
    let expected = [
        ("policy", vec![record(Uuid::from_u128(1), 1)]),
        ("resident", vec![record(MARIA.0, 3), record(SAMUEL.0, 2)]),
        ("connection", vec![record(ROSA.0, 4)]),
        ("message", vec![record(message(1).id.0, 5)]),
        ("notice", vec![record(Uuid::from_u128(3), 6)]),
        ("sign_in", vec![record(MARIA.0, 7)]),
        ("account", Vec::new()),
        ("draft", Vec::new()),
    ];
    assert_eq!(digest, expected);
}

#[test]
fn a_reset_starts_over_and_leaves_the_journal_alone() {
    let store = Store::new();
    let mut cache = store.cache();
    let mut journal = store.journal();
    let number = journal.record(&crate::journal::accept(1)).unwrap();
    apply(
        &mut cache,
        vec![
            says_policy(9, "Elm County"),
            maria(9),
            sent(9, message(1)),
            notice(3, 9, 0, None),
            settled(1, Outcome::Applied),
        ],
    );
    cache.reset("e2.1").unwrap();
    let reader = store.reader();
    let position = Position {
        epoch: Some("e2.1".to_owned()),
        cursor: String::new(),
    };
    assert_eq!(cache.position().unwrap(), position);
    assert!(reader.resident(MARIA).unwrap().is_none());
    assert!(reader.notices(NOON).unwrap().is_empty());
    assert_eq!(reader.settlement(intent_id(1)).unwrap(), None);
    assert!(
        cache
            .digest()
            .unwrap()
            .iter()
            .all(|(_, held)| held.is_empty())
    );
    // The wall keeps its policy until the new one comes, whatever its version.
    assert_eq!(reader.policy().unwrap().unwrap().facility, "Elm County");
    assert_eq!(reader.last_contact().unwrap(), Some(NOON));
    assert_eq!(journal.unsettled(MARIA).unwrap()[0].number, number);

    let mut page = next_page(&cache, vec![says_policy(1, "Oak County"), maria(2)]);
    page.epoch = "e2.1".to_owned();
    cache.apply(&page).unwrap();
    assert_eq!(reader.policy().unwrap().unwrap().facility, "Oak County");
    assert!(reader.resident(MARIA).unwrap().is_some());
}

#[test]
fn when_the_lease_is_over_people_go_and_the_wall_stays() {
    let store = Store::new();
    let mut cache = store.cache();
    apply(
        &mut cache,
        vec![
            says_policy(1, "Elm County"),
            maria(2),
            connected(3, connection(ROSA, MARIA, active())),
            sent(4, message(1)),
            notice(3, 5, 0, None),
        ],
    );
    cache.drop_content().unwrap();
    let reader = store.reader();
    assert_eq!(cache.position().unwrap().epoch, None);
    assert!(
        reader
            .resident_by_number(&number("4711"))
            .unwrap()
            .is_none()
    );
    assert_eq!(reader.notices(NOON).unwrap().len(), 1);
    assert_eq!(reader.policy().unwrap().unwrap().facility, "Elm County");
    assert_eq!(reader.last_contact().unwrap(), Some(NOON));
    let people: i64 = store
        .raw("cache.db")
        .query_row(
            "SELECT (SELECT count(*) FROM messages) + (SELECT count(*) FROM connections)
                  + (SELECT count(*) FROM threads) + (SELECT count(*) FROM residents)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(people, 0);
}
