//! The locks of one file, as SQLite's unix VFS keeps them: SHARED, RESERVED, PENDING, EXCLUSIVE.

use std::collections::BTreeMap;

use super::state::HandleId;

/// How much of a file a handle has locked; SQLite's levels in SQLite's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    None,
    Shared,
    Reserved,
    Pending,
    Exclusive,
}

/// Who holds what.
#[derive(Debug, Default)]
pub(super) struct Locks(BTreeMap<HandleId, Level>);

impl Locks {
    /// Raises the lock of `who` to `level`; false if another handle is in the way.
    pub fn lock(&mut self, who: HandleId, level: Level) -> bool {
        let own = self.0.get(&who).copied().unwrap_or(Level::None);
        if own >= level {
            return true;
        }
        let others = self.0.iter().filter(|(id, _)| **id != who);
        let highest = others.map(|(_, level)| *level).max().unwrap_or(Level::None);
        let granted = match level {
            Level::None => Some(own),
            Level::Shared => (highest < Level::Pending).then_some(Level::Shared),
            Level::Reserved => (highest < Level::Reserved).then_some(Level::Reserved),
            // Readers are let out and no new ones in: PENDING is kept even if EXCLUSIVE is refused.
            Level::Pending | Level::Exclusive => match highest {
                Level::None => Some(level),
                Level::Shared => Some(Level::Pending),
                Level::Reserved | Level::Pending | Level::Exclusive => None,
            },
        };
        if let Some(granted) = granted {
            self.0.insert(who, granted);
        }
        granted.is_some_and(|granted| granted >= level)
    }

    /// Lowers the lock of `who` to `level`.
    pub fn unlock(&mut self, who: HandleId, level: Level) {
        if level == Level::None {
            self.0.remove(&who);
        } else if let Some(own) = self.0.get_mut(&who) {
            *own = (*own).min(level);
        }
    }

    /// Whether anybody means to write.
    pub fn reserved(&self) -> bool {
        self.0.values().any(|level| *level > Level::Shared)
    }
}
