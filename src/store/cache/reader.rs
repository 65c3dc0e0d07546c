use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension};

use super::more::PolicyMore;
use super::{FILE, SCHEMA, writer};
use crate::domain::{
    IntentId, LastSignIn, LocalText, Notice, Outcome, Policy, Resident, ResidentId, ResidentNumber,
    UtcMillis,
};
use crate::store::error::InFile;
use crate::store::open::{PageCache, open_reader};
use crate::store::rows::{LONG_TEXT, NAME, VERIFIER, bad_row, bounded, unsigned};
use crate::store::{StoreError, StoreKey, StorePlace};

/// Enough for the upper levels and what is on a screen.
const PAGES: PageCache = PageCache(2 * 1024);

/// One who reads `cache.db`: the screen, and what is shown on it.
///
/// Every read of what is a resident's gives nothing unless they are on the roster now.
pub struct CacheReader {
    pub(super) sql: Connection,
    /// Which file was opened, to see when another took its place.
    opened: Option<Opened>,
}

struct Opened {
    path: PathBuf,
    inode: (u64, u64),
}

impl CacheReader {
    /// Opens the cache for reading.
    ///
    /// # Errors
    /// [`StoreError::NotYet`] until the writer has made it; a wrong key, damage, a newer schema.
    pub fn open(place: &StorePlace, key: &StoreKey) -> Result<Self, StoreError> {
        let path = place.path(FILE);
        let before = place.vfs.is_none().then(|| inode(&path)).flatten();
        let sql = open_reader(place, key, &SCHEMA, PAGES)?;
        let opened = before.map(|inode| Opened { path, inode });
        Ok(Self { sql, opened })
    }

    /// Changes if and only if the writer has committed.
    ///
    /// # Errors
    /// [`StoreError::Replaced`] once the file was set aside and a new one made: open again.
    pub fn data_version(&self) -> Result<u64, StoreError> {
        if let Some(opened) = &self.opened
            && inode(&opened.path) != Some(opened.inode)
        {
            return Err(StoreError::Replaced(FILE));
        }
        let version: i64 = self
            .sql
            .pragma_query_value(None, "data_version", |row| row.get(0))
            .of(FILE)?;
        Ok(unsigned(version))
    }

    /// When central last answered, by its clock.
    ///
    /// # Errors
    /// What the disk says.
    pub fn last_contact(&self) -> Result<Option<UtcMillis>, StoreError> {
        writer::last_contact(&self.sql)
    }

    /// What this kiosk goes by, if central has said so.
    ///
    /// # Errors
    /// What the disk says.
    pub fn policy(&self) -> Result<Option<Policy>, StoreError> {
        policy(&self.sql)
    }

    /// The notices and pages for everybody to be shown at `now`: by kind, by place, the newest first.
    ///
    /// # Errors
    /// What the disk says.
    pub fn notices(&self, now: UtcMillis) -> Result<Vec<Notice>, StoreError> {
        self.sql
            .prepare_cached(
                "SELECT id, title, body, shown_from, shown_until, kind, edition,
                        must_acknowledge, place
                 FROM notices
                 WHERE shown_from <= ?1 AND (shown_until IS NULL OR shown_until > ?1)
                 ORDER BY kind, place, shown_from DESC, id",
            )
            .of(FILE)?
            .query_map([now], |row| {
                Ok(Notice {
                    id: row.get(0)?,
                    title: text(1, &row.get::<_, String>(1)?)?,
                    text: text(2, &row.get::<_, String>(2)?)?,
                    from: row.get(3)?,
                    until: row.get(4)?,
                    kind: row.get(5)?,
                    version: row.get(6)?,
                    must_acknowledge: row.get(7)?,
                    order: row.get(8)?,
                })
            })
            .of(FILE)?
            .collect::<rusqlite::Result<_>>()
            .of(FILE)
    }

    /// Who has this number. While a number passes from one to another, the newer line counts.
    ///
    /// # Errors
    /// What the disk says.
    pub fn resident_by_number(
        &self,
        number: &ResidentNumber,
    ) -> Result<Option<Resident>, StoreError> {
        self.sql
            .prepare_cached(
                "SELECT id, number, name, pin_verifier, access, badge
                 FROM residents
                 WHERE number = ?1
                 ORDER BY version DESC
                 LIMIT 1",
            )
            .of(FILE)?
            .query_row([number.as_str()], resident)
            .optional()
            .of(FILE)
    }

    /// The hashes of all badges of the roster.
    ///
    /// # Errors
    /// What the disk says.
    pub fn badges(&self) -> Result<Vec<String>, StoreError> {
        let mut statement = self
            .sql
            .prepare_cached(
                "SELECT badge
                 FROM residents
                 WHERE badge <> ''",
            )
            .of(FILE)?;
        let badges = statement.query_map([], |row| Ok(bounded(row.get(0)?, VERIFIER)));
        badges.of(FILE)?.collect::<Result<_, _>>().of(FILE)
    }

    /// Whose badge has this hash. While a badge passes from one to another, the newer line counts.
    ///
    /// # Errors
    /// What the disk says.
    pub fn resident_by_badge(&self, badge: &str) -> Result<Option<Resident>, StoreError> {
        self.sql
            .prepare_cached(
                "SELECT id, number, name, pin_verifier, access, badge
                 FROM residents
                 WHERE badge <> '' AND badge = ?1
                 ORDER BY version DESC
                 LIMIT 1",
            )
            .of(FILE)?
            .query_row([badge], resident)
            .optional()
            .of(FILE)
    }

    /// A line of the roster.
    ///
    /// # Errors
    /// What the disk says.
    pub fn resident(&self, id: ResidentId) -> Result<Option<Resident>, StoreError> {
        self.sql
            .prepare_cached(
                "SELECT id, number, name, pin_verifier, access, badge
                 FROM residents
                 WHERE id = ?1",
            )
            .of(FILE)?
            .query_row([id], resident)
            .optional()
            .of(FILE)
    }

    /// The resident's latest sign-in anywhere.
    ///
    /// # Errors
    /// What the disk says.
    pub fn last_sign_in(&self, resident: ResidentId) -> Result<Option<LastSignIn>, StoreError> {
        self.sql
            .prepare_cached(
                "SELECT sign_ins.at, sign_ins.kiosk, sign_ins.failed_since
                 FROM sign_ins
                 JOIN residents ON residents.id = sign_ins.resident
                 WHERE sign_ins.resident = ?1",
            )
            .of(FILE)?
            .query_row([resident], |row| {
                Ok(LastSignIn {
                    at: row.get(0)?,
                    kiosk: bounded(row.get(1)?, NAME),
                    failed_since: row.get(2)?,
                })
            })
            .optional()
            .of(FILE)
    }

    /// How an intent ended, if central has said so.
    ///
    /// # Errors
    /// What the disk says.
    pub fn settlement(&self, intent: IntentId) -> Result<Option<Outcome>, StoreError> {
        writer::settlement(&self.sql, intent)
    }

    /// How these intents ended; those that have not are left out.
    ///
    /// # Errors
    /// What the disk says.
    pub fn settlements(
        &self,
        intents: &[IntentId],
    ) -> Result<Vec<(IntentId, Outcome)>, StoreError> {
        let ended = intents.iter().filter_map(|intent| {
            self.settlement(*intent)
                .map(|outcome| outcome.map(|outcome| (*intent, outcome)))
                .transpose()
        });
        ended.collect()
    }
}

fn inode(path: &PathBuf) -> Option<(u64, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

fn resident(row: &rusqlite::Row<'_>) -> rusqlite::Result<Resident> {
    let number: String = row.get(1)?;
    Ok(Resident {
        id: row.get(0)?,
        number: ResidentNumber::parse(&number).ok_or_else(|| bad_row(1))?,
        name: bounded(row.get(2)?, NAME),
        pin_verifier: bounded(row.get(3)?, VERIFIER),
        access: row.get(4)?,
        badge: Some(bounded(row.get(5)?, VERIFIER)).filter(|badge| !badge.is_empty()),
    })
}

fn text(column: usize, stored: &str) -> rusqlite::Result<LocalText> {
    let LocalText(texts) = json(column, stored)?;
    let texts = texts.into_iter();
    Ok(LocalText(
        texts
            .map(|(tag, text)| (tag, bounded(text, LONG_TEXT)))
            .collect(),
    ))
}

fn json<T: serde::de::DeserializeOwned>(column: usize, stored: &str) -> rusqlite::Result<T> {
    serde_json::from_str(stored).map_err(|_| bad_row(column))
}

fn span(millis: i64) -> Duration {
    Duration::from_millis(unsigned(millis))
}

/// What this kiosk goes by.
pub(super) fn policy(sql: &Connection) -> Result<Option<Policy>, StoreError> {
    sql.prepare_cached(
        "SELECT facility, unit, time_zone, languages, consent_version, consent,
                        idle_warning, idle_lock, lease, more
                 FROM policy",
    )
    .of(FILE)?
    .query_row([], |row| {
        let more: PolicyMore = row.get(9)?;
        Ok(Policy {
            facility: bounded(row.get(0)?, NAME),
            unit: bounded(row.get(1)?, NAME),
            time_zone: bounded(row.get(2)?, NAME),
            languages: json(3, &row.get::<_, String>(3)?)?,
            consent_version: row.get(4)?,
            consent: text(5, &row.get::<_, String>(5)?)?,
            idle_warning: span(row.get(6)?),
            idle_lock: span(row.get(7)?),
            lease: span(row.get(8)?),
            messages: more.messages,
            technician_verifier: more.technician_verifier,
        })
    })
    .optional()
    .of(FILE)
}
