use dayroom_protocol::{FacilityId, MessageId, UtcMillis};
use rusqlite::{Connection, OptionalExtension};

use super::records::uuid;
use super::{StoreError, Tx};

/// Who reviews messages.
pub(crate) struct ReviewerRow {
    pub(crate) id: i64,
    pub(crate) name: String,
}

/// What a reviewer, or central by a word, did with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReviewAct {
    Read,
    Held,
    Released,
    Rejected,
    Granted,
    Upheld,
}

impl ReviewAct {
    const ALL: [Self; 6] = [
        Self::Read,
        Self::Held,
        Self::Released,
        Self::Rejected,
        Self::Granted,
        Self::Upheld,
    ];

    /// Numbers on disk, never to change their meaning.
    fn number(self) -> u8 {
        match self {
            Self::Read => 1,
            Self::Held => 2,
            Self::Released => 3,
            Self::Rejected => 4,
            Self::Granted => 5,
            Self::Upheld => 6,
        }
    }
}

/// A line of the review log on its way in.
pub(crate) struct NewReview<'a> {
    pub(crate) message: MessageId,
    /// None: central itself, or an act from before there were reviewers.
    pub(crate) reviewer: Option<i64>,
    pub(crate) at: UtcMillis,
    pub(crate) act: ReviewAct,
    /// As the wire names it.
    pub(crate) role: Option<String>,
    pub(crate) rule: Option<&'a str>,
}

/// A line of the review log.
pub(crate) struct ReviewRow {
    pub(crate) number: u64,
    pub(crate) message: MessageId,
    pub(crate) reviewer: Option<String>,
    pub(crate) at: UtcMillis,
    pub(crate) act: ReviewAct,
    pub(crate) rule: Option<String>,
}

/// A message somebody has to decide on.
#[derive(Clone, Copy)]
pub(crate) struct WaitingRow {
    pub(crate) message: MessageId,
    pub(crate) appeal: bool,
    pub(crate) since: UtcMillis,
    pub(crate) promised_by: Option<UtcMillis>,
}

pub(crate) fn reviewer(
    sql: &Connection,
    facility: FacilityId,
    folded: &str,
) -> Result<Option<ReviewerRow>, StoreError> {
    Ok(sql
        .prepare_cached(
            "SELECT id, name FROM reviewer
             WHERE facility = ?1 AND folded = ?2 AND removed_at IS NULL",
        )?
        .query_row((facility.0.as_bytes(), folded), |row| {
            Ok(ReviewerRow {
                id: row.get(0)?,
                name: row.get(1)?,
            })
        })
        .optional()?)
}

pub(crate) fn reviewers(
    sql: &Connection,
    facility: FacilityId,
) -> Result<Vec<ReviewerRow>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT id, name FROM reviewer
         WHERE facility = ?1 AND removed_at IS NULL
         ORDER BY folded",
    )?;
    let rows = statement.query_map([facility.0.as_bytes()], |row| {
        Ok(ReviewerRow {
            id: row.get(0)?,
            name: row.get(1)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The text of a rule, as JSON by language.
pub(crate) fn rule(
    sql: &Connection,
    facility: FacilityId,
    code: &str,
) -> Result<Option<String>, StoreError> {
    Ok(sql
        .prepare_cached("SELECT text FROM rule WHERE facility = ?1 AND code = ?2")?
        .query_row((facility.0.as_bytes(), code), |row| row.get(0))
        .optional()?)
}

/// Codes and texts of a facility's rules.
pub(crate) fn rules(
    sql: &Connection,
    facility: FacilityId,
) -> Result<Vec<(String, String)>, StoreError> {
    let mut statement =
        sql.prepare_cached("SELECT code, text FROM rule WHERE facility = ?1 ORDER BY code")?;
    let rows = statement.query_map([facility.0.as_bytes()], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Words that put an incoming ordinary message on hold, folded.
pub(crate) fn held_words(
    sql: &Connection,
    facility: FacilityId,
) -> Result<Vec<String>, StoreError> {
    let mut statement =
        sql.prepare_cached("SELECT word FROM held_word WHERE facility = ?1 ORDER BY word")?;
    let rows = statement.query_map([facility.0.as_bytes()], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What is to be decided, the oldest first.
pub(crate) fn waiting(
    sql: &Connection,
    facility: FacilityId,
    appeal: bool,
) -> Result<Vec<WaitingRow>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT message, appeal, since, promised_by FROM waiting
         WHERE facility = ?1 AND appeal = ?2
         ORDER BY since, message",
    )?;
    let rows = statement.query_map((facility.0.as_bytes(), appeal), |row| {
        Ok(WaitingRow {
            message: MessageId(uuid(row, 0)?),
            appeal: row.get(1)?,
            since: UtcMillis(row.get(2)?),
            promised_by: row.get::<_, Option<i64>>(3)?.map(UtcMillis),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Who rejected a message last, if that is known.
pub(crate) fn rejected_by(sql: &Connection, message: MessageId) -> Result<Option<i64>, StoreError> {
    let found: Option<Option<i64>> = sql
        .prepare_cached(
            "SELECT reviewer FROM review_log
             WHERE message = ?1 AND act = ?2
             ORDER BY number DESC
             LIMIT 1",
        )?
        .query_row(
            (message.0.as_bytes(), ReviewAct::Rejected.number()),
            |row| row.get(0),
        )
        .optional()?;
    Ok(found.flatten())
}

/// Lines of the review log behind `after`, of one message or of all.
pub(crate) fn reviews_after(
    sql: &Connection,
    message: Option<MessageId>,
    after: u64,
    limit: usize,
) -> Result<Vec<ReviewRow>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT review_log.number, review_log.message, reviewer.name, review_log.at,
                review_log.act, review_log.rule
         FROM review_log LEFT JOIN reviewer ON reviewer.id = review_log.reviewer
         WHERE review_log.number > ?1 AND (?2 IS NULL OR review_log.message = ?2)
         ORDER BY review_log.number
         LIMIT ?3",
    )?;
    let id = message.map(|id| *id.0.as_bytes());
    let rows = statement.query_map((after, id, limit), |row| {
        let number: u8 = row.get(4)?;
        let act = ReviewAct::ALL
            .into_iter()
            .find(|act| act.number() == number);
        Ok(ReviewRow {
            number: row.get(0)?,
            message: MessageId(uuid(row, 1)?),
            reviewer: row.get(2)?,
            at: UtcMillis(row.get(3)?),
            act: act.ok_or(rusqlite::Error::IntegralValueOutOfRange(4, number.into()))?,
            rule: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Tx<'_> {
    /// Adds a reviewer, or takes one back under the same id.
    pub(crate) fn keep_reviewer(
        &mut self,
        facility: FacilityId,
        name: &str,
        folded: &str,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO reviewer (facility, name, folded) VALUES (?1, ?2, ?3)
                 ON CONFLICT (facility, folded)
                 DO UPDATE SET name = excluded.name, removed_at = NULL",
            )?
            .execute((facility.0.as_bytes(), name, folded))?;
        Ok(())
    }

    pub(crate) fn remove_reviewer(&mut self, id: i64, now: UtcMillis) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("UPDATE reviewer SET removed_at = ?2 WHERE id = ?1")?
            .execute((id, now.0))?;
        Ok(())
    }

    pub(crate) fn keep_rule(
        &mut self,
        facility: FacilityId,
        code: &str,
        text: &str,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("INSERT INTO rule (facility, code, text) VALUES (?1, ?2, ?3)")?
            .execute((facility.0.as_bytes(), code, text))?;
        Ok(())
    }

    pub(crate) fn drop_rule(&mut self, facility: FacilityId, code: &str) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("DELETE FROM rule WHERE facility = ?1 AND code = ?2")?
            .execute((facility.0.as_bytes(), code))?;
        Ok(())
    }

    pub(crate) fn keep_held_word(
        &mut self,
        facility: FacilityId,
        word: &str,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("INSERT OR IGNORE INTO held_word (facility, word) VALUES (?1, ?2)")?
            .execute((facility.0.as_bytes(), word))?;
        Ok(())
    }

    /// Says whether the word was there.
    pub(crate) fn drop_held_word(
        &mut self,
        facility: FacilityId,
        word: &str,
    ) -> Result<bool, StoreError> {
        let gone = self
            .sql
            .prepare_cached("DELETE FROM held_word WHERE facility = ?1 AND word = ?2")?
            .execute((facility.0.as_bytes(), word))?;
        Ok(gone > 0)
    }

    pub(crate) fn log_review(&mut self, new: &NewReview<'_>) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO review_log (message, reviewer, at, act, role, rule)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                new.message.0.as_bytes(),
                new.reviewer,
                new.at.0,
                new.act.number(),
                &new.role,
                new.rule,
            ))?;
        Ok(())
    }

    /// Says that somebody has to decide on a message.
    pub(crate) fn wait(
        &mut self,
        facility: FacilityId,
        row: &WaitingRow,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO waiting (message, facility, appeal, since, promised_by)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (message) DO UPDATE SET appeal = excluded.appeal,
                   since = excluded.since, promised_by = excluded.promised_by",
            )?
            .execute((
                row.message.0.as_bytes(),
                facility.0.as_bytes(),
                row.appeal,
                row.since.0,
                row.promised_by.map(|moment| moment.0),
            ))?;
        Ok(())
    }

    /// Says that nobody has to decide on a message any more.
    pub(crate) fn wait_no_more(&mut self, message: MessageId) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("DELETE FROM waiting WHERE message = ?1")?
            .execute([message.0.as_bytes()])?;
        Ok(())
    }
}
