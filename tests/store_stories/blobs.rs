use dayroom::domain::BlobHash;
use dayroom::store::{BLOB_BYTES, BlobReader, BlobState, StoreError};

use crate::people::*;

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|n| ((n * n) >> 3) as u8).collect()
}

#[test]
fn a_blob_comes_in_pieces_of_any_size_and_goes_on_after_a_restart() {
    let store = Store::new();
    let picture = bytes(200_001);
    let name = hash(&picture);
    let mut blobs = store.blobs();
    assert_eq!(blobs.have(name).unwrap(), BlobState::Absent);
    blobs.begin(name, 200_001).unwrap();
    let mut offset = 0;
    for size in [1, 65_535, 3, 70_000, 64_462] {
        blobs
            .append(name, offset as u64, &picture[offset..offset + size])
            .unwrap();
        offset += size;
    }
    assert_eq!(offset, 200_001);
    drop(blobs);

    let mut blobs = store.blobs();
    blobs.begin(name, 200_001).unwrap();
    assert_eq!(blobs.have(name).unwrap(), BlobState::Partial(200_001));
    let reader = BlobReader::open(&store.place, &key()).unwrap();
    assert_eq!(reader.read(name).unwrap(), None);
    blobs.finish(name).unwrap();
    assert_eq!(blobs.have(name).unwrap(), BlobState::Complete);
    assert_eq!(reader.read(name).unwrap(), Some(picture));
    blobs.begin(name, 200_001).unwrap();
    assert_eq!(blobs.have(name).unwrap(), BlobState::Complete);
}

#[test]
fn a_piece_that_does_not_follow_is_refused_and_says_what_would() {
    let store = Store::new();
    let picture = bytes(1_000);
    let name = hash(&picture);
    let mut blobs = store.blobs();
    let nothing = blobs.append(name, 0, &picture);
    assert!(matches!(
        nothing,
        Err(StoreError::BlobOutOfPlace { expected: 0 })
    ));
    blobs.begin(name, 1_000).unwrap();
    blobs.append(name, 0, &picture[..400]).unwrap();
    for offset in [0, 399, 401] {
        let refused = blobs.append(name, offset, &picture[400..]);
        assert!(matches!(
            refused,
            Err(StoreError::BlobOutOfPlace { expected: 400 })
        ));
    }
    let early = blobs.finish(name);
    assert!(matches!(
        early,
        Err(StoreError::BlobOutOfPlace { expected: 400 })
    ));
    let long = blobs.append(name, 400, &picture);
    assert!(matches!(long, Err(StoreError::BlobTooLong)));
    blobs.append(name, 400, &picture[400..]).unwrap();
    blobs.finish(name).unwrap();
}

#[test]
fn bytes_that_are_not_what_the_name_says_are_dropped() {
    let store = Store::new();
    let name = hash(b"the true picture");
    let mut blobs = store.blobs();
    blobs.begin(name, 16).unwrap();
    blobs.append(name, 0, b"the fake picture").unwrap();
    assert!(matches!(blobs.finish(name), Err(StoreError::BlobSpoiled)));
    assert_eq!(blobs.have(name).unwrap(), BlobState::Absent);
    keep_blob(&mut blobs, b"the true picture");
    assert_eq!(blobs.have(name).unwrap(), BlobState::Complete);
}

#[test]
fn a_blob_announced_with_another_length_starts_again() {
    let store = Store::new();
    let name = hash(b"abcd");
    let mut blobs = store.blobs();
    blobs.begin(name, 9).unwrap();
    blobs.append(name, 0, b"ab").unwrap();
    blobs.begin(name, 4).unwrap();
    assert_eq!(blobs.have(name).unwrap(), BlobState::Partial(0));
    assert!(matches!(
        blobs.begin(BlobHash([1; 32]), BLOB_BYTES + 1),
        Err(StoreError::BlobTooLong)
    ));
}

#[test]
fn only_what_is_still_named_is_kept() {
    let store = Store::new();
    let mut blobs = store.blobs();
    keep_blob(&mut blobs, b"one");
    keep_blob(&mut blobs, b"two");
    blobs.begin(hash(b"three"), 5).unwrap();
    let keep = [hash(b"two")].into();
    assert_eq!(blobs.keep_only(&keep).unwrap(), 2);
    assert_eq!(blobs.have(hash(b"one")).unwrap(), BlobState::Absent);
    assert_eq!(blobs.have(hash(b"three")).unwrap(), BlobState::Absent);
    assert_eq!(blobs.have(hash(b"two")).unwrap(), BlobState::Complete);
    let wal = std::fs::metadata(store.place.folder.join("blobs.db-wal")).unwrap();
    assert_eq!(wal.len(), 0);
}
