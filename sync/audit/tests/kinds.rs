//! The file of kinds, and what is written from it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fs;

use dayroom_audit::kinds::KINDS;
use dayroom_audit::{FieldKind, Hash, Kind, Word, document, kinds};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/AUDIT.md");

#[test]
fn the_document_is_the_one_written_from_the_kinds() {
    let written = document();
    if std::env::var_os("DAYROOM_ACCEPT").is_some() {
        fs::write(FILE, &written).unwrap();
    }
    let committed = fs::read_to_string(FILE).unwrap_or_default();
    assert!(
        committed == written,
        "sync/audit/AUDIT.md differs from the kinds: DAYROOM_ACCEPT=1 cargo test -p dayroom-audit"
    );
}

#[test]
fn every_kind_has_a_name_of_its_own_that_is_dotted_and_says_what_to_do() {
    let mut names = BTreeSet::new();
    for kind in KINDS {
        assert!(names.insert(kind.name), "{} stands twice", kind.name);
        assert!(
            Word::parse(kind.name).is_ok() && kind.name.contains('.'),
            "{}",
            kind.name
        );
        assert!(!kind.by.is_empty(), "{}", kind.name);
        assert!(
            kind.means.trim().len() > 5 && kind.act.len() > 5,
            "{}",
            kind.name
        );
        for field in kind.fields {
            assert!(
                field.means.trim().len() > 2,
                "{}: {}",
                kind.name,
                field.name
            );
        }
    }
}

#[test]
fn an_event_says_what_its_kind_says_it_does() {
    let event = kinds::roster_undo(uuid::Uuid::from_u128(7), 12, 11, Hash::of(b"roster"));
    let kind = event.kind().unwrap();
    let said: Vec<&str> = event.fields().keys().map(AsRef::as_ref).collect();
    let mut meant: Vec<&str> = kind.fields.iter().map(|field| field.name).collect();
    meant.sort_unstable();
    assert_eq!(said, meant);
    let hash = kind.fields.iter().find(|field| field.name == "sha256");
    assert_eq!(hash.unwrap().kind, FieldKind::Hash);
    assert!(Kind::of("roster.burn").is_none());
}
