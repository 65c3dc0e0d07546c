//! What the kiosk remembers: three encrypted SQLite files with one writer each, and the only SQL
//! on the kiosk.
//!
//! | file | writer | holds |
//! |---|---|---|
//! | `cache.db` | [`CacheWriter`], the sync process | what central said |
//! | `blobs.db` | [`BlobWriter`], the sync process | pictures, by SHA-256 |
//! | `journal.db` | [`Journal`], the screen process | what people did here |
//!
//! A type is one connection, for one thread; there is no pool. Who reads ([`CacheReader`],
//! [`BlobReader`], [`JournalReader`]) opens the file read-only and `query_only`, never checkpoints,
//! and works beside a writer in another process. A file that its writer has not made yet is
//! [`StoreError::NotYet`]: try again later.
//!
//! Beside them: small files written whole ([`files`]), who the kiosk is ([`IdentityFiles`]), and the
//! folders through which the processes speak with `dayroom machine` ([`MachineFolder`]).
//!
//! A lost or damaged cache or blob file is refetched (see [`set_aside`]); the journal is never
//! reset, by nothing: no call here drops or replaces it.

mod audit_log;
mod audit_taken;
mod blobs;
mod cache;
mod error;
mod examine;
pub mod files;
mod identity_files;
mod journal;
mod lookaside;
mod machine_files;
mod migrate;
mod open;
mod place;
mod recover;
mod rows;
mod sqlcipher_start;

pub use audit_log::{AuditLog, AuditLogError, read_audit_log};
pub use audit_taken::AuditTaken;
pub use blobs::{BLOB_BYTES, BlobReader, BlobState, BlobWriter};
pub use cache::{
    Applied, CacheChange, CachePage, CacheReader, CacheWriter, ChangeBody, Found, Hit, NamedBlob,
    Operators, Position,
};
pub use error::StoreError;
pub use examine::{Depth, Examined, examine, fault, schemas, versions};
pub use identity_files::IdentityFiles;
pub use journal::{
    AuditPart, Birth, Draft, Journal, JournalReader, KeptDraftKey, LockReleased, NewIntent,
    SETTLED_KEPT, SavedDraft, SharedDraft,
};
pub use machine_files::MachineFolder;
pub use place::{StoreFile, StoreKey, StorePlace, Synchronous};
pub use recover::{Refetchable, open_blobs, open_cache, set_aside};
