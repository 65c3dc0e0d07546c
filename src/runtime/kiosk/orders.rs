//! Orders whose effect is this process's: the lock of a number lies in the journal, which nobody else
//! writes.

use super::Kiosk;
use crate::domain::local::ToSync;
use crate::domain::orders::{OrderId, PendingEffect};
use crate::domain::{Now, ResidentId};
use crate::store::{CacheReader, StoreError};

impl Kiosk {
    /// Carries out what waits for the screen, once each, and says so when it is on disk.
    pub(super) fn see_to_orders(&mut self, cache: &CacheReader, now: Now) {
        let pending = match cache.pending_orders() {
            Ok(pending) => pending,
            Err(error) => {
                tracing::warn!(error = %error, "orders.unreadable");
                return;
            }
        };
        let mut done = false;
        for (order, effect) in pending {
            let PendingEffect::Screen { resident } = effect else {
                continue;
            };
            let released = cache
                .resident(resident)
                .and_then(|found| self.release(order, found.map(|found| found.number), now));
            match released {
                Ok(fresh) => {
                    done = true;
                    if fresh {
                        tracing::info!(order = %order.0, "lock.released");
                    }
                }
                Err(error) => tracing::error!(error = %error, "lock.not_released"),
            }
        }
        if done {
            self.link.say(ToSync::OrdersDone);
        }
    }

    /// Whether an order has replaced the PIN of somebody since they signed in with it.
    pub(super) fn is_pin_replaced(&self, cache: &CacheReader, resident: ResidentId) -> bool {
        let replaced = cache.pin_replaced_at(resident).ok().flatten();
        self.pins_seen
            .is_some_and(|(seen, before)| seen == resident && replaced > before)
    }

    fn release(
        &mut self,
        order: OrderId,
        number: Option<crate::domain::ResidentNumber>,
        now: Now,
    ) -> Result<bool, StoreError> {
        let journal = self.shelves.journal();
        journal.release_lock(order, number.as_ref(), now.utc)
    }
}
