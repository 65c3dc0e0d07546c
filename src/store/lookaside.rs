//! SQLite's lookaside: small pieces of memory that a connection keeps for itself and hands out
//! again without wiping them. What somebody typed stayed in them after sign-out (the tour found it),
//! for SQLCipher's memory security wipes only what is given back to the allocator. The one place for
//! `unsafe` in the store: the setting is no yes or no, and rusqlite has only those.
#![expect(unsafe_code, reason = "SQLite's own setting; see SAFETY")]

use std::ptr;

use rusqlite::{Connection, ffi};

/// Has a connection take all its memory from the allocator. To be called before anything else, while
/// it holds none.
///
/// # Errors
/// `SQLITE_BUSY` when it holds some already.
pub(super) fn do_without(sql: &Connection) -> rusqlite::Result<()> {
    let nothing: *mut std::ffi::c_void = ptr::null_mut();
    let none: std::ffi::c_int = 0;
    // SAFETY: the handle is that of an open connection that is not used elsewhere while it is
    // borrowed here, and SQLITE_DBCONFIG_LOOKASIDE takes a pointer and two ints
    // (sqlite.org/c3ref/c_dbconfig_defensive.html); no pieces of no size need no memory.
    let answer = unsafe {
        ffi::sqlite3_db_config(
            sql.handle(),
            ffi::SQLITE_DBCONFIG_LOOKASIDE,
            nothing,
            none,
            none,
        )
    };
    if answer == ffi::SQLITE_OK {
        Ok(())
    } else {
        let error = ffi::Error::new(answer);
        Err(rusqlite::Error::SqliteFailure(error, None))
    }
}
