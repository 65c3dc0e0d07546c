use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, PoisonError, RwLock};

use dayroom_protocol::{UtcMillis, route};
use rustls::crypto::CryptoProvider;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{RootCertStore, ServerConfig};

use super::{Clock, TlsError};
use crate::ca::{Authority, CRL_LIFE, SERVER_LIFE, Serial};

/// The configuration new connections get. It is replaced as a whole when a certificate is revoked
/// or the list or the server's own certificate is renewed.
pub(crate) struct Live {
    authority: Authority,
    clock: Clock,
    current: RwLock<Arc<Loaded>>,
}

/// A configuration and what it was made from.
pub(crate) struct Loaded {
    /// For everybody but those who ask for EST: a client certificate is required.
    pub config: Arc<ServerConfig>,
    /// For EST: a client certificate may be missing, but not be bad.
    pub est: Arc<ServerConfig>,
    est_name: String,
    pub revoked: BTreeSet<Serial>,
    pub list_number: u64,
    pub list_ends: UtcMillis,
    server_ends: UtcMillis,
    stamp: [Option<Stamp>; 2],
}

impl Loaded {
    /// Whether EST is spoken under this name.
    pub(crate) fn speaks_est(&self, name: &str) -> bool {
        [self.est_name.as_str(), route::EST_COMMON_NAME]
            .iter()
            .any(|own| own.eq_ignore_ascii_case(name))
    }
}

/// Tells one state of an authority's file from the next, without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    seconds: i64,
    nanos: i64,
    bytes: u64,
}

impl Live {
    pub(crate) fn load(authority: Authority, clock: Clock) -> Result<Self, TlsError> {
        authority.renew_revocation_list(clock.now())?;
        let loaded = load(&authority, &clock)?;
        Ok(Self {
            authority,
            clock,
            current: RwLock::new(Arc::new(loaded)),
        })
    }

    pub(crate) fn current(&self) -> Arc<Loaded> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Renews what is due and takes over what another process changed; says whether it did.
    pub(crate) fn refresh(&self) -> Result<bool, TlsError> {
        let current = self.current();
        let now = self.clock.now();
        let left = |ends: UtcMillis| ends.millis_since(now);
        let list_due = left(current.list_ends) <= millis(CRL_LIFE) / 2;
        let server_due = left(current.server_ends) < millis(SERVER_LIFE) / 3;
        if list_due {
            self.authority.renew_revocation_list(now)?;
        }
        if !list_due && !server_due && stamp(&self.authority) == current.stamp {
            return Ok(false);
        }
        let loaded = Arc::new(load(&self.authority, &self.clock)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        Ok(true)
    }
}

fn millis(span: std::time::Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

fn stamp(authority: &Authority) -> [Option<Stamp>; 2] {
    authority.changing_paths().map(|path| {
        let file = fs::metadata(path).ok()?;
        Some(Stamp {
            inode: file.ino(),
            seconds: file.mtime(),
            nanos: file.mtime_nsec(),
            bytes: file.len(),
        })
    })
}

fn load(authority: &Authority, clock: &Clock) -> Result<Loaded, TlsError> {
    // The stamp is taken first: what changes after it is seen at the next look.
    let stamp = stamp(authority);
    let list = authority.revocation_list()?;
    let server = authority.server_identity(clock.now())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = CertifiedKey::from_der(server.chain, server.key, &provider).map_err(refused)?;
    let parts = Parts {
        clock,
        shown: Arc::new(SingleCertAndKey::from(key)),
        provider: Arc::clone(&provider),
    };
    let mut roots = RootCertStore::empty();
    roots.add(authority.root()?).map_err(refused)?;
    let roots = Arc::new(roots);
    let verifier = || {
        WebPkiClientVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(&provider))
            .with_crls([list.der.clone()])
            .enforce_revocation_expiration()
    };
    let required = verifier().build().map_err(refused)?;
    let optional = verifier()
        .allow_unauthenticated()
        .build()
        .map_err(refused)?;
    Ok(Loaded {
        config: parts.config(required, &[b"h2"])?,
        // Many EST clients speak HTTP/1.1 only.
        est: parts.config(optional, &[b"h2", b"http/1.1"])?,
        est_name: authority.est_name()?,
        revoked: list.revoked,
        list_number: list.number,
        list_ends: list.ends,
        server_ends: server.ends,
        stamp,
    })
}

/// What both configurations have in common.
struct Parts<'a> {
    clock: &'a Clock,
    shown: Arc<dyn ResolvesServerCert>,
    provider: Arc<CryptoProvider>,
}

impl Parts<'_> {
    fn config(
        &self,
        verifier: Arc<dyn ClientCertVerifier>,
        protocols: &[&[u8]],
    ) -> Result<Arc<ServerConfig>, TlsError> {
        let provider = Arc::clone(&self.provider);
        let mut config = ServerConfig::builder_with_details(provider, Arc::new(self.clock.clone()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(refused)?
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(Arc::clone(&self.shown));
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        // A resumed session would pass by the revocation list.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Arc::new(config))
    }
}

fn refused(error: impl fmt::Display) -> TlsError {
    TlsError::Refused(error.to_string())
}
