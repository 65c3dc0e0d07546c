//! What is audited, and the chain it stands in: see `sync/audit`.

pub use dayroom_audit::{
    ChainId, Entry, Event, Fault, Hash, Head, KEPT_HERE_MILLIS, Moment, Point, Process, Value,
    Verifier, Word, kinds,
};

use super::Now;

impl Now {
    /// It as entries of the audit say it.
    pub fn audit_moment(self) -> Moment {
        Moment {
            boot: uuid::Uuid::from_u128(self.boot.boot.0),
            boot_ms: self.boot.at.0,
            utc_ms: self.utc.0,
        }
    }
}
