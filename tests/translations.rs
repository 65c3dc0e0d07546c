//! Every fixed text of the screen has its Spanish.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may panic"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const SPANISH: &str = include_str!("../assets/translations/es/LC_MESSAGES/dayroom.po");

fn slint_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(slint_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "slint") {
            found.push(path);
        }
    }
    found
}

/// What stands in the quotes that `text` begins with.
fn quoted(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.trim_start().strip_prefix('"')?.chars();
    loop {
        match chars.next()? {
            '"' => return Some(out),
            '\\' => {
                out.push('\\');
                out.push(chars.next()?);
            }
            other => out.push(other),
        }
    }
}

/// Pairs of component and text, as the compiler looks them up.
fn spoken() -> BTreeSet<(String, String)> {
    let mut all = BTreeSet::new();
    for path in slint_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("ui")) {
        let text = fs::read_to_string(path).unwrap();
        for (at, _) in text.match_indices("@tr(") {
            let before = &text[..at];
            let head = before.lines().rev().find_map(|line| {
                let words = line.strip_prefix("export ").unwrap_or(line);
                words
                    .strip_prefix("component ")
                    .or(words.strip_prefix("global "))
            });
            let component = head.unwrap().split([' ', '{']).next().unwrap().to_owned();
            all.insert((
                component,
                quoted(&text[at + 4..]).expect("@tr takes a text"),
            ));
        }
    }
    all
}

/// Pairs of component and text that have a translation.
fn translated() -> BTreeSet<(String, String)> {
    let mut all = BTreeSet::new();
    let (mut component, mut text) = (String::new(), String::new());
    for line in SPANISH.lines() {
        if let Some(rest) = line.strip_prefix("msgctxt ") {
            component = quoted(rest).unwrap();
        } else if let Some(rest) = line.strip_prefix("msgid ") {
            text = quoted(rest).unwrap();
        } else if let Some(rest) = line
            .strip_prefix("msgstr ")
            .or(line.strip_prefix("msgstr[0] "))
            && !quoted(rest).unwrap().is_empty()
        {
            all.insert((component.clone(), text.clone()));
        }
    }
    all
}

#[test]
fn every_text_of_the_screen_has_its_spanish() {
    let spoken = spoken();
    assert!(spoken.len() > 120, "{} texts", spoken.len());
    let translated = translated();
    let missing: Vec<_> = spoken.difference(&translated).collect();
    assert!(missing.is_empty(), "without Spanish: {missing:#?}");
}

#[test]
fn no_translation_is_left_of_a_text_that_has_gone() {
    let spoken = spoken();
    let stale: Vec<_> = translated()
        .into_iter()
        .filter(|pair| !pair.1.is_empty() && !spoken.contains(pair))
        .collect();
    assert!(stale.is_empty(), "of no text: {stale:#?}");
}
