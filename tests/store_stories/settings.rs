use std::os::unix::fs::PermissionsExt;

use dayroom::store::{CacheReader, CacheWriter, StoreError, StoreFile, Synchronous};

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

const FROZEN: [(&str, &str); 3] = [
    ("cache.db", include_str!("../../src/store/cache/0001.sql")),
    ("blobs.db", include_str!("../../src/store/blobs/0001.sql")),
    (
        "journal.db",
        include_str!("../../src/store/journal/0001.sql"),
    ),
];

/// The SHA-256 of each released step: what is on disks cannot be changed any more.
#[test]
fn released_schemas_are_frozen() {
    let frozen = include_str!("frozen.txt");
    let now: String = FROZEN
        .iter()
        .map(|(name, sql)| format!("{} {name}\n", hash(sql.as_bytes())))
        .collect();
    assert_eq!(now, frozen);
}

#[test]
fn a_store_of_the_first_schema_is_opened_with_all_that_is_in_it() {
    let store = Store::new();
    std::fs::create_dir_all(&store.place.folder).unwrap();
    for (name, sql) in FROZEN {
        let raw = store.raw(name);
        raw.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))
            .unwrap();
        raw.execute_batch(sql).unwrap();
        raw.execute_batch("PRAGMA user_version = 1").unwrap();
    }
    store
        .raw("cache.db")
        .execute(
            "INSERT INTO residents (id, version, number, name, pin_verifier, access)
             VALUES (?1, 4, '4711', 'Maria Birch', 'v', 0)",
            [MARIA.0.as_bytes().as_slice()],
        )
        .unwrap();
    let raw = store.raw("journal.db");
    raw.execute(
        "INSERT INTO identity (one, journal, salt) VALUES (1, ?1, ?2)",
        [vec![3_u8; 16], vec![4_u8; 32]],
    )
    .unwrap();
    raw.execute(
        "INSERT INTO intents (number, id, resident, made_at, body, told)
         VALUES (41, ?1, ?2, 5, '{\"do\":\"consent\",\"version\":2}', 0)",
        [intent_id(1).0.as_bytes(), MARIA.0.as_bytes()],
    )
    .unwrap();
    drop(raw);

    let _cache = store.cache();
    let _blobs = store.blobs();
    let mut journal = store.journal();
    let found = store.reader().resident_by_number(&number("4711")).unwrap();
    assert!(found.unwrap().id == MARIA);
    assert_eq!(journal.identity().0.as_bytes(), &[3; 16]);
    let kept = journal.unsettled(MARIA).unwrap();
    assert_eq!(kept[0].number.0, 41);
    let next = journal.record(&crate::journal::accept(2)).unwrap();
    assert_eq!(next.0, 42);
}
