use dayroom_protocol::{ReleaseOffer, ReleaseReport, limits, route};
use reqwest::header::RANGE;

use super::{AnswerError, BlobStream, Transport, TransportError, answer};
use crate::releases::{Bundle, Fetching, MetadataSource, SourceError};

impl Transport {
    /// Asks which release this kiosk should run.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub async fn release_offer(&self) -> Result<ReleaseOffer, TransportError> {
        let request = self.client.get(self.url(route::RELEASE_OFFER));
        let response = answer::send(request, self.deadlines).await?;
        answer::read(response, self.deadlines).await
    }

    /// Says what this kiosk runs, and how far it is with a release.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub async fn report_release(&self, report: &ReleaseReport) -> Result<(), TransportError> {
        let request = self.post(route::RELEASE_REPORT, report)?;
        answer::send(request, self.deadlines).await?;
        Ok(())
    }

    /// Fetches a bundle from `offset` on. What it is, its digest says; here only its length is
    /// bounded, by that of the signed list.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub async fn bundle(&self, bundle: &Bundle, offset: u64) -> Result<BlobStream, TransportError> {
        let path = format!("{}/{}", route::RELEASE_TARGETS, bundle.file_name());
        self.file(&path, offset, bundle.length).await
    }

    async fn file(
        &self,
        path: &str,
        offset: u64,
        limit: u64,
    ) -> Result<BlobStream, TransportError> {
        let mut request = self.client.get(self.url(path));
        if offset > 0 {
            request = request.header(RANGE, format!("bytes={offset}-"));
        }
        let response = answer::send(request, self.deadlines).await?;
        Ok(BlobStream::new(response, offset, limit, self.deadlines)?)
    }

    async fn release_metadata(&self, name: &str, limit: u64) -> Result<Vec<u8>, TransportError> {
        let path = format!("{}/{name}", route::RELEASE_METADATA);
        let limit = limit.min(limits::RELEASE_METADATA_BYTES);
        let mut stream = self.file(&path, 0, limit).await?;
        let mut bytes = Vec::new();
        while let Some(piece) = stream.next().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }
}

impl MetadataSource for Transport {
    fn fetch<'a>(&'a self, name: &'a str, limit: u64) -> Fetching<'a> {
        Box::pin(async move {
            self.release_metadata(name, limit)
                .await
                .map_err(|error| match &error {
                    TransportError::Problem { problem, .. } if problem.status == 404 => {
                        SourceError::NotFound
                    }
                    TransportError::Answer(AnswerError::TooLarge) => SourceError::TooLarge,
                    TransportError::Unreachable(_)
                    | TransportError::ServerExpired(_)
                    | TransportError::ServerNotYetValid(_)
                    | TransportError::Key(_)
                    | TransportError::WrongServer(_)
                    | TransportError::HungUp(_)
                    | TransportError::Answer(_)
                    | TransportError::Problem { .. }
                    | TransportError::Request(_) => SourceError::Failed(error.into()),
                })
        })
    }
}
