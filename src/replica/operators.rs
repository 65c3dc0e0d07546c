//! What this kiosk knows of its operators outside the store: the chain of key sets from provisioning
//! on, and the mark, which outlives a cache that was lost.

use std::path::Path;

use dayroom_protocol::{KeySet, SignedKeySet};
use serde::{Deserialize, Serialize};

use super::{OrdersSetup, Site, SyncError};
use crate::store::{
    Operators,
    files::{Readers, write_atomic},
};

/// Where the chain lies in the folder `identity`: a JSON array of signed key sets. The first was
/// learnt at provisioning and is trusted as it stands.
pub const OPERATORS: &str = "operators.json";
/// Where the mark lies in the folder `identity`.
const MARK: &str = "orders.json";

/// How far this kiosk is with its orders.
#[derive(Serialize, Deserialize)]
struct Kept {
    mark: u64,
    /// The sets that came behind the last one of [`OPERATORS`].
    chain: Vec<SignedKeySet>,
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
        let path = || SyncError::Operators(identity.join(MARK));
        let kept: Kept = serde_json::from_slice(&bytes).map_err(|_| path())?;
        operators.mark = kept.mark;
        // A kiosk that was provisioned anew may know more already.
        let held = operators.version;
        for signed in &kept.chain {
            let set = KeySet::read(&signed.0.text).map_err(|_| path())?;
            if set.version > held {
                operators.version = set.version;
                operators.key_set = Some(signed.0.text.clone());
            }
        }
        operators.chain = serde_json::to_string(&kept.chain).map_err(|_| path())?;
    }
    Ok(OrdersSetup {
        kiosk: site.kiosk.map(|kiosk| kiosk.0),
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
    let file = |source| SyncError::File {
        path: path.clone(),
        source,
    };
    let bytes = format!(
        "{{\"mark\":{},\"chain\":{}}}",
        operators.mark, operators.chain
    );
    match write_atomic(&path, bytes.as_bytes(), Readers::Kiosk) {
        // The folder has gone with a wipe, and with it all there was to remember.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        done => done.map_err(file),
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
