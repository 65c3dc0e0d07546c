use std::fs;
use std::io::{Seek, SeekFrom, Write};

use dayroom::domain::IntentNumber;
use dayroom::store::{
    CacheReader, CacheWriter, JournalReader, Refetchable, StoreError, open_blobs, open_cache,
    set_aside,
};

use crate::people::*;

/// Writes over the file from a place on.
fn spoil(store: &Store, name: &str, at: u64, bytes: usize) {
    let path = store.place.folder.join(name);
    let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(&vec![0x5a; bytes]).unwrap();
}

fn filled() -> Store {
    let store = Store::new();
    let mut cache = store.cache();
    let letters = (1..=400).map(|n| sent(n, message(n)));
    apply(
        &mut cache,
        std::iter::once(maria(1)).chain(letters).collect(),
    );
    store.journal().record(&crate::journal::accept(1)).unwrap();
    store
}

#[test]
fn a_damaged_page_is_found_before_it_is_shown() {
    let store = filled();
    let pages = fs::metadata(store.place.folder.join("cache.db"))
        .unwrap()
        .len()
        / 4096;
    assert!(pages > 20);
    spoil(&store, "cache.db", 4096 * 2, 4096 * (pages as usize - 2));
    let cache = CacheWriter::open(&store.place, &key());
    let error = match cache {
        Ok(cache) => cache.check().unwrap_err(),
        Err(error) => error,
    };
    assert!(error.is_damage(), "{error:?}");
    let reader = CacheReader::open(&store.place, &key());
    let error = reader
        .and_then(|reader| reader.messages(MARIA, ROSA, 0, 400).map(|_| ()))
        .unwrap_err();
    assert!(error.is_damage(), "{error:?}");
}

#[test]
fn a_damaged_cache_is_set_aside_while_the_journal_survives() {
    let store = filled();
    spoil(&store, "cache.db", 0, 4096);
    let (mut cache, aside) = open_cache(&store.place, &key()).unwrap();
    let aside = aside.unwrap();
    assert_eq!(aside.file_name().unwrap(), "cache.db.damaged-1");
    assert!(aside.exists());
    assert_eq!(cache.position().unwrap().cursor, "");
    apply(&mut cache, vec![maria(1)]);
    drop(cache);

    // A second time it goes beside the first.
    spoil(&store, "cache.db", 0, 4096);
    let (_cache, aside) = open_cache(&store.place, &key()).unwrap();
    assert_eq!(aside.unwrap().file_name().unwrap(), "cache.db.damaged-2");
    let journal = JournalReader::open(&store.place, &key()).unwrap();
    assert_eq!(journal.offers(IntentNumber(1), 10).unwrap().len(), 1);
}

#[test]
fn a_sound_file_is_not_set_aside() {
    let store = filled();
    assert!(open_cache(&store.place, &key()).unwrap().1.is_none());
    assert!(open_blobs(&store.place, &key()).unwrap().1.is_none());
    assert!(store.reader().resident(MARIA).unwrap().is_some());
}

#[test]
fn a_reader_learns_that_its_file_was_set_aside() {
    let store = filled();
    let reader = store.reader();
    reader.data_version().unwrap();
    set_aside(&store.place, Refetchable::Cache).unwrap();
    let replaced = reader.data_version();
    assert!(matches!(replaced, Err(StoreError::Replaced(_))));
    let gone = CacheReader::open(&store.place, &key()).err();
    assert!(matches!(gone, Some(StoreError::NotYet(_))));
    let _cache = store.cache();
    assert!(store.reader().resident(MARIA).unwrap().is_none());
}

#[test]
fn a_damaged_journal_is_kept_as_it_is() {
    let store = filled();
    spoil(&store, "journal.db", 0, 4096);
    let path = store.place.folder.join("journal.db");
    let before = fs::read(&path).unwrap();
    let refused = dayroom::store::Journal::open(&store.place, &key()).err();
    assert!(refused.unwrap().is_damage());
    assert_eq!(fs::read(&path).unwrap(), before);
}
