//! `cache.db`: what central said.
//!
//! **Threads.** Messages lie in the order they came; an index has them by thread and number. Counts
//! are kept per thread in the transaction that changes them. To show the n-th row of a long list
//! without walking over the n - 1 before it, a thread is cut into blocks of at most 512 messages
//! whose sizes are known: a page at any offset costs the blocks between it and the nearer end, plus
//! at most 512 steps in the index. (Dense positions would be O(1), but records come in the order of
//! their newest version, so a message can come between two others and would move all after it.)

mod apply;
mod facility;
mod forget;
mod message_apply;
mod message_read;
mod more;
mod orders;
mod own;
mod page;
mod people_read;
mod reader;
mod scrub;
mod search;
mod search_read;
mod threads;
mod writer;

pub use orders::Operators;
pub use page::{Applied, CacheChange, CachePage, ChangeBody, NamedBlob, Position};
pub use reader::CacheReader;
pub use search_read::{Found, Hit};
pub use writer::CacheWriter;

use super::StoreFile;
use super::migrate::Schema;

const FILE: StoreFile = StoreFile::Cache;

pub(super) const SCHEMA: Schema = Schema {
    file: FILE,
    steps: &[
        include_str!("0001.sql"),
        include_str!("0002.sql"),
        include_str!("0003.sql"),
        include_str!("0004.sql"),
    ],
};
