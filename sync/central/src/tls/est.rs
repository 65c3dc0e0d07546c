use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Request as HttpRequest;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::time::sleep;
use tokio_rustls::server::TlsStream;
use tower::ServiceExt;

use super::body::TimelyBody;
use super::connection::{finish, stopped};
use super::{GRACE, HEADER_BYTES, Shared};
use crate::est::EstPeer;

/// Connections under the EST name at once, so that strangers take no room from kiosks.
const ROOM: usize = 256;
/// Of one address. A facility may stand behind one.
const OF_ONE: usize = 32;
/// How long one may stay: a handful of requests.
const LIFE: Duration = Duration::from_secs(60);
/// Requests at once on one.
const STREAMS: u32 = 4;

/// What serves those who may have no certificate yet.
pub(crate) struct Est {
    router: Router,
    room: Semaphore,
    addresses: Addresses,
}

impl Est {
    pub(crate) fn new(router: Router) -> Self {
        Self {
            router,
            room: Semaphore::new(ROOM),
            addresses: Addresses::default(),
        }
    }
}

/// Serves one connection until it ends, for [`LIFE`] at most, or the server stops.
pub(super) async fn serve(
    stream: TlsStream<TcpStream>,
    shared: &Shared,
    mut stop: watch::Receiver<bool>,
) {
    let (socket, session) = stream.get_ref();
    let address = socket
        .peer_addr()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    let http2 = session.alpn_protocol() == Some(b"h2");
    let peer = EstPeer {
        address,
        certificate: session
            .peer_certificates()
            .and_then(|chain| chain.first())
            .map(|own| own.clone().into_owned()),
    };
    let room = (
        shared.est.room.try_acquire(),
        shared.est.addresses.enter(address),
    );
    let (Ok(_room), Some(_place)) = room else {
        tracing::warn!(event = "est.full");
        return;
    };
    let router = shared.est.router.clone();
    let within = shared.patience.request_body;
    let service = service_fn(move |request: HttpRequest<Incoming>| {
        let mut request: Request = request.map(|body| Body::new(TimelyBody::new(body, within)));
        request.extensions_mut().insert(peer.clone());
        router.clone().oneshot(request)
    });
    let stream = TokioIo::new(stream);
    if http2 {
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(HEADER_BYTES)
            .max_pending_accept_reset_streams(Some(STREAMS as usize))
            .serve_connection(stream, service);
        let mut connection = pin!(connection);
        tokio::select! {
            _ended = connection.as_mut() => {}
            () = sleep(LIFE) => {}
            () = stopped(&mut stop) => {
                connection.as_mut().graceful_shutdown();
                finish(connection, GRACE).await;
            }
        }
    } else {
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(shared.patience.first_request)
            .max_buf_size(HEADER_BYTES as usize)
            .serve_connection(stream, service);
        let mut connection = pin!(connection);
        tokio::select! {
            _ended = connection.as_mut() => {}
            () = sleep(LIFE) => {}
            () = stopped(&mut stop) => {
                connection.as_mut().graceful_shutdown();
                finish(connection, GRACE).await;
            }
        }
    }
}

/// How many connections each address has.
#[derive(Clone, Default)]
struct Addresses(Arc<Mutex<BTreeMap<IpAddr, usize>>>);

/// A place of an address, given back on drop.
struct Place {
    addresses: Addresses,
    address: IpAddr,
}

impl Addresses {
    fn enter(&self, address: IpAddr) -> Option<Place> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_default();
        if *count >= OF_ONE {
            return None;
        }
        *count += 1;
        Some(Place {
            addresses: self.clone(),
            address,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self
            .addresses
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}
