//! Carries one request to central and its answer back.

use dayroom_client::plan::{Cause, Failure, RequestId};
use dayroom_client::transport::{Identity as _, PokeEvent, Transport, TransportError, failure};
use dayroom_protocol as wire;
use dayroom_protocol::ChangesPage;
use tokio::sync::watch;

use super::super::{Answer, Page, ReplicaEvent, WireRequest, map_page};
use super::revocation::{Hint, Hints};
use super::way::Way;
use super::{Line, SyncClock};
use crate::domain::BlobHash;

/// Bytes of a blob that are kept in one transaction.
const PART_BYTES: usize = 256 * 1024;
/// Records that are worth a thread of their own.
const MANY: usize = 32;

#[derive(Clone)]
pub(super) struct Carrier {
    pub(super) way: watch::Receiver<Way>,
    pub(super) hints: Hints,
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
        let mut follow = self.way.clone();
        let way = follow.borrow_and_update().clone();
        let sent = self.send(&way.transport, follow, request, wire);
        let answer = match sent.await {
            Ok(answer) => Ok(answer),
            Err(error) => {
                let own = way.identity.validity();
                let failure = failure(&error, own, wire::UtcMillis(self.now()));
                if turns_away(&error) {
                    // One that is looked into already is enough.
                    let _enough = self.hints.try_send(Hint::HungUp);
                }
                log(&error, &failure);
                Err(failure)
            }
        };
        unanswered.armed = false;
        self.line.tell(ReplicaEvent::Answer(request, answer));
    }

    async fn send(
        &self,
        transport: &Transport,
        follow: watch::Receiver<Way>,
        request: RequestId,
        wire: WireRequest,
    ) -> Result<Answer, TransportError> {
        Ok(match wire {
            WireRequest::Changes(at) => Answer::Page(read(transport.changes(&at).await?).await?),
            WireRequest::Push(batch) => Answer::Pushed(transport.push(&batch).await?),
            WireRequest::Blob { blob, offset } => {
                self.blob(transport, request, blob, offset).await?;
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
            WireRequest::Health(report) => {
                transport.health(&report).await?;
                Answer::HealthNoted
            }
            WireRequest::Subscribe => return Err(self.pokes(transport, follow, request).await?),
        })
    }

    async fn blob(
        &self,
        transport: &Transport,
        request: RequestId,
        blob: BlobHash,
        mut offset: u64,
    ) -> Result<(), TransportError> {
        let hash = wire::BlobHash(blob.0);
        let mut stream = transport.blob(hash, offset).await?;
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

    /// Listens to the stream of pokes until it ends, or the way to central changes, and gives why.
    async fn pokes(
        &self,
        transport: &Transport,
        mut follow: watch::Receiver<Way>,
        request: RequestId,
    ) -> Result<TransportError, TransportError> {
        let mut pokes = transport.pokes().await?;
        self.line
            .tell(ReplicaEvent::Answer(request, Ok(Answer::Subscribed)));
        loop {
            let event = tokio::select! {
                event = pokes.next() => event?,
                _ = follow.changed() => {
                    return Ok(TransportError::Unreachable("there is a new way to central".into()));
                }
            };
            match event {
                Some(PokeEvent::Poke) => {
                    self.line
                        .tell_slowly(ReplicaEvent::Answer(request, Ok(Answer::Poke)))
                        .await;
                }
                Some(PokeEvent::Revoked) => {
                    let _enough = self.hints.try_send(Hint::Said);
                }
                None => break,
            }
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

/// Whether central will have nothing to do with this kiosk, for whatever reason.
fn turns_away(error: &TransportError) -> bool {
    match error {
        TransportError::HungUp(_) => true,
        TransportError::Problem { problem, .. } => problem.kind == wire::ProblemKind::UnknownKiosk,
        TransportError::Unreachable(_)
        | TransportError::WrongServer(_)
        | TransportError::ServerExpired(_)
        | TransportError::ServerNotYetValid(_)
        | TransportError::Key(_)
        | TransportError::Answer(_)
        | TransportError::Request(_) => false,
    }
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
