//! Ways to lose what was committed with the right pragmas set, each beside the way out.

use rusqlite::{Connection, OpenFlags, Row};

use crate::notes::{DATABASE, KEY_ALONE, KEY_AND_SALT, Kept, count, insert, open, open_with};
use crate::support::disk::{Disk, Fault};

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
fn query_row_hides_a_failed_commit_that_query_one_reports() {
    let insert = "INSERT INTO note (id, body) VALUES (1, x'00') RETURNING id";
    let id = |row: &Row<'_>| row.get::<_, i64>(0);
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
        let text = |row: &Row<'_>| row.get::<_, String>(0);
        let frames = |row: &Row<'_>| row.get::<_, i64>(1);

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
