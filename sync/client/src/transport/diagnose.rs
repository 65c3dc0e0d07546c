use dayroom_protocol::{ProblemKind, UtcMillis};
use rustls_pki_types::CertificateDer;

use super::{AnswerError, Certificate, TransportError};
use crate::plan::{Cause, Failure};

/// When a certificate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// Not before.
    pub from: UtcMillis,
    /// Not after.
    pub until: UtcMillis,
}

impl Validity {
    /// Reads it from a certificate; `None` if it is none.
    pub fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        Certificate::read(certificate).map(|read| read.validity)
    }

    /// What a technician should hear of it at `now`, by this kiosk's clock.
    pub fn cause(&self, now: UtcMillis) -> Option<Cause> {
        if now < self.from {
            Some(Cause::CertificateNotYetValid)
        } else if now > self.until {
            Some(Cause::CertificateExpired)
        } else {
            None
        }
    }
}

/// Why there is no contact.
///
/// Central's refusal shows only as a connection that breaks off, and a wrong clock here makes
/// central's good certificate look bad, so this kiosk's own certificate and clock are judged
/// before the peer is.
pub fn diagnose(error: &TransportError, own: Validity, now: UtcMillis) -> Cause {
    match error {
        TransportError::Unreachable(_) => Cause::Unreachable,
        TransportError::WrongServer(_) => own.cause(now).unwrap_or(Cause::WrongServer),
        TransportError::ServerExpired(_) => own.cause(now).unwrap_or(Cause::ServerExpired),
        TransportError::ServerNotYetValid(_) => own.cause(now).unwrap_or(Cause::ServerNotYetValid),
        TransportError::HungUp(_) => own.cause(now).unwrap_or(Cause::Refused),
        TransportError::Key(_) => Cause::KeyFailed,
        TransportError::Problem { problem, .. } => match problem.kind {
            ProblemKind::UnknownKiosk => Cause::Refused,
            ProblemKind::Reset { .. }
            | ProblemKind::Gap { .. }
            | ProblemKind::Conflict { .. }
            | ProblemKind::DraftKey
            | ProblemKind::AuditBroken { .. }
            | ProblemKind::BadRequest
            | ProblemKind::NotFound
            | ProblemKind::Busy
            | ProblemKind::Internal
            | ProblemKind::Unknown => Cause::BadAnswer,
        },
        TransportError::Answer(AnswerError::Truncated(_) | AnswerError::TooSlow) => {
            Cause::Unreachable
        }
        TransportError::Answer(_) | TransportError::Request(_) => Cause::BadAnswer,
    }
}

/// What the plan is told of an error.
pub fn failure(error: &TransportError, own: Validity, now: UtcMillis) -> Failure {
    match error {
        TransportError::Problem {
            problem,
            retry_after,
        } => match &problem.kind {
            ProblemKind::Reset { epoch } => Failure::Reset {
                epoch: epoch.clone(),
            },
            ProblemKind::Gap { expected } => Failure::Gap {
                expected: *expected,
            },
            ProblemKind::Conflict { .. } => Failure::Conflict,
            ProblemKind::NotFound => Failure::NotFound,
            ProblemKind::Busy => Failure::Busy {
                retry_after: retry_after
                    .map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
            },
            ProblemKind::UnknownKiosk => Failure::Contact(diagnose(error, own, now)),
            ProblemKind::DraftKey
            | ProblemKind::AuditBroken { .. }
            | ProblemKind::BadRequest
            | ProblemKind::Internal
            | ProblemKind::Unknown => Failure::Refused,
        },
        TransportError::Unreachable(_)
        | TransportError::WrongServer(_)
        | TransportError::ServerExpired(_)
        | TransportError::ServerNotYetValid(_)
        | TransportError::HungUp(_)
        | TransportError::Key(_)
        | TransportError::Answer(_)
        | TransportError::Request(_) => Failure::Contact(diagnose(error, own, now)),
    }
}
