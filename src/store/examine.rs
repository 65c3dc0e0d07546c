//! Looks at the three files without changing anything, whoever else is at them, and whatever state
//! they are in: for `dayroom doctor`.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::error::InFile;
use super::migrate::Schema;
use super::open::{PageCache, connect_at};
use super::{StoreError, StoreFile, StoreKey, StorePlace, blobs, cache, journal};
use crate::domain::UtcMillis;
use crate::domain::health::{FileFault, facts};

/// Enough to read every page once.
const PAGES: PageCache = PageCache(1024);

/// How closely a file is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Whether it opens.
    Open,
    /// Every page of it; takes as long as reading the file.
    EveryPage,
}

/// What was found. Nothing in it is anybody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Examined {
    /// What central said.
    pub cache: facts::File,
    /// Pictures.
    pub blobs: facts::File,
    /// What people did here.
    pub journal: facts::File,
    /// When central last answered, as the cache has it.
    pub last_contact: Option<UtcMillis>,
    /// How long the kiosk may be out of contact.
    pub lease: Option<Duration>,
    /// What waits to be sent; `None` if the journal cannot be read.
    pub outbox: Option<facts::Outbox>,
}

/// Looks at the three files. What is wrong with one of them is said of it, and the others are looked
/// at all the same.
pub fn examine(place: &StorePlace, key: &StoreKey, depth: Depth) -> Examined {
    let look = Look { place, key, depth };
    let (cache, (last_contact, lease)) = look.at(&cache::SCHEMA, |sql| {
        let contact = sql
            .query_row("SELECT last_contact FROM position", [], |row| row.get(0))
            .of(StoreFile::Cache)?;
        let lease: Option<i64> = sql
            .query_row("SELECT lease FROM policy", [], |row| row.get(0))
            .optional()
            .of(StoreFile::Cache)?;
        let lease = lease.and_then(|lease| u64::try_from(lease).ok());
        Ok((contact, lease.map(Duration::from_millis)))
    });
    let (blobs, ()) = look.at(&blobs::SCHEMA, |_| Ok(()));
    let (journal, outbox) = look.at(&journal::SCHEMA, |sql| journal::outbox(sql).map(Some));
    Examined {
        cache,
        blobs,
        journal,
        last_contact,
        lease,
        outbox,
    }
}

/// The versions of SQLite and SQLCipher; the latter is `None` if it is not there.
pub fn versions() -> (String, Option<String>) {
    let cipher = Connection::open_in_memory()
        .and_then(|sql| sql.pragma_query_value(None, "cipher_version", |row| row.get(0)))
        .ok();
    (rusqlite::version().to_owned(), cipher)
}

/// The newest schemas known here: of cache, blobs and journal.
pub fn schemas() -> [u32; 3] {
    [&cache::SCHEMA, &blobs::SCHEMA, &journal::SCHEMA]
        .map(|schema| u32::try_from(schema.steps.len()).unwrap_or(u32::MAX))
}

struct Look<'a> {
    place: &'a StorePlace,
    key: &'a StoreKey,
    depth: Depth,
}

impl Look<'_> {
    /// Looks at a file, and reads something from it if it opens.
    fn at<T: Default>(
        &self,
        schema: &Schema,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> (facts::File, T) {
        let mut found = facts::File {
            schema: None,
            known: u32::try_from(schema.steps.len()).unwrap_or(u32::MAX),
            fault: None,
            checked: false,
        };
        let mut value = T::default();
        if let Err(fault) = self.try_at(schema, &mut found, &mut value, read) {
            found.fault = Some(fault);
        }
        (found, value)
    }

    fn try_at<T>(
        &self,
        schema: &Schema,
        found: &mut facts::File,
        value: &mut T,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<(), FileFault> {
        let path = self.place.path(schema.file);
        // Before SQLite is asked, which says the same of a missing file and of a forbidden one.
        let length = File::open(&path)
            .and_then(|file| file.metadata())
            .map_err(|error| {
                let is = |kind| error.kind() == kind;
                if is(io::ErrorKind::NotFound) {
                    FileFault::Missing
                } else if is(io::ErrorKind::PermissionDenied) {
                    FileFault::NotReadable
                } else {
                    FileFault::Failed
                }
            })?
            .len();
        if length == 0 {
            // Made a moment ago, and nothing in it yet.
            return Err(FileFault::Missing);
        }
        let sql = self.connect(&path, schema.file)?;
        let version = schema.version(&sql).map_err(|error| fault(&error))?;
        found.schema = Some(u32::try_from(version).unwrap_or(u32::MAX));
        if self.depth == Depth::EveryPage {
            let word: String = sql
                .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
                .of(schema.file)
                .map_err(|error| fault(&error))?;
            if word != "ok" {
                return Err(FileFault::Damaged);
            }
            found.checked = true;
        }
        match version.cmp(&schema.steps.len()) {
            std::cmp::Ordering::Less => return Err(FileFault::Older),
            std::cmp::Ordering::Equal => {}
            std::cmp::Ordering::Greater => return Err(FileFault::Newer),
        }
        *value = read(&sql).map_err(|error| fault(&error))?;
        Ok(())
    }

    /// Opens it so that nothing is left beside it.
    ///
    /// SQLite makes the two files beside a WAL database when it opens one, even for reading; made by
    /// a technician's account, the kiosk's own processes could not write them. So a file nobody has
    /// open is read as one that does not change, and one with a log in use together with that.
    fn connect(&self, path: &Path, file: StoreFile) -> Result<Connection, FileFault> {
        let beside = |ending: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(ending);
            fs::metadata(PathBuf::from(name)).ok()
        };
        let log = beside("-wal").map_or(0, |log| log.len());
        let index = beside("-shm").is_some();
        let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let opened = if self.place.vfs.is_none() && !index {
            if log > 0 {
                return Err(FileFault::NotClosed);
            }
            let flags = read_only | OpenFlags::SQLITE_OPEN_URI;
            let uri = unchanging(path).ok_or(FileFault::Failed)?;
            connect_at(Path::new(&uri), self.place, self.key, file, flags, PAGES)
        } else {
            connect_at(path, self.place, self.key, file, read_only, PAGES)
        };
        let sql = opened.map_err(|error| fault(&error))?;
        sql.pragma_update(None, "query_only", true)
            .and_then(|()| sql.pragma_update(None, "wal_autocheckpoint", 0))
            .and_then(|()| {
                let config = rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
                sql.set_db_config(config, true).map(|_| ())
            })
            .map_err(|_| FileFault::Failed)?;
        Ok(sql)
    }
}

/// A path as a URI that says the file does not change.
fn unchanging(path: &Path) -> Option<String> {
    let mut uri = String::from("file:");
    for c in fs::canonicalize(path).ok()?.to_str()?.chars() {
        match c {
            '%' => uri.push_str("%25"),
            '?' => uri.push_str("%3f"),
            '#' => uri.push_str("%23"),
            c => uri.push(c),
        }
    }
    uri.push_str("?immutable=1");
    Some(uri)
}

/// What an error says of the file it is about.
pub fn fault(error: &StoreError) -> FileFault {
    match error {
        StoreError::NotYet(_) => FileFault::Missing,
        StoreError::Busy(_) | StoreError::WriterExists(_) => FileFault::Busy,
        StoreError::Unreadable(_) => FileFault::WrongKey,
        StoreError::Damaged(..) | StoreError::BadRow(_) => FileFault::Damaged,
        StoreError::Newer { .. } => FileFault::Newer,
        StoreError::Replaced(_)
        | StoreError::Full(_)
        | StoreError::PageOutOfPlace
        | StoreError::BlobOutOfPlace { .. }
        | StoreError::BlobTooLong
        | StoreError::BlobSpoiled
        | StoreError::IntentExists
        | StoreError::OldSqlite(_)
        | StoreError::Setting { .. }
        | StoreError::Folder(_)
        | StoreError::Randomness
        | StoreError::Sqlite(..) => FileFault::Failed,
    }
}

#[cfg(test)]
#[path = "examine_tests.rs"]
mod tests;
