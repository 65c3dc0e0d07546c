use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dayroom_protocol::{BlobHash, ReleaseVersion, UtcMillis, limits};
use ring::digest::{Context, SHA256};
use serde_json::Value;
use tough::TargetName;
use tough::schema::{Root, Signed, Snapshot, Target, Targets, Timestamp};

use super::root::read;
use super::sign::{SPEC, expiry, file_bytes, hashes, metafile, next, sign};
use super::{KeyFolder, ReleaseKey, Releases, ReleasesError, lives};
use crate::ca::write_private;

/// The name of the custom field that carries the version in the signed list.
const VERSION: &str = "version";
/// Bytes of a bundle copied at once.
const COPY_BYTES: usize = 256 * 1024;

/// A release in the signed list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseLine {
    /// Its version.
    pub version: ReleaseVersion,
    /// Bytes of its bundle.
    pub length: u64,
    /// What the bundle hashes to.
    pub sha256: BlobHash,
}

/// The list of releases as it is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The releases, oldest version first.
    pub releases: Vec<ReleaseLine>,
    /// Number and end of each role: root, targets, snapshot, timestamp.
    pub roles: [(&'static str, u64, UtcMillis); 4],
}

/// New metadata, ready to be written in this order.
pub(super) struct List(Vec<(String, Vec<u8>)>);

impl Releases {
    /// Adds a release: copies its bundle, and signs the longer list.
    ///
    /// # Errors
    /// When keys are missing, the version was used, or files fail.
    pub fn add(
        &self,
        version: ReleaseVersion,
        bundle: &Path,
        keys: &[PathBuf],
        now: UtcMillis,
    ) -> Result<ReleaseLine, ReleasesError> {
        let root = self.newest_root()?.signed;
        let mut targets = self.newest_targets()?.signed;
        let name = target_name(version)?;
        if targets.targets.contains_key(&name) {
            return Err(ReleasesError::Exists(version));
        }
        let keys = KeyFolder::read(keys)?;
        // Whether the keys suffice is known before gigabytes are copied.
        sign(targets.clone(), &root, &keys)?;
        let (length, digest) = self.take_bundle(version, bundle)?;
        targets.targets.insert(
            name,
            Target {
                length,
                hashes: hashes(&digest),
                custom: HashMap::from([(VERSION.to_owned(), Value::String(version.to_string()))]),
                _extra: HashMap::new(),
            },
        );
        self.write_list(&self.list(targets, &root, &keys, now)?)?;
        Ok(ReleaseLine {
            version,
            length,
            sha256: BlobHash(digest),
        })
    }

    /// Takes a release off the list; a kiosk that has it keeps it. Its bundle goes.
    ///
    /// # Errors
    /// When keys are missing, there is no such release, or files fail.
    pub fn withdraw(
        &self,
        version: ReleaseVersion,
        keys: &[PathBuf],
        now: UtcMillis,
    ) -> Result<(), ReleasesError> {
        let root = self.newest_root()?.signed;
        let mut targets = self.newest_targets()?.signed;
        let name = target_name(version)?;
        let gone = targets
            .targets
            .remove(&name)
            .ok_or(ReleasesError::NoRelease(version))?;
        let keys = KeyFolder::read(keys)?;
        self.write_list(&self.list(targets, &root, &keys, now)?)?;
        if let Ok(digest) = <[u8; 32]>::try_from(gone.hashes.sha256.as_ref()) {
            // Left over, it takes room and nobody is told its name.
            let _left = fs::remove_file(self.bundle_path(version, &BlobHash(digest)));
        }
        Ok(())
    }

    /// Signs the same list again, for another while.
    ///
    /// # Errors
    /// When keys are missing or files fail.
    pub fn renew(&self, keys: &[PathBuf], now: UtcMillis) -> Result<(), ReleasesError> {
        let root = self.newest_root()?.signed;
        let keys = KeyFolder::read(keys)?;
        self.write_list(&self.list(self.newest_targets()?.signed, &root, &keys, now)?)
    }

    /// Says again that nothing is newer, for `life` and at most fourteen days.
    ///
    /// # Errors
    /// When the timestamp key is not the root's, or files fail.
    pub fn renew_timestamp(&self, life: Duration, now: UtcMillis) -> Result<(), ReleasesError> {
        let root = self.newest_root()?.signed;
        let path = self.metadata().join("timestamp.json");
        let mut timestamp = self.parse::<Timestamp>(&path)?.signed;
        timestamp.version = next(timestamp.version)?;
        timestamp.expires = expiry(now, life.min(lives::TIMESTAMP))?;
        let signed = sign(
            timestamp,
            &root,
            &self.timestamp_keys(&self.timestamp_key())?,
        )?;
        Ok(write_private(&path, &file_bytes(&signed, &path)?)?)
    }

    /// Renews the timestamp if less than [`lives::TIMESTAMP_RENEWED`] is left of it. Whether it did.
    ///
    /// # Errors
    /// As [`Releases::renew_timestamp`].
    pub fn renew_timestamp_if_due(&self, now: UtcMillis) -> Result<bool, ReleasesError> {
        if !self.has_begun() {
            return Ok(false);
        }
        let path = self.metadata().join("timestamp.json");
        let ends = self.parse::<Timestamp>(&path)?.signed.expires;
        let left = ends.as_millisecond().saturating_sub(now.0);
        let due = i64::try_from(lives::TIMESTAMP_RENEWED.as_millis()).unwrap_or(i64::MAX);
        if left >= due {
            return Ok(false);
        }
        self.renew_timestamp(lives::TIMESTAMP, now)?;
        Ok(true)
    }

    /// What is published now.
    ///
    /// # Errors
    /// When releases were not begun, or files fail.
    pub fn published(&self) -> Result<Published, ReleasesError> {
        let root = self.newest_root()?.signed;
        let timestamp = self
            .parse::<Timestamp>(&self.metadata().join("timestamp.json"))?
            .signed;
        let snapshot = self.newest_snapshot()?.signed;
        let targets = self.newest_targets()?.signed;
        let mut releases = Vec::new();
        for (name, target) in &targets.targets {
            let damaged = || ReleasesError::Damaged {
                path: self.metadata().join("targets.json"),
                what: format!("target {} is no release", name.raw()),
            };
            let version = target.custom.get(VERSION).and_then(Value::as_str);
            let version = version.and_then(|text| text.parse().ok());
            let sha256 = <[u8; 32]>::try_from(target.hashes.sha256.as_ref()).ok();
            releases.push(ReleaseLine {
                version: version.ok_or_else(damaged)?,
                length: target.length,
                sha256: sha256.map(BlobHash).ok_or_else(damaged)?,
            });
        }
        releases.sort_by_key(|line| line.version);
        let moment = |at: jiff::Timestamp| UtcMillis(at.as_millisecond());
        Ok(Published {
            releases,
            roles: [
                ("root", root.version.get(), moment(root.expires)),
                ("targets", targets.version.get(), moment(targets.expires)),
                ("snapshot", snapshot.version.get(), moment(snapshot.expires)),
                (
                    "timestamp",
                    timestamp.version.get(),
                    moment(timestamp.expires),
                ),
            ],
        })
    }

    /// The list with which releases begin.
    pub(super) fn write_first_list(
        &self,
        root: &Root,
        keys: &KeyFolder,
        now: UtcMillis,
    ) -> Result<(), ReleasesError> {
        let targets = Targets {
            spec_version: SPEC.to_owned(),
            version: NonZeroU64::MIN,
            expires: expiry(now, lives::TARGETS)?,
            targets: HashMap::new(),
            delegations: None,
            _extra: HashMap::new(),
        };
        let snapshot = Snapshot {
            spec_version: SPEC.to_owned(),
            version: NonZeroU64::MIN,
            expires: expiry(now, lives::SNAPSHOT)?,
            meta: HashMap::new(),
            _extra: HashMap::new(),
        };
        let timestamp = self.timestamp_keys(&self.timestamp_key())?;
        self.write_list(&self.list_of(
            targets,
            snapshot,
            NonZeroU64::MIN,
            (root, keys, &timestamp),
            now,
        )?)
    }

    /// What has to be signed anew by the word of another root; often nothing.
    pub(super) fn signed_again(
        &self,
        root: &Root,
        keys: &KeyFolder,
        timestamp_key: &Path,
        now: UtcMillis,
    ) -> Result<List, ReleasesError> {
        let path = self.metadata().join("timestamp.json");
        let timestamp: Signed<Timestamp> = self.parse(&path)?;
        let snapshot = self.newest_snapshot()?;
        let targets = self.newest_targets()?;
        if root.verify_role(&snapshot).is_err() || root.verify_role(&targets).is_err() {
            return self.next_list(targets.signed, root, keys, timestamp_key, now);
        }
        if root.verify_role(&timestamp).is_ok() {
            return Ok(List(Vec::new()));
        }
        let mut timestamp = timestamp.signed;
        timestamp.version = next(timestamp.version)?;
        timestamp.expires = expiry(now, lives::TIMESTAMP)?;
        let signed = sign(timestamp, root, &self.timestamp_keys(timestamp_key)?)?;
        let bytes = file_bytes(&signed, &path)?;
        Ok(List(vec![("timestamp.json".to_owned(), bytes)]))
    }

    fn list(
        &self,
        targets: Targets,
        root: &Root,
        keys: &KeyFolder,
        now: UtcMillis,
    ) -> Result<List, ReleasesError> {
        self.next_list(targets, root, keys, &self.timestamp_key(), now)
    }

    fn next_list(
        &self,
        mut targets: Targets,
        root: &Root,
        keys: &KeyFolder,
        timestamp_key: &Path,
        now: UtcMillis,
    ) -> Result<List, ReleasesError> {
        targets.version = next(targets.version)?;
        targets.expires = expiry(now, lives::TARGETS)?;
        let mut snapshot = self.newest_snapshot()?.signed;
        snapshot.version = next(snapshot.version)?;
        snapshot.expires = expiry(now, lives::SNAPSHOT)?;
        let path = self.metadata().join("timestamp.json");
        let version = next(self.parse::<Timestamp>(&path)?.signed.version)?;
        let timestamp = self.timestamp_keys(timestamp_key)?;
        self.list_of(targets, snapshot, version, (root, keys, &timestamp), now)
    }

    fn list_of(
        &self,
        targets: Targets,
        mut snapshot: Snapshot,
        timestamp_version: NonZeroU64,
        (root, keys, timestamp_keys): (&Root, &KeyFolder, &KeyFolder),
        now: UtcMillis,
    ) -> Result<List, ReleasesError> {
        let path = self.metadata();
        let targets_version = targets.version;
        let targets = file_bytes(&sign(targets, root, keys)?, &path)?;
        snapshot.meta = HashMap::from([(
            "targets.json".to_owned(),
            metafile(&targets, targets_version),
        )]);
        let snapshot_version = snapshot.version;
        let snapshot = file_bytes(&sign(snapshot, root, keys)?, &path)?;
        let timestamp = Timestamp {
            spec_version: SPEC.to_owned(),
            version: timestamp_version,
            expires: expiry(now, lives::TIMESTAMP)?,
            meta: HashMap::from([(
                "snapshot.json".to_owned(),
                metafile(&snapshot, snapshot_version),
            )]),
            _extra: HashMap::new(),
        };
        let timestamp = file_bytes(&sign(timestamp, root, timestamp_keys)?, &path)?;
        Ok(List(vec![
            (format!("{targets_version}.targets.json"), targets),
            (format!("{snapshot_version}.snapshot.json"), snapshot),
            ("timestamp.json".to_owned(), timestamp),
        ]))
    }

    pub(super) fn write_list(&self, list: &List) -> Result<(), ReleasesError> {
        for (name, bytes) in &list.0 {
            write_private(&self.metadata().join(name), bytes)?;
        }
        Ok(())
    }

    fn newest_snapshot(&self) -> Result<Signed<Snapshot>, ReleasesError> {
        let path = self.metadata().join("timestamp.json");
        let timestamp: Signed<Timestamp> = self.parse(&path)?;
        let version = timestamp
            .signed
            .meta
            .get("snapshot.json")
            .map(|m| m.version);
        self.named(&path, version, "snapshot.json")
    }

    fn newest_targets(&self) -> Result<Signed<Targets>, ReleasesError> {
        let snapshot = self.newest_snapshot()?.signed;
        let version = snapshot.meta.get("targets.json").map(|m| m.version);
        self.named(&self.metadata(), version, "targets.json")
    }

    fn named<T: serde::de::DeserializeOwned>(
        &self,
        by: &Path,
        version: Option<NonZeroU64>,
        name: &str,
    ) -> Result<Signed<T>, ReleasesError> {
        let version = version.ok_or_else(|| ReleasesError::Damaged {
            path: by.to_owned(),
            what: format!("names no {name}"),
        })?;
        let path = self.metadata().join(format!("{version}.{name}"));
        self.parse(&path)
    }

    fn timestamp_keys(&self, path: &Path) -> Result<KeyFolder, ReleasesError> {
        // A file that is not there is told as such.
        read(path)?;
        Ok(KeyFolder::of(ReleaseKey::read(path)?.into_iter().collect()))
    }

    fn bundle_path(&self, version: ReleaseVersion, sha256: &BlobHash) -> PathBuf {
        self.targets()
            .join(format!("{sha256}.{}", version.bundle_name()))
    }

    /// Copies the bundle under its final name; its length and digest are of what was copied.
    fn take_bundle(
        &self,
        version: ReleaseVersion,
        bundle: &Path,
    ) -> Result<(u64, [u8; 32]), ReleasesError> {
        let new = self.targets().join(format!("{version}.new"));
        let of = |path: &Path| {
            let path = path.to_owned();
            move |source| ReleasesError::File { path, source }
        };
        let mut from = File::open(bundle).map_err(of(bundle))?;
        let mut to = File::create(&new).map_err(of(&new))?;
        let copied = copy(&mut from, &mut to).map_err(of(&new));
        let (length, digest) = match copied {
            Ok((length, digest)) if (1..=limits::RELEASE_BUNDLE_BYTES).contains(&length) => {
                (length, digest)
            }
            Ok(_) => {
                let _left = fs::remove_file(&new);
                return Err(ReleasesError::BundleSize(bundle.to_owned()));
            }
            Err(error) => {
                let _left = fs::remove_file(&new);
                return Err(error);
            }
        };
        let path = self.bundle_path(version, &BlobHash(digest));
        to.sync_all()
            .and_then(|()| fs::rename(&new, &path))
            .and_then(|()| File::open(self.targets())?.sync_all())
            .map_err(of(&path))?;
        Ok((length, digest))
    }
}

fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<(u64, [u8; 32])> {
    let mut context = Context::new(&SHA256);
    let mut piece = vec![0; COPY_BYTES];
    let mut length = 0_u64;
    loop {
        let read = from.read(&mut piece)?;
        let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else {
            break;
        };
        context.update(bytes);
        to.write_all(bytes)?;
        length += bytes.len() as u64;
        if length > limits::RELEASE_BUNDLE_BYTES {
            break;
        }
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    Ok((length, digest))
}

fn target_name(version: ReleaseVersion) -> Result<TargetName, ReleasesError> {
    TargetName::new(version.bundle_name()).map_err(|_| ReleasesError::Range)
}

impl Published {
    /// Each role's end by its name.
    pub fn ends(&self) -> BTreeMap<&'static str, UtcMillis> {
        let named = self.roles.iter();
        named.map(|(role, _, ends)| (*role, *ends)).collect()
    }
}
