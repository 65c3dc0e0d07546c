use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustls::client::Resumption;
use rustls::time_provider::TimeProvider;
use rustls::{ConfigBuilder, WantsVerifier};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::trust::ServerJudge;
use super::{Deadlines, Identity, Trust};

/// How often a quiet connection is asked whether it still stands, and how long it may take to say.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// Where central is and how it proves to be central.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Host name or address to connect to.
    pub host: String,
    /// Port to connect to.
    pub port: u16,
    /// The name that must stand in the server's certificate.
    pub server_name: String,
    /// The one root that is trusted, PEM.
    pub root_pem: String,
}

/// Why the transport cannot be set up; nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Not PEM, or no certificate in it.
    #[error("root certificate cannot be read")]
    Root,
    /// Host, port and server name do not make an address.
    #[error("address of central is not one")]
    Address,
    /// TLS cannot be configured so.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
    /// The HTTP client cannot be built so.
    #[error("HTTP client cannot be built")]
    Http(#[source] reqwest::Error),
}

/// Carries requests to central. Cheap to clone: all clones share one connection.
#[derive(Clone, Debug)]
pub struct Transport {
    pub(super) client: reqwest::Client,
    pub(super) base: Url,
    pub(super) deadlines: Deadlines,
}

impl Transport {
    /// Sets up the one way to central: TLS 1.3 only, the private root only, no proxy, no redirect.
    ///
    /// # Errors
    /// See [`SetupError`]. Nothing is sent yet.
    pub fn new(
        endpoint: &Endpoint,
        identity: &dyn Identity,
        deadlines: Deadlines,
        trust: &Trust,
    ) -> Result<Self, SetupError> {
        Self::with(endpoint, Some(identity), deadlines, trust)
    }

    /// The same without a certificate of this kiosk, for the one name under which central asks for
    /// none (EST).
    ///
    /// # Errors
    /// See [`SetupError`]. Nothing is sent yet.
    pub fn anonymous(
        endpoint: &Endpoint,
        deadlines: Deadlines,
        trust: &Trust,
    ) -> Result<Self, SetupError> {
        Self::with(endpoint, None, deadlines, trust)
    }

    fn with(
        endpoint: &Endpoint,
        identity: Option<&dyn Identity>,
        deadlines: Deadlines,
        trust: &Trust,
    ) -> Result<Self, SetupError> {
        let base = base(&endpoint.server_name, endpoint.port)?;
        let config = tls(&endpoint.root_pem, identity, trust)?;
        let client = http_client(&endpoint.host, config, deadlines)?;
        Ok(Self {
            client,
            base,
            deadlines,
        })
    }

    pub(super) fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(path);
        url
    }
}

/// The address that requests name, whatever host they go to.
pub(crate) fn base(server_name: &str, port: u16) -> Result<Url, SetupError> {
    let mut base = Url::parse("https://central").map_err(|_| SetupError::Address)?;
    match server_name.parse() {
        Ok(address) => base.set_ip_host(address).ok(),
        Err(_) => base.set_host(Some(server_name)).ok(),
    }
    .ok_or(SetupError::Address)?;
    base.set_port(Some(port))
        .map_err(|()| SetupError::Address)?;
    Ok(base)
}

/// An HTTP client that goes to this host and no other: no proxy, no redirect.
pub(crate) fn http_client(
    host: &str,
    config: rustls::ClientConfig,
    deadlines: Deadlines,
) -> Result<reqwest::Client, SetupError> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .dns_resolver(Arc::new(OneHost(host.to_owned())))
        .https_only(true)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(deadlines.connect)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .http2_keep_alive_timeout(KEEP_ALIVE / 2)
        .http2_keep_alive_while_idle(true)
        .build()
        .map_err(SetupError::Http)
}

/// The roots in a PEM text; there is at least one.
pub(crate) fn roots(root_pem: &str) -> Result<rustls::RootCertStore, SetupError> {
    let mut roots = rustls::RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(root_pem.as_bytes()) {
        roots.add(root.map_err(|_| SetupError::Root)?)?;
    }
    if roots.is_empty() {
        return Err(SetupError::Root);
    }
    Ok(roots)
}

/// TLS 1.3 by ring, with certificates judged by the time that `time` says.
pub(crate) fn client_tls(
    time: impl TimeProvider + 'static,
) -> Result<ConfigBuilder<rustls::ClientConfig, WantsVerifier>, SetupError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(
        rustls::ClientConfig::builder_with_details(provider, Arc::new(time))
            .with_protocol_versions(&[&rustls::version::TLS13])?,
    )
}

pub(super) fn tls(
    root_pem: &str,
    identity: Option<&dyn Identity>,
    trust: &Trust,
) -> Result<rustls::ClientConfig, SetupError> {
    let judge = ServerJudge::new(root_pem, trust)?;
    let config = client_tls(trust.clock.clone())?
        // It asks the library's own judge, and chooses no more than the time.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(judge));
    let mut config = match identity {
        Some(identity) => config.with_client_cert_resolver(identity.resolver()),
        None => config.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    // Every connection shows its certificate, so that a revoked one does not live on in a ticket.
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// Finds central's host, whatever name its certificate bears.
#[derive(Debug)]
struct OneHost(String);

impl Resolve for OneHost {
    fn resolve(&self, _: Name) -> Resolving {
        let host = self.0.clone();
        Box::pin(async move {
            // The port comes from the address asked for.
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host, 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
