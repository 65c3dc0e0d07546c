//! Single requests to central and their answers, over HTTP/2, TLS 1.3 and a client certificate.
//!
//! Whatever answers is not trusted: every answer is bounded in size, time and depth, must name its
//! media type and must match its digest (T15, T17). Nothing is decided here; see [`crate::plan`].

mod answer;
mod certificate;
mod connect;
mod deadlines;
mod diagnose;
mod draft_key;
mod error;
mod identity;
mod json;
mod memory_key;
mod orders;
mod pokes;
mod probe;
mod releases;
mod requests;
mod retirement;
mod revocation;
mod stream;
mod trust;

#[cfg(test)]
mod tests;

pub use certificate::Certificate;
pub use connect::{Endpoint, SetupError, Transport};
pub use deadlines::Deadlines;
pub use diagnose::{Validity, diagnose, failure};
pub use error::{AnswerError, TransportError};
pub use identity::{DeviceIdentity, Identity, IdentityError, SignError, Signer};
pub use memory_key::MemoryKey;
pub use pokes::{PokeEvent, Pokes};
pub use probe::{Probe, TlsTrouble, probe};
pub use revocation::{LIST_BYTES, RevocationError, RevocationList};
pub use stream::BlobStream;
pub use trust::{Reading, Trust, WallClock};

pub(crate) use answer::text as header_text;
pub(crate) use connect::{base, client_tls, http_client, roots};
pub(crate) use deadlines::Pace;
pub(crate) use error::is_about_time;
