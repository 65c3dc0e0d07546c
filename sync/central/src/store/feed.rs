use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use dayroom_protocol::{Kind, RecordId, ResidentId};
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::records::{kind_number, kind_of_number, uuid};
use super::{KioskRow, StoreError};
use crate::rules::{FeedPlace, first_after, place_of};

/// One of the streams a kiosk's feed is merged from.
pub(crate) struct Scope {
    pub(crate) key: Uuid,
    /// The latest arrival, of the resident or of the kiosk.
    pub(crate) base: u64,
}

/// A page asked for.
pub(crate) struct FeedRequest<'a> {
    pub(crate) kiosk: &'a KioskRow,
    pub(crate) after: FeedPlace,
    pub(crate) last_commit: u64,
    pub(crate) records: usize,
    pub(crate) bytes: usize,
}

/// A record as it goes out, its body ready.
pub(crate) struct FeedRow {
    pub(crate) kind: Kind,
    pub(crate) id: RecordId,
    pub(crate) version: u64,
    pub(crate) place: FeedPlace,
    pub(crate) resident: Option<ResidentId>,
    pub(crate) body: String,
}

/// Rough bytes of a record around its body.
const ENVELOPE_BYTES: usize = 160;
/// Versions first fetched of a stream; doubled each time it is drained.
const FIRST_CHUNK: usize = 4;
/// Versions fetched of a stream at once, at most.
const LAST_CHUNK: usize = 512;

/// What a kiosk may see now: its unit, its facility, itself, and the residents on its roster.
pub(crate) fn scopes(sql: &Connection, kiosk: &KioskRow) -> Result<Vec<Scope>, StoreError> {
    let mut scopes: Vec<Scope> = [kiosk.unit.0, kiosk.facility.0, kiosk.id.0]
        .map(|key| Scope {
            key,
            base: kiosk.arrived,
        })
        .into();
    let mut statement =
        sql.prepare_cached("SELECT id, arrived FROM resident WHERE unit = ?1 ORDER BY id")?;
    let mut rows = statement.query([kiosk.unit.0.as_bytes()])?;
    while let Some(row) = rows.next()? {
        scopes.push(Scope {
            key: uuid(row, 0)?,
            base: kiosk.arrived.max(row.get(1)?),
        });
    }
    Ok(scopes)
}

/// A stream of versions of one scope, read in chunks.
struct Stream {
    scope: Scope,
    ahead: VecDeque<u64>,
    after: u64,
    chunk: usize,
    drained: bool,
}

impl Stream {
    fn new(scope: Scope, cursor: FeedPlace) -> Self {
        Self {
            after: first_after(scope.base, cursor),
            scope,
            ahead: VecDeque::new(),
            chunk: FIRST_CHUNK,
            drained: false,
        }
    }

    /// The place of the next version, which stays the next.
    fn head(
        &mut self,
        sql: &Connection,
        forget_after: u64,
    ) -> Result<Option<FeedPlace>, StoreError> {
        if self.ahead.is_empty() && !self.drained {
            // A forget from before the kiosk's arrival is about content it never had here, and
            // would stand behind the history of a resident who has since come back.
            let mut statement = sql.prepare_cached(
                "SELECT version FROM record
                 WHERE scope = ?1 AND version > ?2 AND (kind <> ?3 OR version > ?4)
                 ORDER BY version
                 LIMIT ?5",
            )?;
            let rows = statement.query_map(
                (
                    self.scope.key.as_bytes(),
                    self.after,
                    kind_number(Kind::Forget),
                    forget_after,
                    self.chunk,
                ),
                |row| row.get(0),
            )?;
            self.ahead = rows.collect::<Result<_, _>>()?;
            self.drained = self.ahead.len() < self.chunk;
            self.chunk = (self.chunk * 2).min(LAST_CHUNK);
            self.after = self.ahead.back().copied().unwrap_or(self.after);
        }
        Ok(self
            .ahead
            .front()
            .map(|version| place_of(*version, self.scope.base)))
    }
}

/// The records after a place, in order, and whether more follow them. Its cost is that of the
/// page, and one look into the index for each stream.
pub(crate) fn read_feed(
    sql: &Connection,
    request: &FeedRequest<'_>,
) -> Result<(Vec<FeedRow>, bool), StoreError> {
    let mut rows = Vec::new();
    if request.after >= FeedPlace::end(request.last_commit) {
        return Ok((rows, false));
    }
    let mut streams: Vec<Stream> = scopes(sql, request.kiosk)?
        .into_iter()
        .map(|scope| Stream::new(scope, request.after))
        .collect();
    let mut heads = BinaryHeap::new();
    for (number, stream) in streams.iter_mut().enumerate() {
        if let Some(place) = stream.head(sql, request.kiosk.arrived)? {
            heads.push(Reverse((place, number)));
        }
    }
    let mut bytes = 0_usize;
    while rows.len() < request.records && bytes <= request.bytes {
        let Some(Reverse((place, number))) = heads.pop() else {
            break;
        };
        if let Some(row) = row(sql, place)? {
            bytes += row.body.len() + ENVELOPE_BYTES;
            rows.push(row);
        }
        if let Some(stream) = streams.get_mut(number) {
            stream.ahead.pop_front();
            if let Some(next) = stream.head(sql, request.kiosk.arrived)? {
                heads.push(Reverse((next, number)));
            }
        }
    }
    Ok((rows, !heads.is_empty()))
}

fn row(sql: &Connection, place: FeedPlace) -> Result<Option<FeedRow>, StoreError> {
    let found = sql
        .prepare_cached("SELECT kind, id, scope, body FROM record WHERE version = ?1")?
        .query_row([place.commit], |row| {
            Ok((row.get(0)?, uuid(row, 1)?, uuid(row, 2)?, row.get(3)?))
        })
        .optional()?;
    Ok(found.and_then(|(number, id, scope, body)| {
        let kind = kind_of_number(number)?;
        Some(FeedRow {
            kind,
            id: RecordId(id),
            version: place.commit,
            place,
            resident: match kind {
                Kind::Resident
                | Kind::Connection
                | Kind::Message
                | Kind::SignIn
                | Kind::Account
                | Kind::Draft => Some(ResidentId(scope)),
                Kind::Forget => Some(ResidentId(id)),
                Kind::Policy
                | Kind::Notice
                | Kind::Settlement
                | Kind::OperatorKeys
                | Kind::Order => None,
            },
            body,
        })
    }))
}

/// Id and version of every record of a kind that a kiosk should hold.
pub(crate) fn visible_versions(
    sql: &Connection,
    scopes: &[Scope],
    kind: Kind,
) -> Result<Vec<(RecordId, u64)>, StoreError> {
    let mut held = Vec::new();
    let mut statement =
        sql.prepare_cached("SELECT id, version FROM record WHERE scope = ?1 AND kind = ?2")?;
    for scope in scopes {
        let mut rows = statement.query((scope.key.as_bytes(), kind_number(kind)))?;
        while let Some(row) = rows.next()? {
            held.push((RecordId(uuid(row, 0)?), row.get(1)?));
        }
    }
    Ok(held)
}

#[cfg(test)]
#[path = "feed_tests.rs"]
mod tests;
