use std::collections::{BTreeMap, BTreeSet};

use dayroom_protocol::{Access, FacilityId, ResidentBody, ResidentId, UnitId, UtcMillis, limits};
use rand::RngCore;

use super::{OperatorError, Pin, PinDigits, found};
use crate::central::{Central, random_id};
use crate::store::{self, ResidentRow, Tx};

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

/// What a roster changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RosterOutcome {
    /// Who came, or came back, each with the PIN to hand out; it is not kept anywhere.
    pub arrived: Vec<Arrival>,
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

/// What happens to people a roster does not name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unnamed {
    Depart,
    Stay,
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
        now: UtcMillis,
        rng: &mut dyn RngCore,
    ) -> Result<RosterOutcome, OperatorError> {
        self.change_roster(facility, lines, Unnamed::Depart, now, rng)
    }

    /// Like [`Central::apply_roster`] for some people only: who is not among the lines stays.
    ///
    /// # Errors
    /// The same.
    pub fn apply_roster_part(
        &self,
        facility: FacilityId,
        lines: Vec<RosterLine>,
        now: UtcMillis,
        rng: &mut dyn RngCore,
    ) -> Result<RosterOutcome, OperatorError> {
        self.change_roster(facility, lines, Unnamed::Stay, now, rng)
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

    fn change_roster(
        &self,
        facility: FacilityId,
        lines: Vec<RosterLine>,
        unnamed: Unnamed,
        _now: UtcMillis,
        rng: &mut dyn RngCore,
    ) -> Result<RosterOutcome, OperatorError> {
        let (digits, units, known) = self.inner.store.read(|sql| {
            let row = found(store::facility(sql, facility)?, "facility")?;
            let units: BTreeSet<UnitId> = store::units(sql, facility)?
                .into_iter()
                .map(|unit| unit.id)
                .collect();
            let known = by_number(store::residents(sql, facility)?);
            Ok::<_, OperatorError>((PinDigits::from_count(row.pin_digits), units, known))
        })?;
        check(&lines, &units)?;
        let cost = self.inner.options.pins;
        let prepare = |rng: &mut dyn RngCore| {
            let pin = Pin::draw(digits, rng);
            let verifier = pin.verifier(cost, rng)?;
            Ok::<_, OperatorError>(Prepared { pin, verifier })
        };
        let mut prepared = BTreeMap::new();
        for line in &lines {
            let here = known
                .get(&line.number)
                .is_some_and(|row| row.unit.is_some());
            if !here {
                prepared.insert(line.number.clone(), prepare(rng)?);
            }
        }
        self.write(|tx| {
            let mut outcome = RosterOutcome::default();
            let mut before = by_number(store::residents(tx.sql(), facility)?);
            for line in lines {
                let row = before.remove(&line.number);
                match row.as_ref().and_then(|row| Some((row, row.unit?))) {
                    Some((row, unit)) => stay(tx, row, unit, &line, &mut outcome)?,
                    None => {
                        let made = match prepared.remove(&line.number) {
                            Some(made) => made,
                            // They left since we looked.
                            None => prepare(rng)?,
                        };
                        let known = row.map(|row| row.id);
                        arrive(tx, facility, known, line, made, rng, &mut outcome)?;
                    }
                }
            }
            if unnamed == Unnamed::Depart {
                for (row, unit) in before.into_values().filter_map(|row| {
                    let unit = row.unit?;
                    Some((row, unit))
                }) {
                    tx.depart(row.id, unit)?;
                    outcome.departed.push(row.id);
                }
            }
            Ok(outcome)
        })
    }
}

fn by_number(rows: Vec<ResidentRow>) -> BTreeMap<String, ResidentRow> {
    rows.into_iter()
        .map(|row| (row.number.clone(), row))
        .collect()
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
fn stay(
    tx: &mut Tx<'_>,
    row: &ResidentRow,
    unit: UnitId,
    line: &RosterLine,
    outcome: &mut RosterOutcome,
) -> Result<(), OperatorError> {
    let mut body: ResidentBody = serde_json::from_str(&row.body)?;
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
    line: RosterLine,
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
        name: line.name,
        pin_verifier: made.verifier,
        access: Access::Open,
        badge: None,
    };
    tx.arrive(resident, line.unit, &serde_json::to_string(&body)?)?;
    outcome.arrived.push(Arrival {
        resident,
        number: line.number,
        unit: line.unit,
        pin: made.pin,
    });
    Ok(())
}
