//! How a facility's draft key comes from the kiosk it was born on to the others.
//!
//! Central carries it wrapped (HPKE, RFC 9180, to the asking kiosk's X25519 key) and can open
//! neither it nor the drafts. What central says of a kiosk's public key is not trusted: before a
//! key is wrapped, a technician compares a short code of it on both screens.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::bytes_in_hex;
use crate::{KioskId, UtcMillis};

bytes_in_hex! {
    /// A kiosk's X25519 public key; 64 lower-case hexadecimal digits on the wire.
    DraftPublicKey;
    /// Tells draft keys apart: a SHA-256 of something public made with the key, never of the key
    /// itself; 64 lower-case hexadecimal digits on the wire.
    DraftKeyId;
}

/// A kiosk has no draft key and wants it wrapped for this public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DraftKeyAsk {
    /// Its public key. Another one than before says that the kiosk has lost what it had.
    pub public_key: DraftPublicKey,
}

/// How the draft key of a kiosk's facility stands; the answer to everything about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DraftKeyState {
    /// Which key of the facility it is, from 1; drafts of an older one cannot be opened any more.
    pub generation: u32,
    /// What tells it apart; absent while nobody has made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<DraftKeyId>,
    /// What of it the kiosk that asks has.
    pub you: DraftKeyStanding,
    /// Who waits for it, the longest first; told to its holders only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<DraftKeyWaiting>,
}

/// What a kiosk has of its facility's draft key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum DraftKeyStanding {
    /// Nothing, and it has not asked.
    NoKey,
    /// It alone of the facility may make it, because nobody has it.
    MayMakeIt,
    /// It has asked.
    Waiting,
    /// A kiosk that has it has wrapped it.
    Wrapped {
        /// Which kiosk.
        by: KioskId,
        /// That kiosk's label.
        label: String,
        /// For which public key.
        public_key: DraftPublicKey,
        /// The key, wrapped: base64.
        wrapped: String,
    },
    /// It has it.
    Holder,
    /// A newer central's.
    #[serde(other)]
    Unknown,
}

impl fmt::Debug for DraftKeyStanding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoKey => "NoKey",
            Self::MayMakeIt => "MayMakeIt",
            Self::Waiting => "Waiting",
            Self::Wrapped { .. } => "Wrapped(..)",
            Self::Holder => "Holder",
            Self::Unknown => "Unknown",
        })
    }
}

/// A kiosk that waits for the draft key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DraftKeyWaiting {
    /// Which.
    pub kiosk: KioskId,
    /// Its label.
    pub label: String,
    /// Its public key, to be compared before anything is wrapped for it.
    pub public_key: DraftPublicKey,
    /// When it asked, by central's clock.
    pub since: UtcMillis,
}

/// A kiosk has made the key, or has unwrapped it, durably.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DraftKeyHave {
    /// Which key of the facility.
    pub generation: u32,
    /// What tells it apart.
    pub key_id: DraftKeyId,
}

/// A kiosk has wrapped the key for another.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DraftKeyWrap {
    /// Which key of the facility.
    pub generation: u32,
    /// For which kiosk.
    pub kiosk: KioskId,
    /// For which public key of it.
    pub public_key: DraftPublicKey,
    /// The key, wrapped: base64, at most [`crate::limits::WRAPPED_BYTES`].
    pub wrapped: String,
}
