//! Enrolment over Secure Transport (RFC 7030): certificates for kiosks, under a server name of its
//! own, where alone a client certificate is optional. See the README beside this.

mod answer;
mod basic;
mod code;
mod enrol;
mod failures;
mod refused;
mod request;
mod routes;

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use dayroom_protocol::route;
use rustls_pki_types::CertificateDer;
use tokio::sync::Semaphore;

use crate::Central;
use crate::ca::Authority;
use crate::releases::Releases;
use crate::tls::Clock;

pub use request::{CertificateRequest, RequestError};

pub(crate) use code::hash;

use failures::Failures;

/// Requests that hash a code at once: each costs some ten milliseconds of a core.
const AT_ONCE: usize = 4;

/// Who is at the other end of a connection under the EST name.
#[derive(Clone, Debug)]
pub struct EstPeer {
    /// Where it connects from.
    pub address: IpAddr,
    /// The certificate it showed, which TLS has checked; it may have shown none.
    pub certificate: Option<CertificateDer<'static>>,
}

/// What the handlers share.
pub(crate) struct Est {
    central: Central,
    authority: Authority,
    releases: Releases,
    clock: Clock,
    at_once: Semaphore,
    /// One certificate is bought at a time, so that no code buys two.
    counter: Mutex<()>,
    failures: Mutex<Failures>,
}

impl fmt::Debug for Est {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Est").finish_non_exhaustive()
    }
}

/// The routes of EST; each request carries an [`EstPeer`] extension.
pub fn router(central: Central, authority: Authority, releases: Releases, clock: Clock) -> Router {
    let est = Arc::new(Est {
        central,
        authority,
        releases,
        clock,
        at_once: Semaphore::new(AT_ONCE),
        counter: Mutex::new(()),
        failures: Mutex::new(Failures::default()),
    });
    Router::new()
        .route(route::EST_CACERTS, get(routes::cacerts))
        .route(route::EST_CSRATTRS, get(routes::csrattrs))
        .route(route::EST_SIMPLEENROLL, post(routes::simpleenroll))
        .route(route::EST_SIMPLEREENROLL, post(routes::simplereenroll))
        .route(route::SITE, get(routes::site))
        .route(route::REVOCATION_LIST, get(routes::revocation_list))
        .fallback(routes::nowhere)
        .method_not_allowed_fallback(routes::nowhere)
        // `request` reads with its own limit.
        .layer(DefaultBodyLimit::disable())
        .with_state(est)
}
