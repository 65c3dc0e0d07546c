//! The units hold what they promise: systemd understands every line, the exposure is under its limit,
//! every hardening line says why, and every path named is one the image has.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it ran"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SERVICES: [&str; 6] = [
    "dayroom-screen.service",
    "dayroom-sync.service",
    "dayroom-machine.service",
    "dayroom-boot-ok.service",
    "dayroom-provision.service",
    "dayroom-firewall.service",
];
const OTHERS: [&str; 3] = [
    "dayroom-machine.path",
    "dayroom-firewall.path",
    "dayroom.target",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd")
}

fn text(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

fn systemd(tool: &str, arguments: &[&str]) -> Output {
    Command::new(tool)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| {
            panic!("{tool} cannot be run ({error}): install the package `systemd`, which has it")
        })
}

/// A root folder with our units, the targets they hang on, and programs by the names they call.
fn root(change: impl Fn(&str, String) -> String) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let units = root.path().join("usr/lib/systemd/system");
    fs::create_dir_all(&units).unwrap();
    for program in [
        "bin/dayroom",
        "bin/sleep",
        "bin/systemctl",
        "bin/rm",
        "sbin/nft",
    ] {
        let path = root.path().join("usr").join(program);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "#!/bin/sh\n").unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&path, mode).unwrap();
    }
    for target in [
        "sysinit",
        "basic",
        "shutdown",
        "multi-user",
        "boot-complete",
        "network",
        "network-pre",
    ] {
        fs::write(units.join(format!("{target}.target")), "[Unit]\n").unwrap();
    }
    for unit in SERVICES.iter().chain(&OTHERS) {
        fs::write(units.join(unit), change(unit, text(unit))).unwrap();
    }
    root
}

/// What systemd has to say of the units; nothing, if all is well.
fn complaints(root: &Path) -> String {
    let root = format!("--root={}", root.display());
    let mut arguments = vec!["verify", root.as_str()];
    arguments.extend(SERVICES.iter().chain(&OTHERS));
    let output = systemd("systemd-analyze", &arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        said
    } else {
        format!("{said} ({})", output.status)
    }
}

/// Whether the exposure is at most so many tenths.
fn is_exposed_at_most(root: &Path, unit: &str, tenths: u32) -> bool {
    let root = format!("--root={}", root.display());
    let threshold = format!("--threshold={tenths}");
    let options = [
        "security",
        "--offline=true",
        "--no-pager",
        &threshold,
        &root,
        unit,
    ];
    let output = systemd("systemd-analyze", &options);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let last = said
        .lines()
        .rev()
        .find(|line| line.contains("exposure"))
        .unwrap_or("?");
    println!("{last}");
    assert!(
        said.contains(unit),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.status.success()
}

#[test]
#[ignore = "needs the package systemd: `.ci/run` installs it and runs this"]
fn systemd_understands_every_line() {
    let good = root(|_, text| text);
    assert_eq!(complaints(good.path()), "");
    // A misspelt line is only a warning to systemd, and a hole to us.
    let bad = root(|_, text| text.replace("ProtectClock=", "ProtectClok="));
    assert!(complaints(bad.path()).contains("ProtectClok"));
}

#[test]
#[ignore = "needs the package systemd: `.ci/run` installs it and runs this"]
fn the_exposure_is_under_its_limit() {
    let good = root(|_, text| text);
    let site = good
        .path()
        .join("usr/lib/systemd/system/dayroom-sync.service.d");
    fs::create_dir(&site).unwrap();
    // As `dayroom firewall` sets it at run time.
    fs::write(
        site.join("central.conf"),
        "[Service]\nIPAddressAllow=192.0.2.1\n",
    )
    .unwrap();
    assert!(is_exposed_at_most(good.path(), "dayroom-screen.service", 5));
    assert!(is_exposed_at_most(good.path(), "dayroom-sync.service", 10));
    assert!(is_exposed_at_most(
        good.path(),
        "dayroom-machine.service",
        20
    ));
    assert!(is_exposed_at_most(
        good.path(),
        "dayroom-provision.service",
        10
    ));
    assert!(is_exposed_at_most(
        good.path(),
        "dayroom-firewall.service",
        20
    ));
    // A screen with a network is over it.
    let open = root(|_, text| text.replace("PrivateNetwork=yes\n", ""));
    assert!(!is_exposed_at_most(
        open.path(),
        "dayroom-screen.service",
        5
    ));
}

/// Settings of a unit, each with whether a comment stands right above it.
fn settings(text: &str) -> Vec<(String, bool)> {
    let mut above = false;
    let mut found = Vec::new();
    for line in text.lines() {
        let comment = line.starts_with('#') && !line.starts_with("# --");
        if !line.starts_with(['#', '[']) && line.contains('=') {
            found.push((line.to_owned(), above));
        }
        above = comment;
    }
    found
}

#[test]
fn every_hardening_line_says_why() {
    let hardening = [
        "Protect",
        "Private",
        "Restrict",
        "SystemCall",
        "NoNew",
        "Capability",
        "Ambient",
        "Device",
        "IPAddress",
        "SocketBind",
        "Memory",
        "Tasks",
        "Limit",
        "Lock",
        "Remove",
        "Keyring",
        "UMask",
        "User=",
        "Supplementary",
        "ReadWrite",
        "Inaccessible",
        "Bind",
        "ProcSubset",
        "Watchdog",
    ];
    let mut silent = Vec::new();
    let mut seen = 0;
    for unit in SERVICES {
        for (line, says_why) in settings(&text(unit)) {
            let hardens = hardening.iter().any(|word| line.starts_with(word));
            seen += usize::from(hardens);
            if hardens && !says_why {
                silent.push(format!("{unit}: {line}"));
            }
        }
    }
    assert!(seen > 100, "{seen} hardening lines");
    assert!(silent.is_empty(), "without a comment: {silent:#?}");
}

/// Paths that a unit names, without options and patterns.
fn paths(text: &str) -> BTreeSet<String> {
    let settings = settings(text);
    let words = settings.iter().flat_map(|(line, _)| line.split(['=', ' ']));
    let words = words.map(|word| {
        word.trim_start_matches(['-', '+', '|', '!'])
            .trim_start_matches("file://")
    });
    let paths = words.filter(|word| word.starts_with('/'));
    paths
        .map(|path| path.trim_end_matches("/*.json").to_owned())
        .collect()
}

#[test]
fn every_path_named_by_a_unit_is_one_the_image_has() {
    let readme = text("README.md");
    let list = readme.split("```").nth(1).unwrap();
    let listed: BTreeSet<String> = list.split_whitespace().map(str::to_owned).collect();
    let named: BTreeSet<String> = SERVICES
        .iter()
        .chain(&OTHERS)
        .flat_map(|unit| paths(&text(unit)))
        .collect();
    assert!(named.contains("/usr/bin/dayroom"));
    assert_eq!(
        named, listed,
        "what units name, and what systemd/README.md lists"
    );
}

#[test]
fn the_card_that_the_screen_waits_for_is_a_unit() {
    assert!(text("dayroom-screen.service").contains("Wants=dev-dri-card0.device"));
    let rule = r#"SUBSYSTEM=="drm", KERNEL=="card[0-9]*", TAG+="systemd""#;
    assert!(
        text("70-dayroom.rules").contains(rule),
        "without it every start waits 90 s"
    );
}

#[test]
#[ignore = "needs the package systemd: `.ci/run` installs it and runs this"]
fn users_folders_and_firewall_name_the_same_people() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("etc")).unwrap();
    let file = folder().join("dayroom.sysusers.conf");
    let at = format!("--root={}", root.path().display());
    let output = systemd("systemd-sysusers", &[&at, file.to_str().unwrap()]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let users = fs::read_to_string(root.path().join("etc/passwd")).unwrap();
    let groups = fs::read_to_string(root.path().join("etc/group")).unwrap();
    for user in ["dayroom-screen:", "dayroom-sync:"] {
        assert!(users.lines().any(|line| line.starts_with(user)), "{users}");
    }
    assert!(
        groups.lines().any(|line| line.starts_with("dayroom:")),
        "{groups}"
    );
    for line in text("dayroom.tmpfiles.conf")
        .lines()
        .filter(|line| line.starts_with('d'))
    {
        let words: Vec<&str> = line.split_whitespace().collect();
        assert!(
            ["root", "dayroom-sync", "dayroom-screen"].contains(&words[3]),
            "{line}"
        );
        assert_eq!(words[4], "dayroom", "{line}");
        assert!(words[2].ends_with('0'), "nobody else may look into {line}");
    }
    assert!(
        !text("dayroom.nft").contains("dayroom-sync"),
        "only `dayroom firewall` lets sync out"
    );
    assert!(text("dayroom.nft").ends_with("include \"/run/dayroom-firewall/*.nft\"\n"));
    assert!(text("dayroom.nft").contains("hook output priority filter; policy drop;"));
}

#[test]
fn the_screen_has_no_network_and_sync_no_display() {
    let screen = text("dayroom-screen.service");
    assert!(screen.contains("\nPrivateNetwork=yes\n") && screen.contains("=AF_UNIX\n"));
    let sync = text("dayroom-sync.service");
    for device in ["drm", "input", "tty"] {
        assert!(!sync.contains(&format!("DeviceAllow=char-{device}")));
    }
    assert!(sync.contains("\nIPAddressDeny=any\n") && sync.contains("\nSocketBindDeny=any\n"));
    for unit in [screen, sync] {
        assert!(unit.contains("\nWatchdogSec=10\n") && unit.contains("\nRestart=always\n"));
        assert!(unit.contains("\nStartLimitIntervalSec=0\n"));
    }
}
