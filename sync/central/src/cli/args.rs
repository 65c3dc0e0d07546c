use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use dayroom_protocol::{ConnectionId, Language, MessageId, NoticeId};

/// Dayroom's central service and its operators' commands.
#[derive(Debug, Parser)]
#[command(name = "dayroom-central", version, max_term_width = 100)]
pub struct Cli {
    /// Where central keeps its data; else STATE_DIRECTORY, else ./central-state.
    #[arg(long, global = true, value_name = "DIR")]
    pub state: Option<PathBuf>,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Set central up: its database and its certificate authority.
    Init {
        /// Host name or address kiosks will connect to; may be given several times.
        #[arg(long = "name", value_name = "NAME")]
        names: Vec<String>,
    },
    /// Serve the kiosks until interrupted.
    Serve {
        /// Address and port.
        #[arg(long, default_value = "127.0.0.1:8443", value_name = "ADDRESS:PORT")]
        listen: SocketAddr,
    },
    /// Facilities.
    #[command(subcommand)]
    Facility(FacilityCommand),
    /// Housing units.
    #[command(subcommand)]
    Unit(UnitCommand),
    /// Kiosks.
    #[command(subcommand)]
    Kiosk(KioskCommand),
    /// Rosters.
    #[command(subcommand)]
    Roster(RosterCommand),
    /// Messages from real mail.
    #[command(subcommand)]
    Mail(MailCommand),
    /// Connection requests.
    #[command(subcommand)]
    Request(RequestCommand),
    /// Connections.
    #[command(subcommand)]
    Connection(ConnectionCommand),
    /// Messages.
    #[command(subcommand)]
    Message(MessageCommand),
    /// Notices on the wall.
    #[command(subcommand)]
    Notice(NoticeCommand),
    /// What a unit's kiosks go by.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Show what kiosks did: answers, receipts, sign-ins, alarms.
    Activity {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
        /// Only what came after this number.
        #[arg(long, default_value_t = 0, value_name = "NUMBER")]
        after: u64,
    },
    /// Show facilities, units, kiosks and certificates.
    Status,
}

/// Which facility; may be left out while there is one only.
#[derive(Debug, Args)]
pub(super) struct InFacility {
    /// Facility by name or id; may be left out while there is only one.
    #[arg(long, value_name = "FACILITY")]
    pub facility: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum FacilityCommand {
    /// Create a facility.
    Create {
        /// Its name, as on the wall.
        name: String,
        /// IANA time zone of its clocks.
        #[arg(long, default_value = "America/Chicago", value_name = "ZONE")]
        time_zone: String,
        /// Digits of its PINs, 6 to 8.
        #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u8).range(6..=8))]
        pin_digits: u8,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum UnitCommand {
    /// Create a housing unit.
    Create {
        /// Its name, as on the wall and in rosters.
        name: String,
        #[command(flatten)]
        at: InFacility,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum KioskCommand {
    /// Create a kiosk and write what it needs: keys, certificate and site.json.
    Create {
        /// What residents know it as.
        label: String,
        /// Unit by name or id.
        #[arg(long)]
        unit: String,
        #[command(flatten)]
        at: InFacility,
        #[command(flatten)]
        bundle: Bundle,
    },
    /// Write a new certificate for a kiosk; certificates last 30 days.
    Renew {
        /// Kiosk by label or id.
        kiosk: String,
        #[command(flatten)]
        bundle: Bundle,
    },
    /// Take a kiosk out of service: its certificates are revoked, its connections close.
    Revoke {
        /// Kiosk by label or id.
        kiosk: String,
    },
    /// Hang a kiosk into another unit.
    Move {
        /// Kiosk by label or id.
        kiosk: String,
        /// Unit by name or id.
        #[arg(long)]
        unit: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Bundle {
    /// The kiosk's state folder, to be carried there safely.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Host name or address of central, as seen from the kiosk.
    #[arg(long, default_value = "127.0.0.1")]
    pub host: String,
    /// Port of central.
    #[arg(long, default_value_t = 8443)]
    pub port: u16,
    /// The name in central's certificate, if it is not the host.
    #[arg(long, value_name = "NAME")]
    pub server_name: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum RosterCommand {
    /// Import a CSV with the columns number, name and unit. New residents get PINs.
    Import {
        /// The file.
        file: PathBuf,
        #[command(flatten)]
        at: InFacility,
        /// The file names everybody: who is not in it has left.
        #[arg(long)]
        complete: bool,
        /// Say what would change and change nothing.
        #[arg(long)]
        dry_run: bool,
        /// Write the PINs to a new file that only you can read, not to the screen.
        #[arg(long, value_name = "FILE")]
        pins_out: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum MailCommand {
    /// Import messages from .eml and mbox files.
    Import {
        /// The files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The connection they belong to, whoever they are from.
        #[arg(long, value_name = "ID")]
        connection: Option<ConnectionId>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum RequestCommand {
    /// Add a connection request.
    Add(Box<NewRequest>),
    /// Take a request or connection back for the contact.
    Withdraw {
        /// The connection's id.
        id: ConnectionId,
    },
}

#[derive(Debug, Args)]
pub(super) struct NewRequest {
    /// The resident's number.
    #[arg(long, value_name = "NUMBER")]
    pub resident: String,
    #[command(flatten)]
    pub at: InFacility,
    /// The contact's name.
    #[arg(long)]
    pub name: String,
    /// How they know the resident.
    #[arg(long)]
    pub relationship: String,
    /// Their town and state.
    #[arg(long)]
    pub place: Option<String>,
    /// What they write with the request.
    #[arg(long, default_value = "")]
    pub note: String,
    /// The address their mail comes from.
    #[arg(long)]
    pub email: Option<String>,
    /// Who reads along.
    #[arg(long, value_enum, default_value_t = LaneName::Ordinary)]
    pub lane: LaneName,
    /// Central has checked who they are.
    #[arg(long)]
    pub verified: bool,
    /// The resident's answer is enough; else the facility approves after it.
    #[arg(long)]
    pub resident_alone: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LaneName {
    Ordinary,
    Attorney,
    Clergy,
}

#[derive(Debug, Subcommand)]
pub(super) enum ConnectionCommand {
    /// List a resident's connections.
    List {
        /// The resident's number.
        #[arg(long, value_name = "NUMBER")]
        resident: String,
        #[command(flatten)]
        at: InFacility,
    },
    /// Approve a connection the resident has accepted.
    Approve {
        /// The connection's id.
        id: ConnectionId,
    },
    /// Refuse or end a connection; the resident is shown the reason.
    Refuse {
        /// The connection's id.
        id: ConnectionId,
        /// Which rule, in plain words.
        #[arg(long)]
        reason: String,
    },
    /// Note the address a contact's mail comes from.
    Email {
        /// The connection's id.
        id: ConnectionId,
        /// The address.
        address: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum MessageCommand {
    /// List a resident's messages.
    List {
        /// The resident's number.
        #[arg(long, value_name = "NUMBER")]
        resident: String,
        #[command(flatten)]
        at: InFacility,
    },
    /// Put a message on hold.
    Hold {
        /// The message's id.
        id: MessageId,
    },
    /// Deliver a message that was on hold.
    Release {
        /// The message's id.
        id: MessageId,
    },
    /// Reject a message; the resident is shown the reason.
    Reject {
        /// The message's id.
        id: MessageId,
        /// Which rule, in plain words.
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum NoticeCommand {
    /// Put a notice on every wall of a facility.
    Post {
        #[command(flatten)]
        at: InFacility,
        /// Heading in English.
        #[arg(long)]
        title: String,
        /// Text in English.
        #[arg(long)]
        text: String,
        /// Heading in Spanish.
        #[arg(long, requires = "text_es")]
        title_es: Option<String>,
        /// Text in Spanish.
        #[arg(long, requires = "title_es")]
        text_es: Option<String>,
        /// Heading in another language, as vi="…"; may be given for each.
        #[arg(long, value_name = "TAG=TEXT", value_parser = in_language)]
        title_in: Vec<(String, String)>,
        /// Text in another language, as vi="…"; may be given for each.
        #[arg(long, value_name = "TAG=TEXT", value_parser = in_language)]
        text_in: Vec<(String, String)>,
        /// Taken down after this many days.
        #[arg(long)]
        days: Option<u16>,
    },
    /// Take a notice down.
    TakeDown {
        /// The notice's id.
        id: NoticeId,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum PolicyCommand {
    /// Show a unit's policy as JSON.
    Show {
        /// Unit by name or id.
        unit: String,
        #[command(flatten)]
        at: InFacility,
    },
    /// Change a unit's policy: single settings, or all of it from a file.
    Set(Box<PolicyChange>),
    /// Show the languages of the screen, and which of them a native speaker has read.
    Languages,
}

#[derive(Debug, Args)]
pub(super) struct PolicyChange {
    /// Unit by name or id.
    pub unit: String,
    #[command(flatten)]
    pub at: InFacility,
    /// All of it, JSON as `policy show` prints it.
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// IANA time zone.
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<String>,
    /// Quiet seconds until the warning.
    #[arg(long, value_name = "SECONDS")]
    pub idle_warning: Option<u32>,
    /// Quiet seconds until the screen is covered.
    #[arg(long, value_name = "SECONDS")]
    pub idle_lock: Option<u32>,
    /// Days without contact after which sign-in closes.
    #[arg(long, value_name = "DAYS")]
    pub lease_days: Option<u16>,
    /// The monitoring text in English; counts its version up.
    #[arg(long, value_name = "TEXT")]
    pub consent: Option<String>,
    /// The monitoring text in Spanish; counts its version up.
    #[arg(long, value_name = "TEXT")]
    pub consent_es: Option<String>,
    /// The monitoring text in another language, as vi="…"; counts its version up.
    #[arg(long, value_name = "TAG=TEXT", value_parser = in_language)]
    pub consent_in: Vec<(String, String)>,
    /// Languages offered, the first the default; see `policy languages`.
    #[arg(long, value_name = "TAGS", value_delimiter = ',')]
    pub languages: Option<Vec<String>>,
}

/// Reads a text in a language: "vi=Xin chào".
fn in_language(given: &str) -> Result<(String, String), String> {
    let (tag, text) = given.split_once('=').ok_or("write it as TAG=TEXT")?;
    let language = Language::of_tag(tag)
        .ok_or_else(|| format!("\"{tag}\" is not among `dayroom-central policy languages`"))?;
    Ok((language.tag.to_owned(), text.to_owned()))
}
