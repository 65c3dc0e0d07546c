use dayroom_protocol as wire;
use dayroom_protocol::{ChangesPage, Cursor, Epoch, RawRecord};
use serde_json::json;
use serde_json::value::to_raw_value;
use uuid::Uuid;

use super::map::map_page;
use crate::store::{CacheChange, ChangeBody};

fn record(kind: &str, critical: bool, body: &serde_json::Value) -> RawRecord {
    RawRecord {
        kind: kind.to_owned(),
        id: wire::RecordId(Uuid::from_u128(1)),
        version: 7,
        resident: Some(wire::ResidentId(Uuid::from_u128(2))),
        critical,
        body: to_raw_value(body).unwrap(),
    }
}

fn read(records: Vec<RawRecord>) -> Vec<CacheChange> {
    let page = ChangesPage {
        epoch: Epoch("e".to_owned()),
        after: Cursor(String::new()),
        cursor: Cursor("1.1".to_owned()),
        records,
        more: false,
        now: wire::UtcMillis(5),
    };
    map_page(page).page.changes
}

fn message(text: &str, width: u32) -> serde_json::Value {
    json!({
        "connection": Uuid::from_u128(3), "number": 1, "direction": "incoming", "at": 0,
        "state": { "is": "delivered" }, "text": text,
        "attachments": [{
            "blob": "00".repeat(32), "media": "png", "bytes": 10, "width": width, "height": 1,
            "name": "a\u{202e}gnp.exe",
        }],
    })
}

#[test]
fn what_people_wrote_is_cleaned_on_the_way_in() {
    let hostile = format!(
        "Dear\u{202e} M\u{0}arcus\r\n{}",
        "e\u{301}\u{301}".repeat(3)
    );
    let changes = read(vec![record("message", false, &message(&hostile, 1))]);
    let [
        CacheChange {
            body: ChangeBody::Message(message),
            ..
        },
    ] = changes.as_slice()
    else {
        panic!("not a message");
    };
    let text = message.text.as_deref().unwrap();
    assert!(!text.contains(['\u{202e}', '\u{0}', '\r']), "{text:?}");
    assert!(text.starts_with("Dear Marcus\n"), "{text:?}");
    let name = &message.attachments.first().unwrap().name;
    assert!(!name.contains('\u{202e}'));
}

#[test]
fn a_record_that_cannot_be_read_goes_to_quarantine_and_spoils_nothing() {
    let changes = read(vec![
        record("message", false, &json!({ "number": "seven" })),
        record("message", false, &message("hello", 5_000)),
        record(
            "resident",
            false,
            &json!({
                "number": "12x", "name": "N", "pin_verifier": "", "access": "open"
            }),
        ),
        record("of_tomorrow", true, &json!({})),
        record("message", false, &message("hello", 1)),
    ]);
    let kinds: Vec<_> = changes
        .iter()
        .map(|change| match &change.body {
            ChangeBody::Quarantine { kind, .. } => kind.as_str(),
            ChangeBody::Message(_) => "well",
            ChangeBody::Policy(_)
            | ChangeBody::Resident(_)
            | ChangeBody::Connection(_)
            | ChangeBody::Notice(_)
            | ChangeBody::Forget
            | ChangeBody::Settlement { .. }
            | ChangeBody::SignIn(_)
            | ChangeBody::Account(_)
            | ChangeBody::Draft(_)
            | ChangeBody::OperatorKeys(_)
            | ChangeBody::Order(_) => "other",
        })
        .collect();
    assert_eq!(
        kinds,
        ["message", "message", "resident", "of_tomorrow", "well"]
    );
}

#[test]
fn what_a_newer_central_says_beside_is_passed_over() {
    assert!(read(vec![record("of_tomorrow", false, &json!({}))]).is_empty());
}

#[test]
fn a_message_of_nobody_goes_to_quarantine() {
    let mut stray = record("message", false, &message("hello", 1));
    stray.resident = None;
    let changes = read(vec![stray]);
    assert!(matches!(
        changes.as_slice(),
        [CacheChange {
            body: ChangeBody::Quarantine { .. },
            ..
        }]
    ));
}

#[test]
fn a_policy_with_nonsense_in_it_keeps_the_safe_values() {
    let policy = json!({
        "facility": "Cedar\nCounty", "unit": "B", "time_zone": "America/Denver\u{202e}",
        "languages": ["en\u{0}"], "consent": { "version": 1, "text": { "en": "Calls are recorded." } },
        "idle_warning": 100, "idle_lock": 120, "lease": 2_592_000,
    });
    let changes = read(vec![record("policy", false, &policy)]);
    let Some(ChangeBody::Policy(policy)) = changes.into_iter().next().map(|c| c.body) else {
        panic!("not a policy");
    };
    assert_eq!(policy.facility, "Cedar County");
    assert_eq!(policy.time_zone, "UTC");
    assert_eq!(policy.languages, ["en", "es"]);
}
