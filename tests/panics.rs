//! A fault of ours in the real screen process: it ends at once, or is found to hang; the wall is there again, nobody is
//! signed in, and what was typed is kept. `DAYROOM_PANICS=1000` runs more.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it ran"
)]

use std::fs;
use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dayroom::demo::{Driver, Facility, Panel, Person};
use dayroom::devices::Clock;
use dayroom::runtime::faults::{Faults, STARTS};
use dayroom::runtime::puppet::Label;

const PROGRAM: &str = env!("CARGO_BIN_EXE_dayroom");
const PANEL: Panel = Panel {
    width: 1280,
    height: 800,
};

fn is(label: &str) -> Label {
    Label::Is(label.to_owned())
}

fn starts(label: &str) -> Label {
    Label::Starts(label.to_owned())
}

fn start(facility: &Facility) -> Driver {
    Driver::start(Path::new(PROGRAM), &facility.kiosk_folder(), PANEL).unwrap()
}

fn sign_in(screen: &mut Driver, person: &Person) {
    screen.tap(is("Sign in")).unwrap();
    for typed in [&person.number, &person.pin] {
        for digit in typed.chars() {
            screen.tap(is(&digit.to_string())).unwrap();
        }
        screen.tap(is("Go")).unwrap();
    }
    screen.tap(is("I understand and agree")).unwrap();
    screen.wait(starts("Messages")).unwrap();
}

fn open_page_to_write_on(screen: &mut Driver) {
    screen.tap(starts("Messages")).unwrap();
    screen.tap(starts("Rosa Vargas")).unwrap();
    screen.tap(is("Write")).unwrap();
    screen.wait(is("Your message")).unwrap();
}

#[test]
fn after_a_panic_the_wall_is_back_nobody_is_signed_in_and_the_words_are_kept() {
    let rounds: usize = std::env::var("DAYROOM_PANICS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(12);
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::open().unwrap();
    let facility = Facility::open(folder.path(), &clock).unwrap();
    let central = facility.serve(&clock).unwrap();
    let kiosk = facility.kiosk_folder();
    // Once, so that there is somebody on the roster.
    let sync = dayroom::demo::tour::SyncProcess::start(Path::new(PROGRAM), &kiosk).unwrap();
    let person = facility
        .people()
        .into_iter()
        .find(|p| p.number == "10427")
        .unwrap();
    let mut screen = start(&facility);
    sign_in(&mut screen, &person);
    open_page_to_write_on(&mut screen);
    for key in ["d", "e", "a", "r"] {
        screen.tap(is(key)).unwrap();
    }
    screen.wait(is("Saved")).unwrap();
    let mut took = Vec::new();
    for round in 0..rounds {
        let fault = Instant::now();
        assert_eq!(screen.panic().unwrap(), Some(101), "round {round}");
        screen = start(&facility);
        screen.wait(is("Sign in")).unwrap();
        took.push(fault.elapsed());
        let seen = screen.look().unwrap();
        let personal = |(_, label): &(String, String)| label.contains("Rosa Vargas");
        assert!(
            !seen.iter().any(personal),
            "round {round}: somebody is still signed in"
        );
    }
    took.sort();
    let at = |share: usize| took[(took.len() * share / 100).min(took.len() - 1)];
    println!(
        "{rounds} panics, to the wall: median {:?}, p99 {:?}",
        at(50),
        at(99)
    );
    assert!(at(99) < Duration::from_secs(30), "{:?}", at(99));
    sign_in(&mut screen, &person);
    open_page_to_write_on(&mut screen);
    // Four of six thousand characters: they are all there again.
    screen.wait(is("5,996 left")).unwrap();
    drop(screen);
    drop(sync);
    central.stop();
    // What is noted of it is a place in the source, never what was said: that may be somebody's words.
    let fault = Faults::read(&kiosk).last.unwrap();
    assert!(
        fault.place.contains("puppet.rs:") && fault.code.len() == 4,
        "{fault:?}"
    );
    let log = fs::read_to_string(kiosk.with_file_name("logs").join("screen.log")).unwrap();
    assert!(log.contains("screen.panicked") && log.contains(&fault.code));
    assert!(
        !log.contains("Rosa's words"),
        "the log holds what a panic said"
    );
}

/// What the process says next to whoever watches over it; `None` if it is silent for so long.
fn hears(line: &UnixDatagram, span: Duration) -> Option<String> {
    line.set_read_timeout(Some(span)).unwrap();
    let mut buffer = [0; 64];
    match line.recv(&mut buffer) {
        Ok(length) => Some(String::from_utf8(buffer[..length].to_vec()).unwrap()),
        Err(error) if error.kind() == ErrorKind::WouldBlock => None,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_screen_whose_loop_hangs_is_silent_to_who_watches_it_and_one_that_draws_is_not() {
    const SPAN: Duration = Duration::from_secs(3);
    const PATIENCE: Duration = Duration::from_secs(60);
    let folder = tempfile::tempdir().unwrap();
    let facility = Facility::open(folder.path(), &Clock::open().unwrap()).unwrap();
    let path = folder.path().join("notify");
    let line = UnixDatagram::bind(&path).unwrap();
    let (program, state) = (Path::new(PROGRAM), facility.kiosk_folder());
    let mut screen = Driver::start_watched(program, &state, PANEL, (&path, SPAN)).unwrap();
    screen.look().unwrap();
    let mut said = Vec::new();
    while said.len() < 6 {
        said.push(hears(&line, PATIENCE).expect("it lives"));
    }
    assert_eq!(said[0], "READY=1");
    assert!(
        said[1..].iter().all(|word| word == "WATCHDOG=1"),
        "{said:?}"
    );
    screen.hang().unwrap();
    // What it said just before is still on the line; then nothing comes for longer than systemd waits.
    let mut late = 0;
    while let Some(word) = hears(&line, SPAN) {
        late += 1;
        assert!(late < 10, "it hangs, and says {word}");
    }
    screen.kill().unwrap();
    let mut screen = Driver::start_watched(program, &state, PANEL, (&path, SPAN)).unwrap();
    screen.look().unwrap();
    assert_eq!(hears(&line, PATIENCE).as_deref(), Some("READY=1"));
}

#[test]
fn a_screen_that_fails_again_and_again_says_that_it_is_out_of_order() {
    let folder = tempfile::tempdir().unwrap();
    // The store's key is none: every start fails.
    let identity = folder.path().join("identity");
    fs::create_dir(&identity).unwrap();
    fs::write(identity.join("store.key"), "no key").unwrap();
    let fails = || {
        let ended = Command::new(PROGRAM)
            .args(["screen", "--puppet", "--count-starts", "--state"])
            .arg(folder.path())
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert_eq!(ended.code(), Some(1));
    };
    for _ in 0..STARTS {
        fails();
    }
    let mut child = Command::new(PROGRAM)
        .args([
            "screen",
            "--puppet",
            "--count-starts",
            "--panel",
            "1280x800",
            "--state",
        ])
        .arg(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It stays up, and ends when it is told to.
    drop(child.stdin.take());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("screen.out_of_order"), "{said}");
}
