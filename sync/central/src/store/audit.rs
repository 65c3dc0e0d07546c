//! Audits, of kiosks and central's own: added to, and nothing else.

use std::fs;
use std::ops::ControlFlow;

use dayroom_audit::{ChainId, Entry, Event, Hash, Moment, Point, Process, Word, kinds};
use dayroom_protocol::{KioskId, UtcMillis};
use rusqlite::{Connection, OptionalExtension, Row};
use uuid::Uuid;

use super::records::uuid;
use super::{StoreError, Tx, places};

/// A chain, and how far it goes here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AuditChainRow {
    pub(crate) row: i64,
    /// None: central's own.
    pub(crate) kiosk: Option<KioskId>,
    pub(crate) chain: ChainId,
    pub(crate) at: Point,
}

/// An entry as it lies in the store; without one if the row cannot be read as one.
pub(crate) struct AuditRow {
    pub(crate) chain: i64,
    pub(crate) number: u64,
    pub(crate) entry: Option<Entry>,
    pub(crate) taken_at: UtcMillis,
}

/// What a kiosk has signed.
pub(crate) struct AuditHeadRow {
    pub(crate) point: Point,
    pub(crate) signed_at: UtcMillis,
    pub(crate) key: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

/// Which entries are asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct AuditFilter {
    pub(crate) kiosk: Option<KioskId>,
    pub(crate) since: Option<UtcMillis>,
    /// The beginning of the event's name.
    pub(crate) event: String,
}

const CHAIN: &str = "SELECT id, kiosk, process, life, number, hash FROM audit_chain";
const ENTRY: &str =
    "SELECT chain, number, boot, boot_ms, utc_ms, event, fields, hash, taken_at FROM audit_entry";

impl AuditChainRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let process: String = row.get(2)?;
        Ok(Self {
            row: row.get(0)?,
            kiosk: row
                .get::<_, Option<[u8; 16]>>(1)?
                .map(|id| KioskId(Uuid::from_bytes(id))),
            chain: ChainId {
                process: Process::of(&process).ok_or(rusqlite::Error::InvalidQuery)?,
                life: uuid(row, 3)?,
            },
            at: Point {
                number: row.get(4)?,
                hash: Hash(row.get(5)?),
            },
        })
    }
}

impl AuditRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            chain: row.get(0)?,
            number: row.get(1)?,
            entry: entry(row).ok().flatten(),
            taken_at: UtcMillis(row.get(8)?),
        })
    }
}

/// What somebody else has written into the row may be no entry at all.
fn entry(row: &Row<'_>) -> rusqlite::Result<Option<Entry>> {
    let point = Point {
        number: row.get(1)?,
        hash: Hash(row.get(7)?),
    };
    let moment = Moment {
        boot: uuid(row, 2)?,
        boot_ms: row.get(3)?,
        utc_ms: row.get(4)?,
    };
    let (event, fields): (String, String) = (row.get(5)?, row.get(6)?);
    let fields = serde_json::from_str(&fields).ok();
    Ok(fields.and_then(|fields| Entry::kept(point, moment, &event, fields).ok()))
}

/// The chains of a kiosk, or of everybody with central's own first, in the order they began.
pub(crate) fn audit_chains(
    sql: &Connection,
    kiosk: Option<KioskId>,
) -> Result<Vec<AuditChainRow>, StoreError> {
    let mut statement = sql.prepare_cached(&format!(
        "{CHAIN} WHERE ?1 IS NULL OR kiosk = ?1 ORDER BY kiosk IS NOT NULL, kiosk, id"
    ))?;
    let rows = statement.query_map(
        [kiosk.as_ref().map(|id| id.0.as_bytes())],
        AuditChainRow::read,
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The latest chain of a process of a kiosk.
pub(crate) fn latest_audit_chain(
    sql: &Connection,
    kiosk: Option<KioskId>,
    process: Process,
) -> Result<Option<AuditChainRow>, StoreError> {
    Ok(sql
        .prepare_cached(&format!(
            "{CHAIN} WHERE kiosk IS ?1 AND process = ?2 ORDER BY id DESC LIMIT 1"
        ))?
        .query_row(
            (kiosk.as_ref().map(|id| id.0.as_bytes()), process.name()),
            AuditChainRow::read,
        )
        .optional()?)
}

pub(crate) fn audit_chain(
    sql: &Connection,
    kiosk: KioskId,
    chain: ChainId,
) -> Result<Option<AuditChainRow>, StoreError> {
    Ok(sql
        .prepare_cached(&format!(
            "{CHAIN} WHERE kiosk = ?1 AND process = ?2 AND life = ?3"
        ))?
        .query_row(
            (
                kiosk.0.as_bytes(),
                chain.process.name(),
                chain.life.as_bytes(),
            ),
            AuditChainRow::read,
        )
        .optional()?)
}

/// One entry of a chain.
pub(crate) fn audit_entry(
    sql: &Connection,
    chain: &AuditChainRow,
    number: u64,
) -> Result<Option<AuditRow>, StoreError> {
    Ok(sql
        .prepare_cached(&format!("{ENTRY} WHERE chain = ?1 AND number = ?2"))?
        .query_row((chain.row, number), AuditRow::read)
        .optional()?)
}

/// Shows `see` every entry of a chain in order, until it breaks off.
pub(crate) fn each_audit_entry<E: From<StoreError>>(
    sql: &Connection,
    chain: &AuditChainRow,
    mut see: impl FnMut(AuditRow) -> Result<ControlFlow<()>, E>,
) -> Result<(), E> {
    let mut statement = sql
        .prepare_cached(&format!("{ENTRY} WHERE chain = ?1 ORDER BY number"))
        .map_err(StoreError::from)?;
    let rows = statement
        .query_map([chain.row], AuditRow::read)
        .map_err(StoreError::from)?;
    for row in rows {
        if see(row.map_err(StoreError::from)?)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// Shows `see` the entries that were asked for, in the order central took them in.
pub(crate) fn each_audit_line<E: From<StoreError>>(
    sql: &Connection,
    filter: &AuditFilter,
    mut see: impl FnMut(AuditRow) -> Result<(), E>,
) -> Result<(), E> {
    let mut statement = sql
        .prepare_cached(&format!(
            "{ENTRY}
             WHERE (?1 IS NULL OR chain IN (SELECT id FROM audit_chain WHERE kiosk = ?1))
               AND (?2 IS NULL OR utc_ms >= ?2)
               AND substr(event, 1, length(?3)) = ?3
             ORDER BY taken_at, chain, number"
        ))
        .map_err(StoreError::from)?;
    let rows = statement
        .query_map(
            (
                filter.kiosk.as_ref().map(|id| id.0.as_bytes()),
                filter.since.map(|since| since.0),
                &filter.event,
            ),
            AuditRow::read,
        )
        .map_err(StoreError::from)?;
    for row in rows {
        see(row.map_err(StoreError::from)?)?;
    }
    Ok(())
}

/// What was signed about a chain, in order.
pub(crate) fn audit_heads(
    sql: &Connection,
    chain: &AuditChainRow,
) -> Result<Vec<AuditHeadRow>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT number, hash, signed_at, key, signature
         FROM audit_head
         WHERE chain = ?1
         ORDER BY number",
    )?;
    let rows = statement.query_map([chain.row], |row| {
        Ok(AuditHeadRow {
            point: Point {
                number: row.get(0)?,
                hash: Hash(row.get(1)?),
            },
            signed_at: UtcMillis(row.get(2)?),
            key: row.get(3)?,
            signature: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Tx<'_> {
    /// Adds an event to central's own audit, in this transaction: what is done and that it was noted
    /// are one.
    pub(crate) fn audit(&mut self, event: Event, now: UtcMillis) -> Result<(), StoreError> {
        let mut own = match latest_audit_chain(&self.sql, None, Process::Central)? {
            Some(own) => own,
            None => self.begin_own(now)?,
        };
        let entry = Entry::seal(own.chain, own.at, self.moment(now), event);
        self.append_audit(&mut own, &entry, now)
    }

    /// The life of central's own chain comes from its first epoch, which is random.
    fn begin_own(&mut self, now: UtcMillis) -> Result<AuditChainRow, StoreError> {
        let epoch = places::central_state(&self.sql)?.map_or_else(String::new, |state| state.epoch);
        let Hash(seed) = Hash::of(format!("dayroom central audit {epoch}").as_bytes());
        let (life, _) = seed.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
        let chain = ChainId {
            process: Process::Central,
            life: uuid::Builder::from_random_bytes(*life).into_uuid(),
        };
        let earlier: u64 =
            self.sql
                .query_row("SELECT ifnull(max(number), 0) FROM activity", [], |row| {
                    row.get(0)
                })?;
        let mut own = self.begin_audit_chain(None, chain, now)?;
        let because = Word::new(if earlier == 0 { "new" } else { "upgrade" });
        let began = kinds::audit_began(because, earlier);
        let entry = Entry::seal(chain, own.at, self.moment(now), began);
        self.append_audit(&mut own, &entry, now)?;
        Ok(own)
    }

    pub(crate) fn begin_audit_chain(
        &mut self,
        kiosk: Option<KioskId>,
        chain: ChainId,
        now: UtcMillis,
    ) -> Result<AuditChainRow, StoreError> {
        let at = Point::start(chain);
        self.sql
            .prepare_cached(
                "INSERT INTO audit_chain (kiosk, process, life, number, hash, began)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                kiosk.as_ref().map(|id| id.0.as_bytes()),
                chain.process.name(),
                chain.life.as_bytes(),
                at.number,
                at.hash.0,
                now.0,
            ))?;
        Ok(AuditChainRow {
            row: self.sql.last_insert_rowid(),
            kiosk,
            chain,
            at,
        })
    }

    /// Adds the next entry of a chain. That it follows is for the caller to know.
    pub(crate) fn append_audit(
        &mut self,
        chain: &mut AuditChainRow,
        entry: &Entry,
        now: UtcMillis,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO audit_entry
                   (chain, number, boot, boot_ms, utc_ms, event, fields, hash, taken_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute((
                chain.row,
                entry.number,
                entry.boot.as_bytes(),
                entry.boot_ms,
                entry.utc_ms,
                &entry.event,
                serde_json::to_string(entry.fields())?,
                entry.hash.0,
                now.0,
            ))?;
        chain.at = entry.point();
        self.sql
            .prepare_cached("UPDATE audit_chain SET number = ?2, hash = ?3 WHERE id = ?1")?
            .execute((chain.row, chain.at.number, chain.at.hash.0))?;
        Ok(())
    }

    /// Keeps what was signed about a chain; the same again changes nothing.
    pub(crate) fn keep_audit_head(
        &mut self,
        chain: &AuditChainRow,
        head: &AuditHeadRow,
        now: UtcMillis,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT OR IGNORE INTO audit_head
                   (chain, number, hash, signed_at, key, signature, taken_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute((
                chain.row,
                head.point.number,
                head.point.hash.0,
                head.signed_at.0,
                &head.key,
                &head.signature,
                now.0,
            ))?;
        Ok(())
    }

    /// Notes that an alarm about a kiosk was raised; false if it was before.
    pub(crate) fn tell_audit_once(
        &mut self,
        kiosk: KioskId,
        what: &str,
        now: UtcMillis,
    ) -> Result<bool, StoreError> {
        let told = self
            .sql
            .prepare_cached(
                "INSERT OR IGNORE INTO audit_told (kiosk, what, at) VALUES (?1, ?2, ?3)",
            )?
            .execute((kiosk.0.as_bytes(), what, now.0))?;
        Ok(told > 0)
    }

    fn moment(&self, now: UtcMillis) -> Moment {
        let (boot, boot_ms) = match self.boot {
            BootClock::Unasked => (Uuid::nil(), 0),
            BootClock::Machine => machine().unwrap_or_default(),
        };
        Moment {
            boot,
            boot_ms,
            utc_ms: now.0,
        }
    }
}

/// Whether entries of central's own audit say when in which start of the machine they were made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum BootClock {
    /// No: a simulated central has no machine.
    #[default]
    Unasked,
    /// Yes. Asked inside the transaction, so that it never goes back along the chain, whoever of
    /// several processes writes.
    Machine,
}

/// This start of the machine and its milliseconds, to the hundredth of a second.
fn machine() -> Option<(Uuid, u64)> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let uptime = fs::read_to_string("/proc/uptime").ok()?;
    let (seconds, hundredths) = uptime.split_whitespace().next()?.split_once('.')?;
    let millis = seconds.parse::<u64>().ok()? * 1_000 + hundredths.parse::<u64>().ok()? * 10;
    Some((boot.trim().parse().ok()?, millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_says_which_start_it_is_and_how_long_ago() {
        let (boot, first) = machine().unwrap();
        let (again, second) = machine().unwrap();
        assert!(!boot.is_nil() && boot == again && first <= second && first > 0);
    }
}
