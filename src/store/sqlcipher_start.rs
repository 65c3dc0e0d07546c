//! SQLCipher under the store, made ready once for a process.

use std::sync::Once;
use std::thread;
use std::time::Duration;

use rusqlite::Connection;

use super::open::run;

/// How often, and for how long at most, it is looked whether another thread has made it ready.
const LOOK: Duration = Duration::from_millis(1);
const LOOKS: u32 = 5_000;

/// Waits until `SQLCipher` can take a key.
///
/// `SQLite` calls itself ready before it has `SQLCipher` prepare (`sqlite3_initialize` sets `isInit`
/// and then calls `SQLITE_EXTRA_INIT`, outside its mutex): of two threads that open their first
/// connection at once, the second is told that its key is wrong, and a whole file would be taken for
/// a damaged one. Central's own connections in the same process (the demo) start it just as well, so
/// that being first is not enough; only a key that is taken shows that it is ready.
pub(super) fn make_ready() {
    static READY: Once = Once::new();
    READY.call_once(|| {
        for _ in 0..LOOKS {
            let taken = Connection::open_in_memory().and_then(|sql| run(&sql, "PRAGMA key = 'x'"));
            if taken.is_ok() {
                return;
            }
            thread::sleep(LOOK);
        }
        // What keeps it from starting is told by the first file that is opened.
    });
}
