//! Finds out whether this kiosk is revoked, which a connection that breaks off does not say.
//!
//! Central publishes its root's revocation list where it asks for no certificate (the EST name). The
//! list is signed, so it proves itself: a kiosk whose serial number stands in it is revoked, and no
//! failure, stranger or wrong clock can make it look so. It is fetched when central says on the
//! stream of pokes that it closes the connection for that, soon after central hung up on a request,
//! and once a day. The newest is kept: a revoked kiosk is so without contact and after a restart, and
//! central's own certificate is judged by it.

use std::sync::Arc;
use std::time::Duration;

use dayroom_client::transport::{Identity as _, RevocationList, TransportError};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::super::ReplicaEvent;
use super::Line;
use super::way::Ways;
use crate::domain::UtcMillis;
use crate::store::IdentityFiles;

/// Kiosks that central hung up on may be many.
const SPREAD: Duration = Duration::from_secs(2);
/// Without any hint.
const ROUTINE: Duration = Duration::from_secs(24 * 60 * 60);
/// Tries for one hint, each after up to twice the wait of the last.
const TRIES: u32 = 4;

/// Why it may be revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// Central says so.
    Said,
    /// Central hung up.
    HungUp,
}

/// Where hints go. Those that come while one is looked into are not needed.
pub(super) type Hints = mpsc::Sender<Hint>;

/// Makes the way for hints.
pub(super) fn hints() -> (Hints, mpsc::Receiver<Hint>) {
    mpsc::channel(1)
}

/// Looks into hints, until the process ends.
pub(super) async fn watch(
    ways: Arc<Ways>,
    files: IdentityFiles,
    line: Line,
    mut hints: mpsc::Receiver<Hint>,
) {
    let mut random = SmallRng::from_os_rng();
    let mut routine = random.random_range(Duration::ZERO..ROUTINE / 24);
    loop {
        let hint = tokio::select! {
            hint = hints.recv() => match hint {
                Some(hint) => Some(hint),
                None => return,
            },
            () = sleep(routine) => None,
        };
        routine = ROUTINE;
        if hint != Some(Hint::Said) {
            sleep(random.random_range(Duration::ZERO..SPREAD)).await;
        }
        for attempt in 0..TRIES {
            match look(&ways, &files).await {
                Ok(()) => break,
                Err(error) => tracing::debug!(event = "revocation_list.not_fetched", %error),
            }
            let most = Duration::from_secs(1) * (1 << attempt);
            sleep(random.random_range(Duration::ZERO..most)).await;
        }
        line.tell(ReplicaEvent::Revoked(revoked(&ways)));
    }
}

/// Since when the certificate in use is revoked by the list that is held.
pub(super) fn revoked(ways: &Ways) -> Option<UtcMillis> {
    let since = ways.list()?.revoked(ways.identity().certificate())?;
    Some(UtcMillis(since.0))
}

/// Fetches the list, and keeps it if it is newer.
async fn look(ways: &Ways, files: &IdentityFiles) -> Result<(), TransportError> {
    let Some(transport) = ways.anonymous() else {
        return Ok(());
    };
    let transport = transport.map_err(|error| TransportError::Request(error.into()))?;
    let list = transport.revocation_list(&ways.site().root_pem).await?;
    take(ways, files, list);
    Ok(())
}

fn take(ways: &Ways, files: &IdentityFiles, list: RevocationList) {
    // The root signed it then, so it is not earlier now.
    (ways.clock().raise_floor)(UtcMillis(list.made().0));
    if ways.list().is_some_and(|held| !list.is_newer_than(&held)) {
        return;
    }
    if let Err(error) = files.keep_list(&list.der()) {
        tracing::error!(event = "revocation_list.not_kept", %error);
    }
    if let Err(error) = ways.use_list(list) {
        tracing::error!(event = "revocation_list.not_used", %error);
    }
    let until = ways.identity().validity().until.0;
    tracing::info!(event = "revocation_list.kept", certificate_until = until);
}
