//! The requests under way.

use std::collections::BTreeMap;

use dayroom_client::plan::RequestId;
use tokio::task::{AbortHandle, JoinSet};

/// The requests under way.
#[derive(Default)]
pub(super) struct Tasks {
    pub(super) running: JoinSet<()>,
    by_request: BTreeMap<RequestId, AbortHandle>,
}

impl Tasks {
    pub(super) fn start(
        &mut self,
        request: RequestId,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        self.by_request.retain(|_, task| !task.is_finished());
        let task = self.running.spawn(task);
        self.by_request.insert(request, task);
    }

    pub(super) fn stop(&mut self, request: RequestId) {
        if let Some(task) = self.by_request.remove(&request) {
            task.abort();
        }
    }
}
