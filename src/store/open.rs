use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::error::InFile;
use super::files::shared_folder;
use super::migrate::Schema;
use super::{StoreError, StoreFile, StoreKey, StorePlace, lookaside, sqlcipher_start};

/// From this version on, two connections that checkpoint at once cannot corrupt a WAL file.
const OLDEST_SQLITE: i32 = 3_051_003;
/// How long a statement waits for another connection.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Statements kept prepared by a connection.
const STATEMENTS: usize = 64;

/// A writer's connection, and the lock that keeps it the only one.
pub(super) struct Writer {
    pub(super) sql: Connection,
    file: StoreFile,
    _lock: Option<File>,
}

impl Writer {
    /// Makes the file if need be, brings it to the newest schema and asserts every setting.
    pub(super) fn open(
        place: &StorePlace,
        key: &StoreKey,
        schema: &Schema,
        cache: PageCache,
    ) -> Result<Self, StoreError> {
        let file = schema.file;
        let lock = match place.vfs {
            None => Some(prepare_folder(place, file)?),
            Some(_) => None,
        };
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut sql = connect(place, key, file, flags, cache)?;
        sql.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))
            .of(file)?;
        // A failed switch says "wal" all the same; only the log's length tells.
        let frames: i64 = sql
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1))
            .of(file)?;
        if frames < 0 {
            return Err(setting(file, "journal_mode", "not wal".to_owned()));
        }
        sql.pragma_update(None, "synchronous", place.synchronous.level())
            .of(file)?;
        schema.migrate(&mut sql)?;
        assert_settings(&sql, file, 0)?;
        expect_setting(&sql, file, "synchronous", place.synchronous.level())?;
        assert_strict(&sql, file)?;
        settle(&mut sql, file)?;
        let sql = Self {
            sql,
            file,
            _lock: lock,
        };
        Ok(sql)
    }

    /// Writes the WAL into the file and leaves it empty, so that no deleted page stays in it.
    pub(super) fn truncate_wal(&self) -> Result<(), StoreError> {
        let busy: bool = self
            .sql
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .of(self.file)?;
        if busy {
            return Err(StoreError::Busy(self.file));
        }
        Ok(())
    }

    /// Reads every page and checks it; slow.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        let word: String = self
            .sql
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
            .of(self.file)?;
        if word == "ok" {
            return Ok(());
        }
        Err(StoreError::Setting {
            file: self.file,
            setting: "quick_check",
            found: word,
        })
    }
}

/// How much of a file a connection keeps in memory, in KiB.
#[derive(Clone, Copy)]
pub(super) struct PageCache(pub(super) i64);

/// Commits what changes nothing, and so waits for the disk.
///
/// A process that is killed between writing a commit to the log and syncing it leaves one that the
/// next opening finds whole, and that a power cut may still take away. Nobody may be told of it
/// before it is on the disk.
fn settle(sql: &mut Connection, file: StoreFile) -> Result<(), StoreError> {
    let change = sql
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .of(file)?;
    let version: i64 = change
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .of(file)?;
    change
        .pragma_update(None, "user_version", version)
        .of(file)?;
    change.commit().of(file)
}

/// Opens a file for reading only.
pub(super) fn open_reader(
    place: &StorePlace,
    key: &StoreKey,
    schema: &Schema,
    cache: PageCache,
) -> Result<Connection, StoreError> {
    let file = schema.file;
    let sql = connect(place, key, file, OpenFlags::SQLITE_OPEN_READ_ONLY, cache)?;
    sql.pragma_update(None, "query_only", true).of(file)?;
    sql.pragma_update(None, "wal_autocheckpoint", 0).of(file)?;
    sql.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
        .of(file)?;
    schema.expect(&sql)?;
    assert_settings(&sql, file, 1)?;
    Ok(sql)
}

fn connect(
    place: &StorePlace,
    key: &StoreKey,
    file: StoreFile,
    flags: OpenFlags,
    cache: PageCache,
) -> Result<Connection, StoreError> {
    connect_at(&place.path(file), place, key, file, flags, cache)
}

/// Opens the file at `path`, which with `SQLITE_OPEN_URI` may say more than where it is.
pub(super) fn connect_at(
    path: &Path,
    place: &StorePlace,
    key: &StoreKey,
    file: StoreFile,
    flags: OpenFlags,
    cache: PageCache,
) -> Result<Connection, StoreError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(StoreError::OldSqlite(rusqlite::version().to_owned()));
    }
    sqlcipher_start::make_ready();
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let sql = match &place.vfs {
        None => Connection::open_with_flags(path, flags),
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs.as_str()),
    }
    .of(file)?;
    if place.memory_security {
        lookaside::do_without(&sql).of(file)?;
    }
    sql.busy_timeout(BUSY_TIMEOUT).of(file)?;
    sql.set_prepared_statement_cache_capacity(STATEMENTS);
    if place.memory_security {
        run(&sql, "PRAGMA cipher_memory_security = ON").of(file)?;
    }
    // A wrong key or a damaged page would fill the log with hundreds of lines; errors say it.
    run(&sql, "PRAGMA cipher_log_level = NONE").of(file)?;
    // The error is dropped on purpose: it would quote the statement, and so the key.
    run(&sql, &key.pragma(file)).map_err(|_| StoreError::Unreadable(file))?;
    // The first read tells whether the key fits.
    sql.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
        .of(file)?;
    for (name, value) in SETTINGS {
        run(&sql, &format!("PRAGMA {name} = {value}")).of(file)?;
    }
    run(&sql, &format!("PRAGMA cache_size = -{}", cache.0)).of(file)?;
    sql.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)
        .of(file)?;
    sql.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)
        .of(file)?;
    sql.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)
        .of(file)?;
    Ok(sql)
}

/// What holds for every connection; `temp_store` 2 is memory.
const SETTINGS: [(&str, i64); 6] = [
    ("temp_store", 2),
    ("secure_delete", 1),
    ("cell_size_check", 1),
    ("mmap_size", 0),
    ("trusted_schema", 0),
    ("foreign_keys", 1),
];

fn assert_settings(sql: &Connection, file: StoreFile, query_only: i64) -> Result<(), StoreError> {
    for (name, value) in SETTINGS {
        expect_setting(sql, file, name, value)?;
    }
    expect_setting(sql, file, "query_only", query_only)?;
    let journal: String = sql
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .of(file)?;
    if journal != "wal" {
        return Err(setting(file, "journal_mode", journal));
    }
    let cipher: Result<String, _> =
        sql.pragma_query_value(None, "cipher_version", |row| row.get(0));
    if cipher.is_err() {
        return Err(setting(file, "cipher_version", "none".to_owned()));
    }
    if !sql
        .db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE)
        .of(file)?
    {
        return Err(setting(file, "defensive", "off".to_owned()));
    }
    Ok(())
}

fn expect_setting(
    sql: &Connection,
    file: StoreFile,
    name: &'static str,
    value: i64,
) -> Result<(), StoreError> {
    let found: Option<i64> = match sql.pragma_query_value(None, name, |row| row.get(0)) {
        Ok(found) => Some(found),
        // `mmap_size` says nothing where memory mapping is compiled out.
        Err(rusqlite::Error::QueryReturnedNoRows) => None,
        Err(error) => return Err(error).of(file),
    };
    match found {
        None if name == "mmap_size" => Ok(()),
        Some(found) if found == value => Ok(()),
        found => Err(setting(file, name, format!("{found:?}"))),
    }
}

fn assert_strict(sql: &Connection, file: StoreFile) -> Result<(), StoreError> {
    let loose: i64 = sql
        .query_row(
            "SELECT count(*)
             FROM pragma_table_list
             WHERE schema = 'main' AND type = 'table' AND strict = 0
               AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
            [],
            |row| row.get(0),
        )
        .of(file)?;
    if loose == 0 {
        return Ok(());
    }
    Err(setting(file, "strict", format!("{loose} tables without")))
}

fn setting(file: StoreFile, setting: &'static str, found: String) -> StoreError {
    StoreError::Setting {
        file,
        setting,
        found,
    }
}

/// Runs a statement and passes over what it answers.
pub(super) fn run(sql: &Connection, statement: &str) -> rusqlite::Result<()> {
    let mut prepared = sql.prepare(statement)?;
    let mut rows = prepared.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// Makes folder and file with the modes both processes need (the umask decides), durable in the
/// directory, and takes the writer's lock.
fn prepare_folder(place: &StorePlace, file: StoreFile) -> Result<File, StoreError> {
    shared_folder(&place.folder, 0o770).map_err(StoreError::Folder)?;
    let lock = shared_file(&place.folder.join(file.lock_name())).map_err(StoreError::Folder)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(StoreError::WriterExists(file)),
        Err(TryLockError::Error(error)) => return Err(StoreError::Folder(error)),
    }
    let path = place.path(file);
    if !path.exists() {
        shared_file(&path)
            .and_then(|made| made.sync_all())
            .and_then(|()| sync_folder(&place.folder))
            .map_err(StoreError::Folder)?;
    }
    Ok(lock)
}

fn shared_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o660)
        .open(path)
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
#[path = "open_tests.rs"]
mod tests;
