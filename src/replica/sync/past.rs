//! What is proven to be past: the clock never goes below it.

use dayroom_client::transport::{DeviceIdentity, Identity as _, RevocationList};

use super::super::Site;
use super::SyncOptions;
use crate::domain::UtcMillis;
use crate::store::IdentityFiles;

/// Tells the clock what is proven to be past, and gives the newest revocation list that is held.
pub(super) fn start_time(
    options: &SyncOptions,
    files: &IdentityFiles,
    site: &Site,
    identity: &DeviceIdentity,
) -> Option<RevocationList> {
    let held = files.read_list().unwrap_or_else(|error| {
        tracing::error!(event = "revocation_list.unreadable", %error);
        None
    });
    let list = held.and_then(|held| match RevocationList::verify(&held, &site.root_pem) {
        Ok(list) => Some(list),
        Err(error) => {
            tracing::error!(event = "revocation_list.unreadable", %error);
            None
        }
    });
    let kept = files.read_time().unwrap_or_else(|error| {
        tracing::error!(event = "time.unreadable", %error);
        None
    });
    let signed = [
        Some(identity.validity().from),
        list.as_ref().map(RevocationList::made),
    ];
    let signed = signed.into_iter().flatten().map(|at| UtcMillis(at.0));
    for past in signed.chain(kept) {
        (options.clock.raise_floor)(past);
    }
    list
}

/// Keeps the last time that central gave, for the next start.
pub(super) struct KeptTime {
    files: IdentityFiles,
    kept: UtcMillis,
}

impl KeptTime {
    /// It need not be exact, and flash wears.
    const STEP_MS: i64 = 60 * 60 * 1000;

    pub(super) fn new(files: IdentityFiles) -> Self {
        let kept = files.read_time().ok().flatten();
        Self {
            files,
            kept: kept.unwrap_or(UtcMillis(i64::MIN)),
        }
    }

    pub(super) fn keep(&mut self, at: UtcMillis) {
        if at.0 < self.kept.0.saturating_add(Self::STEP_MS) {
            return;
        }
        match self.files.keep_time(at) {
            Ok(()) => self.kept = at,
            Err(error) => tracing::warn!(event = "time.not_kept", %error),
        }
    }
}
