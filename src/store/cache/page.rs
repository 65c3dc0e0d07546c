use crate::domain::orders::{OrderNews, SignedText};
use crate::domain::{
    Account, BlobHash, Connection, IntentId, IntentNumber, LastSignIn, Message, Notice, Outcome,
    Policy, RecordId, Resident, ResidentId, SealedDraft, UtcMillis,
};

/// Where the cache stands in central's feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The life of the feed; `None` before the first page.
    pub epoch: Option<String>,
    /// What to pull after; empty at the start.
    pub cursor: String,
}

/// A page of the feed, read.
pub struct CachePage {
    /// The life of the feed it belongs to.
    pub epoch: String,
    /// The cursor it follows.
    pub after: String,
    /// The cursor after it.
    pub cursor: String,
    /// Central's clock when it was made.
    pub now: UtcMillis,
    /// What it says, in order.
    pub changes: Vec<CacheChange>,
}

/// One record of a page.
pub struct CacheChange {
    /// Its id within its kind.
    pub id: RecordId,
    /// Which version of it.
    pub version: u64,
    /// Whose it is.
    pub resident: Option<ResidentId>,
    /// What it says.
    pub body: ChangeBody,
}

/// What a record says. Without `Debug`: it is people's words.
pub enum ChangeBody {
    /// What this kiosk goes by.
    Policy(Policy),
    /// A line of the roster.
    Resident(Resident),
    /// A connection request, or the connection it became.
    Connection(Connection),
    /// A message.
    Message(Message),
    /// A public notice.
    Notice(Notice),
    /// The resident left: everything of theirs goes.
    Forget,
    /// An intent of this kiosk ended.
    Settlement {
        /// Which.
        intent: IntentId,
        /// Its number.
        number: IntentNumber,
        /// How.
        outcome: Outcome,
    },
    /// The resident's latest sign-in anywhere.
    SignIn(LastSignIn),
    /// What central keeps for the resident beside their messages.
    Account(Box<Account>),
    /// An unsent message.
    Draft(SealedDraft),
    /// The operators' next key set.
    OperatorKeys(SignedText),
    /// An order to this kiosk.
    Order(SignedText),
    /// A record that could not be read.
    Quarantine {
        /// Its kind's name on the wire.
        kind: String,
        /// Its body as it came.
        raw: String,
    },
}

/// What a page did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Records that were new or newer than what was held.
    pub changed: usize,
    /// Residents whose rows are gone, with the version of the record that said so.
    pub forgets: Vec<(ResidentId, u64)>,
    /// Blobs that messages of this page name.
    pub blobs_named: Vec<BlobHash>,
    /// What is to be said about orders.
    pub orders: Vec<OrderNews>,
}

/// A blob that a message names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedBlob {
    /// Its name.
    pub hash: BlobHash,
    /// Its length, by the record.
    pub bytes: u64,
}
