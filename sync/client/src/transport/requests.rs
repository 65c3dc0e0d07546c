use dayroom_protocol::{
    Acknowledgement, AuditBatch, AuditReply, BlobHash, ChangesPage, DigestReply, DigestReport,
    HealthKnown, HealthReport, IntentBatch, ProblemKind, PushReply, limits, route,
};
use reqwest::RequestBuilder;
use reqwest::header::{ACCEPT, CONTENT_TYPE, RANGE};
use serde::Serialize;

use super::{
    AnswerError, BlobStream, LIST_BYTES, Pokes, RevocationList, Transport, TransportError, answer,
    json,
};
use crate::plan::Position;

impl Transport {
    /// Fetches the page after `at`.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub async fn changes(&self, at: &Position) -> Result<ChangesPage, TransportError> {
        let mut url = self.url(route::CHANGES);
        if let Some(epoch) = &at.epoch {
            url.query_pairs_mut()
                .append_pair("epoch", &epoch.0)
                .append_pair("after", &at.cursor.0);
        }
        let response = answer::send(self.client.get(url), self.deadlines).await?;
        let page: ChangesPage = answer::read(response, self.deadlines).await?;
        let short = |text: &str| text.len() <= limits::CURSOR_BYTES;
        if page.records.len() > limits::PAGE_RECORDS {
            return Err(AnswerError::Limit("records").into());
        }
        if !(short(&page.epoch.0) && short(&page.after.0) && short(&page.cursor.0)) {
            return Err(AnswerError::Limit("cursor").into());
        }
        Ok(page)
    }

    /// Offers intents.
    ///
    /// # Errors
    /// See [`TransportError`]; without a problem from central they may have arrived all the same.
    pub async fn push(&self, batch: &IntentBatch) -> Result<PushReply, TransportError> {
        let response = answer::send(self.post(route::INTENTS, batch)?, self.deadlines).await?;
        answer::read(response, self.deadlines).await
    }

    /// Fetches a blob from `offset` on.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub async fn blob(&self, hash: BlobHash, offset: u64) -> Result<BlobStream, TransportError> {
        let mut request = self
            .client
            .get(self.url(&format!("{}/{hash}", route::BLOBS)));
        if offset > 0 {
            request = request.header(RANGE, format!("bytes={offset}-"));
        }
        let response = answer::send(request, self.deadlines).await?;
        Ok(BlobStream::new(
            response,
            offset,
            limits::BLOB_BYTES,
            self.deadlines,
        )?)
    }

    /// Fetches the newest revocation list and checks that the root in `root_pem` signed it.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub async fn revocation_list(&self, root_pem: &str) -> Result<RevocationList, TransportError> {
        let request = self.client.get(self.url(route::REVOCATION_LIST));
        let response = answer::send(request, self.deadlines).await?;
        let list = route::REVOCATION_LIST_TYPE;
        let der = answer::signed(response, list, LIST_BYTES, self.deadlines).await?;
        Ok(RevocationList::verify(&der, root_pem).map_err(AnswerError::from)?)
    }

    /// Asks whether central answers this kiosk over this certificate, by a blob that nobody has.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub async fn knock(&self) -> Result<(), TransportError> {
        let nobodys = BlobHash([0; 32]);
        let request = self
            .client
            .get(self.url(&format!("{}/{nobodys}", route::BLOBS)));
        match answer::send(request, self.deadlines).await {
            Err(TransportError::Problem { problem, .. })
                if problem.kind == ProblemKind::NotFound =>
            {
                Ok(())
            }
            Ok(_) => Err(AnswerError::MediaType.into()),
            Err(error) => Err(error),
        }
    }

    /// Opens the stream of pokes.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub async fn pokes(&self) -> Result<Pokes, TransportError> {
        let request = self
            .client
            .get(self.url(route::POKES))
            .header(ACCEPT, Pokes::MEDIA_TYPE);
        let response = answer::send(request, self.deadlines).await?;
        Ok(Pokes::new(response, self.deadlines)?)
    }

    /// Compares what this kiosk holds with what it should hold.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub async fn digest(&self, report: &DigestReport) -> Result<DigestReply, TransportError> {
        let response = answer::send(self.post(route::DIGEST, report)?, self.deadlines).await?;
        answer::read(response, self.deadlines).await
    }

    /// Says that residents were forgotten.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub async fn acknowledge(&self, forgotten: &Acknowledgement) -> Result<(), TransportError> {
        let request = self.post(route::ACKNOWLEDGEMENTS, forgotten)?;
        answer::send(request, self.deadlines).await?;
        Ok(())
    }

    /// Says how this kiosk is.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub async fn health(&self, report: &HealthReport) -> Result<(), TransportError> {
        let request = self.post(route::HEALTH, report)?;
        answer::send(request, self.deadlines).await?;
        Ok(())
    }

    /// Asks what central knows of this kiosk's health; changes nothing.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub async fn health_known(&self) -> Result<HealthKnown, TransportError> {
        let request = self.client.get(self.url(route::HEALTH));
        let response = answer::send(request, self.deadlines).await?;
        answer::read(response, self.deadlines).await
    }

    /// Offers entries of an audit, or asks how far central has a chain.
    ///
    /// # Errors
    /// See [`TransportError`]; without a problem from central they may have arrived all the same.
    pub async fn audit(&self, batch: &AuditBatch) -> Result<AuditReply, TransportError> {
        let response = answer::send(self.post(route::AUDIT, batch)?, self.deadlines).await?;
        answer::read(response, self.deadlines).await
    }

    pub(super) fn post(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<RequestBuilder, TransportError> {
        let body =
            serde_json::to_vec(body).map_err(|error| TransportError::Request(error.into()))?;
        Ok(self
            .client
            .post(self.url(path))
            .header(CONTENT_TYPE, "application/json")
            .header(route::CONTENT_DIGEST, json::digest_header(&body))
            .body(body))
    }
}
