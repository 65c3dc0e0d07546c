//! Looks at the machine from time to time, for its health.

use std::sync::Arc;
use std::time::Duration;

use super::worker::Line;
use super::{ReplicaEvent, Senses};

/// Between two looks: what changes by itself, such as a disk that fills, is seen within that.
const EVERY: Duration = Duration::from_secs(30);

/// Looks for ever, on threads where that keeps nothing waiting.
pub(super) async fn sense(senses: Senses, line: Line) {
    loop {
        let look = Arc::clone(&senses);
        match tokio::task::spawn_blocking(move || look()).await {
            Ok(sensed) => {
                line.tell_slowly(ReplicaEvent::Sensed(Box::new(sensed)))
                    .await
            }
            Err(error) => tracing::error!(event = "senses.failed", %error),
        }
        tokio::time::sleep(EVERY).await;
    }
}
