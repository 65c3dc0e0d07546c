//! Erasing what deleted rows left in the file.
//!
//! `secure_delete` overwrites a row where it was deleted. But when SQLite evens out neighbouring
//! pages it moves rows and leaves their old bytes in the unused space of the page they came from,
//! where no later deletion finds them. So the tables that hold something of people are written anew
//! and the old ones dropped, all of whose pages `secure_delete` then overwrites. `VACUUM` would do as
//! much, but holds the whole file in memory on the way, as `temp_store` must not be a file.

use rusqlite::Connection;

use super::FILE;
use super::writer::begin;
use crate::store::StoreError;
use crate::store::error::InFile;
use crate::store::open::Writer;

/// The tables with words, names or numbers of people.
const PERSONAL: [&str; 8] = [
    "residents",
    "sign_ins",
    "connections",
    "messages",
    "attachments",
    "quarantine",
    "accounts",
    "drafts",
];

/// Writes the tables anew, if rows were deleted since the last time.
pub(super) fn scrub(file: &mut Writer) -> Result<(), StoreError> {
    let change = begin(file)?;
    let due: bool = change
        .query_row("SELECT scrub_due FROM position", [], |row| row.get(0))
        .of(FILE)?;
    if !due {
        return Ok(());
    }
    for table in PERSONAL {
        write_anew(&change, table)?;
    }
    change
        .execute("UPDATE position SET scrub_due = 0", [])
        .of(FILE)?;
    change.commit().of(FILE)
}

fn write_anew(sql: &Connection, table: &str) -> Result<(), StoreError> {
    let made: String = sql
        .query_row(
            "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1",
            [table],
            |row| row.get(0),
        )
        .of(FILE)?;
    let indexes: Vec<String> = sql
        .prepare(
            "SELECT sql
             FROM sqlite_schema
             WHERE type = 'index' AND tbl_name = ?1 AND sql IS NOT NULL
             ORDER BY name",
        )
        .of(FILE)?
        .query_map([table], |row| row.get(0))
        .of(FILE)?
        .collect::<rusqlite::Result<_>>()
        .of(FILE)?;
    // The table's name is the first thing its statement says after CREATE TABLE.
    sql.execute_batch(&made.replacen(table, "written_anew", 1))
        .of(FILE)?;
    sql.execute_batch(&format!(
        "INSERT INTO written_anew SELECT * FROM {table};
         DROP TABLE {table};
         ALTER TABLE written_anew RENAME TO {table};"
    ))
    .of(FILE)?;
    for index in indexes {
        sql.execute_batch(&index).of(FILE)?;
    }
    Ok(())
}
