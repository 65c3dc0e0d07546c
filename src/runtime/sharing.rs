//! Unsent messages and the facility's other kiosks: this kiosk's part of the draft key, what it gives
//! to the others, and what it takes over from them. Truth is in the journal; nothing here waits.

use std::time::Duration;

use zeroize::Zeroizing;

use super::sealing::{self, DraftKey, Pair, SealError};
use crate::domain::draft_key::{
    DraftKeyCall, DraftKeyName, DraftKeyStanding, DraftKeyState, DraftKeyStep, KeyShown,
    PublicBytes, WaitingShown, next_step,
};
use crate::domain::{BootMillis, DraftId, IntentBody, IntentId, Now, ResidentId, SealedDraft};
use crate::store::{CacheReader, Draft, Journal, KeptDraftKey, NewIntent, StoreError};

/// How often a kiosk without the key asks how it stands.
pub const LOOK_WITHOUT: Duration = Duration::from_secs(60);
/// How often one with the key does.
pub const LOOK_WITH: Duration = Duration::from_secs(300);
/// How often while a technician stands there.
pub const LOOK_WATCHED: Duration = Duration::from_secs(5);
/// Calls that one look may lead to; a central that never agrees is asked again at the next.
const CALLS: u8 = 4;

/// What came of looking for drafts of other kiosks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// How many were taken over or dropped.
    pub changed: usize,
    /// How many are sealed under a key that is lost.
    pub lost: usize,
}

/// A fault of the disk, or of the machine's randomness.
#[derive(Debug, thiserror::Error)]
pub enum SharingError {
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Cryptography.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// This kiosk's part in it.
pub struct Sharing {
    pair: Pair,
    key: Option<DraftKey>,
    state: Option<DraftKeyState>,
    looked: Option<BootMillis>,
    calls: u8,
    watched: bool,
    connected: bool,
}

impl Sharing {
    /// As the journal keeps it; a kiosk without a pair of keys makes one.
    ///
    /// # Errors
    /// What the disk says, or no randomness.
    pub fn open(journal: &mut Journal) -> Result<Self, SharingError> {
        let (pair, key) = match journal.draft_key()? {
            Some(kept) => {
                let key = kept
                    .key
                    .map(|(generation, key)| DraftKey::from_bytes(generation, *key));
                let pair = Pair {
                    public: kept.public,
                    secret: kept.secret,
                };
                (pair, key)
            }
            None => {
                let pair = Pair::make()?;
                keep(journal, &pair, None)?;
                (pair, None)
            }
        };
        Ok(Self {
            pair,
            key,
            state: None,
            looked: None,
            calls: 0,
            watched: false,
            connected: false,
        })
    }

    /// The code of this kiosk's public key.
    pub fn code(&self) -> String {
        self.pair.code()
    }

    /// Whether this kiosk has the key.
    pub fn has_key(&self) -> bool {
        self.key.is_some()
            && self
                .state
                .as_ref()
                .is_none_or(|state| self.is_current(state))
    }

    fn is_current(&self, state: &DraftKeyState) -> bool {
        self.key
            .as_ref()
            .is_some_and(|key| key.generation == state.generation)
    }

    /// What a technician is shown.
    pub fn shown(&self) -> KeyShown {
        let waiting = self.state.iter().flat_map(|state| &state.waiting);
        KeyShown {
            has_key: self.has_key(),
            code: self.pair.code(),
            waiting: waiting
                .map(|one| WaitingShown {
                    label: one.label.clone(),
                    code: sealing::code(&one.public_key),
                    public_key: one.public_key,
                })
                .collect(),
        }
    }

    /// A technician looks on, or no longer.
    pub fn watch(&mut self, watched: bool) {
        if self.watched != watched {
            self.watched = watched;
            if watched {
                self.looked = None;
            }
        }
    }

    /// The sync process is there, or not.
    pub fn connect(&mut self, connected: bool) {
        self.connected = connected;
        self.looked = None;
    }

    /// When [`Sharing::look`] is due.
    pub fn due(&self) -> Option<BootMillis> {
        let every = if self.watched {
            LOOK_WATCHED
        } else if self.has_key() {
            LOOK_WITH
        } else {
            LOOK_WITHOUT
        };
        let after = |at: BootMillis| at.plus(every);
        self.connected
            .then(|| self.looked.map_or(BootMillis(0), after))
    }

    /// What to ask central, if it is time to.
    pub fn look(&mut self, now: BootMillis) -> Option<DraftKeyCall> {
        if self.due()? > now {
            return None;
        }
        self.looked = Some(now);
        self.calls = CALLS;
        Some(DraftKeyCall::Look)
    }

    /// Takes how it stands, makes or keeps the key if it is time to, and gives what is to be said.
    /// The key is on disk before central hears of it.
    ///
    /// # Errors
    /// What the disk says, or no randomness.
    pub fn hear(
        &mut self,
        state: DraftKeyState,
        journal: &mut Journal,
    ) -> Result<Option<DraftKeyCall>, SharingError> {
        let held = self.key.as_ref().map(DraftKey::name);
        let step = next_step(self.pair.public, held, &state);
        self.state = Some(state);
        let call = match step {
            DraftKeyStep::Wait => None,
            DraftKeyStep::Say(call) => Some(call),
            DraftKeyStep::Make { generation } => {
                let name = self.take(DraftKey::make(generation)?, journal)?;
                Some(DraftKeyCall::Made(name))
            }
            DraftKeyStep::Unwrap {
                generation,
                wrapped,
            } => match DraftKey::unwrap(&self.pair, generation, &wrapped) {
                Ok(key) => Some(DraftKeyCall::Held(self.take(key, journal)?)),
                Err(error) => {
                    tracing::warn!(event = "draft_key.not_unwrapped", %error);
                    let pair = Pair::make()?;
                    keep(journal, &pair, self.key.as_ref())?;
                    self.pair = pair;
                    Some(DraftKeyCall::Ask {
                        public_key: self.pair.public,
                    })
                }
            },
        };
        let allowed = self.calls > 0;
        self.calls = self.calls.saturating_sub(1);
        Ok(call.filter(|_| allowed))
    }

    fn take(&mut self, key: DraftKey, journal: &mut Journal) -> Result<DraftKeyName, SharingError> {
        keep(journal, &self.pair, Some(&key))?;
        if self.key.is_some() {
            // Nobody can open what went out under the one before.
            journal.share_all_again()?;
        }
        let name = key.name();
        self.key = Some(key);
        Ok(name)
    }

    /// Wraps the key for a kiosk that waits with this very public key. A technician has compared its
    /// code.
    ///
    /// # Errors
    /// If the public key is none.
    pub fn wrap(&mut self, for_key: &PublicBytes) -> Result<Option<DraftKeyCall>, SharingError> {
        let (Some(key), Some(state)) = (&self.key, &self.state) else {
            return Ok(None);
        };
        let waits = |one: &&crate::domain::draft_key::DraftKeyWaiting| one.public_key == *for_key;
        let Some(one) = state.waiting.iter().find(waits) else {
            return Ok(None);
        };
        if !self.is_current(state) || state.you != DraftKeyStanding::Holder {
            return Ok(None);
        }
        let call = DraftKeyCall::Wrap {
            generation: key.generation,
            kiosk: one.kiosk,
            public_key: one.public_key,
            wrapped: key.wrap(&one.public_key)?,
        };
        self.calls = CALLS;
        Ok(Some(call))
    }

    /// Gives the other kiosks what has changed, of one resident or of everybody. Without the key it
    /// stays here until there is one. Says how many went.
    ///
    /// # Errors
    /// What the disk says, or no randomness.
    pub fn share(
        &self,
        of: Option<ResidentId>,
        journal: &mut Journal,
        now: Now,
        mut new_id: impl FnMut() -> IntentId,
    ) -> Result<usize, SharingError> {
        let Some(key) = self.key.as_ref().filter(|_| self.has_key()) else {
            return Ok(0);
        };
        let mut given = 0;
        for shared in journal.shared_drafts(of)? {
            let draft = &shared.draft;
            if draft.body.trim().is_empty() || !shared.is_changed() {
                continue;
            }
            let new = NewIntent {
                id: new_id(),
                resident: draft.resident,
                made_at: now.utc,
                held_until: None,
                body: IntentBody::SaveDraft {
                    draft: draft.id,
                    connection: draft.connection,
                    based_on: draft.based_on,
                    sealed: key.seal(draft.resident, draft.id, &draft.body)?,
                },
            };
            journal.share_draft(&new, draft)?;
            given += 1;
        }
        Ok(given)
    }

    /// Takes over what a resident wrote at other kiosks. What was changed here stays: central keeps
    /// both. `writing` is on the screen right now, and is left alone.
    ///
    /// # Errors
    /// What the disk says.
    pub fn take_over(
        &self,
        resident: ResidentId,
        writing: Option<DraftId>,
        journal: &mut Journal,
        cache: &CacheReader,
    ) -> Result<Taken, SharingError> {
        let sealed = cache.sealed_drafts(resident)?;
        let mut taken = Taken::default();
        if sealed.is_empty() {
            return Ok(taken);
        }
        let under_way = journal.drafts_under_way(resident)?;
        let here = journal.shared_drafts(Some(resident))?;
        for one in &sealed {
            if writing == Some(one.id) || under_way.contains(&one.id) {
                continue;
            }
            let held = here.iter().find(|held| held.draft.id == one.id);
            let known =
                held.is_some_and(|held| held.is_changed() || held.draft.based_on >= one.revision);
            if known {
                continue;
            }
            match self.open_sealed(one) {
                Ok(Some(words)) => {
                    let draft = Draft {
                        id: one.id,
                        resident,
                        connection: one.connection,
                        body: words,
                        changed_at: one.at,
                        refused: None,
                        based_on: one.revision,
                    };
                    taken.changed += usize::from(journal.adopt_draft(&draft)?);
                }
                Ok(None) if held.is_some() => {
                    journal.drop_draft(resident, one.id)?;
                    taken.changed += 1;
                }
                Ok(None) => {}
                Err(SealError::OtherKey(generation)) => {
                    let lost = self
                        .key
                        .as_ref()
                        .is_some_and(|key| generation < key.generation);
                    taken.lost += usize::from(lost && held.is_none());
                }
                Err(error) => tracing::warn!(event = "draft.not_opened", %error),
            }
        }
        Ok(taken)
    }

    /// The words; `None`: sent, or thrown away.
    fn open_sealed(&self, one: &SealedDraft) -> Result<Option<String>, SealError> {
        let Some(sealed) = &one.sealed else {
            return Ok(None);
        };
        let key = self.key.as_ref().ok_or(SealError::OtherKey(u32::MAX))?;
        let open = |id| key.open(one.resident, id, sealed);
        // What central keeps beside a draft was sealed as that draft, until it is changed itself.
        match (open(one.id), one.beside) {
            (Err(SealError::Damaged), Some(original)) => open(original).map(Some),
            (opened, _) => opened.map(Some),
        }
    }
}

fn keep(journal: &mut Journal, pair: &Pair, key: Option<&DraftKey>) -> Result<(), StoreError> {
    journal.keep_draft_key(&KeptDraftKey {
        secret: pair.secret.clone(),
        public: pair.public,
        key: key.map(|key| (key.generation, Zeroizing::new(*key.bytes()))),
    })
}
