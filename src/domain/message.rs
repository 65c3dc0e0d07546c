use serde::{Deserialize, Serialize};

use super::{
    BlobHash, Cents, Connection, ConnectionId, LocalText, MessageId, ResidentId, UtcMillis,
};

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
    /// When its reader opened it: the resident, at whatever kiosk, or the contact.
    pub read_at: Option<UtcMillis>,
    /// The way it has come.
    pub passage: Passage,
}

/// The way a message has come, beside its state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Passage {
    /// When the resident sent it, by the clock of that kiosk; outgoing only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written_at: Option<UtcMillis>,
    /// When the contact's side had it; outgoing only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<UtcMillis>,
    /// Video clips that central keeps and no kiosk shows.
    pub clips: u8,
    /// What the resident said against a decision, and what came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appeal: Option<Appeal>,
    /// Whether the resident keeps it among the starred.
    pub starred: bool,
}

/// An appeal against a decision on a message; never judged by who decided first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Appeal {
    /// Another reviewer looks at it.
    Open {
        /// Since when.
        since: UtcMillis,
        /// Until when the facility promises to have decided.
        promised_by: Option<UtcMillis>,
    },
    /// The decision stands.
    Upheld {
        /// When.
        at: UtcMillis,
        /// Who decided.
        by: Role,
        /// Why, in plain words, cleaned for display.
        reason: String,
    },
    /// The message was allowed after all.
    Granted {
        /// When.
        at: UtcMillis,
    },
}

/// In which office somebody decided; never a person's name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The mail room.
    #[default]
    MailRoom,
    /// A shift supervisor.
    Supervisor,
    /// The investigations office.
    Investigations,
    /// The facility's administration.
    Administration,
}

/// A rule of the facility for messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// What staff call it, cleaned for display.
    pub code: String,
    /// What it says, cleaned for display.
    pub text: LocalText,
}

/// What is known of a decision beside its reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Decision {
    /// By which rule of the facility.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// Who decided.
    pub by: Role,
    /// What the resident got back for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund: Option<Cents>,
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
        /// Until when the facility promises to have decided.
        promised_by: Option<UtcMillis>,
    },
    /// It was not allowed.
    Rejected {
        /// When.
        at: UtcMillis,
        /// Why, in plain words.
        reason: String,
        /// By which rule, by whom, and what came back.
        decision: Box<Decision>,
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
    /// What the picture is of.
    pub kind: AttachmentKind,
}

/// What a picture is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum AttachmentKind {
    /// A photo.
    #[default]
    Photo,
    /// A greeting card.
    Card,
    /// A page of scanned postal mail.
    MailPage,
    /// A page of a document.
    DocumentPage,
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
