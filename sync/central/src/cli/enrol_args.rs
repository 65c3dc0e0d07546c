use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::args::InFacility;
use super::order_args::Passphrase;

#[derive(Debug, Subcommand)]
pub(super) enum EnrolCommand {
    /// Make a one-time code with which a kiosk gets its first certificate; it is shown once.
    Create(Box<NewCode>),
    /// Show the one-time codes of the last months, without the codes.
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Take the one-time code of a kiosk back.
    Cancel {
        /// Kiosk by label or id.
        kiosk: String,
    },
    /// Show, or change, the server name under which certificates are given out (EST, RFC 7030).
    Name {
        /// A host name that is not central's own.
        name: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(super) struct NewCode {
    /// What residents will know the new kiosk as.
    #[arg(required_unless_present = "kiosk", requires = "unit")]
    pub label: Option<String>,
    /// Unit of the new kiosk, by name or id.
    #[arg(long)]
    pub unit: Option<String>,
    /// A kiosk that is there already, by label or id, to be provisioned again.
    #[arg(long, conflicts_with_all = ["label", "unit"])]
    pub kiosk: Option<String>,
    #[command(flatten)]
    pub at: InFacility,
    /// Write all that the kiosk needs to a new file that only you can read, to be carried there.
    #[arg(long, value_name = "FILE")]
    pub ticket: Option<PathBuf>,
    /// Show the code as a QR code too, or write it to an SVG file that only you can read.
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-")]
    pub qr: Option<PathBuf>,
    /// Signs the one-time file with an operator's private key, so that the kiosk learns whose orders to
    /// carry out; may be given several times.
    #[arg(long, value_name = "FILE", requires = "ticket")]
    pub sign_with: Vec<PathBuf>,
    #[command(flatten)]
    pub passphrase: Passphrase,
    /// How long the code is good, such as 90m, 24h or 3d; up to 14 days.
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = span)]
    pub valid: Duration,
    /// Host name or address of central, as seen from the kiosk.
    #[arg(long, default_value = "127.0.0.1")]
    pub host: String,
    /// Port of central.
    #[arg(long, default_value_t = 8443, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: u16,
    /// The name in central's certificate, if it is not the host.
    #[arg(long, value_name = "NAME")]
    pub server_name: Option<String>,
}

/// A number and `m`, `h` or `d`.
fn span(text: &str) -> Result<Duration, String> {
    let wrong = || "a number and m, h or d, such as 24h".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number = text.strip_suffix(unit).ok_or_else(wrong)?;
    let number: u32 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        'm' => 60,
        'h' => 3_600,
        'd' => 24 * 3_600,
        _ => return Err(wrong()),
    };
    Ok(Duration::from_secs(u64::from(number) * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_in_minutes_hours_and_days() {
        assert_eq!(span("90m"), Ok(Duration::from_secs(5_400)));
        assert_eq!(span("24h"), Ok(Duration::from_secs(86_400)));
        assert_eq!(span("3d"), Ok(Duration::from_secs(259_200)));
        for wrong in ["", "h", "24", "-1h", "1.5h", "24ü", "99999999999d"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }
}
