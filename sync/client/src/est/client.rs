use std::fmt;

use dayroom_protocol::{KioskSite, UtcMillis, route};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{RequestBuilder, StatusCode, Url};
use rustls_pki_types::CertificateDer;

use super::moment::Moment;
use super::{CertificateRequest, CsrAttributes, EstAnswerError, EstError, answer, certs_only};
use crate::transport::{self, Deadlines, Endpoint, Identity};

/// Media type of certificates (RFC 7030, 4.1.3).
const PKCS7: &str = "application/pkcs7-mime";
/// Media type of a request (RFC 7030, 4.2.1).
const PKCS10: &str = "application/pkcs10";
/// Media type of the attributes of a request (RFC 7030, 4.5.2).
const CSRATTRS: &str = "application/csrattrs";

/// Where central is, and the name under which it speaks EST there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EstPlace {
    /// Host name or address to connect to.
    pub host: String,
    /// Port to connect to.
    pub port: u16,
    /// The EST name, which must stand in the server's certificate.
    pub est_name: String,
}

/// Asks an EST server for certificates, at one moment; not to be kept.
#[derive(Clone)]
pub struct EstClient {
    client: reqwest::Client,
    base: Url,
    deadlines: Deadlines,
}

impl fmt::Debug for EstClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EstClient")
            .field("base", &self.base.as_str())
            .finish_non_exhaustive()
    }
}

impl EstPlace {
    /// With the one root that is trusted there.
    pub fn trusting(&self, root_pem: &str) -> Endpoint {
        Endpoint {
            host: self.host.clone(),
            port: self.port,
            server_name: self.est_name.clone(),
            root_pem: root_pem.to_owned(),
        }
    }
}

impl EstClient {
    /// Sets up the way to an EST server: `endpoint.server_name` is its EST name, `identity` the
    /// certificate to be renewed, `now` the moment that certificates are judged at.
    ///
    /// # Errors
    /// When the root or address cannot be used. Nothing is sent yet.
    pub fn new(
        endpoint: &Endpoint,
        identity: Option<&dyn Identity>,
        now: UtcMillis,
        deadlines: Deadlines,
    ) -> Result<Self, EstError> {
        let config = transport::client_tls(Moment(now))?
            .with_root_certificates(transport::roots(&endpoint.root_pem)?);
        let config = match identity {
            Some(identity) => config.with_client_cert_resolver(identity.resolver()),
            None => config.with_no_client_auth(),
        };
        Self::with_tls(
            &endpoint.host,
            endpoint.port,
            &endpoint.server_name,
            config,
            deadlines,
        )
    }

    pub(super) fn with_tls(
        host: &str,
        port: u16,
        est_name: &str,
        mut config: rustls::ClientConfig,
        deadlines: Deadlines,
    ) -> Result<Self, EstError> {
        // Many EST servers speak HTTP/1.1 only.
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            client: transport::http_client(host, config, deadlines)?,
            base: transport::base(est_name, port)?,
            deadlines,
        })
    }

    /// The authority's certificates as the server has them now, its root among them.
    ///
    /// # Errors
    /// See [`EstError`].
    pub async fn cacerts(&self) -> Result<Vec<CertificateDer<'static>>, EstError> {
        Ok(self.cacerts_and_date().await?.0)
    }

    /// The same, and the server's `Date`.
    pub(super) async fn cacerts_and_date(
        &self,
    ) -> Result<(Vec<CertificateDer<'static>>, Option<String>), EstError> {
        let request = self.get(route::EST_CACERTS, PKCS7);
        let response = answer::send(request, self.deadlines).await?;
        let date = transport::header_text(response.headers(), "date").map(str::to_owned);
        let body = answer::body(response, PKCS7, self.deadlines).await?;
        Ok((certs_only(&answer::decode(&body)?)?, date))
    }

    /// What the server would like to see in a request; nothing, if it does not say.
    ///
    /// # Errors
    /// See [`EstError`].
    pub async fn csrattrs(&self) -> Result<CsrAttributes, EstError> {
        let sent = answer::send(self.get(route::EST_CSRATTRS, CSRATTRS), self.deadlines).await;
        // Optional in the RFC: a server may not know it at all.
        if let Err(EstError::Answer(EstAnswerError::Status(404))) = sent {
            return Ok(CsrAttributes::default());
        }
        let response = sent?;
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(CsrAttributes::default());
        }
        let body = answer::body(response, CSRATTRS, self.deadlines).await?;
        Ok(CsrAttributes::from_der(&answer::decode(&body)?)?)
    }

    /// Buys the first certificate with a one-time code: `user` is the kiosk's id, or the number of
    /// the enrolment where the id is not known. A lost answer is asked for again with the same key.
    ///
    /// # Errors
    /// See [`EstError`].
    pub async fn enroll(
        &self,
        request: &CertificateRequest,
        user: &str,
        code: &str,
    ) -> Result<Vec<CertificateDer<'static>>, EstError> {
        let asked = self
            .post(route::EST_SIMPLEENROLL, request)
            .basic_auth(user, Some(code));
        self.chain(asked).await
    }

    /// Buys the next certificate with the one in use.
    ///
    /// # Errors
    /// See [`EstError`].
    pub async fn reenroll(
        &self,
        request: &CertificateRequest,
    ) -> Result<Vec<CertificateDer<'static>>, EstError> {
        self.chain(self.post(route::EST_SIMPLEREENROLL, request))
            .await
    }

    /// Where the kiosk of the certificate stands. Dayroom's central says it, other servers do not.
    ///
    /// # Errors
    /// See [`EstError`].
    pub async fn site(&self) -> Result<KioskSite, EstError> {
        const JSON: &str = "application/json";
        let response = answer::send(self.get(route::SITE, JSON), self.deadlines).await?;
        let body = answer::body(response, JSON, self.deadlines).await?;
        serde_json::from_slice(&body).map_err(|_| EstAnswerError::Site.into())
    }

    async fn chain(
        &self,
        request: RequestBuilder,
    ) -> Result<Vec<CertificateDer<'static>>, EstError> {
        let response = answer::send(request, self.deadlines).await?;
        let body = answer::body(response, PKCS7, self.deadlines).await?;
        Ok(certs_only(&answer::decode(&body)?)?)
    }

    fn get(&self, path: &str, media: &str) -> RequestBuilder {
        let mut url = self.base.clone();
        url.set_path(path);
        self.client.get(url).header(ACCEPT, media)
    }

    fn post(&self, path: &str, request: &CertificateRequest) -> RequestBuilder {
        let mut url = self.base.clone();
        url.set_path(path);
        self.client
            .post(url)
            .header(CONTENT_TYPE, PKCS10)
            .header("content-transfer-encoding", "base64")
            .header(ACCEPT, PKCS7)
            .body(answer::encode(request.der()))
    }
}
