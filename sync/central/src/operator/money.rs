use dayroom_protocol::{Cents, FacilityId, MessageId, ResidentId, UtcMillis};
use serde::Serialize;

use super::message_record::facility_of;
use super::{OperatorError, Reason};
use crate::central::Central;
use crate::kiosk::change_account;
use crate::store::{self, LedgerRow, Moved, Purse, StoreError, Transfer, Tx, Why};

/// A resident's money: what is left, and the last that moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MoneyLine {
    /// What is left.
    pub balance: Cents,
    /// The last lines of the ledger, the latest first.
    pub lines: Vec<LedgerLine>,
}

/// A line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LedgerLine {
    /// Its place in the ledger, counting up.
    pub number: u64,
    /// When.
    pub at: UtcMillis,
    /// Whether the resident received it, rather than paid it.
    pub received: bool,
    /// How much.
    pub cents: Cents,
    /// What it was, in a word.
    pub what: &'static str,
    /// Why, in the operator's words.
    pub note: String,
}

/// What all the money of a facility comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoneySum {
    /// What residents hold.
    pub residents: u64,
    /// What was taken for messages and not given back.
    pub postage: u64,
    /// What came in from outside, less what went out.
    pub outside: i64,
    /// Purses that are not what the lines of the ledger come to: never any.
    pub miscounted: u64,
}

/// What a resident may hold by deposits; it leaves room for refunds.
pub const DEPOSITS_UP_TO: Cents = Cents(100_000_000);
/// Lines of a ledger that are shown.
const LINES: usize = 20;

impl Central {
    /// Puts money into a resident's account.
    ///
    /// # Errors
    /// When there is no such resident, it is nothing, or they would hold more than
    /// [`DEPOSITS_UP_TO`].
    pub fn deposit(
        &self,
        resident: ResidentId,
        cents: Cents,
        note: &str,
        now: UtcMillis,
    ) -> Result<Cents, OperatorError> {
        super::bounded(note, dayroom_protocol::limits::NOTE_BYTES, "note")?;
        self.write(|tx| {
            let facility = facility_of(tx, resident)?;
            let purse = Purse::Resident(resident);
            let held = store::balance(tx.sql(), purse)?;
            let after = held.0.checked_add(cents.0);
            if after.is_none_or(|after| after > DEPOSITS_UP_TO.0) {
                return Err(OperatorError::TooLarge("balance"));
            }
            let payer = Purse::Outside(facility);
            transfer(tx, (payer, purse), cents, Why::Deposit, note, now)?;
            Ok(show_balance(tx, resident)?)
        })
    }

    /// Takes money out of a resident's account, for a reason.
    ///
    /// # Errors
    /// When there is no such resident, it is nothing, or more than they have.
    pub fn charge(
        &self,
        resident: ResidentId,
        cents: Cents,
        reason: &Reason,
        now: UtcMillis,
    ) -> Result<Cents, OperatorError> {
        self.write(|tx| {
            let payee = Purse::Outside(facility_of(tx, resident)?);
            let purse = Purse::Resident(resident);
            transfer(tx, (purse, payee), cents, Why::Charge, reason.text(), now)?;
            Ok(show_balance(tx, resident)?)
        })
    }

    /// A resident's money.
    ///
    /// # Errors
    /// When the store fails.
    pub fn money(&self, resident: ResidentId) -> Result<MoneyLine, OperatorError> {
        let purse = Purse::Resident(resident);
        self.inner.store.read(|sql| {
            let rows = store::ledger_of(sql, purse, LINES)?;
            Ok(MoneyLine {
                balance: store::balance(sql, purse)?,
                lines: rows.into_iter().map(line).collect(),
            })
        })
    }

    /// All the money of a facility, counted anew from the ledger; reads all of it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn count_money(&self, facility: FacilityId) -> Result<MoneySum, OperatorError> {
        self.inner.store.read(|sql| {
            let (residents, postage, outside) = store::sums(sql, facility)?;
            Ok(MoneySum {
                residents,
                postage,
                outside,
                miscounted: store::miscounted(sql)?,
            })
        })
    }
}

/// Takes the price of a message; nothing happens if there is not enough.
pub(crate) fn pay_postage(
    tx: &mut Tx<'_>,
    (message, resident, facility): (MessageId, ResidentId, FacilityId),
    price: Cents,
    now: UtcMillis,
) -> Result<Moved, StoreError> {
    if price == Cents(0) {
        return Ok(Moved::Done);
    }
    let moved = tx.transfer(&Transfer {
        payer: Purse::Resident(resident),
        payee: Purse::Postage(facility),
        cents: price,
        why: Why::Postage(message),
        note: "",
        at: now,
    })?;
    if moved == Moved::Done {
        show_balance(tx, resident)?;
    }
    Ok(moved)
}

/// Gives back what a message cost, once, if it was sent under rules that say so.
pub(super) fn refund(
    tx: &mut Tx<'_>,
    message: MessageId,
    resident: ResidentId,
    now: UtcMillis,
) -> Result<Option<Cents>, OperatorError> {
    if store::letter_refund(tx.sql(), message)? != Some(true)
        || store::moved_for(tx.sql(), message, true)?.is_some()
    {
        return Ok(None);
    }
    let Some(paid) = store::moved_for(tx.sql(), message, false)? else {
        return Ok(None);
    };
    let payer = Purse::Postage(facility_of(tx, resident)?);
    let payee = Purse::Resident(resident);
    transfer(tx, (payer, payee), paid, Why::Refund(message), "", now)?;
    show_balance(tx, resident)?;
    Ok(Some(paid))
}

fn transfer(
    tx: &mut Tx<'_>,
    (payer, payee): (Purse, Purse),
    cents: Cents,
    why: Why,
    note: &str,
    at: UtcMillis,
) -> Result<(), OperatorError> {
    if cents == Cents(0) {
        return Err(OperatorError::Empty("amount"));
    }
    match tx.transfer(&Transfer {
        payer,
        payee,
        cents,
        why,
        note,
        at,
    })? {
        Moved::Done => Ok(()),
        Moved::TooLittle => Err(OperatorError::Funds),
        Moved::TooMuch => Err(OperatorError::TooLarge("balance")),
    }
}

/// Tells kiosks what the ledger comes to.
fn show_balance(tx: &mut Tx<'_>, resident: ResidentId) -> Result<Cents, StoreError> {
    let balance = store::balance(tx.sql(), Purse::Resident(resident))?;
    change_account(tx, resident, |account| account.balance = balance)?;
    Ok(balance)
}

fn line(row: LedgerRow) -> LedgerLine {
    LedgerLine {
        number: row.number,
        at: row.at,
        received: row.received,
        cents: row.cents,
        what: match row.what {
            1 => "deposit",
            2 => "charge",
            3 => "postage",
            _ => "refund",
        },
        note: row.note,
    }
}
