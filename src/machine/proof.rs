//! Whether what a request says allows what it asks for. Nothing is taken on the writer's word but
//! what only that writer can know.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use uuid::Uuid;

use super::Owners;
use super::owners::Owner;
use crate::domain::Now;
use crate::domain::machine::{EraseProof, MachineAct, MachineRefusal};

/// Verifies it.
///
/// # Errors
/// Why it is refused.
pub(super) fn verify(
    state: &Path,
    owners: &Owners,
    act: &MachineAct,
    user: u32,
    now: Now,
) -> Result<(), MachineRefusal> {
    let owner = owners.of(user).ok_or(MachineRefusal::Foreign)?;
    match act {
        MachineAct::Restart { .. } => Ok(()),
        MachineAct::Stage { version, order } => match (owner, order) {
            (Owner::Screen, _) => Err(MachineRefusal::Foreign),
            // Whether the release is genuine and newer is found out when it is staged.
            (Owner::Own | Owner::Sync, None) => Ok(()),
            (Owner::Own | Owner::Sync, Some(signed)) => release_order(state, version, signed, now),
        },
        MachineAct::Erase {
            proof: EraseProof::Order { signed },
        } => wipe_order(state, signed, now),
        MachineAct::Erase {
            proof: EraseProof::Retire { kiosk, .. },
        } => match owner {
            Owner::Sync => Err(MachineRefusal::Foreign),
            Owner::Own | Owner::Screen => this_kiosk(state, *kiosk),
        },
    }
}

/// A wipe that operators signed, for this kiosk, and not expired.
fn wipe_order(_state: &Path, _signed: &str, _now: Now) -> Result<(), MachineRefusal> {
    // This kiosk knows no operators' keys, so nobody can have signed anything for it.
    Err(MachineRefusal::Order)
}

/// An order of operators that this kiosk is to run a release although it is not newer.
fn release_order(
    _state: &Path,
    _version: &str,
    _signed: &str,
    _now: Now,
) -> Result<(), MachineRefusal> {
    // This kiosk knows no operators' keys, so nobody can have signed anything for it.
    Err(MachineRefusal::Order)
}

/// The technician was told that this is the kiosk to be retired.
fn this_kiosk(state: &Path, kiosk: Uuid) -> Result<(), MachineRefusal> {
    #[derive(Deserialize)]
    struct Site {
        kiosk: Uuid,
    }
    let site = fs::read(state.join("site.json")).map_err(|_| MachineRefusal::OtherKiosk)?;
    let site: Site = serde_json::from_slice(&site).map_err(|_| MachineRefusal::OtherKiosk)?;
    if site.kiosk == kiosk {
        Ok(())
    } else {
        Err(MachineRefusal::OtherKiosk)
    }
}
