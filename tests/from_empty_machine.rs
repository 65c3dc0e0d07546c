//! From an empty machine to the first message read, with nothing but what a technician and an
//! operator have: `dayroom-central` at one end, `dayroom provision`, `sync`, `screen` and `machine` at
//! the other. And what is said when something is wrong.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test may panic, prints what it measured, and reads the clock to measure it"
)]

mod operator;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use dayroom::demo::tour::SyncProcess;
use dayroom::demo::{Driver, Panel};
use dayroom::domain::provisioning::Problem;
use dayroom::provision::words;
use dayroom::runtime::puppet::Label;
use dayroom_protocol::EnrolmentCode;

use operator::{Operator, Serving};

const PROGRAM: &str = env!("CARGO_BIN_EXE_dayroom");

const MAIL: &str = "From: Ana Ortiz <ana.ortiz@example.org>\r\n\
    To: Luis Ortiz <mail@cedar.example.org>\r\n\
    Subject: First letter\r\n\
    Date: Fri, 20 Nov 2026 10:00:00 -0600\r\n\
    Message-ID: <first@example.org>\r\n\
    Content-Type: text/plain; charset=utf-8\r\n\r\n\
    The apricots are ripe.\r\n";

/// A central with a facility and a unit, and a folder for everything.
struct House {
    folder: tempfile::TempDir,
    operator: Operator,
    port: u16,
    _serving: Serving,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let operator = Operator::at(folder.path(), "central");
        operator.done(&["init"]);
        operator.done(&["facility", "create", "Cedar County Detention Center"]);
        operator.done(&["unit", "create", "North"]);
        let (serving, port) = Serving::start(&operator);
        Self {
            folder,
            operator,
            port,
            _serving: serving,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn machine(&self, name: &str) -> PathBuf {
        let state = self.path(name);
        fs::create_dir_all(&state).unwrap();
        state
    }

    /// A one-time code for a new kiosk: as printed.
    fn code(&self, label: &str, more: &[&str]) -> String {
        let port = self.port.to_string();
        let mut words = vec!["enrol", "create", label, "--unit", "North", "--port", &port];
        words.extend(more);
        code_in(&self.operator.done(&words))
    }
}

/// The code in what `enrol create` said.
fn code_in(said: &str) -> String {
    said.lines()
        .map(str::trim)
        .find(|line| line.parse::<EnrolmentCode>().is_ok())
        .unwrap_or_else(|| panic!("no code in {said}"))
        .to_owned()
}

fn dayroom(words: &[&str], state: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .args(words)
        .arg("--state")
        .arg(state)
        .env_remove("RUNTIME_DIRECTORY")
        .env("DAYROOM_LOG", "warn");
    command
}

/// Types a code at a terminal.
fn typed(state: &Path, code: &str, port: u16, more: &[&str]) -> Output {
    let central = format!("127.0.0.1:{port}");
    let words = ["provision", "--code", code, "--central", &central];
    dayroom(&words, state).args(more).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// It failed with the words for this problem.
fn refused(output: &Output, problem: Problem) {
    let said = said(output);
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{said}");
    assert!(
        said.contains(&words::problem(problem)),
        "expected {problem:?}, heard {said}{log}"
    );
}

fn done(output: &Output) {
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}{log}", said(output));
}

fn type_in(screen: &mut Driver, keys: &str) {
    for key in keys.chars() {
        screen.tap(Label::Is(key.to_string())).unwrap();
    }
}

#[test]
fn from_an_empty_machine_to_the_first_message_read() {
    let house = House::new();
    let operator = &house.operator;
    let ticket = house.path("north.ticket");
    house.code("North wall", &["--ticket", ticket.to_str().unwrap()]);

    // The machine as it comes out of the box: both processes run and say what is missing.
    let state = house.machine("kiosk");
    let _sync = SyncProcess::start(Path::new(PROGRAM), &state).unwrap();
    let panel = Panel {
        width: 1280,
        height: 800,
    };
    let mut screen = Driver::start(Path::new(PROGRAM), &state, panel).unwrap();
    screen
        .wait(Label::Is("This kiosk is not set up yet.".into()))
        .unwrap();

    let begun = Instant::now();
    let provisioned = dayroom(&["provision"], &state)
        .arg("--ticket")
        .arg(&ticket)
        .output()
        .unwrap();
    done(&provisioned);
    for step in dayroom::domain::provisioning::Step::ALL {
        let line = format!("ok    {}", words::step(step));
        assert!(said(&provisioned).contains(&line), "{}", said(&provisioned));
    }
    screen.wait(Label::Is("Sign in".into())).unwrap();
    screen.wait(Label::Has("Cedar County".into())).unwrap();
    println!("from code to wall: {} ms", begun.elapsed().as_millis());

    fs::write(
        house.path("roster.csv"),
        "number,name,unit\n1001,Luis Ortiz,North\n",
    )
    .unwrap();
    let pins = operator.done(&["roster", "import", "roster.csv"]);
    let pin = pins.trim().rsplit(',').next().unwrap().to_owned();
    let request = operator.done(&[
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
        "--resident-alone",
    ]);
    assert!(request.contains("Added") || !request.is_empty());
    screen.tap(Label::Is("Sign in".into())).unwrap();
    type_in(&mut screen, "1001");
    screen.tap(Label::Is("Go".into())).unwrap();
    type_in(&mut screen, &pin);
    screen.tap(Label::Is("Go".into())).unwrap();
    screen
        .tap(Label::Is("I understand and agree".into()))
        .unwrap();
    screen.tap(Label::Is("Requests".into())).unwrap();
    screen.tap(Label::Starts("Ana Ortiz".into())).unwrap();
    screen.tap(Label::Is("Accept".into())).unwrap();
    operator.wait_for("connection_answered");
    fs::write(house.path("first.eml"), MAIL).unwrap();
    operator.done(&["mail", "import", "first.eml"]);
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
    println!(
        "from code to the first message read: {} ms",
        begun.elapsed().as_millis()
    );

    // The same file once more, on another machine.
    let second = dayroom(&["provision"], &house.machine("second"))
        .arg("--ticket")
        .arg(&ticket)
        .output()
        .unwrap();
    refused(&second, Problem::CodeUsed);
    assert!(!house.path("second").join("site.json").exists());
}

#[test]
fn a_code_typed_at_the_glass_brings_the_wall() {
    let house = House::new();
    let code = house.code("North wall", &[]);
    let state = house.machine("kiosk");
    let _sync = SyncProcess::start(Path::new(PROGRAM), &state).unwrap();
    let panel = Panel {
        width: 1280,
        height: 800,
    };
    let mut screen = Driver::start(Path::new(PROGRAM), &state, panel).unwrap();
    screen.tap(Label::Is("For technicians".into())).unwrap();
    type_in(&mut screen, &code.to_lowercase().replace('-', ""));
    screen.tap(Label::Is("Address of central".into())).unwrap();
    type_in(&mut screen, "127.0.0.1:1");
    let begun = Instant::now();
    screen.tap(Label::Is("Set up".into())).unwrap();
    screen
        .wait(Label::Starts("Nobody answers at that address.".into()))
        .unwrap();
    screen.tap(Label::Is("Try again".into())).unwrap();
    screen.tap(Label::Is("Address of central".into())).unwrap();
    screen.tap(Label::Is("Clear".into())).unwrap();
    type_in(&mut screen, &format!("127.0.0.1:{}", house.port));
    screen.tap(Label::Is("Set up".into())).unwrap();
    screen.wait(Label::Is("Sign in".into())).unwrap();
    screen.wait(Label::Has("Cedar County".into())).unwrap();
    println!(
        "typed at the glass, one wrong address: {} ms",
        begun.elapsed().as_millis()
    );
    let log = fs::read_to_string(house.path("logs/sync.log")).unwrap();
    let secret = code.replace('-', "");
    assert!(
        !log.contains(&secret) && !log.contains(&code),
        "no log tells the code"
    );
}

#[test]
fn a_scanned_code_is_found_among_other_barcodes() {
    let house = House::new();
    let code = house.code("North wall", &[]);
    let state = house.machine("kiosk");
    let scan = dayroom_protocol::EnrolmentScan {
        code: code.parse().unwrap(),
        host: "127.0.0.1".to_owned(),
        port: house.port,
    };
    let mut child = dayroom(&["provision", "--json", "--scan", "-"], &state)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = format!("4006381333931\r\n{}\r\n", scan.text());
    child
        .stdin
        .take()
        .unwrap()
        .write_all(lines.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    done(&output);
    let last = said(&output);
    let last = last.lines().last().unwrap();
    assert_eq!(last, r#"{"told":"provisioned"}"#);
    assert!(!said(&output).contains(&code.replace('-', "")));
}

#[test]
fn five_wrong_codes_make_it_void_and_a_mistyped_group_costs_no_try() {
    let house = House::new();
    let code = house.code("North wall", &[]);
    let state = house.machine("kiosk");
    let right: EnrolmentCode = code.parse().unwrap();
    let mut mistyped: Vec<char> = code.chars().collect();
    mistyped.swap(0, 1);
    let mistyped: String = mistyped.into_iter().collect();
    if mistyped != code {
        refused(
            &typed(&state, &mistyped, house.port, &[]),
            Problem::Mistyped { group: 1 },
        );
    }
    for secret in 1..=5 {
        let wrong = EnrolmentCode::new(right.number(), secret, right.pin());
        refused(
            &typed(&state, &wrong.grouped(), house.port, &[]),
            Problem::CodeWrong,
        );
    }
    refused(&typed(&state, &code, house.port, &[]), Problem::CodeVoid);
    assert!(!state.join("site.json").exists());
    let port = house.port.to_string();
    let again = ["enrol", "create", "--kiosk", "North wall", "--port", &port];
    let code = code_in(&house.operator.done(&again));
    done(&typed(&state, &code, house.port, &[]));
}

#[test]
fn another_central_gets_no_code_and_nobody_there_is_said_so() {
    let house = House::new();
    let other = House::new();
    let code = house.code("North wall", &[]);
    let state = house.machine("kiosk");
    refused(
        &typed(&state, &code, other.port, &[]),
        Problem::WrongCentral,
    );
    refused(&typed(&state, &code, 1, &[]), Problem::Unreachable);
    done(&typed(&state, &code, house.port, &[]));
}

#[test]
fn a_wrong_clock_is_said_and_bricks_nothing() {
    let house = House::new();
    // Fifteen years ago, and fifteen years on.
    for (name, clock) in [("behind", "1320000000000"), ("ahead", "2270000000000")] {
        let code = house.code(name, &[]);
        let state = house.machine(name);
        let output = typed(&state, &code, house.port, &["--standing-clock", clock]);
        assert!(
            said(&output).contains("the clock of this machine is wrong"),
            "{name}: {}",
            said(&output)
        );
        assert!(
            state.join("site.json").exists(),
            "{name}: {}",
            said(&output)
        );
    }
}

#[test]
fn a_kiosk_is_provisioned_again_with_its_journal_and_no_ticket_makes_it_another() {
    let house = House::new();
    let state = house.machine("kiosk");
    done(&typed(
        &state,
        &house.code("North wall", &[]),
        house.port,
        &[],
    ));
    let store_key = fs::read(state.join("identity/store.key")).unwrap();
    let key = fs::read(state.join("identity/key.pem")).unwrap();
    let cache = fs::metadata(state.join("store/cache.db")).unwrap();

    let other = house.code("South wall", &[]);
    refused(&typed(&state, &other, house.port, &[]), Problem::OtherKiosk);
    assert_eq!(fs::read(state.join("identity/key.pem")).unwrap(), key);

    let port = house.port.to_string();
    let again = ["enrol", "create", "--kiosk", "North wall", "--port", &port];
    let code = code_in(&house.operator.done(&again));
    done(&typed(&state, &code, house.port, &[]));
    assert_eq!(
        fs::read(state.join("identity/store.key")).unwrap(),
        store_key
    );
    assert_ne!(fs::read(state.join("identity/key.pem")).unwrap(), key);
    use std::os::unix::fs::MetadataExt;
    let after = fs::metadata(state.join("store/cache.db")).unwrap();
    assert_eq!(after.ino(), cache.ino(), "the store is the same");
}

#[test]
fn a_retired_kiosk_has_sent_everything_is_erased_and_central_shows_it() {
    let house = House::new();
    let state = house.machine("kiosk");
    done(&typed(
        &state,
        &house.code("North wall", &[]),
        house.port,
        &[],
    ));
    let power = house.path("power.txt");
    let mut retire = dayroom(&["retire", "--yes"], &state)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // The path unit of a real machine starts this; here the test does.
    let requests = state.join("machine/requests");
    for _ in 0..600 {
        let waits = fs::read_dir(&requests).is_ok_and(|mut all| all.next().is_some());
        if waits {
            break;
        }
        std::thread::park_timeout(Duration::from_millis(50));
    }
    done(
        &dayroom(
            &["machine", "--screen-user", "root", "--sync-user", "root"],
            &state,
        )
        .arg("--record-power")
        .arg(&power)
        .output()
        .unwrap(),
    );
    assert!(retire.wait().unwrap().success());
    assert!(!state.join("site.json").exists() && !state.join("identity").exists());
    assert!(!state.join("store").exists());
    assert!(fs::read_to_string(power).unwrap().starts_with("restart"));
    let shown = house.operator.done(&["kiosk", "list"]);
    assert!(shown.contains("erased"), "{shown}");
}

#[test]
fn an_operators_wipe_reaches_a_kiosk_that_a_signed_file_set_up_and_its_keys_are_gone_first() {
    let house = House::new();
    let operator = &house.operator;
    fs::write(house.path("words"), "correct horse battery staple\n").unwrap();
    let sealed = ["--passphrase-file", "words"];
    let ana = ["operator-key", "new", "--out", "ana", "--name", "Ana Ortiz"];
    operator.done(&[&ana[..], &sealed].concat());
    let set = ["operator-key", "set", "--add", "ana.pub", "--key", "ana"];
    let set = operator.done(&[&set[..], &sealed].concat());
    let ticket = house.path("north.ticket");
    let file = ["--ticket", ticket.to_str().unwrap(), "--sign-with", "ana"];
    house.code("North wall", &[&file[..], &sealed].concat());

    let state = house.machine("kiosk");
    let provisioned = dayroom(&["provision"], &state)
        .arg("--ticket")
        .arg(&ticket)
        .output()
        .unwrap();
    done(&provisioned);
    let told = said(&provisioned);
    assert!(told.contains("signed by:     Ana Ortiz"), "{told}");
    // Technician and operator see the same digits.
    let digits = |text: &str| {
        let is_one = |word: &&str| word.len() == 24 && word.matches('-').count() == 4;
        let found = text.split_whitespace().find(is_one);
        found.unwrap_or_else(|| panic!("{text}")).to_owned()
    };
    assert_eq!(digits(&told), digits(&set));
    // A code without a file takes them from central, and shows the same digits.
    let code = house.code("Second wall", &[]);
    let second = house.machine("second");
    let by_code = typed(&second, &code, house.port, &[]);
    done(&by_code);
    assert_eq!(digits(&said(&by_code)), digits(&set));
    let known = |state: &Path| fs::read_to_string(state.join("identity/operators.json")).unwrap();
    assert_eq!(known(&second), known(&state));

    // The path unit of a real machine starts this when something is asked; here the test does.
    let machine = || {
        let words = ["machine", "--screen-user", "root", "--sync-user", "root"];
        let mut machine = dayroom(&words, &state);
        let record = machine.arg("--record-power").arg(house.path("restarts"));
        done(&record.output().unwrap());
    };
    machine();
    let _sync = SyncProcess::start(Path::new(PROGRAM), &state).unwrap();
    let revoke = ["kiosk", "revoke", "North wall", "--wipe", "--key", "ana"];
    let mut revoking = operator.begun(&[&revoke[..], &sealed].concat());
    let requests = state.join("machine/requests");
    let waits = || {
        let names = fs::read_dir(&requests).unwrap().flatten();
        names
            .map(|name| name.file_name())
            .any(|name| !name.as_encoded_bytes().starts_with(b"."))
    };
    while !waits() && revoking.try_wait().unwrap().is_none() {
        std::thread::park_timeout(Duration::from_millis(20));
    }
    // Until the keys are gone it stays in service, so that the order can reach it.
    let stage = || {
        let list = operator.done(&["kiosk", "list", "--json"]);
        let line = list.lines().find(|line| line.contains("North wall"));
        let line: serde_json::Value = serde_json::from_str(line.unwrap()).unwrap();
        line["stage"].as_str().unwrap().to_owned()
    };
    assert_eq!(stage(), "in_service");
    assert!(
        revoking.try_wait().unwrap().is_none(),
        "revoked before it was wiped"
    );
    assert!(state.join("identity/store.key").exists());
    machine();
    assert!(!state.join("identity/store.key").exists() && !state.join("store").exists());
    let output = revoking.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(stage(), "retired");
}
