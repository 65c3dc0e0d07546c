use std::collections::HashMap;
use std::fs;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use dayroom_protocol::{BlobHash, UtcMillis};
use tough::schema::{RoleKeys, RoleType, Root, Signed};

use super::sign::{SPEC, expiry, file_bytes, next, signatures, threshold};
use super::{KeyFolder, ReleaseKey, Releases, ReleasesError, lives};
use crate::ca::{private_folder, write_private};
use crate::kiosk::sha256;

/// Keys of the root, and how many of them sign.
const ROOT_KEYS: usize = 3;
const ROOT_THRESHOLD: u64 = 2;

/// How far the signing of a root has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootProgress {
    /// The root's number.
    pub version: u64,
    /// Signatures by keys of the root before it, and how many are needed.
    pub of_old: (u64, u64),
    /// Signatures by its own keys, and how many are needed.
    pub of_new: (u64, u64),
    /// Whether it is published: kiosks follow it from now on.
    pub published: bool,
}

impl Releases {
    /// Makes the keys of all roles in `folder`, the first root, and an empty list of releases.
    ///
    /// The timestamp key goes to the state folder too, for the service.
    ///
    /// # Errors
    /// When releases were begun, when `folder` lies within the state folder, or files fail.
    pub fn begin(&self, folder: &Path, now: UtcMillis) -> Result<(), ReleasesError> {
        if self.has_begun() {
            return Err(ReleasesError::Begun(self.folder.clone()));
        }
        self.refuse_within_reach(folder)?;
        private_folder(folder)?;
        private_folder(&self.folder)?;
        let key = |name: String| ReleaseKey::create(&folder.join(format!("{name}.key.pem")));
        let roots: Vec<ReleaseKey> = (1..=ROOT_KEYS)
            .map(|number| key(format!("root-{number}")))
            .collect::<Result<_, _>>()?;
        let targets = key("targets".to_owned())?;
        let snapshot = key("snapshot".to_owned())?;
        let timestamp = key("timestamp".to_owned())?;
        let mut root = Root {
            spec_version: SPEC.to_owned(),
            consistent_snapshot: true,
            version: NonZeroU64::MIN,
            expires: expiry(now, lives::ROOT)?,
            keys: HashMap::new(),
            roles: HashMap::new(),
            _extra: HashMap::new(),
        };
        let all: Vec<&ReleaseKey> = roots.iter().collect();
        set_role(&mut root, RoleType::Root, &all, ROOT_THRESHOLD)?;
        set_role(&mut root, RoleType::Targets, &[&targets], 1)?;
        set_role(&mut root, RoleType::Snapshot, &[&snapshot], 1)?;
        set_role(&mut root, RoleType::Timestamp, &[&timestamp], 1)?;
        let keys = KeyFolder::read(&[folder.to_owned()])?;
        let signed = Signed {
            signatures: signatures(&root, &root, &keys)?,
            signed: root,
        };
        private_folder(&self.metadata())?;
        private_folder(&self.targets())?;
        let from = folder.join("timestamp.key.pem");
        write_private(&self.timestamp_key(), &read(&from)?)?;
        self.write_first_list(&signed.signed, &keys, now)?;
        // Last, because releases are begun when the first root is there.
        self.publish_root(&signed)
    }

    /// Replaces the keys of a role by new ones, made in `folder`, and lets the keys at hand sign.
    ///
    /// # Errors
    /// When another root waits for signatures, or files fail.
    pub fn rotate(
        &self,
        role: RoleType,
        folder: &Path,
        keys: &[PathBuf],
        now: UtcMillis,
    ) -> Result<RootProgress, ReleasesError> {
        if self.pending_root().exists() {
            return Err(ReleasesError::Pending);
        }
        self.refuse_within_reach(folder)?;
        let old = self.newest_root()?;
        let mut root = old.signed.clone();
        root.version = next(root.version)?;
        root.expires = expiry(now, lives::ROOT)?;
        let count = match role {
            RoleType::Root => ROOT_KEYS,
            RoleType::Targets | RoleType::Snapshot | RoleType::Timestamp => 1,
            RoleType::DelegatedTargets => return Err(ReleasesError::NoRole(role)),
        };
        private_folder(folder)?;
        let mut made = Vec::new();
        for number in 1..=count {
            let name = format!("{role}-v{}-{number}.key.pem", root.version);
            made.push(ReleaseKey::create(&folder.join(name))?);
        }
        let all: Vec<&ReleaseKey> = made.iter().collect();
        set_role(&mut root, role, &all, threshold(&old.signed, role)?)?;
        drop_unused_keys(&mut root);
        if role == RoleType::Timestamp {
            // The service's own copy waits beside the old one until the root is published.
            let name = format!("{role}-v{}-1.key.pem", root.version);
            write_private(&self.next_timestamp_key(), &read(&folder.join(name))?)?;
        }
        let mut folders = keys.to_vec();
        folders.push(folder.to_owned());
        let pending = Signed {
            signed: root,
            signatures: Vec::new(),
        };
        self.sign_pending(pending, &folders, now)
    }

    /// A root like the newest, that holds a year longer.
    ///
    /// # Errors
    /// As [`Releases::rotate`].
    pub fn renew_root(
        &self,
        keys: &[PathBuf],
        now: UtcMillis,
    ) -> Result<RootProgress, ReleasesError> {
        if self.pending_root().exists() {
            return Err(ReleasesError::Pending);
        }
        let mut root = self.newest_root()?.signed;
        root.version = next(root.version)?;
        root.expires = expiry(now, lives::ROOT)?;
        let pending = Signed {
            signed: root,
            signatures: Vec::new(),
        };
        self.sign_pending(pending, keys, now)
    }

    /// Adds the signatures of the keys at hand to the root that waits for them, and publishes it
    /// when there are enough of the old root and of its own.
    ///
    /// # Errors
    /// [`ReleasesError::NothingPending`]; or when files fail.
    pub fn sign_root(
        &self,
        keys: &[PathBuf],
        now: UtcMillis,
    ) -> Result<RootProgress, ReleasesError> {
        let path = self.pending_root();
        if !path.exists() {
            return Err(ReleasesError::NothingPending);
        }
        let pending = self.parse::<Root>(&path)?;
        self.sign_pending(pending, keys, now)
    }

    /// Gives up the root that waits for signatures.
    ///
    /// # Errors
    /// [`ReleasesError::NothingPending`]; or when files fail.
    pub fn drop_pending_root(&self) -> Result<(), ReleasesError> {
        let path = self.pending_root();
        if !path.exists() {
            return Err(ReleasesError::NothingPending);
        }
        let _none = fs::remove_file(self.next_timestamp_key());
        fs::remove_file(&path).map_err(|source| ReleasesError::File { path, source })
    }

    fn sign_pending(
        &self,
        mut pending: Signed<Root>,
        folders: &[PathBuf],
        now: UtcMillis,
    ) -> Result<RootProgress, ReleasesError> {
        let keys = KeyFolder::read(folders)?;
        let old = self.newest_root()?.signed;
        for by in [&old, &pending.signed] {
            for given in signatures(&pending.signed, by, &keys)? {
                if pending
                    .signatures
                    .iter()
                    .all(|one| one.keyid != given.keyid)
                {
                    pending.signatures.push(given);
                }
            }
        }
        let mut progress = RootProgress {
            version: pending.signed.version.get(),
            of_old: (valid(&old, &pending)?, threshold(&old, RoleType::Root)?),
            of_new: (
                valid(&pending.signed, &pending)?,
                threshold(&pending.signed, RoleType::Root)?,
            ),
            published: false,
        };
        let enough = progress.of_old.0 >= progress.of_old.1
            && progress.of_new.0 >= progress.of_new.1
            && old.verify_role(&pending).is_ok()
            && pending.signed.verify_role(&pending).is_ok();
        let path = self.pending_root();
        if !enough {
            write_private(&path, &file_bytes(&pending, &path)?)?;
            return Ok(progress);
        }
        self.settle_new_root(&pending, &keys, now)?;
        let _none = fs::remove_file(&path);
        progress.published = true;
        Ok(progress)
    }

    /// Publishes a root, and signs again by it what its new keys must have signed.
    fn settle_new_root(
        &self,
        pending: &Signed<Root>,
        keys: &KeyFolder,
        now: UtcMillis,
    ) -> Result<(), ReleasesError> {
        let root = &pending.signed;
        let next_key = self.next_timestamp_key();
        let timestamp = if next_key.exists() {
            &next_key
        } else {
            &self.timestamp_key()
        };
        // Signed before anything is published: a key that is missing leaves all as it was.
        let again = self.signed_again(root, keys, timestamp, now)?;
        self.publish_root(pending)?;
        if next_key.exists() {
            write_private(&self.timestamp_key(), &read(&next_key)?)?;
            let _none = fs::remove_file(&next_key);
        }
        self.write_list(&again)
    }

    fn publish_root(&self, signed: &Signed<Root>) -> Result<(), ReleasesError> {
        let name = format!("{}.root.json", signed.signed.version);
        let path = self.metadata().join(name);
        Ok(write_private(&path, &file_bytes(signed, &path)?)?)
    }

    /// The newest root, which the ones before it lead to.
    ///
    /// # Errors
    /// When releases were not begun, or files fail.
    pub fn newest_root(&self) -> Result<Signed<Root>, ReleasesError> {
        let mut newest = None;
        for version in 1_u64.. {
            let path = self.metadata().join(format!("{version}.root.json"));
            if !path.exists() {
                break;
            }
            newest = Some(path);
        }
        let path = newest.ok_or_else(|| ReleasesError::NotBegun(self.folder.clone()))?;
        self.parse(&path)
    }

    /// The first root, as a kiosk has to be given it: the bytes of its file.
    ///
    /// # Errors
    /// When releases were not begun, or the file fails.
    pub fn first_root(&self) -> Result<Vec<u8>, ReleasesError> {
        if !self.has_begun() {
            return Err(ReleasesError::NotBegun(self.folder.clone()));
        }
        read(&self.metadata().join("1.root.json"))
    }

    /// What tells the first root apart: a technician's one-time file carries it.
    ///
    /// # Errors
    /// As [`Releases::first_root`].
    pub fn first_root_digest(&self) -> Result<BlobHash, ReleasesError> {
        Ok(sha256(&self.first_root()?))
    }

    fn next_timestamp_key(&self) -> PathBuf {
        self.folder.join("timestamp.next.key.pem")
    }

    pub(super) fn parse<T: serde::de::DeserializeOwned>(
        &self,
        path: &Path,
    ) -> Result<Signed<T>, ReleasesError> {
        serde_json::from_slice(&read(path)?).map_err(|error| ReleasesError::Damaged {
            path: path.to_owned(),
            what: error.to_string(),
        })
    }
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, ReleasesError> {
    fs::read(path).map_err(|source| ReleasesError::File {
        path: path.to_owned(),
        source,
    })
}

/// How many signatures of `signed` are good by the word of `root`.
fn valid(root: &Root, signed: &Signed<Root>) -> Result<u64, ReleasesError> {
    let mut one_is_enough = root.clone();
    let keys = one_is_enough
        .roles
        .get_mut(&RoleType::Root)
        .ok_or(ReleasesError::NoRole(RoleType::Root))?;
    keys.threshold = NonZeroU64::MIN;
    let good = signed.signatures.iter().filter(|signature| {
        let alone = Signed {
            signed: signed.signed.clone(),
            signatures: vec![(*signature).clone()],
        };
        one_is_enough.verify_role(&alone).is_ok()
    });
    Ok(good.count() as u64)
}

fn set_role(
    root: &mut Root,
    role: RoleType,
    keys: &[&ReleaseKey],
    threshold: u64,
) -> Result<(), ReleasesError> {
    for key in keys {
        root.keys.insert(key.id().clone(), key.public().clone());
    }
    let entry = RoleKeys {
        keyids: keys.iter().map(|key| key.id().clone()).collect(),
        threshold: NonZeroU64::new(threshold).ok_or(ReleasesError::NoRole(role))?,
        _extra: HashMap::new(),
    };
    root.roles.insert(role, entry);
    Ok(())
}

/// A key that signs for no role any more is named no more.
fn drop_unused_keys(root: &mut Root) {
    let roles = &root.roles;
    root.keys
        .retain(|id, _| roles.values().any(|role| role.keyids.contains(id)));
}
