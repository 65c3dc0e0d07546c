//! The files behind the audits of a kiosk: sync's own to write, the others' to read.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dayroom_protocol::{AuditUnwritable, limits};

use super::super::SyncClock;
use crate::domain::audit::{ChainId, Event, Point, Process, Word, kinds};
use crate::domain::{BootMillis, Now, UtcMillis};
use crate::store::{
    AuditLog, AuditPart, AuditTaken, JournalReader, StoreError, StoreKey, StorePlace,
    read_audit_log,
};

/// Events that wait for a disk that does not take them; the oldest are kept, they say how it began.
const HELD: usize = 1_000;
/// How often what central has had for long enough is dropped.
const DROP_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// What is known of the audits here and at central.
pub(in super::super) struct Books {
    clock: SyncClock,
    place: StorePlace,
    key: StoreKey,
    own_path: PathBuf,
    machine_path: PathBuf,
    taken_path: PathBuf,
    own: Option<AuditLog>,
    held: VecDeque<Event>,
    unwritable: BTreeMap<Process, UtcMillis>,
    screen: Option<JournalReader>,
    /// How far central said, in this run, it has which chain.
    central: BTreeMap<ChainId, Point>,
    /// Chains central does not go on with.
    refused: BTreeSet<ChainId>,
    /// Processes whose audit cannot be read.
    unreadable: BTreeSet<Process>,
    /// Bytes of a file all of which central has.
    sent: BTreeMap<Process, u64>,
    taken: AuditTaken,
    drop_at: Option<BootMillis>,
}

impl Books {
    /// Those of a kiosk's state folder.
    pub(in super::super) fn new(
        state: &Path,
        place: StorePlace,
        key: StoreKey,
        clock: SyncClock,
    ) -> Self {
        let taken_path = AuditTaken::beside(&place);
        Self {
            clock,
            place,
            key,
            own_path: AuditLog::path(state, Process::Sync),
            machine_path: AuditLog::path(state, Process::Machine),
            taken: AuditTaken::read(&taken_path),
            taken_path,
            own: None,
            held: VecDeque::new(),
            unwritable: BTreeMap::new(),
            screen: None,
            central: BTreeMap::new(),
            refused: BTreeSet::new(),
            unreadable: BTreeSet::new(),
            sent: BTreeMap::new(),
            drop_at: None,
        }
    }

    pub(super) fn now(&self) -> Now {
        (self.clock.now)()
    }

    /// Notes something in sync's own audit.
    pub(super) fn note(&mut self, event: Event) {
        if self.held.len() < HELD {
            self.held.push_back(event);
        }
        self.write_held();
    }

    /// Writes what waits; where that cannot be, central is to hear of it (AU-5).
    fn write_held(&mut self) {
        let now = self.now();
        let written = (|| {
            if self.own.is_none() {
                self.own = Some(AuditLog::open(&self.own_path, Process::Sync, now)?);
            }
            let Some(own) = &mut self.own else {
                return Ok(());
            };
            while let Some(event) = self.held.front() {
                own.note(event.clone(), now)?;
                self.held.pop_front();
            }
            Ok::<_, crate::store::AuditLogError>(())
        })();
        match written {
            Ok(()) => {
                self.unwritable.remove(&Process::Sync);
            }
            Err(error) => {
                tracing::error!(event = "audit.unwritable", %error);
                self.own = None;
                self.unwritable.entry(Process::Sync).or_insert(now.utc);
            }
        }
    }

    pub(super) fn unwritable(&mut self, process: Process, since: UtcMillis) {
        tracing::error!(event = "audit.unwritable", %process);
        self.unwritable.entry(process).or_insert(since);
    }

    /// What central is to hear of.
    pub(super) fn all_unwritable(&self) -> Vec<AuditUnwritable> {
        let all = self.unwritable.iter();
        all.map(|(process, since)| AuditUnwritable {
            process: *process,
            since: dayroom_protocol::UtcMillis(since.0),
        })
        .collect()
    }

    /// Central has heard of these. Another's is said once; sync's own until it can be written.
    pub(super) fn told(&mut self, told: &[AuditUnwritable]) {
        for one in told.iter().filter(|one| one.process != Process::Sync) {
            self.unwritable.remove(&one.process);
        }
    }

    /// What has to be seen to now and then: a disk that takes events again, and what may be dropped.
    pub(super) fn keep_up(&mut self) {
        self.write_held();
        let now = self.now();
        if self.drop_at.is_some_and(|at| now.boot.at < at) {
            return;
        }
        self.drop_at = Some(now.boot.at.plus(DROP_EVERY));
        let Some(own) = &mut self.own else {
            return;
        };
        let through = self.taken.long_since(own.chain(), now.utc);
        if through > 0
            && let Err(error) = own.drop_through(through, now)
        {
            tracing::warn!(event = "audit.not_dropped", %error);
        }
    }

    /// Whether central has said how far it has a chain.
    pub(super) fn knows(&self, chain: ChainId) -> bool {
        self.central.contains_key(&chain)
    }

    /// What of a process central should be sent next. A part without entries asks how far central has
    /// the chain, or only brings what cannot be written.
    pub(super) fn next(&mut self, process: Process) -> Option<AuditPart> {
        let part = match self.part(process) {
            Ok(part) => part,
            Err(error) => {
                // What cannot be read is as bad as what cannot be written. Said once.
                if self.unreadable.insert(process) {
                    tracing::error!(event = "audit.unreadable", %process, error);
                    let now = self.now();
                    self.unwritable.entry(process).or_insert(now.utc);
                }
                None
            }
        };
        let trouble = process == Process::Sync && !self.unwritable.is_empty();
        let part = part.filter(|part| !self.refused.contains(&part.chain));
        match part {
            Some(part) if !self.knows(part.chain) || !part.entries.is_empty() => Some(part),
            Some(part) if trouble => Some(part),
            None if trouble => Some(nowhere()),
            Some(_) | None => None,
        }
    }

    /// What is there of a process's audit.
    fn part(&mut self, process: Process) -> Result<Option<AuditPart>, String> {
        let (path, length) = match process {
            Process::Screen => return self.screen_part(),
            Process::Sync => (&self.own_path, length(&self.own_path)),
            Process::Machine => (&self.machine_path, length(&self.machine_path)),
            Process::Central => return Ok(None),
        };
        if length.is_none() || self.sent.get(&process) == length.as_ref() {
            return Ok(None);
        }
        let read =
            |after, limit| read_audit_log(path, after, limit).map_err(|error| error.to_string());
        let Some(all) = read(0, 0)? else {
            return Ok(None);
        };
        let part = match self.central.get(&all.chain) {
            None => all,
            Some(at) => match read(at.number, limits::AUDIT_ENTRIES)? {
                None => return Ok(None),
                Some(part) => part,
            },
        };
        let known = self.central.contains_key(&part.chain);
        if known
            && part.entries.is_empty()
            && let Some(length) = length
        {
            self.sent.insert(process, length);
        }
        Ok(Some(part))
    }

    fn screen_part(&mut self) -> Result<Option<AuditPart>, String> {
        if self.screen.is_none() {
            self.screen = match JournalReader::open_durable(&self.place, &self.key) {
                Ok(reader) => Some(reader),
                Err(StoreError::NotYet(_)) => return Ok(None),
                Err(error) => return Err(error.to_string()),
            };
        }
        let Some(reader) = &self.screen else {
            return Ok(None);
        };
        let read = (|| {
            let all = reader.audited(u64::MAX, 0)?;
            match self.central.get(&all.chain) {
                None => Ok(all),
                Some(at) => reader.audited(at.number, limits::AUDIT_ENTRIES),
            }
        })();
        match read {
            Ok(part) => Ok(Some(part)),
            Err(error) => {
                self.screen = None;
                Err(error.to_string())
            }
        }
    }

    /// Central has a chain up to there.
    pub(super) fn taken(&mut self, chain: ChainId, at: Point) {
        let now = self.now();
        let process = chain.process;
        let had = self.taken.last(chain);
        if !self.central.contains_key(&chain) && had > at.number {
            let word = Word::new(process.name());
            self.note(kinds::audit_central_behind(word, had, at.number));
        }
        self.central.insert(chain, at);
        if chain.life.is_nil() {
            return;
        }
        if let Err(error) = self.taken.note(&self.taken_path, chain, at.number, now.utc) {
            tracing::warn!(event = "audit.taken_not_kept", %error);
        }
    }

    /// Central does not go on with a chain. It is offered again by the next start of this process.
    pub(super) fn refused(&mut self, chain: ChainId, event: Event) {
        if self.refused.insert(chain) {
            self.note(event);
        }
    }
}

/// The part of an audit that could not even be begun.
fn nowhere() -> AuditPart {
    let chain = ChainId {
        process: Process::Sync,
        life: uuid::Uuid::nil(),
    };
    AuditPart {
        chain,
        before: Point::start(chain),
        entries: Vec::new(),
    }
}

fn length(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().map(|data| data.len())
}
