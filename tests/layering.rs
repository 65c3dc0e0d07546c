//! Keeps the import table of the design: arrows one way.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it ran"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What each module of the kiosk may import of ours: modules, then crates.
fn kiosk_table() -> BTreeMap<&'static str, (&'static [&'static str], &'static [&'static str])> {
    BTreeMap::from([
        ("domain", (&[] as &[_], &["dayroom_audit"] as &[_])),
        ("app", (&["domain"], &[])),
        ("store", (&["domain"], &["dayroom_audit"])),
        ("devices", (&["domain"], &["dayroom_tpm"])),
        (
            "replica",
            (
                &["domain", "store"],
                &["dayroom_audit", "dayroom_protocol", "dayroom_client"],
            ),
        ),
        (
            "doctor",
            (
                &["domain", "store", "devices", "replica"],
                &["dayroom_protocol", "dayroom_client"],
            ),
        ),
        (
            "machine",
            (
                &["domain", "store", "devices"],
                &["dayroom_protocol", "dayroom_client"],
            ),
        ),
        (
            "provision",
            (
                &["domain", "store", "devices"],
                &["dayroom_protocol", "dayroom_client"],
            ),
        ),
        ("view", (&["domain", "app", "store"], &[])),
        (
            "runtime",
            (&["domain", "app", "store", "devices", "view"], &[]),
        ),
        (
            "demo",
            (
                &["domain", "runtime", "replica", "devices", "store", "doctor"],
                &["dayroom_central"],
            ),
        ),
    ])
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
    found
}

/// The text without comments, so that a doc link is not an import.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// First path segments that follow `prefix::` anywhere in the code.
fn segments_after<'a>(code: &'a str, prefix: &str) -> Vec<&'a str> {
    code.match_indices(prefix)
        .map(|(at, _)| {
            let rest = &code[at + prefix.len()..];
            let end = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            &rest[..end]
        })
        .collect()
}

fn offences(module: &str, code: &str) -> Vec<String> {
    let (modules, crates) = kiosk_table()[module];
    let mut offences = Vec::new();
    for used in segments_after(code, "crate::") {
        if used != module && !modules.contains(&used) && kiosk_table().contains_key(used) {
            offences.push(format!("{module} imports {used}"));
        }
    }
    for ours in [
        "dayroom_audit",
        "dayroom_protocol",
        "dayroom_client",
        "dayroom_central",
        "dayroom_tpm",
    ] {
        if code.contains(&format!("{ours}::")) && !crates.contains(&ours) {
            offences.push(format!("{module} imports {ours}"));
        }
    }
    for (what, owners) in [
        ("slint::", &["view"] as &[_]),
        ("dayroom_ui", &["view"]),
        ("rusqlite::", &["store"]),
        ("tss_esapi", &[]),
        ("SystemTime::now", &["devices"]),
        ("Instant::now", &["devices"]),
    ] {
        if code.contains(what) && !owners.contains(&module) {
            offences.push(format!("{module} names {what}"));
        }
    }
    offences
}

#[test]
fn modules_of_the_kiosk_import_only_what_the_design_allows() {
    let mut wrong = Vec::new();
    for module in kiosk_table().keys() {
        let folder = Path::new(ROOT).join("src").join(module);
        for path in files(&folder, "rs") {
            for offence in offences(module, &code(&path)) {
                wrong.push(format!("{}: {offence}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_folder_of_the_kiosk_is_in_the_table() {
    for entry in fs::read_dir(Path::new(ROOT).join("src")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            assert!(
                kiosk_table().contains_key(name.as_str()),
                "src/{name} has no line in the table"
            );
        }
    }
}

#[test]
fn planted_offences_are_found() {
    assert_eq!(
        offences("app", "use crate::store::CacheReader;"),
        ["app imports store"]
    );
    assert_eq!(
        offences("view", "use dayroom_client::Plan;"),
        ["view imports dayroom_client"]
    );
    assert_eq!(
        offences("runtime", "slint::run_event_loop()"),
        ["runtime names slint::"]
    );
}

#[test]
fn crates_of_the_sync_depend_only_downwards() {
    for (name, allowed) in [
        ("audit", &[] as &[&str]),
        ("protocol", &["dayroom-audit"]),
        ("client", &["dayroom-protocol"]),
        ("central", &["dayroom-audit", "dayroom-protocol"]),
    ] {
        let manifest = fs::read_to_string(format!("{ROOT}/sync/{name}/Cargo.toml")).unwrap();
        let dependencies = manifest
            .split("[dependencies]")
            .nth(1)
            .unwrap()
            .split("\n[")
            .next()
            .unwrap();
        for ours in [
            "dayroom-audit",
            "dayroom-protocol",
            "dayroom-client",
            "dayroom-central",
            "dayroom.",
        ] {
            let there = dependencies.lines().any(|line| line.starts_with(ours));
            assert!(
                !there || allowed.contains(&ours),
                "sync/{name} depends on {ours}"
            );
        }
    }
}

#[test]
fn the_crate_of_the_tpm_depends_on_nothing_of_ours_and_alone_on_the_tss() {
    let mut with_tss = Vec::new();
    for folder in [
        "",
        "ui",
        "tpm",
        "sync/audit",
        "sync/protocol",
        "sync/client",
        "sync/central",
    ] {
        let path = Path::new(ROOT).join(folder).join("Cargo.toml");
        let manifest = fs::read_to_string(path).unwrap();
        if manifest.lines().any(|line| line.starts_with("tss-esapi")) {
            with_tss.push(folder);
        }
        if folder == "tpm" {
            let ours = |line: &&str| line.starts_with("dayroom");
            assert_eq!(manifest.lines().find(ours), None);
        }
    }
    assert_eq!(with_tss, ["tpm"]);
    let whole = fs::read_to_string(format!("{ROOT}/Cargo.toml")).unwrap();
    let built_unasked = |line: &&str| line.starts_with("default");
    for line in whole.lines().filter(built_unasked) {
        assert!(!line.contains("\"tpm\""), "needs libtss2-dev: {line}");
    }
}

#[test]
fn slint_folders_import_only_downwards() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("tokens", &[] as &[_]),
        ("adapters", &[]),
        ("components", &["tokens"]),
        ("blocks", &["tokens", "components", "adapters"]),
        ("pages", &["tokens", "components", "blocks", "adapters"]),
    ]);
    let ui = Path::new(ROOT).join("ui");
    let mut seen = 0;
    for (folder, below) in &allowed {
        for path in files(&ui.join(folder), "slint") {
            for line in code(&path).lines().filter(|line| line.contains(" from \"")) {
                let from = line
                    .split(" from \"")
                    .nth(1)
                    .unwrap()
                    .split('"')
                    .next()
                    .unwrap();
                seen += 1;
                if !from.ends_with(".slint") {
                    continue;
                }
                let Some(outside) = from.strip_prefix("../") else {
                    continue;
                };
                let target = outside.split(['/', '.']).next().unwrap();
                assert!(
                    below.contains(&target),
                    "{}: imports {from}",
                    path.display()
                );
            }
        }
    }
    assert!(seen > 0, "there are imports to check");
}
