use rusqlite::Connection;
use rusqlite::config::DbConfig;
use tempfile::TempDir;

use super::*;

const SCHEMA: Schema = Schema {
    file: StoreFile::Blobs,
    steps: &["CREATE TABLE things (id INTEGER PRIMARY KEY) STRICT;"],
};
const PAGES: PageCache = PageCache(256);

fn place() -> (StorePlace, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (StorePlace::new(folder.path()), folder)
}

fn key() -> StoreKey {
    StoreKey::new([7; 32])
}

fn pragma(sql: &Connection, name: &str) -> String {
    let value = sql.pragma_query_value(None, name, |row| {
        let number: rusqlite::Result<i64> = row.get(0);
        number.map_or_else(|_| row.get(0), |number| Ok(number.to_string()))
    });
    value.unwrap_or_default()
}

#[test]
fn a_writer_has_the_settings_of_the_design() {
    let (place, _folder) = place();
    let writer = Writer::open(&place, &key(), &SCHEMA, PAGES).unwrap();
    for (name, value) in [
        ("journal_mode", "wal"),
        ("synchronous", "2"),
        ("temp_store", "2"),
        ("secure_delete", "1"),
        ("cell_size_check", "1"),
        ("trusted_schema", "0"),
        ("foreign_keys", "1"),
        ("query_only", "0"),
        ("user_version", "1"),
    ] {
        assert_eq!(pragma(&writer.sql, name), value, "{name}");
    }
    assert!(["", "0"].contains(&pragma(&writer.sql, "mmap_size").as_str()));
    let defensive = DbConfig::SQLITE_DBCONFIG_DEFENSIVE;
    assert!(writer.sql.db_config(defensive).unwrap());
    assert!(pragma(&writer.sql, "cipher_version").starts_with('4'));
}

#[test]
fn a_reader_cannot_write_nor_checkpoint() {
    let (place, _folder) = place();
    let writer = Writer::open(&place, &key(), &SCHEMA, PAGES).unwrap();
    let reader = open_reader(&place, &key(), &SCHEMA, PAGES).unwrap();
    let insert = "INSERT INTO things (id) VALUES (1)";
    assert!(reader.execute(insert, []).is_err());
    // Nor if one of the two bars were gone.
    reader.pragma_update(None, "query_only", false).unwrap();
    assert!(reader.execute(insert, []).is_err());
    assert!(run(&reader, "PRAGMA wal_checkpoint(TRUNCATE)").is_err());
    assert_eq!(pragma(&reader, "wal_autocheckpoint"), "0");
    let no_checkpoint = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
    assert!(reader.db_config(no_checkpoint).unwrap());
    // The control.
    writer.sql.execute(insert, []).unwrap();
}

#[test]
fn a_setting_that_does_not_hold_is_named() {
    let (place, _folder) = place();
    let writer = Writer::open(&place, &key(), &SCHEMA, PAGES).unwrap();
    for (name, wrong) in [
        ("temp_store", 1),
        ("secure_delete", 0),
        ("cell_size_check", 0),
        ("trusted_schema", 1),
        ("foreign_keys", 0),
    ] {
        let right = writer
            .sql
            .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
            .unwrap();
        writer.sql.pragma_update(None, name, wrong).unwrap();
        let error = assert_settings(&writer.sql, SCHEMA.file, 0).unwrap_err();
        assert!(
            matches!(error, StoreError::Setting { setting, .. } if setting == name),
            "{name}: {error}"
        );
        writer.sql.pragma_update(None, name, right).unwrap();
    }
    let defensive = DbConfig::SQLITE_DBCONFIG_DEFENSIVE;
    writer.sql.set_db_config(defensive, false).unwrap();
    assert!(assert_settings(&writer.sql, SCHEMA.file, 0).is_err());
}

#[test]
fn a_migration_cut_short_leaves_the_old_schema() {
    const CUT: Schema = Schema {
        file: StoreFile::Blobs,
        steps: &[
            SCHEMA.steps[0],
            "CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT; SELECT no_such_thing();",
        ],
    };
    const MENDED: Schema = Schema {
        file: StoreFile::Blobs,
        steps: &[
            SCHEMA.steps[0],
            "CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT;",
        ],
    };
    let (place, _folder) = place();
    let writer = Writer::open(&place, &key(), &SCHEMA, PAGES).unwrap();
    writer
        .sql
        .execute("INSERT INTO things (id) VALUES (8)", [])
        .unwrap();
    drop(writer);
    assert!(Writer::open(&place, &key(), &CUT, PAGES).is_err());
    let old = open_reader(&place, &key(), &SCHEMA, PAGES).unwrap();
    assert_eq!(pragma(&old, "user_version"), "1");
    // A reader of the next release waits for its writer.
    let early = open_reader(&place, &key(), &MENDED, PAGES).unwrap_err();
    assert!(matches!(early, StoreError::NotYet(_)));

    let writer = Writer::open(&place, &key(), &MENDED, PAGES).unwrap();
    let kept: i64 = writer
        .sql
        .query_row("SELECT id FROM things", [], |row| row.get(0))
        .unwrap();
    assert_eq!((kept, pragma(&writer.sql, "user_version")), (8, "2".into()));
}

#[test]
fn the_key_is_in_no_error() {
    let (place, _folder) = place();
    std::fs::write(place.path(SCHEMA.file), [1; 8192]).unwrap();
    let error = Writer::open(&place, &key(), &SCHEMA, PAGES).err().unwrap();
    assert!(!format!("{error:?}").contains("0707"));
}
