//! What the files of the state folder say. Read, never written.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use dayroom_client::transport::{Certificate, DeviceIdentity, Validity};
use rustix::fs::{Access, access};
use zeroize::Zeroizing;

use crate::devices::{DeviceKey, KeyError};
use crate::domain::UtcMillis;
use crate::domain::health::facts::{self, Audit, Store};
use crate::replica::{Chains, SyncKey};
use crate::store::{IdentityFiles, StoreKey};

/// The store's key, or what is wrong with it.
pub(super) fn store_key(state: &Path) -> Result<StoreKey, Store> {
    let text = fs::read_to_string(state.join("identity/store.key"));
    let text = Zeroizing::new(text.map_err(|_| Store::NoKey)?);
    StoreKey::from_hex(text.trim()).ok_or(Store::KeyMalformed)
}

/// Bytes of the files in a folder; those of the folders in it are not counted.
pub(super) fn bytes_in(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    entries
        .filter_map(|entry| entry.ok()?.metadata().ok())
        .filter(fs::Metadata::is_file)
        .map(|meta| meta.len())
        .sum()
}

/// The certificate, as far as it and its key can be read.
pub(super) fn certificate(state: &Path) -> facts::Certificate {
    let files = IdentityFiles::of(state);
    let chain = match files.read_cert() {
        Ok(Some(chain)) => chain,
        Ok(None) => return facts::Certificate::Missing,
        Err(_) => return facts::Certificate::Unreadable,
    };
    let Some((own, _)) = Certificate::chain(&chain) else {
        return facts::Certificate::Unreadable;
    };
    match DeviceKey::open(&key_file(state)) {
        Ok(key) if key.public_key() == own.public_key => held(own.validity),
        Err(KeyError::Unreadable { cause, .. }) if cause.kind() == io::ErrorKind::NotFound => {
            facts::Certificate::NoKey
        }
        Ok(_) | Err(_) => facts::Certificate::Unreadable,
    }
}

/// Who this kiosk is towards central at `now`, if certificate and key belong together.
pub(super) fn identity(state: &Path, now: UtcMillis) -> Option<Arc<DeviceIdentity>> {
    let key = DeviceKey::open(&key_file(state)).ok()?;
    let key = SyncKey {
        public_key: key.public_key().to_owned(),
        sign: Arc::new(move |message| key.sign(message).map_err(|error| error.to_string())),
    };
    let chains = Chains::read(state, &key).ok()?;
    chains.in_use(now).map(Arc::clone)
}

fn key_file(state: &Path) -> PathBuf {
    state.join("identity/key.pem")
}

fn held(validity: Validity) -> facts::Certificate {
    facts::Certificate::Held {
        from: UtcMillis(validity.from.0),
        until: UtcMillis(validity.until.0),
    }
}

/// Whether the audit, which lies in the journal, could be written by whoever runs this: asked of the
/// system, not tried.
pub(super) fn audit(store: &Path) -> Audit {
    let may_write = |path: &Path| access(path, Access::WRITE_OK).is_ok();
    let journal = store.join("journal.db");
    if !journal.exists() {
        Audit::Missing
    } else if may_write(&journal) && may_write(store) {
        Audit::Writable
    } else {
        Audit::NotWritable
    }
}
