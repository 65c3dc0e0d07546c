//! What the encrypted store keeps when the power goes, a process dies or a disk fails.
//!
//! The statements run on SQLCipher over `support::disk`, with the pragmas of the product's store.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use support::disk::file::{Overwrite, SECTOR, SimFile};
use support::disk::{Disk, Fault, Random};

const DATABASE: &str = "/store/journal.db";
const CANARY: &str = "Rosalind-Achterberg-canary-7319";

// ---- power cuts and kills ----

#[test]
fn power_cut_at_any_call_loses_no_committed_row_with_synchronous_full() {
    let mut committed = 0;
    for seed in 0..300 {
        let run = crash_twice(seed, "FULL", Fault::PowerCut);
        assert_eq!(run.lost, 0, "seed {seed} lost committed rows");
        committed += run.promised;
    }
    assert!(
        committed > 5_000,
        "only {committed} rows were ever at stake"
    );
}

#[test]
fn power_cut_loses_commits_with_synchronous_normal_and_leaves_a_sound_database() {
    let losses = (0..300).filter(|seed| crash_twice(*seed, "NORMAL", Fault::PowerCut).lost > 0);
    let seeds = losses.count();
    assert!(
        seeds >= 100,
        "NORMAL lost commits in only {seeds} of 300 seeds: nothing is proven"
    );
}

#[test]
fn killed_process_loses_nothing_even_with_synchronous_normal() {
    for seed in 0..150 {
        let run = crash_twice(seed, "NORMAL", Fault::Killed);
        assert_eq!(run.lost, 0, "seed {seed} lost committed rows");
    }
}

#[test]
fn the_same_seed_cuts_the_same_way() {
    for seed in 0..40 {
        let [one, two] = [(), ()].map(|()| crash_twice(seed, "NORMAL", Fault::PowerCut));
        assert_eq!(one, two, "seed {seed}");
    }
}

#[test]
fn deleted_rollback_journal_may_come_back_unless_synchronous_is_extra() {
    let lost = |synchronous: &str| {
        let undone = (0..100).filter(|seed| {
            let disk = Disk::new(*seed);
            let db = open(&disk, synchronous).unwrap();
            db.pragma_update(None, "journal_mode", "DELETE").unwrap();
            insert(&db, 1).unwrap();
            disk.power_cut(*seed);
            drop(db);
            Kept::by(&disk).rows == 0
        });
        undone.count()
    };
    assert!(lost("FULL") > 0, "the directory never forgot a deletion");
    assert_eq!(lost("EXTRA"), 0);
}

#[test]
fn salt_kept_only_in_the_file_can_be_lost_with_its_first_sector() {
    let refused = |key: &str| {
        let cuts = (0..60).filter(|seed| {
            let disk = Disk::new(*seed);
            let db = open_with(&disk, key, "FULL").unwrap();
            insert(&db, 1).unwrap();
            // The checkpoint writes the first page again, and the power goes before its sync.
            disk.fail_after(1, Fault::PowerCut);
            assert!(
                db.query_one("PRAGMA wal_checkpoint(FULL)", [], |_| Ok(()))
                    .is_err()
            );
            drop(db);
            open_with(&disk, key, "FULL").is_err()
        });
        cuts.count()
    };
    assert!(
        refused(KEY_ALONE) > 0,
        "no cut ever spoiled the first sector"
    );
    assert_eq!(refused(KEY_AND_SALT), 0);
}

#[test]
fn connection_from_before_the_crash_gets_errors_and_does_no_harm() {
    for power in [true, false] {
        let disk = Disk::new(3);
        let dead = open(&disk, "FULL").unwrap();
        insert(&dead, 1).unwrap();
        dead.execute_batch("BEGIN IMMEDIATE").unwrap();
        insert_within(&dead, 2).unwrap();
        if power {
            disk.power_cut(3)
        } else {
            disk.crash_process()
        }

        let alive = open(&disk, "FULL").unwrap();
        insert(&alive, 2).unwrap();
        let error = dead.execute_batch("COMMIT").unwrap_err();
        assert_eq!(error.sqlite_error_code(), Some(ErrorCode::SystemIoFailure));
        assert!(insert(&dead, 3).is_err());
        drop(dead);
        insert(&alive, 3).unwrap();
        drop(alive);
        assert_eq!(Kept::by(&disk).rows, 3);
    }
}

// ---- several connections ----

#[test]
fn writer_and_query_only_reader_see_each_others_commits() {
    let disk = Disk::new(4);
    let writer = open(&disk, "FULL").unwrap();
    let reader = open(&disk, "FULL").unwrap();
    reader.pragma_update(None, "query_only", true).unwrap();
    for id in 1..=60 {
        assert_eq!(count(&reader), id - 1);
        insert(&writer, id).unwrap();
        assert_eq!(count(&reader), id);
    }
    assert!(insert(&reader, 61).is_err());
}

#[test]
fn reader_keeps_its_snapshot_through_commits_and_checkpoints() {
    let disk = Disk::new(5);
    let writer = open(&disk, "FULL").unwrap();
    let reader = open(&disk, "FULL").unwrap();
    for round in 0..30 {
        let seen = round * 3;
        reader.execute_batch("BEGIN").unwrap();
        assert_eq!(count(&reader), seen);
        for id in seen + 1..=seen + 3 {
            insert(&writer, id).unwrap();
        }
        let busy = checkpoint(&writer, "PASSIVE");
        assert_eq!(
            (busy, count(&reader)),
            (0, seen),
            "a passive checkpoint waits for nobody"
        );
        let busy = checkpoint(&writer, "TRUNCATE");
        assert_eq!(
            (busy, count(&reader)),
            (1, seen),
            "the reader still needs the log"
        );
        reader.execute_batch("COMMIT").unwrap();
        assert_eq!(count(&reader), seen + 3);
        assert_eq!(checkpoint(&writer, "TRUNCATE"), 0);
        assert_eq!(count(&reader), seen + 3);
    }
    assert_eq!(len(&disk, "/store/journal.db-wal"), Some(0));
}

#[test]
fn second_writer_waits_in_virtual_time_and_is_told_that_the_first_is_busy() {
    let disk = Disk::new(6);
    let [first, second] = [(), ()].map(|()| open(&disk, "FULL").unwrap());
    first.execute_batch("BEGIN IMMEDIATE").unwrap();
    second
        .busy_timeout(std::time::Duration::from_secs(3_600))
        .unwrap();
    let before = disk.time_ms();
    let refused = second.execute_batch("BEGIN IMMEDIATE").unwrap_err();
    assert_eq!(refused.sqlite_error_code(), Some(ErrorCode::DatabaseBusy));
    assert!((3_500_000..3_700_000).contains(&(disk.time_ms() - before)));
    first.execute_batch("COMMIT").unwrap();
    second.execute_batch("BEGIN IMMEDIATE; COMMIT").unwrap();

    let clock = |db: &Connection| -> String {
        db.query_row("SELECT datetime('now')", [], |row| row.get(0))
            .unwrap()
    };
    disk.set_time_ms(1_900_000_000_000);
    assert_eq!(clock(&first), "2030-03-17 17:46:40");
}

// ---- failing calls ----

#[test]
fn io_error_at_any_call_never_unmakes_a_committed_row() {
    for overwrite in [Overwrite::Powersafe, Overwrite::Unsafe] {
        fail_at_every_call(Fault::IoErrOnce, overwrite);
        fail_at_every_call(Fault::IoErrForever, overwrite);
    }
}

#[test]
fn full_disk_at_any_call_never_unmakes_a_committed_row() {
    for overwrite in [Overwrite::Powersafe, Overwrite::Unsafe] {
        fail_at_every_call(Fault::Full, overwrite);
    }
}

// Only where overwriting is powersafe, as SQLite's unix VFS has it. Elsewhere SQLite pads its log
// to whole sectors and leaves half of the last frame for the next sync; if that one fails, the
// frame is torn for good, and with it goes what is committed behind it.
#[test]
fn failed_sync_at_any_call_never_unmakes_a_committed_row() {
    fail_at_every_call(Fault::SyncFails, Overwrite::Powersafe);
}

#[test]
fn query_row_hides_a_failed_commit_that_query_one_reports() {
    let insert = "INSERT INTO note (id, body) VALUES (1, x'00') RETURNING id";
    let id = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
    for fault in [Fault::IoErrOnce, Fault::Full, Fault::SyncFails] {
        let disk = Disk::new(8);
        let db = open(&disk, "FULL").unwrap();
        // The commit of a statement that answers rows comes after its last row, which
        // `query_row` never asks for.
        disk.fail_after(0, fault);
        assert_eq!(db.query_row(insert, [], id), Ok(1), "{fault:?}");
        assert_eq!(count(&db), 0, "{fault:?}");
        disk.fail_after(0, fault);
        assert!(db.query_one(insert, [], id).is_err(), "{fault:?}");
    }
}

#[test]
fn switch_to_wal_that_failed_is_seen_by_query_one_and_by_a_checkpoint_only() {
    // Seven calls make the switch; the first fails before the answer, the others behind it.
    for call in 1..6 {
        let fresh = || {
            let disk = Disk::new(8);
            let flags = OpenFlags::default();
            let db = Connection::open_with_flags_and_vfs(DATABASE, flags, disk.vfs_name()).unwrap();
            db.execute_batch(KEY_AND_SALT).unwrap();
            disk.fail_after(call, Fault::IoErrOnce);
            (disk, db)
        };
        let text = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
        let frames = |row: &rusqlite::Row<'_>| row.get::<_, i64>(1);

        let (_disk, db) = fresh();
        let mode = db.query_row("PRAGMA journal_mode = WAL", [], text);
        assert_eq!(mode.as_deref(), Ok("wal"), "call {call}");
        let mode = db.query_row("PRAGMA journal_mode", [], text);
        assert_eq!(
            mode.as_deref(),
            Ok("wal"),
            "call {call}: reading it back proves nothing"
        );
        assert_eq!(
            db.query_one("PRAGMA wal_checkpoint", [], frames),
            Ok(-1),
            "there is no log"
        );

        let (_disk, db) = fresh();
        assert!(
            db.query_one("PRAGMA journal_mode = WAL", [], text).is_err(),
            "call {call}"
        );
    }
}

// ---- plaintext ----

#[test]
fn no_file_holds_a_plaintext_canary() {
    assert_eq!(files_with_canary(true), Vec::<String>::new());
    let plain = files_with_canary(false);
    assert!(
        !plain.is_empty(),
        "the search finds nothing even in a plain database"
    );
}

// ---- one file ----

#[test]
fn unsynced_write_is_lost_kept_torn_or_overtaken_and_a_synced_one_stays() {
    let [old, mid, new] = [b'o', b'm', b'n'].map(|letter| vec![letter; 8 * SECTOR]);
    let (mut lost, mut kept, mut torn, mut overtaken, mut short) = (0, 0, 0, 0, 0);
    for seed in 0..400 {
        let mut file = SimFile::default();
        file.write(0, &old);
        file.sync();
        file.write(0, &mid);
        file.write(0, &new);
        file.write(old.len(), &new);
        file.lose_power(&mut Random::new(seed), Overwrite::Powersafe);
        assert_eq!(file.current(), file.durable());
        let (front, back) = file.current().split_at(old.len());
        assert!(
            front
                .chunks(SECTOR)
                .all(|sector| sector.iter().all(|byte| *byte == sector[0]))
        );
        assert!(!front.contains(&0), "seed {seed}: a synced sector is gone");
        lost += usize::from(front == old && back.is_empty());
        kept += usize::from(front == new && back == new);
        torn += usize::from(front.contains(&b'o') && front.contains(&b'n'));
        overtaken += usize::from(front == old && back.contains(&b'n'));
        short += usize::from(front == new && back.is_empty());
    }
    let seen = [lost, kept, torn, overtaken, short];
    assert!(seen.iter().all(|times| *times > 0), "{seen:?}");
}

#[test]
fn failed_sync_loses_what_a_later_sync_does_not_bring_back() {
    let lost = |fail: bool| {
        let cuts = (0..100).filter(|seed| {
            let mut random = Random::new(*seed);
            let mut file = SimFile::default();
            file.write(0, &[1; 2048]);
            if fail {
                file.fail_sync(&mut random);
            }
            file.write(2048, &[2; 512]);
            file.sync();
            assert_eq!(file.durable().get(2048..), Some(&[2; 512][..]));
            file.lose_power(&mut random, Overwrite::Powersafe);
            file.current().get(..2048) != Some(&[1; 2048])
        });
        cuts.count()
    };
    assert!(lost(true) > 20);
    assert_eq!(lost(false), 0);
}

#[test]
fn without_powersafe_overwrite_a_cut_may_spoil_synced_bytes_beside_the_write() {
    let spoilt = |overwrite| {
        let cuts = (0..100).filter(|seed| {
            let mut file = SimFile::default();
            file.write(0, &[1; 3 * 4096]);
            file.sync();
            file.write(5_000, &[2; 10]);
            file.lose_power(&mut Random::new(*seed), overwrite);
            let outside = [&file.current()[..4096], &file.current()[8192..]].concat();
            assert!(
                outside.iter().all(|byte| *byte == 1),
                "seed {seed}: too much is spoilt"
            );
            file.current()[4096..5000].iter().any(|byte| *byte != 1)
        });
        cuts.count()
    };
    assert!(spoilt(Overwrite::Unsafe) > 10);
    assert_eq!(spoilt(Overwrite::Powersafe), 0);
}

// ---- support ----

/// A raw key and, in its last 32 digits, the salt.
const KEY_AND_SALT: &str = "PRAGMA key = \"x'\
    5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a\
    c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3'\";";

/// The same key; SQLCipher then draws a salt and keeps it in the first 16 bytes of the file only.
const KEY_ALONE: &str = "PRAGMA key = \"x'\
    5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a'\";";

/// Opens the store: key first, then its pragmas, then proof that the journal mode took.
fn open(disk: &Disk, synchronous: &str) -> rusqlite::Result<Connection> {
    open_with(disk, KEY_AND_SALT, synchronous)
}

fn open_with(disk: &Disk, key: &str, synchronous: &str) -> rusqlite::Result<Connection> {
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
fn body(id: i64) -> Vec<u8> {
    let mut random = Random::new(id.unsigned_abs());
    let mut body = vec![0; random.below(6_000)];
    random.fill(&mut body);
    body
}

/// Inserts a note and counts it, in one transaction.
fn insert(db: &Connection, id: i64) -> rusqlite::Result<()> {
    db.execute_batch("BEGIN IMMEDIATE")?;
    let done = insert_within(db, id).and_then(|()| db.execute_batch("COMMIT"));
    if done.is_err() && !db.is_autocommit() {
        // The first error is the one to report; if this fails too, the next BEGIN does.
        let _ = db.execute_batch("ROLLBACK");
    }
    done
}

fn insert_within(db: &Connection, id: i64) -> rusqlite::Result<()> {
    db.execute(
        "INSERT INTO note (id, body) VALUES (?1, ?2)",
        (id, body(id)),
    )?;
    db.execute("UPDATE tally SET notes = ?1", [id])?;
    Ok(())
}

fn count(db: &Connection) -> i64 {
    db.query_row("SELECT count(*) FROM note", [], |row| row.get(0))
        .unwrap()
}

/// 1 if the checkpoint could not finish, else 0.
fn checkpoint(db: &Connection, mode: &str) -> i64 {
    db.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
        row.get(0)
    })
    .unwrap()
}

fn len(disk: &Disk, name: &str) -> Option<usize> {
    disk.files()
        .into_iter()
        .find(|file| file.0 == name)
        .map(|file| file.1.len())
}

/// What a store holds when it is opened again.
struct Kept {
    rows: i64,
}

impl Kept {
    /// Opens the store and looks at every byte of it.
    fn by(disk: &Disk) -> Self {
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

/// What a run with crashes came to.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    promised: i64,
    lost: i64,
    calls: [u64; 3],
}

/// Writes until the crash strikes, opens again, looks, and does the same once more.
fn crash_twice(seed: u64, synchronous: &str, crash: Fault) -> Run {
    let mut random = Random::new(seed);
    let disk = Disk::new(seed);
    if seed % 2 == 0 {
        disk.promise_powersafe_overwrite();
    }
    let (mut promised, mut lost, mut rows) = (0, 0, 0);
    for _ in 0..2 {
        disk.fail_after(random.next() % 500, crash);
        let mut safe = rows;
        if let Ok(db) = open(&disk, synchronous) {
            for id in rows + 1..=rows + 30 {
                if insert(&db, id).is_err() {
                    break;
                }
                safe = id;
            }
            // Long enough a run ends before the fault: then it strikes between two statements.
            if !disk.fault_struck() {
                match crash {
                    Fault::PowerCut => disk.power_cut(seed),
                    _ => disk.crash_process(),
                }
            }
        }
        disk.heal();
        promised += safe - rows;
        rows = Kept::by(&disk).rows;
        lost += (safe - rows).max(0);
    }
    let calls = disk.counters();
    Run {
        promised,
        lost,
        calls: [calls.writes, calls.truncates, calls.syncs],
    }
}

/// Runs the same work once for every call in it that can fail, and goes on after the failure;
/// then the process ends in an orderly way, is killed, or the power goes.
fn fail_at_every_call(fault: Fault, overwrite: Overwrite) {
    const ROWS: i64 = 12;
    let (mut call, mut refused) = (0, 0);
    loop {
        let disk = Disk::new(call);
        if overwrite == Overwrite::Powersafe {
            disk.promise_powersafe_overwrite();
        }
        disk.fail_after(call, fault);
        let mut safe = 0;
        if let Ok(db) = open(&disk, "FULL") {
            for _ in 0..ROWS {
                match insert(&db, safe + 1) {
                    Ok(()) => safe += 1,
                    Err(_) => refused += 1,
                }
            }
            match call % 3 {
                0 => disk.crash_process(),
                1 => disk.power_cut(call),
                _ => {}
            }
        }
        let struck = disk.fault_struck();
        disk.heal();
        let kept = Kept::by(&disk).rows;
        assert!(
            kept >= safe,
            "{fault:?} at call {call}: {kept} of {safe} rows"
        );
        if !struck {
            break;
        }
        call += 1;
    }
    assert!(
        call > 100 && refused > 0,
        "{fault:?}: {call} calls, {refused} refusals"
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
