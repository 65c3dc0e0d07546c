//! Who may connect: TLS 1.3 with a client certificate of the private root, checked against a
//! revocation list that must be fresh.

mod body;
mod clock;
mod connection;
mod live;
mod peer;
mod registry;

pub use clock::Clock;
pub use peer::{PeerCertificate, PeerError};
pub use registry::{CloseReason, Registry};

pub(crate) use connection::{Shared, run, stopped};
pub(crate) use live::Live;

use std::time::Duration;

use crate::ca::CaError;

/// How long a TLS handshake may take.
pub const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a connection may stand without its first request.
pub const FIRST_REQUEST: Duration = Duration::from_secs(30);
/// How long the body of a request may take.
pub const REQUEST_BODY: Duration = Duration::from_secs(30);
/// How often a quiet connection is asked whether it still stands, and how long it may take to say.
pub const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// How long requests in progress may take to end at shutdown.
pub const GRACE: Duration = Duration::from_secs(2);
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
