use std::io;

use rusqlite::ErrorCode;

use super::StoreFile;

/// What can go wrong with the store. No variant carries a word, name or number of a person.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The writer has not made the file yet, or not brought it to this version: try again later.
    #[error("{0} is not there yet")]
    NotYet(StoreFile),
    /// The file was put in another's place while it was open: open it again.
    #[error("{0} was replaced")]
    Replaced(StoreFile),
    /// Readers or the disk were busy for longer than the time allowed: try again.
    #[error("{0} is busy")]
    Busy(StoreFile),
    /// Somebody else writes this file.
    #[error("{0} already has a writer")]
    WriterExists(StoreFile),

    /// The key is not this file's, or the file's first page is damaged.
    #[error("{0} cannot be read with this key")]
    Unreadable(StoreFile),
    /// A page of the file is not what was written.
    #[error("{0} is damaged")]
    Damaged(StoreFile, #[source] rusqlite::Error),
    /// The disk is full.
    #[error("no space for {0}")]
    Full(StoreFile),
    /// A newer release made the file; this one must not touch it.
    #[error("{file} has schema {found}, newer than {known}")]
    Newer {
        /// Which file.
        file: StoreFile,
        /// The schema version in it.
        found: usize,
        /// The newest one known here.
        known: usize,
    },

    /// A page of the feed does not follow what is held (R10); nothing was changed.
    #[error("page does not follow the cursor")]
    PageOutOfPlace,
    /// A piece of a blob does not follow what is held; nothing was changed.
    #[error("piece of a blob starts elsewhere than at {expected}")]
    BlobOutOfPlace {
        /// Where the next piece starts.
        expected: u64,
    },
    /// A blob is, or would get, longer than it may be.
    #[error("blob is too long")]
    BlobTooLong,
    /// The bytes of a blob are not those its name says; they were dropped.
    #[error("blob is not what its name says")]
    BlobSpoiled,
    /// An intent of that id is in the journal already.
    #[error("intent is in the journal already")]
    IntentExists,

    /// SQLite is too old to be written and read by two processes at once.
    #[error("sqlite {0} is older than 3.51.3")]
    OldSqlite(String),
    /// A setting that the store relies on did not hold.
    #[error("{file} has {setting} = {found}")]
    Setting {
        /// Which file.
        file: StoreFile,
        /// Which setting.
        setting: &'static str,
        /// What it was.
        found: String,
    },
    /// A row holds what no version of this program writes.
    #[error("{0} holds a row that cannot be read")]
    BadRow(StoreFile),
    /// The folder of the store.
    #[error("store folder")]
    Folder(#[source] io::Error),
    /// The machine's source of randomness.
    #[error("no randomness")]
    Randomness,
    /// Anything else SQLite says.
    #[error("{0} could not be used")]
    Sqlite(StoreFile, #[source] rusqlite::Error),
}

impl StoreError {
    /// Whether the file itself is what is wrong, so that a cache or blob file is to be set aside.
    pub fn is_damage(&self) -> bool {
        matches!(
            self,
            Self::Unreadable(_) | Self::Damaged(..) | Self::BadRow(_)
        )
    }
}

/// Says in which file an SQLite error happened, and what it means there.
pub(super) trait InFile<T> {
    fn of(self, file: StoreFile) -> Result<T, StoreError>;
}

impl<T> InFile<T> for rusqlite::Result<T> {
    fn of(self, file: StoreFile) -> Result<T, StoreError> {
        self.map_err(|error| name(error, file))
    }
}

fn name(error: rusqlite::Error, file: StoreFile) -> StoreError {
    if matches!(
        error,
        rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
    ) {
        return StoreError::BadRow(file);
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::CannotOpen) => StoreError::NotYet(file),
        Some(ErrorCode::NotADatabase) => StoreError::Unreadable(file),
        Some(ErrorCode::DatabaseCorrupt) => StoreError::Damaged(file, error),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy(file),
        Some(ErrorCode::DiskFull) => StoreError::Full(file),
        _ => StoreError::Sqlite(file, error),
    }
}
