use std::error::Error;
use std::fmt;
use std::io::{self, Write};

use crate::OperatorError;
use crate::ca::CaError;

/// Where words go.
pub struct Output<'w> {
    /// What was asked for.
    pub out: &'w mut dyn Write,
    /// What is wrong.
    pub err: &'w mut dyn Write,
}

impl Output<'_> {
    /// Says a line that was asked for.
    pub(super) fn say(&mut self, line: impl fmt::Display) -> Result<(), Failure> {
        writeln!(self.out, "{line}").map_err(|error| lost(&error))
    }

    /// Says a line about what is wrong, or beside PINs on standard output.
    pub(super) fn note(&mut self, line: impl fmt::Display) -> Result<(), Failure> {
        writeln!(self.err, "{line}").map_err(|error| lost(&error))
    }

    /// Lets a line be seen before the next is there.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        self.out.flush().map_err(|error| lost(&error))
    }
}

fn lost(error: &io::Error) -> Failure {
    Failure::new(format!("output cannot be written: {error}"), "run it again")
}

/// What is wrong and what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    what: String,
    next: String,
}

impl Failure {
    pub(super) fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            next: next.into(),
        }
    }

    /// The same, of a file.
    pub(super) fn of(mut self, file: impl fmt::Display) -> Self {
        self.what = format!("{file}: {}", self.what);
        self
    }

    /// An error with its causes.
    pub(super) fn because(error: &dyn Error, next: impl Into<String>) -> Self {
        let mut what = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            what.push_str(": ");
            what.push_str(&error.to_string());
            cause = error.source();
        }
        Self::new(what, next)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}\n  what to do: {}", self.what, self.next)
    }
}

impl From<OperatorError> for Failure {
    fn from(error: OperatorError) -> Self {
        let next = match &error {
            OperatorError::NotFound("connection") => {
                "see `dayroom-central connection list --resident NUMBER`"
            }
            OperatorError::NotFound("message") => {
                "see `dayroom-central message list --resident NUMBER`"
            }
            OperatorError::NotFound("roster to undo") => "see `dayroom-central roster history`",
            OperatorError::NotFound("rule") => "see `dayroom-central rule list`",
            OperatorError::NotFound("reviewer") => "see `dayroom-central reviewer list`",
            OperatorError::NotFound("open appeal") => "see `dayroom-central review appeals`",
            OperatorError::NotFound("address the facility writes from") => {
                "note it with `dayroom-central mail from ADDRESS`"
            }
            OperatorError::NotFound("mail address") => "give an address such as name@example.org",
            OperatorError::NotFound("one-time code") => "see `dayroom-central enrol list`",
            OperatorError::NotFound(_) => "see `dayroom-central status`",
            OperatorError::Exists(_) => "choose another name",
            OperatorError::Trace => "leave --must-acknowledge out, or make it a handbook page",
            OperatorError::Empty(_) => "give some text",
            OperatorError::TooLarge(_) => "make it shorter",
            OperatorError::Number { .. }
            | OperatorError::NumberTwice { .. }
            | OperatorError::Name { .. }
            | OperatorError::Unit { .. }
            | OperatorError::Badge { .. }
            | OperatorError::BadgeOfNobody { .. }
            | OperatorError::BadgeTwice { .. } => "correct the line and import again",
            OperatorError::RosterChanged => "look at the new preview and import again",
            OperatorError::ManyLeave { left, .. } => {
                let next = format!(
                    "nothing was changed; if that is right, give --accept-departures {left}"
                );
                return Self::because(&error, next);
            }
            OperatorError::Connection { .. } => {
                "see how it stands with `dayroom-central connection list --resident NUMBER`"
            }
            OperatorError::Message { .. } => {
                "see how it stands with `dayroom-central message list --resident NUMBER`"
            }
            OperatorError::Privileged => {
                "end the connection with `dayroom-central connection refuse` if it is not genuine"
            }
            OperatorError::SameReviewer => "let another reviewer decide with --reviewer",
            OperatorError::Funds => "see `dayroom-central account show --resident NUMBER`",
            OperatorError::Code => "choose a code such as M-12",
            OperatorError::File { .. } => "check that the folder is there and yours to write",
            OperatorError::Languages(_) => "choose among `dayroom-central policy languages`",
            OperatorError::Picture(_) => "send it as JPEG, PNG or WebP",
            OperatorError::Retired => "create a new one with `dayroom-central enrol create`",
            OperatorError::CodeLife => "give --valid such as 24h or 3d",
            OperatorError::Pin => "run it again",
            OperatorError::Signature(_) => "make the order anew and sign that",
            OperatorError::Keys(_) => "see `dayroom-central operator-key show`",
            OperatorError::Unsigned => "sign with a key of `dayroom-central operator-key show`",
            OperatorError::NeedsTwo => "let a second operator sign with `order co-sign`",
            OperatorError::Overtaken => "make the order anew",
            OperatorError::Batch => "make the orders anew and change nothing in the file",
            OperatorError::Store(_) => "check the disk and the rights of the state directory",
        };
        Self::because(&error, next)
    }
}

impl From<CaError> for Failure {
    fn from(error: CaError) -> Self {
        let next = match &error {
            CaError::Exists(_) => "it is set up already; go on with `dayroom-central status`",
            CaError::Missing(_) => "run `dayroom-central init`, or give --state DIR",
            CaError::File { .. } => "check that the folder is there and yours to write",
            CaError::Damaged { .. } => "restore the state directory from its backup",
            CaError::Make(_) => "check the names given; each is a host name or an address",
            CaError::EstName(_) => "choose a host name that is not central's own",
            CaError::Moment(_) => "set the machine's clock",
            CaError::Randomness => "run it again",
            CaError::NoCertificate(_) => "see `dayroom-central status`",
        };
        Self::because(&error, next)
    }
}
