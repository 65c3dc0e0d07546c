//! `tour.json`: what the tour did and what central has of it.

use std::path::Path;

use anyhow::ensure;
use dayroom_central::Deed;
use serde::Serialize;

use super::leg::Record;
use crate::demo::Facility;

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
