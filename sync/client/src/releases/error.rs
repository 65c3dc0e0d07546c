use std::error::Error;
use std::io;
use std::path::PathBuf;

use dayroom_protocol::{ReleaseVersion, UtcMillis};

use super::stage::PlatformError;

/// Why a metadata file could not be had.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// There is none of that name.
    #[error("metadata is not there")]
    NotFound,
    /// It is longer than any metadata.
    #[error("metadata is too large")]
    TooLarge,
    /// It could not be fetched or read.
    #[error("metadata cannot be fetched")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

/// Why releases are not believed.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// Nobody gave this kiosk a root: provisioning does.
    #[error("kiosk has no root for releases in {0}")]
    NoRoot(PathBuf),
    /// The network, or central: nothing was learnt.
    #[error("metadata of the releases cannot be fetched")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// Operators, or an attacker: the metadata is not what the trusted root asks for.
    #[error("metadata of the releases is refused")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
    /// Operators, or somebody who keeps news away: a role's word has ended.
    #[error("word of role {role} ended at {ended}")]
    Expired {
        /// Which.
        role: &'static str,
        /// When, in milliseconds since 1970.
        ended: UtcMillisText,
    },
    /// Operators: a signed bundle is larger than a kiosk takes, or its name is not its version's.
    #[error("signed list names a bundle that is none")]
    Bundle,
    /// The disk.
    #[error("file {path} cannot be read or written")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A moment, written as its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UtcMillisText(pub UtcMillis);

impl std::fmt::Display for UtcMillisText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.0)
    }
}

impl TrustError {
    /// Whether trying again later may help without anybody doing anything.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::File { .. } => true,
            Self::NoRoot(_) | Self::Refused(_) | Self::Expired { .. } | Self::Bundle => false,
        }
    }

    pub(super) fn file(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}

/// Why a release was not staged.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// Releases are not believed here.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The signed list has no such release.
    #[error("release {0} is not in the signed list")]
    NotListed(ReleaseVersion),
    /// It is not newer than what runs, and no order says that it may be older.
    #[error("release {wanted} is not newer than {running}, and no order allows it")]
    NotNewer {
        /// What was asked for.
        wanted: ReleaseVersion,
        /// What runs.
        running: ReleaseVersion,
    },
    /// The bundle that was fetched is not the one that is signed.
    #[error("bundle of release {0} is not the one that is signed")]
    Bundle(ReleaseVersion),
    /// The disk.
    #[error("file {path} cannot be read or written")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The machine does not take it.
    #[error(transparent)]
    Platform(#[from] PlatformError),
}

impl StageError {
    /// Whether the release, or who sent it, is at fault, rather than this machine.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Trust(error) => !error.is_passing(),
            Self::NotListed(_) | Self::NotNewer { .. } | Self::Bundle(_) => true,
            Self::File { .. } | Self::Platform(_) => false,
        }
    }

    pub(super) fn file(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}
