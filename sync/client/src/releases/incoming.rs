use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use dayroom_protocol::{BlobHash, ReleaseVersion};
use ring::digest::{Context, SHA256};

use super::files::{remove, sync_folder_of, write_whole};

/// Bytes hashed at once.
const PIECE: usize = 1024 * 1024;

/// A signed bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// Of which release.
    pub version: ReleaseVersion,
    /// Its length.
    pub length: u64,
    /// Its digest.
    pub sha256: BlobHash,
}

impl Bundle {
    /// The name under which central serves it, and under which it comes in.
    pub fn file_name(&self) -> String {
        format!("{}.{}", self.sha256, self.version.bundle_name())
    }
}

/// The folder into which a bundle comes, one at a time: `releases/incoming`.
///
/// It never holds more than the bundle that is wanted and its metadata.
#[derive(Clone, Debug)]
pub struct Incoming {
    folder: PathBuf,
}

impl Incoming {
    /// The one at this place; the folder is made.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(folder.join("metadata"))?;
        Ok(Self { folder })
    }

    /// Where the metadata is.
    pub fn metadata(&self) -> PathBuf {
        self.folder.join("metadata")
    }

    /// Where a bundle is once it is complete.
    pub fn bundle(&self, bundle: &Bundle) -> PathBuf {
        self.folder.join(bundle.file_name())
    }

    fn part(&self, bundle: &Bundle) -> PathBuf {
        self.folder.join(format!("{}.part", bundle.file_name()))
    }

    /// Removes every bundle and piece of one but those of `wanted`.
    ///
    /// # Errors
    /// When the folder cannot be read or written.
    pub fn clear_but(&self, wanted: Option<&Bundle>) -> io::Result<()> {
        let kept = wanted.map(|bundle| [self.bundle(bundle), self.part(bundle)]);
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let keep = kept.as_ref().is_some_and(|kept| kept.contains(&path));
            if !keep && !path.is_dir() {
                remove(&path)?;
            }
        }
        Ok(())
    }

    /// Puts the metadata of a catalogue there, and nothing else.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn keep_metadata(&self, files: &BTreeMap<String, Vec<u8>>) -> io::Result<()> {
        let folder = self.metadata();
        for (name, bytes) in files {
            write_whole(&folder.join(name), bytes)?;
        }
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let named = path.file_name().and_then(|name| name.to_str());
            if named.is_none_or(|name| !files.contains_key(name)) {
                remove(&path)?;
            }
        }
        Ok(())
    }

    /// How many bytes of a bundle are here; a piece that is longer than the bundle is thrown away.
    ///
    /// # Errors
    /// When the folder cannot be read or written.
    pub fn have(&self, bundle: &Bundle) -> io::Result<u64> {
        if self.bundle(bundle).exists() {
            return Ok(bundle.length);
        }
        let part = self.part(bundle);
        match fs::metadata(&part) {
            Ok(about) if about.len() > bundle.length => {
                remove(&part)?;
                Ok(0)
            }
            Ok(about) => Ok(about.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Opens the piece for what comes after the bytes that are here.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn append(&self, bundle: &Bundle) -> io::Result<Appending> {
        let path = self.part(bundle);
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let have = file.metadata()?.len();
        Ok(Appending {
            file,
            left: bundle.length.saturating_sub(have),
        })
    }

    /// Checks the whole of a bundle that has come, and gives it its name. One that is not what was
    /// signed is thrown away: `false`.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn finish(&self, bundle: &Bundle) -> io::Result<bool> {
        let (part, whole) = (self.part(bundle), self.bundle(bundle));
        if whole.exists() {
            return Ok(true);
        }
        let mut file = File::open(&part)?;
        if digest_of(&mut file, |_| Ok(()))? != (bundle.length, bundle.sha256) {
            remove(&part)?;
            return Ok(false);
        }
        file.sync_all()?;
        fs::rename(&part, &whole)?;
        sync_folder_of(&whole)?;
        Ok(true)
    }

    /// Throws a complete bundle away, for instance because another process found it wanting.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn drop_bundle(&self, bundle: &Bundle) -> io::Result<()> {
        remove(&self.bundle(bundle))?;
        remove(&self.part(bundle))
    }
}

/// A piece of a bundle, open for more.
#[derive(Debug)]
pub struct Appending {
    file: File,
    left: u64,
}

impl Appending {
    /// Adds bytes.
    ///
    /// # Errors
    /// When there are more than the bundle has, or the disk fails.
    pub fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        let left = self.left.checked_sub(bytes.len() as u64);
        self.left = left.ok_or(io::ErrorKind::FileTooLarge)?;
        self.file.write_all(bytes)
    }

    /// Whether all bytes are here.
    pub fn is_whole(&self) -> bool {
        self.left == 0
    }

    /// Makes what is here durable, so that a power cut does not cost it.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

/// Length and digest of what is read; `each` sees every piece.
pub(super) fn digest_of(
    from: &mut impl Read,
    mut each: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<(u64, BlobHash)> {
    let mut context = Context::new(&SHA256);
    let mut piece = vec![0; PIECE];
    let mut length = 0_u64;
    loop {
        let count = match from.read(&mut piece) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let Some(bytes) = piece.get(..count).filter(|bytes| !bytes.is_empty()) else {
            break;
        };
        context.update(bytes);
        length = length.saturating_add(bytes.len() as u64);
        each(bytes)?;
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    Ok((length, BlobHash(digest)))
}

/// Whether there is something at `path` that is no plain file, such as a link out of the folder.
pub(super) fn is_plain_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|about| about.is_file())
}
