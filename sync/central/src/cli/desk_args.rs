use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use dayroom_protocol::{AttachmentKind, Cents, ConnectionId, MessageId, Role};

use super::args::InFacility;

/// What pictures of imported mail are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PictureName {
    Photo,
    Card,
    Document,
}

impl PictureName {
    pub(super) fn kind(self) -> AttachmentKind {
        match self {
            Self::Photo => AttachmentKind::Photo,
            Self::Card => AttachmentKind::Card,
            Self::Document => AttachmentKind::DocumentPage,
        }
    }
}

/// What was scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ScanName {
    Mail,
    Document,
}

impl ScanName {
    pub(super) fn kind(self) -> AttachmentKind {
        match self {
            Self::Mail => AttachmentKind::MailPage,
            Self::Document => AttachmentKind::DocumentPage,
        }
    }
}

/// In which office somebody decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum RoleName {
    MailRoom,
    Supervisor,
    Investigations,
    Administration,
}

impl RoleName {
    pub(super) fn role(self) -> Role {
        match self {
            Self::MailRoom => Role::MailRoom,
            Self::Supervisor => Role::Supervisor,
            Self::Investigations => Role::Investigations,
            Self::Administration => Role::Administration,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum PostalCommand {
    /// Take in the scanned pages of one letter or document, in the order given.
    Scan {
        /// The connection they belong to.
        #[arg(long, value_name = "ID")]
        to: ConnectionId,
        /// What they are.
        #[arg(long = "as", value_enum, default_value_t = ScanName::Mail)]
        pages: ScanName,
        /// Pictures of the pages: JPEG, PNG or WebP.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum ReviewCommand {
    /// List what is on hold, the oldest first; never what it says.
    List {
        /// Only what the facility promised to have decided by now.
        #[arg(long)]
        overdue: bool,
        #[command(flatten)]
        at: InFacility,
    },
    /// Read a message; it is noted who did.
    Show {
        /// The message's id.
        id: MessageId,
        /// Who reads it.
        #[arg(long, value_name = "NAME")]
        reviewer: String,
        /// Write its pictures into this folder.
        #[arg(long, value_name = "DIR")]
        pictures: Option<PathBuf>,
    },
    /// Deliver a message that is on hold.
    Release {
        /// The message's id.
        id: MessageId,
        /// Who decides.
        #[arg(long, value_name = "NAME")]
        reviewer: String,
    },
    /// Reject a message; the resident is shown rule, reason and office.
    Reject {
        /// The message's id.
        id: MessageId,
        /// The rule's code; see `rule list`.
        #[arg(long, value_name = "CODE")]
        rule: String,
        /// Why, in plain words.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// In which office.
        #[arg(long, value_enum, default_value_t = RoleName::MailRoom)]
        role: RoleName,
        /// Who decides.
        #[arg(long, value_name = "NAME")]
        reviewer: String,
    },
    /// List open appeals, the oldest first.
    Appeals {
        /// Only what the facility promised to have decided by now.
        #[arg(long)]
        overdue: bool,
        #[command(flatten)]
        at: InFacility,
    },
    /// Decide an appeal; never by who rejected the message.
    Decide {
        /// The message's id.
        id: MessageId,
        #[command(flatten)]
        ruling: RulingArgs,
        /// Why the decision stands, in plain words the resident is shown.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// In which office.
        #[arg(long, value_enum, default_value_t = RoleName::Supervisor)]
        role: RoleName,
        /// Who decides.
        #[arg(long, value_name = "NAME")]
        reviewer: String,
    },
    /// Show who read and decided what.
    Log {
        /// Of one message only.
        id: Option<MessageId>,
    },
    /// Put incoming messages with this word on hold from now on; privileged ones never.
    HoldWord {
        /// The word, or several in a row.
        word: String,
        /// Not any more.
        #[arg(long)]
        remove: bool,
        #[command(flatten)]
        at: InFacility,
    },
    /// List the words that put incoming messages on hold.
    Words {
        #[command(flatten)]
        at: InFacility,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct RulingArgs {
    /// The message is allowed after all.
    #[arg(long)]
    pub grant: bool,
    /// The decision stands.
    #[arg(long)]
    pub uphold: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum ReviewerCommand {
    /// Let somebody review messages.
    Add {
        /// Their name.
        name: String,
        #[command(flatten)]
        at: InFacility,
    },
    /// Let somebody review no more.
    Remove {
        /// Their name.
        name: String,
        #[command(flatten)]
        at: InFacility,
    },
    /// List who reviews messages.
    List {
        #[command(flatten)]
        at: InFacility,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum RuleCommand {
    /// Add a rule.
    Add {
        /// What staff call it, such as M-12.
        code: String,
        /// What it says, by language: `en=… es=…`; English is needed.
        #[arg(long = "text", required = true, num_args = 1.., value_name = "LANGUAGE=TEXT")]
        texts: Vec<String>,
        #[command(flatten)]
        at: InFacility,
    },
    /// Take a rule away; what was decided by it keeps its text.
    Remove {
        /// The rule's code.
        code: String,
        #[command(flatten)]
        at: InFacility,
    },
    /// List the rules.
    List {
        #[command(flatten)]
        at: InFacility,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum AccountCommand {
    /// Show what is left and the last that moved.
    Show {
        /// The resident's number.
        #[arg(long, value_name = "NUMBER")]
        resident: String,
        #[command(flatten)]
        at: InFacility,
    },
    /// Put money in.
    Deposit {
        /// The resident's number.
        #[arg(long, value_name = "NUMBER")]
        resident: String,
        #[command(flatten)]
        at: InFacility,
        /// How much, as in 25 or 25.00.
        #[arg(value_parser = amount)]
        amount: Cents,
        /// Where it is from, in your words.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Take money out.
    Charge {
        /// The resident's number.
        #[arg(long, value_name = "NUMBER")]
        resident: String,
        #[command(flatten)]
        at: InFacility,
        /// How much, as in 25 or 25.00.
        #[arg(value_parser = amount)]
        amount: Cents,
        /// What for.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Count all the money of a facility anew from the ledger.
    Audit {
        #[command(flatten)]
        at: InFacility,
    },
}

/// Whole cents from digits, with a point and two digits or without: nothing is ever rounded, and a
/// sign is no digit.
fn amount(text: &str) -> Result<Cents, String> {
    let (whole, cents) = text.split_once('.').unwrap_or((text, "00"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let number = |part: &str| part.parse::<u32>().ok();
    Some((whole, cents))
        .filter(|(whole, cents)| digits(whole) && digits(cents) && cents.len() == 2)
        .and_then(|(whole, cents)| number(whole)?.checked_mul(100)?.checked_add(number(cents)?))
        .filter(|cents| *cents > 0)
        .map(Cents)
        .ok_or_else(|| "give an amount such as 25 or 25.00".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_whole_cents_and_never_negative_rounded_or_too_much() {
        for (text, cents) in [("25", 2500), ("25.00", 2500), ("0.05", 5), ("007.10", 710)] {
            assert_eq!(amount(text), Ok(Cents(cents)), "{text}");
        }
        assert_eq!(amount("42949672.95"), Ok(Cents(u32::MAX)));
        for text in [
            "",
            "0",
            "0.00",
            "-5",
            "+5",
            "5.",
            ".50",
            "5.5",
            "5.005",
            "1e3",
            "5,00",
            " 5",
            "0x10",
            "42949672.96",
            "99999999999",
            "٥",
        ] {
            assert!(amount(text).is_err(), "{text}");
        }
    }
}
