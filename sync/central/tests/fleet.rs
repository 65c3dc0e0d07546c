//! What kiosks say of their health, as central keeps and shows it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use dayroom_central::{
    CentralOptions, CentralPlace, FleetSummary, HealthChange, KioskState, PinCost, Refused,
};
use dayroom_protocol::health::{Check, ClosedReason, Verdict};
use dayroom_protocol::{HealthReport, KioskId, UtcMillis};
use support::{NOW, Wall, World};
use uuid::Uuid;

const MINUTE: i64 = 60_000;

fn report(at: UtcMillis) -> HealthReport {
    let text = include_str!("../../protocol/tests/golden/health_report.json");
    let mut report: HealthReport = serde_json::from_str(text).unwrap();
    report.made_at = at;
    report.clock.at = at;
    report.certificate.until = Some(NOW.plus_millis(25 * 24 * 60 * MINUTE));
    report.screen.closed = None;
    for result in &mut report.checks {
        result.verdict = Verdict::Ok;
    }
    report
}

fn after(minutes: i64) -> UtcMillis {
    NOW.plus_millis(minutes * MINUTE)
}

#[test]
fn the_most_troubled_kiosk_stands_first_and_the_sum_is_right() {
    let mut world = World::new();
    let central = &world.central;
    let rng = &mut world.rng;
    let quiet = central.create_kiosk(world.a, "A, silent", rng).unwrap();
    let never = central.create_kiosk(world.a, "A, new", rng).unwrap();
    let retired = central.create_kiosk(world.b, "B, old", rng).unwrap();
    central.retire_kiosk(retired, NOW).unwrap();
    central.take_health(quiet, &report(NOW), NOW).unwrap();
    let mut closed = report(after(60));
    closed.screen.closed = Some(ClosedReason::CertificateExpired);
    central
        .take_health(world.kiosk_a, &closed, after(60))
        .unwrap();
    central
        .take_health(world.kiosk_b, &report(after(61)), after(61))
        .unwrap();

    let fleet = central.fleet(after(62)).unwrap();
    let order: Vec<(KioskId, KioskState)> =
        fleet.iter().map(|line| (line.kiosk, line.state)).collect();
    assert_eq!(
        order,
        [
            (quiet, KioskState::Silent { since: NOW }),
            (
                world.kiosk_a,
                KioskState::Closed {
                    reason: ClosedReason::CertificateExpired
                }
            ),
            (never, KioskState::NeverHere),
            (world.kiosk_b, KioskState::Open),
            (retired, KioskState::OutOfService { since: NOW }),
        ]
    );
    assert_eq!(
        FleetSummary::of(&fleet),
        FleetSummary {
            kiosks: 4,
            open: 1,
            closed: 1,
            no_screen: 0,
            silent: 1,
            not_reporting: 1,
            failing: 2,
            warned: 1,
        }
    );
    assert_eq!(fleet[3].unit_name, "B");
    assert_eq!(fleet[3].facility_name, "Cedar County");
    assert_eq!(fleet[3].certificate_days, Some(24));
}

#[test]
fn reports_and_history_outlive_central() {
    let folder = tempfile::tempdir().unwrap();
    let place = CentralPlace::File(folder.path().join("central.db"));
    let options = CentralOptions {
        pins: PinCost::Simulated,
        ..CentralOptions::default()
    };
    let world = World::at(&place, options);
    let kiosk = world.kiosk_a;
    world.central.take_health(kiosk, &report(NOW), NOW).unwrap();
    let mut worse = report(after(5));
    worse.checks[1].verdict = Verdict::Warn;
    world.central.take_health(kiosk, &worse, after(5)).unwrap();
    let mut rng = world.rng;
    drop(world.central);
    let central = dayroom_central::Central::open(&place, options, &mut rng).unwrap();
    let fleet = central.fleet(after(6)).unwrap();
    let line = fleet.into_iter().find(|line| line.kiosk == kiosk).unwrap();
    assert_eq!(line.verdict, Verdict::Warn);
    assert_eq!(line.report, Some(worse));
    let history = central.health_history(kiosk, 10).unwrap();
    let changes: Vec<&HealthChange> = history.iter().map(|entry| &entry.change).collect();
    assert_eq!(
        changes,
        [
            &HealthChange::Check {
                check: Check::Readers,
                from: Verdict::Ok,
                to: Verdict::Warn
            },
            &HealthChange::First
        ]
    );
    assert_eq!(history[0].at, after(5));
}

#[test]
fn a_kiosk_that_flaps_for_ever_fills_no_disk_and_hides_nobody_else() {
    let world = World::new();
    let central = &world.central;
    central
        .take_health(world.kiosk_b, &report(NOW), NOW)
        .unwrap();
    for round in 0..1500 {
        let mut flapping = report(after(round));
        if round % 2 == 0 {
            flapping.checks[0].verdict = Verdict::Fail;
        }
        central
            .take_health(world.kiosk_a, &flapping, after(round))
            .unwrap();
    }
    let history = central
        .health_history(world.kiosk_a, usize::MAX >> 1)
        .unwrap();
    assert_eq!(history.len(), 600);
    assert_eq!(history[0].at, after(1499), "the newest stay");
    assert_eq!(central.health_history(world.kiosk_b, 10).unwrap().len(), 1);
}

#[test]
fn who_is_not_in_service_and_who_says_too_much_is_refused() {
    let world = World::new();
    let stranger = KioskId(Uuid::from_u128(77));
    assert!(matches!(
        world.central.take_health(stranger, &report(NOW), NOW),
        Err(Refused::UnknownKiosk)
    ));
    let mut long = report(NOW);
    long.checks = vec![long.checks[0]; 33];
    assert!(matches!(
        world.central.take_health(world.kiosk_a, &long, NOW),
        Err(Refused::BadRequest(_))
    ));
    world.central.retire_kiosk(world.kiosk_a, NOW).unwrap();
    assert!(matches!(
        world.central.take_health(world.kiosk_a, &report(NOW), NOW),
        Err(Refused::UnknownKiosk)
    ));
}

#[test]
fn a_kiosk_of_an_older_program_is_seen_by_its_pulls() {
    let world = World::new();
    let mut wall = Wall::new(world.kiosk_a);
    wall.pull_all(&world.central);
    let fleet = world.central.fleet(after(1)).unwrap();
    let line = fleet
        .iter()
        .find(|line| line.kiosk == world.kiosk_a)
        .unwrap();
    assert_eq!(line.state, KioskState::NotReporting);
    assert_eq!(line.last_contact, Some(NOW));
    let later = world.central.fleet(after(20)).unwrap();
    let line = later
        .iter()
        .find(|line| line.kiosk == world.kiosk_a)
        .unwrap();
    assert_eq!(line.state, KioskState::Silent { since: NOW });
}
