use std::collections::HashMap;
use std::num::NonZeroU64;
use std::path::Path;
use std::time::Duration;

use dayroom_protocol::UtcMillis;
use serde::Serialize;
use tough::schema::{Hashes, Metafile, Role, RoleType, Root, Signature, Signed};

use super::{KeyFolder, ReleasesError};
use crate::kiosk::sha256;

/// The version of TUF that metadata names.
pub(super) const SPEC: &str = "1.0.0";

/// Signs a role with those of its keys that are at hand, and checks the outcome as a kiosk would.
pub(super) fn sign<T: Role>(
    role: T,
    root: &Root,
    keys: &KeyFolder,
) -> Result<Signed<T>, ReleasesError> {
    let signed = Signed {
        signatures: signatures(&role, root, keys)?,
        signed: role,
    };
    let needed = threshold(root, T::TYPE)?;
    let found = signed.signatures.len() as u64;
    if found < needed {
        return Err(ReleasesError::KeysMissing {
            role: T::TYPE,
            found,
            needed,
        });
    }
    root.verify_role(&signed)
        .map_err(|_| ReleasesError::Unverified(T::TYPE))?;
    Ok(signed)
}

/// The signatures that `keys` can give for a role by the word of `root`.
pub(super) fn signatures<T: Role>(
    role: &T,
    root: &Root,
    keys: &KeyFolder,
) -> Result<Vec<Signature>, ReleasesError> {
    let bytes = role
        .canonical_form()
        .map_err(|_| ReleasesError::Unverified(T::TYPE))?;
    let known = root
        .roles
        .get(&T::TYPE)
        .ok_or(ReleasesError::NoRole(T::TYPE))?;
    let mut given: Vec<Signature> = Vec::new();
    for key in keys.iter().filter(|key| known.keyids.contains(key.id())) {
        // The same key may lie in two folders.
        if given.iter().all(|one| one.keyid != *key.id()) {
            given.push(key.sign(&bytes)?);
        }
    }
    Ok(given)
}

pub(super) fn threshold(root: &Root, role: RoleType) -> Result<u64, ReleasesError> {
    root.roles
        .get(&role)
        .map(|keys| keys.threshold.get())
        .ok_or(ReleasesError::NoRole(role))
}

/// How a file is written: one form for one content, so that a person can compare two.
pub(super) fn file_bytes(signed: &impl Serialize, path: &Path) -> Result<Vec<u8>, ReleasesError> {
    let damaged = |error: serde_json::Error| ReleasesError::Damaged {
        path: path.to_owned(),
        what: error.to_string(),
    };
    let value = serde_json::to_value(signed).map_err(damaged)?;
    let mut bytes = serde_json::to_vec_pretty(&value).map_err(damaged)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// How one metadata file names another.
pub(super) fn metafile(bytes: &[u8], version: NonZeroU64) -> Metafile {
    Metafile {
        length: Some(bytes.len() as u64),
        hashes: Some(hashes(&sha256(bytes).0)),
        version,
        _extra: HashMap::new(),
    }
}

pub(super) fn hashes(sha256: &[u8; 32]) -> Hashes {
    Hashes {
        sha256: sha256.to_vec().into(),
        _extra: HashMap::new(),
    }
}

/// The moment `life` from now, in whole seconds as metadata carries it.
pub(super) fn expiry(now: UtcMillis, life: Duration) -> Result<jiff::Timestamp, ReleasesError> {
    let seconds = i64::try_from(life.as_secs()).map_err(|_| ReleasesError::Range)?;
    let at = now.0.div_euclid(1_000).checked_add(seconds);
    at.and_then(|at| jiff::Timestamp::from_second(at).ok())
        .ok_or(ReleasesError::Range)
}

pub(super) fn next(version: NonZeroU64) -> Result<NonZeroU64, ReleasesError> {
    version.checked_add(1).ok_or(ReleasesError::Range)
}
