//! Looks at what lies in the folder of requests. Everybody in the kiosk's group may write there, so
//! nothing in it is taken for what its name says.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::domain::machine::{
    MachineAct, MachineRefusal, MachineRequest, MachineRequestId, REQUEST_BYTES, read_request,
};
use crate::store::files::read_bounded;

/// The most requests in one run; the path unit starts the next.
const MOST: usize = 64;

/// A file among the requests.
pub(super) struct Found {
    pub path: PathBuf,
    /// The id in its name, if it is one.
    pub id: Option<MachineRequestId>,
    /// What it asks for, and the user who wrote it.
    pub request: Result<(MachineRequest, u32), (MachineRefusal, Option<MachineAct>)>,
}

/// What lies there, by name. A name that begins with a dot is still being written.
pub(super) fn look(folder: &Path) -> io::Result<Vec<Found>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            paths.push(entry.path());
        }
    }
    paths.sort_unstable();
    paths.truncate(MOST);
    Ok(paths.into_iter().map(found).collect())
}

fn found(path: PathBuf) -> Found {
    let name = path.file_name().and_then(|name| name.to_str());
    let id = name.and_then(MachineRequestId::of_file_name);
    let request = match id {
        Some(id) => read(&path, id).map_err(|why| (why, None)),
        None => Err((MachineRefusal::OtherId, None)),
    };
    Found { path, id, request }
}

fn read(path: &Path, id: MachineRequestId) -> Result<(MachineRequest, u32), MachineRefusal> {
    // Neither follows a link nor waits at a pipe.
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(i32::try_from(flags.bits()).unwrap_or(0))
        .open(path)
        .map_err(|_| MachineRefusal::NotPlain)?;
    let about = file.metadata().map_err(|_| MachineRefusal::NotPlain)?;
    // With a second name it could be a file of somebody else, put here under this one.
    if !about.is_file() || about.nlink() != 1 {
        return Err(MachineRefusal::NotPlain);
    }
    let bytes = read_bounded(file, REQUEST_BYTES)
        .map_err(|_| MachineRefusal::NotPlain)?
        .ok_or(MachineRefusal::TooLong)?;
    Ok((read_request(id, &bytes)?, about.uid()))
}

/// How often a folder is emptied into which a process of the kiosk still writes.
const MOST_TRIES: usize = 100;

/// The sync process may put a file of its store back while the folder is emptied.
fn remove_folder(path: &Path) -> io::Result<()> {
    for _ in 0..MOST_TRIES {
        match fs::remove_dir_all(path) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
            removed => return removed,
        }
    }
    fs::remove_dir_all(path)
}

/// Takes it away, whatever it is, durably.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => remove_folder(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    match path.parent() {
        Some(folder) => fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
