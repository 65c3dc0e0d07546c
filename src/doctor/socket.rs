//! Asks the sync process how it is, over the local socket.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use crate::domain::local::{FRAME_BYTES, SyncStatus, ToScreen, ToSync};

/// `None` if it does not answer.
pub(super) fn look(socket: &Path, patience: Duration) -> Option<SyncStatus> {
    let mut stream = UnixStream::connect(socket).ok()?;
    stream.set_read_timeout(Some(patience)).ok()?;
    stream.set_write_timeout(Some(patience)).ok()?;
    let body = serde_json::to_vec(&ToSync::Look).ok()?;
    let length = u32::try_from(body.len()).ok()?;
    stream
        .write_all(&[&length.to_be_bytes(), body.as_slice()].concat())
        .ok()?;
    let mut length = [0; 4];
    stream.read_exact(&mut length).ok()?;
    let length = usize::try_from(u32::from_be_bytes(length)).ok()?;
    if length > FRAME_BYTES {
        return None;
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    match serde_json::from_slice(&body).ok()? {
        ToScreen::Sync { status } => Some(*status),
        ToScreen::Changed
        | ToScreen::BlobReady { .. }
        | ToScreen::BlobFailed { .. }
        | ToScreen::Status { .. }
        | ToScreen::NextTry { .. }
        | ToScreen::Provision { .. }
        | ToScreen::DraftKey { .. } => None,
    }
}
