//! Central's SQLite file: the only SQL of central. `schema.sql` beside this explains the tables.

mod acknowledged;
mod activity;
mod audit;
mod blobs;
mod contact_mail;
mod draft_keys;
mod drafts;
mod enrolments;
mod feed;
mod health;
mod intents;
mod kiosk_life;
mod ledger;
mod letters;
mod messages;
mod open;
mod orders;
mod others;
mod places;
mod records;
mod residents;
mod review;
mod rollouts;
mod rosters;
mod tx;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, TransactionBehavior};

pub use open::CentralPlace;
pub use others::Watch;
pub use rollouts::RolloutState;

pub(crate) use acknowledged::{AcknowledgedRow, acknowledged};
pub(crate) use activity::activity_after;
pub(crate) use audit::{
    AuditChainRow, AuditFilter, AuditHeadRow, BootClock, audit_chain, audit_chains, audit_entry,
    audit_heads, each_audit_entry, each_audit_line, latest_audit_chain,
};
pub(crate) use blobs::{blob_bytes, blob_part};
pub(crate) use contact_mail::connections_by_mail;
pub(crate) use draft_keys::{
    DraftKeyKioskRow, DraftKeyRow, WrappedRow, draft_key, draft_key_generation, draft_key_kiosks,
};
pub(crate) use drafts::{
    DraftRow, draft, draft_copy, drafts_of_facility, has_draft_copies, live_drafts,
};
pub(crate) use enrolments::{EnrolmentRow, enrolment, enrolment_of, enrolments};
pub(crate) use feed::{FeedRequest, FeedRow, read_feed, scopes, visible_versions};
pub(crate) use health::{HealthRow, health, health_changes, health_of_all};
pub(crate) use intents::{expected_number, holder_of_number, known_intent};
pub(crate) use kiosk_life::{KioskLife, kiosk_life};
pub(crate) use ledger::{
    LedgerRow, Moved, Purse, Transfer, Why, balance, ledger_of, miscounted, moved_for, sums,
};
pub(crate) use letters::{clips, contact_mail, facility_mail, letter_refund, letters_here};
pub(crate) use messages::{Withheld, message_of_source, withheld};
pub(crate) use orders::{
    KeySetRow, KioskMark, OrderRow, OrdersOf, alone_since, is_overtaken, is_pin_reset_since,
    key_sets, kiosk_mark, next_number, orders, roster_place, version_of, watched_until,
};
pub(crate) use places::{
    CentralState, FacilityRow, KioskRow, UnitRow, central_state, facilities, facility, kiosk,
    kiosks, unit, units,
};
pub(crate) use records::{Stored, record, record_in, records_of};
pub(crate) use residents::{
    ResidentRow, pending_forgets, resident, resident_by_number, residents, sign_in,
};
pub(crate) use review::{
    NewReview, ReviewAct, WaitingRow, held_words, rejected_by, reviewer, reviewers, reviews_after,
    rule, rules, waiting,
};
pub(crate) use rollouts::{ReleaseKioskRow, RolloutRow, current_rollout, release_kiosks, rollout};
pub(crate) use rosters::{RosterChangeRow, roster_changes, roster_to_undo};
pub(crate) use tx::{Audience, Tx};

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite or the disk below it.
    #[error("central's database failed")]
    Sqlite(#[from] rusqlite::Error),
    /// The file belongs to a newer program; nothing was changed.
    #[error("central's database has schema {found}, this program knows up to {known}")]
    Newer {
        /// In the file.
        found: u32,
        /// The newest here.
        known: u32,
    },
    /// A setting the safety of the data rests on did not take.
    #[error("central's database refuses the setting {0}")]
    Setting(&'static str),
    /// A stored body is not of its form.
    #[error("a stored body cannot be read or written")]
    Body(#[from] serde_json::Error),
}

/// One writer, and readers beside it where the place allows several connections.
pub(crate) struct Store {
    writer: Mutex<Connection>,
    readers: Vec<Mutex<Connection>>,
    turn: AtomicUsize,
    asks_boot: AtomicBool,
}

impl Store {
    pub(crate) fn open(place: &CentralPlace) -> Result<Self, StoreError> {
        let (writer, readers) = open::open(place)?;
        Ok(Self {
            writer: Mutex::new(writer),
            readers: readers.into_iter().map(Mutex::new).collect(),
            turn: AtomicUsize::new(0),
            asks_boot: AtomicBool::new(false),
        })
    }

    /// Lets the audit say from now on when in which start of the machine its entries are made.
    pub(crate) fn ask_boot_clock(&self) {
        self.asks_boot.store(true, Ordering::Relaxed);
    }

    /// Runs `act` in one write transaction: all of it counts, or, on an error, nothing.
    pub(crate) fn write<T, E: From<StoreError>>(
        &self,
        act: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<(T, std::collections::BTreeSet<dayroom_protocol::KioskId>), E> {
        let mut writer = lock(&self.writer);
        let sql = writer
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::from)?;
        let boot = if self.asks_boot.load(Ordering::Relaxed) {
            BootClock::Machine
        } else {
            BootClock::Unasked
        };
        let mut tx = Tx::begin(sql, boot)?;
        let done = act(&mut tx)?;
        let poked = tx.commit()?;
        Ok((done, poked))
    }

    /// Runs `read` on one state of the database.
    pub(crate) fn read<T, E: From<StoreError>>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let place = turn.checked_rem(self.readers.len()).unwrap_or_default();
        let mut connection = lock(self.readers.get(place).unwrap_or(&self.writer));
        let sql = connection
            .transaction_with_behavior(TransactionBehavior::Deferred)
            .map_err(StoreError::from)?;
        let done = read(&sql)?;
        sql.finish().map_err(StoreError::from)?;
        Ok(done)
    }
}

/// A panic while the lock was held rolled its transaction back, so the connection is sound.
fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}
