use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::CaError;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readers {
    /// Whoever the folder lets in: mode 0644.
    Everyone,
    /// The owner: mode 0600.
    Owner,
}

/// Writes a file of mode 0600 as a whole or not at all.
///
/// # Errors
/// When the file cannot be written.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), CaError> {
    write_atomic(path, bytes, Readers::Owner)
}

pub(super) fn write_atomic(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), CaError> {
    let attempt = || -> io::Result<()> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let mut new_name = name.to_os_string();
        new_name.push(format!(".{}.new", std::process::id()));
        let new = path.with_file_name(new_name);
        let mode = match readers {
            Readers::Everyone => 0o644,
            Readers::Owner => 0o600,
        };
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(mode)
            .open(&new)?;
        file.set_permissions(fs::Permissions::from_mode(mode))?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        match path.parent() {
            Some(folder) if folder.as_os_str().is_empty() => File::open(".")?.sync_all(),
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    };
    attempt().map_err(|source| CaError::File {
        path: path.to_owned(),
        source,
    })
}

/// Makes a folder of mode 0700, and those above it.
///
/// # Errors
/// When it cannot be made, or is not ours.
pub fn private_folder(path: &Path) -> Result<(), CaError> {
    fs::create_dir_all(path)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(0o700)))
        .map_err(|source| CaError::File {
            path: path.to_owned(),
            source,
        })
}

pub(super) fn read_text(path: &Path) -> Result<String, CaError> {
    fs::read_to_string(path).map_err(|source| CaError::File {
        path: path.to_owned(),
        source,
    })
}
