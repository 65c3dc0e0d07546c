use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use dayroom_protocol::ReleaseVersion;

#[derive(Debug, Subcommand)]
pub(super) enum ReleaseCommand {
    /// The keys that sign releases.
    #[command(subcommand)]
    Keys(ReleaseKeysCommand),
    /// The root, which says whose keys sign what.
    #[command(subcommand)]
    Root(ReleaseRootCommand),
    /// Add a release to the signed list; no kiosk takes it before its rollout is started.
    Add {
        /// Three numbers such as 1.4.0.
        version: ReleaseVersion,
        /// The bundle.
        bundle: PathBuf,
        #[command(flatten)]
        keys: Keys,
        #[command(flatten)]
        plan: RolloutPlan,
    },
    /// How a release comes to the fleet.
    #[command(subcommand)]
    Rollout(RolloutCommand),
    /// Take a release off the signed list.
    Withdraw {
        /// Which.
        version: ReleaseVersion,
        #[command(flatten)]
        keys: Keys,
    },
    /// Sign the same list again before it ends.
    Renew {
        #[command(flatten)]
        keys: Keys,
    },
    /// Say again that nothing is newer; the service does it by itself while it runs.
    Timestamp {
        /// For how many days, at most 14.
        #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u8).range(1..=14))]
        days: u8,
    },
    /// List the releases, and until when each role's word holds.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Rings, and when one of them does too badly or well enough.
#[derive(Clone, Debug, Args)]
pub(super) struct RolloutPlan {
    /// A ring, such as `first=North wall,South wall` or `tenth=10%`, in turn; a share includes the
    /// rings before it. Without any: 5%, 50%, 100%.
    #[arg(long = "ring", value_name = "NAME=WHO")]
    pub rings: Vec<String>,
    /// Halt when more than this many of a hundred kiosks of a ring have failed.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub fail_percent: u8,
    /// Minutes between the last kiosk of a ring and the first of the next.
    #[arg(long, default_value_t = 24 * 60, value_name = "MINUTES")]
    pub soak: u32,
    /// Minutes after which a kiosk that says nothing has failed.
    #[arg(long, default_value_t = 24 * 60, value_name = "MINUTES")]
    pub silent: u32,
}

#[derive(Debug, Subcommand)]
pub(super) enum RolloutCommand {
    /// Offer a release to its first ring.
    Start {
        /// Which release.
        version: ReleaseVersion,
        #[command(flatten)]
        plan: RolloutPlan,
    },
    /// Stop it for now; who has the release keeps it.
    Pause,
    /// Let it go on, also after it halted; kiosks that failed are offered the release again.
    Resume,
    /// Show how far it is.
    Status {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Where the keys are that sign.
#[derive(Debug, Args)]
pub(super) struct Keys {
    /// A folder with keys, such as a mounted stick; may be given several times.
    #[arg(long = "dir", required = true, value_name = "DIR")]
    pub dirs: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum ReleaseKeysCommand {
    /// Make the keys of all roles and the first root: once for an installation.
    Init {
        /// Where the keys go: a medium that leaves this machine afterwards.
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
    },
    /// Replace the keys of a role.
    Rotate {
        /// Which.
        role: RoleName,
        /// Where the new keys go.
        #[arg(long, value_name = "DIR")]
        new: PathBuf,
        #[command(flatten)]
        keys: Keys,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum ReleaseRootCommand {
    /// Sign the root that waits, with the keys at hand; with enough of them it is published.
    Sign {
        #[command(flatten)]
        keys: Keys,
    },
    /// Make a root like the newest that holds a year longer.
    Renew {
        #[command(flatten)]
        keys: Keys,
    },
    /// Give up the root that waits for signatures.
    Drop,
    /// Write the first root, which a kiosk is given at provisioning.
    Export {
        /// The file.
        file: PathBuf,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum RoleName {
    Root,
    Targets,
    Snapshot,
    Timestamp,
}
