use rand::RngCore;

use super::{Millis, PlanAction, PlanConfig, Position, RequestId};

/// What the lanes need while one event is handled.
pub(super) struct Turn<'a> {
    pub(super) config: &'a PlanConfig,
    pub(super) now: Millis,
    pub(super) rng: &'a mut dyn RngCore,
    pub(super) requests: &'a mut u64,
    pub(super) out: Vec<PlanAction>,
}

impl Turn<'_> {
    /// A fresh name for a request.
    pub(super) fn request(&mut self) -> RequestId {
        *self.requests += 1;
        RequestId(*self.requests)
    }

    /// Asks for the page after `at`.
    pub(super) fn fetch(&mut self, at: Position) -> RequestId {
        let request = self.request();
        self.out.push(PlanAction::Fetch { request, at });
        request
    }
}
