use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::TrustError;
use super::files::{beside, read_at_most, write_whole};

/// More than all roots and one file of each other role.
const KEPT_BYTES: u64 = 64 * 1024 * 1024;

/// What was believed last, as one file; each text is a metadata file that was verified.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    /// Every root since the first, by number.
    pub(super) roots: BTreeMap<u64, String>,
    /// The newest of each other role, by the name of its file.
    pub(super) roles: BTreeMap<String, String>,
}

impl Kept {
    /// Reads it; one that cannot be read is set aside, because no update may depend on it, and what
    /// guards against an older release is then the version that runs.
    pub(super) fn read(path: &Path) -> Result<(Self, Option<PathBuf>), TrustError> {
        if !path.exists() {
            return Ok((Self::default(), None));
        }
        let bytes = read_at_most(path, KEPT_BYTES).map_err(TrustError::file(path))?;
        match serde_json::from_slice(&bytes) {
            Ok(kept) => Ok((kept, None)),
            Err(_) => {
                let bad = beside(path, "bad").map_err(TrustError::file(path))?;
                std::fs::rename(path, &bad).map_err(TrustError::file(path))?;
                Ok((Self::default(), Some(bad)))
            }
        }
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), TrustError> {
        let bytes =
            serde_json::to_vec(self).map_err(|error| TrustError::Refused(Box::new(error)))?;
        write_whole(path, &bytes).map_err(TrustError::file(path))
    }
}
