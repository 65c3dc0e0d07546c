use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{BlobHash, Cursor, Epoch, Kind, RecordId};

/// What a kiosk holds, said once a day (R27).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DigestReport {
    /// The epoch the kiosk is in.
    pub epoch: Epoch,
    /// The cursor it holds.
    pub cursor: Cursor,
    /// One for each kind it keeps; settlements and forgets are not kept.
    pub collections: Vec<CollectionDigest>,
    /// Records in quarantine (R14).
    pub quarantined: u32,
}

/// The digest of what is held of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CollectionDigest {
    /// Which kind.
    pub kind: Kind,
    /// How many.
    pub count: u64,
    /// See [`collection_digest`].
    pub sha256: BlobHash,
}

/// Central's answer to a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum DigestReply {
    /// Both hold the same.
    Agrees,
    /// The kiosk is not at the end of its feed: pull first, then ask again.
    Behind,
    /// They differ: refill.
    Differs {
        /// In which kinds.
        kinds: Vec<Kind>,
    },
}

/// The bytes whose SHA-256 is a collection's digest: each record's id (16 bytes) and version
/// (8 bytes, big endian), in order of id.
pub fn collection_digest(held: &mut [(RecordId, u64)]) -> Vec<u8> {
    held.sort_unstable();
    held.iter()
        .flat_map(|(id, version)| id.0.into_bytes().into_iter().chain(version.to_be_bytes()))
        .collect()
}
