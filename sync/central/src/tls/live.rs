use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, PoisonError, RwLock};

use dayroom_protocol::UtcMillis;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
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
    pub config: Arc<ServerConfig>,
    pub revoked: BTreeSet<Serial>,
    pub list_number: u64,
    pub list_ends: UtcMillis,
    server_ends: UtcMillis,
    stamp: Option<Stamp>,
}

/// Tells one state of the authority's ledger from the next, without reading it.
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

fn stamp(authority: &Authority) -> Option<Stamp> {
    let file = fs::metadata(authority.ledger_path()).ok()?;
    Some(Stamp {
        inode: file.ino(),
        seconds: file.mtime(),
        nanos: file.mtime_nsec(),
        bytes: file.len(),
    })
}

fn load(authority: &Authority, clock: &Clock) -> Result<Loaded, TlsError> {
    // The stamp is taken first: what changes after it is seen at the next look.
    let stamp = stamp(authority);
    let list = authority.revocation_list()?;
    let server = authority.server_identity(clock.now())?;
    let refused = |error: &dyn std::fmt::Display| TlsError::Refused(error.to_string());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(authority.root()?).map_err(|e| refused(&e))?;
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .with_crls([list.der])
            .enforce_revocation_expiration()
            .build()
            .map_err(|e| refused(&e))?;
    let mut config = ServerConfig::builder_with_details(provider, Arc::new(clock.clone()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|e| refused(&e))?
        .with_client_cert_verifier(verifier)
        .with_single_cert(server.chain, server.key)
        .map_err(|e| refused(&e))?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    // A resumed session would pass by the revocation list.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Loaded {
        config: Arc::new(config),
        revoked: list.revoked,
        list_number: list.number,
        list_ends: list.ends,
        server_ends: server.ends,
        stamp,
    })
}
