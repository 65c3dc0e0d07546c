use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dayroom_protocol::{BlobHash, ReleaseVersion, UtcMillis};

use super::files::{beside, remove, sync_folder_of};
use super::incoming::{digest_of, is_plain_file};
use super::{Bundle, FolderSource, Incoming, StageError, Trust};

/// What the machine is asked to stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageWish {
    /// Which release.
    pub version: ReleaseVersion,
    /// Whether a signed order lets it be as old as, or older than, what runs.
    pub may_be_older: bool,
}

/// A release whose bundle lies verified and durable in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staged {
    /// Which.
    pub version: ReleaseVersion,
    /// Its bundle.
    pub bundle: PathBuf,
    /// What the bundle hashes to.
    pub sha256: BlobHash,
}

/// Why the machine does not take a staged release.
#[derive(Debug, thiserror::Error)]
#[error("machine does not take the release")]
pub struct PlatformError(#[from] pub Box<dyn std::error::Error + Send + Sync>);

/// What happens to a staged release on this kind of machine.
pub trait Platform {
    /// Takes a release, so that the next start runs it. Doing it twice is doing it once.
    ///
    /// # Errors
    /// When the machine does not take it.
    fn take(&mut self, staged: &Staged) -> Result<(), PlatformError>;
}

/// A machine whose updater looks into the folder `staged` by itself: the bundle that counts lies there
/// under one fixed name as well, so that the updater need not be told a path.
#[derive(Clone, Debug)]
pub struct FolderPlatform {
    folder: PathBuf,
}

impl FolderPlatform {
    /// The one that looks into this folder.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where the bundle lies for the updater, which moves it away when it takes it.
    pub fn next_path(&self) -> PathBuf {
        self.folder.join("next.bundle")
    }

    /// A second name of the same file: nothing is copied, and it is there as a whole or not at all.
    fn hand_over(&self, bundle: &Path) -> io::Result<()> {
        let next = self.next_path();
        let new = beside(&next, "new")?;
        remove(&new)?;
        fs::hard_link(bundle, &new)?;
        fs::rename(&new, &next)?;
        // A rename to another name of the same file does nothing, and leaves both.
        remove(&new)?;
        sync_folder_of(&next)
    }
}

impl Platform for FolderPlatform {
    fn take(&mut self, staged: &Staged) -> Result<(), PlatformError> {
        self.hand_over(&staged.bundle)
            .map_err(|error| PlatformError(Box::new(error)))
    }
}

/// Where the steps of staging can be cut, as by a power failure.
pub trait Steps {
    /// Before each step that changes the disk.
    ///
    /// # Errors
    /// When it ends here.
    fn step(&mut self, name: &'static str) -> io::Result<()>;
}

/// Nothing is cut.
#[derive(Clone, Copy, Debug)]
pub struct NoCut;

impl Steps for NoCut {
    fn step(&mut self, _: &'static str) -> io::Result<()> {
        Ok(())
    }
}

/// The half of a release's way that only `dayroom machine` goes.
#[derive(Clone, Debug)]
pub struct Stage {
    /// What this process believes; its own, not that of the process that fetched.
    pub trust: Trust,
    /// `releases/incoming`, where bundle and metadata were left.
    pub incoming: PathBuf,
    /// `releases/staged`.
    pub staged: PathBuf,
    /// What runs.
    pub running: ReleaseVersion,
}

impl Stage {
    /// Verifies a release once more and puts it in its place. At any moment the folder holds whole
    /// and verified bundles under their names, and nothing else that counts.
    ///
    /// # Errors
    /// See [`StageError`]. What was staged before stays.
    pub async fn stage(
        &self,
        wish: StageWish,
        now: UtcMillis,
        steps: &mut dyn Steps,
        platform: &mut dyn Platform,
    ) -> Result<Staged, StageError> {
        if wish.version <= self.running && !wish.may_be_older {
            return Err(StageError::NotNewer {
                wanted: wish.version,
                running: self.running,
            });
        }
        let incoming =
            Incoming::open(self.incoming.clone()).map_err(StageError::file(&self.incoming))?;
        let source = Arc::new(FolderSource(incoming.metadata()));
        let catalogue = self.trust.update(source, now).await?;
        let bundle = catalogue
            .bundles
            .get(&wish.version)
            .ok_or(StageError::NotListed(wish.version))?;
        let staged = self.place(bundle, &incoming.bundle(bundle), steps)?;
        step(steps, "hand over", &self.staged)?;
        platform.take(&staged)?;
        self.clear_but(wish.version)
            .map_err(StageError::file(&self.staged))?;
        Ok(staged)
    }

    /// Copies the bundle while it hashes it, so that what is checked is what is kept.
    fn place(
        &self,
        bundle: &Bundle,
        from: &Path,
        steps: &mut dyn Steps,
    ) -> Result<Staged, StageError> {
        let folder = self.staged.join(bundle.version.to_string());
        let path = folder.join(bundle.file_name());
        let staged = Staged {
            version: bundle.version,
            bundle: path.clone(),
            sha256: bundle.sha256,
        };
        let part = beside(&path, "part").map_err(StageError::file(&path))?;
        step(steps, "make folder", &folder)?;
        fs::create_dir_all(&folder).map_err(StageError::file(&folder))?;
        remove(&part).map_err(StageError::file(&part))?;
        // From an attempt before this one; it may have come to its name and not been told of.
        if let Ok(mut there) = File::open(&path)
            && digest_of(&mut there, |_| Ok(()))
                .is_ok_and(|is| is == (bundle.length, bundle.sha256))
        {
            return Ok(staged);
        }
        if !is_plain_file(from) {
            return Err(StageError::Bundle(bundle.version));
        }
        step(steps, "create part", &part)?;
        let mut to = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o640)
            .open(&part)
            .map_err(StageError::file(&part))?;
        let mut source = File::open(from).map_err(StageError::file(from))?;
        // One byte more than it may have is read, and is one too many.
        let mut source = io::Read::take(&mut source, bundle.length.saturating_add(1));
        let copied = digest_of(&mut source, |piece| {
            steps.step("write piece")?;
            to.write_all(piece)
        })
        .map_err(StageError::file(&part))?;
        if copied != (bundle.length, bundle.sha256) {
            drop(to);
            remove(&part).map_err(StageError::file(&part))?;
            return Err(StageError::Bundle(bundle.version));
        }
        step(steps, "sync part", &part)?;
        to.sync_all().map_err(StageError::file(&part))?;
        step(steps, "rename", &path)?;
        fs::rename(&part, &path).map_err(StageError::file(&path))?;
        step(steps, "sync folder", &path)?;
        sync_folder_of(&path)
            .and_then(|()| sync_folder_of(&folder))
            .map_err(StageError::file(&path))?;
        Ok(staged)
    }

    /// Only the newest stays: an image takes its room twice, not ten times.
    fn clear_but(&self, version: ReleaseVersion) -> io::Result<()> {
        for entry in fs::read_dir(&self.staged)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            let other = name.and_then(|name| name.parse::<ReleaseVersion>().ok());
            if path.is_dir() && other.is_some_and(|other| other != version) {
                fs::remove_dir_all(&path)?;
            }
        }
        Ok(())
    }
}

fn step(steps: &mut dyn Steps, name: &'static str, path: &Path) -> Result<(), StageError> {
    steps.step(name).map_err(StageError::file(path))
}
