//! Carries one request to central and its answer back.

use dayroom_client::plan::{Cause, Failure, RequestId};
use dayroom_client::transport::{Transport, TransportError, Validity, failure};
use dayroom_protocol as wire;
use dayroom_protocol::ChangesPage;

use super::super::{Answer, Page, ReplicaEvent, WireRequest, map_page};
use super::{Line, SyncClock};
use crate::domain::BlobHash;

/// Bytes of a blob that are kept in one transaction.
const PART_BYTES: usize = 256 * 1024;
/// Records that are worth a thread of their own.
const MANY: usize = 32;

#[derive(Clone)]
pub(super) struct Carrier {
    pub(super) transport: Transport,
    pub(super) validity: Validity,
    pub(super) clock: SyncClock,
    pub(super) line: Line,
}

impl Carrier {
    /// Sends the request and tells what came of it, whatever happens.
    pub(super) async fn carry(self, request: RequestId, wire: WireRequest) {
        let mut unanswered = Unanswered {
            line: self.line.clone(),
            request,
            armed: true,
        };
        let answer = match self.send(request, wire).await {
            Ok(answer) => Ok(answer),
            Err(error) => {
                let failure = failure(&error, self.validity, wire::UtcMillis(self.now()));
                log(&error, &failure);
                Err(failure)
            }
        };
        unanswered.armed = false;
        self.line.tell(ReplicaEvent::Answer(request, answer));
    }

    async fn send(&self, request: RequestId, wire: WireRequest) -> Result<Answer, TransportError> {
        let transport = &self.transport;
        Ok(match wire {
            WireRequest::Changes(at) => Answer::Page(read(transport.changes(&at).await?).await?),
            WireRequest::Push(batch) => Answer::Pushed(transport.push(&batch).await?),
            WireRequest::Blob { blob, offset } => {
                self.blob(request, blob, offset).await?;
                Answer::BlobEnd
            }
            WireRequest::Digest(report) => Answer::Digest(transport.digest(&report).await?),
            WireRequest::Acknowledge(forgotten) => {
                transport.acknowledge(&forgotten).await?;
                Answer::Acknowledged
            }
            WireRequest::OrderResults(said) => {
                transport.order_results(&said).await?;
                Answer::OrdersTold
            }
            WireRequest::Subscribe => return Err(self.pokes(request).await?),
        })
    }

    async fn blob(
        &self,
        request: RequestId,
        blob: BlobHash,
        mut offset: u64,
    ) -> Result<(), TransportError> {
        let hash = wire::BlobHash(blob.0);
        let mut stream = self.transport.blob(hash, offset).await?;
        let total = stream.total();
        let mut bytes = Vec::new();
        loop {
            let chunk = stream.next().await;
            // What has come is kept, also when the rest does not come.
            let over = !matches!(chunk, Ok(Some(_)));
            if let Ok(Some(chunk)) = &chunk {
                bytes.extend_from_slice(chunk);
            }
            if !bytes.is_empty() && (over || bytes.len() >= PART_BYTES) {
                let part = std::mem::take(&mut bytes);
                let next = offset + part.len() as u64;
                let answer = Answer::BlobPart {
                    total,
                    offset,
                    bytes: part,
                };
                self.line
                    .tell_slowly(ReplicaEvent::Answer(request, Ok(answer)))
                    .await;
                offset = next;
            }
            if chunk?.is_none() {
                return Ok(());
            }
        }
    }

    /// Listens to the stream of pokes until it ends, and gives why.
    async fn pokes(&self, request: RequestId) -> Result<TransportError, TransportError> {
        let mut pokes = self.transport.pokes().await?;
        self.line
            .tell(ReplicaEvent::Answer(request, Ok(Answer::Subscribed)));
        while pokes.next().await?.is_some() {
            self.line
                .tell_slowly(ReplicaEvent::Answer(request, Ok(Answer::Poke)))
                .await;
        }
        Ok(TransportError::Unreachable(
            "central ended the stream".into(),
        ))
    }

    fn now(&self) -> i64 {
        (self.clock.now)().utc.0
    }
}

/// Reads a page, a large one where it keeps nothing else waiting.
async fn read(page: ChangesPage) -> Result<Page, TransportError> {
    if page.records.len() < MANY {
        return Ok(map_page(page));
    }
    tokio::task::spawn_blocking(move || map_page(page))
        .await
        .map_err(|error| TransportError::Request(error.into()))
}

fn log(error: &TransportError, failure: &Failure) {
    let mut causes = String::new();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        causes.push_str(": ");
        causes.push_str(&cause.to_string());
        next = cause.source();
    }
    tracing::debug!(
        event = "request.failed",
        error = format!("{error}{causes}"),
        ?failure
    );
}

/// Answers a request whose task is ended before it could: nothing is waited for in vain.
struct Unanswered {
    line: Line,
    request: RequestId,
    armed: bool,
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        if self.armed {
            let failure = Failure::Contact(Cause::Unreachable);
            self.line
                .tell(ReplicaEvent::Answer(self.request, Err(failure)));
        }
    }
}
