use std::path::PathBuf;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::StoreError;

/// Where central keeps its database.
#[derive(Clone, Debug)]
pub enum CentralPlace {
    /// A file; central is its only user.
    File(PathBuf),
    /// Nowhere: gone with the process.
    Memory,
    /// A file behind an SQLite VFS registered under a name, through one connection only.
    Vfs {
        /// The path as the VFS understands it.
        path: PathBuf,
        /// The VFS.
        name: String,
    },
}

/// Frozen once released: each takes the schema from its place in the list to the next.
const MIGRATIONS: [&str; 4] = [
    include_str!("migrations/0001_start.sql"),
    include_str!("migrations/0002_mail_and_money.sql"),
    include_str!("migrations/0003_residents_own.sql"),
    include_str!("migrations/0004_fleet.sql"),
];

/// Readers beside the writer of a file.
const READERS: usize = 2;

/// How long a connection waits for another; readers and the writer share a WAL and never block
/// each other, so this covers the moments of opening and checkpointing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) fn open(place: &CentralPlace) -> Result<(Connection, Vec<Connection>), StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    match place {
        CentralPlace::Memory => {
            let mut writer = Connection::open_in_memory()?;
            settle(&writer)?;
            migrate(&mut writer)?;
            Ok((writer, Vec::new()))
        }
        CentralPlace::Vfs { path, name } => {
            let mut writer = Connection::open_with_flags_and_vfs(path, flags, name.as_str())?;
            // Alone, the WAL needs no shared memory of the VFS.
            writer.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
            settle(&writer)?;
            keep_what_is_committed(&writer)?;
            migrate(&mut writer)?;
            Ok((writer, Vec::new()))
        }
        CentralPlace::File(path) => {
            let mut writer = Connection::open_with_flags(path, flags)?;
            settle(&writer)?;
            keep_what_is_committed(&writer)?;
            migrate(&mut writer)?;
            let readers = (0..READERS)
                .map(|_| {
                    let reader = Connection::open_with_flags(path, flags)?;
                    settle(&reader)?;
                    reader.pragma_update(None, "query_only", true)?;
                    Ok(reader)
                })
                .collect::<Result<_, StoreError>>()?;
            Ok((writer, readers))
        }
    }
}

fn settle(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -16 * 1024)?;
    for (name, wanted) in [("foreign_keys", 1), ("trusted_schema", 0)] {
        if connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0))? != wanted {
            return Err(StoreError::Setting(name));
        }
    }
    Ok(())
}

/// WAL with `synchronous=FULL`: what was answered survives a power cut.
fn keep_what_is_committed(writer: &Connection) -> Result<(), StoreError> {
    let mode: String = writer.pragma_update_and_check(None, "journal_mode", "WAL", |r| r.get(0))?;
    writer.pragma_update(None, "synchronous", "FULL")?;
    let synchronous: i64 = writer.pragma_query_value(None, "synchronous", |row| row.get(0))?;
    if mode != "wal" {
        return Err(StoreError::Setting("journal_mode"));
    }
    if synchronous != 2 {
        return Err(StoreError::Setting("synchronous"));
    }
    Ok(())
}

fn migrate(writer: &mut Connection) -> Result<(), StoreError> {
    let found: u32 = writer.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for (number, sql) in (1_u32..).zip(MIGRATIONS) {
        if number > found {
            let step = writer.transaction()?;
            step.execute_batch(sql)?;
            step.pragma_update(None, "user_version", number)?;
            step.commit()?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every table and index, its SQL without comments and with single spaces.
    fn shape(connection: &Connection) -> Vec<String> {
        let mut found: Vec<String> = connection
            .prepare(
                "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'",
            )
            .unwrap()
            .query_map([], |row| row.get::<_, String>(0))
            .unwrap()
            .map(|sql| {
                let bare: Vec<String> = sql
                    .unwrap()
                    .lines()
                    .map(|line| line.split("--").next().unwrap().trim().to_owned())
                    .filter(|line| !line.is_empty())
                    .collect();
                bare.join(" ")
            })
            .collect();
        found.sort();
        found
    }

    #[test]
    fn the_commented_schema_is_what_the_migrations_make() {
        let mut migrated = Connection::open_in_memory().unwrap();
        migrate(&mut migrated).unwrap();
        let commented = Connection::open_in_memory().unwrap();
        commented.execute_batch(include_str!("schema.sql")).unwrap();
        assert_eq!(shape(&migrated), shape(&commented));
        assert!(
            shape(&migrated)
                .iter()
                .all(|sql| !sql.starts_with("CREATE TABLE") || sql.contains("STRICT"))
        );
    }

    #[test]
    fn what_was_on_hold_before_there_was_a_list_is_on_it() {
        let mut old = Connection::open_in_memory().unwrap();
        old.execute_batch(MIGRATIONS[0]).unwrap();
        old.pragma_update(None, "user_version", 1).unwrap();
        old.execute_batch(
            r#"INSERT INTO facility (id, name, time_zone) VALUES (x'01', 'Cedar', 'UTC');
               INSERT INTO resident (id, facility, number, arrived, body)
               VALUES (x'02', x'01', '1', 1, '{}');
               INSERT INTO record (version, kind, id, scope, body) VALUES
               (1, 4, x'0a', x'02', '{"state":{"is":"on_hold","since":55}}'),
               (2, 4, x'0b', x'02', '{"state":{"is":"delivered"}}'),
               (3, 3, x'0c', x'02', '{"state":{"is":"asked"}}');"#,
        )
        .unwrap();
        migrate(&mut old).unwrap();
        let listed: Vec<(Vec<u8>, i64)> = old
            .prepare("SELECT message, since FROM waiting")
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(listed, [(vec![0x0a], 55)]);
    }

    #[test]
    fn a_file_of_a_newer_program_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("central.db");
        drop(open(&CentralPlace::File(path.clone())).unwrap());
        Connection::open(&path)
            .unwrap()
            .pragma_update(None, "user_version", 99)
            .unwrap();
        assert!(matches!(
            open(&CentralPlace::File(path)),
            Err(StoreError::Newer { found: 99, .. })
        ));
    }

    #[test]
    fn a_reader_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let (_writer, readers) =
            open(&CentralPlace::File(folder.path().join("central.db"))).unwrap();
        assert!(readers[0].execute("DELETE FROM activity", []).is_err());
    }

    #[test]
    fn a_vfs_is_taken_by_its_name_and_keeps_what_was_committed() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| CentralPlace::Vfs {
            path: folder.path().join("central.db"),
            name: name.to_owned(),
        };
        let (writer, readers) = open(&place("unix")).unwrap();
        assert!(readers.is_empty());
        writer
            .execute(
                "INSERT INTO central (one, epoch, last_commit) VALUES (1, 'e', 7)",
                [],
            )
            .unwrap();
        drop(writer);
        let (again, _) = open(&place("unix")).unwrap();
        let last: i64 = again
            .query_row("SELECT last_commit FROM central", [], |row| row.get(0))
            .unwrap();
        assert_eq!(last, 7);
        assert!(open(&place("no-such-vfs")).is_err());
    }
}
