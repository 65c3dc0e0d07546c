use std::fs;
use std::path::{Path, PathBuf};

use tough::schema::RoleType;

use super::keys::KeyId;
use super::{ReleaseKey, Releases, ReleasesError};

/// Folders within one another that are looked into.
const DEPTH: usize = 8;

impl Releases {
    /// Private keys of the offline roles (root, targets, snapshot), by any name, in the state folder.
    ///
    /// A key counts when any root ever published names it for such a role: a key that was rotated
    /// away still signs what an old kiosk believes.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn keys_within_reach(&self, state: &Path) -> Result<Vec<PathBuf>, ReleasesError> {
        if !self.has_begun() {
            return Ok(Vec::new());
        }
        let offline = self.offline_key_ids()?;
        let mut found = Vec::new();
        self.look(state, DEPTH, &offline, &mut found)?;
        found.sort();
        Ok(found)
    }

    /// Refuses a key folder that lies in the folder central lives in.
    pub(super) fn refuse_within_reach(&self, folder: &Path) -> Result<(), ReleasesError> {
        let absolute = |path: &Path| fs::canonicalize(path).ok();
        let state = self.folder.parent().and_then(absolute);
        // One that is to be made is judged by the nearest that is there.
        let given = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let real = given.ancestors().find_map(absolute);
        match (state, real) {
            (Some(state), Some(real)) if real.starts_with(&state) => {
                Err(ReleasesError::KeyWithinReach(folder.to_owned()))
            }
            _ => Ok(()),
        }
    }

    fn offline_key_ids(&self) -> Result<Vec<KeyId>, ReleasesError> {
        let newest = self.newest_root()?.signed.version.get();
        let mut ids = Vec::new();
        for version in 1..=newest {
            let path = self.metadata().join(format!("{version}.root.json"));
            let root = self.parse::<tough::schema::Root>(&path)?.signed;
            for role in [RoleType::Root, RoleType::Targets, RoleType::Snapshot] {
                if let Some(keys) = root.roles.get(&role) {
                    ids.extend(keys.keyids.iter().cloned());
                }
            }
        }
        Ok(ids)
    }

    fn look(
        &self,
        folder: &Path,
        depth: usize,
        offline: &[KeyId],
        found: &mut Vec<PathBuf>,
    ) -> Result<(), ReleasesError> {
        let failed = |source| ReleasesError::File {
            path: folder.to_owned(),
            source,
        };
        for entry in fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_dir() {
                if depth > 0 && path != self.targets() {
                    self.look(&path, depth - 1, offline, found)?;
                }
            } else if let Ok(Some(key)) = ReleaseKey::read(&path)
                && offline.contains(key.id())
            {
                found.push(path);
            }
        }
        Ok(())
    }
}
