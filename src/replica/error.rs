use std::io;
use std::path::PathBuf;

use dayroom_client::transport::{IdentityError, SetupError};

use crate::store::StoreError;

/// Why the replica cannot go on. The process ends, and starts again from what is on disk.
#[derive(Debug, thiserror::Error)]
pub enum ReplicaError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why the sync process does not run.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// A file of the kiosk's state cannot be read: provision it again.
    #[error("cannot read {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// `site.json` is not of its form: provision the kiosk again.
    #[error("{0} does not say which central this kiosk belongs to")]
    Site(PathBuf, #[source] serde_json::Error),
    /// The kiosk's key cannot be used: provision the kiosk again.
    #[error("key of this kiosk cannot be used: {0}")]
    Key(String),
    /// The store key is not 64 hexadecimal digits: restore the file.
    #[error("{0} is not a store key")]
    StoreKey(PathBuf),
    /// What it knows of its operators is not of its form: provision the kiosk again.
    #[error("{0} does not say whose orders this kiosk carries out")]
    Operators(PathBuf),
    /// This kiosk's certificate or key: enrol it again.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The address or the root of central: provision the kiosk again.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The store.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// The local socket: another sync process has it, or its folder cannot be written.
    #[error("cannot listen on {path}")]
    Socket {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Threads or signals of the operating system.
    #[error("cannot start")]
    System(#[source] io::Error),
    /// The thread of the store ended by itself.
    #[error("the store's thread has ended")]
    Stopped,
}

impl From<StoreError> for SyncError {
    fn from(error: StoreError) -> Self {
        Self::Replica(error.into())
    }
}
