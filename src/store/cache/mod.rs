//! `cache.db`: what central said.
//!
//! **Threads.** A message's key is its thread and its number, so a thread lies together on disk, in
//! order, and its newest page is read without an index. Counts are kept per thread in the
//! transaction that changes them. To show the n-th row of a long list without walking over the
//! n - 1 before it, a thread is cut into blocks of at most 256 messages whose sizes are known: a
//! page at any offset costs the blocks between it and the nearer end, plus at most 256 rows.

mod apply;
mod facility;
mod forget;
mod message_apply;
mod message_read;
mod page;
mod people_read;
mod reader;
mod threads;
mod writer;

pub use page::{Applied, CacheChange, CachePage, ChangeBody, NamedBlob, Position};
pub use reader::CacheReader;
pub use writer::CacheWriter;

use super::StoreFile;
use super::migrate::Schema;

const FILE: StoreFile = StoreFile::Cache;

const SCHEMA: Schema = Schema {
    file: FILE,
    steps: &[include_str!("0001.sql")],
};
