use std::collections::BTreeSet;

use dayroom_client::plan::{Failure, PlanEvent, RequestId};
use dayroom_protocol as wire;

use super::{Replica, ReplicaAction, ReplicaError, WireRequest};
use crate::domain::BlobHash;
use crate::domain::local::ToScreen;
use crate::store::{BlobState, StoreError};

/// Named blobs looked at in one scan.
const SCAN: usize = 256;

impl Replica {
    /// Somebody wants to see a blob.
    pub(super) fn want_blob(
        &mut self,
        blob: BlobHash,
        out: &mut Vec<ReplicaAction>,
    ) -> Result<Option<PlanEvent>, ReplicaError> {
        if self.blobs.have(blob)? == BlobState::Complete {
            out.push(ReplicaAction::Say(ToScreen::BlobReady { blob }));
            return Ok(None);
        }
        Ok(Some(PlanEvent::BlobWanted(map_hash(blob))))
    }

    /// Those of these blobs that are not here.
    pub(super) fn missing(&self, named: &[BlobHash]) -> Result<Vec<wire::BlobHash>, ReplicaError> {
        let mut missing = Vec::new();
        for blob in named {
            if self.blobs.have(*blob)? != BlobState::Complete {
                missing.push(map_hash(*blob));
            }
        }
        Ok(missing)
    }

    pub(super) fn scan_blobs(
        &mut self,
        after: Option<wire::BlobHash>,
    ) -> Result<PlanEvent, ReplicaError> {
        let after = after.map(|hash| BlobHash(hash.0));
        let named = self.cache.named_blobs(after, SCAN)?;
        let next = (named.len() == SCAN)
            .then(|| named.last().map(|last| map_hash(last.hash)))
            .flatten();
        let named: Vec<_> = named.into_iter().map(|blob| blob.hash).collect();
        if next.is_none() {
            self.sweep_blobs()?;
        }
        Ok(PlanEvent::BlobsMissing {
            blobs: self.missing(&named)?,
            next,
        })
    }

    /// Deletes the blobs that no message held now names: those of a message that was taken back,
    /// or of the people of a unit this kiosk has left. Only to be called when nothing is left to
    /// pull, so that what a refill is about to name again stays.
    fn sweep_blobs(&mut self) -> Result<(), ReplicaError> {
        let mut named = BTreeSet::new();
        loop {
            let after = named.last().copied();
            let next = self.cache.named_blobs(after, SCAN)?;
            let end = next.len() < SCAN;
            named.extend(next.into_iter().map(|blob| blob.hash));
            if end {
                break;
            }
        }
        match self.blobs.keep_only(&named) {
            Ok(0) => {}
            Ok(swept) => tracing::info!(event = "blobs.swept", swept),
            // They are deleted; the next scan empties the log behind them.
            Err(StoreError::Busy(_)) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Asks for the rest of a blob, if a message still names it: who was forgotten meanwhile takes
    /// what is on its way along.
    pub(super) fn fetch_blob(
        &mut self,
        request: RequestId,
        blob: BlobHash,
        out: &mut Vec<ReplicaAction>,
    ) -> Result<Option<PlanEvent>, ReplicaError> {
        if !self.cache.names_blob(blob)? {
            return Ok(Some(PlanEvent::Failed(request, Failure::NotFound)));
        }
        let mut state = self.blobs.have(blob)?;
        if matches!(state, BlobState::Partial(_)) {
            // All of it may have come, and the power gone before it was verified.
            match self.blobs.finish(blob) {
                Ok(()) | Err(StoreError::BlobSpoiled) => state = self.blobs.have(blob)?,
                Err(StoreError::BlobOutOfPlace { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let offset = match state {
            BlobState::Complete => {
                out.push(ReplicaAction::Say(ToScreen::BlobReady { blob }));
                return Ok(Some(PlanEvent::BlobFetched(request)));
            }
            BlobState::Partial(offset) => offset,
            BlobState::Absent => 0,
        };
        self.fetching = Some((request, blob));
        out.push(ReplicaAction::Send(
            request,
            WireRequest::Blob { blob, offset },
        ));
        Ok(None)
    }

    /// Keeps a piece of the blob under way.
    pub(super) fn blob_part(
        &mut self,
        request: RequestId,
        total: u64,
        offset: u64,
        bytes: &[u8],
        out: &mut Vec<ReplicaAction>,
    ) -> Result<Option<PlanEvent>, ReplicaError> {
        let Some(blob) = self.under_way(request) else {
            return Ok(None);
        };
        if !self.cache.names_blob(blob)? {
            self.fetching = None;
            out.push(ReplicaAction::Cancel(request));
            return Ok(Some(PlanEvent::Failed(request, Failure::NotFound)));
        }
        let kept = self
            .blobs
            .begin(blob, total)
            .and_then(|()| self.blobs.append(blob, offset, bytes));
        match kept {
            Ok(()) => Ok(None),
            Err(StoreError::BlobOutOfPlace { .. } | StoreError::BlobTooLong) => {
                self.fetching = None;
                out.push(ReplicaAction::Cancel(request));
                Ok(Some(PlanEvent::Failed(request, Failure::Corrupt)))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Verifies the blob under way.
    pub(super) fn blob_end(
        &mut self,
        request: RequestId,
        out: &mut Vec<ReplicaAction>,
    ) -> Result<Option<PlanEvent>, ReplicaError> {
        let Some(blob) = self.under_way(request) else {
            return Ok(None);
        };
        self.fetching = None;
        match self.blobs.finish(blob) {
            Ok(()) => {
                out.push(ReplicaAction::Say(ToScreen::BlobReady { blob }));
                Ok(Some(PlanEvent::BlobFetched(request)))
            }
            Err(StoreError::BlobSpoiled | StoreError::BlobOutOfPlace { .. }) => {
                Ok(Some(PlanEvent::Failed(request, Failure::Corrupt)))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn under_way(&self, request: RequestId) -> Option<BlobHash> {
        self.fetching
            .and_then(|(own, blob)| (own == request).then_some(blob))
    }
}

fn map_hash(hash: BlobHash) -> wire::BlobHash {
    wire::BlobHash(hash.0)
}
