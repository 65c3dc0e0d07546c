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
const BANNED: [(&str, &str); 5] = [
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

/// Who may depend on aws-lc-rs. `tough` checks signatures with it. `tough` also names rustls with its
/// default features, although it uses none of it without `http`; that compiles the provider in.
const ABOVE_AWS_LC: [&str; 3] = ["rustls", "rustls-webpki", "tough"];
/// Words in our sources that would let TLS run on another provider than the one handed to it.
const UNSAID_PROVIDER: [&str; 7] = [
    "aws_lc",
    "aws-lc",
    "install_default",
    "CryptoProvider::get_default",
    "ClientConfig::builder()",
    "ServerConfig::builder()",
    "WebPkiClientVerifier::builder(",
];

fn metadata() -> Value {
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
    serde_json::from_slice(&output.stdout).unwrap()
}

fn packages() -> Vec<Value> {
    let metadata = metadata();
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

/// Who of the packages in use asks for the provider of aws-lc, by what it depends on or which of its
/// features are on.
fn asks_for_aws_lc(metadata: &Value) -> Vec<String> {
    let is_aws = |text: &str| text.contains("aws-lc") || text.contains("aws_lc");
    let mut asking = Vec::new();
    for node in metadata["resolve"]["nodes"].as_array().unwrap() {
        let packages = metadata["packages"].as_array().unwrap();
        let package = packages.iter().find(|p| p["id"] == node["id"]).unwrap();
        let name = package["name"].as_str().unwrap();
        if is_aws(name) || ["rustls", "rustls-webpki"].contains(&name) {
            continue;
        }
        let on = node["features"].as_array().unwrap().iter();
        let by_feature = on
            .filter_map(|feature| package["features"][feature.as_str().unwrap()].as_array())
            .flatten()
            .any(|wanted| is_aws(wanted.as_str().unwrap()));
        // The defaults of rustls are that provider.
        let by_dependency = package["dependencies"].as_array().unwrap().iter().any(|d| {
            if d["kind"] == "dev" {
                return false;
            }
            let wanted = d["name"].as_str().unwrap();
            let features = d["features"].as_array().unwrap();
            let all = d["uses_default_features"].as_bool().unwrap();
            let used = node["deps"].as_array().unwrap().iter().any(|dep| {
                dep["name"].as_str().unwrap().replace('-', "_") == wanted.replace('-', "_")
            });
            used && (is_aws(wanted)
                || ["rustls", "rustls-webpki"].contains(&wanted)
                    && (all || features.iter().any(|f| is_aws(f.as_str().unwrap()))))
        });
        if by_feature || by_dependency {
            asking.push(name.to_owned());
        }
    }
    asking.sort();
    asking
}

#[test]
fn aws_lc_is_there_for_tough_and_for_nobody_else() {
    let metadata = metadata();
    assert_eq!(asks_for_aws_lc(&metadata), ["tough"]);
    for node in metadata["resolve"]["nodes"].as_array().unwrap() {
        let depends = |on: &str| {
            let deps = node["deps"].as_array().unwrap();
            deps.iter().any(|dep| dep["name"].as_str() == Some(on))
        };
        let id = node["id"].as_str().unwrap();
        let above = |allowed: &[&str]| {
            let named = |name: &&str| id.contains(&format!("#{name}@"));
            allowed.iter().any(named)
        };
        assert!(!depends("aws_lc_rs") || above(&ABOVE_AWS_LC), "{id}");
        assert!(!depends("aws_lc_sys") || above(&["aws-lc-rs"]), "{id}");
    }
    // Somebody who let rustls have its defaults would be found.
    let mut planted = metadata;
    for package in planted["packages"].as_array_mut().unwrap() {
        if package["name"] == "dayroom-client" {
            for dependency in package["dependencies"].as_array_mut().unwrap() {
                if dependency["name"] == "rustls" {
                    dependency["uses_default_features"] = true.into();
                }
            }
        }
    }
    assert_eq!(asks_for_aws_lc(&planted), ["dayroom-client", "tough"]);
}

#[test]
fn every_tls_configuration_is_handed_its_provider() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders: Vec<_> = [
        "src",
        "sync/client/src",
        "sync/central/src",
        "sync/protocol/src",
        "tpm/src",
    ]
    .map(|folder| root.join(folder))
    .into();
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            for line in code {
                seen += usize::from(line.contains("builder_with_provider"));
                for word in UNSAID_PROVIDER {
                    assert!(!line.contains(word), "{}: {line}", path.display());
                }
            }
        }
    }
    assert!(seen >= 2, "both sides hand a provider over");
}
