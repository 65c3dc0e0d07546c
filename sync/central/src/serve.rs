//! The server: accepts connections of kiosks and keeps the revocation list fresh.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use rand::RngCore;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet, spawn_blocking};
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::ca::Authority;
use crate::est;
use crate::http;
use crate::releases::{Releases, ReleasesError};
use crate::tls::{self, Clock, Est, Live, Patience, Registry, Shared, TlsError, stopped};
use crate::{Central, CentralError, CentralOptions, CentralPlace, StoreError, Watch};

/// How often the certificate authority's files are looked at; a revocation closes connections
/// within 5 seconds, by decision.
const LOOK: Duration = Duration::from_millis(500);
/// How often the store is looked at for what other processes did.
const LOOK_AT_STORE: Duration = Duration::from_millis(200);
/// How often rollouts are judged by the clock, and the timestamp of the releases is looked at.
const LOOK_AT_RELEASES: Duration = Duration::from_secs(60);
/// TLS handshakes at once.
const HANDSHAKES: usize = 256;

/// How the server listens.
#[derive(Clone, Debug)]
pub struct Listen {
    /// Address and port; port 0 takes a free one.
    pub address: SocketAddr,
    /// Connections at once.
    pub connections: usize,
    /// How long a peer may take.
    pub patience: Patience,
}

impl Listen {
    /// At this address, with room for a large fleet.
    pub fn at(address: SocketAddr) -> Self {
        Self {
            address,
            connections: 16_384,
            patience: Patience::default(),
        }
    }
}

/// Where the certificate authority lives in central's state directory.
pub fn authority_folder(state: &Path) -> PathBuf {
    state.join("ca")
}

/// Opens the store in central's state directory.
///
/// # Errors
/// When the file cannot be opened, is damaged, or belongs to a newer program.
pub fn open_central(
    state: &Path,
    options: CentralOptions,
    rng: &mut dyn RngCore,
) -> Result<Central, CentralError> {
    let central = Central::open(&CentralPlace::File(state.join("central.db")), options, rng)?;
    central.ask_boot_clock();
    Ok(central)
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Certificates or keys.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Central's store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The releases.
    #[error(transparent)]
    Releases(#[from] ReleasesError),
    /// A key that must stay offline lies where the service could read it.
    #[error("the private key of an offline role is within reach: {0}")]
    OfflineKey(PathBuf),
    /// The port, most often taken.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
}

/// A server that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    registry: Registry,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The connections that stand.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Stops accepting, lets requests in progress end for a moment, then closes.
    pub async fn shutdown(self) {
        // Nobody listens if the task has ended by itself.
        let _ended = self.stop.send(true);
        if let Err(error) = self.task.await {
            tracing::error!(event = "server.failed", %error);
        }
    }
}

/// Serves `central` with the certificate authority in the state directory `state`, and pokes
/// kiosks when another process, such as the operators' command line, changes its store.
///
/// # Errors
/// When certificates cannot be loaded or the address cannot be bound.
pub async fn serve_state(
    state: &Path,
    central: Central,
    listen: Listen,
    clock: Clock,
) -> Result<Running, ServeError> {
    let authority = Authority::open(&authority_folder(state)).map_err(TlsError::from)?;
    let releases = Releases::new(state);
    if let Some(key) = releases.keys_within_reach(state)?.into_iter().next() {
        return Err(ServeError::OfflineKey(key));
    }
    let now = clock.clone();
    let router = http::router_with(
        central.clone(),
        Arc::new(move || now.now()),
        http::HttpOptions::default(),
        Some(releases.clone()),
    );
    let est = est::router(
        central.clone(),
        authority.clone(),
        releases.clone(),
        clock.clone(),
    );
    let watch = central.watch()?;
    let running = serve_routers(listen, authority, clock.clone(), router, est).await?;
    tokio::spawn(poke_for_others(
        central.clone(),
        watch,
        running.stop.subscribe(),
    ));
    tokio::spawn(keep_releases(
        central,
        releases,
        clock,
        running.stop.subscribe(),
    ));
    Ok(running)
}

/// Serves `router` to kiosks; each request carries a [`crate::http::Peer`] extension. Nothing is
/// behind the EST name.
///
/// # Errors
/// When certificates cannot be loaded or the address cannot be bound.
pub async fn serve_router(
    listen: Listen,
    authority: Authority,
    clock: Clock,
    router: Router,
) -> Result<Running, ServeError> {
    serve_routers(listen, authority, clock, router, Router::new()).await
}

/// Serves `router` to kiosks, and `est` to whoever asks for the EST name, each request with an
/// [`est::EstPeer`] extension.
///
/// # Errors
/// When certificates cannot be loaded or the address cannot be bound.
pub async fn serve_routers(
    listen: Listen,
    authority: Authority,
    clock: Clock,
    router: Router,
    est: Router,
) -> Result<Running, ServeError> {
    let refuse = |source| ServeError::Listen {
        address: listen.address,
        source,
    };
    let live = Live::load(authority, clock.clone())?;
    let listener = TcpListener::bind(listen.address).await.map_err(refuse)?;
    let address = listener.local_addr().map_err(refuse)?;
    let (stop, stopping) = watch::channel(false);
    let registry = Registry::default();
    let shared = Arc::new(Shared {
        live,
        registry: registry.clone(),
        router,
        est: Est::new(est),
        patience: listen.patience,
    });
    tracing::info!(event = "server.listening", %address);
    let task = tokio::spawn(async move {
        let watching = keep_fresh(Arc::clone(&shared), clock, stopping.clone());
        let accepting = accept(listener, shared, listen.connections, stopping);
        tokio::join!(watching, accepting);
    });
    Ok(Running {
        address,
        registry,
        stop,
        task,
    })
}

async fn accept(
    listener: TcpListener,
    shared: Arc<Shared>,
    connections: usize,
    mut stop: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(connections));
    let handshakes = Arc::new(Semaphore::new(HANDSHAKES));
    let mut running = JoinSet::new();
    loop {
        let next = async {
            // The semaphores are never closed.
            let place = Arc::clone(&room).acquire_owned().await.ok()?;
            let handshake = Arc::clone(&handshakes).acquire_owned().await.ok()?;
            Some((listener.accept().await, place, handshake))
        };
        let accepted = tokio::select! {
            accepted = next => accepted,
            () = stopped(&mut stop) => None,
        };
        let Some((accepted, place, handshake)) = accepted else {
            break;
        };
        while running.try_join_next().is_some() {}
        match accepted {
            Ok((stream, _)) => {
                let (shared, stop) = (Arc::clone(&shared), stop.clone());
                running.spawn(async move {
                    tls::run(stream, shared, handshake, stop).await;
                    drop(place);
                });
            }
            Err(error) => {
                // Out of file descriptors, most often: some will be given back.
                tracing::error!(event = "server.accept_failed", %error);
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    running.join_all().await;
}

/// Looks whether another process changed the store, until the server stops.
async fn poke_for_others(central: Central, mut watch: Watch, mut stop: watch::Receiver<bool>) {
    let mut look = interval(LOOK_AT_STORE);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = look.tick() => {}
            () = stopped(&mut stop) => return,
        }
        let looking = central.clone();
        let looked = spawn_blocking(move || {
            let poked = looking.poke_for_others(&mut watch);
            (watch, poked)
        });
        match looked.await {
            Ok((seen, poked)) => {
                watch = seen;
                if let Err(error) = poked {
                    tracing::error!(event = "store.watch_failed", %error);
                }
            }
            Err(error) => {
                tracing::error!(event = "store.watch_failed", %error);
                return;
            }
        }
    }
}

/// Says again in time that no release is newer, and lets rollouts go on or halt, until the server
/// stops.
async fn keep_releases(
    central: Central,
    releases: Releases,
    clock: Clock,
    mut stop: watch::Receiver<bool>,
) {
    let mut look = interval(LOOK_AT_RELEASES);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = look.tick() => {}
            () = stopped(&mut stop) => return,
        }
        let (central, releases, now) = (central.clone(), releases.clone(), clock.now());
        let looked = spawn_blocking(move || {
            match releases.renew_timestamp_if_due(now) {
                Ok(true) => tracing::info!(event = "releases.timestamp_renewed"),
                Ok(false) => {}
                Err(error) => tracing::error!(event = "releases.timestamp_failed", %error),
            }
            if let Err(error) = central.judge_rollout(now) {
                tracing::error!(event = "rollout.judge_failed", %error);
            }
        });
        if let Err(error) = looked.await {
            tracing::error!(event = "releases.look_failed", %error);
        }
    }
}

/// Renews and reloads what is due, and closes what may no longer stand.
async fn keep_fresh(shared: Arc<Shared>, clock: Clock, mut stop: watch::Receiver<bool>) {
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = look.tick() => {}
            () = stopped(&mut stop) => return,
        }
        let looking = Arc::clone(&shared);
        match spawn_blocking(move || looking.live.refresh()).await {
            Ok(Ok(true)) => {
                let number = shared.live.current().list_number;
                tracing::info!(event = "revocation_list.loaded", number);
            }
            Ok(Ok(false)) => {}
            Ok(Err(error)) => tracing::error!(event = "revocation_list.failed", %error),
            Err(error) => tracing::error!(event = "revocation_list.failed", %error),
        }
        let current = shared.live.current();
        shared
            .registry
            .sweep(&current.revoked, current.list_ends, clock.now());
    }
}
