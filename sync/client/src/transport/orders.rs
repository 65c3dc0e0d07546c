use dayroom_protocol::{OrderResults, route};

use super::{Transport, TransportError, answer};

impl Transport {
    /// Says what became of orders.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub async fn order_results(&self, said: &OrderResults) -> Result<(), TransportError> {
        answer::send(self.post(route::ORDER_RESULTS, said)?, self.deadlines).await?;
        Ok(())
    }
}
