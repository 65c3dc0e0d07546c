use std::path::PathBuf;

use dayroom_protocol::{ConnectionState, KeySetError, SignatureError};

use super::PictureError;
use crate::store::StoreError;

/// Why an operator's act did not happen. Nothing of it did.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// There is no such thing.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// It is there already.
    #[error("there is already such a {0}")]
    Exists(&'static str),
    /// A text is empty where it must not be.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// Something passes its limit.
    #[error("{0} is too large")]
    TooLarge(&'static str),
    /// A page that people open without a trace asks for an acknowledgement.
    #[error("a page that is opened without a trace cannot be acknowledged")]
    Trace,
    /// A resident number is not 1 to 12 ASCII digits.
    #[error("roster line {line}: the number is not 1 to 12 digits")]
    Number {
        /// From 1.
        line: usize,
    },
    /// A number stands twice in a roster.
    #[error("roster line {line}: the number stands in an earlier line")]
    NumberTwice {
        /// From 1.
        line: usize,
    },
    /// A roster line has no name, or one over the limit.
    #[error("roster line {line}: the name is empty or too long")]
    Name {
        /// From 1.
        line: usize,
    },
    /// A unit is not of the facility.
    #[error("roster line {line}: the unit is not of this facility")]
    Unit {
        /// From 1.
        line: usize,
    },
    /// Not what a reader gives for a badge.
    #[error("line {line}: a badge is 4 to 64 of 0-9 A-Z a-z - . _ : +, as the reader gives it")]
    Badge {
        /// From 1.
        line: usize,
    },
    /// A badge is for nobody on the roster.
    #[error("line {line}: nobody on the roster has this number")]
    BadgeOfNobody {
        /// From 1.
        line: usize,
    },
    /// Two people cannot share a badge.
    #[error("the badge of {number} is somebody else's too")]
    BadgeTwice {
        /// One of the two.
        number: String,
    },
    /// The roster is not any more what the preview was of.
    #[error("the roster has changed since it was compared")]
    RosterChanged,
    /// More people would leave than a roster may take off without being told how many.
    #[error("{left} of {of} people would leave; the file may not be whole")]
    ManyLeave {
        /// How many.
        left: usize,
        /// Of how many.
        of: usize,
    },
    /// The connection stands so that this cannot follow.
    #[error("the connection is {is}, this cannot follow")]
    Connection {
        /// How it stands, in a word.
        is: &'static str,
    },
    /// The message stands so that this cannot follow.
    #[error("the message is {is}, this cannot follow")]
    Message {
        /// How it stands, in a word.
        is: &'static str,
    },
    /// Staff do not read or stop messages with an attorney or clergy.
    #[error("the message is privileged; staff neither read nor stop it")]
    Privileged,
    /// Who decided first does not judge the appeal.
    #[error("this reviewer rejected the message; an appeal is another's to judge")]
    SameReviewer,
    /// There is not as much in the account.
    #[error("there is not enough money in the account")]
    Funds,
    /// The code of a rule has other characters than it may.
    #[error("the code of a rule has letters, digits, `-` and `.` only")]
    Code,
    /// A file could not be written.
    #[error("{file} cannot be written")]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A policy offers a language the screen does not speak, twice, or none.
    #[error("the languages offered are {0}")]
    Languages(&'static str),
    /// An attachment is no picture a kiosk shows.
    #[error("an attachment cannot be shown")]
    Picture(#[from] PictureError),
    /// The kiosk is out of service.
    #[error("the kiosk is out of service")]
    Retired,
    /// A one-time code may be good for a while only.
    #[error("a one-time code is good for up to 14 days")]
    CodeLife,
    /// A PIN verifier could not be made.
    #[error("a PIN verifier could not be made")]
    Pin,
    /// What operators sign, or their signatures.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The operators' keys.
    #[error(transparent)]
    Keys(#[from] KeySetError),
    /// No operator of the key set in force has signed it.
    #[error("no operator of the key set in force has signed it")]
    Unsigned,
    /// One operator alone may not order it.
    #[error("this takes the signatures of two operators")]
    NeedsTwo,
    /// Other orders went to one of the kiosks since, or its time is over.
    #[error("other orders went out since this one was made, or its time is over")]
    Overtaken,
    /// Orders of several batches, or not all of one, or texts that are none.
    #[error("the file does not hold exactly the orders that were made together")]
    Batch,
    /// The store failed.
    #[error("central's store failed")]
    Store(#[from] StoreError),
}

impl From<serde_json::Error> for OperatorError {
    fn from(error: serde_json::Error) -> Self {
        Self::Store(error.into())
    }
}

pub(super) fn found<T>(thing: Option<T>, what: &'static str) -> Result<T, OperatorError> {
    thing.ok_or(OperatorError::NotFound(what))
}

pub(super) fn bounded(text: &str, limit: usize, what: &'static str) -> Result<(), OperatorError> {
    if text.len() <= limit {
        Ok(())
    } else {
        Err(OperatorError::TooLarge(what))
    }
}

/// How a connection stands, in a word.
pub(super) fn word(state: &ConnectionState) -> &'static str {
    match state {
        ConnectionState::Asked => "not answered",
        ConnectionState::AwaitFacility { .. } => "waiting for the facility",
        ConnectionState::Active { .. } => "active",
        ConnectionState::Declined { .. } => "declined",
        ConnectionState::Blocked { .. } => "blocked",
        ConnectionState::Withdrawn { .. } => "withdrawn",
        ConnectionState::Removed { .. } => "ended by the resident",
        ConnectionState::Refused { .. } => "refused",
    }
}
