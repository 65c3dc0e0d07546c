use dayroom_protocol::health::{Check, ClosedReason, HealthText};
use dayroom_protocol::{FacilityId, HealthReport, KioskId, UnitId};
use uuid::Uuid;

use super::*;
use crate::{HealthChange, Trouble};

const NOW: UtcMillis = UtcMillis(1_764_295_200_000);
const PLAIN: Style = Style {
    width: None,
    colour: false,
};

fn line(label: &str, state: KioskState, verdict: Verdict) -> FleetLine {
    let text = include_str!("../../../protocol/tests/golden/health_report.json");
    let mut report: HealthReport = serde_json::from_str(text).unwrap();
    report.screen.closed = None;
    FleetLine {
        kiosk: KioskId(Uuid::from_u128(1)),
        label: label.to_owned(),
        facility: FacilityId(Uuid::from_u128(2)),
        facility_name: "Cedar County".to_owned(),
        unit: UnitId(Uuid::from_u128(3)),
        unit_name: "B".to_owned(),
        state,
        verdict,
        troubles: Vec::new(),
        last_contact: Some(NOW.plus_millis(-3 * MINUTE)),
        reported_at: Some(NOW.plus_millis(-3 * MINUTE)),
        certificate_days: Some(20),
        clock_ahead_millis: Some(-1200),
        quarantined: 0,
        report: Some(report),
    }
}

fn fleet() -> Vec<FleetLine> {
    let reason = ClosedReason::LeaseOver;
    let mut closed = line("Unit B, wall", KioskState::Closed { reason }, Verdict::Fail);
    closed.troubles = vec![Trouble {
        check: Check::Readers,
        verdict: Verdict::Warn,
    }];
    let mut new = line("Intake\u{1b}[31m", KioskState::NeverHere, Verdict::Warn);
    new.last_contact = None;
    new.certificate_days = None;
    new.clock_ahead_millis = None;
    new.report = None;
    vec![closed, new, line("Library", KioskState::Open, Verdict::Ok)]
}

#[test]
fn a_list_that_is_piped_is_whole_and_has_no_colour() {
    let text = table(&fleet(), NOW, PLAIN).join("\n");
    assert_eq!(
        text,
        "      KIOSK         UNIT  HEARD      CERT  WAITING  VERSION    STORE  CLOCK    STATE\n\
         FAIL  Unit B, wall  B     3 min ago  20 d  3        2026.11.1  73 MB  in step  closed: no contact for longer than the lease; readers warn\n\
         warn  Intake?[31m   B     never      -     -        -          -      -        never here\n\
         ok    Library       B     3 min ago  20 d  3        2026.11.1  73 MB  in step  open"
    );
    assert_eq!(
        summary(&fleet(), PLAIN),
        "3 kiosks: 1 open, 1 closed, 1 not reporting; 1 failing, 1 to see to."
    );
}

#[test]
fn every_line_fits_its_terminal_and_what_matters_most_stays() {
    for width in 40..200 {
        let style = Style {
            width: Some(width),
            colour: true,
        };
        for text in table(&fleet(), NOW, style) {
            assert!(measure_text_width(&text) <= width, "{width}: {text}");
        }
        let heads = table(&fleet(), NOW, style).remove(0);
        assert!(
            heads.contains("KIOSK") && heads.contains("HEARD"),
            "{width}"
        );
        for text in details(&fleet()[0], &[], NOW, style) {
            assert!(measure_text_width(&text) <= width, "{width}: {text}");
        }
    }
    let narrow = Style {
        width: Some(60),
        colour: false,
    };
    let text = table(&fleet(), NOW, narrow).join("\n");
    assert!(
        !text.contains("CLOCK") && !text.contains("VERSION"),
        "{text}"
    );
    assert!(text.contains("closed: no contact"), "{text}");
}

#[test]
fn colour_is_for_terminals_that_have_it() {
    let style = Style {
        width: Some(120),
        colour: true,
    };
    assert!(
        table(&fleet(), NOW, style)
            .join("\n")
            .contains("\u{1b}[31mFAIL")
    );
    let plain = Style {
        colour: false,
        ..style
    };
    assert!(!table(&fleet(), NOW, plain).join("\n").contains('\u{1b}'));
}

#[test]
fn silence_says_since_when_and_what_was_said_last() {
    let since = NOW.plus_millis(-2 * HOUR);
    let mut silent = line("Unit B, wall", KioskState::Silent { since }, Verdict::Fail);
    assert_eq!(
        words(&silent, NOW),
        "silent since 2025-11-28T00:00:00Z (2 h ago)"
    );
    if let Some(report) = &mut silent.report {
        report.screen.closed = Some(ClosedReason::CertificateExpired);
    }
    assert!(words(&silent, NOW).ends_with(", then closed: certificate expired"));
}

#[test]
fn one_kiosk_is_shown_with_all_it_says_and_its_history() {
    let history = [HealthEntry {
        number: 9,
        at: NOW,
        change: HealthChange::Crashed { count: 2 },
    }];
    let mut kiosk = fleet().remove(0);
    let report = kiosk.report.as_mut().unwrap();
    report.versions.gave_way = Some(HealthText::clean("2026.12.1"));
    report.screen.crashes = Some(2);
    let text = details(&kiosk, &history, NOW, PLAIN).join("\n");
    for part in [
        "gave way      2026.12.1, and the one before is back",
        ", ended unasked 2 times",
        "Unit B, wall  00000000-0000-0000-0000-000000000001  B, Cedar County",
        "certificate   renewal due, until 2025-12-18T02:00:00Z (20 days left)",
        "waiting       3, the oldest of 2025-11-28T01:00:00Z",
        "store         73 MB; cache opens (schema 4), blobs missing, journal opens (schema 4)",
        "disk          5.2 GB free of 8.0 GB; wear 20 %",
        "clock         trusted (in step), from hardware clock",
        "display       present, 1280 x 800 on 217 x 136 mm",
        "plugged in    046d:c31c Example USB Keyboard (not on the list)",
        "screen ended unasked (2 since the machine started)",
    ] {
        assert!(text.contains(part), "{part}\nin\n{text}");
    }
    // A count of none is not worth a word.
    kiosk.report.as_mut().unwrap().screen.crashes = Some(0);
    let text = details(&kiosk, &[], NOW, PLAIN).join("\n");
    assert!(!text.contains("ended unasked"), "{text}");
}

#[test]
fn sizes_and_spans_are_said_in_one_unit() {
    for (count, words) in [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 KB"),
        (9_949, "9.9 KB"),
        (73_400_320, "73 MB"),
        (8_000_000_000, "8.0 GB"),
        (u64::MAX, "18446744 TB"),
    ] {
        assert_eq!(bytes(count), words);
    }
    assert_eq!(clock(-NOW.0), "20420 d behind");
    assert_eq!(clock(i64::MIN), "106751991167 d behind");
    assert_eq!(clock(93_000), "1 min ahead");
}
