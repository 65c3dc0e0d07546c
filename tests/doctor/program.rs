//! The program itself: what it writes, and what it ends with.

use std::process::{Command, Output};

use serde_json::Value;

use crate::bench::Bench;

fn doctor(bench: &Bench, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dayroom"))
        .arg("doctor")
        .arg("--state")
        .arg(bench.state())
        .args(arguments)
        .env("DAYROOM_LOG", "error")
        .env_remove("RUNTIME_DIRECTORY")
        .output()
        .unwrap()
}

#[test]
fn the_program_ends_with_the_worst_of_its_lines_and_says_the_same_in_words_and_in_json() {
    let mut bench = Bench::filled();
    bench.stop_central();
    let words = doctor(&bench, &[]);
    let text = String::from_utf8(words.stdout).unwrap();
    println!("{text}");
    assert_eq!(words.status.code(), Some(2), "central is away");
    assert!(!text.contains('\u{1b}'), "no colour in a pipe");
    assert!(text.contains("FAIL  central: network"), "{text}");
    assert!(text.contains("-> check cable, address and port"), "{text}");
    assert!(text.ends_with(" to see to.\n"), "{text}");

    let json = doctor(&bench, &["--json", "--quick"]);
    assert_eq!(json.status.code(), Some(2));
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["format"], 1);
    assert_eq!(json["verdict"], "fail");
    let network = json["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|line| line["check"] == "central_network")
        .unwrap();
    assert_eq!(network["finding"]["is"], "central_kept");
    assert_eq!(network["finding"]["trouble"], "unreachable");
    let store = json["checks"].as_array().unwrap();
    let store = store.iter().find(|line| line["check"] == "store").unwrap();
    assert_eq!(store["finding"]["checked"], false, "--quick");
}
