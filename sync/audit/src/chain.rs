use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::{Fields, check};
use crate::hash::Hasher;
use crate::{Event, FormError, Hash, Kind, Value};

/// A process that keeps an audit.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Process {
    /// `dayroom screen`, in `journal.db`.
    Screen,
    /// `dayroom sync`, in a file of its own.
    Sync,
    /// `dayroom machine`, in a file in its folder.
    Machine,
    /// `dayroom-central`, in `central.db`.
    Central,
}

impl Process {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Screen, Self::Sync, Self::Machine, Self::Central];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Screen => "screen",
            Self::Sync => "sync",
            Self::Machine => "machine",
            Self::Central => "central",
        }
    }

    /// The process of that name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|process| process.name() == name)
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which chain: one life of one process's audit. A file that is lost begins another life, which
/// central sees.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct ChainId {
    /// Whose.
    pub process: Process,
    /// Drawn when the chain was born.
    #[schemars(with = "String")]
    pub life: Uuid,
}

/// What the clocks said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Which start of the machine; nil where nobody asked.
    pub boot: Uuid,
    /// Milliseconds of that start.
    pub boot_ms: u64,
    /// Milliseconds since 1970 in UTC.
    pub utc_ms: i64,
}

/// How far a chain goes: a number and the hash of the entry that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    /// Of the entry; 0: before the first.
    pub number: u64,
    /// Its hash.
    pub hash: Hash,
}

impl Point {
    /// Before the first entry of a chain.
    pub fn start(chain: ChainId) -> Self {
        let mut hasher = Hasher::of("dayroom audit chain 1");
        hasher.text(chain.process.name());
        hasher.fixed(chain.life.as_bytes());
        Self {
            number: 0,
            hash: hasher.finish(),
        }
    }
}

/// An entry of an audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// From 1, without holes.
    pub number: u64,
    /// Which start of the machine; nil where nobody asked.
    #[schemars(with = "String")]
    pub boot: Uuid,
    /// Milliseconds of that start.
    pub boot_ms: u64,
    /// Milliseconds since 1970 in UTC, by the clock of whoever wrote it.
    pub utc_ms: i64,
    /// The dotted name of the event; a newer program's may be unknown here.
    pub event: String,
    /// What is said in it.
    #[schemars(with = "BTreeMap<String, Value>")]
    fields: Fields,
    /// Over all of the above, the hash of the entry before, and which chain it is.
    pub hash: Hash,
}

impl Entry {
    /// The entry after `after`.
    pub fn seal(chain: ChainId, after: Point, moment: Moment, event: Event) -> Self {
        let mut entry = Self {
            number: after.number.saturating_add(1),
            boot: moment.boot,
            boot_ms: moment.boot_ms,
            utc_ms: moment.utc_ms,
            event: event.name().to_owned(),
            fields: event.into_fields(),
            hash: Hash([0; 32]),
        };
        entry.hash = entry.hash_after(chain, after.hash);
        entry
    }

    /// An entry as it was kept, its fields as JSON would give them. Whether it is sound says a
    /// [`Verifier`].
    ///
    /// # Errors
    /// [`FormError`] when a name is not one, or there are too many fields.
    pub fn kept(
        point: Point,
        moment: Moment,
        event: &str,
        fields: BTreeMap<String, Value>,
    ) -> Result<Self, FormError> {
        check(event)?;
        Ok(Self {
            number: point.number,
            boot: moment.boot,
            boot_ms: moment.boot_ms,
            utc_ms: moment.utc_ms,
            event: event.to_owned(),
            fields: Fields::try_from(fields)?,
            hash: point.hash,
        })
    }

    /// What is said in it.
    pub fn fields(&self) -> &BTreeMap<String, Value> {
        &self.fields.0
    }

    /// Its number and hash.
    pub fn point(&self) -> Point {
        Point {
            number: self.number,
            hash: self.hash,
        }
    }

    /// Its line in the file of kinds, if this program knows it.
    pub fn kind(&self) -> Option<&'static Kind> {
        Kind::of(&self.event)
    }

    /// Whether its name is one: what comes from outside is asked before it is kept.
    ///
    /// # Errors
    /// [`FormError::Word`].
    pub fn check_form(&self) -> Result<(), FormError> {
        check(&self.event)
    }

    fn hash_after(&self, chain: ChainId, before: Hash) -> Hash {
        let mut hasher = Hasher::of("dayroom audit entry 1");
        hasher.text(chain.process.name());
        hasher.fixed(chain.life.as_bytes());
        hasher.fixed(&before.0);
        hasher.fixed(&self.number.to_be_bytes());
        hasher.fixed(self.boot.as_bytes());
        hasher.fixed(&self.boot_ms.to_be_bytes());
        hasher.fixed(&self.utc_ms.to_be_bytes());
        hasher.text(&self.event);
        hasher.fixed(&(self.fields.0.len() as u64).to_be_bytes());
        for (name, value) in &self.fields.0 {
            hasher.text(name);
            match value {
                Value::Number(number) => {
                    hasher.fixed(&[0]);
                    hasher.fixed(&number.to_be_bytes());
                }
                Value::Word(word) => {
                    hasher.fixed(&[1]);
                    hasher.text(word.as_str());
                }
            }
        }
        hasher.finish()
    }
}

/// What is wrong with a chain, and at which entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Entries before this one are missing, or it was put in or moved here.
    #[error("entry {found} stands where {expected} belongs: entries were cut, put in or moved")]
    OutOfPlace {
        /// Whose place it is.
        expected: u64,
        /// What stands there.
        found: u64,
    },
    /// The entry, or the one before it, is not what was written.
    #[error("entry {number} is not what was written, or does not follow the one before it")]
    Altered {
        /// Which.
        number: u64,
    },
    /// It says it happened before the one before it, in the same start of the machine.
    #[error("entry {number} is dated before the one before it")]
    DatedBack {
        /// Which.
        number: u64,
    },
    /// The chain ends before a point it once had.
    #[error("entries from {number} on are missing")]
    CutOff {
        /// The first that is missing.
        number: u64,
    },
    /// The chain once had another entry there: it was written anew.
    #[error("entry {number} is another than it once was: the chain was written anew")]
    Rewritten {
        /// The last known point.
        number: u64,
    },
}

impl Fault {
    /// The first entry that is bad.
    pub fn number(self) -> u64 {
        match self {
            Self::OutOfPlace { expected, .. } => expected,
            Self::Altered { number }
            | Self::DatedBack { number }
            | Self::CutOff { number }
            | Self::Rewritten { number } => number,
        }
    }

    /// It in a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::OutOfPlace { .. } => "out_of_place",
            Self::Altered { .. } => "altered",
            Self::DatedBack { .. } => "dated_back",
            Self::CutOff { .. } => "cut_off",
            Self::Rewritten { .. } => "rewritten",
        }
    }
}

/// Reads a chain entry by entry and stops at the first that does not hold.
#[derive(Clone, Copy, Debug)]
pub struct Verifier {
    chain: ChainId,
    at: Point,
    boot: Option<(Uuid, u64)>,
}

impl Verifier {
    /// From the birth of a chain.
    pub fn new(chain: ChainId) -> Self {
        Self::after(chain, Point::start(chain))
    }

    /// From a point that is trusted, such as where an older part was dropped.
    pub fn after(chain: ChainId, at: Point) -> Self {
        Self {
            chain,
            at,
            boot: None,
        }
    }

    /// From an entry that was taken before.
    pub fn resume(chain: ChainId, last: &Entry) -> Self {
        let mut resumed = Self::after(chain, last.point());
        resumed.note_boot(last);
        resumed
    }

    /// How far the chain is intact.
    pub fn at(&self) -> Point {
        self.at
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// [`Fault`]; nothing after it is taken.
    pub fn take(&mut self, entry: &Entry) -> Result<(), Fault> {
        let number = entry.number;
        let expected = self.at.number.saturating_add(1);
        if number != expected {
            return Err(Fault::OutOfPlace {
                expected,
                found: number,
            });
        }
        if entry.hash != entry.hash_after(self.chain, self.at.hash) {
            return Err(Fault::Altered { number });
        }
        if let Some((boot, at)) = self.boot
            && boot == entry.boot
            && entry.boot_ms < at
        {
            return Err(Fault::DatedBack { number });
        }
        self.at = entry.point();
        self.note_boot(entry);
        Ok(())
    }

    fn note_boot(&mut self, entry: &Entry) {
        self.boot = (!entry.boot.is_nil()).then_some((entry.boot, entry.boot_ms));
    }

    /// Compares with a point the chain is known to have had, once all entries up to it are taken.
    ///
    /// # Errors
    /// [`Fault::CutOff`] if the chain does not reach it, [`Fault::Rewritten`] if it stands otherwise.
    pub fn reaches(&self, known: Point) -> Result<(), Fault> {
        if self.at.number < known.number {
            return Err(Fault::CutOff {
                number: self.at.number.saturating_add(1),
            });
        }
        if self.at.number == known.number && self.at.hash != known.hash {
            return Err(Fault::Rewritten {
                number: known.number,
            });
        }
        Ok(())
    }
}
