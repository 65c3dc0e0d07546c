use std::collections::BTreeMap;

use tempfile::TempDir;

use super::*;
use crate::domain::{IntentBody, IntentId, ResidentId};
use crate::store::{BlobWriter, CacheWriter, Journal, NewIntent};

fn key() -> StoreKey {
    StoreKey::new([7; 32])
}

fn place() -> (StorePlace, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (StorePlace::new(folder.path().join("store")), folder)
}

/// Three files with something in them.
fn filled(place: &StorePlace) {
    drop(CacheWriter::open(place, &key()).unwrap());
    drop(BlobWriter::open(place, &key()).unwrap());

    let mut journal = Journal::open(place, &key()).unwrap();
    for number in 1..=3_u128 {
        let intent = NewIntent {
            id: IntentId(uuid::Uuid::from_u128(number)),
            resident: ResidentId(uuid::Uuid::from_u128(9)),
            made_at: UtcMillis(1000 * i64::try_from(number).unwrap()),
            held_until: None,
            body: IntentBody::SignIn,
        };
        journal.record(&intent).unwrap();
    }
}

/// Every file of the folder but the shared index, and what is in it.
fn contents(place: &StorePlace) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(&place.folder).unwrap();
    let files = entries.map(|entry| entry.unwrap().path());
    files
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let bytes = if name.ends_with("-shm") {
                Vec::new()
            } else {
                fs::read(&path).unwrap()
            };
            (name, bytes)
        })
        .collect()
}

fn examined(place: &StorePlace) -> Examined {
    examine(place, &key(), Depth::EveryPage)
}

#[test]
fn three_good_files_are_said_to_be_good_and_nothing_in_their_folder_changes() {
    let (place, _folder) = place();
    filled(&place);
    let before = contents(&place);
    let found = examined(&place);
    for file in [found.cache, found.blobs, found.journal] {
        assert_eq!(file.fault, None, "{found:?}");
        assert!(file.checked && file.schema == Some(file.known));
    }
    let outbox = found.outbox.unwrap();
    assert_eq!(
        (outbox.waiting, outbox.oldest_at),
        (3, Some(UtcMillis(1000)))
    );
    assert_eq!(
        contents(&place),
        before,
        "nothing is written, nothing is left beside"
    );
}

#[test]
fn files_their_writers_have_open_are_read_with_what_is_only_in_the_log() {
    let (place, _folder) = place();
    filled(&place);

    let mut journal = Journal::open(&place, &key()).unwrap();
    let _cache = CacheWriter::open(&place, &key()).unwrap();
    journal
        .record(&NewIntent {
            id: IntentId(uuid::Uuid::from_u128(77)),
            resident: ResidentId(uuid::Uuid::from_u128(9)),
            made_at: UtcMillis(5),
            held_until: None,
            body: IntentBody::SignIn,
        })
        .unwrap();
    let before = contents(&place);
    let found = examined(&place);
    assert_eq!(found.journal.fault, None);
    assert_eq!(found.outbox.unwrap().waiting, 4);
    assert_eq!(contents(&place), before);
}

#[test]
fn a_wrong_key_is_said_of_every_file() {
    let (place, _folder) = place();
    filled(&place);
    let found = examine(&place, &StoreKey::new([8; 32]), Depth::EveryPage);
    for file in [found.cache, found.blobs, found.journal] {
        assert_eq!(file.fault, Some(FileFault::WrongKey));
    }
    assert_eq!(found.outbox, None);
}

#[test]
fn a_damaged_page_is_found_in_its_file_and_in_no_other() {
    let (place, _folder) = place();
    filled(&place);
    let path = place.path(StoreFile::Cache);
    let mut bytes = fs::read(&path).unwrap();
    let third_page = 2 * 4096 + 100;
    bytes[third_page] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let found = examined(&place);
    assert_eq!(found.cache.fault, Some(FileFault::Damaged));
    assert_eq!(found.blobs.fault, None);
    assert_eq!(found.journal.fault, None);
    assert_eq!(fs::read(&path).unwrap(), bytes, "it is not mended either");
}

#[test]
fn what_is_not_there_is_missing_and_is_not_made() {
    let (place, _folder) = place();
    let found = examined(&place);
    assert_eq!(found.cache.fault, Some(FileFault::Missing));
    assert_eq!(found.journal.fault, Some(FileFault::Missing));
    assert!(!place.folder.exists());
}

#[test]
fn a_file_of_a_newer_program_is_told_from_a_damaged_one() {
    let (place, _folder) = place();
    filled(&place);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let path = place.path(StoreFile::Journal);
    let sql = connect_at(&path, &place, &key(), StoreFile::Journal, flags, PAGES).unwrap();
    sql.pragma_update(None, "user_version", 99).unwrap();
    drop(sql);
    let found = examined(&place);
    assert_eq!(found.journal.fault, Some(FileFault::Newer));
    assert_eq!(found.journal.schema, Some(99));
    assert!(found.journal.checked);
    assert_eq!(found.outbox, None, "what it holds may mean something else");
}

#[test]
fn a_log_whose_index_is_gone_is_left_to_its_writer() {
    let (place, _folder) = place();
    filled(&place);
    fs::write(place.folder.join("journal.db-wal"), b"frames").unwrap();
    let before = contents(&place);
    assert_eq!(examined(&place).journal.fault, Some(FileFault::NotClosed));
    assert_eq!(contents(&place), before);
}

#[test]
fn versions_are_those_of_the_store() {
    let (sqlite, cipher) = versions();
    assert!(sqlite.starts_with("3."), "{sqlite}");
    assert!(cipher.unwrap().starts_with('4'));
}
