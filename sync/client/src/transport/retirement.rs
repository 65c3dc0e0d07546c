use dayroom_protocol::{Retirement, RetirementReply, route};

use super::{Transport, TransportError, answer};

impl Transport {
    /// Says that this kiosk goes out of service, or has.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub async fn retire(&self, said: &Retirement) -> Result<RetirementReply, TransportError> {
        let response = answer::send(self.post(route::RETIREMENT, said)?, self.deadlines).await?;
        answer::read(response, self.deadlines).await
    }
}
