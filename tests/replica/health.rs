//! What central hears of a kiosk's health, in virtual time.

use dayroom::domain::health::facts::{
    Audit, Certificate, Closed, Disk, Display, Inputs, Space, Versions, Wear,
};
use dayroom::domain::local::{Link, OfflineCause, ScreenStatus, ToScreen, ToSync};
use dayroom::domain::{IntentBody, UtcMillis};
use dayroom::replica::{ReplicaEvent, Sensed};
use dayroom_protocol::health::{Check, ClockState, ClosedReason, FileState, ScreenState, Verdict};

use super::desk::{Desk, Line, START};

const MINUTE: u64 = 60_000;
const DAY: i64 = 86_400_000;

fn sensed(desk: &Desk) -> Sensed {
    Sensed {
        system: desk.now.utc,
        not_before: UtcMillis(0),
        rtc: Some(desk.now.utc),
        in_step: Some(true),
        disk: Disk {
            space: Some(Space {
                total: 8_000_000_000,
                free: 5_000_000_000,
            }),
            read_only: false,
            wear: Wear::NotKnown,
        },
        store_bytes: 70_000_000,
        certificate: Certificate::Held {
            from: UtcMillis(START - DAY),
            until: UtcMillis(START + 29 * DAY),
        },
        versions: Versions {
            program: "0.1.0".to_owned(),
            release: None,
            gave_way: None,
            sqlite: "3.53.4".to_owned(),
            sqlcipher: Some("4.19.0".to_owned()),
        },
    }
}

fn sense(desk: &mut Desk) {
    let sensed = Box::new(sensed(desk));
    desk.tell(ReplicaEvent::Sensed(sensed));
}

fn status(closed: Option<Closed>) -> ToSync {
    ToSync::Screen {
        status: Box::new(ScreenStatus {
            closed,
            crashes: Some(0),
            display: Some(Display::Desktop {
                name: "wayland-0".to_owned(),
            }),
            inputs: Some(Inputs::default()),
            audit: Some(Audit::Writable),
        }),
    }
}

/// Lets time pass as a kiosk with a living screen and senses has it.
fn live(desk: &mut Desk, minutes: u64, closed: Option<Closed>) {
    for _ in 0..2 * minutes {
        desk.pass(MINUTE / 2);
        desk.local(status(closed));
        sense(desk);
    }
}

/// A kiosk that is well and has said so.
fn well() -> Desk {
    let mut desk = Desk::synced();
    desk.tell(ReplicaEvent::ScreenConnected);
    desk.local(status(None));
    sense(&mut desk);
    live(&mut desk, 1, None);
    assert!(!desk.reports.is_empty());
    desk
}

#[test]
fn a_kiosk_reports_every_five_minutes_and_says_what_is_so() {
    let mut desk = well();
    let report = desk.reports.last().unwrap().clone();
    assert_eq!(report.screen.is, ScreenState::Alive);
    assert_eq!(report.screen.closed, None);
    assert_eq!(report.worst(), Verdict::Ok, "{report:#?}");
    assert_eq!(report.store.journal.is, FileState::Open);
    assert_eq!(report.outbox.waiting, Some(0));
    assert_eq!(report.check(), Ok(()));
    desk.reports.clear();
    let start = desk.now.utc;
    live(&mut desk, 60, None);
    let mut before = start.0;
    for report in &desk.reports {
        assert!(report.made_at.0 - before <= 300_000);
        before = report.made_at.0;
    }
    assert!(
        (12..=16).contains(&desk.reports.len()),
        "{}",
        desk.reports.len()
    );
}

#[test]
fn a_change_of_state_is_told_within_seconds_and_one_that_is_none_is_not() {
    let mut desk = well();
    live(&mut desk, 1, None);
    desk.reports.clear();
    // The same again, another time, another count of bytes: no change.
    sense(&mut desk);
    desk.local(status(None));
    desk.pass(15_000);
    assert_eq!(desk.reports.len(), 0);
    desk.local(status(Some(Closed::CertificateExpired)));
    desk.pass(15_000);
    assert_eq!(desk.reports.len(), 1);
    let closed = desk.reports[0].screen.closed;
    assert_eq!(closed, Some(ClosedReason::CertificateExpired));
    let screen = desk.reports[0].checks.iter();
    let screen = screen.clone().find(|line| line.check == Check::Screen);
    assert_eq!(screen.unwrap().verdict, Verdict::Fail);
    // It goes.
    desk.tell(ReplicaEvent::ScreenGone);
    desk.pass(15_000);
    assert_eq!(desk.reports.len(), 2);
    assert_eq!(desk.reports[1].screen.is, ScreenState::Gone);
}

#[test]
fn a_screen_that_says_nothing_more_hangs_and_central_hears_of_it() {
    let mut desk = well();
    desk.reports.clear();
    for _ in 0..6 {
        desk.pass(MINUTE / 2);
        sense(&mut desk);
    }
    let last = desk.reports.last().unwrap();
    assert_eq!(last.screen.is, ScreenState::Hung);
}

#[test]
fn a_report_lost_on_the_way_is_sent_again() {
    let mut desk = well();
    desk.line = Line::Down;
    desk.local(status(Some(Closed::LeaseOver)));
    desk.pass(30_000);
    desk.reports.clear();
    desk.line = Line::Up;
    desk.pass(6 * MINUTE);
    let said = desk.reports.first().unwrap().screen.closed;
    assert_eq!(said, Some(ClosedReason::LeaseOver));
}

#[test]
fn a_clock_that_jumps_is_seen_beside_centrals_and_nothing_else_follows() {
    let mut desk = well();
    let mut wrong = sensed(&desk);
    wrong.system = UtcMillis(0);
    desk.tell(ReplicaEvent::Sensed(Box::new(wrong)));
    desk.pass(15_000);
    assert_eq!(
        desk.reports.last().unwrap().clock.is,
        ClockState::BehindFloor
    );
    let mut ahead = sensed(&desk);
    ahead.system = UtcMillis(desk.now.utc.0 + 4000 * DAY);
    desk.tell(ReplicaEvent::Sensed(Box::new(ahead)));
    desk.pass(15_000);
    let report = desk.reports.last().unwrap();
    assert_eq!(report.clock.is, ClockState::Off);
    assert!(report.clock.at.0 > desk.now.utc.0 + 3999 * DAY);
}

#[test]
fn what_people_did_is_counted_in_a_report_and_never_named() {
    let mut desk = well();
    let name = desk.marcus().name.clone();
    desk.line = Line::Down;
    desk.does(IntentBody::SignIn);
    desk.pass(MINUTE);
    desk.line = Line::Up;
    live(&mut desk, 10, None);
    for report in &desk.reports {
        let text = serde_json::to_string(report).unwrap();
        assert!(!text.contains(&name));
        assert!(!text.contains(&desk.marcus_id().0.to_string()));
    }
}

#[test]
fn whoever_looks_is_told_how_sync_is_without_a_word_to_the_screen() {
    let mut desk = well();
    desk.local(status(Some(Closed::LeaseOver)));
    desk.line = Line::Down;
    desk.pass(20 * MINUTE);
    desk.heard.clear();
    desk.tell(ReplicaEvent::Look(7));
    let [ToScreen::Sync { status }] = desk.heard.as_slice() else {
        panic!("{:?}", desk.heard)
    };
    assert!(matches!(
        status.link,
        Link::Offline {
            cause: OfflineCause::Unreachable,
            ..
        }
    ));
    assert_eq!(status.screen.closed, Some(Closed::LeaseOver));
    assert!(status.last_contact.is_some());
}
