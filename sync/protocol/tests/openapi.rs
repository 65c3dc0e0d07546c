//! The committed description is the one the types give.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use std::path::Path;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");

#[test]
fn openapi_description_is_the_one_generated_from_the_types() {
    let generated =
        serde_json::to_string_pretty(&dayroom_protocol::openapi::document()).unwrap() + "\n";
    if std::env::var_os("DAYROOM_ACCEPT").is_some() {
        std::fs::write(Path::new(FILE), &generated).unwrap();
    }
    let committed = std::fs::read_to_string(FILE).unwrap();
    assert!(
        committed == generated,
        "sync/protocol/openapi.json differs from the types: DAYROOM_ACCEPT=1 cargo test -p dayroom-protocol"
    );
}
