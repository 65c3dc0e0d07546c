//! What has been got so far, beside what is in use, and the switch from one to the other.
//!
//! ```text
//! provisioning/staged/   filled step by step; running again with the same ticket goes on from it
//! provisioning/ready/    the same folder once it is whole: from here on there is no way back
//! ```
//!
//! The rename from `staged` to `ready` is the moment of the switch. Afterwards [`settle`] copies each
//! file to its place, `site.json` last, and can be cut at any step: whoever starts next goes on, before
//! anything is read.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use ring::digest::{SHA256, digest};
use zeroize::Zeroizing;

use crate::store::files::{
    Readers, destroy, give_to_the_kiosk, identity_folder, make_store_key, write_atomic,
};

/// The files of a kiosk that provisioning brings: the name in the stage, the place, who reads it.
/// In the order of the switch.
const FILES: [(&str, &str, Readers); 4] = [
    ("key.pem", "identity/key.pem", Readers::Owner),
    ("cert.pem", "identity/cert.pem", Readers::Kiosk),
    ("operators.json", "identity/operators.json", Readers::Kiosk),
    ("site.json", SITE, Readers::Kiosk),
];
const SITE: &str = "site.json";
/// What a renewal left of the kiosk's key before: not of the new one.
const STALE: [&str; 1] = ["identity/cert.next.pem"];
/// Which ticket the stage belongs to.
const SOURCE: &str = "source";

/// A file of the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Staged {
    /// The private key, PEM.
    Key,
    /// The certificate chain, PEM.
    Certificate,
    /// The operators' key set.
    Operators,
    /// Which central, facility and unit.
    Site,
}

impl Staged {
    fn name(self) -> &'static str {
        match self {
            Self::Key => "key.pem",
            Self::Certificate => "cert.pem",
            Self::Operators => "operators.json",
            Self::Site => SITE,
        }
    }

    fn readers(self) -> Readers {
        match self {
            Self::Key => Readers::Owner,
            Self::Certificate | Self::Operators | Self::Site => Readers::Kiosk,
        }
    }
}

/// The stage of one provisioning. One at a time: the lock goes with it.
#[derive(Debug)]
pub struct Stage {
    state: PathBuf,
    _lock: File,
}

/// Why there is no stage.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// Somebody else has it.
    #[error("another provisioning is under way")]
    UnderWay,
    /// The disk.
    #[error("cannot write the state folder")]
    Disk(#[from] io::Error),
}

impl Stage {
    /// Opens the stage for this ticket: goes on with what an earlier try with the same one left, and
    /// throws away what one with another left.
    ///
    /// # Errors
    /// See [`StageError`].
    pub fn open(state: &Path, ticket: &[u8]) -> Result<Self, StageError> {
        let root = state.join("provisioning");
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&root)?;
        let lock = File::create(root.join("lock"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StageError::UnderWay,
            TryLockError::Error(error) => StageError::Disk(error),
        })?;
        settle(state)?;
        let stage = Self {
            state: state.to_owned(),
            _lock: lock,
        };
        let source = digest(&SHA256, ticket);
        let folder = stage.folder();
        if fs::read(folder.join(SOURCE)).ok().as_deref() != Some(source.as_ref()) {
            destroy(&folder)?;
            DirBuilder::new().mode(0o700).create(&folder)?;
            write_atomic(&folder.join(SOURCE), source.as_ref(), Readers::Owner)?;
        }
        Ok(stage)
    }

    fn folder(&self) -> PathBuf {
        self.state.join("provisioning/staged")
    }

    /// Where it is, or will be.
    pub fn path(&self, what: Staged) -> PathBuf {
        self.folder().join(what.name())
    }

    /// What is there of it.
    ///
    /// # Errors
    /// What the disk says.
    pub fn read(&self, what: Staged) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        match fs::read(self.folder().join(what.name())) {
            Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps it, durably.
    ///
    /// # Errors
    /// What the disk says.
    pub fn keep(&self, what: Staged, bytes: &[u8]) -> io::Result<()> {
        write_atomic(&self.folder().join(what.name()), bytes, what.readers())
    }

    /// Makes this machine the kiosk of the stage. The store and its key stay as they are.
    ///
    /// # Errors
    /// What the disk says; run again, it goes on.
    pub fn switch(self) -> io::Result<()> {
        make_store_key(&self.state)?;
        let (staged, ready) = (self.folder(), self.state.join("provisioning/ready"));
        fs::rename(&staged, ready)?;
        File::open(self.state.join("provisioning"))?.sync_all()?;
        settle(&self.state)
    }
}

/// Ends a switch that a power cut left in the middle. To be called before `site.json` or
/// `identity/` are read.
///
/// # Errors
/// What the disk says.
pub fn settle(state: &Path) -> io::Result<()> {
    let ready = state.join("provisioning/ready");
    if !ready.try_exists()? {
        return Ok(());
    }
    identity_folder(state)?;
    for (name, place, readers) in FILES {
        match fs::read(ready.join(name)) {
            Ok(bytes) => {
                let bytes = Zeroizing::new(bytes);
                if place == SITE {
                    for stale in STALE {
                        destroy(&state.join(stale))?;
                    }
                }
                let place = state.join(place);
                write_atomic(&place, &bytes, readers)?;
                give_to_the_kiosk(state, &place)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    destroy(&ready)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: [Staged; 3] = [Staged::Key, Staged::Certificate, Staged::Site];

    fn fill(stage: &Stage, mark: &str) {
        for what in WHOLE {
            stage
                .keep(what, format!("{mark} {}", what.name()).as_bytes())
                .unwrap();
        }
    }

    fn here(state: &Path) -> Vec<String> {
        ["identity/key.pem", "identity/cert.pem", "site.json"]
            .iter()
            .map(|name| fs::read_to_string(state.join(name)).unwrap_or_default())
            .collect()
    }

    fn all(mark: &str) -> Vec<String> {
        WHOLE
            .iter()
            .map(|what| format!("{mark} {}", what.name()))
            .collect()
    }

    #[test]
    fn until_the_switch_the_old_kiosk_stands_and_the_store_key_outlives_it() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let stage = Stage::open(state, b"first").unwrap();
        fill(&stage, "old");
        assert_eq!(here(state), ["", "", ""]);
        stage.switch().unwrap();
        assert_eq!(here(state), all("old"));
        let key = fs::read(state.join("identity/store.key")).unwrap();
        assert_eq!(key.len(), 64);
        let stage = Stage::open(state, b"second").unwrap();
        fill(&stage, "new");
        assert_eq!(here(state), all("old"));
        stage.switch().unwrap();
        assert_eq!(here(state), all("new"));
        assert_eq!(fs::read(state.join("identity/store.key")).unwrap(), key);
        assert!(!state.join("provisioning/ready").exists());
    }

    #[test]
    fn a_cut_at_any_step_of_the_switch_leaves_the_old_or_is_carried_on_to_the_new() {
        // How far a cut switch has come: so many files are at their places already.
        for done in 0..=WHOLE.len() {
            let folder = tempfile::tempdir().unwrap();
            let state = folder.path();
            let stage = Stage::open(state, b"first").unwrap();
            fill(&stage, "old");
            stage.switch().unwrap();
            fs::write(state.join("identity/cert.next.pem"), "of the old key").unwrap();
            let stage = Stage::open(state, b"second").unwrap();
            fill(&stage, "new");
            drop(stage);
            settle(state).unwrap();
            assert_eq!(
                here(state),
                all("old"),
                "a stage that is not ready changes nothing"
            );
            fs::rename(
                state.join("provisioning/staged"),
                state.join("provisioning/ready"),
            )
            .unwrap();
            for (name, place, _) in FILES
                .iter()
                .filter(|(name, ..)| WHOLE.iter().take(done).any(|what| what.name() == *name))
            {
                fs::copy(
                    state.join("provisioning/ready").join(name),
                    state.join(place),
                )
                .unwrap();
            }
            settle(state).unwrap();
            assert_eq!(here(state), all("new"), "cut after {done}");
            assert!(!state.join("identity/cert.next.pem").exists());
            settle(state).unwrap();
        }
    }

    #[test]
    fn running_again_goes_on_with_the_same_ticket_and_begins_anew_with_another() {
        let folder = tempfile::tempdir().unwrap();
        let stage = Stage::open(folder.path(), b"ticket").unwrap();
        stage.keep(Staged::Key, b"key").unwrap();
        let second = Stage::open(folder.path(), b"ticket");
        assert!(matches!(second, Err(StageError::UnderWay)));
        drop(stage);
        let again = Stage::open(folder.path(), b"ticket").unwrap();
        assert_eq!(again.read(Staged::Key).unwrap().unwrap().as_slice(), b"key");
        drop(again);
        let other = Stage::open(folder.path(), b"another").unwrap();
        assert_eq!(other.read(Staged::Key).unwrap(), None);
    }
}
