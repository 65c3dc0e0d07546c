use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt;

use dayroom::domain::audit::kinds;
use dayroom::domain::find::{Query, Words};
use dayroom::domain::{Account, Refusal};
use dayroom::store::{
    CacheReader, CacheWriter, Draft, SavedDraft, StoreError, StoreFile, Synchronous,
};
use uuid::Uuid;

use crate::people::*;

#[test]
fn every_table_is_strict() {
    let store = Store::new();
    let _files = (store.cache(), store.blobs(), store.journal());
    for name in ["cache.db", "blobs.db", "journal.db"] {
        let loose: i64 = store
            .raw(name)
            .query_row(
                "SELECT count(*) FROM pragma_table_list
                 WHERE schema = 'main' AND type = 'table' AND strict = 0
                   AND name NOT LIKE 'sqlite%'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(loose, 0, "{name}");
    }
}

#[test]
fn a_table_that_is_not_strict_is_refused() {
    let store = Store::new();
    drop(store.cache());
    let raw = store.raw("cache.db");
    raw.execute_batch("CREATE TABLE loose (anything)").unwrap();
    drop(raw);
    let refused = CacheWriter::open(&store.place, &key()).err();
    assert!(matches!(
        refused,
        Some(StoreError::Setting {
            setting: "strict",
            ..
        })
    ));
}

#[test]
fn a_file_that_is_not_in_wal_mode_is_refused_by_readers() {
    let store = Store::new();
    drop(store.cache());
    let raw = store.raw("cache.db");
    let mode: String = raw
        .query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "delete");
    drop(raw);
    let refused = CacheReader::open(&store.place, &key()).err();
    assert!(matches!(
        refused,
        Some(StoreError::Setting {
            setting: "journal_mode",
            ..
        })
    ));
    // The writer puts it right.
    let _cache = store.cache();
    store.reader();
}

#[test]
fn memory_security_and_the_positive_control_can_be_asked_for() {
    let mut store = Store::new();
    store.place.synchronous = Synchronous::Normal;
    store.place.memory_security = true;
    let mut cache = store.cache();
    apply(&mut cache, vec![maria(1)]);
    assert!(store.reader().resident(MARIA).unwrap().is_some());
    let on: String = store
        .raw("cache.db")
        .query_row("PRAGMA cipher_memory_security", [], |row| row.get(0))
        .unwrap();
    assert_eq!(on, "1");
}

#[test]
fn a_newer_schema_is_not_touched() {
    let store = Store::new();
    drop(store.cache());
    store
        .raw("cache.db")
        .execute_batch("PRAGMA user_version = 99")
        .unwrap();
    for refused in [
        CacheWriter::open(&store.place, &key()).err(),
        CacheReader::open(&store.place, &key()).err(),
    ] {
        assert!(matches!(
            refused,
            Some(StoreError::Newer {
                file: StoreFile::Cache,
                found: 99,
                ..
            })
        ));
    }
}

#[test]
fn both_processes_of_the_group_can_open_the_files() {
    let store = Store::new();
    let _files = (store.cache(), store.blobs(), store.journal());
    // What this process's umask leaves of 0660.
    let probe = store.place.folder.join("probe");
    {
        use std::os::unix::fs::OpenOptionsExt;
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).mode(0o660);
        options.open(&probe).unwrap();
    }
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode();
    let expected = mode(&probe) & 0o777;
    for name in [
        "cache.db",
        "cache.db-wal",
        "cache.db-shm",
        "blobs.db",
        "journal.db",
        "journal.db-wal",
        "journal.lock",
    ] {
        let found = mode(&store.place.folder.join(name)) & 0o777;
        assert_eq!(found, expected, "{name} has {found:o}");
    }
}

/// Every step of each file, in order.
const FROZEN: [(&str, &[&str]); 3] = [
    (
        "cache.db",
        &[
            include_str!("../../src/store/cache/0001.sql"),
            include_str!("../../src/store/cache/0002.sql"),
            include_str!("../../src/store/cache/0003.sql"),
            include_str!("../../src/store/cache/0004.sql"),
        ],
    ),
    (
        "blobs.db",
        &[include_str!("../../src/store/blobs/0001.sql")],
    ),
    (
        "journal.db",
        &[
            include_str!("../../src/store/journal/0001.sql"),
            include_str!("../../src/store/journal/0002.sql"),
            include_str!("../../src/store/journal/0003.sql"),
            include_str!("../../src/store/journal/0004.sql"),
        ],
    ),
];

/// The SHA-256 of each released step: what is on disks cannot be changed any more.
#[test]
fn released_schemas_are_frozen() {
    let frozen = include_str!("frozen.txt");
    let mut now = String::new();
    for (name, steps) in FROZEN {
        for (sql, step) in steps.iter().zip(1..) {
            writeln!(now, "{} {name} {step}", hash(sql.as_bytes())).unwrap();
        }
    }
    assert_eq!(now, frozen);
}

#[test]
fn no_step_is_left_out_of_what_is_frozen() {
    let store = Store::new();
    let _files = (store.cache(), store.blobs(), store.journal());
    for (name, steps) in FROZEN {
        let raw = store.raw(name);
        let taken: usize = raw
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap();
        assert_eq!(taken, steps.len(), "{name}");
    }
}

/// A store as the program of an earlier schema left it.
fn store_of_schema(schema: usize) -> Store {
    let store = Store::new();
    std::fs::create_dir_all(&store.place.folder).unwrap();
    for (name, steps) in FROZEN {
        let taken = schema.min(steps.len());
        let raw = store.raw(name);
        raw.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))
            .unwrap();
        for sql in steps.iter().take(taken) {
            raw.execute_batch(sql).unwrap();
        }
        raw.pragma_update(None, "user_version", taken).unwrap();
    }
    store
}

const LETTER: Uuid = Uuid::from_u128(0x5005);

fn fill_cache(store: &Store, schema: usize) {
    let raw = store.raw("cache.db");
    let (maria, rosa, letter) = (MARIA.0.as_bytes(), ROSA.0.as_bytes(), LETTER.as_bytes());
    raw.execute(
        "INSERT INTO residents (id, version, number, name, pin_verifier, access)
         VALUES (?1, 4, '4711', 'Maria Birch', 'v', 0)",
        [maria],
    )
    .unwrap();
    raw.execute(
        "INSERT INTO threads (id, resident, connection, messages, unread, newest_number,
                              newest_at, tail_first, tail_count)
         VALUES (3, ?1, ?2, 1, 1, 7, 70, 7, 1)",
        (maria, rosa),
    )
    .unwrap();
    raw.execute(
        "INSERT INTO messages (row, id, version, thread, number, direction, at, state, body,
                               attachments)
         VALUES (1, ?1, 5, 3, 7, 0, 70, 0, 'The garden is green.', 0)",
        [letter],
    )
    .unwrap();
    if schema >= 2 {
        raw.execute(
            "INSERT INTO drafts (id, version, resident, connection, revision, sealed, kiosk, at)
             VALUES (?1, 6, ?2, ?3, 2, 'c2VhbGVk', 'Dayroom A', 80)",
            (Uuid::from_u128(2).as_bytes(), maria, rosa),
        )
        .unwrap();
        let account = serde_json::to_string(&Account::default()).unwrap();
        raw.execute(
            "INSERT INTO accounts (resident, version, body) VALUES (?1, 6, ?2)",
            (maria, account),
        )
        .unwrap();
    }
}

fn fill_journal(store: &Store, schema: usize) {
    let raw = store.raw("journal.db");
    let (maria, rosa) = (MARIA.0.as_bytes(), ROSA.0.as_bytes());
    raw.execute(
        "INSERT INTO identity (one, journal, salt) VALUES (1, ?1, ?2)",
        [vec![3_u8; 16], vec![4_u8; 32]],
    )
    .unwrap();
    raw.execute(
        "INSERT INTO intents (number, id, resident, made_at, body, told)
         VALUES (41, ?1, ?2, 5, '{\"do\":\"consent\",\"version\":2}', 0)",
        [intent_id(1).0.as_bytes(), maria],
    )
    .unwrap();
    let mut drafts = vec![(1_u128, "Dear Rosa"), (2, "And another thing")];
    if schema >= 2 {
        drafts.push((3, "Sent once, and refused"));
    }
    for (id, words) in drafts {
        raw.execute(
            "INSERT INTO drafts (id, resident, connection, body, changed_at)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            (
                Uuid::from_u128(id).as_bytes(),
                maria,
                rosa,
                words,
                id as i64,
            ),
        )
        .unwrap();
    }
    if schema >= 2 {
        raw.execute(
            "UPDATE drafts SET sent_as = 40, refused = 6, based_on = 4 WHERE changed_at = 3",
            [],
        )
        .unwrap();
    }
    raw.execute(
        "INSERT INTO audit (at, event, fields) VALUES (5, 'sign_in', '{}')",
        [],
    )
    .unwrap();
}

#[test]
fn a_store_of_any_earlier_schema_is_opened_with_all_that_is_in_it() {
    for schema in 1..=3 {
        let store = store_of_schema(schema);
        fill_cache(&store, schema);
        fill_journal(&store, schema);

        let mut cache = store.cache();
        let _blobs = store.blobs();
        let reader = store.reader();
        let found = reader.resident_by_number(&number("4711")).unwrap();
        assert!(found.unwrap().id == MARIA);
        let letters = reader.messages(MARIA, ROSA, 0, 10).unwrap();
        assert_eq!(letters[0].text.as_deref(), Some("The garden is green."));
        // Words that came before there was an index are found too.
        while cache.index_some().unwrap() {}
        let garden = Query {
            words: Words::parse("garden"),
            ..Query::default()
        };
        let found = reader.search(MARIA, &garden, 0, 9).unwrap();
        assert_eq!((found.hits.len(), found.unprepared), (1, 0));
        let sealed = reader.sealed_drafts(MARIA).unwrap();
        assert_eq!(sealed.len(), usize::from(schema >= 2));
        assert_eq!(reader.account(MARIA).unwrap().is_some(), schema >= 2);
        cache.check().unwrap();

        let mut journal = store.journal();
        assert_eq!(journal.identity().0.as_bytes(), &[3; 16]);
        let kept = journal.unsettled(MARIA).unwrap();
        assert_eq!(kept[0].number.0, 41);
        // What was audited before there was a chain stays where it is, and the chain says so.
        let now = dayroom::domain::Now::default();
        journal.audit(kinds::kiosk_open(), now).unwrap();
        let began = &journal.audited(0, 9).unwrap().entries[0];
        assert_eq!(began.fields()["because"].to_string(), "upgrade");
        assert_eq!(began.fields()["earlier"].to_string(), "1");
        let next = journal.record(&crate::journal::accept(2)).unwrap();
        assert_eq!(next.0, 42);
        journal.check().unwrap();
    }
}

#[test]
fn an_update_never_removes_a_draft() {
    for schema in 1..=3 {
        let store = store_of_schema(schema);
        fill_journal(&store, schema);
        let mut journal = store.journal();
        let drafts = journal.drafts(MARIA).unwrap();
        let words: Vec<_> = drafts.iter().map(|draft| draft.body.as_str()).collect();
        let mut expected = vec!["And another thing", "Dear Rosa"];
        if schema >= 2 {
            expected.insert(0, "Sent once, and refused");
            assert_eq!(drafts[0].refused, Some(Refusal::NoFunds));
            assert_eq!(drafts[0].based_on, 4);
        }
        assert_eq!(words, expected, "schema {schema}");
        // It goes on as if nothing had happened.
        let longer = Draft {
            body: "Dear Rosa, how are you?".to_owned(),
            ..drafts.last().unwrap().clone()
        };
        assert_eq!(journal.save_draft(&longer).unwrap(), SavedDraft::Kept);
        let kept = journal.draft_by_id(MARIA, longer.id).unwrap();
        assert_eq!(kept.unwrap().body, longer.body);
    }
}
