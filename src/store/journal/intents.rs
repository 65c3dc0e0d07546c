use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, TransactionBehavior, params};

use super::{FILE, Journal, drafts, outbox};
use crate::domain::health::facts::Outbox;
use crate::domain::overlay::JournalEntry;
use crate::domain::{
    BootId, BootMillis, BootMoment, Intent, IntentBody, IntentId, IntentNumber, Outcome,
    ResidentId, UtcMillis,
};
use crate::store::StoreError;
use crate::store::error::InFile;
use crate::store::rows::{bad_row, unsigned};

/// How long a settled intent stays, to be offered again to a central that was set back (R4).
pub const SETTLED_KEPT: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// How much of a hold must be left for an undo, so that it never races the sending.
const UNDO_MARGIN: Duration = Duration::from_secs(1);

/// The columns [`intent`] reads.
pub(super) const COLUMNS: &str =
    "number, id, resident, made_at, held_boot, held_until, body, outcome";

/// What somebody just did, about to be written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewIntent {
    /// Its key for ever.
    pub id: IntentId,
    /// Who did it.
    pub resident: ResidentId,
    /// When, for people to read.
    pub made_at: UtcMillis,
    /// Until when it may not leave.
    pub held_until: Option<BootMoment>,
    /// What.
    pub body: IntentBody,
}

impl Journal {
    /// Writes down what somebody did, and gives its number. A draft that is sent is from here on on
    /// its way.
    ///
    /// # Errors
    /// [`StoreError::IntentExists`] if its id is there; what the disk says. No number is used up
    /// then.
    pub fn record(&mut self, new: &NewIntent) -> Result<IntentNumber, StoreError> {
        let sql = self
            .file
            .sql
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .of(FILE)?;
        let number = insert(&sql, new)?;
        sql.commit().of(FILE)?;
        Ok(number)
    }

    /// Takes a choice back while it is held with at least a second left: its place stays, empty.
    /// `false` if it is too late, or was undone before.
    ///
    /// # Errors
    /// What the disk says.
    pub fn undo(&mut self, number: IntentNumber, now: BootMoment) -> Result<bool, StoreError> {
        let sql = self
            .file
            .sql
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .of(FILE)?;
        let rows = sql
            .prepare_cached(
                "UPDATE intents
                 SET body = ?4, held_boot = NULL, held_until = NULL
                 WHERE number = ?1 AND settled_at IS NULL
                   AND held_boot = ?2 AND held_until >= ?3",
            )
            .of(FILE)?
            .execute(params![
                place(number),
                now.boot.0.to_be_bytes(),
                signed(now.at.plus(UNDO_MARGIN)),
                body_text(&IntentBody::Undone)?,
            ])
            .of(FILE)?;
        if rows == 1 {
            drafts::take_back(&sql, number)?;
        }
        sql.commit().of(FILE)?;
        Ok(rows == 1)
    }

    /// What a resident did that central has not settled, in order.
    ///
    /// # Errors
    /// What the disk says.
    pub fn unsettled(&self, resident: ResidentId) -> Result<Vec<Intent>, StoreError> {
        self.file
            .sql
            .prepare_cached(&format!(
                "SELECT {COLUMNS}
                 FROM intents
                 WHERE resident = ?1 AND settled_at IS NULL
                 ORDER BY number"
            ))
            .of(FILE)?
            .query_map([resident], intent)
            .of(FILE)?
            .collect::<rusqlite::Result<_>>()
            .of(FILE)
    }

    /// What the overlay of a resident is made of: all that is not settled, and what was refused and
    /// they have not been told of.
    ///
    /// # Errors
    /// What the disk says.
    pub fn entries(&self, resident: ResidentId) -> Result<Vec<JournalEntry>, StoreError> {
        self.file
            .sql
            .prepare_cached(&format!(
                "SELECT {COLUMNS}
                 FROM intents
                 WHERE resident = ?1 AND settled_at IS NULL
                 UNION ALL
                 SELECT {COLUMNS}
                 FROM intents
                 WHERE resident = ?1 AND outcome > 0 AND told = 0
                 ORDER BY 1"
            ))
            .of(FILE)?
            .query_map([resident], |row| {
                Ok(JournalEntry {
                    intent: intent(row)?,
                    outcome: row.get(7)?,
                })
            })
            .of(FILE)?
            .collect::<rusqlite::Result<_>>()
            .of(FILE)
    }

    /// How much is not settled, and when the oldest of it was made.
    ///
    /// # Errors
    /// What the disk says.
    pub fn outbox(&self) -> Result<Outbox, StoreError> {
        outbox(&self.file.sql)
    }

    /// Every intent central has not settled, of whomever, in order; at most `limit`. For asking the
    /// cache which of them have ended since.
    ///
    /// # Errors
    /// What the disk says.
    pub fn open_ids(&self, limit: usize) -> Result<Vec<IntentId>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.file
            .sql
            .prepare_cached(
                "SELECT id
                 FROM intents
                 WHERE settled_at IS NULL
                 ORDER BY number
                 LIMIT ?1",
            )
            .of(FILE)?
            .query_map([limit], |row| row.get(0))
            .of(FILE)?
            .collect::<rusqlite::Result<_>>()
            .of(FILE)
    }

    /// Notes how intents ended, and drops those that ended more than [`SETTLED_KEPT`] ago. Numbers
    /// run on. The draft of a message that central has taken goes; one that it refused is unsent
    /// again.
    ///
    /// # Errors
    /// What the disk says; nothing is changed then.
    pub fn drop_settled(
        &mut self,
        ended: &[(IntentId, Outcome)],
        now: UtcMillis,
    ) -> Result<(), StoreError> {
        let change = self
            .file
            .sql
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .of(FILE)?;
        for (id, outcome) in ended {
            let number: Option<i64> = change
                .prepare_cached(
                    "UPDATE intents
                     SET outcome = ?2, settled_at = ?3
                     WHERE id = ?1 AND settled_at IS NULL
                     RETURNING number",
                )
                .of(FILE)?
                .query_row(params![id, outcome, now], |row| row.get(0))
                .optional()
                .of(FILE)?;
            if let Some(number) = number {
                drafts::settle(&change, number, *outcome)?;
            }
        }
        let kept = i64::try_from(SETTLED_KEPT.as_millis()).unwrap_or(i64::MAX);
        change
            .prepare_cached("DELETE FROM intents WHERE settled_at < ?1")
            .of(FILE)?
            .execute([now.0.saturating_sub(kept)])
            .of(FILE)?;
        change.commit().of(FILE)
    }

    /// Notes that a resident has been told why these were refused; [`Journal::entries`] leaves them
    /// out from here on.
    ///
    /// # Errors
    /// What the disk says.
    pub fn note_told(&mut self, numbers: &[IntentNumber]) -> Result<(), StoreError> {
        let change = self.file.sql.transaction().of(FILE)?;
        for number in numbers {
            change
                .prepare_cached("UPDATE intents SET told = 1 WHERE number = ?1")
                .of(FILE)?
                .execute([place(*number)])
                .of(FILE)?;
        }
        change.commit().of(FILE)
    }
}

/// As [`Journal::record`], within a change.
pub(super) fn insert(sql: &Connection, new: &NewIntent) -> Result<IntentNumber, StoreError> {
    let inserted = sql
        .prepare_cached(
            "INSERT INTO intents (id, resident, made_at, held_boot, held_until, body, told)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)",
        )
        .of(FILE)?
        .execute(params![
            new.id,
            new.resident,
            new.made_at,
            new.held_until.map(|until| until.boot.0.to_be_bytes()),
            new.held_until.map(|until| signed(until.at)),
            body_text(&new.body)?,
        ]);
    match inserted {
        Ok(_) => {
            let number = IntentNumber(unsigned(sql.last_insert_rowid()));
            drafts::send_with(sql, number, new.resident, new.made_at, &new.body)?;
            Ok(number)
        }
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            Err(StoreError::IntentExists)
        }
        Err(error) => Err(error).of(FILE),
    }
}

/// An intent of the columns of [`COLUMNS`].
pub(super) fn intent(row: &Row<'_>) -> rusqlite::Result<Intent> {
    let boot: Option<[u8; 16]> = row.get(4)?;
    let until: Option<i64> = row.get(5)?;
    let body: String = row.get(6)?;
    Ok(Intent {
        number: IntentNumber(unsigned(row.get(0)?)),
        id: row.get(1)?,
        resident: row.get(2)?,
        made_at: row.get(3)?,
        held_until: boot.zip(until).map(|(boot, until)| BootMoment {
            boot: BootId(u128::from_be_bytes(boot)),
            at: BootMillis(unsigned(until)),
        }),
        body: serde_json::from_str(&body).map_err(|_| bad_row(6))?,
    })
}

/// The number the next intent gets.
pub(super) fn next_number(sql: &Connection) -> Result<IntentNumber, StoreError> {
    let last: i64 = sql
        .query_row(
            "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'intents'",
            [],
            |row| row.get(0),
        )
        .of(FILE)?;
    Ok(IntentNumber(unsigned(last) + 1))
}

/// A number as its column has it.
pub(super) fn place(number: IntentNumber) -> i64 {
    i64::try_from(number.0).unwrap_or(i64::MAX)
}

fn body_text(body: &IntentBody) -> Result<String, StoreError> {
    serde_json::to_string(body).map_err(|_| StoreError::BadRow(FILE))
}

fn signed(at: BootMillis) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}
