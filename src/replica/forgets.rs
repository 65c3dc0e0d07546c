use dayroom_client::plan::{Forgets, PlanEvent, RequestId};
use dayroom_protocol as wire;
use dayroom_protocol::{
    Acknowledgement, CollectionDigest, Cursor, DigestReport, Epoch, Forgotten, Kind,
    collection_digest,
};
use ring::digest::{SHA256, digest};

use super::core::not_made;
use super::{Replica, ReplicaAction, ReplicaError, WireRequest};
use crate::domain::audit::kinds;
use crate::store::StoreError;

impl Replica {
    /// Deletes the blobs of the forgotten and empties the logs, as far as readers let it.
    pub(super) fn finish_forgets(
        &mut self,
        out: &mut Vec<ReplicaAction>,
    ) -> Result<Forgets, ReplicaError> {
        let mut people = 0;
        let done = self.forget_some(&mut people);
        if people > 0 {
            out.push(ReplicaAction::Audit(kinds::purge_done(people)));
        }
        done
    }

    fn forget_some(&mut self, people: &mut u64) -> Result<Forgets, ReplicaError> {
        for (resident, version) in self.cache.forgets_to_do()? {
            let blobs = self.cache.blobs_to_forget(resident)?;
            let done = self
                .blobs
                .delete(&blobs)
                .and_then(|()| self.cache.finish_forget(resident, version));
            match done {
                Ok(()) => {
                    *people += 1;
                    tracing::info!(event = "resident.forgotten", version);
                }
                Err(StoreError::Busy(_)) => return Ok(Forgets::Unfinished),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(if self.cache.forgets_to_acknowledge()?.is_empty() {
            Forgets::None
        } else {
            Forgets::Ready
        })
    }

    pub(super) fn acknowledge(
        &mut self,
        request: RequestId,
        out: &mut Vec<ReplicaAction>,
    ) -> Result<(), ReplicaError> {
        let forgets = self.cache.forgets_to_acknowledge()?;
        let forgotten = forgets
            .iter()
            .map(|(resident, version)| Forgotten {
                resident: wire::ResidentId(resident.0),
                version: *version,
            })
            .collect();
        out.push(ReplicaAction::Send(
            request,
            WireRequest::Acknowledge(Acknowledgement { forgotten }),
        ));
        self.telling = Some((request, forgets));
        Ok(())
    }

    pub(super) fn acknowledged(&mut self, request: RequestId) -> Result<(), ReplicaError> {
        match self.telling.take() {
            Some((own, forgets)) if own == request => Ok(self.cache.acknowledged(&forgets)?),
            other => {
                self.telling = other;
                Ok(())
            }
        }
    }

    pub(super) fn send_digest(
        &mut self,
        request: RequestId,
        out: &mut Vec<ReplicaAction>,
    ) -> Result<Option<PlanEvent>, ReplicaError> {
        let position = self.cache.position()?;
        let Some(epoch) = position.epoch else {
            return Ok(Some(not_made(request)));
        };
        let mut collections = Vec::new();
        for (kind, held) in self.cache.digest()? {
            let Some(kind) = Kind::from_name(kind) else {
                continue;
            };
            let mut held: Vec<_> = held
                .into_iter()
                .map(|(id, version)| (wire::RecordId(id.0), version))
                .collect();
            let sha256 = digest(&SHA256, &collection_digest(&mut held));
            let Ok(sha256) = <[u8; 32]>::try_from(sha256.as_ref()) else {
                continue;
            };
            collections.push(CollectionDigest {
                kind,
                count: held.len() as u64,
                sha256: wire::BlobHash(sha256),
            });
        }
        let report = DigestReport {
            epoch: Epoch(epoch),
            cursor: Cursor(position.cursor),
            collections,
            quarantined: self.cache.quarantined()?,
        };
        out.push(ReplicaAction::Send(request, WireRequest::Digest(report)));
        Ok(None)
    }
}
