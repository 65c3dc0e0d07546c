use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Cursor, Epoch, RawRecord, ResidentId, UtcMillis};

/// One page of a kiosk's feed.
///
/// The kiosk applies it only if `after` is its own cursor (R10), and commits records and `cursor`
/// in one transaction (R1). An empty page carries a cursor too (R3).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ChangesPage {
    /// The life of the feed this page belongs to (R4).
    pub epoch: Epoch,
    /// The cursor this page follows; empty at the very start.
    pub after: Cursor,
    /// The cursor after this page.
    pub cursor: Cursor,
    /// In commit order (R7), at most [`crate::limits::PAGE_RECORDS`].
    pub records: Vec<RawRecord>,
    /// Whether there is more to pull at once.
    pub more: bool,
    /// Central's clock when the page was made.
    pub now: UtcMillis,
}

/// A hint that there is something to pull; truth is what the pull brings (R23).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Poke {}

/// Says that residents were forgotten durably (R6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Acknowledgement {
    /// Who was forgotten, at which version of the forget record.
    pub forgotten: Vec<Forgotten>,
}

/// A forget record that has been carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Forgotten {
    /// Whose rows, index entries and blobs are gone.
    pub resident: ResidentId,
    /// Version of the forget record.
    pub version: u64,
}
