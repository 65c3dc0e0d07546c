use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use dayroom_protocol::{ConnectionId, Language, MessageId, NoticeId};

use super::audit_args::AuditCommand;
use super::desk_args::{
    AccountCommand, PictureName, PostalCommand, ReviewCommand, ReviewerCommand, RuleCommand,
};
use super::enrol_args::EnrolCommand;
use super::order_args::{OperatorKeyCommand, OrderCommand, PushCommand};
use super::release_args::ReleaseCommand;
use super::roster_args::RosterCommand;

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
        /// Server name under which certificates are given out; else `est.` and the first name.
        #[arg(long, value_name = "NAME")]
        est_name: Option<String>,
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
    /// One-time codes, with which kiosks get their first certificate.
    #[command(subcommand)]
    Enrol(EnrolCommand),
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
    /// Scanned postal mail and documents.
    #[command(subcommand)]
    Postal(PostalCommand),
    /// Decide on messages that are on hold, and on appeals.
    #[command(subcommand)]
    Review(ReviewCommand),
    /// Who reviews messages.
    #[command(subcommand)]
    Reviewer(ReviewerCommand),
    /// Rules by which messages are not allowed.
    #[command(subcommand)]
    Rule(RuleCommand),
    /// Residents' money.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Notices on the wall.
    #[command(subcommand)]
    Notice(NoticeCommand),
    /// Residents' sign-in.
    #[command(subcommand)]
    Resident(ResidentCommand),
    /// The key that unsent messages are sealed under.
    #[command(subcommand)]
    DraftKey(DraftKeyCommand),
    /// What a unit's kiosks go by.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Operators' own keys, by which kiosks know their orders.
    #[command(subcommand)]
    OperatorKey(OperatorKeyCommand),
    /// Orders to kiosks, signed by operators.
    #[command(subcommand)]
    Order(Box<OrderCommand>),
    /// Show how many kiosks have something, are fetching it, or refused it.
    #[command(subcommand)]
    Push(PushCommand),
    /// Show how the kiosks are, the most troubled first.
    Fleet(FleetCommand),
    /// Software releases for the kiosks, signed by keys that are not here.
    #[command(subcommand)]
    Release(ReleaseCommand),
    /// Show what kiosks did: answers, receipts, sign-ins, alarms.
    Activity {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
        /// Only what came after this number.
        #[arg(long, default_value_t = 0, value_name = "NUMBER")]
        after: u64,
    },
    /// What happened, on kiosks and here, in chains that nobody can change unseen.
    #[command(subcommand)]
    Audit(AuditCommand),
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
        /// First let it destroy its keys and what they kept, and wait until it has said so.
        #[arg(long, requires = "keys")]
        wipe: bool,
        /// With --wipe: how many seconds to wait for it.
        #[arg(long, value_name = "SECONDS", default_value_t = 120)]
        wait: u64,
        /// With --wipe: take it out of service also if it does not answer. What it kept stays on it.
        #[arg(long)]
        insist: bool,
        /// With --wipe: an operator's private key.
        #[arg(long = "key", value_name = "FILE")]
        keys: Vec<PathBuf>,
        /// With --key: the passphrase is the first line of this file; else it is asked for.
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Show every kiosk and where it is in its life: created, code waiting, enrolled, in service,
    /// retiring, retired, erased.
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// End the service of a kiosk that a technician retired, that was never set up, or that is lost.
    Retire {
        /// Kiosk by label or id.
        kiosk: String,
        /// It is lost or broken: nobody can retire it at the terminal.
        #[arg(long)]
        lost: bool,
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

/// `fleet` alone shows all; `fleet show KIOSK` one with its history.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct FleetCommand {
    #[command(subcommand)]
    pub one: Option<FleetShow>,
    /// Only this facility, by name or id.
    #[arg(long)]
    pub facility: Option<String>,
    /// Only this unit, by name or id.
    #[arg(long)]
    pub unit: Option<String>,
    /// Kiosks out of service too.
    #[arg(long)]
    pub all: bool,
    /// As JSON.
    #[arg(long)]
    pub json: bool,
    /// Keep showing: on a terminal the list, else one line for each kiosk that changes.
    #[arg(long)]
    pub watch: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum FleetShow {
    /// Show one kiosk: everything its last report says, and what changed.
    Show {
        /// Kiosk by label or id.
        kiosk: String,
        /// Lines of history.
        #[arg(long, default_value_t = 20, value_name = "LINES")]
        history: usize,
        /// As JSON.
        #[arg(long)]
        json: bool,
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
        /// What the pictures in them are.
        #[arg(long = "as", value_enum, default_value_t = PictureName::Photo)]
        pictures: PictureName,
    },
    /// Note the address a facility's mail goes out from.
    From {
        /// The address; nobody reads what is sent there.
        address: String,
        #[command(flatten)]
        at: InFacility,
    },
    /// Write what residents sent, and nobody holds back, as .eml files for the mail server.
    Collect {
        /// The folder; made if it is not there.
        folder: PathBuf,
        #[command(flatten)]
        at: InFacility,
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
    /// Put a message on hold; `review` decides on it.
    Hold {
        /// The message's id.
        id: MessageId,
    },
    /// Note that the contact opened a message that went out.
    Opened {
        /// The message's id.
        id: MessageId,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum NoticeCommand {
    /// Put a notice, or another page that everybody may read, on every wall of a facility.
    Post(Box<NewNotice>),
    /// Change a notice; its version counts up and it has to be read again.
    Revise {
        /// The notice's id.
        id: NoticeId,
        #[command(flatten)]
        words: NoticeWords,
        /// Whether every resident has to say that they have read it.
        #[arg(long, value_enum)]
        must_acknowledge: Option<OnOff>,
        /// Its place among its kind, the lowest first.
        #[arg(long, value_name = "NUMBER")]
        order: Option<u32>,
    },
    /// List the notices of a facility.
    List {
        #[command(flatten)]
        at: InFacility,
    },
    /// Show who has said that they have read a notice, and who has not.
    Acknowledgements {
        /// The notice's id.
        id: NoticeId,
    },
    /// Take a notice down.
    TakeDown {
        /// The notice's id.
        id: NoticeId,
    },
}

#[derive(Debug, Args)]
pub(super) struct NewNotice {
    #[command(flatten)]
    pub at: InFacility,
    /// What it is.
    #[arg(long, value_enum, default_value_t = NoticeKindName::Notice)]
    pub kind: NoticeKindName,
    #[command(flatten)]
    pub words: NoticeWords,
    /// Every resident has to say that they have read it.
    #[arg(long)]
    pub must_acknowledge: bool,
    /// Its place among its kind, the lowest first.
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    pub order: u32,
    /// Taken down after this many days.
    #[arg(long)]
    pub days: Option<u16>,
}

/// Headings and texts by language. `--text-es` and `--title-es` are older words for `es=`.
#[derive(Debug, Args)]
pub(super) struct NoticeWords {
    /// Heading, such as `es=Lavandería`; without a language it is English. Once for each language.
    #[arg(long, value_name = "[LANGUAGE=]TEXT")]
    pub title: Vec<String>,
    /// Text, such as `es=Los martes.`; without a language it is English. Once for each language.
    #[arg(long, value_name = "[LANGUAGE=]TEXT")]
    pub text: Vec<String>,
    /// A folder of files such as `en.txt` and `es.txt`: in each, the first line is the heading and
    /// the rest the text.
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    #[arg(long, hide = true)]
    pub title_es: Option<String>,
    #[arg(long, hide = true)]
    pub text_es: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum NoticeKindName {
    /// News, on the wall.
    Notice,
    /// A page of the handbook.
    Handbook,
    /// A number to call.
    Hotline,
    /// What people here have a right to.
    Rights,
    /// About sexual abuse.
    Prea,
    /// The way to report to somebody outside.
    Reporting,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum OnOff {
    On,
    Off,
}

impl OnOff {
    pub(super) fn is_on(self) -> bool {
        self == Self::On
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum ResidentCommand {
    /// Let somebody sign in again whose sign-in was closed, by themselves or by staff.
    Open {
        /// The resident's number.
        number: String,
        #[command(flatten)]
        at: InFacility,
    },
    /// Close somebody's sign-in.
    Freeze {
        /// The resident's number.
        number: String,
        #[command(flatten)]
        at: InFacility,
    },
    /// Show whether somebody may sign in, and their last sign-ins and wrong PINs.
    Show {
        /// The resident's number.
        number: String,
        #[command(flatten)]
        at: InFacility,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum DraftKeyCommand {
    /// Show which kiosks can open unsent messages, and how many are lost.
    Show {
        /// Facility by name or id; may be left out while there is only one.
        facility: Option<String>,
    },
    /// Begin a new key: what is sealed under the old one is lost, unless the kiosk it was typed at
    /// still has it.
    Reset {
        /// Facility by name or id; may be left out while there is only one.
        facility: Option<String>,
        /// Yes: nobody can open the unsent messages sealed so far.
        #[arg(long)]
        yes_lose_drafts: bool,
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
    /// Change what goes for messages that residents write.
    Messages(MessageRulesChange),
    /// Make a new code for technicians, shown once; the one before opens nothing any more.
    TechnicianCode {
        #[command(flatten)]
        units: InUnits,
        /// Take the code away: no technicians' page.
        #[arg(long)]
        remove: bool,
    },
    /// Set the languages that are offered, the first the default; without any, show those of the
    /// screen and which of them a native speaker has read.
    Languages {
        /// BCP 47 tags, such as en es zh-Hans.
        #[arg(value_name = "TAG")]
        tags: Vec<String>,
        #[command(flatten)]
        units: InUnits,
    },
}

/// Which units; without one, every unit of the facility.
#[derive(Debug, Args)]
pub(super) struct InUnits {
    /// Unit by name or id; else every unit of the facility.
    #[arg(long)]
    pub unit: Option<String>,
    #[command(flatten)]
    pub at: InFacility,
}

#[derive(Debug, Args)]
pub(super) struct MessageRulesChange {
    #[command(flatten)]
    pub units: InUnits,
    /// What one costs, in cents such as 25, or as 0.25.
    #[arg(long)]
    pub price: Option<String>,
    /// Characters it may have.
    #[arg(long)]
    pub characters: Option<u32>,
    /// Whether staff read it before it goes out.
    #[arg(long, value_enum)]
    pub review: Option<OnOff>,
    /// In what time the facility promises to decide on one that is on hold, such as 3d or 12h.
    #[arg(long, value_name = "TIME")]
    pub promise: Option<String>,
    /// Whether the price comes back when it is not allowed.
    #[arg(long, value_enum)]
    pub refund: Option<OnOff>,
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
