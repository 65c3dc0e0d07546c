use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Look for any edit, cut, insertion, reorder or back-date, in every chain.
    Verify {
        /// Only the chains of this kiosk, by label or id.
        #[arg(long, value_name = "KIOSK")]
        kiosk: Option<String>,
        /// A head of central's own audit that was kept elsewhere, as `audit head` printed it.
        #[arg(long, value_name = "NUMBER:HASH", conflicts_with = "kiosk")]
        head: Option<String>,
        /// One JSON object a chain.
        #[arg(long)]
        json: bool,
    },
    /// Show entries in the order central took them in; it is noted that they were read.
    Show {
        /// Only those of this kiosk, by label or id.
        #[arg(long, value_name = "KIOSK")]
        kiosk: Option<String>,
        /// Only those since then: a moment such as 2026-11-28T00:00:00Z, or a span such as 7d or 12h.
        #[arg(long, value_name = "WHEN")]
        since: Option<String>,
        /// Only events whose name begins so, such as `order` or `kiosk.close`.
        #[arg(long, value_name = "EVENT", default_value = "")]
        event: String,
        /// Only events of this level or above.
        #[arg(long, value_enum, default_value_t)]
        level: AuditLevel,
        /// One JSON object an entry.
        #[arg(long)]
        json: bool,
    },
    /// Print how far central's own audit goes, to be kept where nobody here can write.
    Head,
    /// Print the kinds of event, what they mean and what to do.
    Kinds,
}

/// From which level on entries are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum AuditLevel {
    /// All.
    #[default]
    Routine,
    /// What is read every week, and alarms.
    Review,
    /// Alarms.
    Alarm,
}
