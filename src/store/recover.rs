//! What to do about a cache or blob file that cannot be read. There is no such thing for the
//! journal, and no value of [`Refetchable`] that names it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::open::sync_folder;
use super::{BlobWriter, CacheWriter, JournalReader, StoreError, StoreFile, StoreKey, StorePlace};

/// A file central can fill again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refetchable {
    /// What central said.
    Cache,
    /// Pictures.
    Blobs,
}

impl Refetchable {
    fn file(self) -> StoreFile {
        match self {
            Self::Cache => StoreFile::Cache,
            Self::Blobs => StoreFile::Blobs,
        }
    }
}

/// Opens the cache for writing. A damaged one is set aside and a new one made, to be refetched; the
/// path is where the old one went.
///
/// # Errors
/// As [`CacheWriter::open`]. [`StoreError::Unreadable`] also if the key fits no other file: then it
/// is the key that is wrong, and nothing is set aside.
pub fn open_cache(
    place: &StorePlace,
    key: &StoreKey,
) -> Result<(CacheWriter, Option<PathBuf>), StoreError> {
    recover(place, key, Refetchable::Cache, CacheWriter::open)
}

/// Opens the blobs for writing, as [`open_cache`] does the cache.
///
/// # Errors
/// As [`open_cache`].
pub fn open_blobs(
    place: &StorePlace,
    key: &StoreKey,
) -> Result<(BlobWriter, Option<PathBuf>), StoreError> {
    recover(place, key, Refetchable::Blobs, BlobWriter::open)
}

fn recover<W>(
    place: &StorePlace,
    key: &StoreKey,
    file: Refetchable,
    open: fn(&StorePlace, &StoreKey) -> Result<W, StoreError>,
) -> Result<(W, Option<PathBuf>), StoreError> {
    match open(place, key) {
        Ok(writer) => Ok((writer, None)),
        Err(StoreError::Unreadable(file)) if !key_fits_journal(place, key) => {
            Err(StoreError::Unreadable(file))
        }
        Err(error) if error.is_damage() => {
            let aside = set_aside(place, file)?;
            Ok((open(place, key)?, Some(aside)))
        }
        Err(error) => Err(error),
    }
}

fn key_fits_journal(place: &StorePlace, key: &StoreKey) -> bool {
    JournalReader::open(place, key).is_ok()
}

/// Renames a cache or blob file, and what belongs to it, to `.damaged-N`, so that the next opening
/// starts an empty one. To be called by its writer's process, with no writer open. The old file
/// stays as encrypted as it was; [`StoreError::Replaced`] tells readers.
///
/// # Errors
/// [`StoreError::Folder`].
pub fn set_aside(place: &StorePlace, file: Refetchable) -> Result<PathBuf, StoreError> {
    let path = place.path(file.file());
    move_aside(&path)
        .and_then(|aside| sync_folder(&place.folder).map(|()| aside))
        .map_err(StoreError::Folder)
}

fn move_aside(path: &Path) -> io::Result<PathBuf> {
    let mut aside = beside(path, ".damaged-1");
    for number in 2_u32.. {
        if !aside.exists() {
            break;
        }
        aside = beside(path, &format!(".damaged-{number}"));
    }
    // The main file last: until it has gone, an opening would still find the damage.
    for part in ["-wal", "-shm", ""] {
        match fs::rename(beside(path, part), beside(&aside, part)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(aside)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
