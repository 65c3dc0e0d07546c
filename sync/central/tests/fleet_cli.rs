//! `dayroom-central fleet` as a real process.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod desk;
mod edge;

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use dayroom_central::{CentralOptions, PinCost, serve};
use dayroom_protocol::health::ClosedReason;
use dayroom_protocol::{HealthReport, KioskId, UtcMillis};
use desk::{Desk, err};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use serde_json::Value;

/// Four kiosks: one open, one closed, one never here, one out of service.
struct Fleet {
    desk: Desk,
    open: KioskId,
}

fn report(now: UtcMillis) -> HealthReport {
    let text = include_str!("../../protocol/tests/golden/health_report.json");
    let mut report: HealthReport = serde_json::from_str(text).unwrap();
    report.made_at = now;
    report.clock.at = now;
    report.certificate.until = Some(now.plus_millis(20 * 86_400_000 + 1_000_000));
    report.screen.closed = None;
    report
}

impl Fleet {
    fn new() -> Self {
        let desk = Desk::set_up();
        for (label, unit) in [
            ("South wall", "South"),
            ("South new", "South"),
            ("South old", "South"),
        ] {
            let folder = label.replace(' ', "-");
            let create = ["kiosk", "create", label, "--unit", unit, "--out", &folder];
            desk.done(&create);
        }
        desk.done(&["kiosk", "revoke", "South old"]);
        let central = Self::central(&desk);
        let find = |label: &str| {
            let kiosks = central.kiosks().unwrap();
            kiosks.iter().find(|line| line.label == label).unwrap().id
        };
        let (open, closed) = (find("North wall"), find("South wall"));
        let now = edge::now();
        central.take_health(open, &report(now), now).unwrap();
        let mut lease = report(now);
        lease.screen.closed = Some(ClosedReason::LeaseOver);
        central.take_health(closed, &lease, now).unwrap();
        drop(central);
        Self { desk, open }
    }

    fn central(desk: &Desk) -> dayroom_central::Central {
        let options = CentralOptions {
            pins: PinCost::Simulated,
            ..CentralOptions::default()
        };
        let mut rng = SmallRng::seed_from_u64(1);
        serve::open_central(&desk.path("state"), options, &mut rng).unwrap()
    }
}

#[test]
fn the_list_shows_trouble_first_and_sums_up_and_can_be_narrowed() {
    let fleet = Fleet::new();
    let text = fleet.desk.done(&["fleet"]);
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].contains("KIOSK") && lines[0].ends_with("STATE"),
        "{text}"
    );
    assert!(lines[1].starts_with("FAIL  South wall"), "{text}");
    assert!(
        lines[2].ends_with("open; store FAIL, readers warn"),
        "{text}"
    );
    assert!(lines[2].starts_with("FAIL  North wall"), "{text}");
    assert!(
        !text.contains('\u{1b}') && !text.contains("South old"),
        "{text}"
    );
    assert!(
        text.ends_with("3 kiosks: 1 open, 1 closed, 1 not reporting; 2 failing, 1 to see to.\n"),
        "{text}"
    );
    assert!(
        fleet
            .desk
            .done(&["fleet", "--all"])
            .contains("out of service since")
    );
    let south = fleet.desk.done(&["fleet", "--unit", "South"]);
    assert!(south.contains("South wall") && !south.contains("North wall"));
    let other = fleet.desk.done(&["fleet", "--facility", "Elsewhere"]);
    assert!(other.ends_with("0 kiosks; none failing.\n"), "{other}");
}

#[test]
fn json_has_every_kiosk_with_its_whole_report() {
    let fleet = Fleet::new();
    let json: Value = serde_json::from_str(&fleet.desk.done(&["fleet", "--json"])).unwrap();
    assert_eq!(json["silent_after_seconds"], 900);
    assert_eq!(json["summary"]["kiosks"], 3);
    let kiosks = json["kiosks"].as_array().unwrap();
    assert_eq!(kiosks.len(), 3);
    let closed = kiosks
        .iter()
        .find(|line| line["label"] == "South wall")
        .unwrap();
    assert_eq!(closed["state"]["is"], "closed");
    assert_eq!(closed["state"]["reason"], "lease_over");
    assert_eq!(closed["certificate_days"], 20);
    assert_eq!(closed["report"]["outbox"]["waiting"], 3);
}

#[test]
fn one_kiosk_is_shown_by_label_or_id_with_its_history() {
    let fleet = Fleet::new();
    let text = fleet.desk.done(&["fleet", "show", "South wall"]);
    assert!(
        text.contains("closed: no contact for longer than the lease"),
        "{text}"
    );
    assert!(text.contains("What changed, the newest first:"), "{text}");
    assert!(text.contains("first report"), "{text}");
    let id = fleet.open.to_string();
    let json = fleet.desk.done(&["fleet", "show", &id, "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["kiosk"]["label"], "North wall");
    assert_eq!(json["history"][0]["change"]["is"], "first");
    let missing = fleet.desk.run(&["fleet", "show", "Nowhere"]);
    assert!(err(&missing).contains("there is no kiosk \"Nowhere\""));
    assert_eq!(missing.status.code(), Some(1));
}

#[test]
fn watching_in_a_pipe_gives_a_line_for_each_kiosk_and_one_for_each_change() {
    let fleet = Fleet::new();
    let mut watch = fleet
        .desk
        .command(&["fleet", "--watch", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    for _ in 0..3 {
        next();
    }
    let now = edge::now();
    let mut closed = report(now);
    closed.screen.closed = Some(ClosedReason::Clock);
    let central = Fleet::central(&fleet.desk);
    central.take_health(fleet.open, &closed, now).unwrap();
    let change = next();
    assert_eq!(change["kiosk"]["label"], "North wall");
    assert_eq!(change["kiosk"]["state"]["reason"], "clock");
    watch.kill().unwrap();
    watch.wait().unwrap();
}
