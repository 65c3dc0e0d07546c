//! One file with two faces: what the system shows, and what is on the platter.

use std::collections::BTreeMap;

use super::random::Random;

/// What the medium writes whole or not at all, in bytes.
pub const SECTOR: usize = 512;

/// What a disk without powersafe overwrite may spoil around a write, in bytes: the sector size
/// that the disk reports to SQLite.
pub const REPORTED_SECTOR: usize = 4096;

/// What happens to a sector that was being written when the power went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// Bytes outside the write stay as they were.
    Powersafe,
    /// The whole reported sector may be garbage, neighbouring bytes included.
    Unsafe,
}

/// A change that the system has and the platter may not have.
#[derive(Debug, Clone)]
enum Change {
    Write { offset: usize, data: Vec<u8> },
    Truncate { len: usize },
}

/// How the moments of the sectors of a file hang together.
enum Spread {
    BySector,
    ByWrite(Vec<bool>),
}

/// A file of the simulated disk.
#[derive(Debug, Clone, Default)]
pub struct SimFile {
    current: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Change>,
}

impl SimFile {
    /// What a program that reads the file sees.
    pub fn current(&self) -> &[u8] {
        &self.current
    }

    /// What is on the platter for certain.
    pub fn durable(&self) -> &[u8] {
        &self.durable
    }

    /// Reads at `offset` and fills the rest with zeros; false if the file ended before `into` did.
    pub fn read(&self, offset: usize, into: &mut [u8]) -> bool {
        let there = self.current.get(offset..).unwrap_or_default();
        let len = there.len().min(into.len());
        let (filled, rest) = into.split_at_mut(len);
        filled.copy_from_slice(there.get(..len).unwrap_or_default());
        rest.fill(0);
        rest.is_empty()
    }

    /// Writes, for the system; the platter may get it at any time, or never.
    pub fn write(&mut self, offset: usize, data: &[u8]) {
        let change = Change::Write {
            offset,
            data: data.to_vec(),
        };
        change.apply(&mut self.current);
        self.pending.push(change);
    }

    /// Cuts or extends the file, for the system.
    pub fn truncate(&mut self, len: usize) {
        set_len(&mut self.current, len);
        self.pending.push(Change::Truncate { len });
    }

    /// Brings every change to the platter.
    pub fn sync(&mut self) {
        for change in self.pending.drain(..) {
            change.apply(&mut self.durable);
        }
    }

    /// A failed fsync: the system takes the changes for written and never tries again, so that a
    /// random part of them is lost although a later sync succeeds. Half of the time the lost
    /// pages also leave the cache, and programs read the old bytes.
    pub fn fail_sync(&mut self, random: &mut Random) {
        self.durable = self.survivors(random);
        self.pending.clear();
        if random.once_in(2) {
            let len = self.current.len();
            self.current.clone_from(&self.durable);
            set_len(&mut self.current, len);
        }
    }

    /// The power goes: what is left is what was synced and a random part of what was not.
    pub fn lose_power(&mut self, random: &mut Random, overwrite: Overwrite) {
        let mut left = self.survivors(random);
        if overwrite == Overwrite::Unsafe && random.once_in(3) {
            self.spoil_one_sector(&mut left, random);
        }
        self.pending.clear();
        self.durable.clone_from(&left);
        self.current = left;
    }

    /// The synced bytes with nothing, everything or a random part of what is pending: every
    /// sector and the length each stand as they were at some moment since the last sync, each
    /// at its own. So a write may be lost, kept, torn, or overtaken by a later one.
    fn survivors(&self, random: &mut Random) -> Vec<u8> {
        let spread = match random.below(4) {
            0 => return self.durable.clone(),
            1 => return self.with_all_pending(),
            2 => Spread::BySector,
            // Whole writes reach the platter or do not: sectors of one write fare alike.
            _ => Spread::ByWrite(self.pending.iter().map(|_| random.once_in(2)).collect()),
        };
        let mut lengths = vec![self.durable.len()];
        for change in &self.pending {
            let before = lengths.last().copied().unwrap_or(0);
            lengths.push(change.len_after(before));
        }
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let mut touched: BTreeMap<usize, Vec<(usize, &Change)>> = BTreeMap::new();
        for (index, change) in self.pending.iter().enumerate() {
            for sector in change.sectors(longest) {
                touched.entry(sector).or_default().push((index, change));
            }
        }
        let mut left = self.durable.clone();
        set_len(&mut left, longest);
        for (sector, changes) in touched {
            let until = match &spread {
                Spread::BySector => random.below(changes.len() + 1),
                Spread::ByWrite(reached) => changes
                    .iter()
                    .rposition(|(index, _)| reached.get(*index) == Some(&true))
                    .map_or(0, |last| last + 1),
            };
            let range = sector * SECTOR..(sector + 1) * SECTOR;
            for (_, change) in changes.iter().take(until) {
                change.apply_within(&mut left, range.clone());
            }
        }
        let len = lengths.get(random.below(lengths.len())).copied();
        left.truncate(len.unwrap_or(longest));
        left
    }

    fn with_all_pending(&self) -> Vec<u8> {
        let mut all = self.durable.clone();
        for change in &self.pending {
            change.apply(&mut all);
        }
        all
    }

    /// The head was over one sector of a pending write: nothing of it can be relied on.
    fn spoil_one_sector(&self, left: &mut [u8], random: &mut Random) {
        let Some(Change::Write { offset, data }) =
            self.pending.get(random.below(self.pending.len()))
        else {
            return;
        };
        let at = (offset + random.below(data.len())) / REPORTED_SECTOR * REPORTED_SECTOR;
        let end = left.len().min(at + REPORTED_SECTOR);
        if let Some(sector) = left.get_mut(at..end) {
            random.fill(sector);
        }
    }
}

impl Change {
    fn len_after(&self, before: usize) -> usize {
        match self {
            Self::Write { offset, data } => before.max(offset + data.len()),
            Self::Truncate { len } => *len,
        }
    }

    /// The sectors it touches in a file that was never longer than `longest`.
    fn sectors(&self, longest: usize) -> std::ops::Range<usize> {
        match self {
            Self::Write { offset, data } => offset / SECTOR..(offset + data.len()).div_ceil(SECTOR),
            Self::Truncate { len } => len / SECTOR..longest.div_ceil(SECTOR),
        }
    }

    /// Changes `bytes`, its length included.
    fn apply(&self, bytes: &mut Vec<u8>) {
        set_len(bytes, self.len_after(bytes.len()));
        self.apply_within(bytes, 0..usize::MAX);
    }

    /// Changes only what of `bytes` lies in `range`, never the length.
    fn apply_within(&self, bytes: &mut [u8], range: std::ops::Range<usize>) {
        match self {
            Self::Write { offset, data } => {
                let from = range.start.max(*offset);
                let to = range.end.min(offset + data.len());
                let Some(source) =
                    data.get(from.saturating_sub(*offset)..to.saturating_sub(*offset))
                else {
                    return;
                };
                if let Some(target) = bytes.get_mut(from..to) {
                    target.copy_from_slice(source);
                }
            }
            Self::Truncate { len } => {
                let to = range.end.min(bytes.len());
                if let Some(gone) = bytes.get_mut(range.start.max(*len)..to) {
                    gone.fill(0);
                }
            }
        }
    }
}

/// Cuts, or extends with zeros. (`Vec::resize` does the same byte by byte in a debug build.)
fn set_len(bytes: &mut Vec<u8>, len: usize) {
    bytes.truncate(len);
    bytes.extend_from_slice(&vec![0; len - bytes.len()]);
}
