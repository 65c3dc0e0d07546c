//! The screen's audit in its journal, and the audits of processes that have a file.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use dayroom::domain::audit::{Entry, Event, Process, Value, Verifier, Word, kinds};
use dayroom::domain::{BootId, BootMillis, BootMoment, Now, UtcMillis};
use dayroom::store::{AuditLog, AuditLogError, AuditPart, read_audit_log};

use crate::people::{NOON, Store};

fn at(seconds: u64) -> Now {
    Now {
        boot: BootMoment {
            boot: BootId(7),
            at: BootMillis(seconds * 1_000),
        },
        utc: UtcMillis(NOON.0 + i64::try_from(seconds).unwrap() * 1_000),
    }
}

fn names(part: &AuditPart) -> Vec<&str> {
    part.entries
        .iter()
        .map(|entry| entry.event.as_str())
        .collect()
}

/// What a reader who trusts nothing but the beginning would say.
fn holds(part: &AuditPart) -> bool {
    let mut verifier = Verifier::after(part.chain, part.before);
    part.entries
        .iter()
        .all(|entry| verifier.take(entry).is_ok())
}

fn idle() -> Event {
    kinds::session_end(Word::new("idle"))
}

#[test]
fn the_screens_audit_is_a_chain_that_goes_on_after_a_restart_and_is_only_added_to() {
    let store = Store::new();
    let mut journal = store.journal();
    assert!(journal.audited(0, 9).unwrap().entries.is_empty());
    journal.audit(kinds::session_start(), at(1)).unwrap();
    journal.audit(idle(), at(2)).unwrap();
    drop(journal);
    let mut journal = store.journal();
    journal.audit(kinds::kiosk_open(), at(3)).unwrap();
    let part = journal.audited(0, 9).unwrap();
    let expected = ["audit.began", "session.start", "session.end", "kiosk.open"];
    assert_eq!(names(&part), expected);
    assert!(holds(&part));
    assert_eq!(part.chain.life, journal.identity().0);
    assert_eq!(names(&journal.audited(2, 1).unwrap()), ["session.end"]);
    drop(journal);
    let raw = store.raw("journal.db");
    for touch in [
        "DELETE FROM audit_entry",
        "UPDATE audit_entry SET utc_ms = 0",
    ] {
        let refused = raw.execute(touch, []).unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{touch}: {refused}");
    }
}

#[test]
fn what_central_has_had_for_long_is_dropped_and_the_chain_holds_on() {
    let store = Store::new();
    let mut journal = store.journal();
    for second in 0..10 {
        journal.audit(kinds::session_start(), at(second)).unwrap();
    }
    let before = journal.audited(0, 99).unwrap();
    journal.drop_audit(6, at(20)).unwrap();
    let after = journal.audited(0, 99).unwrap();
    assert!(holds(&after));
    assert_eq!(after.before, before.entries[5].point());
    assert_eq!(after.entries[..5], before.entries[6..]);
    assert_eq!(after.entries.last().unwrap().event, "audit.pruned");
    // Not past the end, and not twice.
    journal.drop_audit(6, at(21)).unwrap();
    assert_eq!(journal.audited(0, 99).unwrap(), after);
    journal.drop_audit(999, at(22)).unwrap();
    let least = journal.audited(0, 99).unwrap();
    assert_eq!(names(&least), ["audit.pruned", "audit.pruned"]);
    assert!(holds(&least));
    journal.audit(idle(), at(23)).unwrap();
    assert!(holds(&journal.audited(0, 99).unwrap()));
    // Only the anchor lets entries go.
    drop(journal);
    let raw = store.raw("journal.db");
    assert!(
        raw.execute("DELETE FROM audit_entry WHERE number = 13", [])
            .is_err()
    );
}

fn folder() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = AuditLog::path(folder.path(), Process::Sync);
    (folder, path)
}

fn read(path: &std::path::Path) -> AuditPart {
    read_audit_log(path, 0, 999).unwrap().unwrap()
}

#[test]
fn an_audit_in_a_file_goes_on_after_a_restart_and_has_one_writer() {
    let (_folder, path) = folder();
    assert!(read_audit_log(&path, 0, 9).unwrap().is_none());
    let mut log = AuditLog::open(&path, Process::Sync, at(0)).unwrap();
    log.note(kinds::link_up(), at(1)).unwrap();
    let second = AuditLog::open(&path, Process::Sync, at(2));
    assert!(matches!(second, Err(AuditLogError::WriterExists(_))));
    let chain = log.chain();
    drop(log);
    let mut log = AuditLog::open(&path, Process::Sync, at(3)).unwrap();
    assert_eq!(log.chain(), chain);
    log.note(kinds::lease_over(), at(4)).unwrap();
    let part = read(&path);
    assert_eq!(names(&part), ["audit.began", "link.up", "lease.over"]);
    assert!(holds(&part));
    assert_eq!(log.at(), part.entries[2].point());
    let later = read_audit_log(&path, 1, 1).unwrap().unwrap();
    assert_eq!(names(&later), ["link.up"]);
}

#[test]
fn half_a_last_line_is_dropped_and_noted_wherever_the_power_went() {
    let (_folder, path) = folder();
    let mut log = AuditLog::open(&path, Process::Sync, at(0)).unwrap();
    log.note(kinds::link_up(), at(1)).unwrap();
    log.note(kinds::lease_over(), at(2)).unwrap();
    drop(log);
    let whole = fs::read(&path).unwrap();
    let last = whole[..whole.len() - 1]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .unwrap()
        + 1;
    for cut in last + 1..whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let log = AuditLog::open(&path, Process::Sync, at(3)).unwrap();
        let part = read(&path);
        assert_eq!(names(&part), ["audit.began", "link.up", "audit.torn"]);
        let torn = &part.entries[2].fields()["bytes"];
        assert_eq!(torn, &Value::Number(i64::try_from(cut - last).unwrap()));
        assert!(holds(&part));
        drop(log);
    }
}

#[test]
fn a_file_that_was_touched_is_set_aside_and_another_chain_begins_with_saying_so() {
    let (_folder, path) = folder();
    let mut log = AuditLog::open(&path, Process::Sync, at(0)).unwrap();
    log.note(kinds::link_up(), at(1)).unwrap();
    log.note(kinds::link_up(), at(2)).unwrap();
    let chain = log.chain();
    drop(log);
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let touched = [
        text.replace("link.up", "link.no"),
        format!("{}\n{}\n{}\n", lines[0], lines[1], lines[3]),
        format!("{}\n{}\n{}\n{}\n", lines[0], lines[2], lines[1], lines[3]),
        "not JSON\n".to_owned(),
        String::new(),
    ];
    for (number, touched) in (1..).zip(touched) {
        fs::write(&path, &touched).unwrap();
        assert!(matches!(
            read_audit_log(&path, 0, 9),
            Err(AuditLogError::Broken(_))
        ));
        let log = AuditLog::open(&path, Process::Sync, at(3)).unwrap();
        assert_ne!(log.chain(), chain);
        let part = read(&path);
        assert_eq!(part.entries[0].fields()["because"].to_string(), "broken");
        let aside = format!("{}.broken-{number}", path.display());
        assert_eq!(
            fs::read_to_string(aside).unwrap(),
            touched,
            "kept as it was"
        );
        drop(log);
        fs::write(&path, &text).unwrap();
    }
}

#[test]
fn an_audit_in_a_file_drops_its_older_part_and_holds_on() {
    let (_folder, path) = folder();
    let mut log = AuditLog::open(&path, Process::Machine, at(0)).unwrap();
    for second in 1..20 {
        log.note(kinds::sync_start(Word::new("1.0")), at(second))
            .unwrap();
    }
    let before = read(&path);
    log.drop_through(15, at(30)).unwrap();
    log.note(kinds::link_up(), at(31)).unwrap();
    let after = read(&path);
    assert!(holds(&after));
    assert_eq!(after.before, before.entries[14].point());
    let kept: Vec<Entry> = before.entries[15..].to_vec();
    assert_eq!(after.entries[..5], kept);
    assert_eq!(names(&after)[5..], ["audit.pruned", "link.up"]);
    let second = AuditLog::open(&path, Process::Machine, at(32));
    assert!(
        matches!(second, Err(AuditLogError::WriterExists(_))),
        "still one writer"
    );
    drop(log);
    assert!(AuditLog::open(&path, Process::Machine, at(33)).is_ok());
}

#[test]
fn a_disk_that_does_not_take_an_entry_is_an_error_and_leaves_no_half_of_it() {
    let (_folder, path) = folder();
    // /dev/full takes nothing: the fault is there.
    let refused = fs::OpenOptions::new()
        .append(true)
        .open("/dev/full")
        .unwrap()
        .write_all(b"x");
    assert!(refused.is_err());
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("/dev/full", path.with_extension("new")).unwrap();
    let opened = AuditLog::open(&path, Process::Sync, at(0));
    assert!(
        matches!(opened, Err(AuditLogError::File { .. })),
        "{opened:?}"
    );
    assert!(read_audit_log(&path, 0, 9).unwrap().is_none());
    fs::remove_file(path.with_extension("new")).unwrap();
    let log = AuditLog::open(&path, Process::Sync, at(1)).unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode & 0o007, 0, "not for everybody: {mode:o}");
    drop(log);
}
