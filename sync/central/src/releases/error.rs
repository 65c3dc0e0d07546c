use std::io;
use std::path::PathBuf;

use dayroom_protocol::ReleaseVersion;
use tough::schema::RoleType;

use crate::ca::CaError;

/// Why something about releases was not done.
#[derive(Debug, thiserror::Error)]
pub enum ReleasesError {
    /// There is a root already; a second one would lock out every kiosk.
    #[error("releases were begun already in {0}")]
    Begun(PathBuf),
    /// There is no root yet.
    #[error("releases were not begun yet in {0}")]
    NotBegun(PathBuf),
    /// A key of that name lies there; a key is never written over.
    #[error("key {0} is there already")]
    KeyExists(PathBuf),
    /// An offline key would lie, or lies, where the service could read it.
    #[error("an offline key is within the service's reach: {0}")]
    KeyWithinReach(PathBuf),
    /// Too few of a role's keys are in the folders given.
    #[error("role {role} needs {needed} of its keys, {found} are in the key folders")]
    KeysMissing {
        /// Which role.
        role: RoleType,
        /// Keys at hand.
        found: u64,
        /// Keys needed.
        needed: u64,
    },
    /// A file could not be read or written.
    #[error("file {path} cannot be read or written")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is there but not of its form.
    #[error("file {path} is not of its form: {what}")]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A key could not be made or used.
    #[error("key cannot be made or used")]
    Key,
    /// Metadata that was signed here does not verify; it was not published.
    #[error("what was signed for role {0} does not verify")]
    Unverified(RoleType),
    /// The role is not one that signs here.
    #[error("role {0} has no keys here")]
    NoRole(RoleType),
    /// There is a release of that version; a version is never used twice.
    #[error("release {0} is there already")]
    Exists(ReleaseVersion),
    /// There is none of that version.
    #[error("release {0} is not there")]
    NoRelease(ReleaseVersion),
    /// The bundle passes the limit of the wire, or is empty.
    #[error("bundle {0} is empty or larger than 4 GiB")]
    BundleSize(PathBuf),
    /// No root waits for signatures.
    #[error("no root waits for signatures")]
    NothingPending,
    /// One root at a time.
    #[error("a root waits for signatures already")]
    Pending,
    /// A moment no metadata can carry, or a version number that has come to its end.
    #[error("moment or number is outside what metadata can carry")]
    Range,
}

impl From<CaError> for ReleasesError {
    fn from(error: CaError) -> Self {
        match error {
            CaError::File { path, source } => Self::File { path, source },
            CaError::Exists(path) | CaError::Missing(path) => Self::File {
                path,
                source: io::ErrorKind::Other.into(),
            },
            CaError::Damaged { path, what } => Self::Damaged { path, what },
            CaError::Make(_) | CaError::Randomness => Self::Key,
            CaError::Moment(_) | CaError::NoCertificate(_) | CaError::EstName(_) => Self::Range,
        }
    }
}
