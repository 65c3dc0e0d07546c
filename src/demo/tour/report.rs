//! `tour.json`: what the tour did and what central has of it.

use std::path::Path;

use anyhow::ensure;
use dayroom_central::{Activity, Deed};
use serde::Serialize;

use crate::demo::Facility;

/// What a leg leaves behind.
#[derive(Serialize)]
pub struct Record {
    /// The name of the leg.
    pub name: &'static str,
    /// The pictures, in order.
    pub pictures: Vec<String>,
    /// What was done, and how long central took to have it.
    pub arrived: Vec<Arrived>,
    /// What of the person was found in the screen's memory while signed in: the positive control.
    pub found_signed_in: Vec<String>,
    /// What was found after sign-out: nothing, or the tour fails.
    pub found_signed_out: Vec<String>,
    /// Why the leg ended early.
    pub failed: Option<String>,
    /// What was typed into drafts and into the search, to be looked for.
    #[serde(skip)]
    pub typed: Vec<String>,
}

/// Something central has.
#[derive(Serialize)]
pub struct Arrived {
    /// What.
    pub what: &'static str,
    /// Milliseconds from the tap, the ten seconds of a held choice included.
    pub after_ms: i64,
    /// As central recorded it.
    pub central: Activity,
}

#[derive(Serialize)]
struct Report<'a> {
    legs: &'a [Record],
    acceptances: usize,
    receipts: usize,
    alarms: usize,
}

/// Writes the report and asserts what must be in it.
pub fn write(folder: &Path, facility: &Facility, legs: &[Record]) -> anyhow::Result<()> {
    let activity = facility.activity()?;
    let count = |fits: fn(&Deed) -> bool| activity.iter().filter(|a| fits(&a.deed)).count();
    let report = Report {
        legs,
        acceptances: count(|deed| matches!(deed, Deed::ConnectionAnswered(_))),
        receipts: count(|deed| matches!(deed, Deed::MessageRead { .. })),
        alarms: count(|deed| matches!(deed, Deed::Alarm { .. })),
    };
    std::fs::write(
        folder.join("tour.json"),
        serde_json::to_vec_pretty(&report)?,
    )?;
    let failed: Vec<&str> = legs
        .iter()
        .filter(|leg| leg.failed.is_some())
        .map(|leg| leg.name)
        .collect();
    ensure!(
        failed.is_empty(),
        "these legs failed: {}",
        failed.join(", ")
    );
    ensure!(
        report.acceptances >= 3,
        "central has {} answers, not 3",
        report.acceptances
    );
    ensure!(
        report.receipts >= 4,
        "central has {} receipts, not 4",
        report.receipts
    );
    ensure!(
        report.alarms == 0,
        "central has raised {} alarms",
        report.alarms
    );
    Ok(())
}
