//! The two folders through which the processes of the kiosk speak with `dayroom machine`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::files::{Readers, read_bounded, shared_folder, write_atomic};
use crate::domain::machine::{MachineRequest, MachineRequestId, MachineResult, REQUEST_BYTES};

/// A result holds its request, and little more.
const RESULT_BYTES: usize = 2 * REQUEST_BYTES;

/// `machine/` of a kiosk.
#[derive(Clone, Debug)]
pub struct MachineFolder {
    root: PathBuf,
}

impl MachineFolder {
    /// The one in this state folder.
    pub fn of(state: &Path) -> Self {
        Self {
            root: state.join("machine"),
        }
    }

    /// Where requests are put. Every process of the kiosk may write there.
    pub fn requests(&self) -> PathBuf {
        self.root.join("requests")
    }

    /// Where results are. Only `machine` may write there.
    pub fn results(&self) -> PathBuf {
        self.root.join("results")
    }

    /// Makes both folders where there are none. On a kiosk systemd has made them, with their owners.
    ///
    /// # Errors
    /// What the disk says.
    pub fn make(&self) -> io::Result<()> {
        for (folder, mode) in [(self.requests(), 0o770), (self.results(), 0o750)] {
            shared_folder(&folder, mode)?;
        }
        Ok(())
    }

    /// Puts a request where `machine` finds it, durable when this returns.
    ///
    /// # Errors
    /// What the disk says.
    pub fn ask(&self, request: &MachineRequest) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(request)?;
        let path = self.requests().join(request.id.file_name());
        write_atomic(&path, &text, Readers::Kiosk)
    }

    /// What came of a request; `None` before `machine` has looked at it.
    ///
    /// # Errors
    /// What the disk says, or when the file is not a result.
    pub fn result(&self, id: MachineRequestId) -> io::Result<Option<MachineResult>> {
        let path = self.results().join(id.file_name());
        let file = match fs::File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let bytes = read_bounded(file, RESULT_BYTES)?.ok_or(io::ErrorKind::InvalidData)?;
        Ok(Some(serde_json::from_slice(&bytes)?))
    }

    /// Writes what came of a request, durable when this returns.
    ///
    /// # Errors
    /// What the disk says.
    pub fn answer(&self, result: &MachineResult) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(result)?;
        let path = self.results().join(result.id.file_name());
        write_atomic(&path, &text, Readers::Kiosk)
    }

    /// The release that was started here as often as it may be and did not hold; `None` if none is.
    ///
    /// # Errors
    /// What the disk says, or when the file is not of its form.
    pub fn gave_way(&self) -> io::Result<Option<String>> {
        let file = match fs::File::open(self.gave_way_path()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let bytes = read_bounded(file, RESULT_BYTES)?.ok_or(io::ErrorKind::InvalidData)?;
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// Notes it, durable when this returns. Only `machine` may.
    ///
    /// # Errors
    /// What the disk says.
    pub fn set_gave_way(&self, version: Option<&str>) -> io::Result<()> {
        let text = serde_json::to_vec(&version)?;
        write_atomic(&self.gave_way_path(), &text, Readers::Kiosk)
    }

    fn gave_way_path(&self) -> PathBuf {
        self.results().join("gave-way.json")
    }

    /// Every request that has a result, in the order of their ids.
    ///
    /// # Errors
    /// What the disk says.
    pub fn answered(&self) -> io::Result<Vec<MachineRequestId>> {
        let mut ids = Vec::new();
        for entry in fs::read_dir(self.results())? {
            let name = entry?.file_name();
            ids.extend(name.to_str().and_then(MachineRequestId::of_file_name));
        }
        ids.sort_unstable();
        Ok(ids)
    }
}
