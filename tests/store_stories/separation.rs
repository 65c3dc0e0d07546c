use dayroom::store::{
    BlobReader, BlobWriter, CacheReader, CacheWriter, Journal, JournalReader, StoreError,
    StoreFile, StoreKey,
};

use crate::people::*;

#[test]
fn who_reads_before_the_writer_is_told_to_wait() {
    let store = Store::new();
    let place = &store.place;
    let cache = CacheReader::open(place, &key()).err();
    assert!(matches!(cache, Some(StoreError::NotYet(StoreFile::Cache))));
    let blobs = BlobReader::open(place, &key()).err();
    assert!(matches!(blobs, Some(StoreError::NotYet(StoreFile::Blobs))));
    let journal = JournalReader::open(place, &key()).err();
    assert!(matches!(
        journal,
        Some(StoreError::NotYet(StoreFile::Journal))
    ));
    assert!(!place.folder.exists());

    // The file is made, its schema is not.
    std::fs::create_dir_all(&place.folder).unwrap();
    std::fs::write(place.folder.join("cache.db"), b"").unwrap();
    let cache = CacheReader::open(place, &key()).err();
    assert!(matches!(cache, Some(StoreError::NotYet(StoreFile::Cache))));
    let _writer = store.cache();
    CacheReader::open(place, &key()).unwrap();
}

#[test]
fn a_second_writer_is_refused() {
    let store = Store::new();
    let place = &store.place;
    let cache = store.cache();
    let blobs = store.blobs();
    let journal = store.journal();
    let second = CacheWriter::open(place, &key()).err();
    assert!(matches!(
        second,
        Some(StoreError::WriterExists(StoreFile::Cache))
    ));
    let second = BlobWriter::open(place, &key()).err();
    assert!(matches!(
        second,
        Some(StoreError::WriterExists(StoreFile::Blobs))
    ));
    let second = Journal::open(place, &key()).err();
    assert!(matches!(
        second,
        Some(StoreError::WriterExists(StoreFile::Journal))
    ));
    drop((cache, blobs, journal));
    store.cache();
    store.journal();
}

#[test]
fn a_wrong_key_is_named_and_changes_nothing() {
    let store = Store::new();
    apply(&mut store.cache(), vec![maria(1)]);
    store.journal().record(&crate::journal::accept(1)).unwrap();
    store.blobs();
    let wrong = StoreKey::new([8; 32]);
    let before = files(&store);
    let unreadable = |error: Option<StoreError>| matches!(error, Some(StoreError::Unreadable(_)));
    assert!(unreadable(CacheWriter::open(&store.place, &wrong).err()));
    assert!(unreadable(CacheReader::open(&store.place, &wrong).err()));
    assert!(unreadable(BlobWriter::open(&store.place, &wrong).err()));
    assert!(unreadable(BlobReader::open(&store.place, &wrong).err()));
    assert!(unreadable(Journal::open(&store.place, &wrong).err()));
    assert!(unreadable(JournalReader::open(&store.place, &wrong).err()));
    assert!(unreadable(
        dayroom::store::open_cache(&store.place, &wrong).err()
    ));
    assert_eq!(files(&store), before);
    assert!(store.reader().resident(MARIA).unwrap().is_some());
}

/// Names and bytes of the store's main files.
fn files(store: &Store) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(&store.place.folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.to_string_lossy().ends_with("-shm"))
        .filter(|path| !path.to_string_lossy().ends_with("-wal"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn the_version_of_the_data_changes_when_the_writer_commits_and_only_then() {
    let store = Store::new();
    let mut cache = store.cache();
    let reader = store.reader();
    let first = reader.data_version().unwrap();
    reader.connections(MARIA).unwrap();
    assert_eq!(reader.data_version().unwrap(), first);
    let mut page = next_page(&cache, vec![maria(1)]);
    page.after = "9".to_owned();
    cache.apply(&page).unwrap_err();
    assert_eq!(reader.data_version().unwrap(), first);
    apply(&mut cache, vec![maria(1)]);
    let second = reader.data_version().unwrap();
    assert_ne!(second, first);
    assert_eq!(reader.data_version().unwrap(), second);
}

#[test]
fn a_reader_works_beside_the_writer_and_leaves_the_wal_alone() {
    let store = Store::new();
    let mut cache = store.cache();
    apply(&mut cache, vec![maria(1)]);
    let wal = store.place.folder.join("cache.db-wal");
    let length = std::fs::metadata(&wal).unwrap().len();
    assert!(length > 0);
    let reader = store.reader();
    assert!(reader.resident(MARIA).unwrap().is_some());
    drop(reader);
    assert_eq!(std::fs::metadata(&wal).unwrap().len(), length);

    // Nor does the last one out checkpoint, if it only reads.
    let reader = store.reader();
    let main = store.place.folder.join("cache.db");
    std::mem::forget(cache);
    let before = std::fs::read(&main).unwrap();
    drop(reader);
    assert_eq!(std::fs::read(&main).unwrap(), before);
}
