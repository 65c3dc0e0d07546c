//! The table that is printed, and checked.

use std::fmt::Write as _;

/// A case with what came of it.
pub struct Row {
    pub name: &'static str,
    pub expected: String,
    pub found: String,
}

/// Prints the table and fails if a case came out otherwise than expected.
pub fn check(title: &str, rows: &[Row]) {
    let mut text = format!("{title}: {} cases\n", rows.len());
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    for (number, row) in rows.iter().enumerate() {
        let verdict = if row.expected == row.found {
            ""
        } else {
            "  <- WRONG"
        };
        writeln!(
            text,
            "{:>3}  {:width$}  {}{verdict}",
            number + 1,
            row.name,
            row.found,
        )
        .unwrap();
    }
    println!("{text}");
    let wrong: Vec<_> = rows
        .iter()
        .filter(|row| row.expected != row.found)
        .map(|row| {
            format!(
                "{}: expected {}, found {}",
                row.name, row.expected, row.found
            )
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
