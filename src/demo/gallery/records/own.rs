//! What belongs to the resident besides their messages: money, sign-ins, and words not sent yet.

use std::path::Path;

use uuid::Uuid;

use super::{MOTHER, Made, PARAGRAPH, Set, ago, days, hours, key, resident};
use crate::domain::{Account, Cents, ConnectionId, DraftId, SignInEntry};
use crate::store::{ChangeBody, Draft, Journal, StorePlace};

impl Made {
    /// Enough money for messages; on the long day for none.
    pub(super) fn account(&mut self, long: bool) {
        let count = if long { 24 } else { 4 };
        let sign_ins = (0..count).map(|n| SignInEntry {
            at: ago(hours(26) + days(n)),
            kiosk: "Unit B, wall".to_owned(),
            right: n % 4 != 1,
        });
        let account = Account {
            balance: Cents(if long { 10 } else { 1240 }),
            sign_ins: sign_ins.collect(),
            ..Account::default()
        };
        let of = resident();
        self.put(of.0, Some(of), ChangeBody::Account(Box::new(account)));
    }
}

/// The long day goes on with a long letter.
pub(super) fn write_draft(folder: &Path, set: Set) -> anyhow::Result<()> {
    if set == Set::Long {
        let mut journal = Journal::open(&StorePlace::new(folder), &key())?;
        journal.save_draft(&Draft {
            id: DraftId(Uuid::from_u128(0x0f_0001)),
            resident: resident(),
            connection: ConnectionId(Uuid::from_u128(MOTHER)),
            body: PARAGRAPH.repeat(8),
            changed_at: ago(hours(2)),
            refused: None,
            based_on: 0,
        })?;
    }
    Ok(())
}
