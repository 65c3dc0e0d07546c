use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{BlobHash, ConnectionId, UtcMillis};

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
    /// When the resident opened it, at whatever kiosk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<UtcMillis>,
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
    },
    /// It was not allowed.
    Rejected {
        /// When.
        at: UtcMillis,
        /// By which rule, in plain words; never empty.
        reason: String,
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
