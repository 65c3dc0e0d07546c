use dayroom_protocol::{Kind, RecordId};
use rusqlite::{Connection, OptionalExtension, Row};
use uuid::Uuid;

use super::{Audience, StoreError};

/// A stored record at its newest version.
pub(crate) struct Stored {
    pub(crate) id: RecordId,
    pub(crate) scope: Uuid,
    pub(crate) body: String,
}

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: RecordId(uuid(row, 0)?),
            scope: uuid(row, 1)?,
            body: row.get(2)?,
        })
    }

    pub(crate) fn parse<T: serde::de::DeserializeOwned>(&self) -> Result<T, StoreError> {
        Ok(serde_json::from_str(&self.body)?)
    }
}

/// Numbers on disk, never to change their meaning.
pub(super) fn kind_number(kind: Kind) -> u8 {
    match kind {
        Kind::Policy => 1,
        Kind::Resident => 2,
        Kind::Connection => 3,
        Kind::Message => 4,
        Kind::Notice => 5,
        Kind::Forget => 6,
        Kind::Settlement => 7,
        Kind::SignIn => 8,
        Kind::Account => 9,
        Kind::Draft => 10,
        Kind::OperatorKeys => 11,
        Kind::Order => 12,
    }
}

pub(super) fn kind_of_number(number: u8) -> Option<Kind> {
    Kind::ALL
        .into_iter()
        .find(|kind| kind_number(*kind) == number)
}

pub(super) fn uuid(row: &Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    row.get(column).map(Uuid::from_bytes)
}

/// The record of that kind and id, whoever sees it.
pub(crate) fn record(
    sql: &Connection,
    kind: Kind,
    id: RecordId,
) -> Result<Option<Stored>, StoreError> {
    Ok(sql
        .prepare_cached("SELECT id, scope, body FROM record WHERE kind = ?1 AND id = ?2 LIMIT 1")?
        .query_row((kind_number(kind), id.0.as_bytes()), Stored::read)
        .optional()?)
}

/// The record of that kind and id in one feed stream.
pub(crate) fn record_in(
    sql: &Connection,
    kind: Kind,
    id: RecordId,
    audience: Audience,
) -> Result<Option<Stored>, StoreError> {
    Ok(sql
        .prepare_cached(
            "SELECT id, scope, body FROM record
             WHERE kind = ?1 AND id = ?2 AND scope = ?3",
        )?
        .query_row(
            (
                kind_number(kind),
                id.0.as_bytes(),
                audience.key().as_bytes(),
            ),
            Stored::read,
        )
        .optional()?)
}

/// Every record of one kind in one feed stream, oldest version first.
pub(crate) fn records_of(
    sql: &Connection,
    kind: Kind,
    audience: Audience,
) -> Result<Vec<Stored>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT id, scope, body FROM record
         WHERE scope = ?1 AND kind = ?2
         ORDER BY version",
    )?;
    let rows = statement.query_map((audience.key().as_bytes(), kind_number(kind)), Stored::read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}
