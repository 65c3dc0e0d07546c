use dayroom_protocol::{BlobHash, KioskId};

use super::{Refused, in_service};
use crate::central::Central;
use crate::store::{blob_bytes, blob_part};

/// A part of a blob.
#[derive(Clone, PartialEq, Eq)]
pub struct BlobPart {
    /// Length of the whole blob.
    pub total: u64,
    /// The bytes from the offset asked for; empty only at the end.
    pub bytes: Vec<u8>,
}

impl Central {
    /// At most `limit` bytes of a blob from `offset`, if this kiosk may see a message naming it
    /// now. Reads no more of the blob than that.
    ///
    /// # Errors
    /// [`Refused::NotFound`] if it may not, or there is no such blob; [`Refused::Range`] for an
    /// offset behind the end.
    pub fn blob(
        &self,
        kiosk: KioskId,
        hash: BlobHash,
        offset: u64,
        limit: usize,
    ) -> Result<BlobPart, Refused> {
        self.inner.store.read(|sql| {
            in_service(sql, kiosk)?;
            let total = blob_bytes(sql, kiosk, hash)?.ok_or(Refused::NotFound)?;
            if offset > total {
                return Err(Refused::Range);
            }
            Ok(BlobPart {
                total,
                bytes: blob_part(sql, hash, offset, limit)?,
            })
        })
    }
}
