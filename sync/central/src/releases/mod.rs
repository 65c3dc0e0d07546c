//! Software releases by The Update Framework (TUF): what central keeps, signs and hands out.
//!
//! Four roles sign. `root` (two of three keys) says who signs what; `targets` says which bundles
//! there are; `snapshot` which files belong together; `timestamp` that this is still the newest.
//! The first three are offline: their keys lie in a folder an operator brings and takes away, and
//! [`Releases::keys_within_reach`] keeps the service from running beside them. Only the timestamp
//! key lives with the service, and can do no more than say "nothing newer" for fourteen days.
//!
//! Everything is a file below `releases/` of central's state folder: `metadata/`, `targets/` and
//! `timestamp.key.pem`. Each is written as a whole, bundles first and `timestamp.json` last, so that
//! a power cut leaves the repository that was there before.

mod error;
mod files;
mod keys;
mod publish;
mod reach;
mod root;
mod sign;

pub use error::ReleasesError;
pub use files::{ReleaseFile, ReleaseFileKind};
pub use keys::{KeyFolder, ReleaseKey};
pub use publish::{Published, ReleaseLine};
pub use root::RootProgress;

use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long each role's word holds.
pub mod lives {
    use super::Duration;

    const DAY: Duration = Duration::from_secs(24 * 3_600);

    /// A root is renewed, at the latest, once a year.
    pub const ROOT: Duration = DAY.saturating_mul(365);
    /// Releases are made more often than this; else `release renew` signs the same ones again.
    pub const TARGETS: Duration = DAY.saturating_mul(180);
    /// As long as what it lists.
    pub const SNAPSHOT: Duration = DAY.saturating_mul(180);
    /// The longest time a kiosk can be kept from hearing of a release.
    pub const TIMESTAMP: Duration = DAY.saturating_mul(14);
    /// The service renews the timestamp when less than this is left.
    pub const TIMESTAMP_RENEWED: Duration = DAY.saturating_mul(10);
}

/// The repository of releases in central's state folder.
#[derive(Clone, Debug)]
pub struct Releases {
    folder: PathBuf,
}

impl Releases {
    /// The one in this state folder, whether it was begun or not.
    pub fn new(state: &Path) -> Self {
        Self {
            folder: state.join("releases"),
        }
    }

    /// Whether there is a root yet.
    pub fn has_begun(&self) -> bool {
        self.metadata().join("1.root.json").exists()
    }

    fn metadata(&self) -> PathBuf {
        self.folder.join("metadata")
    }

    fn targets(&self) -> PathBuf {
        self.folder.join("targets")
    }

    fn timestamp_key(&self) -> PathBuf {
        self.folder.join("timestamp.key.pem")
    }

    fn pending_root(&self) -> PathBuf {
        self.folder.join("pending-root.json")
    }
}
