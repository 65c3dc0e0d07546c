use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::args::InFacility;

#[derive(Debug, Subcommand)]
pub(super) enum RosterCommand {
    /// Import a CSV with the columns number, name and unit, or the same as JSON: all of it or nothing.
    /// What would change is shown first. New residents get PINs.
    Import(RosterFile),
    /// Take the latest import back: the roster before it is in force again, with the PINs people had.
    Undo {
        #[command(flatten)]
        at: InFacility,
        #[command(flatten)]
        how: HowSure,
    },
    /// Note the badges of a CSV with the columns number and badge: what a reader gives, of which only
    /// hashes are kept; an empty badge takes one back. Who is not in the file keeps theirs.
    Badges {
        /// The file.
        file: PathBuf,
        #[command(flatten)]
        at: InFacility,
    },
    /// Show which rosters were put in force.
    History {
        #[command(flatten)]
        at: InFacility,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
}

/// A roster and what it means.
#[derive(Debug, Args)]
pub(super) struct RosterFile {
    /// The file.
    pub file: PathBuf,
    #[command(flatten)]
    pub at: InFacility,
    /// The file names everybody: who is not in it has left.
    #[arg(long)]
    pub complete: bool,
    /// So many may leave at once; asked for when it is more than a fifth of the roster.
    #[arg(long, value_name = "N")]
    pub accept_departures: Option<usize>,
    #[command(flatten)]
    pub how: HowSure,
    /// Write the PINs to a new file that only you can read, not to the screen.
    #[arg(long, value_name = "FILE")]
    pub pins_out: Option<PathBuf>,
}

/// Whether to ask before anything is changed.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct HowSure {
    /// Say what would change and change nothing.
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
    /// Do not ask. Without it, whatever moves, renames or takes somebody off is asked about.
    #[arg(long)]
    pub yes: bool,
    /// Show what changes as one JSON object. PINs need --pins-out then.
    #[arg(long)]
    pub json: bool,
}
