//! What a roster would change, worked out before anything is: the same plan is shown and carried out.

use std::collections::{BTreeMap, BTreeSet};

use dayroom_audit::Hash;
use dayroom_protocol::{ResidentBody, UnitId};
use serde::{Deserialize, Serialize};

use super::{OperatorError, RosterLine};
use crate::store::ResidentRow;

/// More than so many people who leave at once, and more than [`SHARE`] of the roster, are taken for a
/// broken file until somebody says how many they are.
const MANY: usize = 10;
/// One in so many.
const SHARE: usize = 5;

/// What a roster would change, for people to look at before it does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RosterPreview {
    /// Who would come, or come back.
    pub arrivals: Vec<RosterArrival>,
    /// Who would move between units.
    pub moves: Vec<RosterMove>,
    /// Whose name would change.
    pub renames: Vec<RosterRename>,
    /// Who would leave.
    pub departures: Vec<RosterDeparture>,
    /// How many would stay as they are.
    pub unchanged: usize,
    /// What is worth a second look.
    pub oddities: Vec<Oddity>,
    /// The roster it was compared with; if it has changed since, the preview does not hold.
    pub compared_with: Option<Hash>,
}

/// Somebody who would come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RosterArrival {
    /// Their number.
    pub number: String,
    /// Their name.
    pub name: String,
    /// Where to.
    pub unit: UnitId,
    /// Whether they were here before; their history comes back with them.
    pub returns: bool,
}

/// Somebody who would move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RosterMove {
    /// Their number.
    pub number: String,
    /// Their name.
    pub name: String,
    /// From where.
    pub from: UnitId,
    /// Where to.
    pub to: UnitId,
}

/// Somebody whose name would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RosterRename {
    /// Their number.
    pub number: String,
    /// What they are called now.
    pub from: String,
    /// What they would be called.
    pub to: String,
}

/// Somebody who would leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RosterDeparture {
    /// Their number.
    pub number: String,
    /// Their name.
    pub name: String,
    /// From where.
    pub unit: UnitId,
}

/// What is worth a second look before a roster is put in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Oddity {
    /// So many would leave that the file is perhaps not whole.
    ManyLeave {
        /// How many.
        left: usize,
        /// Of how many.
        of: usize,
    },
    /// A unit with people in it would be empty.
    UnitEmptied {
        /// Which.
        unit: UnitId,
        /// How many are in it.
        people: usize,
    },
    /// A number would be somebody else's: no part of the name stays. Their messages would be that
    /// person's.
    OtherPerson {
        /// Whose number.
        number: String,
    },
    /// Two numbers have one name: perhaps somebody who got a second number.
    SameName {
        /// The numbers.
        numbers: Vec<String>,
    },
}

/// One line of what will be done.
pub(super) enum Step<'a> {
    Arrive {
        line: RosterLine,
        known: Option<&'a ResidentRow>,
    },
    Stay {
        line: RosterLine,
        row: &'a ResidentRow,
        unit: UnitId,
        body: ResidentBody,
    },
    Depart {
        row: &'a ResidentRow,
        unit: UnitId,
        name: String,
    },
}

/// What is to be done with people a roster does not name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unnamed {
    Depart,
    Stay,
}

/// What is to be done so that a roster is in force, in the order of the lines, then who leaves.
pub(super) fn plan(
    rows: &[ResidentRow],
    lines: Vec<RosterLine>,
    unnamed: Unnamed,
) -> Result<Vec<Step<'_>>, OperatorError> {
    let mut left: BTreeMap<&str, &ResidentRow> =
        rows.iter().map(|row| (row.number.as_str(), row)).collect();
    let mut steps = Vec::with_capacity(lines.len());
    for line in lines {
        let row = left.remove(line.number.as_str());
        steps.push(match row.and_then(|row| Some((row, row.unit?))) {
            Some((row, unit)) => Step::Stay {
                body: serde_json::from_str(&row.body)?,
                line,
                row,
                unit,
            },
            None => Step::Arrive { line, known: row },
        });
    }
    if unnamed == Unnamed::Depart {
        for row in left.into_values() {
            if let Some(unit) = row.unit {
                let body: ResidentBody = serde_json::from_str(&row.body)?;
                let name = body.name;
                steps.push(Step::Depart { row, unit, name });
            }
        }
    }
    Ok(steps)
}

impl RosterPreview {
    pub(super) fn of(steps: &[Step<'_>], rows: &[ResidentRow]) -> Result<Self, OperatorError> {
        let mut preview = Self {
            compared_with: Some(Snapshot::of(rows)?.hash()),
            ..Self::default()
        };
        for step in steps {
            preview.add(step);
        }
        preview.find_oddities(steps, rows);
        Ok(preview)
    }

    fn add(&mut self, step: &Step<'_>) {
        match step {
            Step::Arrive { line, known } => self.arrivals.push(RosterArrival {
                number: line.number.clone(),
                name: line.name.clone(),
                unit: line.unit,
                returns: known.is_some(),
            }),
            Step::Depart { row, unit, name } => self.departures.push(RosterDeparture {
                number: row.number.clone(),
                name: name.clone(),
                unit: *unit,
            }),
            Step::Stay {
                line, unit, body, ..
            } => {
                let (moved, renamed) = (*unit != line.unit, body.name != line.name);
                if moved {
                    self.moves.push(RosterMove {
                        number: line.number.clone(),
                        name: line.name.clone(),
                        from: *unit,
                        to: line.unit,
                    });
                }
                if renamed {
                    self.renames.push(RosterRename {
                        number: line.number.clone(),
                        from: body.name.clone(),
                        to: line.name.clone(),
                    });
                }
                self.unchanged += usize::from(!moved && !renamed);
            }
        }
    }

    fn find_oddities(&mut self, steps: &[Step<'_>], rows: &[ResidentRow]) {
        let here = rows.iter().filter(|row| row.unit.is_some()).count();
        let left = self.departures.len();
        if left > MANY && left.saturating_mul(SHARE) > here {
            self.oddities.push(Oddity::ManyLeave { left, of: here });
        }
        self.find_empty_units(rows);
        for rename in &self.renames {
            if !share_a_word(&rename.from, &rename.to) {
                let number = rename.number.clone();
                self.oddities.push(Oddity::OtherPerson { number });
            }
        }
        let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for step in steps {
            if let Step::Arrive { line, .. } | Step::Stay { line, .. } = step {
                let name = by_name.entry(line.name.to_lowercase()).or_default();
                name.push(line.number.clone());
            }
        }
        let arriving: BTreeSet<&str> = self
            .arrivals
            .iter()
            .map(|one| one.number.as_str())
            .collect();
        for numbers in by_name.into_values().filter(|numbers| numbers.len() > 1) {
            // Two people of one name who were both here before are no news.
            if numbers
                .iter()
                .any(|number| arriving.contains(number.as_str()))
            {
                self.oddities.push(Oddity::SameName { numbers });
            }
        }
    }

    fn find_empty_units(&mut self, rows: &[ResidentRow]) {
        let mut people: BTreeMap<UnitId, usize> = BTreeMap::new();
        for unit in rows.iter().filter_map(|row| row.unit) {
            *people.entry(unit).or_default() += 1;
        }
        for (unit, people) in people {
            let gone = self
                .departures
                .iter()
                .filter(|one| one.unit == unit)
                .count();
            let off = self.moves.iter().filter(|one| one.from == unit).count();
            let arrive = self.arrivals.iter().any(|one| one.unit == unit);
            let come = arrive || self.moves.iter().any(|one| one.to == unit);
            if people > 1 && gone + off == people && !come {
                self.oddities.push(Oddity::UnitEmptied { unit, people });
            }
        }
    }

    /// Whether somebody has to say yes to it first: it takes something away, or something is odd.
    pub fn asks(&self) -> bool {
        !(self.departures.is_empty()
            && self.moves.is_empty()
            && self.renames.is_empty()
            && self.oddities.is_empty())
    }

    /// Whether anything would change.
    pub fn changes(&self) -> bool {
        let steps = [
            self.arrivals.len(),
            self.moves.len(),
            self.renames.len(),
            self.departures.len(),
        ];
        steps != [0; 4]
    }

    /// How many would leave, if that is more than a roster may take off without being told.
    pub fn many_leave(&self) -> Option<(usize, usize)> {
        self.oddities.iter().find_map(|oddity| match oddity {
            Oddity::ManyLeave { left, of } => Some((*left, *of)),
            Oddity::UnitEmptied { .. } | Oddity::OtherPerson { .. } | Oddity::SameName { .. } => {
                None
            }
        })
    }
}

/// Whether two names have a word in common, so that one can be the other corrected.
fn share_a_word(one: &str, other: &str) -> bool {
    let words = |name: &str| -> BTreeSet<String> {
        name.split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.chars().count() > 1)
            .map(str::to_lowercase)
            .collect()
    };
    !words(one).is_disjoint(&words(other))
}

/// A roster as it was: everybody with number, name and unit, in the order of numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Snapshot(Vec<(String, String, UnitId)>);

impl Snapshot {
    pub(super) fn of(rows: &[ResidentRow]) -> Result<Self, OperatorError> {
        let mut all = Vec::new();
        for row in rows {
            if let Some(unit) = row.unit {
                let body: ResidentBody = serde_json::from_str(&row.body)?;
                all.push((row.number.clone(), body.name, unit));
            }
        }
        all.sort();
        Ok(Self(all))
    }

    pub(super) fn hash(&self) -> Hash {
        // Of these types there is one JSON only.
        Hash::of(&serde_json::to_vec(self).unwrap_or_default())
    }

    pub(super) fn into_lines(self) -> Vec<RosterLine> {
        let line = |(number, name, unit)| RosterLine { number, name, unit };
        self.0.into_iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_was_corrected_is_no_other_person() {
        for (one, other) in [
            ("Ortiz, Luis", "ORTIZ, Luis A."),
            ("Amadou Diallo", "Diallo-Bah, Amadou"),
            ("José Prado", "josé prado"),
        ] {
            assert!(share_a_word(one, other), "{one} / {other}");
        }
        assert!(!share_a_word("Ortiz, Luis", "Ben Okafor"));
        assert!(!share_a_word("A. B.", "A. C."), "an initial is no name");
    }
}
