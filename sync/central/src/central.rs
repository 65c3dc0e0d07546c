use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use dayroom_protocol::{Epoch, KioskId, UtcMillis, limits};
use rand::RngCore;
use tokio::sync::broadcast;
use uuid::Uuid;

use crate::rules::FeedPlace;
use crate::store::{
    Audience, CentralPlace, KioskRow, Store, StoreError, Tx, central_state, facilities,
};

mod others;
mod page;

pub use page::Page;

/// The central service without its network. Clones share one store.
#[derive(Clone)]
pub struct Central {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) options: CentralOptions,
    pub(crate) contacts: Mutex<BTreeMap<KioskId, Contact>>,
    pokes: broadcast::Sender<Poked>,
    /// Until when somebody looks on, and the time when a kiosk was last here; milliseconds.
    pub(crate) watched: Watched,
}

/// Whether somebody looks on, as far as it is known without a clock.
#[derive(Default)]
pub(crate) struct Watched {
    pub(crate) until: AtomicI64,
    pub(crate) last_seen: AtomicI64,
}

impl Watched {
    pub(crate) fn is_on(&self) -> bool {
        self.until.load(Ordering::Relaxed) > self.last_seen.load(Ordering::Relaxed)
    }
}

/// Which kiosks have something to pull; a hint and no more (R23).
#[derive(Clone, Debug)]
pub struct Poked(pub Arc<BTreeSet<KioskId>>);

/// How central is set up.
#[derive(Clone, Copy, Debug, Default)]
pub struct CentralOptions {
    /// Sizes of a page of the feed.
    pub page: PageLimits,
    /// What a PIN verifier costs.
    pub pins: PinCost,
}

/// When a page of the feed closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageLimits {
    /// At this many records.
    pub records: usize,
    /// After the record that passes this many bytes.
    pub bytes: usize,
}

impl Default for PageLimits {
    fn default() -> Self {
        Self {
            records: limits::PAGE_RECORDS,
            bytes: limits::PAGE_BYTES,
        }
    }
}

/// What checking one PIN costs whoever checks it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PinCost {
    /// argon2id with 19 MiB, two passes, one lane.
    #[default]
    Full,
    /// argon2id at its least, for simulated facilities whose PINs protect nobody.
    Simulated,
}

/// Why central could not start.
#[derive(Debug, thiserror::Error)]
pub enum CentralError {
    /// Its store could not be opened.
    #[error("central's store cannot be opened")]
    Store(#[from] StoreError),
}

/// When a kiosk was last here, and what it then held.
#[derive(Clone)]
pub(crate) struct Contact {
    pub(crate) cursor: String,
    pub(crate) at: UtcMillis,
    /// The cursor of the last page it was given, if that is another one.
    pub(crate) given: Option<String>,
    /// Whether the disk has this cursor, too.
    pub(crate) is_kept: bool,
    kept_at: UtcMillis,
}

/// A contact is written to disk when the one on disk is this old; until then memory has it.
const CONTACT_KEPT_MILLIS: i64 = 30_000;

/// Pokes a slow listener may fall behind by; after that it pokes its kiosk to be safe.
const POKES_AHEAD: usize = 256;

impl Central {
    /// Opens the store at `place`; a new one is born with a random epoch.
    ///
    /// # Errors
    /// When the file cannot be opened, is damaged, or belongs to a newer program.
    pub fn open(
        place: &CentralPlace,
        options: CentralOptions,
        rng: &mut dyn RngCore,
    ) -> Result<Self, CentralError> {
        let store = Store::open(place)?;
        let central = Self {
            inner: Arc::new(Inner {
                store,
                options,
                contacts: Mutex::new(BTreeMap::new()),
                pokes: broadcast::Sender::new(POKES_AHEAD),
                watched: Watched::default(),
            }),
        };
        if central.inner.store.read(central_state)?.is_none() {
            central.new_epoch(rng)?;
        }
        Ok(central)
    }

    /// Begins a new epoch, so that every kiosk offers again and refills (R4): to be done after a
    /// backup was restored.
    ///
    /// # Errors
    /// When the store fails.
    pub fn new_epoch(&self, rng: &mut dyn RngCore) -> Result<(), StoreError> {
        let epoch = format!("{:016x}", rng.next_u64());
        self.write(|tx| {
            for facility in facilities(tx.sql())? {
                tx.touch(Audience::Facility(facility.id));
            }
            tx.set_central_epoch(&epoch)
        })
    }

    /// Hears which kiosks have something to pull.
    pub fn pokes(&self) -> broadcast::Receiver<Poked> {
        self.inner.pokes.subscribe()
    }

    /// Runs `act` in one transaction, then pokes who sees what it changed.
    pub(crate) fn write<T, E: From<StoreError>>(
        &self,
        act: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let (done, poked) = self.inner.store.write(act)?;
        if !poked.is_empty() {
            // Nobody listening is no failure.
            let _ = self.inner.pokes.send(Poked(Arc::new(poked)));
        }
        Ok(done)
    }

    pub(crate) fn contact(&self, kiosk: KioskId) -> Option<Contact> {
        let contacts = self.inner.contacts.lock();
        let contacts = contacts.unwrap_or_else(PoisonError::into_inner);
        contacts.get(&kiosk).cloned()
    }

    /// Remembers what a kiosk was given; whether it holds it, it says with its next request.
    pub(crate) fn note_given(&self, kiosk: KioskId, cursor: String) {
        let contacts = self.inner.contacts.lock();
        let mut contacts = contacts.unwrap_or_else(PoisonError::into_inner);
        if let Some(contact) = contacts.get_mut(&kiosk) {
            contact.given = Some(cursor).filter(|given| *given != contact.cursor);
        }
    }

    /// Remembers what a kiosk says it holds (R2), on disk not more often than is useful.
    pub(crate) fn note_contact(
        &self,
        kiosk: KioskId,
        cursor: &str,
        now: UtcMillis,
    ) -> Result<(), StoreError> {
        let write = {
            let contacts = self.inner.contacts.lock();
            let mut contacts = contacts.unwrap_or_else(PoisonError::into_inner);
            let before = contacts.get(&kiosk);
            let kept_at = before.map(|contact| contact.kept_at);
            let was_kept = before.is_some_and(|contact| contact.is_kept);
            let moved = before.is_none_or(|contact| contact.cursor != cursor);
            self.inner.watched.last_seen.store(now.0, Ordering::Relaxed);
            let due = self.inner.watched.is_on() && moved
                || kept_at.is_none_or(|kept| now.millis_since(kept).abs() >= CONTACT_KEPT_MILLIS);
            contacts.insert(
                kiosk,
                Contact {
                    cursor: cursor.to_owned(),
                    at: now,
                    given: None,
                    is_kept: due || !moved && was_kept,
                    kept_at: kept_at.filter(|_| !due).unwrap_or(now),
                },
            );
            due
        };
        if write {
            self.write(|tx| tx.note_contact(kiosk, cursor, now))?;
        }
        Ok(())
    }
}

/// The epoch of a kiosk's feed: another one after central was restored, or the kiosk moved.
pub(crate) fn epoch_of(central: &str, kiosk: &KioskRow) -> Epoch {
    Epoch(format!("{central}.{}", kiosk.arrived))
}

/// The cursor text of a place; the start is the empty text.
pub(crate) fn cursor_text(place: FeedPlace) -> String {
    if place == FeedPlace::default() {
        String::new()
    } else {
        place.to_string()
    }
}

/// A random version 4 id.
pub(crate) fn random_id(rng: &mut dyn RngCore) -> Uuid {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// A version 7 id: random behind its moment, so that what comes in turn lies together in an index,
/// here and on the kiosks.
pub(crate) fn timed_id(now: UtcMillis, rng: &mut dyn RngCore) -> Uuid {
    let mut bytes = [0; 10];
    rng.fill_bytes(&mut bytes);
    let millis = now.0.max(0).cast_unsigned();
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}
