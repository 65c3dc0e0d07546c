//! What was found, for people and for programs.

use serde::Serialize;

use super::Diagnosis;
use crate::domain::UtcMillis;
use crate::domain::health::{Check, Finding, Verdict, words};

/// The form of [`json`]; counts up when a field changes its meaning or goes.
const FORMAT: u32 = 1;

/// Whether words have colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// For a terminal.
    Ansi,
    /// For a file.
    Plain,
}

impl Colour {
    fn paint(self, verdict: Verdict) -> String {
        let (word, colour) = match verdict {
            Verdict::Ok => (" ok ", 32),
            Verdict::Warn => ("warn", 33),
            Verdict::Fail => ("FAIL", 31),
        };
        match self {
            Self::Ansi => format!("\u{1b}[{colour}m{word}\u{1b}[0m"),
            Self::Plain => word.to_owned(),
        }
    }
}

/// A line for each finding, aligned, and its next step below it; the last line sums up.
pub fn lines(diagnosis: &Diagnosis, colour: Colour) -> Vec<String> {
    let names = diagnosis.lines.iter().map(|line| words::name(line.check));
    let width = names.map(str::len).max().unwrap_or(0);
    let mut out = Vec::new();
    for line in &diagnosis.lines {
        out.push(format!(
            "{}  {:width$}  {}",
            colour.paint(line.verdict),
            words::name(line.check),
            printable(&words::found(&line.finding))
        ));
        if let Some(next) = words::next(&line.finding) {
            out.push(format!("      {:width$}  -> {next}", ""));
        }
    }
    let count = |verdict| {
        let lines = diagnosis.lines.iter();
        lines.filter(|line| line.verdict == verdict).count()
    };
    out.push(match (count(Verdict::Fail), count(Verdict::Warn)) {
        (0, 0) => "This terminal is well.".to_owned(),
        (0, warned) => format!("This terminal works; {warned} to see to."),
        (failed, warned) => {
            format!("This terminal does not work: {failed} failed, {warned} to see to.")
        }
    });
    out
}

/// Without what a terminal would obey: names of devices and certificates come from outside.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}

#[derive(Serialize)]
struct Whole<'a> {
    format: u32,
    program: &'static str,
    at: UtcMillis,
    verdict: Verdict,
    checks: Vec<One<'a>>,
}

#[derive(Serialize)]
struct One<'a> {
    check: Check,
    verdict: Verdict,
    /// What was found, for programs: `is` names it, the rest are its numbers.
    finding: &'a Finding,
    /// The same in English.
    found: String,
    next: Option<&'static str>,
}

/// All of it as JSON; `src/doctor/README.md` describes it.
///
/// # Errors
/// When it cannot be written, which no diagnosis should bring about.
pub fn json(diagnosis: &Diagnosis) -> serde_json::Result<String> {
    serde_json::to_string_pretty(&Whole {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION"),
        at: diagnosis.at,
        verdict: diagnosis.verdict(),
        checks: diagnosis
            .lines
            .iter()
            .map(|line| One {
                check: line.check,
                verdict: line.verdict,
                finding: &line.finding,
                found: words::found(&line.finding),
                next: words::next(&line.finding),
            })
            .collect(),
    })
}
