//! What this kiosk knows of its operators outside the store: the chain of key sets from provisioning
//! on, and the mark, which outlives a cache that was lost.

use std::path::Path;

use dayroom_protocol::{KeySet, SignedKeySet};
use serde::{Deserialize, Serialize};

use super::{OrdersSetup, Site, SyncError};
use crate::store::Operators;

/// Where the chain lies in the folder `identity`: a JSON array of signed key sets. The first was
/// learnt at provisioning and is trusted as it stands.
pub const OPERATORS: &str = "operators.json";
/// Where the mark lies in the folder `identity`.
const MARK: &str = "orders.json";

/// How far this kiosk is with its orders.
#[derive(Serialize, Deserialize)]
struct Mark {
    key_set: Option<String>,
    version: u32,
    mark: u64,
}

/// Reads what is known of the operators.
///
/// # Errors
/// When a file is there and cannot be read: provision the kiosk again.
pub(super) fn read(state: &Path, site: &Site) -> Result<OrdersSetup, SyncError> {
    let identity = state.join("identity");
    let mut operators = Operators::default();
    if let Some(bytes) = read_if_there(&identity.join(OPERATORS))? {
        let chain: Vec<SignedKeySet> = serde_json::from_slice(&bytes)
            .map_err(|_| SyncError::Operators(identity.join(OPERATORS)))?;
        let set =
            KeySet::of_chain(&chain).map_err(|_| SyncError::Operators(identity.join(OPERATORS)))?;
        operators.version = set.version;
        operators.key_set = chain.last().map(|signed| signed.0.text.clone());
    }
    if let Some(bytes) = read_if_there(&identity.join(MARK))? {
        let kept: Mark = serde_json::from_slice(&bytes)
            .map_err(|_| SyncError::Operators(identity.join(MARK)))?;
        operators.mark = kept.mark;
        if kept.version > operators.version {
            operators.version = kept.version;
            operators.key_set = kept.key_set;
        }
    }
    Ok(OrdersSetup {
        kiosk: site.kiosk,
        facility: site.facility,
        operators,
    })
}

/// Keeps how far this kiosk is, on disk when it returns.
///
/// # Errors
/// What the disk says.
pub(super) fn keep(state: &Path, operators: &Operators) -> Result<(), SyncError> {
    let path = state.join("identity").join(MARK);
    let mark = Mark {
        key_set: operators.key_set.clone(),
        version: operators.version,
        mark: operators.mark,
    };
    let file = |source| SyncError::File {
        path: path.clone(),
        source,
    };
    let bytes = serde_json::to_vec(&mark).map_err(|error| file(error.into()))?;
    write_atomic(&path, &bytes).map_err(file)
}

fn write_atomic(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let beside = path.with_extension("new");
    let mut file = std::fs::File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    match path.parent() {
        Some(folder) => std::fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, SyncError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(SyncError::File {
            path: path.to_owned(),
            source,
        }),
    }
}
