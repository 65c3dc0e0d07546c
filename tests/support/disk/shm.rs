//! The shared memory of one write-ahead log: heap regions and eight lock slots.

use std::collections::BTreeSet;
use std::ffi::c_void;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::ffi;

use super::state::HandleId;

/// How a slot is to be locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    Shared,
    Exclusive,
}

/// Slots `first`, `first + 1`, … `count` in number.
#[derive(Debug, Clone, Copy)]
pub(super) struct SlotRange {
    pub first: usize,
    pub count: usize,
}

/// What the connections to one database share.
#[derive(Debug, Default)]
pub(super) struct Shm {
    /// The memory; every handle that mapped it keeps it alive, so that a connection which died in
    /// a crash may still look at what it had mapped.
    pub regions: Arc<Regions>,
    slots: [Slot; ffi::SQLITE_SHM_NLOCK as usize],
    users: BTreeSet<HandleId>,
}

#[derive(Debug, Default)]
struct Slot {
    exclusive: Option<HandleId>,
    shared: BTreeSet<HandleId>,
}

impl Shm {
    /// Counts a handle in.
    pub fn attach(&mut self, who: HandleId) {
        self.users.insert(who);
    }

    /// Counts a handle out and drops its locks; true if nobody is left.
    pub fn detach(&mut self, who: HandleId) -> bool {
        self.users.remove(&who);
        self.unlock(
            who,
            SlotRange {
                first: 0,
                count: self.slots.len(),
            },
        );
        self.users.is_empty()
    }

    /// Locks all slots of the range, or none of them and answers false.
    pub fn lock(&mut self, who: HandleId, range: SlotRange, hold: Hold) -> bool {
        let wanted = self.slots.iter().skip(range.first).take(range.count);
        let free = wanted.clone().count() == range.count
            && wanted.clone().all(|slot| match hold {
                Hold::Shared => slot.exclusive.is_none_or(|holder| holder == who),
                Hold::Exclusive => slot.exclusive.is_none() && slot.shared.is_empty(),
            });
        if free {
            for slot in self.slots.iter_mut().skip(range.first).take(range.count) {
                match hold {
                    Hold::Shared => {
                        slot.shared.insert(who);
                    }
                    Hold::Exclusive => slot.exclusive = Some(who),
                }
            }
        }
        free
    }

    /// Drops what `who` holds of the range.
    pub fn unlock(&mut self, who: HandleId, range: SlotRange) {
        for slot in self.slots.iter_mut().skip(range.first).take(range.count) {
            slot.shared.remove(&who);
            slot.exclusive = slot.exclusive.filter(|holder| *holder != who);
        }
    }
}

/// The memory itself. Atomics, because SQLite writes through the pointers handed out while the
/// slices are shared; SQLite orders its accesses by its locks and barriers.
#[derive(Debug, Default)]
pub(super) struct Regions(Mutex<Vec<Arc<[AtomicU64]>>>);

impl Regions {
    /// The address of region `index`, zeroed at birth and never moved; null if it is not there
    /// and not to be made. Every region has the same `size` in bytes.
    pub fn map(&self, index: usize, size: usize, extend: bool) -> *mut c_void {
        let mut regions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while extend && regions.len() <= index {
            regions.push((0..size.div_ceil(8)).map(|_| AtomicU64::new(0)).collect());
        }
        regions.get(index).map_or(std::ptr::null_mut(), |region| {
            region.as_ptr().cast_mut().cast()
        })
    }
}
