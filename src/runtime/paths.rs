//! Every decision about where files are.

use std::path::{Path, PathBuf};

use crate::store::IdentityFiles;

/// Why no state folder could be found.
#[derive(Debug, thiserror::Error)]
pub enum PathError {
    /// Neither `--state` nor `STATE_DIRECTORY` is given and the account has no home.
    #[error("no state folder: give --state DIR or set STATE_DIRECTORY")]
    NoStateFolder,
    /// A folder could not be made.
    #[error("cannot make the folder {0}")]
    Make(PathBuf, #[source] std::io::Error),
}

/// The folders of one kiosk.
#[derive(Clone, Debug)]
pub struct KioskPaths {
    root: PathBuf,
}

impl KioskPaths {
    /// The kiosk whose state root is `root`.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// `--state`, else `STATE_DIRECTORY`, else the platform's data folder.
    ///
    /// # Errors
    /// When there is none of them.
    pub fn find(given: Option<PathBuf>) -> Result<Self, PathError> {
        given
            .or_else(|| std::env::var_os("STATE_DIRECTORY").map(PathBuf::from))
            .or_else(|| {
                directories::ProjectDirs::from("org", "dayroom", "dayroom")
                    .map(|dirs| dirs.data_dir().to_owned())
            })
            .map(Self::at)
            .ok_or(PathError::NoStateFolder)
    }

    /// The state root.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The three encrypted files.
    pub fn store(&self) -> PathBuf {
        self.root.join("store")
    }

    /// Key, certificate and store key.
    pub fn identity(&self) -> PathBuf {
        self.root.join("identity")
    }

    /// The kiosk's key, where it lies in a file.
    pub fn key(&self) -> PathBuf {
        IdentityFiles::of(&self.root).key()
    }

    /// Which central, root, facility and unit.
    pub fn site(&self) -> PathBuf {
        self.root.join("site.json")
    }

    /// The local socket: in `RUNTIME_DIRECTORY`, else under the state root.
    pub fn socket(&self) -> PathBuf {
        std::env::var_os("RUNTIME_DIRECTORY")
            .map_or_else(|| self.root.join("run"), PathBuf::from)
            .join("kiosk.sock")
    }

    /// Makes the folders the kiosk writes to.
    ///
    /// # Errors
    /// When one cannot be made.
    pub fn make(&self) -> Result<(), PathError> {
        for folder in [
            self.store(),
            self.socket()
                .parent()
                .map(Path::to_owned)
                .unwrap_or_default(),
        ] {
            std::fs::create_dir_all(&folder).map_err(|error| PathError::Make(folder, error))?;
        }
        Ok(())
    }
}
