use std::collections::BTreeSet;

use ring::digest::{Context, SHA256};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::{BLOB_BYTES, FILE, PAGES, PIECE_BYTES, SCHEMA, piece_keys};
use crate::domain::BlobHash;
use crate::store::error::InFile;
use crate::store::open::Writer;
use crate::store::rows::unsigned;
use crate::store::{StoreError, StoreKey, StorePlace};

/// How much of a blob is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlobState {
    /// Nothing, not even its length.
    Absent,
    /// So many bytes from its start, not verified.
    Partial(u64),
    /// All of it, verified.
    Complete,
}

/// The one writer of `blobs.db`, in the sync process.
pub struct BlobWriter {
    file: Writer,
}

struct Held {
    id: i64,
    bytes: u64,
    stored: u64,
    complete: bool,
}

impl BlobWriter {
    /// Opens the blobs, makes the file if need be, and brings it to the newest schema.
    ///
    /// # Errors
    /// A wrong key, damage ([`StoreError::is_damage`]), a newer schema, a second writer, or a
    /// setting that does not hold.
    pub fn open(place: &StorePlace, key: &StoreKey) -> Result<Self, StoreError> {
        let file = Writer::open(place, key, &SCHEMA, PAGES)?;
        Ok(Self { file })
    }

    /// Says that a blob of so many bytes is going to come. What has come of it stays, unless its
    /// length was another then.
    ///
    /// # Errors
    /// [`StoreError::BlobTooLong`] over [`BLOB_BYTES`]; what the disk says.
    pub fn begin(&mut self, hash: BlobHash, bytes: u64) -> Result<(), StoreError> {
        if bytes > BLOB_BYTES {
            return Err(StoreError::BlobTooLong);
        }
        let change = self.change()?;
        match held(&change, hash)? {
            Some(held) if held.bytes == bytes || held.complete => return Ok(()),
            Some(_) => delete(&change, hash)?,
            None => {}
        }
        change
            .execute(
                "INSERT INTO blobs (hash, bytes, stored, complete) VALUES (?1, ?2, 0, 0)",
                params![hash, signed(bytes)],
            )
            .of(FILE)?;
        change.commit().of(FILE)
    }

    /// Adds bytes to a blob that has begun, durably.
    ///
    /// # Errors
    /// [`StoreError::BlobOutOfPlace`] unless they start where it stopped;
    /// [`StoreError::BlobTooLong`] past its length; what the disk says. Nothing is changed then.
    pub fn append(&mut self, hash: BlobHash, offset: u64, bytes: &[u8]) -> Result<(), StoreError> {
        let change = self.change()?;
        let held = held(&change, hash)?;
        let expected = held.as_ref().map_or(0, |held| held.stored);
        let Some(held) = held.filter(|held| held.stored == offset && !held.complete) else {
            return Err(StoreError::BlobOutOfPlace { expected });
        };
        let end = offset + length(bytes);
        if end > held.bytes {
            return Err(StoreError::BlobTooLong);
        }
        put_pieces(&change, &held, bytes)?;
        change
            .execute(
                "UPDATE blobs SET stored = ?2 WHERE id = ?1",
                params![held.id, signed(end)],
            )
            .of(FILE)?;
        change.commit().of(FILE)
    }

    /// How much of a blob is here.
    ///
    /// # Errors
    /// What the disk says.
    pub fn have(&self, hash: BlobHash) -> Result<BlobState, StoreError> {
        Ok(match held(&self.file.sql, hash)? {
            None => BlobState::Absent,
            Some(held) if held.complete => BlobState::Complete,
            Some(held) => BlobState::Partial(held.stored),
        })
    }

    /// Verifies a blob of which all has come; from here on it can be read.
    ///
    /// # Errors
    /// [`StoreError::BlobOutOfPlace`] if some is missing; [`StoreError::BlobSpoiled`] if the bytes
    /// are others, which drops them; what the disk says.
    pub fn finish(&mut self, hash: BlobHash) -> Result<(), StoreError> {
        let change = self.change()?;
        let held = held(&change, hash)?.ok_or(StoreError::BlobOutOfPlace { expected: 0 })?;
        if held.stored != held.bytes {
            return Err(StoreError::BlobOutOfPlace {
                expected: held.stored,
            });
        }
        let right = held.complete || digest(&change, held.id)? == hash;
        if right {
            change
                .execute("UPDATE blobs SET complete = 1 WHERE id = ?1", [held.id])
                .of(FILE)?;
        } else {
            delete(&change, hash)?;
        }
        change.commit().of(FILE)?;
        right.then_some(()).ok_or(StoreError::BlobSpoiled)
    }

    /// Deletes blobs and empties the WAL, so that nothing of them is left.
    ///
    /// # Errors
    /// What the disk says. [`StoreError::Busy`]: they are deleted, but a reader keeps the WAL from
    /// being emptied; call again.
    pub fn delete(&mut self, hashes: &[BlobHash]) -> Result<(), StoreError> {
        let change = self.change()?;
        for hash in hashes {
            delete(&change, *hash)?;
        }
        change.commit().of(FILE)?;
        self.file.truncate_wal()
    }

    /// Deletes every blob but these, begun ones too, and gives how many went.
    ///
    /// # Errors
    /// As [`BlobWriter::delete`].
    pub fn keep_only(&mut self, keep: &BTreeSet<BlobHash>) -> Result<usize, StoreError> {
        let held: Vec<BlobHash> = self
            .file
            .sql
            .prepare_cached("SELECT hash FROM blobs")
            .of(FILE)?
            .query_map([], |row| row.get(0))
            .of(FILE)?
            .collect::<rusqlite::Result<_>>()
            .of(FILE)?;
        let gone: Vec<_> = held
            .into_iter()
            .filter(|hash| !keep.contains(hash))
            .collect();
        if !gone.is_empty() {
            self.delete(&gone)?;
        }
        Ok(gone.len())
    }

    /// Reads and checks every page of the file; slow.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), StoreError> {
        self.file.check()
    }

    fn change(&mut self) -> Result<Transaction<'_>, StoreError> {
        self.file
            .sql
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .of(FILE)
    }
}

fn held(sql: &Connection, hash: BlobHash) -> Result<Option<Held>, StoreError> {
    sql.prepare_cached("SELECT id, bytes, stored, complete FROM blobs WHERE hash = ?1")
        .of(FILE)?
        .query_row([hash], |row| {
            Ok(Held {
                id: row.get(0)?,
                bytes: unsigned(row.get(1)?),
                stored: unsigned(row.get(2)?),
                complete: row.get(3)?,
            })
        })
        .optional()
        .of(FILE)
}

/// Fills up the last piece, then adds new ones.
fn put_pieces(sql: &Connection, held: &Held, mut bytes: &[u8]) -> Result<(), StoreError> {
    let (first, _) = piece_keys(held.id);
    let mut key = first + signed(held.stored / PIECE_BYTES);
    let started = held.stored % PIECE_BYTES;
    if started > 0 {
        let (fill, rest) = split(bytes, PIECE_BYTES - started);
        sql.prepare_cached("UPDATE pieces SET bytes = CAST(bytes || ?2 AS BLOB) WHERE key = ?1")
            .of(FILE)?
            .execute(params![key, fill])
            .of(FILE)?;
        bytes = rest;
        key += 1;
    }
    while !bytes.is_empty() {
        let (piece, rest) = split(bytes, PIECE_BYTES);
        sql.prepare_cached("INSERT INTO pieces (key, bytes) VALUES (?1, ?2)")
            .of(FILE)?
            .execute(params![key, piece])
            .of(FILE)?;
        bytes = rest;
        key += 1;
    }
    Ok(())
}

fn split(bytes: &[u8], at: u64) -> (&[u8], &[u8]) {
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    bytes.split_at_checked(at).unwrap_or((bytes, &[]))
}

fn digest(sql: &Connection, id: i64) -> Result<BlobHash, StoreError> {
    let (first, last) = piece_keys(id);
    let mut context = Context::new(&SHA256);
    let mut pieces = sql
        .prepare_cached("SELECT bytes FROM pieces WHERE key BETWEEN ?1 AND ?2 ORDER BY key")
        .of(FILE)?;
    let mut pieces = pieces.query([first, last]).of(FILE)?;
    while let Some(piece) = pieces.next().of(FILE)? {
        let piece = piece.get_ref(0).of(FILE)?.as_blob();
        context.update(piece.map_err(|_| StoreError::BadRow(FILE))?);
    }
    let digest = context.finish();
    <[u8; 32]>::try_from(digest.as_ref())
        .map(BlobHash)
        .map_err(|_| StoreError::BlobSpoiled)
}

fn delete(sql: &Connection, hash: BlobHash) -> Result<(), StoreError> {
    let Some(held) = held(sql, hash)? else {
        return Ok(());
    };
    let (first, last) = piece_keys(held.id);
    sql.prepare_cached("DELETE FROM pieces WHERE key BETWEEN ?1 AND ?2")
        .of(FILE)?
        .execute([first, last])
        .of(FILE)?;
    sql.prepare_cached("DELETE FROM blobs WHERE id = ?1")
        .of(FILE)?
        .execute([held.id])
        .of(FILE)?;
    Ok(())
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
