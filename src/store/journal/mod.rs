//! `journal.db`: what people did here. Never reset, by nothing.

mod audit;
mod draft_key;
mod drafts;
mod intents;
mod orders;
mod reader;
mod sharing;
mod tries;

pub use audit::AuditPart;
pub use draft_key::KeptDraftKey;
pub use drafts::{Draft, SavedDraft};
pub use intents::{NewIntent, SETTLED_KEPT};
pub use orders::LockReleased;
pub use reader::JournalReader;
pub(super) use reader::outbox;
pub use sharing::SharedDraft;

use std::thread;
use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use uuid::Builder;
use zeroize::Zeroizing;

use super::error::InFile;
use super::migrate::Schema;
use super::open::{PageCache, Writer, run};
use super::{StoreError, StoreFile, StoreKey, StorePlace};
use crate::domain::JournalId;
use crate::domain::audit::Point;

const FILE: StoreFile = StoreFile::Journal;
/// Bytes of a row that just fits into a page of 4,096 of which SQLCipher takes 80 (4,016 less 35 is
/// what a cell may hold, see sqlite.org/fileformat2.html#cell_payload).
const LONGEST_ROW: (i64, i64) = (18, 3_970);
/// How many rows of how many bytes nearly fill such a page. With four of them gone the rest has room for
/// [`MOVES_THEM`] in all and in no one place: SQLite moves together what is left (`defragmentPage`,
/// which does so by a copy of the whole page once there are more than two holes).
const SCATTERED: (i64, i64) = (16, 220);
/// See [`SCATTERED`].
const MOVES_THEM: (i64, i64) = (17, 500);
/// The journal is small, and mostly written.
const PAGES: PageCache = PageCache(512);

pub(super) const SCHEMA: Schema = Schema {
    file: FILE,
    steps: &[
        include_str!("0001.sql"),
        include_str!("0002.sql"),
        include_str!("0003.sql"),
        include_str!("0004.sql"),
    ],
};

/// What a journal is born with.
pub struct Birth {
    /// Its name for this life.
    pub journal: JournalId,
    /// What keeps the keys of its sign-in counters from being guessed.
    pub salt: [u8; 32],
}

impl Birth {
    /// One of the machine's randomness.
    ///
    /// # Errors
    /// [`StoreError::Randomness`] when the machine has none.
    pub fn random() -> Result<Self, StoreError> {
        let random = SystemRandom::new();
        let mut name = [0; 16];
        let mut salt = [0; 32];
        random
            .fill(&mut name)
            .and_then(|()| random.fill(&mut salt))
            .map_err(|_| StoreError::Randomness)?;
        let journal = JournalId(Builder::from_random_bytes(name).into_uuid());
        Ok(Self { journal, salt })
    }
}

/// The one writer of `journal.db`, in the screen process.
///
/// What it writes is on disk when the call returns.
pub struct Journal {
    file: Writer,
    id: JournalId,
    salt: Zeroizing<[u8; 32]>,
    /// How far the audit goes.
    audited: Point,
}

impl Journal {
    /// Opens the journal, and makes it if there is none.
    ///
    /// # Errors
    /// A wrong key, damage, a newer schema, a second writer, or a setting that does not hold. There
    /// is no starting over: a journal that cannot be read is kept for somebody who can mend it.
    pub fn open(place: &StorePlace, key: &StoreKey) -> Result<Self, StoreError> {
        Self::open_born(place, key, &Birth::random()?)
    }

    /// As [`Journal::open`], with what a new one is born with.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn open_born(
        place: &StorePlace,
        key: &StoreKey,
        birth: &Birth,
    ) -> Result<Self, StoreError> {
        let file = open_patiently(place, key)?;
        let (id, salt) = match identity(&file.sql)? {
            Some(identity) => identity,
            None => {
                file.sql
                    .execute(
                        "INSERT INTO identity (one, journal, salt) VALUES (1, ?1, ?2)",
                        params![birth.journal, birth.salt],
                    )
                    .of(FILE)?;
                (birth.journal, birth.salt)
            }
        };
        let salt = Zeroizing::new(salt);
        let audited = audit::end(&file.sql, id)?;
        Ok(Self {
            file,
            id,
            salt,
            audited,
        })
    }

    /// Its name for this life.
    pub fn identity(&self) -> JournalId {
        self.id
    }

    /// Frees, and so wipes, what of the file's pages is in memory: what somebody typed is among it.
    /// The journal stays open, for its lock is its only writer's.
    ///
    /// # Errors
    /// What the disk says.
    pub fn let_go(&self) -> Result<(), StoreError> {
        let sql = &self.file.sql;
        sql.flush_prepared_statement_cache();
        // Two pages of memory outlive their use: the one that SQLite makes every row in before it goes
        // into the tree, and the one that it copies a page into whose rows it moves together. Both
        // are put over by empty rows, which nobody ever sees.
        let nothing = Transaction::new_unchecked(sql, TransactionBehavior::Immediate).of(FILE)?;
        nothing
            .execute_batch(
                "CREATE TABLE empty_row (number INTEGER PRIMARY KEY, filler BLOB) STRICT",
            )
            .of(FILE)?;
        let (rows, bytes) = SCATTERED;
        for number in 1..=rows {
            nothing
                .execute(
                    "INSERT INTO empty_row VALUES (?1, zeroblob(?2))",
                    [number, bytes],
                )
                .of(FILE)?;
        }
        nothing
            .execute_batch("DELETE FROM empty_row WHERE number IN (3, 6, 9, 12)")
            .of(FILE)?;
        for (number, bytes) in [MOVES_THEM, LONGEST_ROW] {
            nothing
                .execute(
                    "INSERT INTO empty_row VALUES (?1, zeroblob(?2))",
                    [number, bytes],
                )
                .of(FILE)?;
        }
        nothing.rollback().of(FILE)?;
        run(sql, "PRAGMA shrink_memory").of(FILE)?;
        // SQLCipher keeps the last page it deciphered: let it be one without anybody's words.
        sql.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
            .of(FILE)
    }

    /// Reads and checks every page of the file; slow.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), StoreError> {
        self.file.check()
    }
}

/// Opens the file once [`JournalReader::open_durable`] has let go of it.
fn open_patiently(place: &StorePlace, key: &StoreKey) -> Result<Writer, StoreError> {
    const STEP: Duration = Duration::from_millis(25);
    const STEPS: u32 = 40;
    for _ in 0..STEPS {
        match Writer::open(place, key, &SCHEMA, PAGES) {
            Err(StoreError::WriterExists(_)) => thread::sleep(STEP),
            opened => return opened,
        }
    }
    Writer::open(place, key, &SCHEMA, PAGES)
}

/// Name and salt, once there are some.
fn identity(sql: &Connection) -> Result<Option<(JournalId, [u8; 32])>, StoreError> {
    sql.query_row("SELECT journal, salt FROM identity", [], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
    .optional()
    .of(FILE)
}
