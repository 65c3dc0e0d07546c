//! Single requests to central and their answers, over HTTP/2, TLS 1.3 and a client certificate.
//!
//! Whatever answers is not trusted: every answer is bounded in size, time and depth, must name its
//! media type and must match its digest (T15, T17). Nothing is decided here; see [`crate::plan`].

mod answer;
mod connect;
mod deadlines;
mod diagnose;
mod draft_key;
mod error;
mod identity;
mod json;
mod orders;
mod pokes;
mod requests;
mod stream;

#[cfg(test)]
mod tests;

pub use connect::{Endpoint, SetupError, Transport};
pub use deadlines::Deadlines;
pub use diagnose::{Validity, diagnose, failure};
pub use error::{AnswerError, TransportError};
pub use identity::{FileIdentity, Identity, IdentityError, SignError, Signer};
pub use pokes::Pokes;
pub use stream::BlobStream;
