//! Central on the wire: the routes of [`dayroom_protocol::route`] over a [`Central`].
//!
//! Who asks is said by a [`Peer`] extension that the TLS acceptor puts into each request.

mod audit;
mod blobs;
mod body;
mod draft_key;
mod pokes;
mod range;
mod releases;
mod reply;
mod routes;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use dayroom_protocol::{KioskId, UtcMillis, route};
use tokio::sync::{Semaphore, watch};

use crate::central::Central;
use crate::kiosk::Refused;
use crate::releases::Releases;
use crate::store::StoreError;

/// The kiosk at the other end, as its certificate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub KioskId);

/// The public key of that certificate, a DER `SubjectPublicKeyInfo`: what heads of an audit are
/// signed with. The TLS acceptor puts it beside [`Peer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerKey(pub Arc<[u8]>);

/// Turns true when the connection is about to be closed because the kiosk is revoked; then it hears
/// of it on the stream of pokes, where it has one.
#[derive(Clone, Debug)]
pub struct Revoking(pub watch::Receiver<bool>);

/// Says what time it is.
pub type Clock = Arc<dyn Fn() -> UtcMillis + Send + Sync>;

/// How much the service takes on.
#[derive(Clone, Copy, Debug)]
pub struct HttpOptions {
    /// Requests at work in the store at once; more are told to come back (T29).
    pub at_once: usize,
    /// Streams of pokes open at once.
    pub listeners: usize,
    /// When those told to come back may do so.
    pub retry_after: Duration,
    /// How long a request's body may take to arrive.
    pub body_timeout: Duration,
    /// Bundles of releases on their way at once; they never take the room of messages.
    pub bundles: usize,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            at_once: 256,
            listeners: 20_000,
            retry_after: Duration::from_secs(5),
            body_timeout: Duration::from_secs(30),
            bundles: 64,
        }
    }
}

/// What the handlers share.
#[derive(Clone)]
struct Service {
    central: Central,
    clock: Clock,
    options: HttpOptions,
    at_once: Arc<Semaphore>,
    listeners: Arc<Semaphore>,
    releases: Option<Releases>,
    bundles: Arc<Semaphore>,
}

/// The routes of central for kiosks, without releases.
pub fn router(central: Central, clock: Clock, options: HttpOptions) -> Router {
    router_with(central, clock, options, None)
}

/// The routes of central for kiosks.
pub fn router_with(
    central: Central,
    clock: Clock,
    options: HttpOptions,
    releases: Option<Releases>,
) -> Router {
    let service = Service {
        central,
        clock,
        options,
        at_once: Arc::new(Semaphore::new(options.at_once)),
        listeners: Arc::new(Semaphore::new(options.listeners)),
        releases,
        bundles: Arc::new(Semaphore::new(options.bundles)),
    };
    let blob = format!("{}/{{hash}}", route::BLOBS);
    let metadata = format!("{}/{{name}}", route::RELEASE_METADATA);
    let target = format!("{}/{{name}}", route::RELEASE_TARGETS);
    Router::new()
        .route(route::CHANGES, get(routes::changes))
        .route(route::INTENTS, post(routes::intents))
        .route(route::POKES, get(pokes::pokes))
        .route(&blob, get(blobs::blob))
        .route(route::DIGEST, post(routes::digest))
        .route(route::ACKNOWLEDGEMENTS, post(routes::acknowledgements))
        .route(route::ORDER_RESULTS, post(routes::order_results))
        .route(
            route::HEALTH,
            get(routes::health_known).post(routes::health),
        )
        .route(route::RETIREMENT, post(routes::retirement))
        .route(route::DRAFT_KEY, get(draft_key::state))
        .route(route::DRAFT_KEY_ASK, post(draft_key::ask))
        .route(route::DRAFT_KEY_MADE, post(draft_key::made))
        .route(route::DRAFT_KEY_WRAP, post(draft_key::wrap))
        .route(route::DRAFT_KEY_HELD, post(draft_key::held))
        .route(route::AUDIT, post(audit::take))
        .route(route::RELEASE_OFFER, get(releases::offer))
        .route(route::RELEASE_REPORT, post(releases::report))
        .route(&metadata, get(releases::metadata))
        .route(&target, get(releases::target))
        .route(route::OPENAPI, get(routes::openapi))
        .fallback(routes::nowhere)
        .method_not_allowed_fallback(routes::nowhere)
        // `body` reads with the protocol's own limit.
        .layer(DefaultBodyLimit::disable())
        .with_state(service)
}

impl Service {
    /// Runs `act` where it may block, if there is room for one more.
    async fn work<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Central, UtcMillis) -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, Refused> {
        let permit = Arc::clone(&self.at_once);
        let permit = permit.try_acquire_owned().map_err(|_| Refused::Busy)?;
        let central = self.central.clone();
        let now = (self.clock)();
        let done = tokio::task::spawn_blocking(move || {
            let done = act(&central, now);
            drop(permit);
            done
        });
        done.await.map_err(|_| Refused::Stopped)?
    }
}

/// Notes a failure of ours without what was in the request: no name, no text.
fn log_failure(refused: &Refused) {
    match refused {
        Refused::Store(StoreError::Sqlite(error)) => {
            tracing::error!(error = %error, "store.failed");
        }
        Refused::Release(error) => tracing::error!(error = %error, "release.file_failed"),
        Refused::Store(_) | Refused::Stopped => tracing::error!(error = %refused, "request.failed"),
        Refused::Busy => tracing::warn!("request.turned_away"),
        Refused::Reset { .. }
        | Refused::Gap { .. }
        | Refused::Conflict { .. }
        | Refused::DraftKey
        | Refused::AuditBroken { .. }
        | Refused::BadRequest(_)
        | Refused::TooLarge
        | Refused::Range
        | Refused::NotFound
        | Refused::UnknownKiosk => tracing::debug!(error = %refused, "request.refused"),
    }
}
