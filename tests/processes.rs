//! From nothing to the first message read, with the programs as an operator and a kiosk run them:
//! `dayroom-central`, `dayroom sync` and `dayroom screen`, three processes that share only what
//! the design lets them share.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it ran"
)]

mod operator;

use std::path::{Path, PathBuf};

use dayroom::demo::tour::SyncProcess;
use dayroom::demo::{Driver, Panel};
use dayroom::runtime::puppet::Label;

use operator::{Operator, Serving};

const PROGRAM: &str = env!("CARGO_BIN_EXE_dayroom");

const MAIL: &str = "From: Ana Ortiz <ana.ortiz@example.org>\r\n\
    To: Luis Ortiz <mail@cedar.example.org>\r\n\
    Subject: First letter\r\n\
    Date: Fri, 20 Nov 2026 10:00:00 -0600\r\n\
    Message-ID: <first@example.org>\r\n\
    Content-Type: text/plain; charset=utf-8\r\n\r\n\
    The apricots are ripe.\r\n";

fn type_in(screen: &mut Driver, digits: &str) {
    for digit in digits.chars() {
        screen.tap(Label::Is(digit.to_string())).unwrap();
    }
    screen.tap(Label::Is("Go".into())).unwrap();
}

/// An operator, their central, and a kiosk's folder; the PIN is of resident 1001.
fn set_up(folder: &Path) -> (Operator, Serving, PathBuf, String) {
    let operator = Operator::at(folder, "central");
    operator.done(&["init"]);
    operator.done(&["facility", "create", "Cedar County Detention Center"]);
    operator.done(&["unit", "create", "North"]);
    let (serving, port) = Serving::start(&operator);
    let kiosk = folder.join("kiosk");
    let (out, port) = (kiosk.to_str().unwrap(), port.to_string());
    operator.done(&[
        "kiosk",
        "create",
        "North wall",
        "--unit",
        "North",
        "--out",
        out,
        "--port",
        &port,
    ]);
    let roster = "number,name,unit\n1001,Luis Ortiz,North\n";
    std::fs::write(folder.join("roster.csv"), roster).unwrap();
    let pins = operator.done(&["roster", "import", "roster.csv"]);
    let pin = pins.trim().rsplit(',').next().unwrap().to_owned();
    (operator, serving, kiosk, pin)
}

fn sign_in(screen: &mut Driver, pin: &str) {
    screen.tap(Label::Is("Sign in".into())).unwrap();
    type_in(screen, "1001");
    type_in(screen, pin);
    screen
        .tap(Label::Is("I understand and agree".into()))
        .unwrap();
}

#[test]
fn from_nothing_to_the_first_message_read_in_three_processes() {
    let folder = tempfile::tempdir().unwrap();
    let (operator, _serving, kiosk, pin) = set_up(folder.path());
    let said = operator.done(&[
        "request",
        "add",
        "--resident",
        "1001",
        "--name",
        "Ana Ortiz",
        "--relationship",
        "sister",
        "--email",
        "ana.ortiz@example.org",
    ]);
    let connection = said
        .split_whitespace()
        .last()
        .unwrap()
        .trim_end_matches('.')
        .to_owned();

    let _sync = SyncProcess::start(Path::new(PROGRAM), &kiosk).unwrap();
    let panel = Panel {
        width: 1024,
        height: 600,
    };
    let mut screen = Driver::start(Path::new(PROGRAM), &kiosk, panel).unwrap();
    screen.tap(Label::Is("Sign in".into())).unwrap();
    screen.wait(Label::Is("Your PIN".into())).unwrap();
    screen.tap(Label::Is("Back".into())).unwrap();
    screen.wait(Label::Has("Cedar County".into())).unwrap();
    sign_in(&mut screen, &pin);
    screen.tap(Label::Is("Requests".into())).unwrap();
    screen.tap(Label::Starts("Ana Ortiz".into())).unwrap();
    screen.tap(Label::Is("Accept".into())).unwrap();
    let accepted = operator.wait_for("connection_answered");
    assert_eq!(accepted["answer"], "accept");
    assert_eq!(accepted["connection"], connection.as_str());
    operator.done(&["connection", "approve", &connection]);
    std::fs::write(folder.path().join("first.eml"), MAIL).unwrap();
    operator.done(&["mail", "import", "first.eml"]);
    // On this panel one thing is shown at a time: from the request to the list, then home.
    screen.tap(Label::Is("List".into())).unwrap();
    screen.tap(Label::Is("Home".into())).unwrap();
    screen.tap(Label::Is("Messages".into())).unwrap();
    screen.tap(Label::Starts("Ana Ortiz".into())).unwrap();
    screen
        .tap(Label::Starts("New message from".into()))
        .unwrap();
    screen
        .wait(Label::Has("The apricots are ripe.".into()))
        .unwrap();
    let read = operator.wait_for("message_read");
    assert_eq!(read["kiosk_label"], "North wall");
}

#[test]
fn a_revoked_kiosk_is_locked_within_five_seconds_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let (operator, _serving, kiosk, pin) = set_up(folder.path());
    let _sync = SyncProcess::start(Path::new(PROGRAM), &kiosk).unwrap();
    let panel = Panel {
        width: 1280,
        height: 800,
    };
    let mut screen = Driver::start(Path::new(PROGRAM), &kiosk, panel).unwrap();
    screen.wait(Label::Has("Cedar County".into())).unwrap();
    sign_in(&mut screen, &pin);
    screen.wait(Label::Is("Requests".into())).unwrap();
    let journal = std::fs::metadata(kiosk.join("store/journal.db")).unwrap();

    let revoked = std::time::Instant::now();
    operator.done(&["kiosk", "revoke", "North wall"]);
    let said = revoked.elapsed();
    screen
        .wait(Label::Has("taken out of service".into()))
        .unwrap();
    let locked = revoked.elapsed();
    println!(
        "kiosk revoke: {} ms to its end, {} ms to the locked screen",
        said.as_millis(),
        locked.as_millis()
    );
    assert!(locked < std::time::Duration::from_secs(5), "{locked:?}");
    screen
        .wait(Label::Has("Nothing you wrote is lost".into()))
        .unwrap();
    assert!(
        std::fs::metadata(kiosk.join("store/journal.db"))
            .unwrap()
            .len()
            >= journal.len()
    );
    assert!(kiosk.join("identity/key.pem").exists() && kiosk.join("identity/store.key").exists());
}

#[test]
fn screen_and_sync_hold_only_what_the_design_gives_them() {
    let folder = tempfile::tempdir().unwrap();
    let clock = dayroom::devices::Clock::open().unwrap();
    let facility = dayroom::demo::Facility::open(folder.path(), &clock).unwrap();
    let central = facility.serve(&clock).unwrap();
    let kiosk = facility.kiosk_folder();
    let sync = SyncProcess::start(Path::new(PROGRAM), &kiosk).unwrap();
    let panel = Panel {
        width: 1280,
        height: 800,
    };
    let mut screen = Driver::start(Path::new(PROGRAM), &kiosk, panel).unwrap();
    screen.tap(Label::Is("Sign in".into())).unwrap();
    screen.tap(Label::Is("Back".into())).unwrap();
    screen.wait(Label::Has("Cedar County".into())).unwrap();
    let open = |process: u32| -> Vec<String> {
        let links = std::fs::read_dir(format!("/proc/{process}/fd")).unwrap();
        links
            .filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok())
            .map(|target| target.to_string_lossy().into_owned())
            .collect()
    };
    let internet_sockets = |process: u32| {
        let sockets: Vec<String> = open(process)
            .into_iter()
            .filter_map(|target| {
                Some(
                    target
                        .strip_prefix("socket:[")?
                        .strip_suffix(']')?
                        .to_owned(),
                )
            })
            .collect();
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap()
            + &std::fs::read_to_string("/proc/net/tcp6").unwrap();
        table
            .lines()
            .filter(|line| {
                line.split_whitespace()
                    .nth(9)
                    .is_some_and(|i| sockets.contains(&i.into()))
            })
            .count()
    };
    assert_eq!(
        internet_sockets(screen.process_id()),
        0,
        "the screen has no network"
    );
    assert!(
        internet_sockets(sync.process_id()) > 0,
        "the look finds the sync's connection"
    );
    let holds =
        |process: u32, file: &str| open(process).iter().any(|target| target.ends_with(file));
    assert!(holds(screen.process_id(), "journal.db"));
    assert!(
        !open(screen.process_id())
            .iter()
            .any(|target| target.ends_with("key.pem"))
    );
    drop(screen);
    drop(sync);
    central.stop();
}
