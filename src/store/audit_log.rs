//! The audit of a process that has no database: lines of JSON in a file of its own, each on disk
//! before the call returns.
//!
//! Not in the cache: that may be lost and fetched anew, and an audit may not be lost unseen. Not
//! encrypted: nobody is named in it, and a technician may read it. The first line says which chain it
//! is and after what it begins; the others are its entries. What does not hold is set aside, never
//! written over, and a new chain begins, which central sees.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

use super::AuditPart;
use super::open::sync_folder;
use crate::domain::Now;
use crate::domain::audit::{ChainId, Entry, Event, Point, Process, Verifier, Word, kinds};

/// Bytes of a file that is read; one that is larger was not written here.
const FILE_BYTES: u64 = 64 * 1024 * 1024;

/// Why an audit cannot be written, or read.
#[derive(Debug, thiserror::Error)]
pub enum AuditLogError {
    /// The disk or the folder: free some space, or mend its rights.
    #[error("audit {path} cannot be used")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another process writes it.
    #[error("audit {0} already has a writer")]
    WriterExists(PathBuf),
    /// It does not hold: keep it for whoever looks into it.
    #[error("audit {0} is not what was written")]
    Broken(PathBuf),
    /// The machine's source of randomness.
    #[error("no randomness for the name of an audit")]
    Randomness,
}

/// The first line.
#[derive(Serialize, Deserialize)]
struct Head {
    chain: ChainId,
    before: Point,
}

/// What stands in a file.
struct Contents {
    part: AuditPart,
    at: Point,
    /// Bytes that are whole lines.
    whole: u64,
    /// Bytes behind them.
    torn: u64,
}

/// The one writer of an audit in a file.
#[derive(Debug)]
pub struct AuditLog {
    path: PathBuf,
    file: File,
    chain: ChainId,
    at: Point,
}

impl AuditLog {
    /// Where a process keeps its audit in a kiosk's state folder. The screen's is in its journal.
    pub fn path(state: &Path, process: Process) -> PathBuf {
        match process {
            Process::Machine => state.join("machine/audit.log"),
            Process::Sync | Process::Screen | Process::Central => {
                state.join("store").join(format!("audit-{process}.log"))
            }
        }
    }

    /// Opens the audit of a process, and makes it if there is none. What a power cut left of a last
    /// line is dropped, and it is noted.
    ///
    /// # Errors
    /// See [`AuditLogError`].
    pub fn open(path: &Path, process: Process, now: Now) -> Result<Self, AuditLogError> {
        let because = match read(path) {
            Ok(Some(contents)) if contents.part.chain.process == process => {
                return Self::go_on(path, &contents, now);
            }
            Ok(None) => "new",
            Ok(Some(_)) | Err(AuditLogError::Broken(_)) => {
                set_aside(path).map_err(|source| in_file(path, source))?;
                "broken"
            }
            Err(error) => return Err(error),
        };
        let chain = ChainId {
            process,
            life: random_life()?,
        };
        let file = make(path, chain, Point::start(chain), &[])?;
        let mut log = Self {
            path: path.to_owned(),
            file,
            chain,
            at: Point::start(chain),
        };
        log.note(kinds::audit_began(Word::new(because), 0), now)?;
        Ok(log)
    }

    fn go_on(path: &Path, contents: &Contents, now: Now) -> Result<Self, AuditLogError> {
        let file = OpenOptions::new()
            .append(true)
            .open(path)
            .map_err(|source| in_file(path, source))?;
        lock(path, &file)?;
        let mut log = Self {
            path: path.to_owned(),
            file,
            chain: contents.part.chain,
            at: contents.at,
        };
        if contents.torn > 0 {
            log.cut(contents.whole)?;
            log.note(kinds::audit_torn(contents.torn), now)?;
        }
        Ok(log)
    }

    /// Which chain it is.
    pub fn chain(&self) -> ChainId {
        self.chain
    }

    /// How far it goes.
    pub fn at(&self) -> Point {
        self.at
    }

    /// Notes something; it is on disk when the call returns.
    ///
    /// # Errors
    /// What the disk says. Nothing is noted then, and the next try begins where this one did.
    pub fn note(&mut self, event: Event, now: Now) -> Result<(), AuditLogError> {
        let entry = Entry::seal(self.chain, self.at, now.audit_moment(), event);
        let whole = self
            .file
            .metadata()
            .map_err(|source| in_file(&self.path, source))?
            .len();
        let written = line(&entry).and_then(|line| {
            self.file.write_all(&line)?;
            self.file.sync_data()
        });
        if let Err(source) = written {
            // Half a line would spoil the next; where cutting fails too, opening it anew cuts.
            let _tried = self.cut(whole);
            return Err(in_file(&self.path, source));
        }
        self.at = entry.point();
        Ok(())
    }

    /// Drops entries up to this number, which central has had for long enough. The chain holds on
    /// from there.
    ///
    /// # Errors
    /// What the disk says; the file is as it was then.
    pub fn drop_through(&mut self, through: u64, now: Now) -> Result<(), AuditLogError> {
        let contents = read(&self.path)?.ok_or_else(|| AuditLogError::Broken(self.path.clone()))?;
        let through = through.min(self.at.number.saturating_sub(1));
        let (gone, kept): (Vec<Entry>, Vec<Entry>) = contents
            .part
            .entries
            .into_iter()
            .partition(|entry| entry.number <= through);
        let Some(last) = gone.last() else {
            return Ok(());
        };
        self.file = make(&self.path, self.chain, last.point(), &kept)?;
        self.note(kinds::audit_pruned(through), now)
    }

    fn cut(&self, to: u64) -> Result<(), AuditLogError> {
        self.file
            .set_len(to)
            .and_then(|()| self.file.sync_all())
            .map_err(|source| in_file(&self.path, source))
    }
}

/// Reads an audit after the `after`-th entry, beside its writer; at most `limit`. `None` if there is
/// no file.
///
/// # Errors
/// [`AuditLogError::Broken`] if it does not hold; what the disk says.
pub fn read_audit_log(
    path: &Path,
    after: u64,
    limit: usize,
) -> Result<Option<AuditPart>, AuditLogError> {
    let Some(contents) = read(path)? else {
        return Ok(None);
    };
    let mut part = contents.part;
    part.entries.retain(|entry| entry.number > after);
    part.entries.truncate(limit);
    Ok(Some(part))
}

/// Reads and verifies a file. A last line without an end is no damage: its writer is at it, or was
/// cut off.
fn read(path: &Path) -> Result<Option<Contents>, AuditLogError> {
    let bytes = match fs::metadata(path) {
        Ok(data) if data.len() > FILE_BYTES => return Err(AuditLogError::Broken(path.to_owned())),
        Ok(_) => fs::read(path).map_err(|source| in_file(path, source))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(in_file(path, source)),
    };
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let (lines, torn) = bytes.split_at(whole);
    let broken = || AuditLogError::Broken(path.to_owned());
    let mut lines = lines.split_inclusive(|byte| *byte == b'\n');
    let head: Head = lines
        .next()
        .and_then(|line| serde_json::from_slice(line).ok())
        .ok_or_else(broken)?;
    let mut verifier = Verifier::after(head.chain, head.before);
    let mut entries = Vec::new();
    for line in lines {
        let entry: Entry = serde_json::from_slice(line).map_err(|_| broken())?;
        verifier.take(&entry).map_err(|_| broken())?;
        entries.push(entry);
    }
    Ok(Some(Contents {
        part: AuditPart {
            chain: head.chain,
            before: head.before,
            entries,
        },
        at: verifier.at(),
        whole: whole as u64,
        torn: torn.len() as u64,
    }))
}

/// Puts a whole new file in place, durably, with its lock held before it can be seen.
fn make(
    path: &Path,
    chain: ChainId,
    before: Point,
    entries: &[Entry],
) -> Result<File, AuditLogError> {
    let fresh = path.with_extension("new");
    let made = (|| {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut text = line(&Head { chain, before })?;
        for entry in entries {
            text.extend(line(entry)?);
        }
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o660)
            .open(&fresh)?;
        // What a cut left there is nobody's.
        file.set_len(0)?;
        file.write_all(&text)?;
        file.sync_all()?;
        Ok::<_, io::Error>(file)
    })();
    let file = made.map_err(|source| in_file(&fresh, source))?;
    lock(path, &file)?;
    fs::rename(&fresh, path)
        .and_then(|()| path.parent().map_or(Ok(()), sync_folder))
        .map_err(|source| in_file(path, source))?;
    Ok(file)
}

fn line(of: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(of)?;
    line.push(b'\n');
    Ok(line)
}

fn lock(path: &Path, file: &File) -> Result<(), AuditLogError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(AuditLogError::WriterExists(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(in_file(path, source)),
    }
}

/// Renames a file that does not hold to the first free `.broken-N`.
fn set_aside(path: &Path) -> io::Result<()> {
    let named = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".broken-{number}"));
        PathBuf::from(name)
    };
    let free = (1..).map(named).find(|path| !path.exists());
    match free {
        Some(free) => fs::rename(path, free),
        None => Err(io::ErrorKind::AlreadyExists.into()),
    }
}

fn random_life() -> Result<uuid::Uuid, AuditLogError> {
    let mut life = [0; 16];
    SystemRandom::new()
        .fill(&mut life)
        .map_err(|_| AuditLogError::Randomness)?;
    Ok(uuid::Builder::from_random_bytes(life).into_uuid())
}

fn in_file(path: &Path, source: io::Error) -> AuditLogError {
    AuditLogError::File {
        path: path.to_owned(),
        source,
    }
}
