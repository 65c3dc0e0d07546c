use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use super::scrub::scrub;
use super::search;
use super::threads::Threads;
use super::{Applied, CachePage, FILE, NamedBlob, Position, SCHEMA};
use crate::domain::orders::{NoJudge, OrderJudge};
use crate::domain::{BlobHash, IntentId, Outcome, Policy, RecordId, UtcMillis};
use crate::store::error::InFile;
use crate::store::open::{PageCache, Writer};
use crate::store::rows::unsigned;
use crate::store::{StoreError, StoreKey, StorePlace};

/// Enough for the tables' upper levels and the pages one page of the feed touches.
const PAGES: PageCache = PageCache(4 * 1024);

/// Pages of the WAL that are carried into the file at once, 16 MiB. Each page of the feed writes many
/// pages of the indexes once more: gathered, they go to the file less often.
const CHECKPOINT_PAGES: i64 = 4_000;

/// The kinds a digest names, and where their ids and versions are.
const COLLECTIONS: [(&str, &str); 8] = [
    ("policy", "SELECT id, version FROM policy WHERE version > 0"),
    ("resident", "SELECT id, version FROM residents"),
    ("connection", "SELECT id, version FROM connections"),
    ("message", "SELECT id, version FROM messages"),
    ("notice", "SELECT id, version FROM notices"),
    ("sign_in", "SELECT resident AS id, version FROM sign_ins"),
    ("account", "SELECT resident AS id, version FROM accounts"),
    ("draft", "SELECT id, version FROM drafts"),
];

/// The one writer of `cache.db`, in the sync process.
pub struct CacheWriter {
    pub(super) file: Writer,
    /// Counters of the threads touched so far; right only as long as every commit succeeds.
    pub(super) threads: Threads,
}

impl CacheWriter {
    /// Opens the cache, makes it if need be, and brings it to the newest schema.
    ///
    /// # Errors
    /// A wrong key, damage ([`StoreError::is_damage`]), a newer schema, a second writer, or a
    /// setting that does not hold.
    pub fn open(place: &StorePlace, key: &StoreKey) -> Result<Self, StoreError> {
        let file = Writer::open(place, key, &SCHEMA, PAGES)?;
        file.sql
            .pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)
            .of(FILE)?;
        Ok(Self {
            file,
            threads: Threads::default(),
        })
    }

    /// Where it stands in the feed.
    ///
    /// # Errors
    /// What the disk says.
    pub fn position(&self) -> Result<Position, StoreError> {
        position(&self.file.sql)
    }

    /// Applies a page: records, settlements, forgets, quarantine, cursor and last contact, in one
    /// transaction (R1). A record no newer than what is held is passed over; one that cannot be
    /// kept goes to quarantine (R14).
    ///
    /// # Errors
    /// [`StoreError::PageOutOfPlace`] if the page does not follow [`CacheWriter::position`];
    /// otherwise what the disk says. Nothing is changed then.
    pub fn apply(&mut self, page: &CachePage) -> Result<Applied, StoreError> {
        self.apply_judged(page, &NoJudge)
    }

    /// As [`CacheWriter::apply`], with somebody who judges what operators have signed.
    ///
    /// # Errors
    /// As [`CacheWriter::apply`].
    pub fn apply_judged(
        &mut self,
        page: &CachePage,
        judge: &dyn OrderJudge,
    ) -> Result<Applied, StoreError> {
        let threads = &mut self.threads;
        let change = begin(&mut self.file)?;
        let applied = super::apply::apply(&change, threads, page, judge)
            .and_then(|applied| change.commit().of(FILE).map(|()| applied));
        if applied.is_err() {
            self.threads = Threads::default();
        }
        applied
    }

    /// Starts in a new epoch (R4): everything of the old one is dropped but the policy, which
    /// holds until the new one comes, forgets that are not acknowledged, and the last contact.
    ///
    /// # Errors
    /// What the disk says; nothing is changed then.
    pub fn reset(&mut self, epoch: &str) -> Result<(), StoreError> {
        self.start_over(Some(epoch), true)?;
        self.shrink()
    }

    /// The lease is over: everything of people is dropped, and the position. Policy, notices and
    /// the last contact stay, so that the wall can still say who to call. The blobs are the
    /// caller's to drop.
    ///
    /// # Errors
    /// What the disk says. [`StoreError::Busy`]: the rows are gone, but a reader keeps the WAL from
    /// being emptied; call again.
    pub fn drop_content(&mut self) -> Result<(), StoreError> {
        self.start_over(None, false)?;
        scrub(&mut self.file)?;
        self.file.truncate_wal()
    }

    /// What this kiosk goes by.
    ///
    /// # Errors
    /// What the disk says.
    pub fn policy(&self) -> Result<Option<Policy>, StoreError> {
        super::reader::policy(&self.file.sql)
    }

    /// Notes that central answered, by central's clock. Never set back.
    ///
    /// # Errors
    /// What the disk says.
    pub fn note_contact(&mut self, now: UtcMillis) -> Result<(), StoreError> {
        self.file
            .sql
            .prepare_cached(
                "UPDATE position
                 SET last_contact = max(coalesce(last_contact, ?1), ?1)",
            )
            .of(FILE)?
            .execute([now])
            .of(FILE)?;
        Ok(())
    }

    /// The highest time central ever gave.
    ///
    /// # Errors
    /// What the disk says.
    pub fn last_contact(&self) -> Result<Option<UtcMillis>, StoreError> {
        last_contact(&self.file.sql)
    }

    /// How an intent ended, if central has said so.
    ///
    /// # Errors
    /// What the disk says.
    pub fn settlement(&self, intent: IntentId) -> Result<Option<Outcome>, StoreError> {
        settlement(&self.file.sql, intent)
    }

    /// Ids and versions of what is held, by kind (R27). A record in quarantine counts as held, so
    /// that both sides agree on it; how many there are is told apart.
    ///
    /// # Errors
    /// What the disk says.
    #[expect(
        clippy::type_complexity,
        reason = "the shape the protocol's digest takes"
    )]
    pub fn digest(&self) -> Result<Vec<(&'static str, Vec<(RecordId, u64)>)>, StoreError> {
        COLLECTIONS
            .into_iter()
            .map(|(kind, held)| Ok((kind, self.collection(kind, held)?)))
            .collect()
    }

    fn collection(&self, kind: &str, held: &str) -> Result<Vec<(RecordId, u64)>, StoreError> {
        let query = format!(
            "SELECT id, version FROM ({held})
             WHERE id NOT IN (SELECT id FROM quarantine WHERE kind = ?1)
             UNION ALL
             SELECT id, version FROM quarantine WHERE kind = ?1
             ORDER BY 1"
        );
        let mut statement = self.file.sql.prepare(&query).of(FILE)?;
        statement
            .query_map([kind], |row| Ok((row.get(0)?, unsigned(row.get(1)?))))
            .of(FILE)?
            .collect::<rusqlite::Result<_>>()
            .of(FILE)
    }

    /// How many records are in quarantine.
    ///
    /// # Errors
    /// What the disk says.
    pub fn quarantined(&self) -> Result<u32, StoreError> {
        self.file
            .sql
            .query_row("SELECT count(*) FROM quarantine", [], |row| row.get(0))
            .of(FILE)
    }

    /// The blobs messages name, in order of their names, `limit` of them after `after`.
    ///
    /// # Errors
    /// What the disk says.
    pub fn named_blobs(
        &self,
        after: Option<BlobHash>,
        limit: usize,
    ) -> Result<Vec<NamedBlob>, StoreError> {
        let after = after.as_ref().map_or(&[][..], |hash| &hash.0);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.file
            .sql
            .prepare_cached(
                "SELECT blob, max(bytes)
                 FROM attachments
                 WHERE blob > ?1
                 GROUP BY blob
                 ORDER BY blob
                 LIMIT ?2",
            )
            .of(FILE)?
            .query_map(params![after, limit], |row| {
                Ok(NamedBlob {
                    hash: row.get(0)?,
                    bytes: unsigned(row.get(1)?),
                })
            })
            .of(FILE)?
            .collect::<rusqlite::Result<_>>()
            .of(FILE)
    }

    /// Whether a message held now names this blob.
    ///
    /// # Errors
    /// What the disk says.
    pub fn names_blob(&self, blob: BlobHash) -> Result<bool, StoreError> {
        self.file
            .sql
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM attachments WHERE blob = ?1)")
            .of(FILE)?
            .query_row([blob], |row| row.get(0))
            .of(FILE)
    }

    /// Reads and checks every page of the file; slow.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), StoreError> {
        self.file.check()
    }

    fn start_over(&mut self, epoch: Option<&str>, notices: bool) -> Result<(), StoreError> {
        self.threads = Threads::default();
        let change = begin(&mut self.file)?;
        change
            .execute_batch(
                "INSERT OR IGNORE INTO forget_blobs (resident, blob)
                 SELECT threads.resident, attachments.blob
                 FROM attachments
                 JOIN messages ON messages.row = attachments.message
                 JOIN threads ON threads.id = messages.thread;
                 DELETE FROM attachments;
                 DELETE FROM messages;
                 DELETE FROM thread_blocks;
                 DELETE FROM threads;
                 DELETE FROM connections;
                 DELETE FROM sign_ins;
                 DELETE FROM accounts;
                 DELETE FROM drafts;
                 DELETE FROM residents;
                 DELETE FROM settlements;
                 DELETE FROM quarantine;
                 DELETE FROM orders WHERE text IS NOT NULL;
                 UPDATE policy SET version = 0;
                 UPDATE notices SET version = 0;",
            )
            .of(FILE)?;
        search::clear(&change)?;
        if notices {
            change.execute("DELETE FROM notices", []).of(FILE)?;
        }
        change
            .execute(
                "UPDATE position SET epoch = ?1, cursor = '', scrub_due = 1",
                [epoch],
            )
            .of(FILE)?;
        change.commit().of(FILE)
    }

    fn shrink(&self) -> Result<(), StoreError> {
        match self.file.truncate_wal() {
            // The next checkpoint does it.
            Err(StoreError::Busy(_)) => Ok(()),
            done => done,
        }
    }
}

pub(super) fn begin(file: &mut Writer) -> Result<Transaction<'_>, StoreError> {
    file.sql
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .of(FILE)
}

pub(super) fn position(sql: &rusqlite::Connection) -> Result<Position, StoreError> {
    sql.prepare_cached("SELECT epoch, cursor FROM position")
        .of(FILE)?
        .query_row([], |row| {
            Ok(Position {
                epoch: row.get(0)?,
                cursor: row.get(1)?,
            })
        })
        .of(FILE)
}

pub(super) fn last_contact(sql: &rusqlite::Connection) -> Result<Option<UtcMillis>, StoreError> {
    sql.prepare_cached("SELECT last_contact FROM position")
        .of(FILE)?
        .query_row([], |row| row.get(0))
        .of(FILE)
}

pub(super) fn settlement(
    sql: &rusqlite::Connection,
    intent: IntentId,
) -> Result<Option<Outcome>, StoreError> {
    sql.prepare_cached("SELECT outcome FROM settlements WHERE intent = ?1")
        .of(FILE)?
        .query_row([intent], |row| row.get(0))
        .optional()
        .of(FILE)
}
