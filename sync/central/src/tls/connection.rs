use std::future::pending;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Request as HttpRequest;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::server::Acceptor;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;
use tower::ServiceExt;

use super::body::TimelyBody;
use super::est::Est;
use super::{
    CloseReason, FAREWELL, GRACE, HEADER_BYTES, KEEP_ALIVE, Live, Patience, PeerCertificate,
    Registry, STREAMS,
};
use crate::http::{Peer, PeerKey, Revoking};

/// What all connections share.
pub(crate) struct Shared {
    pub live: Live,
    pub registry: Registry,
    /// Answers requests; each carries its kiosk as [`Peer`].
    pub router: Router,
    /// Answers requests under the EST name.
    pub est: Est,
    pub patience: Patience,
}

/// Serves one connection until it ends, is closed, or the server stops.
pub(crate) async fn run(
    stream: TcpStream,
    shared: Arc<Shared>,
    handshaking: OwnedSemaphorePermit,
    stop: watch::Receiver<bool>,
) {
    // Small answers and pokes leave at once.
    let _unsupported = stream.set_nodelay(true);
    let handshake = async {
        let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        let loaded = shared.live.current();
        let name = start.client_hello().server_name().map(str::to_owned);
        let est = name.is_some_and(|name| loaded.speaks_est(&name));
        let config = if est { &loaded.est } else { &loaded.config };
        let stream = start.into_stream(Arc::clone(config)).await?;
        io::Result::Ok((stream, est))
    };
    let (stream, est) = match timeout(shared.patience.handshake, handshake).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            tracing::info!(event = "connection.refused", %error);
            return;
        }
        Err(_elapsed) => {
            tracing::info!(
                event = "connection.refused",
                error = "handshake took too long"
            );
            return;
        }
    };
    drop(handshaking);
    if est {
        super::est::serve(stream, &shared, stop).await;
        return;
    }
    let (_, session) = stream.get_ref();
    if session.alpn_protocol() != Some(b"h2") {
        tracing::info!(event = "connection.refused", error = "not HTTP/2");
        return;
    }
    let peer = session
        .peer_certificates()
        .and_then(|chain| chain.first())
        .map(PeerCertificate::read);
    match peer {
        Some(Ok(peer)) => serve_kiosk(stream, peer, &shared, stop).await,
        Some(Err(error)) => tracing::warn!(event = "connection.refused", %error),
        None => tracing::warn!(event = "connection.refused", error = "no certificate"),
    }
}

async fn serve_kiosk(
    stream: TlsStream<TcpStream>,
    peer: PeerCertificate,
    shared: &Shared,
    mut stop: watch::Receiver<bool>,
) {
    let kiosk = peer.kiosk;
    let key = PeerKey(Arc::clone(&peer.key));
    let router = shared.router.clone();
    let (_ticket, mut closed) = shared.registry.admit(peer);
    let asked = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&asked);
    let within = shared.patience.request_body;
    let (revoking, revoked) = watch::channel(false);
    let service = service_fn(move |request: HttpRequest<Incoming>| {
        noted.store(true, Ordering::Relaxed);
        let mut request: Request = request.map(|body| Body::new(TimelyBody::new(body, within)));
        if *revoked.borrow() {
            // Only what is under way may end: without a kiosk there is nothing for anybody.
            return router.clone().oneshot(request);
        }
        request.extensions_mut().insert(Peer(kiosk));
        request.extensions_mut().insert(key.clone());
        request.extensions_mut().insert(Revoking(revoked.clone()));
        router.clone().oneshot(request)
    });
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE)
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEADER_BYTES)
        .max_pending_accept_reset_streams(Some(STREAMS as usize))
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    tracing::info!(event = "connection.opened", %kiosk);
    let silent = async {
        sleep(shared.patience.first_request).await;
        if asked.load(Ordering::Relaxed) {
            pending::<()>().await;
        }
    };
    let how = tokio::select! {
        ended = connection.as_mut() => match ended {
            Ok(()) => "ended",
            Err(_) => "broken",
        },
        reason = &mut closed => {
            if reason == Ok(CloseReason::Revoked) {
                revoking.send_replace(true);
                drop(timeout(FAREWELL, connection.as_mut()).await);
            }
            reason.map_or("superseded", CloseReason::name)
        }
        () = silent => "silent",
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            finish(connection, GRACE).await
        }
    };
    tracing::info!(event = "connection.closed", %kiosk, how);
}

/// Returns when the server stops, also when nobody holds it any more.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

pub(super) async fn finish<C: Future>(connection: C, within: Duration) -> &'static str {
    match timeout(within, connection).await {
        Ok(_) => "stopped",
        Err(_elapsed) => "cut at stop",
    }
}
