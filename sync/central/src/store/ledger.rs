use dayroom_protocol::{Cents, FacilityId, MessageId, ResidentId, UtcMillis};
use rusqlite::{Connection, OptionalExtension};

use super::{StoreError, Tx};

/// Whose money it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purse {
    Resident(ResidentId),
    /// Where a facility's deposits come from and its charges go; the only one that may owe.
    Outside(FacilityId),
    Postage(FacilityId),
}

impl Purse {
    fn key(&self) -> (u8, &[u8; 16]) {
        match self {
            Self::Resident(id) => (1, id.0.as_bytes()),
            Self::Outside(id) => (2, id.0.as_bytes()),
            Self::Postage(id) => (3, id.0.as_bytes()),
        }
    }
}

/// Why money moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Deposit,
    Charge,
    Postage(MessageId),
    Refund(MessageId),
}

impl Why {
    /// Numbers on disk, never to change their meaning.
    fn number(self) -> u8 {
        match self {
            Self::Deposit => 1,
            Self::Charge => 2,
            Self::Postage(_) => 3,
            Self::Refund(_) => 4,
        }
    }

    fn message(self) -> Option<MessageId> {
        match self {
            Self::Deposit | Self::Charge => None,
            Self::Postage(message) | Self::Refund(message) => Some(message),
        }
    }
}

/// Money on its way from one purse to another.
pub(crate) struct Transfer<'a> {
    pub(crate) payer: Purse,
    pub(crate) payee: Purse,
    pub(crate) cents: Cents,
    pub(crate) why: Why,
    pub(crate) note: &'a str,
    pub(crate) at: UtcMillis,
}

/// What came of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moved {
    Done,
    /// The payer has not as much; nothing moved.
    TooLittle,
    /// The payee would hold more than can be counted on the wire; nothing moved.
    TooMuch,
}

/// A line of the ledger as it touches one purse.
pub(crate) struct LedgerRow {
    pub(crate) number: u64,
    pub(crate) at: UtcMillis,
    /// Whether the purse received it.
    pub(crate) received: bool,
    pub(crate) cents: Cents,
    pub(crate) what: u8,
    pub(crate) note: String,
}

/// What is in a purse, at most what the wire can say; of the outside always nothing.
pub(crate) fn balance(sql: &Connection, purse: Purse) -> Result<Cents, StoreError> {
    let (received, paid) = counted(sql, purse)?;
    let held = received.saturating_sub(paid);
    Ok(Cents(u32::try_from(held).unwrap_or(u32::MAX)))
}

fn counted(sql: &Connection, purse: Purse) -> Result<(u64, u64), StoreError> {
    let found = sql
        .prepare_cached("SELECT received, paid FROM purse WHERE kind = ?1 AND owner = ?2")?
        .query_row(purse.key(), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// What moved for a message: its postage, and the refund of it.
pub(crate) fn moved_for(
    sql: &Connection,
    message: MessageId,
    refund: bool,
) -> Result<Option<Cents>, StoreError> {
    let what = if refund {
        Why::Refund(message)
    } else {
        Why::Postage(message)
    };
    Ok(sql
        .prepare_cached("SELECT cents FROM ledger WHERE message = ?1 AND what = ?2")?
        .query_row((message.0.as_bytes(), what.number()), |row| {
            row.get(0).map(Cents)
        })
        .optional()?)
}

/// The last lines of the ledger that touch a purse, the latest first.
pub(crate) fn ledger_of(
    sql: &Connection,
    purse: Purse,
    limit: usize,
) -> Result<Vec<LedgerRow>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT number, at, payee = ?1, cents, what, note FROM ledger
         WHERE payer = ?1 OR payee = ?1
         ORDER BY number DESC
         LIMIT ?2",
    )?;
    let (kind, owner) = purse.key();
    let id: Option<i64> = sql
        .prepare_cached("SELECT id FROM purse WHERE kind = ?1 AND owner = ?2")?
        .query_row((kind, owner), |row| row.get(0))
        .optional()?;
    let rows = statement.query_map((id, limit), |row| {
        Ok(LedgerRow {
            number: row.get(0)?,
            at: UtcMillis(row.get(1)?),
            received: row.get(2)?,
            cents: Cents(row.get(3)?),
            what: row.get(4)?,
            note: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Purses whose counters are not what the lines of the ledger come to, or that owe without being
/// the outside. Reads all of it.
pub(crate) fn miscounted(sql: &Connection) -> Result<u64, StoreError> {
    Ok(sql.query_row(
        "SELECT COUNT(*) FROM purse
         WHERE received <> (SELECT IFNULL(SUM(cents), 0) FROM ledger WHERE payee = purse.id)
            OR paid <> (SELECT IFNULL(SUM(cents), 0) FROM ledger WHERE payer = purse.id)
            OR (kind <> 2 AND received < paid)",
        [],
        |row| row.get(0),
    )?)
}

/// What all residents of a facility, and its postage, hold; and what came in from outside, net.
pub(crate) fn sums(sql: &Connection, facility: FacilityId) -> Result<(u64, u64, i64), StoreError> {
    let residents = sql.query_row(
        "SELECT IFNULL(SUM(purse.received - purse.paid), 0)
         FROM purse JOIN resident ON resident.id = purse.owner
         WHERE purse.kind = 1 AND resident.facility = ?1",
        [facility.0.as_bytes()],
        |row| row.get(0),
    )?;
    let postage = balance_wide(sql, Purse::Postage(facility))?;
    let outside = balance_wide(sql, Purse::Outside(facility))?;
    Ok((
        residents,
        postage.unsigned_abs(),
        outside.checked_neg().unwrap_or(i64::MAX),
    ))
}

fn balance_wide(sql: &Connection, purse: Purse) -> Result<i64, StoreError> {
    let (received, paid) = counted(sql, purse)?;
    let wide = |cents: u64| i64::try_from(cents).unwrap_or(i64::MAX);
    Ok(wide(received).saturating_sub(wide(paid)))
}

impl Tx<'_> {
    /// Moves money, both sides in one line, or says why not.
    pub(crate) fn transfer(&mut self, transfer: &Transfer<'_>) -> Result<Moved, StoreError> {
        let cents = u64::from(transfer.cents.0);
        let may_owe = matches!(transfer.payer, Purse::Outside(_));
        let (received, paid) = counted(&self.sql, transfer.payer)?;
        if !may_owe && received.saturating_sub(paid) < cents {
            return Ok(Moved::TooLittle);
        }
        if let Purse::Resident(_) = transfer.payee {
            let (received, paid) = counted(&self.sql, transfer.payee)?;
            let after = received.saturating_sub(paid).checked_add(cents);
            if after.is_none_or(|after| after > u64::from(u32::MAX)) {
                return Ok(Moved::TooMuch);
            }
        }
        let payer = self.purse(transfer.payer)?;
        let payee = self.purse(transfer.payee)?;
        self.sql
            .prepare_cached(
                "INSERT INTO ledger (at, payer, payee, cents, what, message, note)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute((
                transfer.at.0,
                payer,
                payee,
                transfer.cents.0,
                transfer.why.number(),
                transfer.why.message().as_ref().map(|id| id.0.as_bytes()),
                transfer.note,
            ))?;
        Ok(Moved::Done)
    }

    fn purse(&mut self, purse: Purse) -> Result<i64, StoreError> {
        let (kind, owner) = purse.key();
        self.sql
            .prepare_cached("INSERT OR IGNORE INTO purse (kind, owner) VALUES (?1, ?2)")?
            .execute((kind, owner))?;
        Ok(self
            .sql
            .prepare_cached("SELECT id FROM purse WHERE kind = ?1 AND owner = ?2")?
            .query_row((kind, owner), |row| row.get(0))?)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::store::{CentralPlace, FacilityRow, Store};

    const FACILITY: FacilityId = FacilityId(Uuid::from_u128(1));
    const OUTSIDE: Purse = Purse::Outside(FACILITY);
    const PERSON: Purse = Purse::Resident(ResidentId(Uuid::from_u128(2)));

    fn store() -> Store {
        let store = Store::open(&CentralPlace::Memory).unwrap();
        store
            .write(|tx| {
                tx.insert_facility(&FacilityRow {
                    id: FACILITY,
                    name: "Cedar".to_owned(),
                    time_zone: "UTC".to_owned(),
                    pin_digits: 6,
                })
            })
            .unwrap();
        store
    }

    fn give(store: &Store, payer: Purse, payee: Purse, cents: u32, why: Why) -> Moved {
        let transfer = Transfer {
            payer,
            payee,
            cents: Cents(cents),
            why,
            note: "",
            at: UtcMillis(1),
        };
        store
            .write::<_, StoreError>(|tx| tx.transfer(&transfer))
            .unwrap()
            .0
    }

    #[test]
    fn nobody_pays_what_they_have_not_and_nobody_holds_what_cannot_be_said() {
        let store = store();
        assert_eq!(
            give(&store, PERSON, OUTSIDE, 1, Why::Charge),
            Moved::TooLittle
        );
        assert_eq!(
            give(&store, OUTSIDE, PERSON, u32::MAX, Why::Deposit),
            Moved::Done
        );
        assert_eq!(
            give(&store, OUTSIDE, PERSON, 1, Why::Deposit),
            Moved::TooMuch
        );
        assert_eq!(give(&store, PERSON, OUTSIDE, 7, Why::Charge), Moved::Done);
        let left = store.read(|sql| balance(sql, PERSON)).unwrap();
        assert_eq!(left, Cents(u32::MAX - 7));
    }

    #[test]
    fn the_ledger_can_be_neither_changed_nor_shortened_nor_made_to_owe() {
        let store = store();
        give(&store, OUTSIDE, PERSON, 500, Why::Deposit);
        for spoil in [
            "UPDATE ledger SET cents = 900",
            "DELETE FROM ledger",
            "INSERT INTO ledger (at, payer, payee, cents, what) VALUES (1, 2, 1, 501, 2)",
            "INSERT INTO ledger (at, payer, payee, cents, what) VALUES (1, 1, 2, 0, 1)",
            "INSERT INTO ledger (at, payer, payee, cents, what) VALUES (1, 1, 2, -5, 1)",
            "INSERT INTO ledger (at, payer, payee, cents, what) VALUES (1, 2, 2, 5, 1)",
        ] {
            let done = store.write::<_, StoreError>(|tx| Ok(tx.sql().execute(spoil, [])?));
            assert!(done.is_err(), "{spoil}");
        }
        assert_eq!(store.read(|sql| balance(sql, PERSON)).unwrap(), Cents(500));
        assert_eq!(store.read(miscounted).unwrap(), 0);
    }

    #[test]
    fn a_message_is_paid_and_refunded_at_most_once() {
        let store = store();
        give(&store, OUTSIDE, PERSON, 500, Why::Deposit);
        let message = MessageId(Uuid::from_u128(9));
        let postage = Purse::Postage(FACILITY);
        for (payer, payee, why) in [
            (PERSON, postage, Why::Postage(message)),
            (postage, PERSON, Why::Refund(message)),
        ] {
            assert_eq!(give(&store, payer, payee, 50, why), Moved::Done);
            // The purse that pays could pay again.
            give(&store, OUTSIDE, PERSON, 50, Why::Deposit);
            give(&store, PERSON, postage, 50, Why::Postage(other()));
            let again = Transfer {
                payer,
                payee,
                cents: Cents(50),
                why,
                note: "",
                at: UtcMillis(1),
            };
            let done = store.write::<_, StoreError>(|tx| tx.transfer(&again));
            assert!(done.is_err());
        }
        assert_eq!(store.read(|sql| balance(sql, PERSON)).unwrap(), Cents(500));
    }

    fn other() -> MessageId {
        use std::sync::atomic::{AtomicU64, Ordering};
        static NEXT: AtomicU64 = AtomicU64::new(100);
        MessageId(Uuid::from_u128(NEXT.fetch_add(1, Ordering::Relaxed).into()))
    }

    #[test]
    fn a_counter_that_strays_from_the_lines_is_found() {
        let store = store();
        give(&store, OUTSIDE, PERSON, 500, Why::Deposit);
        store
            .write::<_, StoreError>(|tx| {
                Ok(tx
                    .sql()
                    .execute("UPDATE purse SET received = received + 1", [])?)
            })
            .unwrap();
        assert_eq!(store.read(miscounted).unwrap(), 2);
    }
}
