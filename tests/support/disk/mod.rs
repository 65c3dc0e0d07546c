//! A disk in memory on which SQLite runs: an SQLite VFS that forgets what was not synced.
//!
//! ```text
//! let disk = Disk::new(seed);
//! let db = Connection::open_with_flags_and_vfs("/store/journal.db", flags, disk.vfs_name())?;
//! disk.fail_after(17, Fault::PowerCut);      // or disk.power_cut(seed), between two statements
//! …                                          // statements fail from the cut on
//! drop(db);                                  // as the process did
//! let db = …                                 // open again: what has survived?
//! ```
//!
//! What it models:
//! - A file has two faces, what the system shows and what is on the platter; a sync makes them
//!   equal. In a power cut every sector of 512 bytes, every length and every name stands as it
//!   was at some moment since the last sync, each at its own.
//! - A sync also brings the names given or taken away so far to the platter, as ext4 and
//!   XFS do, whose directory changes go through one ordered log.
//! - Unless [`Disk::promise_powersafe_overwrite`] is called, a power cut may also turn the
//!   reported sector (4096 bytes) under the head into garbage. 4096 is what SQLite's unix VFS
//!   reports and the size of a page, so that page borders are sector borders.
//! - After a crash every open handle is dead: each call on it gives `SQLITE_IOERR`. Drop the
//!   connections of the dead process, then open new ones. Shared memory does not outlive it.
//!
//! What it does not: bytes that rot, lying syncs, two machines on one disk. What survives depends
//! on the seed alone; the bytes themselves do not, since SQLCipher draws its initialisation
//! vectors, and SQLite the salts of its log, from the process and not from the VFS.

mod directory;
mod fault;
pub mod file;
mod io;
mod locks;
mod random;
mod shm;
mod state;
mod vfs;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use fault::Fault;
pub use random::Random;
pub use state::Counters;

use file::Overwrite;
use state::State;

/// A simulated disk, registered with SQLite under a name of its own. Clones are the same disk;
/// when the last one is dropped it is gone, and connections that are still open get errors.
#[derive(Debug, Clone)]
pub struct Disk {
    plugged: Arc<Plugged>,
}

/// The disk as the VFS and its handles reach it.
#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
}

/// The registration, which lasts as long as some `Disk` does.
#[derive(Debug)]
struct Plugged {
    shared: Arc<Shared>,
    vfs: vfs::Registration,
}

/// A disk may lie behind an `Arc`, a `Mutex`, in a thread of its own.
const _: () = {
    const fn shareable<T: Send + Sync>() {}
    shareable::<Disk>();
};

/// The first moment of 2026 (UTC), in milliseconds since 1970: where virtual time starts.
const START_OF_TIME_MS: i64 = 1_767_225_600_000;

impl Disk {
    /// Makes an empty disk; `seed` decides everything that is left to chance.
    pub fn new(seed: u64) -> Self {
        let shared = Arc::new(Shared {
            state: Mutex::new(State::new(seed, START_OF_TIME_MS)),
        });
        let vfs = vfs::Registration::new(&shared);
        Self {
            plugged: Arc::new(Plugged { shared, vfs }),
        }
    }

    /// The name under which SQLite knows this disk.
    pub fn vfs_name(&self) -> &str {
        self.plugged.vfs.name()
    }

    /// Promises SQLite that a write spoils no byte beside it, and keeps the promise. SQLite's
    /// unix VFS promises the same, so this is what a kiosk runs on; without it SQLite pads its
    /// log to whole sectors. Call it before a file is opened.
    pub fn promise_powersafe_overwrite(&self) {
        self.state().overwrite = Overwrite::Powersafe;
    }

    /// Sets virtual time, in milliseconds since 1970. SQLite's sleeps move it on, nothing else does.
    pub fn set_time_ms(&self, unix_ms: i64) {
        self.state().now_ms = unix_ms;
    }

    /// Virtual time, in milliseconds since 1970.
    pub fn time_ms(&self) -> i64 {
        self.state().now_ms
    }

    /// Cuts the power between two calls: what was not synced survives in parts, by `seed`.
    pub fn power_cut(&self, seed: u64) {
        self.state().lose_power(&mut Random::new(seed));
    }

    /// Kills the process between two calls (`kill -9`): every handle dies, every write stays.
    pub fn crash_process(&self) {
        self.state().crash();
    }

    /// Lets `calls` writes, truncations and syncs pass, then lets `fault` strike. Replaces what
    /// was armed before; a crash disarms it.
    pub fn fail_after(&self, calls: u64, fault: Fault) {
        self.state().plan.arm(calls, fault);
    }

    /// From now on nothing fails.
    pub fn heal(&self) {
        self.state().plan.disarm();
    }

    /// Whether the fault armed last has struck.
    pub fn fault_struck(&self) -> bool {
        self.state().plan.struck()
    }

    /// How often what was called.
    pub fn counters(&self) -> Counters {
        self.state().counters
    }

    /// How many syncs have succeeded.
    pub fn syncs(&self) -> u64 {
        self.counters().syncs
    }

    /// A new disk with the files of this one as programs see them, all of it on the platter: a
    /// backup, or one of many alike.
    pub fn copy(&self, seed: u64) -> Self {
        let copy = Self::new(seed);
        let overwrite = self.state().overwrite;
        {
            let mut state = copy.state();
            state.overwrite = overwrite;
            state.lay_down(self.files());
        }
        copy
    }

    /// Every file as programs see it, by name; files without a name included.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        self.state().files()
    }

    /// Every file as it is on the platter for certain, deleted ones included while they last.
    pub fn platter(&self) -> Vec<(String, Vec<u8>)> {
        self.state().platter()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.plugged.shared.state()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Plugged {
    fn drop(&mut self) {
        self.vfs.remove();
        self.shared.state().unplug();
    }
}
