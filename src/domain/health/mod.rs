//! How this terminal is: facts somebody gathered, and what to make of them. Nobody's data.
//!
//! [`facts`] are what was found, or that it was not found. [`judge`] makes a [`Line`] of each, with a
//! [`Verdict`] and a [`Finding`]; [`words`] says a finding and its next step in English, and
//! [`glance`] prepares what a page of the screen says in its own words.

pub mod facts;
mod finding;
mod glance;
mod judge;
#[cfg(test)]
mod judge_tests;
pub mod words;

pub use finding::{FileFault, Finding, LinkTrouble};
pub use glance::{Glance, Next, Value, glance};
pub use judge::{judge, limits};

use serde::{Deserialize, Serialize};

/// What is looked at, in the order it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The display and its density.
    Display,
    /// The touch panel.
    Touch,
    /// Badge readers.
    Readers,
    /// What is plugged in and not on the kiosk's list.
    Plugged,
    /// The clock and its source.
    Clock,
    /// Space on the disk.
    Disk,
    /// How worn the disk is.
    Wear,
    /// The three encrypted files.
    Store,
    /// The certificate.
    Certificate,
    /// Whether central's address answers.
    CentralNetwork,
    /// Whether what answers is central.
    CentralTls,
    /// Whether central answers this kiosk.
    CentralRequest,
    /// When central last answered a pull.
    Sync,
    /// What waits to be sent.
    Outbox,
    /// Which versions run.
    Versions,
    /// The services of the machine.
    Services,
    /// The process in front of people.
    Screen,
    /// Whether the audit can be written.
    Audit,
}

/// What came of a check; the worse is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// In order.
    Ok,
    /// Works, and somebody should see to it.
    Warn,
    /// Does not work.
    Fail,
}

/// A line of what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which check.
    pub check: Check,
    /// What came of it.
    pub verdict: Verdict,
    /// What was found.
    pub finding: Finding,
}

/// The worst of these; [`Verdict::Ok`] if there are none.
pub fn worst(lines: &[Line]) -> Verdict {
    let verdicts = lines.iter().map(|line| line.verdict);
    verdicts.max().unwrap_or(Verdict::Ok)
}

/// For each check the worst of its lines, in the order they are shown.
pub fn by_check(lines: &[Line]) -> Vec<(Check, Verdict)> {
    let mut all: Vec<(Check, Verdict)> = Vec::new();
    for line in lines {
        match all.iter_mut().find(|(check, _)| *check == line.check) {
            Some((_, verdict)) => *verdict = line.verdict.max(*verdict),
            None => all.push((line.check, line.verdict)),
        }
    }
    all.sort_unstable();
    all
}
