use std::sync::Arc;

use super::{Central, Poked};
use crate::store::{StoreError, Watch};

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
        let poked = self.inner.store.kiosks_changed_by_others(watch)?;
        if !poked.is_empty() {
            // Nobody listening is no failure.
            let _unheard = self.inner.pokes.send(Poked(Arc::new(poked)));
        }
        Ok(())
    }
}
