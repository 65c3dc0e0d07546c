//! Every row of the screen can run from right to left: all its children but the first say where.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// What lays its children out from left to right unless told otherwise.
const ROWS: [&str; 4] = ["HorizontalLayout", "FlexboxLayout", "Flow", "TopBar"];
/// Digits and the letters of a keyboard run from left to right in every language, and dots are all
/// alike.
const ALIKE: [&str; 4] = [
    "pin_pad.slint",
    "pin_dots.slint",
    "search_keyboard.slint",
    "setup_keyboard.slint",
];

#[derive(Default)]
struct Element {
    name: String,
    repeats: bool,
    has_order: bool,
    children: Vec<(String, bool)>,
}

/// Elements by their headers: `Name`, `id := Name`, `if x: Name`, `for x in y: Name`, and components.
fn header(text: &str) -> Option<Element> {
    let text = text.trim();
    let repeats = text.starts_with("for ");
    let last = text.rsplit([' ', ':']).next()?;
    let is_name = last.starts_with(|c: char| c.is_ascii_uppercase());
    let alone =
        text == last || text.contains(": ") || text.contains(":= ") || text.contains("inherits ");
    (is_name && alone).then(|| Element {
        name: last.to_owned(),
        repeats,
        ..Element::default()
    })
}

/// Children of rows that do not say where they stand.
fn unplaced(source: &str) -> Vec<String> {
    let code: String = source
        .lines()
        .map(|line| line.split("//").next().unwrap().to_owned() + " ")
        .collect();
    let (mut stack, mut bad, mut pending) =
        (Vec::<Option<Element>>::new(), Vec::new(), String::new());
    let mut quoted = false;
    for c in code.chars() {
        match c {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '{' => stack.push(header(&std::mem::take(&mut pending))),
            '}' => {
                pending.clear();
                let Some(Some(done)) = stack.pop() else {
                    continue;
                };
                if ROWS.contains(&done.name.as_str()) {
                    let wrong = done.children.iter().filter(|(_, placed)| !placed);
                    bad.extend(wrong.map(|(child, _)| format!("{child} in {}", done.name)));
                }
                if let Some(Some(parent)) = stack.last_mut() {
                    let first = parent.children.is_empty() && !done.repeats;
                    parent.children.push((done.name, done.has_order || first));
                }
            }
            ';' => {
                if pending.trim().starts_with("layout-order:")
                    && let Some(Some(element)) = stack.last_mut()
                {
                    element.has_order = true;
                }
                pending.clear();
            }
            _ => pending.push(c),
        }
    }
    bad
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|ending| ending == "slint") {
            found.push(path);
        }
    }
    found
}

#[test]
fn a_child_of_a_row_without_its_place_is_found() {
    let row = "A { HorizontalLayout { Text { text: \"{\"; } if x: Button { } } }";
    assert_eq!(unplaced(row), ["Button in HorizontalLayout"]);
    let placed = "HorizontalLayout { Text { } Button { layout-order: Direction.order(1); } }";
    assert!(unplaced(placed).is_empty());
    let many = "component Many inherits Flow { for x in y: Button { } }";
    assert_eq!(unplaced(many), ["Button in Flow"]);
}

#[test]
fn every_child_of_a_row_says_where_it_stands() {
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    let mut bad = Vec::new();
    let mut rows = 0;
    for path in files(&ui) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let source = fs::read_to_string(&path).unwrap();
        rows += source.matches("HorizontalLayout {").count();
        if !ALIKE.contains(&name.as_str()) {
            bad.extend(
                unplaced(&source)
                    .into_iter()
                    .map(|what| format!("{name}: {what}")),
            );
        }
    }
    assert!(rows > 30, "{rows} rows: the search has gone wrong");
    assert!(
        bad.is_empty(),
        "these need `layout-order: Direction.order(n)`: {bad:#?}"
    );
}
