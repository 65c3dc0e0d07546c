//! Whether what a request says allows what it asks for. Nothing is taken on the writer's word but
//! what only that writer can know.

use std::fs;
use std::path::Path;

use dayroom_client::orders::{Standing, verify as verify_order};
use dayroom_protocol as wire;
use dayroom_protocol::{KioskId, Order, OrderBody, SignedKeySet, SignedOrder};
use serde::Deserialize;
use uuid::Uuid;

use super::Owners;
use super::operators::Operators;
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

/// A wipe that operators signed, for this kiosk, and not expired: by the key set `machine` believes,
/// or one that follows from it.
fn wipe_order(state: &Path, signed: &str, now: Now) -> Result<(), MachineRefusal> {
    let order = ordered(state, signed, now).ok_or(MachineRefusal::Order)?;
    match order.what {
        OrderBody::Wipe => Ok(()),
        OrderBody::PinReset { .. }
        | OrderBody::LockRelease { .. }
        | OrderBody::Restart
        | OrderBody::Release { .. }
        | OrderBody::Policy { .. }
        | OrderBody::Unknown => Err(MachineRefusal::Order),
    }
}

/// The order in a proof, if it holds.
fn ordered(state: &Path, signed: &str, now: Now) -> Option<Order> {
    /// As sync writes it: the order, and the key sets since provisioning.
    #[derive(Deserialize)]
    struct Proof {
        order: SignedOrder,
        keys: Vec<SignedKeySet>,
    }
    let proof: Proof = serde_json::from_str(signed).ok()?;
    let mut operators = Operators::of(state)?;
    operators.follow(&proof.keys);
    operators.keep();
    let standing = Standing {
        kiosk: KioskId(site_kiosk(state)?),
        facility: None,
        mark: 0,
        now: Some(wire::UtcMillis(now.utc.0)),
        alone_lately: 0,
    };
    verify_order(Some(operators.set()), &standing, &proof.order).ok()
}

/// An order of operators that this kiosk is to run this release although it is not newer.
fn release_order(state: &Path, wanted: &str, signed: &str, now: Now) -> Result<(), MachineRefusal> {
    let order = ordered(state, signed, now).ok_or(MachineRefusal::Order)?;
    match order.what {
        OrderBody::Release {
            version,
            may_be_older: true,
        } if version.to_string() == wanted => Ok(()),
        OrderBody::Release { .. }
        | OrderBody::PinReset { .. }
        | OrderBody::LockRelease { .. }
        | OrderBody::Restart
        | OrderBody::Wipe
        | OrderBody::Policy { .. }
        | OrderBody::Unknown => Err(MachineRefusal::Order),
    }
}

/// The technician was told that this is the kiosk to be retired.
fn this_kiosk(state: &Path, kiosk: Uuid) -> Result<(), MachineRefusal> {
    if site_kiosk(state) == Some(kiosk) {
        Ok(())
    } else {
        Err(MachineRefusal::OtherKiosk)
    }
}

/// Which kiosk this is.
fn site_kiosk(state: &Path) -> Option<Uuid> {
    #[derive(Deserialize)]
    struct Site {
        kiosk: Uuid,
    }
    let site: Site = serde_json::from_slice(&fs::read(state.join("site.json")).ok()?).ok()?;
    Some(site.kiosk)
}
