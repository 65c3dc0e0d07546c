use std::time::Duration;

use tokio::time::Instant;

use super::{AnswerError, TransportError};

/// How long central may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// For TCP and TLS together.
    pub connect: Duration,
    /// From the request to the head of its answer.
    pub answer: Duration,
    /// Between two pieces of a body.
    pub read: Duration,
    /// The time before the pace of a body is judged.
    pub grace: Duration,
    /// Bytes per second a body must come at on average after that.
    pub pace: u64,
    /// A stream of pokes that says nothing for this long is dead; central says something every 15 s.
    pub silence: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(30),
            read: Duration::from_secs(10),
            grace: Duration::from_secs(10),
            pace: 1024,
            silence: Duration::from_secs(45),
        }
    }
}

/// Judges how fast a body comes, so that one that trickles is ended (T15).
#[derive(Debug)]
pub(crate) struct Pace {
    deadlines: Deadlines,
    start: Instant,
    bytes: u64,
}

impl Pace {
    pub(crate) fn new(deadlines: Deadlines) -> Self {
        Self {
            deadlines,
            start: Instant::now(),
            bytes: 0,
        }
    }

    /// Waits for the next piece of a body and judges the pace.
    pub(crate) async fn next(
        &mut self,
        response: &mut reqwest::Response,
    ) -> Result<Option<bytes::Bytes>, TransportError> {
        let chunk = tokio::time::timeout(self.deadlines.read, response.chunk())
            .await
            .map_err(|_| AnswerError::TooSlow)?
            .map_err(TransportError::of_body)?;
        if let Some(chunk) = &chunk {
            self.bytes = self.bytes.saturating_add(chunk.len() as u64);
            let elapsed = self.start.elapsed();
            let asked = u128::from(self.deadlines.pace) * elapsed.as_millis() / 1_000;
            if elapsed > self.deadlines.grace && u128::from(self.bytes) < asked {
                return Err(AnswerError::TooSlow.into());
            }
        }
        Ok(chunk)
    }
}
