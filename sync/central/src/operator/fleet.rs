use dayroom_protocol::health::{Check, ClosedReason, Verdict};
use dayroom_protocol::{FacilityId, HealthReport, KioskId, UnitId, UtcMillis};
use serde::Serialize;

use super::{OperatorError, found};
use crate::central::Central;
use crate::rules::{self, HealthChange, KioskState, Known};
use crate::store::{self, HealthRow, KioskRow};

/// A kiosk as the fleet view shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FleetLine {
    /// Its id.
    pub kiosk: KioskId,
    /// What residents know it as.
    pub label: String,
    /// Of which facility.
    pub facility: FacilityId,
    /// Its name.
    pub facility_name: String,
    /// Where it hangs.
    pub unit: UnitId,
    /// The unit's name.
    pub unit_name: String,
    /// What to know first.
    pub state: KioskState,
    /// The worst of state and checks.
    pub verdict: Verdict,
    /// Checks that are not well, the worst first.
    pub troubles: Vec<Trouble>,
    /// When anything last came from it.
    pub last_contact: Option<UtcMillis>,
    /// When its report came.
    pub reported_at: Option<UtcMillis>,
    /// Whole days until its certificate ends; negative after.
    pub certificate_days: Option<i64>,
    /// How far its clock was ahead of central's when the report came.
    pub clock_ahead_millis: Option<i64>,
    /// Records it could not read (R14).
    pub quarantined: u32,
    /// The newest report, as it came.
    pub report: Option<HealthReport>,
}

impl FleetLine {
    /// Why nobody can sign in there, if the kiosk itself said so; it may be silent since.
    pub fn closed(&self) -> Option<ClosedReason> {
        self.report.as_ref()?.screen.closed
    }
}

/// A check that is not well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// Which.
    pub check: Check,
    /// How bad.
    pub verdict: Verdict,
}

/// A line of a kiosk's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HealthEntry {
    /// Counts up over all kiosks.
    pub number: u64,
    /// When the report that said so came.
    pub at: UtcMillis,
    /// What changed.
    pub change: HealthChange,
}

/// How many kiosks are how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FleetSummary {
    /// In service.
    pub kiosks: usize,
    /// Open.
    pub open: usize,
    /// Closed.
    pub closed: usize,
    /// Without a living screen.
    pub no_screen: usize,
    /// Silent.
    pub silent: usize,
    /// Never here, or without a report.
    pub not_reporting: usize,
    /// With something that does not work.
    pub failing: usize,
    /// With something to see to, and nothing that does not work.
    pub warned: usize,
}

impl FleetSummary {
    /// Counts them; what is out of service does not count.
    pub fn of(lines: &[FleetLine]) -> Self {
        let mut sum = Self::default();
        for line in lines {
            let place = match line.state {
                KioskState::OutOfService { .. } => continue,
                KioskState::Silent { .. } => &mut sum.silent,
                KioskState::ScreenGone | KioskState::ScreenHung => &mut sum.no_screen,
                KioskState::Closed { .. } => &mut sum.closed,
                KioskState::NeverHere | KioskState::NotReporting => &mut sum.not_reporting,
                KioskState::Open => &mut sum.open,
            };
            *place += 1;
            sum.kiosks += 1;
            match line.verdict {
                Verdict::Ok => {}
                Verdict::Warn | Verdict::Unknown => sum.warned += 1,
                Verdict::Fail => sum.failing += 1,
            }
        }
        sum
    }
}

impl Central {
    /// Every kiosk at `now`, the most troubled first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn fleet(&self, now: UtcMillis) -> Result<Vec<FleetLine>, OperatorError> {
        let (kiosks, mut reports, places) = self.inner.store.read(|sql| {
            let mut places = Vec::new();
            for facility in store::facilities(sql)? {
                for unit in store::units(sql, facility.id)? {
                    places.push((facility.name.clone(), unit));
                }
            }
            Ok::<_, store::StoreError>((store::kiosks(sql)?, store::health_of_all(sql)?, places))
        })?;
        let mut lines: Vec<FleetLine> = kiosks
            .into_iter()
            .map(|row| {
                let at = reports.iter().position(|health| health.kiosk == row.id);
                let health = at.map(|at| reports.swap_remove(at));
                let place = places.iter().find(|(_, unit)| unit.id == row.unit);
                let (facility, unit) = place.map_or(("", ""), |(facility, unit)| {
                    (facility.as_str(), unit.name.as_str())
                });
                self.fleet_line(row, health, (facility, unit), now)
            })
            .collect();
        lines.sort_by(|a, b| {
            b.verdict
                .cmp(&a.verdict)
                .then(a.state.cmp(&b.state))
                .then_with(|| a.label.cmp(&b.label))
                .then(a.kiosk.cmp(&b.kiosk))
        });
        Ok(lines)
    }

    /// The newest changes of a kiosk, the newest first.
    ///
    /// # Errors
    /// When there is no such kiosk.
    pub fn health_history(
        &self,
        kiosk: KioskId,
        limit: usize,
    ) -> Result<Vec<HealthEntry>, OperatorError> {
        let (row, rows) = self.inner.store.read(|sql| {
            Ok::<_, store::StoreError>((
                store::kiosk(sql, kiosk)?,
                store::health_changes(sql, kiosk, limit)?,
            ))
        })?;
        found(row, "kiosk")?;
        Ok(rows
            .into_iter()
            .map(|row| HealthEntry {
                number: row.number,
                at: row.at,
                change: row.change,
            })
            .collect())
    }

    fn fleet_line(
        &self,
        row: KioskRow,
        health: Option<HealthRow>,
        (facility, unit): (&str, &str),
        now: UtcMillis,
    ) -> FleetLine {
        let contact = self.contact(row.id).map(|contact| contact.at);
        let known = Known {
            retired_at: row.retired_at,
            contact_at: contact.max(row.contact_at),
            report: health.as_ref().map(|row| (&row.report, row.taken_at)),
        };
        let judged = rules::judge(&known, now);
        FleetLine {
            kiosk: row.id,
            label: row.label,
            facility: row.facility,
            facility_name: facility.to_owned(),
            unit: row.unit,
            unit_name: unit.to_owned(),
            state: judged.state,
            verdict: judged.verdict,
            troubles: judged
                .troubles
                .into_iter()
                .map(|(check, verdict)| Trouble { check, verdict })
                .collect(),
            last_contact: known.heard_at(),
            reported_at: health.as_ref().map(|row| row.taken_at),
            certificate_days: judged.certificate_days,
            clock_ahead_millis: judged.clock_ahead_millis,
            quarantined: row.quarantined,
            report: health.map(|row| row.report),
        }
    }
}
