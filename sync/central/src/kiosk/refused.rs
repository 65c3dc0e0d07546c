use dayroom_protocol::{Epoch, IntentId, Problem, ProblemKind};

use crate::store::StoreError;

/// Why central did not do what a kiosk asked.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The cursor cannot be served: offer again, then refill in this epoch.
    #[error("cursor cannot be served, start anew")]
    Reset {
        /// The epoch to start in.
        epoch: Epoch,
    },
    /// An intent's number leaves a hole.
    #[error("intents leave a hole, number {expected} is missing")]
    Gap {
        /// The number expected.
        expected: u64,
    },
    /// An intent came again with another body, or under a number of another.
    #[error("an intent contradicts what was taken in before")]
    Conflict {
        /// Which.
        intent: IntentId,
    },
    /// The draft key does not stand so.
    #[error("draft key stands otherwise, ask how")]
    DraftKey,
    /// Entries of an audit do not follow those that are here, or are not the kiosk's.
    #[error("audit does not follow what central has, which ends with entry {has}")]
    AuditBroken {
        /// How far central has the chain.
        has: u64,
    },
    /// The request passes a limit or is not of its form.
    #[error("request is not of its form: {0}")]
    BadRequest(&'static str),
    /// The request's body is too large.
    #[error("request body is too large")]
    TooLarge,
    /// The range asked for lies behind the end.
    #[error("range lies behind the end")]
    Range,
    /// Not there, or not for this kiosk.
    #[error("no such thing for this kiosk")]
    NotFound,
    /// The certificate names no kiosk in service.
    #[error("kiosk is not known or not in service")]
    UnknownKiosk,
    /// Too many requests at once.
    #[error("central is busy")]
    Busy,
    /// The store failed.
    #[error("central failed")]
    Store(#[from] StoreError),
    /// A file of the releases cannot be read.
    #[error("central failed")]
    Release(#[source] std::io::Error),
    /// A task of the service failed.
    #[error("central failed")]
    Stopped,
}

impl Refused {
    /// Its form on the wire.
    pub fn problem(&self) -> Problem {
        let (kind, status) = match self {
            Self::Reset { epoch } => (
                ProblemKind::Reset {
                    epoch: epoch.clone(),
                },
                409,
            ),
            Self::Gap { expected } => (
                ProblemKind::Gap {
                    expected: *expected,
                },
                409,
            ),
            Self::Conflict { intent } => (ProblemKind::Conflict { intent: *intent }, 409),
            Self::DraftKey => (ProblemKind::DraftKey, 409),
            Self::AuditBroken { has } => (ProblemKind::AuditBroken { has: *has }, 409),
            Self::BadRequest(_) => (ProblemKind::BadRequest, 400),
            Self::TooLarge => (ProblemKind::BadRequest, 413),
            Self::Range => (ProblemKind::BadRequest, 416),
            Self::NotFound => (ProblemKind::NotFound, 404),
            Self::UnknownKiosk => (ProblemKind::UnknownKiosk, 403),
            Self::Busy => (ProblemKind::Busy, 503),
            Self::Store(_) | Self::Release(_) | Self::Stopped => (ProblemKind::Internal, 500),
        };
        Problem {
            kind,
            title: self.to_string(),
            status,
        }
    }
}
