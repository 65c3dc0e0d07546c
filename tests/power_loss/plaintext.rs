//! No word of a person in clear on the disk.

use crate::notes::{KEY_AND_SALT, open_with};
use crate::support::disk::Disk;

const CANARY: &str = "Rosalind-Achterberg-canary-7319";

#[test]
fn no_file_holds_a_plaintext_canary() {
    assert_eq!(files_with_canary(true), Vec::<String>::new());
    let plain = files_with_canary(false);
    assert!(
        !plain.is_empty(),
        "the search finds nothing even in a plain database"
    );
}

/// Names of the files in which the canary can be read, at any moment of a small life.
fn files_with_canary(encrypted: bool) -> Vec<String> {
    let disk = Disk::new(9);
    let mut found = Vec::new();
    let mut look = || {
        for (name, bytes) in disk.files().into_iter().chain(disk.platter()) {
            let canary = CANARY.as_bytes();
            if bytes.windows(canary.len()).any(|window| window == canary) {
                found.push(name);
            }
        }
    };
    let db = open_with(&disk, if encrypted { KEY_AND_SALT } else { "" }, "FULL").unwrap();
    db.execute_batch("CREATE TABLE letter (id INTEGER PRIMARY KEY, words TEXT NOT NULL) STRICT;")
        .unwrap();
    for id in 0..200 {
        let words = format!("{CANARY} {id} {}", "and so on ".repeat(40));
        db.execute(
            "INSERT INTO letter (id, words) VALUES (?1, ?2)",
            (id, words),
        )
        .unwrap();
    }
    look();
    // A sort that does not fit into the cache, an index, a rebuild, and a rollback journal.
    db.execute_batch("PRAGMA cache_size = 5; CREATE INDEX by_words ON letter (words);")
        .unwrap();
    look();
    for journal in ["WAL", "PERSIST"] {
        db.pragma_update(None, "journal_mode", journal).unwrap();
        db.execute_batch("BEGIN; UPDATE letter SET words = words || 'x';")
            .unwrap();
        look();
        db.execute_batch("COMMIT; VACUUM;").unwrap();
        look();
    }
    drop(db);
    look();
    assert_eq!(
        disk.counters().temp_files,
        0,
        "temp_store = MEMORY makes no temporary files"
    );
    found
}
