//! What comes from the facility's other systems, and what kiosks send of their audits.

use dayroom_central::roster::read_roster;
use dayroom_protocol::AuditBatch;

/// A roster, CSV or JSON: every line is taken or named, never both, and a number is taken once.
pub fn roster(data: &[u8]) {
    let Ok(roster) = read_roster(data) else {
        return;
    };
    let mut numbers: Vec<&str> = roster
        .lines
        .iter()
        .map(|line| line.number.as_str())
        .collect();
    let count = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), count, "a number was taken twice");
    for line in &roster.lines {
        assert!(line.number.bytes().all(|byte| byte.is_ascii_digit()));
        assert!((1..=12).contains(&line.number.len()));
        for text in [&line.name, &line.unit] {
            assert!(!text.trim().is_empty() && !text.chars().any(char::is_control));
        }
    }
    assert!(roster.errors.iter().all(|error| error.line >= 1));
}

/// A batch of an audit: the genuine chain holds, and nothing that was touched holds from its birth.
pub fn audit(data: &[u8]) {
    use dayroom_central::audit::{Entry, Point, Verifier};
    let Ok(batch) = serde_json::from_slice::<AuditBatch>(data) else {
        return;
    };
    let mut verifier = Verifier::new(batch.chain);
    let mut at = Point::start(batch.chain);
    for entry in &batch.entries {
        if verifier.take(entry).is_err() {
            assert_eq!(verifier.at(), at, "what does not hold is not taken");
            return;
        }
        assert_eq!(entry.number, at.number + 1);
        at = entry.point();
        // What holds survives being written and read.
        let again = serde_json::to_string(entry).map(|text| serde_json::from_str::<Entry>(&text));
        assert!(matches!(again, Ok(Ok(read)) if read == *entry));
    }
}
