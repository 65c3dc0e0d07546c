use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use dayroom_protocol::KioskId;

use super::{Central, Poked};
use crate::store::{StoreError, Watch, watched_until};

impl Central {
    /// Begins to look at what other processes do to the same store.
    ///
    /// # Errors
    /// When the store fails.
    pub fn watch(&self) -> Result<Watch, StoreError> {
        self.inner.store.watch()
    }

    /// Pokes the kiosks that see what another process, such as the operators' command line, has
    /// changed since the last look.
    ///
    /// # Errors
    /// When the store fails.
    pub fn poke_for_others(&self, watch: &mut Watch) -> Result<(), StoreError> {
        let mut poked = self.inner.store.kiosks_changed_by_others(watch)?;
        poked.extend(self.silent_while_watched()?);
        if !poked.is_empty() {
            // Nobody listening is no failure.
            let _unheard = self.inner.pokes.send(Poked(Arc::new(poked)));
        }
        Ok(())
    }

    /// The kiosks that were given a page and have not said that they hold it, while somebody looks on:
    /// a poke lets them say so now, not with their next poll.
    fn silent_while_watched(&self) -> Result<BTreeSet<KioskId>, StoreError> {
        let until = self.inner.store.read(watched_until)?;
        self.inner.watched.until.store(until.0, Ordering::Relaxed);
        if !self.inner.watched.is_on() {
            return Ok(BTreeSet::new());
        }
        let (silent, unkept) = {
            let contacts = self.inner.contacts.lock();
            let mut contacts = contacts.unwrap_or_else(PoisonError::into_inner);
            let (mut silent, mut unkept) = (BTreeSet::new(), Vec::new());
            for (kiosk, contact) in contacts.iter_mut() {
                if contact.given.take().is_some() {
                    silent.insert(*kiosk);
                }
                if !std::mem::replace(&mut contact.is_kept, true) {
                    unkept.push((*kiosk, contact.cursor.clone(), contact.at));
                }
            }
            (silent, unkept)
        };
        // What only memory knew of what they hold.
        if !unkept.is_empty() {
            self.write(|tx| {
                let kept = unkept.iter();
                kept.into_iter()
                    .try_for_each(|(kiosk, cursor, at)| tx.note_contact(*kiosk, cursor, *at))
            })?;
        }
        Ok(silent)
    }
}

#[cfg(test)]
mod tests {
    use dayroom_protocol::{KioskId, UnitId};
    use rand::SeedableRng;
    use rand::rngs::SmallRng;
    use tokio::sync::broadcast::error::TryRecvError;

    use super::*;
    use crate::{CentralOptions, CentralPlace, PinDigits};

    #[test]
    fn kiosks_are_poked_for_what_another_process_did_and_only_for_that() {
        let folder = tempfile::tempdir().unwrap();
        let place = CentralPlace::File(folder.path().join("central.db"));
        let mut rng = SmallRng::seed_from_u64(3);
        let open = |rng: &mut SmallRng| Central::open(&place, CentralOptions::default(), rng);
        let served = open(&mut rng).unwrap();
        let operator = open(&mut rng).unwrap();
        let (north, south, kiosk) = two_units(&served, &mut rng);
        let mut watch = served.watch().unwrap();
        let mut pokes = served.pokes();
        let mut poked = |act: &dyn Fn()| {
            act();
            while pokes.try_recv().is_ok() {}
            served.poke_for_others(&mut watch).unwrap();
            match pokes.try_recv() {
                Ok(Poked(kiosks)) => kiosks.contains(&kiosk),
                Err(TryRecvError::Empty) => false,
                Err(error) => panic!("{error}"),
            }
        };
        let set = |by: &Central, unit| by.set_policy(unit, &by.policy(unit).unwrap()).unwrap();
        assert!(!poked(&|| {}));
        assert!(
            !poked(&|| set(&served, north)),
            "its own write poked already"
        );
        assert!(poked(&|| set(&operator, north)));
        assert!(!poked(&|| {}));
        assert!(!poked(&|| set(&operator, south)), "not its unit");
        assert!(poked(&|| operator.move_kiosk(kiosk, south).unwrap()));
        assert!(poked(&|| set(&operator, south)));
    }

    fn two_units(central: &Central, rng: &mut SmallRng) -> (UnitId, UnitId, KioskId) {
        let facility = central
            .create_facility("Cedar", "America/Chicago", PinDigits::Six, rng)
            .unwrap();
        let mut unit = |name| central.create_unit(facility, name, rng).unwrap();
        let (north, south) = (unit("North"), unit("South"));
        let kiosk = central.create_kiosk(north, "North wall", rng).unwrap();
        (north, south, kiosk)
    }
}
