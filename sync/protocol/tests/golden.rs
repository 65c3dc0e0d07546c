//! One committed example of every body on the wire: what reads today reads in the next version.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it ran"
)]

use std::path::PathBuf;

use dayroom_audit::Verifier;
use dayroom_protocol::health::{Check, ClosedReason, HealthText, Verdict};
use dayroom_protocol::{
    Acknowledgement, AuditBatch, AuditReply, ChangesPage, DigestReply, DigestReport, DraftKeyAsk,
    DraftKeyHave, DraftKeyStanding, DraftKeyState, DraftKeyWrap, HealthKnown, HealthReport,
    IntentBatch, KeySet, Kind, Order, OrderBody, OrderOutcome, OrderResults, Problem, ProblemKind,
    Purpose, PushReply, RecordBody, RecordError, ReleaseOffer, ReleaseReport, ReleaseStage,
    Retirement, RetirementReply, SignedKeySet, SignedTicket, SignedTicketError,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

fn golden(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    std::fs::read_to_string(path).unwrap()
}

/// Reads the example and writes it again: nothing is lost or added.
fn survives<T: Serialize + DeserializeOwned>(name: &str) -> T {
    let text = golden(name);
    let read: T = serde_json::from_str(&text).unwrap();
    let again: Value = serde_json::to_value(&read).unwrap();
    assert_eq!(
        again,
        serde_json::from_str::<Value>(&text).unwrap(),
        "{name}"
    );
    read
}

#[test]
fn a_page_of_every_kind_of_record_reads_as_it_was_written() {
    let page: ChangesPage = survives("changes_page.json");
    let kinds: Vec<Kind> = page
        .records
        .iter()
        .map(|r| r.parse().unwrap().kind())
        .collect();
    assert_eq!(kinds, Kind::ALL);
    for record in &page.records {
        let body = record.parse().unwrap();
        let again: Value = serde_json::from_str(body.to_raw().unwrap().get()).unwrap();
        assert_eq!(
            again,
            serde_json::from_str::<Value>(record.body.get()).unwrap(),
            "{}",
            record.kind
        );
    }
}

#[test]
fn a_page_of_the_first_central_still_reads() {
    let page: ChangesPage = serde_json::from_str(&golden("changes_page_first.json")).unwrap();
    assert_eq!(page.records.len(), 8);
    for record in &page.records {
        assert!(record.parse().is_ok(), "{}", record.kind);
    }
}

#[test]
fn intents_replies_and_digests_read_as_they_were_written() {
    survives::<IntentBatch>("intent_batch.json");
    survives::<PushReply>("push_reply.json");
    survives::<DigestReport>("digest_report.json");
    survives::<DigestReply>("digest_reply.json");
    survives::<Acknowledgement>("acknowledgement.json");
    survives::<Retirement>("retirement.json");
    survives::<RetirementReply>("retirement_reply.json");
    survives::<Problem>("problem_reset.json");
}

#[test]
fn a_batch_of_the_audit_reads_as_it_was_written_and_its_entries_hold() {
    let batch: AuditBatch = survives("audit_batch.json");
    let mut verifier = Verifier::new(batch.chain);
    for entry in &batch.entries {
        verifier.take(entry).unwrap();
    }
    verifier.reaches(batch.head.unwrap().point()).unwrap();
    survives::<AuditReply>("audit_reply.json");
}

#[test]
fn what_is_said_about_the_draft_key_reads_as_it_was_written() {
    survives::<DraftKeyAsk>("draft_key_ask.json");
    survives::<DraftKeyHave>("draft_key_have.json");
    survives::<DraftKeyWrap>("draft_key_wrap.json");
    survives::<DraftKeyState>("draft_key_holder.json");
    let told: DraftKeyState = survives("draft_key_wrapped.json");
    assert!(
        !format!("{told:?}").contains("d3JhcHBlZA"),
        "not even wrapped is the key in a debug form"
    );
    let newer = r#"{"generation":2,"you":{"is":"shared_in_parts"}}"#;
    let newer: DraftKeyState = serde_json::from_str(newer).unwrap();
    assert_eq!(newer.you, DraftKeyStanding::Unknown);
}

/// The examples were signed with openssl, not by this program.
#[test]
fn orders_and_key_sets_of_another_program_hold() {
    survives::<OrderResults>("order_results.json");
    let first: SignedKeySet = survives("key_set_first.json");
    let first = KeySet::read(&first.0.text).unwrap();
    let page: ChangesPage = survives("changes_page.json");
    let mut bodies = page.records.iter().map(|record| record.parse().unwrap());
    let keys = bodies.find_map(|body| match body {
        RecordBody::OperatorKeys(keys) => Some(keys),
        _ => None,
    });
    let second = first.follow(&keys.unwrap()).unwrap();
    assert_eq!(second.keys[1].name, "Cleo Park");
    let order = bodies.find_map(|body| match body {
        RecordBody::Order(order) => Some(order),
        _ => None,
    });
    let order = order.unwrap().0;
    let by = order.signers(Purpose::Order, &first.public_keys()).unwrap();
    assert_eq!(by.len(), 1);
    let read: Order = serde_json::from_str(&order.text).unwrap();
    assert!(matches!(read.what, OrderBody::PinReset { .. }));
    assert!(!format!("{read:?} {order:?}").contains("argon2"));
}

#[test]
fn a_one_time_file_is_opened_if_an_operator_in_it_has_signed_it() {
    let file: SignedTicket = survives("signed_ticket.json");
    let (ticket, keys) = file.open().unwrap();
    assert_eq!((ticket.label.as_str(), keys.version), ("Unit B, wall", 1));
    let mut elsewhere = file.clone();
    elsewhere.ticket.text = elsewhere.ticket.text.replace("8443", "8444");
    assert!(matches!(
        elsewhere.open(),
        Err(SignedTicketError::Signature(_))
    ));
    let mut unsigned = file;
    unsigned.ticket.signatures.clear();
    assert_eq!(unsigned.open().unwrap_err(), SignedTicketError::Unsigned);
}

#[test]
fn what_a_newer_side_says_about_orders_is_unknown_and_not_an_error() {
    let text = r#"{"mark":1,"key_set":1,"results":[{"order":"0190f3c2-0070-7000-8000-000000000070",
        "outcome":{"is":"postponed"}}]}"#;
    let results: OrderResults = serde_json::from_str(text).unwrap();
    assert_eq!(results.results[0].outcome, OrderOutcome::Unknown);
    let body: OrderBody = serde_json::from_str(r#"{"do":"sing"}"#).unwrap();
    assert_eq!(body, OrderBody::Unknown);
}

#[test]
fn what_is_said_about_releases_reads_as_it_was_written() {
    survives::<ReleaseOffer>("release_offer.json");
    survives::<ReleaseReport>("release_report.json");
    let none: ReleaseOffer = serde_json::from_str("{}").unwrap();
    assert_eq!(none.version, None);
    let newer = r#"{"running":"1.4.0","stage":{"is":"half_way","to":"2.0.0"}}"#;
    let newer: ReleaseReport = serde_json::from_str(newer).unwrap();
    assert_eq!(newer.stage, ReleaseStage::Unknown);
}

#[test]
fn one_unreadable_record_spoils_neither_the_page_nor_its_neighbours() {
    let mut page: Value = serde_json::from_str(&golden("changes_page.json")).unwrap();
    page["records"][1]["body"] = serde_json::json!({ "number": 7 });
    page["records"][2]["kind"] = "video_visit".into();
    page["records"][2]["critical"] = false.into();
    page["records"][3]["kind"] = "video_visit".into();
    page["records"][3]["critical"] = true.into();
    let page: ChangesPage = serde_json::from_value(page).unwrap();
    let [policy, resident, connection, message, notice, ..] = page.records.as_slice() else {
        panic!("the example has a record of every kind")
    };
    assert!(matches!(policy.parse(), Ok(RecordBody::Policy(_))));
    assert!(matches!(resident.parse(), Err(RecordError::Body(_))));
    assert!(matches!(connection.parse(), Err(RecordError::Ignorable)));
    assert!(matches!(message.parse(), Err(RecordError::UnknownKind)));
    assert!(matches!(notice.parse(), Ok(RecordBody::Notice(_))));
}

#[test]
fn a_problem_of_a_newer_central_is_unknown_and_not_an_error() {
    let text = r#"{"type":"moon_phase","title":"not now","status":409}"#;
    let problem: Problem = serde_json::from_str(text).unwrap();
    assert_eq!(problem.kind, ProblemKind::Unknown);
}

#[test]
fn text_over_its_limit_is_refused_as_a_record() {
    let mut page: Value = serde_json::from_str(&golden("changes_page.json")).unwrap();
    page["records"][3]["body"]["text"] = "a".repeat(64 * 1024 + 1).into();
    let page: ChangesPage = serde_json::from_value(page).unwrap();
    assert!(matches!(
        page.records[3].parse(),
        Err(RecordError::TooLarge("message text"))
    ));
}

#[test]
fn a_health_report_reads_as_it_was_written_and_passes_over_what_is_newer() {
    survives::<HealthKnown>("health_known.json");
    let report: HealthReport = survives("health_report.json");
    assert_eq!(report.check(), Ok(()));
    assert_eq!(report.worst(), Verdict::Fail);
    let mut newer: Value = serde_json::from_str(&golden("health_report.json")).unwrap();
    newer["screen"]["closed"] = "solar_storm".into();
    newer["checks"][0]["check"] = "seismograph".into();
    newer["moon"] = "full".into();
    let newer: HealthReport = serde_json::from_value(newer).unwrap();
    assert_eq!(newer.screen.closed, Some(ClosedReason::Unknown));
    assert_eq!(newer.checks[0].check, Check::Unknown);
}

#[test]
fn a_health_report_holds_nothing_a_terminal_would_obey_and_no_endless_list() {
    let good: Value = serde_json::from_str(&golden("health_report.json")).unwrap();
    for bad in ["\u{1b}[2J", "1.0\n", "caf\u{e9}", &"x".repeat(65)] {
        let mut report = good.clone();
        report["versions"]["program"] = bad.into();
        assert!(
            serde_json::from_value::<HealthReport>(report).is_err(),
            "{bad:?}"
        );
        let cleaned = HealthText::clean(bad);
        assert!(cleaned.as_str().parse::<HealthText>().is_ok());
    }
    let mut long = good;
    long["checks"] = vec![long["checks"][0].clone(); 33].into();
    let long: HealthReport = serde_json::from_value(long).unwrap();
    assert_eq!(long.check(), Err("checks"));
}
