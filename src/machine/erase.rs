//! Crypto-erase: the keys first, then what they opened. Every step can be done again.

use std::path::Path;

use super::{MachineError, at};
use crate::store::files::destroy;

/// In this order: without the first the store cannot be read by anybody, without the second nobody
/// is this kiosk (where a TPM holds the key, nothing but that file can make it sign: the TPM keeps no
/// copy and is not asked); the rest is cleaning up. The secret for other kiosks' drafts lies in the journal,
/// under the first. The rest of `machine/` stays: what was done must be on record.
const ORDER: [&str; 10] = [
    "identity/store.key",
    "identity/key.pem",
    "identity",
    "store",
    "releases",
    "machine/releases.json",
    super::operators::KEPT,
    "provisioning",
    "audit",
    "site.json",
];

/// Destroys what makes this machine a certain kiosk, and everything people left on it.
pub(super) fn erase(state: &Path) -> Result<(), MachineError> {
    for name in ORDER {
        let path = state.join(name);
        destroy(&path).map_err(at(&path))?;
    }
    Ok(())
}
