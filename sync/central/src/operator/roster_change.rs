use std::collections::{BTreeMap, BTreeSet};

use dayroom_audit::kinds;
use dayroom_protocol::{Access, FacilityId, ResidentBody, ResidentId, UnitId, UtcMillis, limits};
use rand::RngCore;
use rusqlite::Connection;

use super::roster_plan::{RosterPreview, Snapshot, Step, Unnamed, plan};
use super::{OperatorError, Pin, PinDigits, found};
use crate::central::{Central, random_id};
use crate::store::{self, ResidentRow, RosterChangeRow, Tx};

/// A person on a facility's roster.
#[derive(Clone, PartialEq, Eq)]
pub struct RosterLine {
    /// 1 to 12 ASCII digits, unique in the facility.
    pub number: String,
    /// As the facility spells it.
    pub name: String,
    /// Where they are housed.
    pub unit: UnitId,
}

/// A roster to be put in force.
#[derive(Clone, Default)]
pub struct RosterImport {
    /// Who is on it.
    pub lines: Vec<RosterLine>,
    /// Whether who is not on it has left.
    pub complete: bool,
    /// What somebody has seen and said yes to; anything else is refused then.
    pub preview: Option<RosterPreview>,
    /// How many may leave, where that is more than a roster may take off untold.
    pub accept_departures: Option<usize>,
}

/// What a roster changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RosterOutcome {
    /// Who came, or came back, each with the PIN to hand out; it is not kept anywhere.
    pub arrived: Vec<Arrival>,
    /// Who came back by an undo, with the PIN they had.
    pub returned: Vec<ResidentId>,
    /// Who moved between units.
    pub moved: Vec<Move>,
    /// Whose name changed.
    pub renamed: Vec<ResidentId>,
    /// Who left.
    pub departed: Vec<ResidentId>,
    /// How many stay as they were.
    pub unchanged: usize,
}

/// Somebody who came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Who.
    pub resident: ResidentId,
    /// Their number.
    pub number: String,
    /// Where to.
    pub unit: UnitId,
    /// To be shown once.
    pub pin: Pin,
}

/// Somebody who moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// Who.
    pub resident: ResidentId,
    /// From where.
    pub from: UnitId,
    /// Where to.
    pub to: UnitId,
}

/// A PIN and its verifier, made before the store is held up.
struct Prepared {
    pin: Pin,
    verifier: String,
}

impl Central {
    /// Makes the roster of a facility be `lines`: who is not among them has left. All of it
    /// happens, or nothing.
    ///
    /// # Errors
    /// When a line is not of its form, a number stands twice, or a unit is not the facility's.
    pub fn apply_roster(
        &self,
        facility: FacilityId,
        lines: Vec<RosterLine>,
        _now: UtcMillis,
        rng: &mut dyn RngCore,
    ) -> Result<RosterOutcome, OperatorError> {
        self.change_roster(facility, lines, Unnamed::Depart, rng, |_, _, _, _| Ok(()))
    }

    /// Like [`Central::apply_roster`] for some people only: who is not among the lines stays.
    ///
    /// # Errors
    /// The same.
    pub fn apply_roster_part(
        &self,
        facility: FacilityId,
        lines: Vec<RosterLine>,
        _now: UtcMillis,
        rng: &mut dyn RngCore,
    ) -> Result<RosterOutcome, OperatorError> {
        self.change_roster(facility, lines, Unnamed::Stay, rng, |_, _, _, _| Ok(()))
    }

    /// Takes people off the roster.
    ///
    /// # Errors
    /// When there is no such resident on a roster.
    pub fn depart(&self, residents: &[ResidentId]) -> Result<(), OperatorError> {
        self.write(|tx| {
            for resident in residents {
                let row = found(store::resident(tx.sql(), *resident)?, "resident")?;
                tx.depart(row.id, found(row.unit, "resident on a roster")?)?;
            }
            Ok(())
        })
    }

    /// Freezes or opens a resident's sign-in.
    ///
    /// # Errors
    /// When there is no such resident on a roster.
    pub fn set_access(&self, resident: ResidentId, access: Access) -> Result<(), OperatorError> {
        self.write(|tx| {
            let row = found(store::resident(tx.sql(), resident)?, "resident")?;
            found(row.unit, "resident on a roster")?;
            let mut body: ResidentBody = serde_json::from_str(&row.body)?;
            if body.access != access {
                body.access = access;
                tx.rewrite_resident(resident, &serde_json::to_string(&body)?)?;
            }
            Ok(())
        })
    }

    /// Says what a roster would change; nothing is.
    ///
    /// # Errors
    /// As [`Central::import_roster`], but for what has to be accepted.
    pub fn preview_roster(
        &self,
        facility: FacilityId,
        lines: Vec<RosterLine>,
        complete: bool,
    ) -> Result<RosterPreview, OperatorError> {
        self.inner.store.read(|sql| {
            found(store::facility(sql, facility)?, "facility")?;
            check(&lines, &units(sql, facility)?)?;
            let rows = store::residents(sql, facility)?;
            let steps = plan(&rows, lines, unnamed(complete))?;
            RosterPreview::of(&steps, &rows)
        })
    }

    /// Puts a roster in force that was previewed: all of it in one transaction, or nothing. The roster
    /// before it is kept, for [`Central::undo_roster`].
    ///
    /// # Errors
    /// When a line is not of its form, a number stands twice, or a unit is not the facility's;
    /// [`OperatorError::RosterChanged`] if it is not the roster any more that the preview was of;
    /// [`OperatorError::ManyLeave`] if more would leave than a roster may take off untold.
    pub fn import_roster(
        &self,
        facility: FacilityId,
        import: RosterImport,
        now: UtcMillis,
        rng: &mut dyn RngCore,
    ) -> Result<RosterOutcome, OperatorError> {
        let expect = import.preview;
        self.change_roster(
            facility,
            import.lines,
            unnamed(import.complete),
            rng,
            |tx, steps, rows, outcome| {
                let preview = RosterPreview::of(steps, rows)?;
                if expect.is_some_and(|expected| expected != preview) {
                    return Err(OperatorError::RosterChanged);
                }
                if let Some((left, of)) = preview.many_leave()
                    && import.accept_departures != Some(left)
                {
                    return Err(OperatorError::ManyLeave { left, of });
                }
                let what = if import.complete {
                    "import"
                } else {
                    "import_part"
                };
                let change = kept(tx, facility, what, rows, outcome, now)?;
                let number = tx.keep_roster_change(facility, &change)?;
                let [arrived, moved, renamed, departed] = change.counts;
                let event = kinds::roster_apply(
                    facility.0,
                    number,
                    arrived,
                    moved,
                    renamed,
                    departed,
                    change.after,
                );
                Ok(tx.audit(event, now)?)
            },
        )
    }

    /// Carries a plan out, then `seal`s it in the same transaction with the plan, who was there before,
    /// and what came of it.
    fn change_roster(
        &self,
        facility: FacilityId,
        lines: Vec<RosterLine>,
        unnamed: Unnamed,
        rng: &mut dyn RngCore,
        seal: impl FnOnce(
            &mut Tx<'_>,
            &[Step<'_>],
            &[ResidentRow],
            &RosterOutcome,
        ) -> Result<(), OperatorError>,
    ) -> Result<RosterOutcome, OperatorError> {
        let (digits, known) = self.inner.store.read(|sql| {
            let row = found(store::facility(sql, facility)?, "facility")?;
            check(&lines, &units(sql, facility)?)?;
            let here: BTreeSet<String> = store::residents(sql, facility)?
                .into_iter()
                .filter(|row| row.unit.is_some())
                .map(|row| row.number)
                .collect();
            Ok::<_, OperatorError>((PinDigits::from_count(row.pin_digits), here))
        })?;
        let cost = self.inner.options.pins;
        let prepare = |rng: &mut dyn RngCore| {
            let pin = Pin::draw(digits, rng);
            let verifier = pin.verifier(cost, rng)?;
            Ok::<_, OperatorError>(Prepared { pin, verifier })
        };
        let mut prepared = BTreeMap::new();
        for line in lines.iter().filter(|line| !known.contains(&line.number)) {
            prepared.insert(line.number.clone(), prepare(rng)?);
        }
        self.write(|tx| {
            let mut outcome = RosterOutcome::default();
            let rows = store::residents(tx.sql(), facility)?;
            let steps = plan(&rows, lines, unnamed)?;
            for step in &steps {
                match step {
                    Step::Arrive { line, known } => {
                        let made = match prepared.remove(&line.number) {
                            Some(made) => made,
                            // They left since we looked.
                            None => prepare(rng)?,
                        };
                        let known = known.map(|row| row.id);
                        arrive(tx, facility, known, line, made, rng, &mut outcome)?;
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
            seal(tx, &steps, &rows, &outcome)?;
            Ok(outcome)
        })
    }
}

/// What is kept of a roster that was put in force.
pub(super) fn kept(
    tx: &Tx<'_>,
    facility: FacilityId,
    what: &str,
    before: &[ResidentRow],
    outcome: &RosterOutcome,
    now: UtcMillis,
) -> Result<RosterChangeRow, OperatorError> {
    let after = Snapshot::of(&store::residents(tx.sql(), facility)?)?.hash();
    Ok(RosterChangeRow {
        number: 0,
        at: now,
        what: what.to_owned(),
        undone_by: None,
        counts: [
            outcome.arrived.len() as u64 + outcome.returned.len() as u64,
            outcome.moved.len() as u64,
            outcome.renamed.len() as u64,
            outcome.departed.len() as u64,
        ],
        before: serde_json::to_string(&Snapshot::of(before)?)?,
        after,
    })
}

fn unnamed(complete: bool) -> Unnamed {
    if complete {
        Unnamed::Depart
    } else {
        Unnamed::Stay
    }
}

fn units(sql: &Connection, facility: FacilityId) -> Result<BTreeSet<UnitId>, OperatorError> {
    let units = store::units(sql, facility)?;
    Ok(units.into_iter().map(|unit| unit.id).collect())
}

fn check(lines: &[RosterLine], units: &BTreeSet<UnitId>) -> Result<(), OperatorError> {
    let mut numbers = BTreeSet::new();
    for (line, entry) in (1..).zip(lines) {
        let digits = entry.number.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || !(1..=12).contains(&entry.number.len()) {
            return Err(OperatorError::Number { line });
        }
        if !numbers.insert(entry.number.as_str()) {
            return Err(OperatorError::NumberTwice { line });
        }
        if entry.name.trim().is_empty() || entry.name.len() > limits::NAME_BYTES {
            return Err(OperatorError::Name { line });
        }
        if !units.contains(&entry.unit) {
            return Err(OperatorError::Unit { line });
        }
    }
    Ok(())
}

/// Somebody who is on the roster already: moved, renamed, or as before.
pub(super) fn stay(
    tx: &mut Tx<'_>,
    row: &ResidentRow,
    unit: UnitId,
    line: &RosterLine,
    mut body: ResidentBody,
    outcome: &mut RosterOutcome,
) -> Result<(), OperatorError> {
    let renamed = body.name != line.name;
    body.name.clone_from(&line.name);
    let text = serde_json::to_string(&body)?;
    if unit != line.unit {
        tx.depart(row.id, unit)?;
        tx.arrive(row.id, line.unit, &text)?;
        outcome.moved.push(Move {
            resident: row.id,
            from: unit,
            to: line.unit,
        });
    } else if renamed {
        tx.rewrite_resident(row.id, &text)?;
    }
    if renamed {
        outcome.renamed.push(row.id);
    } else if unit == line.unit {
        outcome.unchanged += 1;
    }
    Ok(())
}

/// Somebody who comes, or comes back: their history is theirs, their PIN is new.
fn arrive(
    tx: &mut Tx<'_>,
    facility: FacilityId,
    known: Option<ResidentId>,
    line: &RosterLine,
    made: Prepared,
    rng: &mut dyn RngCore,
    outcome: &mut RosterOutcome,
) -> Result<(), OperatorError> {
    let resident = match known {
        Some(id) => id,
        None => {
            let id = ResidentId(random_id(rng));
            tx.insert_resident(id, facility, &line.number)?;
            id
        }
    };
    let body = ResidentBody {
        number: line.number.clone(),
        name: line.name.clone(),
        pin_verifier: made.verifier,
        access: Access::Open,
        badge: None,
    };
    tx.arrive(resident, line.unit, &serde_json::to_string(&body)?)?;
    outcome.arrived.push(Arrival {
        resident,
        number: line.number.clone(),
        unit: line.unit,
        pin: made.pin,
    });
    Ok(())
}
