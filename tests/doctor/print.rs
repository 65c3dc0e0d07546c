//! What the doctor writes, word for word: programs and people rely on it.

use std::path::Path;
use std::time::Duration;

use dayroom::doctor::{Colour, Diagnosis, json, lines};
use dayroom::domain::UtcMillis;
use dayroom::domain::health::facts::{
    Audit, Central, Certificate, Clock, Closed, Device, Disk, Display, Facts, File, Inputs, Life,
    Outbox, Screen, Services, Space, Step, Store, Sync, Unit, UnitState, Versions, Wear,
};
use dayroom::domain::health::{FileFault, LinkTrouble, Verdict, judge};

const NOW: UtcMillis = UtcMillis(1_798_000_000_000);
const DAY: i64 = 24 * 60 * 60 * 1000;

/// A terminal of which about everything is wrong.
fn ill() -> Diagnosis {
    let file = File {
        schema: Some(4),
        known: 4,
        fault: None,
        checked: true,
    };
    let facts = Facts {
        display: Some(Display::Panel {
            connector: "HDMI-A-1".to_owned(),
            pixels: Some((1280, 800)),
            millimetres: Some((217, 136)),
        }),
        inputs: Some(Inputs {
            touch: Vec::new(),
            readers: Vec::new(),
            unknown: vec![Device {
                vendor: 0x46d,
                product: 0xc31c,
                name: "Example\u{1b}[2J Keyboard".to_owned(),
            }],
            reader_expected: Some(true),
        }),
        clock: Some(Clock {
            system: UtcMillis(0),
            floor: NOW,
            rtc: None,
            in_step: Some(false),
            ahead_of_central: None,
        }),
        disk: Some(Disk {
            space: Some(Space {
                total: 8_000_000_000,
                free: 12_000_000,
            }),
            read_only: false,
            wear: Wear::NotKnown,
        }),
        store: Some(Store::Files {
            bytes: 70_000_000,
            cache: File {
                fault: Some(FileFault::Damaged),
                ..file
            },
            blobs: file,
            journal: File {
                schema: Some(9),
                fault: Some(FileFault::Newer),
                ..file
            },
        }),
        certificate: Some(Certificate::Held {
            from: UtcMillis(NOW.0 - 40 * DAY),
            until: UtcMillis(NOW.0 - 10 * DAY),
        }),
        central: Some(Central::Tried {
            address: "central.example.org:8443".to_owned(),
            network: Step::Done { took_ms: 3 },
            tls: Some(Step::Done { took_ms: 2500 }),
            request: Some(Step::Kept {
                trouble: LinkTrouble::CertificateExpired,
                detail: "central hung up".to_owned(),
            }),
        }),
        sync: Some(Sync {
            last: Some(UtcMillis(NOW.0 - 25 * DAY)),
            age: Some(Duration::from_secs(25 * 86_400)),
            lease: Some(Duration::from_secs(30 * 86_400)),
        }),
        outbox: Some(Outbox {
            waiting: 3,
            oldest_at: Some(UtcMillis(NOW.0 - 2 * DAY)),
        }),
        versions: Some(Versions {
            program: "1.2.3".to_owned(),
            release: Some("2026.11.1".to_owned()),
            gave_way: None,
            sqlite: "3.53.4".to_owned(),
            sqlcipher: Some("4.19.0 community".to_owned()),
        }),
        services: Some(Services {
            sync_answers: false,
            units: vec![Unit {
                name: "dayroom-sync.service".to_owned(),
                state: UnitState::Failed,
                restarts: 12,
            }],
        }),
        screen: Some(Screen {
            life: Life::Alive,
            closed: Some(Closed::CertificateExpired),
            crashes: Some(1),
        }),
        audit: Some(Audit::NotWritable),
    };
    Diagnosis {
        at: NOW,
        lines: judge(&facts, NOW),
    }
}

/// What was accepted, or what is written in its place with `DAYROOM_ACCEPT=1`.
fn accepted(name: &str, now: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/doctor")
        .join(name);
    if std::env::var_os("DAYROOM_ACCEPT").is_some() {
        std::fs::write(&path, now).unwrap();
    }
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_json_is_the_one_that_was_accepted() {
    let now = json(&ill()).unwrap() + "\n";
    let now = now.replace(
        &format!("\"program\": \"{}\"", env!("CARGO_PKG_VERSION")),
        "\"program\": \"VERSION\"",
    );
    assert_eq!(now, accepted("diagnosis.json", &now));
}

#[test]
fn the_words_are_those_that_were_accepted() {
    let now = lines(&ill(), Colour::Plain).join("\n") + "\n";
    assert_eq!(now, accepted("diagnosis.txt", &now));
}

#[test]
fn nothing_a_device_calls_itself_reaches_the_terminal_as_a_command() {
    let plain = lines(&ill(), Colour::Plain).join("");
    assert!(!plain.contains('\u{1b}') && plain.contains("Example?[2J"));
    let coloured = lines(&ill(), Colour::Ansi).join("");
    let ours = coloured.matches("\u{1b}[").count();
    assert_eq!(
        ours,
        2 * ill().lines.len(),
        "a colour and its end for each line"
    );
}

#[test]
fn the_exit_code_is_that_of_the_worst_line() {
    let mut diagnosis = ill();
    assert_eq!(diagnosis.exit_code(), 2);
    diagnosis.lines.retain(|line| line.verdict != Verdict::Fail);
    assert_eq!(diagnosis.exit_code(), 1);
    diagnosis.lines.retain(|line| line.verdict == Verdict::Ok);
    assert_eq!(diagnosis.exit_code(), 0);
    assert_eq!(
        lines(&diagnosis, Colour::Plain).last().unwrap(),
        "This terminal is well."
    );
}
