//! A server that really runs, with kiosks of every kind of certificate.
#![allow(dead_code, reason = "each test file uses its part of it")]
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::routing::{get, post};
use axum::{Extension, Router};
use dayroom_central::ca::{Authority, Issued};
use dayroom_central::http::Peer;
use dayroom_central::serve::{Listen, Running, serve_router};
use dayroom_central::tls::{Clock, Patience};
use dayroom_protocol::{KioskId, UtcMillis};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tempfile::TempDir;

pub const HOUR: i64 = 3_600_000;
pub const DAY: i64 = 24 * HOUR;

/// Kiosks with ids far apart.
pub const NORTH: KioskId = KioskId(uuid::Uuid::from_u128(
    0x0198_0000_0000_7000_8000_0000_0000_0001,
));
pub const SOUTH: KioskId = KioskId(uuid::Uuid::from_u128(
    0x0198_0000_0000_7000_8000_0000_0000_1002,
));

/// A central with nothing behind it: `/who` says which kiosk asks, `/stay` never ends.
pub struct Stand {
    pub folder: TempDir,
    pub authority: Authority,
    pub running: Running,
    shift: Arc<AtomicI64>,
}

impl Stand {
    pub async fn start() -> Self {
        Self::start_with(Patience::default()).await
    }

    pub async fn start_with(patience: Patience) -> Self {
        let folder = TempDir::new().unwrap();
        let authority = new_authority(folder.path());
        let shift = Arc::new(AtomicI64::new(0));
        let shifted = Arc::clone(&shift);
        let clock = Clock::new(move || now().plus_millis(shifted.load(Ordering::SeqCst)));
        let mut listen = Listen::at(SocketAddr::from(([127, 0, 0, 1], 0)));
        listen.patience = patience;
        let router = Router::new()
            .route(
                "/who",
                get(|Extension(peer): Extension<Peer>| async move { peer.0.to_string() }),
            )
            .route("/say", post(|body: String| async move { body }))
            .route("/stay", get(stay));
        let running = serve_router(listen, authority.clone(), clock, router)
            .await
            .unwrap();
        Self {
            folder,
            authority,
            running,
            shift,
        }
    }

    pub fn shift_clock(&self, millis: i64) {
        self.shift.store(millis, Ordering::SeqCst);
    }

    pub fn url(&self, path: &str) -> String {
        format!(
            "https://localhost:{}{path}",
            self.running.local_addr().port()
        )
    }

    /// A new connection with `config`, asking who it is.
    ///
    /// The HTTP client can lose a request for ever when the refusal of its certificate comes just
    /// as the request is handed to the connection, so a silent try is given up and made again.
    pub async fn who(&self, config: ClientConfig) -> Result<String, String> {
        for _ in 0..5 {
            let (client, url) = (client(config.clone()), self.url("/who"));
            let patience = Duration::from_secs(2);
            if let Ok(answer) = tokio::time::timeout(patience, ask(&client, &url)).await {
                return answer.map_err(|error| error.to_string());
            }
        }
        panic!("neither answered nor refused");
    }
}

/// A body that sends one chunk and then stays open.
async fn stay() -> axum::body::Body {
    let first = futures_util::stream::iter([Ok::<_, std::io::Error>("here")]);
    let open = futures_util::stream::pending();
    axum::body::Body::from_stream(futures_util::StreamExt::chain(first, open))
}

pub fn now() -> UtcMillis {
    Clock::system().now()
}

pub fn new_authority(folder: &Path) -> Authority {
    let names = ["localhost", "127.0.0.1"].map(str::to_owned);
    Authority::create(&folder.join("ca"), &names, now()).unwrap()
}

pub fn roots(authority: &Authority) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(authority.root().unwrap()).unwrap();
    roots
}

/// How a client speaks that trusts `authority` and shows nothing.
pub fn anonymous(authority: &Authority) -> ClientConfig {
    let mut config = builder(roots(authority), &rustls::version::TLS13).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

pub fn known(authority: &Authority, issued: &Issued) -> ClientConfig {
    let roots = roots(authority);
    with_pem(
        roots,
        &issued.cert_pem,
        &issued.key_pem,
        &rustls::version::TLS13,
    )
}

pub fn with_pem(
    roots: RootCertStore,
    cert: &str,
    key: &str,
    version: &'static SupportedProtocolVersion,
) -> ClientConfig {
    let chain = vec![CertificateDer::from_pem_slice(cert.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let mut config = builder(roots, version)
        .with_client_auth_cert(chain, key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

fn builder(
    roots: RootCertStore,
    version: &'static SupportedProtocolVersion,
) -> rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert> {
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(ring)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
}

pub fn client(config: ClientConfig) -> reqwest::Client {
    reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .https_only(true)
        .no_proxy()
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap()
}

pub async fn ask(client: &reqwest::Client, url: &str) -> Result<String, reqwest::Error> {
    client.get(url).send().await?.text().await
}

/// Asks again until `done`, for at most five seconds: what a revocation may take.
pub async fn within_five_seconds<F: Future<Output = bool>>(mut done: impl FnMut() -> F) -> bool {
    let asking = async {
        let mut pause = tokio::time::interval(Duration::from_millis(20));
        while !done().await {
            pause.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), asking)
        .await
        .is_ok()
}
