//! `dayroom doctor` on a kiosk and a central of their own: each fault is planted, and found.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it ran"
)]

mod bench;
mod print;
mod program;
mod story;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;

use bench::{Bench, contents};
use dayroom::domain::health::{Check, FileFault, Finding, LinkTrouble, Verdict};

const DAY: i64 = 24 * 60 * 60 * 1000;

/// The lines of a check.
fn of(bench: &Bench, check: Check) -> (Verdict, Finding) {
    let diagnosis = bench.diagnose();
    let found = diagnosis.lines.iter().filter(|line| line.check == check);
    let worst = found.max_by_key(|line| line.verdict);
    let worst = worst.unwrap_or_else(|| panic!("no line of {check:?} in {diagnosis:#?}"));
    (worst.verdict, worst.finding.clone())
}

fn kept(bench: &Bench, check: Check) -> LinkTrouble {
    match of(bench, check) {
        (_, Finding::CentralKept { trouble, .. }) => trouble,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_kiosk_that_was_filled_is_well_and_nothing_in_it_or_at_central_changes() {
    let bench = Bench::filled();
    let before = contents(&bench.state());
    let known = bench.central().fleet(bench.now()).unwrap();
    let diagnosis = bench.diagnose();
    let bad: Vec<_> = diagnosis
        .lines
        .iter()
        .filter(|line| line.verdict != Verdict::Ok)
        .map(|line| (line.check, line.finding.clone()))
        .collect();
    // Nobody runs the sync process in this test, and the disk below it is whoever's it is.
    assert!(
        bad.iter().all(|(check, finding)| {
            matches!(check, Check::Disk | Check::Wear) || *finding == Finding::SyncProcessSilent
        }),
        "{bad:#?}"
    );
    let of = |check| {
        diagnosis
            .lines
            .iter()
            .filter(move |line| line.check == check)
    };
    assert_eq!(of(Check::Store).count(), 3);
    for check in [
        Check::CentralNetwork,
        Check::CentralTls,
        Check::CentralRequest,
    ] {
        assert_eq!(of(check).count(), 1, "{check:?}");
    }
    assert_eq!(contents(&bench.state()), before, "nothing is changed here");
    let after = bench.central().fleet(bench.now()).unwrap();
    assert_eq!(
        after[0].last_contact, known[0].last_contact,
        "nor at central: it is no contact of the kiosk"
    );
}

#[test]
fn an_empty_folder_is_a_kiosk_that_was_not_set_up_and_stays_empty() {
    let bench = Bench::new();
    let empty = bench.folder().join("empty");
    fs::create_dir_all(&empty).unwrap();
    for state in [empty.clone(), bench.folder().join("not there")] {
        let diagnosis = bench.diagnose_at(&state);
        assert_eq!(diagnosis.exit_code(), 2);
        let said: Vec<&Finding> = diagnosis.lines.iter().map(|line| &line.finding).collect();
        for finding in [
            Finding::StoreNoKey,
            Finding::CertificateMissing,
            Finding::CentralNoSite,
            Finding::SyncNever,
            Finding::SyncProcessSilent,
        ] {
            assert!(said.contains(&&finding), "{finding:?} in {said:#?}");
        }
    }
    assert_eq!(fs::read_dir(&empty).unwrap().count(), 0);
    assert!(!bench.folder().join("not there").exists());
}

#[test]
fn a_wrong_key_a_damaged_page_and_a_malformed_key_are_told_apart() {
    let bench = Bench::filled();
    let key = bench.state().join("identity/store.key");
    let good = fs::read(&key).unwrap();
    fs::write(&key, "0".repeat(64)).unwrap();
    assert!(matches!(
        of(&bench, Check::Store),
        (
            Verdict::Fail,
            Finding::StoreFileBad {
                fault: FileFault::WrongKey,
                ..
            }
        )
    ));
    fs::write(&key, "not a key").unwrap();
    assert_eq!(
        of(&bench, Check::Store),
        (Verdict::Fail, Finding::StoreKeyMalformed)
    );
    fs::write(&key, good).unwrap();
    let journal = bench.state().join("store/journal.db");
    let mut bytes = fs::read(&journal).unwrap();
    bytes[4096 + 17] ^= 1;
    fs::write(&journal, &bytes).unwrap();
    let (verdict, finding) = of(&bench, Check::Store);
    assert_eq!(verdict, Verdict::Fail);
    assert_eq!(
        finding,
        Finding::StoreFileBad {
            file: "journal.db",
            fault: FileFault::Damaged,
            journal: true
        }
    );
}

#[test]
fn an_expired_a_foreign_and_a_missing_certificate_are_told_apart() {
    let bench = Bench::filled();
    bench.issue(bench.now().plus_millis(-60 * DAY));
    assert!(matches!(
        of(&bench, Check::Certificate),
        (Verdict::Fail, Finding::CertificateExpired { .. })
    ));
    assert_eq!(
        kept(&bench, Check::CentralRequest),
        LinkTrouble::CertificateExpired
    );
    bench.issue(bench.now().plus_millis(5 * DAY));
    assert!(matches!(
        of(&bench, Check::Certificate),
        (Verdict::Fail, Finding::CertificateNotYetValid { .. })
    ));
    bench.issue(bench.now().plus_millis(-25 * DAY));
    assert!(matches!(
        of(&bench, Check::Certificate),
        (Verdict::Warn, Finding::CertificateEnding { .. })
    ));
    let identity = bench.state().join("identity");
    let chain = fs::read(identity.join("cert.pem")).unwrap();
    bench.issue(bench.now());
    fs::write(identity.join("cert.pem"), chain).unwrap();
    assert_eq!(
        of(&bench, Check::Certificate),
        (Verdict::Fail, Finding::CertificateUnreadable),
        "another key's"
    );
    fs::remove_file(identity.join("key.pem")).unwrap();
    assert_eq!(
        of(&bench, Check::Certificate),
        (Verdict::Fail, Finding::CertificateNoKey)
    );
    fs::remove_file(identity.join("cert.pem")).unwrap();
    assert_eq!(
        of(&bench, Check::Certificate),
        (Verdict::Fail, Finding::CertificateMissing)
    );
    assert_eq!(
        of(&bench, Check::CentralNetwork),
        (Verdict::Fail, Finding::CentralNotTried)
    );
}

#[test]
fn a_central_that_is_away_is_said_on_the_line_of_the_network() {
    let mut bench = Bench::filled();
    bench.stop_central();
    assert_eq!(
        kept(&bench, Check::CentralNetwork),
        LinkTrouble::Unreachable
    );
    let diagnosis = bench.diagnose();
    let steps = |check| diagnosis.lines.iter().any(|line| line.check == check);
    assert!(!steps(Check::CentralTls), "what was not tried has no line");
    assert!(!steps(Check::CentralRequest));
}

#[test]
fn a_name_without_an_address_is_not_a_central_that_is_away() {
    let bench = Bench::filled();
    // A name no resolver is asked for: nothing may leave this machine.
    bench.change_site(|site| site["central_host"] = "central\0".into());
    assert_eq!(kept(&bench, Check::CentralNetwork), LinkTrouble::NoName);
}

#[test]
fn a_stranger_on_the_port_is_said_on_the_line_of_tls() {
    let bench = Bench::filled();
    // Somebody else's central, with a root of its own.
    let stranger = Bench::filled();
    bench.change_site(|site| site["central_port"] = stranger.port().into());
    assert_eq!(kept(&bench, Check::CentralTls), LinkTrouble::WrongServer);

    // Something that is no central at all.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let teapot = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut hello = [0; 64];
        let _some = stream.read(&mut hello).unwrap();
        stream
            .write_all(b"HTTP/1.1 418 I'm a teapot\r\n\r\n")
            .unwrap();
    });
    bench.change_site(|site| site["central_port"] = port.into());
    assert_eq!(kept(&bench, Check::CentralTls), LinkTrouble::NotTls);
    teapot.join().unwrap();
}

#[test]
fn a_revoked_kiosk_is_said_on_the_line_of_the_request() {
    let bench = Bench::filled();
    bench.revoke();
    assert_eq!(kept(&bench, Check::CentralRequest), LinkTrouble::Refused);
    let tls = of(&bench, Check::CentralTls);
    assert_eq!(tls.0, Verdict::Ok, "{tls:?}");
}

#[test]
fn a_site_that_cannot_be_read_is_said_and_the_rest_is_looked_at() {
    let bench = Bench::filled();
    fs::write(bench.state().join("site.json"), "{").unwrap();
    assert_eq!(
        of(&bench, Check::CentralNetwork),
        (Verdict::Fail, Finding::CentralNoSite)
    );
    assert_eq!(of(&bench, Check::Store).0, Verdict::Ok);
    assert_eq!(of(&bench, Check::Certificate).0, Verdict::Ok);
}

#[test]
fn what_waits_to_be_sent_is_counted_and_not_named() {
    let bench = Bench::filled();
    bench.record_sign_in(bench.now().plus_millis(-DAY * 2));
    let (verdict, finding) = of(&bench, Check::Outbox);
    assert_eq!(verdict, Verdict::Fail);
    assert!(
        matches!(finding, Finding::OutboxWaiting { waiting: 1, oldest_s } if oldest_s / 3600 == 48),
        "{finding:?}"
    );
}
