//! Taking a roster back: the one before it is in force again, with the PINs people had.

use dayroom_audit::kinds;
use dayroom_protocol::{FacilityId, ResidentBody, UtcMillis};
use serde::Serialize;

use super::roster_change::{kept, stay};
use super::roster_plan::{RosterPreview, Snapshot, Step, Unnamed, plan};
use super::{OperatorError, RosterOutcome, found};
use crate::central::Central;
use crate::store::{self, RosterChangeRow};

/// A roster that was put in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RosterChange {
    /// Its number in the facility, from 1.
    pub number: u64,
    /// When.
    pub at: UtcMillis,
    /// `import`, `import_part` (who was not named stayed) or `undo`.
    pub what: String,
    /// The undo that took it back.
    pub undone_by: Option<u64>,
    /// How many came.
    pub arrived: u64,
    /// How many moved.
    pub moved: u64,
    /// How many were renamed.
    pub renamed: u64,
    /// How many left.
    pub departed: u64,
}

impl From<RosterChangeRow> for RosterChange {
    fn from(row: RosterChangeRow) -> Self {
        let [arrived, moved, renamed, departed] = row.counts;
        Self {
            number: row.number,
            at: row.at,
            what: row.what,
            undone_by: row.undone_by,
            arrived,
            moved,
            renamed,
            departed,
        }
    }
}

impl Central {
    /// The rosters of a facility that were put in force, the newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn roster_history(&self, facility: FacilityId) -> Result<Vec<RosterChange>, OperatorError> {
        let rows = self
            .inner
            .store
            .read(|sql| store::roster_changes(sql, facility))?;
        Ok(rows.into_iter().map(RosterChange::from).collect())
    }

    /// Which roster [`Central::undo_roster`] would take back, and what that would change.
    ///
    /// # Errors
    /// When there is none.
    pub fn preview_undo(
        &self,
        facility: FacilityId,
    ) -> Result<(RosterChange, RosterPreview), OperatorError> {
        self.inner.store.read(|sql| {
            let change = found(store::roster_to_undo(sql, facility)?, "roster to undo")?;
            let before: Snapshot = serde_json::from_str(&change.before)?;
            let rows = store::residents(sql, facility)?;
            let steps = plan(&rows, before.into_lines(), Unnamed::Depart)?;
            let preview = RosterPreview::of(&steps, &rows)?;
            Ok((change.into(), preview))
        })
    }

    /// Takes back the newest roster that was not taken back yet: the one before it is in force again,
    /// all of it at once. Who comes back has the PIN they had.
    ///
    /// # Errors
    /// When there is none; [`OperatorError::RosterChanged`] if the roster is not any more what the
    /// preview was compared with.
    pub fn undo_roster(
        &self,
        facility: FacilityId,
        seen: Option<&RosterPreview>,
        now: UtcMillis,
    ) -> Result<RosterOutcome, OperatorError> {
        self.write(|tx| {
            let change = found(store::roster_to_undo(tx.sql(), facility)?, "roster to undo")?;
            let before: Snapshot = serde_json::from_str(&change.before)?;
            let rows = store::residents(tx.sql(), facility)?;
            let steps = plan(&rows, before.into_lines(), Unnamed::Depart)?;
            let preview = RosterPreview::of(&steps, &rows)?;
            if seen.is_some_and(|seen| *seen != preview) {
                return Err(OperatorError::RosterChanged);
            }
            let mut outcome = RosterOutcome::default();
            for step in &steps {
                match step {
                    Step::Arrive { line, known } => {
                        // Everybody on an earlier roster is known.
                        let row = found(*known, "resident of the earlier roster")?;
                        let mut body: ResidentBody = serde_json::from_str(&row.body)?;
                        body.name.clone_from(&line.name);
                        tx.arrive(row.id, line.unit, &serde_json::to_string(&body)?)?;
                        outcome.returned.push(row.id);
                    }
                    Step::Stay {
                        line,
                        row,
                        unit,
                        body,
                    } => stay(tx, row, *unit, line, body.clone(), &mut outcome)?,
                    Step::Depart { row, unit, .. } => {
                        tx.depart(row.id, *unit)?;
                        outcome.departed.push(row.id);
                    }
                }
            }
            let undo = kept(tx, facility, "undo", &rows, &outcome, now)?;
            let number = tx.keep_roster_change(facility, &undo)?;
            tx.note_roster_undone(facility, change.number, number)?;
            let event = kinds::roster_undo(facility.0, number, change.number, undo.after);
            tx.audit(event, now)?;
            Ok(outcome)
        })
    }
}
