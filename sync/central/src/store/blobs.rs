use dayroom_protocol::{BlobHash, KioskId, MessageId, ResidentId};
use rusqlite::{Connection, OptionalExtension};

use super::{StoreError, Tx};

/// Bytes in a row of `blob_part`.
const PART_BYTES: usize = 64 * 1024;

/// The length of a blob, if this kiosk may see a message that names it.
pub(crate) fn blob_bytes(
    sql: &Connection,
    kiosk: KioskId,
    hash: BlobHash,
) -> Result<Option<u64>, StoreError> {
    Ok(sql
        .prepare_cached(
            "SELECT blob.bytes FROM blob
             WHERE blob.sha256 = ?1 AND EXISTS (
               SELECT 1 FROM blob_use
               JOIN resident ON resident.id = blob_use.resident
               JOIN kiosk ON kiosk.unit = resident.unit
               WHERE blob_use.sha256 = blob.sha256
                 AND kiosk.id = ?2 AND kiosk.retired_at IS NULL)",
        )?
        .query_row((hash.0, kiosk.0.as_bytes()), |row| row.get(0))
        .optional()?)
}

/// Bytes of a blob from `start`, at least one and at most `limit` rows' worth, for a caller that
/// has asked [`blob_bytes`].
pub(crate) fn blob_part(
    sql: &Connection,
    hash: BlobHash,
    start: u64,
    limit: usize,
) -> Result<Vec<u8>, StoreError> {
    let part = PART_BYTES as u64;
    let mut statement = sql.prepare_cached(
        "SELECT start, content FROM blob_part
         WHERE sha256 = ?1 AND start >= ?2
         ORDER BY start
         LIMIT ?3",
    )?;
    let first = start - start % part;
    let parts = limit.div_ceil(PART_BYTES).saturating_add(1);
    let mut rows = statement.query((hash.0, first, parts))?;
    let mut bytes = Vec::new();
    while let Some(row) = rows.next()? {
        let begins: u64 = row.get(0)?;
        let content = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        let skip = usize::try_from(start.saturating_sub(begins)).unwrap_or(usize::MAX);
        let wanted = limit.saturating_sub(bytes.len());
        bytes.extend(content.get(skip..).unwrap_or_default().iter().take(wanted));
    }
    Ok(bytes)
}

impl Tx<'_> {
    /// Keeps a blob under its hash; one that is there already stays.
    pub(crate) fn keep_blob(&mut self, hash: BlobHash, content: &[u8]) -> Result<(), StoreError> {
        let new = self
            .sql
            .prepare_cached("INSERT OR IGNORE INTO blob (sha256, bytes) VALUES (?1, ?2)")?
            .execute((hash.0, content.len()))?;
        if new > 0 {
            let mut statement = self.sql.prepare_cached(
                "INSERT INTO blob_part (sha256, start, content) VALUES (?1, ?2, ?3)",
            )?;
            for (number, part) in content.chunks(PART_BYTES).enumerate() {
                statement.execute((hash.0, number * PART_BYTES, part))?;
            }
        }
        Ok(())
    }

    /// Says that a message names a blob, so that who sees the one may fetch the other.
    pub(crate) fn use_blob(
        &mut self,
        hash: BlobHash,
        message: MessageId,
        resident: ResidentId,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT OR IGNORE INTO blob_use (sha256, message, resident) VALUES (?1, ?2, ?3)",
            )?
            .execute((hash.0, message.0.as_bytes(), resident.0.as_bytes()))?;
        Ok(())
    }

    /// Takes back what [`Tx::use_blob`] said about a message.
    pub(crate) fn unuse_blobs(&mut self, message: MessageId) -> Result<(), StoreError> {
        self.sql
            .prepare_cached("DELETE FROM blob_use WHERE message = ?1")?
            .execute([message.0.as_bytes()])?;
        Ok(())
    }
}
