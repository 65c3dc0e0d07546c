use std::path::PathBuf;

use clap::{Args, Subcommand};
use dayroom_protocol::{BatchId, NoticeId, ReleaseVersion};

use super::args::{InFacility, PolicyChange};

#[derive(Debug, Subcommand)]
pub(super) enum OperatorKeyCommand {
    /// Make a key for an operator: the private one, sealed by a passphrase, and NAME.pub to hand over.
    New {
        /// Where the private key goes: a stick or card that its owner keeps, never central.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Whose it is.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        passphrase: Passphrase,
    },
    /// Show the key set in force and its fingerprint.
    Show,
    /// Change the key set; it takes as many signatures of the one in force as that asks for.
    Set(KeySetChange),
    /// Add a signature to a change of the key set that waits for it.
    CoSign {
        /// The file that `operator-key set` wrote.
        file: PathBuf,
        #[command(flatten)]
        signing: SignWith,
    },
}

#[derive(Debug, Args)]
pub(super) struct KeySetChange {
    /// A public key that joins.
    #[arg(long, value_name = "FILE.pub")]
    pub add: Vec<PathBuf>,
    /// Whose key leaves.
    #[arg(long, value_name = "NAME")]
    pub remove: Vec<String>,
    /// How many must sign the next change; else as before, and two of the first set if it has two.
    #[arg(long, value_name = "COUNT")]
    pub threshold: Option<u32>,
    /// PINs that one operator may reset at once, and in a day.
    #[arg(long, value_name = "COUNT")]
    pub pins: Option<u32>,
    /// Kiosks that one operator may wipe at once, 0 or 1.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(0..=1))]
    pub wipes: Option<u32>,
    #[command(flatten)]
    pub signing: SignWith,
    /// Where it goes while signatures are missing.
    #[arg(long, value_name = "FILE", default_value = "key-set.json")]
    pub out: PathBuf,
}

/// A passphrase that is not typed.
#[derive(Debug, Args)]
pub(super) struct Passphrase {
    /// The passphrase is the first line of this file; else it is asked for.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

/// Whose keys sign.
#[derive(Debug, Args)]
pub(super) struct SignWith {
    /// An operator's private key.
    #[arg(
        long = "key",
        alias = "sign-with",
        required = true,
        value_name = "FILE"
    )]
    pub keys: Vec<PathBuf>,
    #[command(flatten)]
    pub passphrase: Passphrase,
}

/// How an order is given.
#[derive(Debug, Args)]
pub(super) struct Giving {
    #[command(flatten)]
    pub signing: SignWith,
    /// Not to be carried out after so many days.
    #[arg(long, default_value_t = crate::ORDER_LIFE_DAYS, value_parser = clap::value_parser!(i64).range(1..=30))]
    pub days: i64,
    /// Where it goes while a second signature is missing.
    #[arg(long, value_name = "FILE", default_value = "order.json")]
    pub out: PathBuf,
    #[command(flatten)]
    pub watch: Watching,
}

/// Whether to look on.
#[derive(Clone, Debug, Args)]
pub(super) struct Watching {
    /// Show live which kiosks have it, until all have answered.
    #[arg(long)]
    pub watch: bool,
    /// Stop looking on after so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 3_600)]
    pub timeout: u64,
    /// One JSON object a line, also in a terminal.
    #[arg(long)]
    pub json: bool,
}

/// Which kiosks.
#[derive(Debug, Args)]
pub(super) struct ToKiosks {
    /// Kiosks by label or id.
    #[arg(value_name = "KIOSK")]
    pub kiosks: Vec<String>,
    /// Every kiosk of a unit, by name or id.
    #[arg(long, conflicts_with = "kiosks")]
    pub unit: Option<String>,
    /// Every kiosk of the facility.
    #[arg(long, conflicts_with_all = ["kiosks", "unit"])]
    pub everywhere: bool,
    #[command(flatten)]
    pub at: InFacility,
}

#[derive(Debug, Subcommand)]
pub(super) enum OrderCommand {
    /// Give residents new PINs, shown once; the ones before die when the kiosks have the order.
    PinReset {
        /// The residents' numbers.
        #[arg(required = true, value_name = "NUMBER")]
        residents: Vec<String>,
        #[command(flatten)]
        at: InFacility,
        #[command(flatten)]
        giving: Giving,
    },
    /// Lift the lock that wrong PINs put on a resident's number.
    Unlock {
        /// The resident's number.
        #[arg(value_name = "NUMBER")]
        resident: String,
        #[command(flatten)]
        at: InFacility,
        #[command(flatten)]
        giving: Giving,
    },
    /// Start terminals anew.
    Restart {
        #[command(flatten)]
        to: ToKiosks,
        #[command(flatten)]
        giving: Giving,
    },
    /// Destroy the keys of terminals, and what they kept. More than one takes two operators.
    Wipe {
        #[command(flatten)]
        to: ToKiosks,
        #[command(flatten)]
        giving: Giving,
    },
    /// Bring terminals to a release, also to an older one.
    Release {
        /// Which, such as 1.4.0.
        version: ReleaseVersion,
        /// It may be older than what runs.
        #[arg(long)]
        may_be_older: bool,
        #[command(flatten)]
        to: ToKiosks,
        #[command(flatten)]
        giving: Giving,
    },
    /// Change what a unit's kiosks go by, also where that weakens security.
    Policy {
        #[command(flatten)]
        change: Box<PolicyChange>,
        /// Draw a new technicians' code, shown once.
        #[arg(long)]
        technician_code: bool,
        #[command(flatten)]
        giving: Giving,
    },
    /// Sign what another operator has signed, and give it if that is enough.
    CoSign {
        /// The file.
        file: PathBuf,
        #[command(flatten)]
        signing: SignWith,
        #[command(flatten)]
        watch: Watching,
    },
    /// List orders and what became of them.
    List {
        /// Of one kiosk, by label or id.
        #[arg(long)]
        kiosk: Option<String>,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Take back what no kiosk has answered yet.
    Withdraw {
        /// What was ordered together.
        batch: BatchId,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum PushCommand {
    /// Orders that were given together.
    Order {
        /// Their batch, or one order's id.
        batch: BatchId,
        #[command(flatten)]
        watch: Watching,
    },
    /// A notice.
    Notice {
        /// The notice's id.
        id: NoticeId,
        #[command(flatten)]
        watch: Watching,
    },
    /// What a unit's kiosks go by.
    Policy {
        /// Unit by name or id.
        unit: String,
        #[command(flatten)]
        at: InFacility,
        #[command(flatten)]
        watch: Watching,
    },
    /// The roster of a unit.
    Roster {
        /// Unit by name or id.
        unit: String,
        #[command(flatten)]
        at: InFacility,
        #[command(flatten)]
        watch: Watching,
    },
    /// The release that is rolled out.
    Release {
        #[command(flatten)]
        watch: Watching,
    },
}
