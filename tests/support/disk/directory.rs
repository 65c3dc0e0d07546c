//! Which name leads to which file, for the system and on the platter.

use std::collections::BTreeMap;

use super::random::Random;
use super::state::FileId;

/// The names of a disk. Folders are no more than a part of a name.
#[derive(Debug, Default)]
pub(super) struct Directory {
    current: BTreeMap<String, FileId>,
    durable: BTreeMap<String, FileId>,
    pending: Vec<Change>,
}

/// A name given (`Some`) or taken away, which the platter may not know yet.
#[derive(Debug)]
struct Change {
    name: String,
    to: Option<FileId>,
}

impl Directory {
    /// The file that programs find under a name.
    pub fn find(&self, name: &str) -> Option<FileId> {
        self.current.get(name).copied()
    }

    /// Gives a new file its name.
    pub fn give(&mut self, name: &str, file: FileId) {
        self.current.insert(name.to_owned(), file);
        self.pending.push(Change {
            name: name.to_owned(),
            to: Some(file),
        });
    }

    /// Takes a name away; false if there is none.
    pub fn take_away(&mut self, name: &str) -> bool {
        let there = self.current.remove(name).is_some();
        if there {
            self.pending.push(Change {
                name: name.to_owned(),
                to: None,
            });
        }
        there
    }

    /// Brings all that was given and taken away to the platter.
    pub fn sync(&mut self) {
        if !self.pending.is_empty() {
            self.pending.clear();
            self.durable.clone_from(&self.current);
        }
    }

    /// The power goes: every name stands as it was at some moment since the last sync.
    pub fn lose_power(&mut self, random: &mut Random) {
        let mut histories: BTreeMap<String, Vec<Option<FileId>>> = BTreeMap::new();
        for change in self.pending.drain(..) {
            histories.entry(change.name).or_default().push(change.to);
        }
        for (name, history) in histories {
            let reached = random.below(history.len() + 1);
            match reached.checked_sub(1).and_then(|last| history.get(last)) {
                None => {}
                Some(None) => {
                    self.durable.remove(&name);
                }
                Some(Some(file)) => {
                    self.durable.insert(name, *file);
                }
            }
        }
        self.current.clone_from(&self.durable);
    }

    /// Whether a name leads to the file now, or may do so after a power cut.
    pub fn leads_to(&self, file: FileId) -> bool {
        self.current
            .values()
            .chain(self.durable.values())
            .any(|found| *found == file)
            || self.pending.iter().any(|change| change.to == Some(file))
    }

    /// What programs call the file.
    pub fn name_of(&self, file: FileId) -> Option<&str> {
        name_of(&self.current, file)
    }

    /// What the platter calls the file.
    pub fn durable_name_of(&self, file: FileId) -> Option<&str> {
        name_of(&self.durable, file)
    }
}

fn name_of(names: &BTreeMap<String, FileId>, file: FileId) -> Option<&str> {
    names
        .iter()
        .find(|(_, found)| **found == file)
        .map(|(name, _)| name.as_str())
}
