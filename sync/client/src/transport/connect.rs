use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustls::client::Resumption;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::{Deadlines, Identity};

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
    ) -> Result<Self, SetupError> {
        let mut base = Url::parse("https://central").map_err(|_| SetupError::Address)?;
        match endpoint.server_name.parse() {
            Ok(address) => base.set_ip_host(address).ok(),
            Err(_) => base.set_host(Some(&endpoint.server_name)).ok(),
        }
        .ok_or(SetupError::Address)?;
        base.set_port(Some(endpoint.port))
            .map_err(|()| SetupError::Address)?;
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls(&endpoint.root_pem, identity)?)
            .dns_resolver(Arc::new(OneHost(endpoint.host.clone())))
            .https_only(true)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(deadlines.connect)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .http2_keep_alive_timeout(KEEP_ALIVE / 2)
            .http2_keep_alive_while_idle(true)
            .build()
            .map_err(SetupError::Http)?;
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

pub(super) fn tls(
    root_pem: &str,
    identity: &dyn Identity,
) -> Result<rustls::ClientConfig, SetupError> {
    let mut roots = rustls::RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(root_pem.as_bytes()) {
        roots.add(root.map_err(|_| SetupError::Root)?)?;
    }
    if roots.is_empty() {
        return Err(SetupError::Root);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots)
        .with_client_cert_resolver(identity.resolver());
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
