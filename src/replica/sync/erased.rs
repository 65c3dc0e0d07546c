//! A kiosk that is erased under its running sync process: what it still says, and to whom.

use std::path::Path;
use std::time::Duration;

use dayroom_client::transport::Transport;
use dayroom_protocol as wire;
use tokio::sync::watch;

use super::machine::Machine;
use super::way::Way;
use crate::domain::orders::OrderId;

/// How often it is looked whether an erasure that has begun has ended, and for how long.
const LOOK: Duration = Duration::from_millis(100);
const LOOKS: u32 = 300;
/// How long after a failure central is told again; doubled with each one.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What came of the order that took everything away. Nothing of it is in a store any more: it is
/// told by what the process still holds, which is the way to central, or by nobody.
pub(super) struct LastWords {
    order: OrderId,
    transport: Transport,
}

impl LastWords {
    /// Of the order by which this kiosk is erased, if it is. One that is under way is waited for: the
    /// store fails before the machine has written that it is done.
    pub(super) async fn of(
        machine: &Machine,
        state: &Path,
        way: &watch::Receiver<Way>,
    ) -> Option<Self> {
        let begun = machine.awaits_wipe() && !state.join("identity/store.key").exists();
        let mut looks = if begun { LOOKS } else { 0 };
        let mut wiped = machine.wiped();
        while wiped.is_none() && looks > 0 {
            tokio::time::sleep(LOOK).await;
            wiped = machine.wiped();
            looks -= 1;
        }
        let order = wiped?;
        let transport = way.borrow().transport.clone();
        Some(Self { order, transport })
    }

    /// Tells central until it has heard.
    pub(super) async fn say(self) {
        let said = wire::OrderResults {
            // What was taken before is not known any more; central goes by the order alone.
            mark: 0,
            key_set: 0,
            results: vec![wire::OrderResult {
                order: wire::OrderId(self.order.0),
                outcome: wire::OrderOutcome::Done,
            }],
        };
        let mut wait = FIRST_WAIT;
        while let Err(error) = self.transport.order_results(&said).await {
            tracing::warn!(event = "wipe.not_told", %error);
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
        tracing::info!(event = "wipe.told");
    }
}
