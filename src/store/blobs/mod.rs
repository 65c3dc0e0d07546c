//! `blobs.db`: pictures, by the SHA-256 of their bytes, in pieces of 64 KiB.

mod reader;
mod writer;

pub use reader::BlobReader;
pub use writer::{BlobState, BlobWriter};

use super::StoreFile;
use super::migrate::Schema;
use super::open::PageCache;

/// The most bytes of a blob.
pub const BLOB_BYTES: u64 = 32 * 1024 * 1024;

const FILE: StoreFile = StoreFile::Blobs;
const PIECE_BYTES: u64 = 64 * 1024;
/// Pictures are read once, whole: nothing to gain from more.
const PAGES: PageCache = PageCache(512);

pub(super) const SCHEMA: Schema = Schema {
    file: FILE,
    steps: &[include_str!("0001.sql")],
};

/// The keys a blob's pieces can have.
fn piece_keys(blob: i64) -> (i64, i64) {
    let first = blob << 16;
    (first, first | 0xffff)
}
