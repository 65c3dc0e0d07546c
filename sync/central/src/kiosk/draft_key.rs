//! How the draft key of a facility comes from kiosk to kiosk, without central ever seeing it.
//!
//! One kiosk, and one only, may make the key: when none has it, and none has yet to unwrap it. No
//! clock takes that right away again, for then two kiosks might each hold a key of their own; a
//! retired or moved kiosk loses it, and an operator can take it away.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dayroom_protocol::{
    DraftKeyAsk, DraftKeyHave, DraftKeyId, DraftKeyStanding, DraftKeyState, DraftKeyWaiting,
    DraftKeyWrap, FacilityId, KioskId, UtcMillis, limits,
};
use rusqlite::Connection;

use super::{Refused, in_service};
use crate::central::Central;
use crate::operator::{DraftKeyStep, append_draft_key_step};
use crate::store::{
    self, Audience, DraftKeyKioskRow, DraftKeyRow, KioskRow, StoreError, Tx, WrappedRow,
};

impl Central {
    /// How the draft key of a kiosk's facility stands. The first kiosk to ask while nobody has it
    /// is told that it may make it.
    ///
    /// # Errors
    /// [`Refused::UnknownKiosk`].
    pub fn draft_key(&self, kiosk: KioskId, now: UtcMillis) -> Result<DraftKeyState, Refused> {
        // Every kiosk asks this again and again; only a grant has anything to write.
        let settled = self.inner.store.read(|sql| {
            let kiosk = in_service(sql, kiosk)?;
            Ok::<_, Refused>(Held::read(sql, kiosk.facility)?.state(kiosk.id))
        })?;
        match settled {
            Some(state) => Ok(state),
            None => self.about_draft_key(kiosk, now, |_, _, _| Ok(())),
        }
    }

    /// Notes that a kiosk wants the key wrapped for its public key. Another public key than before
    /// says that it has lost what it had.
    ///
    /// # Errors
    /// [`Refused::UnknownKiosk`].
    pub fn ask_draft_key(
        &self,
        kiosk: KioskId,
        ask: &DraftKeyAsk,
        now: UtcMillis,
    ) -> Result<DraftKeyState, Refused> {
        self.about_draft_key(kiosk, now, |tx, kiosk, held| {
            let mut own = held.entry(kiosk.id);
            if own.asked.is_some_and(|(key, _)| key == ask.public_key) {
                return Ok(());
            }
            own = DraftKeyKioskRow {
                asked: Some((ask.public_key, now)),
                ..DraftKeyKioskRow::new(kiosk.id)
            };
            tx.keep_draft_key_kiosk(kiosk.facility, &own)?;
            held.poke_holders(tx);
            Ok(append_draft_key_step(
                tx,
                kiosk.id,
                DraftKeyStep::Asked,
                now,
            )?)
        })
    }

    /// Notes that the kiosk that may make the key has made it.
    ///
    /// # Errors
    /// [`Refused::DraftKey`] if it may not, or a key was made already; [`Refused::UnknownKiosk`].
    pub fn made_draft_key(
        &self,
        kiosk: KioskId,
        made: &DraftKeyHave,
        now: UtcMillis,
    ) -> Result<DraftKeyState, Refused> {
        self.about_draft_key(kiosk, now, |tx, kiosk, held| {
            let mut key = held.of_generation(made.generation)?;
            let mut own = held.entry(kiosk.id);
            match key.key_id {
                Some(id) if id == made.key_id && own.generation == key.generation => return Ok(()),
                None if key.maker == Some(kiosk.id) => {}
                Some(_) | None => return Err(Refused::DraftKey),
            }
            key.key_id = Some(made.key_id);
            own.generation = key.generation;
            own.held_at = Some(now);
            own.wrapped = None;
            tx.keep_draft_key(kiosk.facility, &key)?;
            tx.keep_draft_key_kiosk(kiosk.facility, &own)?;
            let generation = key.generation;
            let step = DraftKeyStep::Made { generation };
            Ok(append_draft_key_step(tx, kiosk.id, step, now)?)
        })
    }

    /// Takes the key, wrapped by a kiosk that has it, for one that waits.
    ///
    /// # Errors
    /// [`Refused::DraftKey`] if the one has no key, the other does not wait, or its public key is
    /// another than the one wrapped for; [`Refused::BadRequest`], [`Refused::UnknownKiosk`].
    pub fn wrap_draft_key(
        &self,
        kiosk: KioskId,
        wrap: &DraftKeyWrap,
        now: UtcMillis,
    ) -> Result<DraftKeyState, Refused> {
        let sound = wrap.wrapped.len() <= limits::WRAPPED_BYTES
            && STANDARD
                .decode(&wrap.wrapped)
                .is_ok_and(|bytes| !bytes.is_empty());
        if !sound {
            return Err(Refused::BadRequest("wrapped key is not of its form"));
        }
        self.about_draft_key(kiosk, now, |tx, kiosk, held| {
            let key = held.of_generation(wrap.generation)?;
            if !held.holders().any(|holder| holder.kiosk == kiosk.id) {
                return Err(Refused::DraftKey);
            }
            let mut other = held
                .kiosks
                .iter()
                .find(|entry| entry.kiosk == wrap.kiosk && entry.here)
                .filter(|entry| entry.generation != key.generation)
                .filter(|entry| {
                    entry
                        .asked
                        .is_some_and(|(asked, _)| asked == wrap.public_key)
                })
                .ok_or(Refused::DraftKey)?
                .clone();
            other.wrapped = Some(WrappedRow {
                text: wrap.wrapped.clone(),
                by: kiosk.id,
                generation: key.generation,
            });
            tx.keep_draft_key_kiosk(kiosk.facility, &other)?;
            tx.touch(Audience::Kiosk(wrap.kiosk));
            let step = DraftKeyStep::Wrapped {
                generation: key.generation,
                to: wrap.kiosk,
            };
            Ok(append_draft_key_step(tx, kiosk.id, step, now)?)
        })
    }

    /// Notes that a kiosk has unwrapped the key: it has it from now on.
    ///
    /// # Errors
    /// [`Refused::DraftKey`] if nothing was wrapped for it, or it is another key;
    /// [`Refused::UnknownKiosk`].
    pub fn held_draft_key(
        &self,
        kiosk: KioskId,
        have: &DraftKeyHave,
        now: UtcMillis,
    ) -> Result<DraftKeyState, Refused> {
        self.about_draft_key(kiosk, now, |tx, kiosk, held| {
            let key = held.of_generation(have.generation)?;
            if key.key_id != Some(have.key_id) {
                return Err(Refused::DraftKey);
            }
            let mut own = held.entry(kiosk.id);
            if own.generation == key.generation {
                return Ok(());
            }
            if own.wrapped_under(&key).is_none() {
                return Err(Refused::DraftKey);
            }
            own.wrapped = None;
            own.generation = key.generation;
            own.held_at = Some(now);
            tx.keep_draft_key_kiosk(kiosk.facility, &own)?;
            held.poke_holders(tx);
            let generation = key.generation;
            let step = DraftKeyStep::Held { generation };
            Ok(append_draft_key_step(tx, kiosk.id, step, now)?)
        })
    }

    /// Does it in one transaction, of which there is one at a time, and says how it stands then.
    fn about_draft_key(
        &self,
        kiosk: KioskId,
        now: UtcMillis,
        act: impl FnOnce(&mut Tx<'_>, &KioskRow, &Held) -> Result<(), Refused>,
    ) -> Result<DraftKeyState, Refused> {
        self.write(|tx| {
            let kiosk = in_service(tx.sql(), kiosk)?;
            let before = Held::read(tx.sql(), kiosk.facility)?;
            act(tx, &kiosk, &before)?;
            let after = Held::read(tx.sql(), kiosk.facility)?;
            if let Some(state) = after.state(kiosk.id) {
                return Ok(state);
            }
            let granted = grant(tx, &kiosk, after.key, now)?;
            Ok(DraftKeyState {
                generation: granted.generation,
                key_id: None,
                you: DraftKeyStanding::MayMakeIt,
                waiting: Vec::new(),
            })
        })
    }
}

/// Lets a kiosk make the next key of its facility.
fn grant(
    tx: &mut Tx<'_>,
    kiosk: &KioskRow,
    before: Option<DraftKeyRow>,
    now: UtcMillis,
) -> Result<DraftKeyRow, StoreError> {
    let generation = match before {
        None => 1,
        // An operator has begun it and nobody was let make it yet.
        Some(key) if key.maker.is_none() => key.generation,
        Some(key) => key.generation.saturating_add(1),
    };
    let key = DraftKeyRow {
        generation,
        key_id: None,
        maker: Some(kiosk.id),
    };
    tx.keep_draft_key(kiosk.facility, &key)?;
    append_draft_key_step(tx, kiosk.id, DraftKeyStep::Granted { generation }, now)?;
    Ok(key)
}

/// Who has what of a facility's draft key.
pub(crate) struct Held {
    pub(crate) key: Option<DraftKeyRow>,
    pub(crate) kiosks: Vec<DraftKeyKioskRow>,
    /// Whether the kiosk that may make it is still there.
    pub(crate) maker_is_here: bool,
}

impl Held {
    pub(crate) fn read(sql: &Connection, facility: FacilityId) -> Result<Self, StoreError> {
        let key = store::draft_key(sql, facility)?;
        let maker = match key.and_then(|key| key.maker) {
            Some(maker) => store::kiosk(sql, maker)?,
            None => None,
        };
        Ok(Self {
            key,
            kiosks: store::draft_key_kiosks(sql, facility)?,
            maker_is_here: maker
                .is_some_and(|row| row.retired_at.is_none() && row.facility == facility),
        })
    }

    /// The key, once it was made.
    fn made(&self) -> Option<(DraftKeyRow, DraftKeyId)> {
        self.key.and_then(|key| Some((key, key.key_id?)))
    }

    /// The kiosks in service that have the newest key.
    pub(crate) fn holders(&self) -> impl Iterator<Item = &DraftKeyKioskRow> {
        let generation = self.made().map(|(key, _)| key.generation);
        self.kiosks
            .iter()
            .filter(move |entry| entry.here && Some(entry.generation) == generation)
    }

    /// The kiosks in service for which it lies wrapped.
    pub(crate) fn handed(&self) -> impl Iterator<Item = &DraftKeyKioskRow> {
        let key = self.made().map(|(key, _)| key);
        self.kiosks.iter().filter(move |entry| {
            let wrapped = key.and_then(|key| entry.wrapped_under(&key));
            entry.here && wrapped.is_some()
        })
    }

    /// The kiosks in service for which nobody has wrapped it, who asked first first.
    pub(crate) fn waiting(&self) -> Vec<DraftKeyWaiting> {
        let made = self.made().map(|(key, _)| key);
        let without = |entry: &&DraftKeyKioskRow| {
            let has = made.is_some_and(|key| {
                entry.generation == key.generation || entry.wrapped_under(&key).is_some()
            });
            entry.here && !has
        };
        self.kiosks
            .iter()
            .filter(without)
            .filter_map(|entry| {
                let (public_key, since) = entry.asked?;
                Some(DraftKeyWaiting {
                    kiosk: entry.kiosk,
                    label: entry.label.clone(),
                    public_key,
                    since,
                })
            })
            .collect()
    }

    /// Whether some kiosk in service can still open what was sealed under the newest key.
    pub(crate) fn can_be_opened(&self) -> bool {
        self.holders().next().is_some() || self.handed().next().is_some()
    }

    /// How it stands for one kiosk; none if that kiosk may make the next key.
    fn state(&self, me: KioskId) -> Option<DraftKeyState> {
        let key = self.key?;
        let own = self.entry(me);
        let asked = if own.asked.is_some() {
            DraftKeyStanding::Waiting
        } else {
            DraftKeyStanding::NoKey
        };
        let mut waiting = Vec::new();
        let you = if self.made().is_none() {
            match key.maker {
                Some(maker) if maker == me => DraftKeyStanding::MayMakeIt,
                Some(_) if self.maker_is_here => asked,
                Some(_) | None => return None,
            }
        } else if self.holders().any(|holder| holder.kiosk == me) {
            waiting = self.waiting();
            DraftKeyStanding::Holder
        } else if let Some((wrapped, (public_key, _))) = own.wrapped_under(&key).zip(own.asked) {
            let by = self.kiosks.iter().find(|entry| entry.kiosk == wrapped.by);
            DraftKeyStanding::Wrapped {
                by: wrapped.by,
                label: by.map(|entry| entry.label.clone()).unwrap_or_default(),
                public_key,
                wrapped: wrapped.text.clone(),
            }
        } else if self.can_be_opened() {
            asked
        } else {
            return None;
        };
        Some(DraftKeyState {
            generation: key.generation,
            key_id: key.key_id,
            you,
            waiting,
        })
    }

    fn of_generation(&self, generation: u32) -> Result<DraftKeyRow, Refused> {
        self.key
            .filter(|key| key.generation == generation)
            .ok_or(Refused::DraftKey)
    }

    fn entry(&self, kiosk: KioskId) -> DraftKeyKioskRow {
        let found = self.kiosks.iter().find(|entry| entry.kiosk == kiosk);
        found.map_or_else(|| DraftKeyKioskRow::new(kiosk), Clone::clone)
    }

    fn poke_holders(&self, tx: &mut Tx<'_>) {
        for holder in self.holders() {
            tx.touch(Audience::Kiosk(holder.kiosk));
        }
    }
}

impl DraftKeyKioskRow {
    fn wrapped_under(&self, key: &DraftKeyRow) -> Option<&WrappedRow> {
        self.wrapped
            .as_ref()
            .filter(|wrapped| wrapped.generation == key.generation)
    }
}
