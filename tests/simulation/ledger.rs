use std::collections::{BTreeMap, BTreeSet};

use dayroom::domain::{IntentBody, IntentId, IntentNumber, UtcMillis};
use dayroom_protocol::{BlobHash, ConnectionId, MessageId, ResidentId};

/// How sure somebody can be of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sure {
    Yes,
    /// The disk or the power failed in the middle of it.
    Perhaps,
    No,
}

/// Something a resident did at a kiosk.
#[derive(Clone, Debug)]
pub struct Act {
    pub kiosk: usize,
    pub id: IntentId,
    pub resident: ResidentId,
    pub body: IntentBody,
    pub made_at: UtcMillis,
    /// Known once it was acknowledged.
    pub number: Option<IntentNumber>,
    pub undone: Sure,
}

/// A message as it was sent to a kiosk's unit.
#[derive(Clone, Debug)]
pub struct Letter {
    pub id: MessageId,
    pub resident: ResidentId,
    pub blobs: Vec<BlobHash>,
}

/// What central was told, by the harness's own account; goes back with a backup.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Where people are; by index of the unit.
    pub house: BTreeMap<ResidentId, usize>,
    /// Where kiosks are, by index of both.
    pub walls: Vec<usize>,
    pub connections: Vec<ConnectionId>,
    pub letters: Vec<Letter>,
    /// Cents that operators have put into accounts.
    pub deposits: i64,
}

/// What was promised to whom.
#[derive(Debug, Default)]
pub struct Ledger {
    pub facts: Facts,
    /// By id. Those without a number may or may not have reached the disk.
    pub acts: BTreeMap<IntentId, Act>,
    /// The sealed words somebody had before them when they wrote on, by the act.
    pub saw: BTreeMap<IntentId, String>,
    /// Messages a resident has seen marked as read.
    pub shown_as_read: BTreeSet<(ResidentId, MessageId)>,
    /// The first promise found broken while the world ran.
    pub broken: Option<String>,
    pub counts: Counts,
}

/// How much happened, to show that a run was worth something.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub acts: u64,
    pub undone: u64,
    pub refused: u64,
    pub pages: u64,
    pub power_cuts: u64,
    pub kills: u64,
    pub lost: u64,
    pub moves: u64,
    pub restores: u64,
    pub central_crashes: u64,
}

impl Ledger {
    /// Notes a broken promise; the first one counts.
    pub fn break_promise(&mut self, what: impl FnOnce() -> String) {
        if self.broken.is_none() {
            self.broken = Some(what());
        }
    }

    pub fn is_housed_at(&self, resident: ResidentId, kiosk: usize) -> bool {
        let unit = self.facts.walls.get(kiosk);
        unit.is_some() && self.facts.house.get(&resident) == unit
    }
}
