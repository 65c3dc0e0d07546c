//! What the lock file brings in: its licences, and the crates that must not be there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it ran"
)]

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

/// Licences that may be combined into a GPL-3.0-or-later program.
const ALLOWED: [&str; 18] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "WTFPL",
    "Zlib",
    "blessing",
];

/// Crates that would break a promise, and which.
const BANNED: [(&str, &str); 7] = [
    ("aws-lc-rs", "TLS stays with ring"),
    ("aws-lc-sys", "TLS stays with ring"),
    ("native-tls", "TLS stays with rustls"),
    ("webpki-roots", "only the private root is trusted"),
    ("libudev-sys", "no -dev package is needed"),
    (
        "input",
        "libinput quits on Ctrl-Alt-Backspace; input is read by devices",
    ),
    (
        "libseat",
        "there is one process on the display, and no seat",
    ),
];

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let used: Vec<&str> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|node| node["id"].as_str())
        .collect();
    packages
        .iter()
        .filter(|p| used.contains(&p["id"].as_str().unwrap()))
        .cloned()
        .collect()
}

#[test]
fn every_dependency_has_a_licence_a_gpl_3_program_may_carry() {
    let mut refused = BTreeMap::new();
    let packages = packages();
    assert!(packages.len() > 100, "the metadata lists the dependencies");
    for package in &packages {
        let licence = package["license"].as_str().unwrap_or("");
        let fits =
            spdx::Expression::parse_mode(licence, spdx::ParseMode::LAX).is_ok_and(|expression| {
                expression.evaluate(|requirement| {
                    requirement
                        .license
                        .id()
                        .is_some_and(|id| ALLOWED.contains(&id.name))
                })
            });
        if !fits {
            refused.insert(package["name"].as_str().unwrap(), licence);
        }
    }
    assert!(refused.is_empty(), "licences not allowed: {refused:#?}");
}

#[test]
fn no_dependency_breaks_a_promise() {
    let present: Vec<String> = packages()
        .iter()
        .map(|p| p["name"].as_str().unwrap().to_owned())
        .collect();
    for (name, promise) in BANNED {
        assert!(
            !present.iter().any(|p| p == name),
            "{name} is in the tree: {promise}"
        );
    }
}
