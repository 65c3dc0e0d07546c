use dayroom_protocol::health::CheckResult;

use super::*;

const NOW: UtcMillis = UtcMillis(1_764_295_200_000);
const MINUTE: i64 = 60_000;

fn good() -> HealthReport {
    let text = include_str!("../../../protocol/tests/golden/health_report.json");
    let mut report: HealthReport = serde_json::from_str(text).unwrap();
    report.screen.closed = None;
    report.certificate.is = CertificateState::Valid;
    report.certificate.until = Some(NOW.plus_millis(20 * DAY_MILLIS));
    report.clock.at = NOW;
    report.devices.unknown.clear();
    for result in &mut report.checks {
        result.verdict = Verdict::Ok;
    }
    report
}

fn judged(report: &HealthReport, minutes_later: i64) -> Judged {
    let known = Known {
        retired_at: None,
        contact_at: Some(NOW),
        report: Some((report, NOW)),
    };
    judge(&known, NOW.plus_millis(minutes_later * MINUTE))
}

#[test]
fn a_kiosk_that_is_well_is_open_and_nothing_else() {
    let found = judged(&good(), 1);
    assert_eq!(found.state, KioskState::Open);
    assert_eq!(found.verdict, Verdict::Ok);
    assert_eq!(found.troubles, []);
    assert_eq!(found.certificate_days, Some(19));
}

#[test]
fn three_missed_reports_are_silence_and_a_pull_breaks_it() {
    assert_eq!(judged(&good(), 15).state, KioskState::Open);
    let silent = judged(&good(), 16);
    assert_eq!(silent.state, KioskState::Silent { since: NOW });
    assert_eq!(silent.verdict, Verdict::Fail);
    let report = good();
    let pulled = Known {
        retired_at: None,
        contact_at: Some(NOW.plus_millis(10 * MINUTE)),
        report: Some((&report, NOW)),
    };
    let found = judge(&pulled, NOW.plus_millis(16 * MINUTE));
    assert_eq!(found.state, KioskState::Open);
}

#[test]
fn who_was_never_here_who_reports_nothing_and_who_is_out_of_service_are_told_apart() {
    let mut known = Known {
        retired_at: None,
        contact_at: None,
        report: None,
    };
    assert_eq!(judge(&known, NOW).state, KioskState::NeverHere);
    known.contact_at = Some(NOW);
    assert_eq!(judge(&known, NOW).state, KioskState::NotReporting);
    known.retired_at = Some(NOW);
    let retired = judge(&known, NOW.plus_millis(90 * DAY_MILLIS));
    assert_eq!(retired.state, KioskState::OutOfService { since: NOW });
    assert_eq!(retired.verdict, Verdict::Ok, "it troubles nobody");
}

#[test]
fn a_screen_that_is_closed_hung_or_gone_is_said_before_any_check() {
    let mut report = good();
    report.screen.closed = Some(ClosedReason::LeaseOver);
    let reason = ClosedReason::LeaseOver;
    assert_eq!(judged(&report, 0).state, KioskState::Closed { reason });
    report.screen.is = ScreenState::Hung;
    assert_eq!(judged(&report, 0).state, KioskState::ScreenHung);
    report.screen.is = ScreenState::Gone;
    assert_eq!(judged(&report, 0).state, KioskState::ScreenGone);
    assert_eq!(judged(&report, 0).verdict, Verdict::Fail);
}

#[test]
fn central_counts_the_days_of_a_certificate_on_while_a_kiosk_says_nothing_new() {
    let mut report = good();
    report.certificate.until = Some(NOW.plus_millis(8 * DAY_MILLIS));
    assert_eq!(judged(&report, 0).verdict, Verdict::Ok);
    report.certificate.until = Some(NOW.plus_millis(7 * DAY_MILLIS));
    assert_eq!(
        judged(&report, 0).troubles,
        [(Check::Certificate, Verdict::Warn)]
    );
    report.certificate.until = Some(NOW.plus_millis(-1));
    let ended = judged(&report, 0);
    assert_eq!(ended.certificate_days, Some(-1));
    assert_eq!(ended.troubles, [(Check::Certificate, Verdict::Fail)]);
}

#[test]
fn a_clock_of_1970_is_seen_at_central_whatever_the_kiosk_makes_of_it() {
    let mut report = good();
    report.clock.at = UtcMillis(0);
    let found = judged(&report, 0);
    assert_eq!(found.clock_ahead_millis, Some(-NOW.0));
    assert_eq!(found.troubles, [(Check::Clock, Verdict::Warn)]);
}

#[test]
fn troubles_stand_in_order_of_their_weight() {
    let mut report = good();
    let result = |check, verdict| CheckResult { check, verdict };
    report.checks = vec![
        result(Check::Readers, Verdict::Warn),
        result(Check::Display, Verdict::Ok),
        result(Check::Audit, Verdict::Fail),
        result(Check::Disk, Verdict::Warn),
        result(Check::Unknown, Verdict::Unknown),
    ];
    let troubles: Vec<Check> = judged(&report, 0).troubles.iter().map(|t| t.0).collect();
    assert_eq!(
        troubles,
        [Check::Audit, Check::Readers, Check::Disk, Check::Unknown]
    );
}

#[test]
fn every_change_between_two_reports_is_a_line_and_a_report_like_the_last_is_none() {
    let old = good();
    let after = |new: &HealthReport| changes(Some((&old, NOW)), new, NOW.plus_millis(MINUTE));
    assert_eq!(changes(None, &old, NOW), [HealthChange::First]);
    let mut same = old.clone();
    same.made_at = NOW.plus_millis(MINUTE);
    same.up_seconds += 60;
    same.outbox.waiting = Some(9);
    assert_eq!(after(&same), []);

    let mut new = old.clone();
    new.screen.closed = Some(ClosedReason::Clock);
    new.clock.is = ClockState::BehindFloor;
    new.screen.crashes = Some(3);
    new.versions.release = None;
    new.versions.gave_way = Some(HealthText::clean("2026.12.1"));
    new.checks[1].verdict = Verdict::Fail;
    let device = UnknownDevice {
        vendor: 0x46d,
        product: 0xc31c,
        name: HealthText::clean("Keyboard"),
    };
    new.devices.unknown = vec![device.clone()];
    assert_eq!(
        after(&new),
        [
            HealthChange::Crashed { count: 3 },
            HealthChange::Closed {
                reason: ClosedReason::Clock
            },
            HealthChange::Version {
                program: old.versions.program.clone(),
                release: None
            },
            HealthChange::GaveWay {
                release: HealthText::clean("2026.12.1")
            },
            HealthChange::Clock {
                to: ClockState::BehindFloor
            },
            HealthChange::Plugged {
                device: device.clone()
            },
            HealthChange::Check {
                check: Check::Readers,
                from: Verdict::Ok,
                to: Verdict::Fail
            },
        ]
    );
    let back = changes(Some((&new, NOW)), &old, NOW);
    assert!(back.contains(&HealthChange::Opened), "{back:?}");
    assert!(back.contains(&HealthChange::Unplugged { device }));
}

#[test]
fn a_restart_a_silence_and_a_screen_that_went_away_are_lines_of_their_own() {
    let old = good();
    let mut new = old.clone();
    new.boot = uuid::Uuid::from_u128(1);
    new.screen.crashes = Some(1);
    new.screen.is = ScreenState::Gone;
    let later = NOW.plus_millis(16 * MINUTE);
    assert_eq!(
        changes(Some((&old, NOW)), &new, later),
        [
            HealthChange::HeardAgain { silent_since: NOW },
            HealthChange::Restarted,
            HealthChange::Crashed { count: 1 },
            HealthChange::Screen {
                to: ScreenState::Gone
            },
        ]
    );
    let mut closed = old;
    closed.screen.closed = Some(ClosedReason::LeaseOver);
    let mut gone = closed.clone();
    gone.screen.is = ScreenState::Gone;
    gone.screen.closed = None;
    let seen = changes(Some((&closed, NOW)), &gone, NOW);
    assert!(
        !seen.contains(&HealthChange::Opened),
        "nobody can say that it opened: {seen:?}"
    );
}

#[test]
fn a_line_of_a_newer_central_reads_as_unknown() {
    let text = r#"{"is":"struck_by_lightning","volts":7}"#;
    let change: HealthChange = serde_json::from_str(text).unwrap();
    assert_eq!(change, HealthChange::Unknown);
}
