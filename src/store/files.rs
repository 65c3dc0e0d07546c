//! Small files of the state folder: written as a whole or not at all, and destroyed; and the store's
//! key.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::Path;

use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use super::open::sync_folder;

/// Who may read a file, and change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Its owner: mode 0600.
    Owner,
    /// The processes of the kiosk, to read: mode 0640.
    Kiosk,
}

impl Readers {
    fn mode(self) -> u32 {
        match self {
            Self::Owner => 0o600,
            Self::Kiosk => 0o640,
        }
    }
}

/// Writes a file as a whole or not at all, durable with its name when this returns.
///
/// # Errors
/// What the disk says.
pub fn write_atomic(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    // A name that begins with a dot is read by nobody.
    let mut new = std::ffi::OsString::from(".");
    new.push(name);
    new.push(format!(".{}.new", std::process::id()));
    let new = path.with_file_name(new);
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(readers.mode())
        .open(&new)?;
    file.set_permissions(fs::Permissions::from_mode(readers.mode()))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => sync_folder(folder),
        Some(_) | None => sync_folder(Path::new(".")),
    }
}

/// Reads at most `most` bytes of a file; `None` if there are more.
///
/// # Errors
/// What the disk says.
pub fn read_bounded(from: impl Read, most: usize) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let one_more = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    from.take(one_more).read_to_end(&mut bytes)?;
    Ok((bytes.len() <= most).then_some(bytes))
}

/// Overwrites a file and takes its name away, both durable when this returns. What is not there
/// counts as destroyed; of a symbolic link only the link goes.
///
/// Flash may keep the old cells: that is why what matters lies encrypted under a key of 32 bytes,
/// and the key goes first.
///
/// # Errors
/// What the disk says.
pub fn destroy(path: &Path) -> io::Result<()> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if found.is_dir() {
        for entry in fs::read_dir(path)? {
            destroy(&entry?.path())?;
        }
        fs::remove_dir(path)?;
    } else {
        if found.is_file() {
            overwrite(path, found.len())?;
        }
        fs::remove_file(path)?;
    }
    path.parent().map_or(Ok(()), sync_folder)
}

fn overwrite(path: &Path, length: u64) -> io::Result<()> {
    let mut file: File = OpenOptions::new().write(true).open(path)?;
    io::copy(&mut io::repeat(0).take(length), &mut file)?;
    file.sync_all()
}

/// Makes the store's key where there is none. Whoever is first makes it: the name appears with the
/// whole key in it, or not at all, and never takes another's place.
///
/// # Errors
/// What the disk says.
pub fn make_store_key(state: &Path) -> io::Result<()> {
    let path = state.join("identity/store.key");
    if path.try_exists()? {
        return Ok(());
    }
    identity_folder(state)?;
    let mut key = Zeroizing::new([0_u8; 32]);
    SystemRandom::new()
        .fill(key.as_mut())
        .map_err(|_| io::Error::other("no randomness"))?;
    let mut text = Zeroizing::new(String::with_capacity(64));
    for byte in key.iter() {
        for digit in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    let new = state.join(format!("identity/.store.key.{}", std::process::id()));
    write_atomic(&new, text.as_bytes(), Readers::Kiosk)?;
    give_to_the_kiosk(state, &new)?;
    let linked = fs::hard_link(&new, &path);
    fs::remove_file(&new)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        Ok(()) | Err(_) => {}
    }
    File::open(state.join("identity"))?.sync_all()
}

/// Makes `identity/`, which all processes of the kiosk may read.
///
/// # Errors
/// What the disk says.
pub fn identity_folder(state: &Path) -> io::Result<()> {
    let folder = state.join("identity");
    if folder.try_exists()? {
        return Ok(());
    }
    shared_folder(&folder, 0o750)?;
    give_to_the_kiosk(state, &folder)
}

/// Makes a folder where there is none. On a kiosk systemd has made it, with its owner and with the set-group
/// bit, which no process of the kiosk may set (`RestrictSUIDSGID`) and which a folder made in such a one inherits.
///
/// # Errors
/// What the disk says.
pub fn shared_folder(path: &Path, mode: u32) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(mode).create(path)
}

/// What root makes at a terminal belongs to whom the state folder belongs to.
///
/// # Errors
/// What the disk says.
pub fn give_to_the_kiosk(state: &Path, path: &Path) -> io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let owner = fs::metadata(state)?;
    chown(path, Some(owner.uid()), Some(owner.gid()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_with_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("note");
        write_atomic(&path, b"one", Readers::Kiosk).unwrap();
        write_atomic(&path, b"two", Readers::Owner).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_destroyed_file_is_overwritten_in_place_before_its_name_goes() {
        let folder = tempfile::tempdir().unwrap();
        let (path, twin) = (folder.path().join("key"), folder.path().join("twin"));
        fs::write(&path, b"secret").unwrap();
        fs::hard_link(&path, &twin).unwrap();
        destroy(&path).unwrap();
        assert!(!path.exists());
        assert_eq!(
            fs::read(&twin).unwrap(),
            [0; 6],
            "the same cells as far as we can reach"
        );
        destroy(&path).unwrap();
    }

    #[test]
    fn the_store_key_is_made_once_and_whoever_is_second_finds_the_first_ones() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity/store.key");
        make_store_key(folder.path()).unwrap();
        let first = fs::read_to_string(&path).unwrap();
        assert!(crate::store::StoreKey::from_hex(&first).is_some());
        make_store_key(folder.path()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), first);
        let left = fs::read_dir(path.parent().unwrap()).unwrap().count();
        assert_eq!(left, 1);
    }

    #[test]
    fn of_a_link_only_the_link_goes_and_a_folder_goes_with_all_that_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let (outside, inside) = (folder.path().join("outside"), folder.path().join("inside"));
        fs::create_dir_all(inside.join("deep")).unwrap();
        fs::write(&outside, b"stays").unwrap();
        symlink(&outside, inside.join("deep/link")).unwrap();
        destroy(&inside).unwrap();
        assert!(!inside.exists());
        assert_eq!(fs::read(&outside).unwrap(), b"stays");
    }
}
