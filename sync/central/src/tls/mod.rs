//! Who may connect: TLS 1.3 with a client certificate of the private root, checked against a
//! revocation list that must be fresh.

mod body;
mod clock;
mod connection;
mod est;
mod live;
mod peer;
mod registry;

pub use clock::Clock;
pub use peer::{PeerCertificate, PeerError};
pub use registry::{CloseReason, Registry};

pub(crate) use connection::{Shared, run, stopped};
pub(crate) use est::Est;
pub(crate) use live::Live;

use std::time::Duration;

use crate::ca::CaError;

/// How long a peer may take, so that one that trickles holds nothing for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For the TLS handshake.
    pub handshake: Duration,
    /// For the first request of a connection.
    pub first_request: Duration,
    /// For the body of a request.
    pub request_body: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            first_request: Duration::from_secs(30),
            request_body: Duration::from_secs(30),
        }
    }
}

/// How often a quiet connection is asked whether it still stands, and how long it may take to say.
pub const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// How long requests in progress may take to end at shutdown.
pub const GRACE: Duration = Duration::from_secs(2);
/// How long a revoked kiosk's connection stands, so that it can be told.
pub const FAREWELL: Duration = Duration::from_millis(200);
/// Requests at once on a connection.
pub const STREAMS: u32 = 32;
/// Bytes of a request's header lines.
pub const HEADER_BYTES: u32 = 16 * 1024;

/// Why the server cannot be configured.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate authority's files.
    #[error(transparent)]
    Authority(#[from] CaError),
    /// A certificate, key or list that the TLS library refuses.
    #[error("certificate, key or revocation list is refused by TLS: {0}")]
    Refused(String),
}
