//! Where the store's key is: in a file of `identity/`, or unsealed by systemd for this process alone.
//!
//! | place | what |
//! |---|---|
//! | `$CREDENTIALS_DIRECTORY/store.key` | the key, in memory that only this service sees (systemd.exec(5), *Credentials*) |
//! | `identity/store.key.sealed` | what systemd unseals it from, under the secret of this `/var`; root's |
//! | `identity/store.key` | the key itself, where nothing seals it: at a desk |
//!
//! A key in the plain file is the one in use, whatever else there is: a machine whose key is being
//! sealed (`dayroom seal-key`) was cut from power.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use super::StoreKey;
use super::files::{Readers, give_to_the_kiosk, identity_folder, write_atomic};

/// The name of the credential.
pub const CREDENTIAL: &str = "store.key";

/// The places of a state folder, for this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreKeyPlace {
    state: PathBuf,
    credential: Option<PathBuf>,
}

impl StoreKeyPlace {
    /// Of a state folder; what systemd unsealed for this process is where it says.
    pub fn of(state: &Path) -> Self {
        Self::with(state, std::env::var_os("CREDENTIALS_DIRECTORY"))
    }

    fn with(state: &Path, credentials: Option<impl Into<PathBuf>>) -> Self {
        Self {
            state: state.to_owned(),
            credential: credentials.map(|folder| folder.into().join(CREDENTIAL)),
        }
    }

    /// The plain file.
    pub fn file(&self) -> PathBuf {
        self.state.join("identity/store.key")
    }

    /// What systemd unseals.
    pub fn sealed(&self) -> PathBuf {
        self.state.join("identity/store.key.sealed")
    }

    /// Whether the key is gone from the disk: whoever still has it holds it in memory.
    pub fn is_destroyed(&self) -> bool {
        !self.file().exists() && !self.sealed().exists()
    }

    /// The key; `None` if what is there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&self) -> io::Result<Option<StoreKey>> {
        let text = Zeroizing::new(fs::read(self.found()?)?);
        let key = str::from_utf8(&text).ok();
        Ok(key.and_then(|key| StoreKey::from_hex(key.trim())))
    }

    fn found(&self) -> io::Result<PathBuf> {
        let file = self.file();
        let credential = self.credential.as_ref();
        match credential.filter(|path| path.exists()) {
            Some(credential) if !file.try_exists()? => Ok(credential.clone()),
            Some(_) | None => Ok(file),
        }
    }

    /// Makes the key where there is none, in the plain file. Whoever is first makes it: the name
    /// appears with the whole key in it, or not at all, and never takes another's place.
    ///
    /// # Errors
    /// What the disk says.
    pub fn make(&self) -> io::Result<()> {
        let path = self.found()?;
        if path.try_exists()? {
            return Ok(());
        }
        identity_folder(&self.state)?;
        let new = self
            .state
            .join(format!("identity/.store.key.{}", std::process::id()));
        write_atomic(&new, new_key()?.as_bytes(), Readers::Kiosk)?;
        give_to_the_kiosk(&self.state, &new)?;
        let linked = fs::hard_link(&new, &path);
        fs::remove_file(&new)?;
        match linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            Ok(()) | Err(_) => {}
        }
        File::open(self.state.join("identity"))?.sync_all()
    }
}

/// A new key, as it stands in its file: 64 hexadecimal digits.
///
/// # Errors
/// When the machine has no randomness.
pub fn new_key() -> io::Result<Zeroizing<String>> {
    let mut key = Zeroizing::new([0_u8; 32]);
    SystemRandom::new()
        .fill(key.as_mut())
        .map_err(|_| io::Error::other("no randomness"))?;
    // Room for all of it at once: a string that grows leaves copies behind.
    let mut text = Zeroizing::new(String::with_capacity(64));
    for byte in key.iter() {
        for digit in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreFile;

    fn plain(state: &Path) -> StoreKeyPlace {
        StoreKeyPlace::with(state, None::<PathBuf>)
    }

    /// As SQLCipher is told it.
    fn said(key: &StoreKey) -> String {
        key.pragma(StoreFile::Cache).to_string()
    }

    #[test]
    fn the_store_key_is_made_once_and_whoever_is_second_finds_the_first_ones() {
        let folder = tempfile::tempdir().unwrap();
        let place = plain(folder.path());
        assert!(place.is_destroyed());
        place.make().unwrap();
        let first = fs::read_to_string(place.file()).unwrap();
        assert!(place.read().unwrap().is_some() && !place.is_destroyed());
        place.make().unwrap();
        assert_eq!(fs::read_to_string(place.file()).unwrap(), first);
        let left = fs::read_dir(folder.path().join("identity")).unwrap();
        assert_eq!(left.count(), 1);
    }

    #[test]
    fn where_systemd_has_unsealed_the_key_none_is_made() {
        let (state, unsealed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(unsealed.path().join(CREDENTIAL), "ab".repeat(32)).unwrap();
        let place = StoreKeyPlace::with(state.path(), Some(unsealed.path()));
        place.make().unwrap();
        assert!(!place.file().exists());
        let key = place.read().unwrap().unwrap();
        assert_eq!(said(&key), said(&StoreKey::new([0xab; 32])));
    }

    #[test]
    fn a_key_in_the_plain_file_is_the_one_in_use() {
        let (state, unsealed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        plain(state.path()).make().unwrap();
        fs::write(unsealed.path().join(CREDENTIAL), "ab".repeat(32)).unwrap();
        let place = StoreKeyPlace::with(state.path(), Some(unsealed.path()));
        let key = place.read().unwrap().unwrap();
        assert_ne!(said(&key), said(&StoreKey::new([0xab; 32])));
    }

    #[test]
    fn an_empty_folder_of_credentials_is_as_good_as_none() {
        let (state, empty) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let place = StoreKeyPlace::with(state.path(), Some(empty.path()));
        place.make().unwrap();
        assert!(place.file().exists() && place.read().unwrap().is_some());
    }
}
