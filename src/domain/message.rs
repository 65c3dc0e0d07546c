use super::{BlobHash, Connection, ConnectionId, MessageId, ResidentId, UtcMillis};

/// A message of a connection.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Whose it is.
    pub resident: ResidentId,
    /// Between whom.
    pub connection: ConnectionId,
    /// Order within the facility, given by central.
    pub number: u64,
    /// Who wrote it.
    pub direction: Direction,
    /// When central took it in.
    pub at: UtcMillis,
    /// How it stands.
    pub state: MessageState,
    /// The words, cleaned for display; absent while on hold or rejected.
    pub text: Option<String>,
    /// Pictures.
    pub attachments: Vec<Attachment>,
    /// When the resident opened it, at whatever kiosk.
    pub read_at: Option<UtcMillis>,
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The contact outside.
    Incoming,
    /// The resident.
    Outgoing,
}

/// How a message stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageState {
    /// It may be read.
    Delivered,
    /// Staff review it.
    OnHold {
        /// Since when.
        since: UtcMillis,
    },
    /// It was not allowed.
    Rejected {
        /// When.
        at: UtcMillis,
        /// By which rule, in plain words.
        reason: String,
    },
}

/// A picture of a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name in the blob store.
    pub blob: BlobHash,
    /// What it is.
    pub media: MediaType,
    /// Its length in bytes.
    pub bytes: u32,
    /// Pixels across.
    pub width: u16,
    /// Pixels down.
    pub height: u16,
    /// The name it came with, cleaned for display.
    pub name: String,
}

/// The picture formats a kiosk shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MediaType {
    /// image/jpeg
    Jpeg,
    /// image/png
    Png,
    /// image/webp
    Webp,
}

/// A connection with what its messages amount to, for the list of conversations.
#[derive(Clone, PartialEq, Eq)]
pub struct Conversation {
    /// With whom.
    pub connection: Connection,
    /// When the newest message came or went.
    pub newest_at: Option<UtcMillis>,
    /// Delivered messages the resident has not opened.
    pub unread: u32,
    /// Messages on hold.
    pub held: u32,
    /// Since when the oldest of those is on hold.
    pub held_since: Option<UtcMillis>,
}
