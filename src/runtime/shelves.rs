//! The store as the screen process holds it: its own journal, and the other two to read.

use std::path::Path;
use std::rc::Rc;

use crate::domain::{BlobHash, Now, Outcome, UtcMillis};
use crate::store::{
    AuditTaken, BlobReader, CacheReader, Journal, StoreError, StoreKey, StorePlace,
};

/// How many open intents are looked at for a settlement at a time.
const SETTLE_BATCH: usize = 500;

/// The three files.
pub struct Shelves {
    place: StorePlace,
    key: StoreKey,
    journal: Journal,
    /// Whether the journal was used since its pages were last wiped from memory.
    used: bool,
    cache: Option<Rc<CacheReader>>,
    blobs: Option<BlobReader>,
}

impl Shelves {
    /// Opens the journal; the other two when they are there.
    ///
    /// # Errors
    /// When the journal cannot be opened: nothing may be typed that could not be kept.
    pub fn open(place: StorePlace, key: StoreKey) -> Result<Self, StoreError> {
        let journal = Journal::open(&place, &key)?;
        Ok(Self {
            place,
            key,
            journal,
            used: true,
            cache: None,
            blobs: None,
        })
    }

    /// Where the files are.
    pub fn folder(&self) -> &Path {
        &self.place.folder
    }

    /// What people did here; the screen is its writer. Whatever is done with it can bring pages with
    /// people's words into memory: see [`Shelves::rest`].
    pub fn journal(&mut self) -> &mut Journal {
        self.used = true;
        &mut self.journal
    }

    /// The cache, once the sync process has made it.
    pub fn cache(&mut self) -> Option<Rc<CacheReader>> {
        if let Some(cache) = &self.cache {
            match cache.data_version() {
                Ok(_) => return Some(Rc::clone(cache)),
                Err(error) => {
                    tracing::warn!(error = %error, "cache.reopened");
                    self.cache = None;
                }
            }
        }
        self.cache = opened(CacheReader::open(&self.place, &self.key)).map(Rc::new);
        self.cache.clone()
    }

    /// A picture's bytes, if they are all here.
    pub fn blob(&mut self, blob: BlobHash) -> Option<Vec<u8>> {
        if self.blobs.is_none() {
            self.blobs = opened(BlobReader::open(&self.place, &self.key));
        }
        match self.blobs.as_ref()?.read(blob) {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::warn!(error = %error, "blobs.reopened");
                self.blobs = None;
                None
            }
        }
    }

    /// Closes what has held a person's words, and wipes what the journal has of them in memory; the
    /// next read opens it again.
    ///
    /// # Errors
    /// What the disk says.
    pub fn let_go(&mut self) -> Result<(), StoreError> {
        self.cache = None;
        self.blobs = None;
        self.used = false;
        self.journal.let_go()
    }

    /// Wipes what the journal has of people's words in memory, for when nobody is signed in: what is
    /// settled or counted after a sign-out brings the pages back.
    ///
    /// # Errors
    /// What the disk says.
    pub fn rest(&mut self) -> Result<(), StoreError> {
        if !std::mem::take(&mut self.used) {
            return Ok(());
        }
        self.journal.let_go()
    }

    /// Drops from the audit what central has had for as long as it is kept here.
    ///
    /// # Errors
    /// What the disk says.
    pub fn drop_old_audit(&mut self, now: Now) -> Result<(), StoreError> {
        let taken = AuditTaken::read(&AuditTaken::beside(&self.place));
        let chain = self.journal().audited(u64::MAX, 0)?.chain;
        match taken.long_since(chain, now.utc) {
            0 => Ok(()),
            through => self.journal().drop_audit(through, now),
        }
    }

    /// Drops from the journal what central has settled; says whether there was any.
    ///
    /// # Errors
    /// What the disk says.
    pub fn settle(&mut self, now: UtcMillis) -> Result<bool, StoreError> {
        let Some(cache) = self.cache() else {
            return Ok(false);
        };
        let open = self.journal().open_ids(SETTLE_BATCH)?;
        let ended: Vec<(_, Outcome)> = cache.settlements(&open)?;
        if ended.is_empty() {
            return Ok(false);
        }
        self.journal().drop_settled(&ended, now)?;
        Ok(true)
    }
}

/// A reader, if its file is there; anything else is said once and tried again later.
fn opened<T>(reader: Result<T, StoreError>) -> Option<T> {
    match reader {
        Ok(reader) => Some(reader),
        Err(StoreError::NotYet(_)) => None,
        Err(error) => {
            tracing::error!(error = %error, "store.unreadable");
            None
        }
    }
}
