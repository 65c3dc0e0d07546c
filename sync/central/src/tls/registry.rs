use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dayroom_protocol::{KioskId, UtcMillis};
use tokio::sync::oneshot;

use super::PeerCertificate;
use crate::ca::Serial;

/// Connections a kiosk may hold at once; one more closes its oldest, which may be a dead one.
const PER_KIOSK: usize = 4;

/// Why central closes a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// The kiosk's certificate was revoked.
    Revoked,
    /// The kiosk's certificate has ended.
    Expired,
    /// The revocation list is stale, so nobody can be trusted.
    StaleList,
    /// The kiosk opened too many.
    Superseded,
}

impl CloseReason {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::StaleList => "stale_list",
            Self::Superseded => "superseded",
        }
    }
}

/// The connections that stand, and how to close each.
#[derive(Clone, Default)]
pub struct Registry(Arc<Mutex<Open>>);

#[derive(Default)]
struct Open {
    next: u64,
    connections: BTreeMap<u64, Entry>,
}

struct Entry {
    peer: PeerCertificate,
    close: oneshot::Sender<CloseReason>,
}

/// A place in the registry, given back on drop.
pub(super) struct Ticket {
    registry: Registry,
    id: u64,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.registry.open().connections.remove(&self.id);
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Registry").field(&self.kiosks()).finish()
    }
}

impl Registry {
    pub(super) fn admit(&self, peer: PeerCertificate) -> (Ticket, oneshot::Receiver<CloseReason>) {
        let (close, closed) = oneshot::channel();
        let mut open = self.open();
        let same: Vec<u64> = open
            .connections
            .iter()
            .filter(|(_, entry)| entry.peer.kiosk == peer.kiosk)
            .map(|(id, _)| *id)
            .collect();
        let excess = (same.len() + 1).saturating_sub(PER_KIOSK);
        for id in same.into_iter().take(excess) {
            open.close(id, CloseReason::Superseded);
        }
        let id = open.next;
        open.next += 1;
        open.connections.insert(id, Entry { peer, close });
        drop(open);
        let registry = self.clone();
        (Ticket { registry, id }, closed)
    }

    /// Closes what may no longer stand.
    pub(crate) fn sweep(&self, revoked: &BTreeSet<Serial>, list_ends: UtcMillis, now: UtcMillis) {
        let mut open = self.open();
        let ending: Vec<(u64, CloseReason)> = open
            .connections
            .iter()
            .filter_map(|(id, entry)| {
                let reason = if revoked.contains(&entry.peer.serial) {
                    CloseReason::Revoked
                } else if entry.peer.ends < now {
                    CloseReason::Expired
                } else if list_ends < now {
                    CloseReason::StaleList
                } else {
                    return None;
                };
                Some((*id, reason))
            })
            .collect();
        for (id, reason) in ending {
            open.close(id, reason);
        }
    }

    /// Which kiosks are connected.
    pub fn kiosks(&self) -> BTreeSet<KioskId> {
        let open = self.open();
        open.connections.values().map(|e| e.peer.kiosk).collect()
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn close(&mut self, id: u64, reason: CloseReason) {
        if let Some(entry) = self.connections.remove(&id) {
            // The connection may have ended by itself.
            let _ended = entry.close.send(reason);
        }
    }
}
