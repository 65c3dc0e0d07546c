use std::time::Duration;

use dayroom_protocol::EnrolmentRefusal;

use super::RequestError;
use crate::ca::CaError;
use crate::store::StoreError;

/// Why no certificate is given.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    /// Nothing was shown that could buy one: the challenge of HTTP Basic.
    #[error("show a one-time code by HTTP Basic")]
    Unasked,
    /// What was shown buys none.
    #[error("{}", sentence(*.0))]
    For(EnrolmentRefusal),
    /// Too much at once, or too many wrong tries.
    #[error("{}", sentence(EnrolmentRefusal::Busy))]
    Busy(Duration),
    /// The request.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// There is nothing here.
    #[error("there is nothing here; EST is at /.well-known/est")]
    Nowhere,
    /// The certificate authority failed.
    #[error("central failed; see its log")]
    Authority(#[from] CaError),
    /// The store failed.
    #[error("central failed; see its log")]
    Store(#[from] StoreError),
    /// The work was stopped.
    #[error("central failed; see its log")]
    Stopped,
}

impl Refused {
    /// The reason in a word; none for what no kiosk asks.
    pub(super) fn reason(&self) -> Option<EnrolmentRefusal> {
        match self {
            Self::Unasked | Self::Nowhere => None,
            Self::For(reason) => Some(*reason),
            Self::Busy(_) => Some(EnrolmentRefusal::Busy),
            Self::Request(_) => Some(EnrolmentRefusal::Request),
            Self::Authority(_) | Self::Store(_) | Self::Stopped => Some(EnrolmentRefusal::Internal),
        }
    }

    pub(super) fn status(&self) -> u16 {
        match self.reason() {
            None if matches!(self, Self::Nowhere) => 404,
            None
            | Some(
                EnrolmentRefusal::Wrong
                | EnrolmentRefusal::Expired
                | EnrolmentRefusal::Void
                | EnrolmentRefusal::Used,
            ) => 401,
            Some(
                EnrolmentRefusal::Moved | EnrolmentRefusal::Retired | EnrolmentRefusal::Revoked,
            ) => 403,
            Some(EnrolmentRefusal::Request | EnrolmentRefusal::Name) => 400,
            Some(EnrolmentRefusal::Busy) => 429,
            Some(EnrolmentRefusal::Internal) => 500,
        }
    }
}

impl From<EnrolmentRefusal> for Refused {
    fn from(reason: EnrolmentRefusal) -> Self {
        Self::For(reason)
    }
}

/// What a person who reads the answer should know and do.
fn sentence(reason: EnrolmentRefusal) -> &'static str {
    match reason {
        EnrolmentRefusal::Wrong => "this kiosk and one-time code are not known here",
        EnrolmentRefusal::Expired => "the one-time code is too old; ask for another",
        EnrolmentRefusal::Void => "the one-time code is void; ask for another",
        EnrolmentRefusal::Used => "the one-time code was used; ask for another",
        EnrolmentRefusal::Moved => {
            "the kiosk was moved after the one-time code was made; ask for another"
        }
        EnrolmentRefusal::Retired => "the kiosk is out of service",
        EnrolmentRefusal::Revoked => "the certificate does not count any more",
        EnrolmentRefusal::Request => "the request is not a PKCS #10 of a P-256 key",
        EnrolmentRefusal::Name => "subject and alternative name must be the certificate's",
        EnrolmentRefusal::Busy => "too many tries; come back later",
        EnrolmentRefusal::Internal => "central failed; see its log",
    }
}
