//! A small encrypted store of notes, opened as the product opens its own.

use rusqlite::{Connection, OpenFlags};

use crate::support::disk::{Disk, Random};

pub const DATABASE: &str = "/store/journal.db";

/// A raw key and, in its last 32 digits, the salt.
pub const KEY_AND_SALT: &str = "PRAGMA key = \"x'\
    5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\
    c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3'\";";

/// The same key; SQLCipher then draws a salt and keeps it in the first 16 bytes of the file only.
pub const KEY_ALONE: &str = "PRAGMA key = \"x'\
    5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a'\";";

/// Opens the store: key first, then its pragmas, then proof that the journal mode took.
pub fn open(disk: &Disk, synchronous: &str) -> rusqlite::Result<Connection> {
    open_with(disk, KEY_AND_SALT, synchronous)
}

/// Opens the store with another key, or none.
pub fn open_with(disk: &Disk, key: &str, synchronous: &str) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags_and_vfs(DATABASE, flags, disk.vfs_name())?;
    db.execute_batch(key)?;
    db.execute_batch(
        "PRAGMA cipher_log_level = NONE;
         PRAGMA temp_store = MEMORY;
         PRAGMA secure_delete = ON;",
    )?;
    // Not `query_row`: see `query_row_hides_a_failed_commit_that_query_one_reports`.
    let mode: String = db.query_one("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(rusqlite::Error::InvalidQuery);
    }
    // A small limit for the log, so that checkpoints are hit too.
    db.execute_batch(&format!(
        "PRAGMA synchronous = {synchronous};
         PRAGMA wal_autocheckpoint = 12;
         CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
         CREATE TABLE IF NOT EXISTS tally (one INTEGER PRIMARY KEY, notes INTEGER NOT NULL) STRICT;
         INSERT OR IGNORE INTO tally (one, notes) VALUES (1, 0);"
    ))?;
    Ok(db)
}

/// Up to 6,000 bytes that follow from the id: some rows take a page, some take several.
pub fn body(id: i64) -> Vec<u8> {
    let mut random = Random::new(id.unsigned_abs());
    let mut body = vec![0; random.below(6_000)];
    random.fill(&mut body);
    body
}

/// Inserts a note and counts it, in one transaction.
pub fn insert(db: &Connection, id: i64) -> rusqlite::Result<()> {
    db.execute_batch("BEGIN IMMEDIATE")?;
    let done = insert_within(db, id).and_then(|()| db.execute_batch("COMMIT"));
    if done.is_err() && !db.is_autocommit() {
        // The first error is the one to report; if this fails too, the next BEGIN does.
        let _ = db.execute_batch("ROLLBACK");
    }
    done
}

/// The statements of `insert`, in a transaction that is already open.
pub fn insert_within(db: &Connection, id: i64) -> rusqlite::Result<()> {
    db.execute(
        "INSERT INTO note (id, body) VALUES (?1, ?2)",
        (id, body(id)),
    )?;
    db.execute("UPDATE tally SET notes = ?1", [id])?;
    Ok(())
}

/// How many notes a connection sees.
pub fn count(db: &Connection) -> i64 {
    db.query_row("SELECT count(*) FROM note", [], |row| row.get(0))
        .unwrap()
}

/// 1 if the checkpoint could not finish, else 0.
pub fn checkpoint(db: &Connection, mode: &str) -> i64 {
    db.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
        row.get(0)
    })
    .unwrap()
}

/// The length of a file, as programs see it.
pub fn len(disk: &Disk, name: &str) -> Option<usize> {
    disk.files()
        .into_iter()
        .find(|file| file.0 == name)
        .map(|file| file.1.len())
}

/// What a store holds when it is opened again.
pub struct Kept {
    /// How many notes there are: 1, 2, … without a gap.
    pub rows: i64,
}

impl Kept {
    /// Opens the store and looks at every byte of it.
    pub fn by(disk: &Disk) -> Self {
        let db = open(disk, "FULL").expect("the store opens again");
        let list = |sql: &str| -> Vec<String> {
            let mut statement = db.prepare(sql).unwrap();
            let rows = statement.query_map([], |row| row.get(0)).unwrap();
            rows.map(Result::unwrap).collect()
        };
        assert_eq!(list("PRAGMA integrity_check"), ["ok"]);
        let mut notes = db.prepare("SELECT id, body FROM note ORDER BY id").unwrap();
        let mut notes = notes.query([]).unwrap();
        let mut rows = 0;
        while let Some(note) = notes.next().unwrap() {
            rows += 1;
            assert_eq!(
                note.get::<_, i64>(0).unwrap(),
                rows,
                "a row is missing in between"
            );
            assert_eq!(
                note.get::<_, Vec<u8>>(1).unwrap(),
                body(rows),
                "row {rows} has changed"
            );
        }
        let tally: i64 = db
            .query_row("SELECT notes FROM tally", [], |row| row.get(0))
            .unwrap();
        assert_eq!(tally, rows, "half of a transaction");
        // It reads the main file only, and that is whole only after a checkpoint.
        assert_eq!(checkpoint(&db, "TRUNCATE"), 0);
        assert_eq!(list("PRAGMA cipher_integrity_check"), Vec::<String>::new());
        Self { rows }
    }
}
