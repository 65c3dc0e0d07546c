//! Everything a simulated disk knows: names, files, locks, faults, counters. No SQLite pointers.

use std::collections::BTreeMap;
use std::ffi::c_int;

use rusqlite::ffi;

use super::directory::Directory;
use super::fault::{Call, Fault, Plan, Verdict};
use super::file::{Overwrite, SECTOR, SimFile};
use super::locks::{Level, Locks};
use super::random::Random;
use super::shm::Shm;

/// An SQLite result code that is not `SQLITE_OK`.
pub(super) type Code = c_int;

/// A file, whatever its name is or was (an inode).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileId(u64);

/// An open handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HandleId(u64);

/// What a handle shows at every call. It is void once the machine or the process has died since.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ticket {
    pub file: FileId,
    pub handle: HandleId,
    epoch: u64,
}

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mode {
    pub create: bool,
    pub exclusive: bool,
}

/// How often what was called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Writes, failed ones included.
    pub writes: u64,
    /// Truncations, failed ones included.
    pub truncates: u64,
    /// Syncs that succeeded.
    pub syncs: u64,
    /// Syncs that failed.
    pub failed_syncs: u64,
    /// Files without a name that SQLite opened for sorting and the like.
    pub temp_files: u64,
    /// Times the power went or the process was killed.
    pub crashes: u64,
}

#[derive(Debug, Default)]
struct Node {
    file: SimFile,
    locks: Locks,
    handles: u64,
}

/// The disk behind the lock.
#[derive(Debug)]
pub(super) struct State {
    pub random: Random,
    pub now_ms: i64,
    pub plan: Plan,
    pub counters: Counters,
    pub overwrite: Overwrite,
    epoch: u64,
    next_id: u64,
    names: Directory,
    nodes: BTreeMap<FileId, Node>,
    shm: BTreeMap<FileId, Shm>,
    unplugged: bool,
}

impl State {
    pub fn new(seed: u64, now_ms: i64) -> Self {
        Self {
            random: Random::new(seed),
            now_ms,
            plan: Plan::default(),
            counters: Counters::default(),
            overwrite: Overwrite::Unsafe,
            epoch: 0,
            next_id: 0,
            names: Directory::default(),
            nodes: BTreeMap::new(),
            shm: BTreeMap::new(),
            unplugged: false,
        }
    }

    /// Opens a file, or one without a name.
    pub fn open(&mut self, name: Option<&str>, mode: Mode) -> Result<Ticket, Code> {
        if self.unplugged {
            return Err(ffi::SQLITE_IOERR);
        }
        let found = name.and_then(|name| self.names.find(name));
        let file = match found {
            Some(_) if mode.create && mode.exclusive => return Err(ffi::SQLITE_CANTOPEN),
            Some(file) => file,
            None if !mode.create => return Err(ffi::SQLITE_CANTOPEN),
            None => {
                let file = FileId(self.fresh());
                match name {
                    Some(name) => self.names.give(name, file),
                    None => self.counters.temp_files += 1,
                }
                file
            }
        };
        self.nodes.entry(file).or_default().handles += 1;
        Ok(Ticket {
            file,
            handle: HandleId(self.fresh()),
            epoch: self.epoch,
        })
    }

    /// Closes a handle; nothing happens if it is dead.
    pub fn close(&mut self, ticket: Ticket) {
        if self.node(ticket).is_err() {
            return;
        }
        self.detach_shm(ticket);
        if let Ok(node) = self.node(ticket) {
            node.locks.unlock(ticket.handle, Level::None);
            node.handles = node.handles.saturating_sub(1);
        }
        self.sweep();
    }

    /// The live file of a ticket.
    ///
    /// # Errors
    /// `SQLITE_IOERR` if the handle died in a crash.
    fn node(&mut self, ticket: Ticket) -> Result<&mut Node, Code> {
        if ticket.epoch != self.epoch {
            return Err(ffi::SQLITE_IOERR);
        }
        self.nodes.get_mut(&ticket.file).ok_or(ffi::SQLITE_IOERR)
    }

    /// Whether the handle is from before a crash.
    pub fn is_dead(&self, ticket: Ticket) -> bool {
        ticket.epoch != self.epoch
    }

    pub fn read(&mut self, ticket: Ticket, offset: usize, into: &mut [u8]) -> Result<(), Code> {
        let whole = self.node(ticket)?.file.read(offset, into);
        if whole {
            Ok(())
        } else {
            Err(ffi::SQLITE_IOERR_SHORT_READ)
        }
    }

    pub fn write(&mut self, ticket: Ticket, offset: usize, data: &[u8]) -> Result<(), Code> {
        let len = self.len(ticket)?;
        self.counters.writes += 1;
        let call = if offset + data.len() > len {
            Call::Growth
        } else {
            Call::Overwrite
        };
        let verdict = self.plan.judge(call);
        let done = match verdict {
            Verdict::Succeed | Verdict::Fail(Fault::PowerCut) => data.len(),
            Verdict::Fail(Fault::Full) => 0,
            // What got through before it failed.
            Verdict::Fail(_) => self.random.below(data.len() / SECTOR + 1) * SECTOR,
        };
        if done > 0 {
            let part = data.get(..done).unwrap_or(data);
            self.node(ticket)?.file.write(offset, part);
        }
        self.outcome(verdict, ffi::SQLITE_IOERR_WRITE)
    }

    pub fn truncate(&mut self, ticket: Ticket, len: usize) -> Result<(), Code> {
        self.node(ticket)?;
        self.counters.truncates += 1;
        let verdict = self.plan.judge(Call::Truncate);
        if matches!(verdict, Verdict::Succeed | Verdict::Fail(Fault::PowerCut)) {
            self.node(ticket)?.file.truncate(len);
        }
        self.outcome(verdict, ffi::SQLITE_IOERR_TRUNCATE)
    }

    /// Brings a file to the platter, and with it every name given or taken away so far: the
    /// directory is kept in an ordered log, as ext4 and XFS do.
    pub fn sync(&mut self, ticket: Ticket) -> Result<(), Code> {
        self.node(ticket)?;
        let verdict = self.plan.judge(Call::Sync);
        match verdict {
            Verdict::Succeed => {
                self.counters.syncs += 1;
                self.node(ticket)?.file.sync();
                self.sync_names();
            }
            Verdict::Fail(fault) => {
                self.counters.failed_syncs += 1;
                if fault == Fault::SyncFails
                    && let Some(node) = self.nodes.get_mut(&ticket.file)
                {
                    node.file.fail_sync(&mut self.random);
                }
            }
        }
        self.outcome(verdict, ffi::SQLITE_IOERR_FSYNC)
    }

    pub fn len(&mut self, ticket: Ticket) -> Result<usize, Code> {
        Ok(self.node(ticket)?.file.current().len())
    }

    pub fn lock(&mut self, ticket: Ticket, level: Level) -> Result<(), Code> {
        let granted = self.node(ticket)?.locks.lock(ticket.handle, level);
        if granted {
            Ok(())
        } else {
            Err(ffi::SQLITE_BUSY)
        }
    }

    pub fn unlock(&mut self, ticket: Ticket, level: Level) -> Result<(), Code> {
        self.node(ticket)?.locks.unlock(ticket.handle, level);
        Ok(())
    }

    pub fn reserved(&mut self, ticket: Ticket) -> Result<bool, Code> {
        Ok(self.node(ticket)?.locks.reserved())
    }

    /// The shared memory of a file, made at first use.
    pub fn attach_shm(&mut self, ticket: Ticket) -> Result<&mut Shm, Code> {
        self.node(ticket)?;
        let shm = self.shm.entry(ticket.file).or_default();
        shm.attach(ticket.handle);
        Ok(shm)
    }

    /// The last one out takes the memory away: like the first one in on a real disk, who finds
    /// nobody there and clears it.
    pub fn detach_shm(&mut self, ticket: Ticket) {
        if self.is_dead(ticket) {
            return;
        }
        if self
            .shm
            .get_mut(&ticket.file)
            .is_some_and(|shm| shm.detach(ticket.handle))
        {
            self.shm.remove(&ticket.file);
        }
    }

    /// Takes a name away; `sync` brings that to the platter at once.
    pub fn delete(&mut self, name: &str, sync: bool) -> Result<(), Code> {
        if self.unplugged {
            return Err(ffi::SQLITE_IOERR);
        }
        if !self.names.take_away(name) {
            return Err(ffi::SQLITE_IOERR_DELETE_NOENT);
        }
        if sync {
            self.sync_names();
        }
        self.sweep();
        Ok(())
    }

    /// The length of a named file.
    pub fn len_of(&self, name: &str) -> Option<usize> {
        let file = self.names.find(name)?;
        Some(self.nodes.get(&file)?.file.current().len())
    }

    /// The process dies; the system keeps what it was given.
    pub fn crash(&mut self) {
        self.epoch += 1;
        self.counters.crashes += 1;
        self.plan.disarm();
        self.shm.clear();
        for node in self.nodes.values_mut() {
            node.handles = 0;
            node.locks = Locks::default();
        }
        self.sweep();
    }

    /// The machine dies: also what was not synced may be lost.
    pub fn lose_power(&mut self, random: &mut Random) {
        self.crash();
        self.names.lose_power(random);
        for node in self.nodes.values_mut() {
            node.file.lose_power(random, self.overwrite);
        }
        self.sweep();
    }

    /// The disk is taken away for good.
    pub fn unplug(&mut self) {
        self.crash();
        self.names = Directory::default();
        self.nodes.clear();
        self.unplugged = true;
    }

    /// Files that were there before anybody looked.
    pub fn lay_down(&mut self, files: Vec<(String, Vec<u8>)>) {
        for (name, content) in files {
            let file = FileId(self.fresh());
            self.names.give(&name, file);
            let node = self.nodes.entry(file).or_default();
            node.file.write(0, &content);
            node.file.sync();
        }
        self.names.sync();
    }

    /// Every file as programs see it, files without a name included.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        self.listing(|names, file| names.name_of(file), SimFile::current)
    }

    /// Every file as it is on the platter for certain, deleted ones included while they last.
    pub fn platter(&self) -> Vec<(String, Vec<u8>)> {
        self.listing(|names, file| names.durable_name_of(file), SimFile::durable)
    }

    fn listing(
        &self,
        name: impl Fn(&Directory, FileId) -> Option<&str>,
        face: impl Fn(&SimFile) -> &[u8],
    ) -> Vec<(String, Vec<u8>)> {
        let files = self.nodes.iter().map(|(id, node)| {
            let name = name(&self.names, *id).map(str::to_owned);
            let name = name.unwrap_or_else(|| format!("(file {} without a name)", id.0));
            (name, face(&node.file).to_vec())
        });
        files.collect()
    }

    fn fresh(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn sync_names(&mut self) {
        self.names.sync();
        self.sweep();
    }

    /// Forgets files that no name and no handle leads to, and none can after a power cut.
    fn sweep(&mut self) {
        let Self { nodes, names, .. } = self;
        nodes.retain(|id, node| node.handles > 0 || names.leads_to(*id));
    }

    fn outcome(&mut self, verdict: Verdict, io_error: Code) -> Result<(), Code> {
        match verdict {
            Verdict::Succeed => return Ok(()),
            Verdict::Fail(Fault::IoErrOnce | Fault::IoErrForever | Fault::SyncFails) => {}
            Verdict::Fail(Fault::Full) => return Err(ffi::SQLITE_FULL),
            Verdict::Fail(Fault::Killed) => self.crash(),
            Verdict::Fail(Fault::PowerCut) => {
                let mut random = Random::new(self.random.next());
                self.lose_power(&mut random);
            }
        }
        Err(io_error)
    }
}
