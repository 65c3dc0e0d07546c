use std::time::Duration;

use dayroom_protocol::{EnrolmentRefusal, UtcMillis};

use crate::transport::{SetupError, SignError, TransportError};

/// Why there is no certificate, by who can act on it.
#[derive(Debug, thiserror::Error)]
pub enum EstError {
    /// Technician: cable, address, or another server than central at this address.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// Technician: address, port, name or root cannot be used; nothing was sent.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// Technician: the server at this address is not of the root that the code names. The address
    /// or the code is of another facility, or somebody stands on the line.
    #[error("server is not of the root that the code names")]
    WrongRoot,
    /// Technician: this kiosk's clock and central's are so far apart that certificates look bad.
    #[error("clock of this kiosk is not central's")]
    Clock {
        /// What time it is here.
        here: UtcMillis,
        /// What time it is by central; to be tried, not to be believed before that.
        central: UtcMillis,
    },
    /// Technician or operator: the code or certificate buys nothing; the reason says why.
    #[error("central gives no certificate ({})", reason.name())]
    Refused {
        /// Why.
        reason: EnrolmentRefusal,
        /// When to come back, if that helps.
        retry_after: Option<Duration>,
    },
    /// Operator: a person must agree first (RFC 7030, 4.2.3); ask again with the same key.
    #[error("certificate is waiting for somebody's approval")]
    Pending {
        /// When to come back.
        retry_after: Duration,
    },
    /// The EST server's makers, or something between: the answer is not of its form.
    #[error(transparent)]
    Answer(#[from] EstAnswerError),
    /// The EST server's operators: the certificate that came is not to be used.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// Technician: the key of this kiosk.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// This program: the request cannot be made.
    #[error("certificate request cannot be made")]
    Request,
}

/// What is wrong with an answer of an EST server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EstAnswerError {
    /// Neither a certificate nor a reason that is known.
    #[error("answer has status {0}")]
    Status(u16),
    /// Of another media type; a captive portal, most often.
    #[error("answer is not of the media type of EST")]
    MediaType,
    /// Longer than a few certificates.
    #[error("answer is too large")]
    TooLarge,
    /// Neither base64 nor DER.
    #[error("answer is not in base64")]
    Base64,
    /// Not certs-only CMS (RFC 5652).
    #[error("answer is no certs-only CMS")]
    Cms,
    /// No certificate in it, or more than a chain has.
    #[error("answer has {0} certificates")]
    Count(usize),
    /// Not the attributes of a request (RFC 7030, 4.5.2).
    #[error("answer has no attributes of a request")]
    Attributes,
    /// Not JSON of the agreed form.
    #[error("answer does not say where the kiosk stands")]
    Site,
}

/// Why a certificate that came is not to be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// None of those that came is for our key.
    #[error("certificate is for another key")]
    Key,
    /// It names another kiosk, or not exactly one.
    #[error("certificate names another kiosk")]
    Kiosk,
    /// It does not lead to our root, or is not for a client.
    #[error("certificate is not of our root, or not for a client: {0}")]
    Chain(String),
    /// It does not hold at this moment.
    #[error("certificate holds from {} until {}, which is not now", from.0, until.0)]
    Validity {
        /// Not before.
        from: UtcMillis,
        /// Not after.
        until: UtcMillis,
    },
    /// It would hold longer than any that central gives.
    #[error("certificate would hold for too long")]
    TooLong,
    /// It cannot be read.
    #[error("certificate cannot be read")]
    Unreadable,
}
