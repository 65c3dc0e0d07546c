//! What the files of the state folder say. Read, never written.

use std::fs;
use std::path::Path;

use dayroom_client::transport::{FileIdentity, Identity as _, Validity};
use rustix::fs::{Access, access};
use zeroize::Zeroizing;

use crate::domain::UtcMillis;
use crate::domain::health::facts::{Audit, Certificate, Store};
use crate::store::StoreKey;

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
pub(super) fn certificate(state: &Path) -> Certificate {
    let folder = state.join("identity");
    let chain = match fs::read(folder.join("cert.pem")) {
        Ok(chain) => chain,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Certificate::Missing,
        Err(_) => return Certificate::Unreadable,
    };
    let key = match fs::read(folder.join("key.pem")) {
        Ok(key) => Zeroizing::new(key),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Certificate::NoKey,
        Err(_) => return Certificate::Unreadable,
    };
    FileIdentity::from_pem(&chain, &key).map_or(Certificate::Unreadable, |identity| {
        held(identity.validity())
    })
}

fn held(validity: Validity) -> Certificate {
    Certificate::Held {
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
