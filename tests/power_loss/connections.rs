//! Several connections to one file, and those that a crash has left behind.

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::notes::{
    DATABASE, KEY_AND_SALT, Kept, checkpoint, count, insert, insert_within, len, open,
};
use crate::support::disk::Disk;

#[test]
fn connection_from_before_the_crash_gets_errors_and_does_no_harm() {
    for power in [true, false] {
        let disk = Disk::new(3);
        let dead = open(&disk, "FULL").unwrap();
        let idle = open(&disk, "FULL").unwrap();
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
        let read = idle.query_one("SELECT count(*) FROM note", [], |row| row.get::<_, i64>(0));
        assert_eq!(
            read.unwrap_err().sqlite_error_code(),
            Some(ErrorCode::SystemIoFailure)
        );
        drop((dead, idle));
        insert(&alive, 3).unwrap();
        drop(alive);
        assert_eq!(Kept::by(&disk).rows, 3);
    }
}

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

#[test]
fn writer_with_a_rollback_journal_waits_for_readers_and_shuts_them_out() {
    let disk = Disk::new(7);
    let [writer, reader] = [(), ()].map(|()| open(&disk, "FULL").unwrap());
    let busy = |result: rusqlite::Result<()>| {
        let error = result.expect_err("somebody is in the way");
        assert_eq!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy));
    };
    // The last one in WAL mode makes the switch; two connections cannot.
    drop(reader);
    writer
        .query_one("PRAGMA journal_mode = DELETE", [], |_| Ok(()))
        .unwrap();
    let reader = open_as_it_is(&disk);

    reader.execute_batch("BEGIN; SELECT * FROM note").unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(
        count(&reader),
        0,
        "one who means to write keeps nobody out yet"
    );
    insert_within(&writer, 1).unwrap();
    busy(writer.execute_batch("COMMIT"));
    let late = open_as_it_is(&disk);
    busy(late.execute_batch("SELECT * FROM note"));
    reader.execute_batch("COMMIT").unwrap();
    writer.execute_batch("COMMIT").unwrap();
    assert_eq!([count(&reader), count(&late)], [1, 1]);

    reader.execute_batch("BEGIN IMMEDIATE").unwrap();
    busy(writer.execute_batch("BEGIN IMMEDIATE"));
}

/// Opens the store without touching its journal mode.
fn open_as_it_is(disk: &Disk) -> Connection {
    let name = disk.vfs_name();
    let db = Connection::open_with_flags_and_vfs(DATABASE, OpenFlags::default(), name).unwrap();
    db.execute_batch(KEY_AND_SALT).unwrap();
    db.busy_timeout(std::time::Duration::ZERO).unwrap();
    db
}
