use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dayroom_protocol::{BlobHash, ReleaseVersion, UtcMillis, limits};
use reqwest::Url;
use serde_json::Value;
use tough::schema::{Role, Root, Signed, Targets};
use tough::{ExpirationEnforcement, Limits, Repository, RepositoryLoader};

use super::error::UtcMillisText;
use super::files::{beside, read_at_most, write_whole};
use super::incoming::digest_of;
use super::kept::Kept;
use super::source::{Fetched, METADATA_URL, TARGETS_URL};
use super::{Bundle, MetadataSource, TrustError};

/// Files in which `tough` finds and leaves what was believed last.
const ROLES: [&str; 3] = ["timestamp.json", "snapshot.json", "targets.json"];

/// What one process of a kiosk believes about releases.
#[derive(Clone, Debug)]
pub struct Trust {
    kept: PathBuf,
    first_root: PathBuf,
}

/// The releases that are signed now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    /// Each release's bundle.
    pub bundles: BTreeMap<ReleaseVersion, Bundle>,
    /// The metadata that says so, every root since the first included: whoever has the first root
    /// can verify it again.
    pub metadata: BTreeMap<String, Vec<u8>>,
    /// Where what was believed before was set aside, because it could not be read.
    pub set_aside: Option<PathBuf>,
}

impl Trust {
    /// Keeps what it believes in the file `kept`, and began with the root in `first_root`.
    pub fn new(kept: PathBuf, first_root: PathBuf) -> Self {
        Self { kept, first_root }
    }

    /// Whether there is a root to begin with.
    pub fn has_root(&self) -> bool {
        self.first_root.exists() || self.kept.exists()
    }

    /// Fetches the first root and keeps it, if it is the one whose SHA-256 a technician brought.
    ///
    /// # Errors
    /// [`TrustError::Refused`] when it is another one, or is not signed by its own keys.
    pub async fn begin(
        &self,
        source: &dyn MetadataSource,
        sha256: BlobHash,
    ) -> Result<(), TrustError> {
        let fetched = source.fetch("1.root.json", limits::RELEASE_METADATA_BYTES);
        let bytes = fetched
            .await
            .map_err(|error| TrustError::Unreachable(Box::new(error)))?;
        let (_, is) = digest_of(&mut bytes.as_slice(), |_| Ok(()))
            .map_err(|error| TrustError::Refused(Box::new(error)))?;
        if is != sha256 {
            return Err(TrustError::Refused(
                "root is not the one that was brought".into(),
            ));
        }
        let signed: Signed<Root> =
            serde_json::from_slice(&bytes).map_err(|error| TrustError::Refused(Box::new(error)))?;
        let own = signed.signed.verify_role(&signed);
        own.map_err(|error| TrustError::Refused(Box::new(error)))?;
        write_whole(&self.first_root, &bytes).map_err(TrustError::file(&self.first_root))
    }

    /// Asks `source` for the newest metadata and verifies it, at `now` by trusted time.
    ///
    /// # Errors
    /// See [`TrustError`]. What was verified on the way is believed all the same: it can only have
    /// counted up.
    pub async fn update(
        &self,
        source: Arc<dyn MetadataSource>,
        now: UtcMillis,
    ) -> Result<Catalogue, TrustError> {
        let (mut kept, set_aside) = Kept::read(&self.kept)?;
        let before = kept.clone();
        if kept.roots.is_empty() {
            let root = read_root(&self.first_root)?;
            kept.roots.insert(root_version(&root)?, root);
        }
        let work = Work::begin(&self.kept, &kept)?;
        let fetched = Fetched::new(source);
        let loaded = load(&work.0, &kept, &fetched).await;
        work.take(&mut kept, &fetched.seen())?;
        drop(work);
        if kept != before {
            kept.write(&self.kept)?;
        }
        let repository = loaded.map_err(|error| match fetched.failure() {
            Some(failure) => TrustError::Unreachable(Box::new(failure)),
            None => TrustError::Refused(error),
        })?;
        check_ends(&repository, now)?;
        let mut metadata = fetched.seen();
        for (version, root) in &kept.roots {
            metadata.insert(format!("{version}.root.json"), root.clone().into_bytes());
        }
        Ok(Catalogue {
            bundles: bundles(&repository.targets().signed)?,
            metadata,
            set_aside,
        })
    }
}

/// The bundles of a list of releases that this root has signed. Ends and versions are not looked at:
/// [`Trust`] does, and believes nothing without them.
///
/// # Errors
/// [`TrustError::Refused`] when either is not of its form or the list is not signed;
/// [`TrustError::Bundle`].
pub fn read_list(root: &[u8], list: &[u8]) -> Result<BTreeMap<ReleaseVersion, Bundle>, TrustError> {
    let refused = |error: serde_json::Error| TrustError::Refused(Box::new(error));
    let root: Signed<Root> = serde_json::from_slice(root).map_err(refused)?;
    let list: Signed<Targets> = serde_json::from_slice(list).map_err(refused)?;
    let signed = root.signed.verify_role(&list);
    signed.map_err(|error| TrustError::Refused(Box::new(error)))?;
    bundles(&list.signed)
}

async fn load(
    work: &Path,
    kept: &Kept,
    fetched: &Fetched,
) -> Result<Repository, Box<dyn Error + Send + Sync>> {
    let root = kept.roots.last_key_value().map(|(_, root)| root.as_str());
    let root = root.unwrap_or_default();
    let metadata = Url::parse(METADATA_URL)?;
    let targets = Url::parse(TARGETS_URL)?;
    let loader = RepositoryLoader::new(&root, metadata, targets)
        .transport(fetched.clone())
        .datastore(work)
        .limits(Limits {
            max_root_size: limits::RELEASE_METADATA_BYTES,
            max_targets_size: limits::RELEASE_METADATA_BYTES,
            max_timestamp_size: limits::RELEASE_METADATA_BYTES,
            max_snapshot_size: limits::RELEASE_METADATA_BYTES,
            max_root_updates: limits::RELEASE_ROOTS,
        })
        // Checked by trusted time below; `tough` would go by the machine's clock.
        .expiration_enforcement(ExpirationEnforcement::Unsafe);
    Ok(loader.load().await?)
}

/// A role's word must not have ended (freeze); the roots before the newest may have.
fn check_ends(repository: &Repository, now: UtcMillis) -> Result<(), TrustError> {
    let check = |role: &'static str, ends: i64| {
        if ends > now.0 {
            Ok(())
        } else {
            Err(TrustError::Expired {
                role,
                ended: UtcMillisText(UtcMillis(ends)),
            })
        }
    };
    check("root", end(&repository.root().signed))?;
    check("timestamp", end(&repository.timestamp().signed))?;
    check("snapshot", end(&repository.snapshot().signed))?;
    check("targets", end(&repository.targets().signed))
}

fn end(role: &impl Role) -> i64 {
    role.expires().as_millisecond()
}

fn bundles(targets: &Targets) -> Result<BTreeMap<ReleaseVersion, Bundle>, TrustError> {
    let mut bundles = BTreeMap::new();
    for (name, target) in &targets.targets {
        let version = target.custom.get("version").and_then(Value::as_str);
        // A target without a version is something that only a newer kiosk knows.
        let Some(version) = version else { continue };
        let version: ReleaseVersion = version.parse().map_err(|_| TrustError::Bundle)?;
        let sha256 = <[u8; 32]>::try_from(target.hashes.sha256.as_ref());
        let length = 1..=limits::RELEASE_BUNDLE_BYTES;
        if name.raw() != version.bundle_name() || !length.contains(&target.length) {
            return Err(TrustError::Bundle);
        }
        let bundle = Bundle {
            version,
            length: target.length,
            sha256: BlobHash(sha256.map_err(|_| TrustError::Bundle)?),
        };
        bundles.insert(version, bundle);
    }
    Ok(bundles)
}

fn read_root(path: &Path) -> Result<String, TrustError> {
    if !path.exists() {
        return Err(TrustError::NoRoot(path.to_owned()));
    }
    let bytes =
        read_at_most(path, limits::RELEASE_METADATA_BYTES).map_err(TrustError::file(path))?;
    String::from_utf8(bytes).map_err(|error| TrustError::Refused(Box::new(error)))
}

fn root_version(root: &str) -> Result<u64, TrustError> {
    serde_json::from_str::<Signed<Root>>(root)
        .map(|root| root.signed.version.get())
        .map_err(|error| TrustError::Refused(Box::new(error)))
}

/// The folder in which `tough` works, gone again afterwards.
struct Work(PathBuf);

impl Work {
    fn begin(kept_path: &Path, kept: &Kept) -> Result<Self, TrustError> {
        let path = beside(kept_path, "work").map_err(TrustError::file(kept_path))?;
        // From before a power cut; nothing in it counts.
        let _old = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).map_err(TrustError::file(&path))?;
        let work = Self(path);
        for (name, text) in &kept.roles {
            if ROLES.contains(&name.as_str()) {
                let file = work.0.join(name);
                fs::write(&file, text).map_err(TrustError::file(&file))?;
            }
        }
        Ok(work)
    }

    /// What `tough` verified, whether or not it came to the end.
    fn take(&self, kept: &mut Kept, seen: &BTreeMap<String, Vec<u8>>) -> Result<(), TrustError> {
        for name in ROLES {
            let file = self.0.join(name);
            if file.exists() {
                let text = fs::read_to_string(&file).map_err(TrustError::file(&file))?;
                kept.roles.insert(name.to_owned(), text);
            } else {
                // Its keys have changed: it starts anew.
                kept.roles.remove(name);
            }
        }
        let file = self.0.join("root.json");
        if !file.exists() {
            return Ok(());
        }
        let newest = fs::read_to_string(&file).map_err(TrustError::file(&file))?;
        let newest = root_version(&newest)?;
        let known = kept
            .roots
            .last_key_value()
            .map_or(0, |(version, _)| *version);
        for version in known.saturating_add(1)..=newest {
            let text = seen.get(&format!("{version}.root.json"));
            if let Some(text) = text.and_then(|bytes| std::str::from_utf8(bytes).ok()) {
                kept.roots.insert(version, text.to_owned());
            }
        }
        Ok(())
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _left = fs::remove_dir_all(&self.0);
    }
}
