use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{BlobHash, Cents, ConnectionId, LocalText, UtcMillis};

/// A message of a connection.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MessageBody {
    /// Between whom.
    pub connection: ConnectionId,
    /// Order within the facility, given by central, never by a clock (R22).
    pub number: u64,
    /// Who wrote it.
    pub direction: Direction,
    /// When central took it in.
    pub at: UtcMillis,
    /// How it stands.
    pub state: MessageState,
    /// The words; absent while on hold or rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Pictures; empty while on hold or rejected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// When its reader opened it: the resident, at whatever kiosk, or the contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<UtcMillis>,
    /// When the resident sent it, by the clock of that kiosk; outgoing only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_at: Option<UtcMillis>,
    /// When the contact's side had it; outgoing only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<UtcMillis>,
    /// Video clips that central keeps and no kiosk shows.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub clips: u8,
    /// Whether the resident keeps it among the starred.
    #[serde(default, skip_serializing_if = "is_false")]
    pub starred: bool,
    /// What the resident said against a decision, and what came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appeal: Option<Appeal>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_zero(count: &u8) -> bool {
    *count == 0
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The contact outside.
    Incoming,
    /// The resident.
    Outgoing,
}

/// How a message stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum MessageState {
    /// It may be read.
    Delivered,
    /// Staff review it.
    OnHold {
        /// Since when.
        since: UtcMillis,
        /// Until when the facility promises to have decided.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        promised_by: Option<UtcMillis>,
    },
    /// It was not allowed.
    Rejected {
        /// When.
        at: UtcMillis,
        /// Why, in plain words; never empty.
        reason: String,
        /// By which rule of the facility.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<Rule>,
        /// Who decided.
        #[serde(default)]
        by: Role,
        /// What the resident got back for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refund: Option<Cents>,
    },
}

/// A rule of the facility for messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// What staff call it, such as `M-12`.
    pub code: String,
    /// What it says, in plain words.
    pub text: LocalText,
}

/// In which office somebody decided; never a person's name.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
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

/// An appeal against a decision on a message; never judged by who decided first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Appeal {
    /// Another reviewer looks at it.
    Open {
        /// Since when.
        since: UtcMillis,
        /// Until when the facility promises to have decided.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        promised_by: Option<UtcMillis>,
    },
    /// The decision stands.
    Upheld {
        /// When.
        at: UtcMillis,
        /// Who decided.
        by: Role,
        /// Why, in plain words; never empty.
        reason: String,
    },
    /// The message was allowed after all.
    Granted {
        /// When.
        at: UtcMillis,
    },
}

/// A picture of a message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attachment {
    /// Its name in the blob store.
    pub blob: BlobHash,
    /// What it is.
    pub media: MediaType,
    /// Its length in bytes, at most [`crate::limits::BLOB_BYTES`].
    pub bytes: u32,
    /// Pixels across.
    pub width: u16,
    /// Pixels down.
    pub height: u16,
    /// The name it came with.
    pub name: String,
    /// What the picture is of.
    #[serde(default)]
    pub kind: AttachmentKind,
}

/// What a picture is of.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaType {
    /// image/jpeg
    Jpeg,
    /// image/png
    Png,
    /// image/webp
    Webp,
}
