use std::error::Error;
use std::io;
use std::time::Duration;

use dayroom_protocol::Problem;
use rustls::CertificateError;

use super::{RevocationError, SignError};

/// Why a request came to nothing, by who can act on it.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// Cable, address or central: no connection, or no answer in time.
    #[error("central is out of reach")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// Address or a stranger on the line: not a server of the private root.
    #[error("the server is not of the private root")]
    WrongServer(#[source] Box<dyn Error + Send + Sync>),
    /// Clock, or central's operators: a server of the private root, whose certificate has ended by
    /// this kiosk's clock.
    #[error("the server's certificate has ended by this clock")]
    ServerExpired(#[source] Box<dyn Error + Send + Sync>),
    /// Clock, or central's operators: a server of the private root, whose certificate begins later
    /// by this kiosk's clock.
    #[error("the server's certificate is not valid yet by this clock")]
    ServerNotYetValid(#[source] Box<dyn Error + Send + Sync>),
    /// Central's operators: it hung up, most often because of this kiosk's certificate.
    #[error("central hung up")]
    HungUp(#[source] Box<dyn Error + Send + Sync>),
    /// Whoever mends this kiosk: its key does not sign.
    #[error(transparent)]
    Key(#[from] SignError),
    /// Central's makers, or something between: the answer is not in the agreed form.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// Central says no, in the agreed form.
    #[error("central refuses with status {}", problem.status)]
    Problem {
        /// What it says.
        problem: Box<Problem>,
        /// When to come back.
        retry_after: Option<Duration>,
    },
    /// This program: the request cannot be made.
    #[error("request cannot be made")]
    Request(#[source] Box<dyn Error + Send + Sync>),
}

/// What is wrong with an answer.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// It sends us elsewhere.
    #[error("answer is a redirect")]
    Redirect,
    /// Neither what was asked for nor a problem.
    #[error("answer has status {0} and is no problem")]
    Status(u16),
    /// Not of the media type that belongs here; a captive portal, most often.
    #[error("answer is not of the agreed media type")]
    MediaType,
    /// Compressed or otherwise encoded.
    #[error("answer is encoded")]
    Encoded,
    /// Longer than anything central says.
    #[error("answer is too large")]
    TooLarge,
    /// Slower than the least pace.
    #[error("answer is too slow")]
    TooSlow,
    /// Ended in the middle.
    #[error("answer is cut short")]
    Truncated(#[source] reqwest::Error),
    /// Without a digest, or with one in another form.
    #[error("answer has no digest")]
    NoDigest,
    /// Not the bytes the digest promises.
    #[error("answer does not match its digest")]
    Digest,
    /// Nested deeper than anything central says.
    #[error("answer is nested too deeply")]
    TooDeep,
    /// Not JSON of the agreed form.
    #[error("answer is not of the agreed form")]
    Form(#[source] serde_json::Error),
    /// A page passes a limit of its own.
    #[error("page passes the limit of {0}")]
    Limit(&'static str),
    /// Not the part of the blob that was asked for.
    #[error("answer is another part of the blob")]
    Range,
    /// The revocation list proves nothing.
    #[error(transparent)]
    RevocationList(#[from] RevocationError),
    /// The stream of pokes is not in its form.
    #[error("stream of pokes is not of its form")]
    Stream,
}

impl TransportError {
    /// What a request that got no answer says.
    pub(crate) fn of_request(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if let Some(tls) = source::<rustls::Error>(&error) {
            if let rustls::Error::Other(other) = tls
                && let Some(key) = other.0.downcast_ref::<SignError>()
            {
                return Self::Key(key.clone());
            }
            // TLS 1.3: the peer's "no" to our certificate comes after the connection stands.
            return if matches!(tls, rustls::Error::AlertReceived(_)) {
                Self::HungUp(error.into())
            } else if has_ended(tls) {
                Self::ServerExpired(error.into())
            } else if is_about_time(tls) {
                Self::ServerNotYetValid(error.into())
            } else {
                Self::WrongServer(error.into())
            };
        }
        let hung_up = source::<io::Error>(&error)
            .is_some_and(|error| error.kind() == io::ErrorKind::UnexpectedEof);
        if error.is_builder() {
            Self::Request(error.into())
        } else if error.is_timeout() || error.is_connect() && !hung_up {
            Self::Unreachable(error.into())
        } else {
            Self::HungUp(error.into())
        }
    }

    /// What a body that broke off says.
    pub(super) fn of_body(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_timeout() {
            Self::Unreachable(error.into())
        } else {
            AnswerError::Truncated(error).into()
        }
    }
}

/// Whether a certificate is good but for the moment it is judged at.
pub(crate) fn is_about_time(error: &rustls::Error) -> bool {
    let rustls::Error::InvalidCertificate(why) = error else {
        return false;
    };
    matches!(
        why,
        CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. }
    )
}

fn has_ended(error: &rustls::Error) -> bool {
    matches!(
        error,
        rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. }
        )
    )
}

/// The first cause of this type. An I/O error keeps its own inside, where `source` skips it.
fn source<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        let inside = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            .map(|inside| inside as &(dyn Error + 'static));
        if let Some(found) = inside.and_then(|inside| inside.downcast_ref::<T>()) {
            return Some(found);
        }
        next = inside.or_else(|| error.source());
    }
    None
}
