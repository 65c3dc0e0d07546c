use rusqlite::{Connection, OptionalExtension};

use super::{BLOB_BYTES, FILE, PAGES, SCHEMA, piece_keys};
use crate::domain::BlobHash;
use crate::store::error::InFile;
use crate::store::open::open_reader;
use crate::store::rows::unsigned;
use crate::store::{StoreError, StoreKey, StorePlace};

/// One who reads `blobs.db`: the screen.
pub struct BlobReader {
    sql: Connection,
}

impl BlobReader {
    /// Opens the blobs for reading.
    ///
    /// # Errors
    /// [`StoreError::NotYet`] until the writer has made the file; a wrong key, damage, a newer
    /// schema.
    pub fn open(place: &StorePlace, key: &StoreKey) -> Result<Self, StoreError> {
        let sql = open_reader(place, key, &SCHEMA, PAGES)?;
        Ok(Self { sql })
    }

    /// The bytes of a blob; `None` while they are not complete.
    ///
    /// # Errors
    /// What the disk says.
    pub fn read(&self, hash: BlobHash) -> Result<Option<Vec<u8>>, StoreError> {
        let look = self.sql.unchecked_transaction().of(FILE)?;
        let found: Option<(i64, i64)> = look
            .prepare_cached("SELECT id, bytes FROM blobs WHERE hash = ?1 AND complete = 1")
            .of(FILE)?
            .query_row([hash], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
            .of(FILE)?;
        let Some((id, length)) = found else {
            return Ok(None);
        };
        let length = unsigned(length).min(BLOB_BYTES);
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
        let (first, last) = piece_keys(id);
        let mut pieces = look
            .prepare_cached("SELECT bytes FROM pieces WHERE key BETWEEN ?1 AND ?2 ORDER BY key")
            .of(FILE)?;
        let mut pieces = pieces.query([first, last]).of(FILE)?;
        while let Some(piece) = pieces.next().of(FILE)? {
            let piece = piece.get_ref(0).of(FILE)?.as_blob();
            bytes.extend_from_slice(piece.map_err(|_| StoreError::BadRow(FILE))?);
        }
        if unsigned(i64::try_from(bytes.len()).unwrap_or(0)) != length {
            return Err(StoreError::BadRow(FILE));
        }
        Ok(Some(bytes))
    }
}
