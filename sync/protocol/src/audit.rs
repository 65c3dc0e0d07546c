//! How a kiosk's audit comes to central: entries as they were written, and a signature over how far
//! they go.

use dayroom_audit::{ChainId, Entry, Hash, Point, Process};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::UtcMillis;

/// Entries of one chain of a kiosk. Without any it asks how far central has that chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditBatch {
    /// Which of the kiosk's chains.
    pub chain: ChainId,
    /// In order and without holes, at most [`crate::limits::AUDIT_ENTRIES`]. What central has already
    /// may come again and is compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Entry>,
    /// Over the last of the entries; absent only without entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<AuditHead>,
    /// Processes of the kiosk that cannot write their audit now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unwritable: Vec<AuditUnwritable>,
}

/// How far a chain goes, signed with the key of the kiosk's certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditHead {
    /// The number of the entry.
    pub number: u64,
    /// Its hash.
    pub hash: Hash,
    /// When it was signed, by the kiosk's clock.
    pub at: UtcMillis,
    /// ECDSA over P-256 with SHA-256 over [`dayroom_audit::Head::message`], DER, base64.
    pub signature: String,
}

impl AuditHead {
    /// What it is over.
    pub fn point(&self) -> Point {
        Point {
            number: self.number,
            hash: self.hash,
        }
    }
}

/// A process that cannot write its audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditUnwritable {
    /// Which.
    pub process: Process,
    /// Since when, by the kiosk's clock.
    pub since: UtcMillis,
}

/// How far central has the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditReply {
    /// The last entry it has; number 0 if none.
    pub at: Point,
}
