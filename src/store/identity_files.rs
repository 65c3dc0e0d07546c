//! `identity/` of a kiosk: who it is, and how it knows central.
//!
//! | file | mode | what |
//! |---|---|---|
//! | `key.pem` | 0600 | the kiosk's key, made here, kept through renewals; where a TPM holds it, the blob that only this TPM can use |
//! | `cert.pem` | 0640 | the certificate chain in use |
//! | `cert.next.pem` | 0640 | a renewed chain that central has not answered to yet |
//! | `cert.refused.pem` | 0640 | the last renewed chain that central turned away, for whoever looks into it |
//! | `store.key` | 0640 | the key of the encrypted store |
//! | `revoked.crl` | 0640 | the newest revocation list, DER |
//! | `time` | 0640 | the last time that central gave, in milliseconds since 1970 |
//!
//! The folder belongs to the user of the sync process, who alone reads `key.pem` and changes anything;
//! the screen's user reads `store.key` and `time` through the group. Each file is replaced as a whole,
//! and each change of the certificate in use is one rename: whenever the power goes, there is a chain of
//! this key to connect with.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::StoreKey;
use super::files::{Readers, write_atomic};
use super::open::sync_folder;
use crate::domain::UtcMillis;

/// The files in `identity/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityFiles {
    folder: PathBuf,
}

impl IdentityFiles {
    /// Those in this state folder.
    pub fn of(state: &Path) -> Self {
        Self {
            folder: state.join("identity"),
        }
    }

    /// The kiosk's key, or what its TPM needs to use it.
    pub fn key(&self) -> PathBuf {
        self.folder.join("key.pem")
    }

    /// The chain in use.
    pub fn cert(&self) -> PathBuf {
        self.folder.join("cert.pem")
    }

    /// The renewed chain that is not in use yet.
    pub fn next_cert(&self) -> PathBuf {
        self.folder.join("cert.next.pem")
    }

    /// The renewed chain that central turned away.
    pub fn refused_cert(&self) -> PathBuf {
        self.folder.join("cert.refused.pem")
    }

    /// The store's key.
    pub fn store_key_path(&self) -> PathBuf {
        self.folder.join("store.key")
    }

    fn list(&self) -> PathBuf {
        self.folder.join("revoked.crl")
    }

    fn time(&self) -> PathBuf {
        self.folder.join("time")
    }

    /// The store's key; `None` if what is there is none.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read_store_key(&self) -> io::Result<Option<StoreKey>> {
        let text = Zeroizing::new(fs::read(self.store_key_path())?);
        let key = str::from_utf8(&text).ok();
        Ok(key.and_then(|key| StoreKey::from_hex(key.trim())))
    }

    /// The chain in use, if there is one.
    ///
    /// # Errors
    /// What the disk says.
    pub fn read_cert(&self) -> io::Result<Option<Vec<u8>>> {
        if_there(fs::read(self.cert()))
    }

    /// The renewed chain that is not in use yet, if there is one.
    ///
    /// # Errors
    /// What the disk says.
    pub fn read_next_cert(&self) -> io::Result<Option<Vec<u8>>> {
        if_there(fs::read(self.next_cert()))
    }

    /// Keeps a renewed chain beside the one in use.
    ///
    /// # Errors
    /// What the disk says.
    pub fn keep_next_cert(&self, chain: &[u8]) -> io::Result<()> {
        write_atomic(&self.next_cert(), chain, Readers::Kiosk)
    }

    /// Puts the renewed chain in the place of the one in use: one rename.
    ///
    /// # Errors
    /// What the disk says.
    pub fn use_next_cert(&self) -> io::Result<()> {
        fs::rename(self.next_cert(), self.cert())?;
        sync_folder(&self.folder)
    }

    /// Puts the renewed chain aside.
    ///
    /// # Errors
    /// What the disk says.
    pub fn set_next_cert_aside(&self) -> io::Result<()> {
        fs::rename(self.next_cert(), self.refused_cert())?;
        sync_folder(&self.folder)
    }

    /// The newest revocation list, if there is one.
    ///
    /// # Errors
    /// What the disk says.
    pub fn read_list(&self) -> io::Result<Option<Vec<u8>>> {
        if_there(fs::read(self.list()))
    }

    /// Keeps a newer one.
    ///
    /// # Errors
    /// What the disk says.
    pub fn keep_list(&self, list: &[u8]) -> io::Result<()> {
        write_atomic(&self.list(), list, Readers::Kiosk)
    }

    /// The last time that central gave; `None` if there is none, or the file is not of its form.
    ///
    /// # Errors
    /// What the disk says.
    pub fn read_time(&self) -> io::Result<Option<UtcMillis>> {
        let text = if_there(fs::read_to_string(self.time()))?;
        Ok(text
            .and_then(|text| text.trim().parse().ok())
            .map(UtcMillis))
    }

    /// Keeps a later one.
    ///
    /// # Errors
    /// What the disk says.
    pub fn keep_time(&self, at: UtcMillis) -> io::Result<()> {
        write_atomic(
            &self.time(),
            format!("{}\n", at.0).as_bytes(),
            Readers::Kiosk,
        )
    }
}

fn if_there<T>(read: io::Result<T>) -> io::Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> (tempfile::TempDir, IdentityFiles) {
        let state = tempfile::tempdir().unwrap();
        fs::create_dir(state.path().join("identity")).unwrap();
        let files = IdentityFiles::of(state.path());
        (state, files)
    }

    #[test]
    fn a_renewed_chain_is_kept_beside_the_old_and_then_takes_its_place_or_goes_aside() {
        let (_state, files) = files();
        assert_eq!(files.read_cert().unwrap(), None);
        fs::write(files.cert(), "old").unwrap();
        files.keep_next_cert(b"new").unwrap();
        assert_eq!(files.read_cert().unwrap().unwrap(), b"old");
        assert_eq!(files.read_next_cert().unwrap().unwrap(), b"new");
        files.use_next_cert().unwrap();
        assert_eq!(files.read_cert().unwrap().unwrap(), b"new");
        assert_eq!(files.read_next_cert().unwrap(), None);
        files.keep_next_cert(b"newer").unwrap();
        files.set_next_cert_aside().unwrap();
        assert_eq!(files.read_cert().unwrap().unwrap(), b"new");
        assert_eq!(files.read_next_cert().unwrap(), None);
        assert_eq!(fs::read(files.refused_cert()).unwrap(), b"newer");
    }

    #[test]
    fn the_last_time_is_kept_and_nonsense_in_its_place_is_no_time() {
        let (state, files) = files();
        assert_eq!(files.read_time().unwrap(), None);
        files.keep_time(UtcMillis(1_790_000_000_123)).unwrap();
        assert_eq!(
            files.read_time().unwrap(),
            Some(UtcMillis(1_790_000_000_123))
        );
        fs::write(state.path().join("identity/time"), "soon").unwrap();
        assert_eq!(files.read_time().unwrap(), None);
    }
}
