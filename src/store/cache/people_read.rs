//! Reading connections and conversations.

use rusqlite::{OptionalExtension, Row, params};

use super::{CacheReader, FILE};
use crate::domain::overlay::HomeCounts;
use crate::domain::{
    Connection, ConnectionId, Contact, Conversation, Identity, MessageId, ResidentId, UtcMillis,
};
use crate::store::StoreError;
use crate::store::error::InFile;
use crate::store::rows::{ACTIVE, ASKED, NAME, NOTE, bad_row, bounded, connection_state, count};

const CONNECTIONS: &str = "
    SELECT connections.id, connections.resident, connections.name, connections.relationship,
           connections.place, connections.lane, connections.note, connections.checked_at,
           connections.approval, connections.asked_at, connections.state, connections.state_at,
           connections.reason
    FROM connections
    JOIN residents ON residents.id = connections.resident
    WHERE connections.resident = ?1";

impl CacheReader {
    /// A resident's connections and requests: those not answered first, then the latest asked.
    ///
    /// # Errors
    /// What the disk says.
    pub fn connections(&self, resident: ResidentId) -> Result<Vec<Connection>, StoreError> {
        self.sql
            .prepare_cached(&format!(
                "{CONNECTIONS}
                 ORDER BY connections.state <> {ASKED}, connections.asked_at DESC, connections.id"
            ))
            .of(FILE)?
            .query_map([resident], connection)
            .of(FILE)?
            .collect::<rusqlite::Result<_>>()
            .of(FILE)
    }

    /// One of them; `None` if it is not this resident's.
    ///
    /// # Errors
    /// What the disk says.
    pub fn connection(
        &self,
        resident: ResidentId,
        id: ConnectionId,
    ) -> Result<Option<Connection>, StoreError> {
        self.sql
            .prepare_cached(&format!("{CONNECTIONS} AND connections.id = ?2"))
            .of(FILE)?
            .query_row(params![resident, id], connection)
            .optional()
            .of(FILE)
    }

    /// The resident's conversations: connections that are active or have messages, the one with the
    /// newest message first. The work is in their number, not in that of the messages.
    ///
    /// # Errors
    /// What the disk says.
    pub fn conversations(&self, resident: ResidentId) -> Result<Vec<Conversation>, StoreError> {
        let look = self.sql.unchecked_transaction().of(FILE)?;
        let mut rows = look
            .prepare_cached(
                "SELECT connections.id, connections.resident, connections.name,
                        connections.relationship, connections.place, connections.lane,
                        connections.note, connections.checked_at, connections.approval,
                        connections.asked_at, connections.state, connections.state_at,
                        connections.reason,
                        threads.id, threads.messages, threads.newest_at, threads.unread
                 FROM connections
                 JOIN residents ON residents.id = connections.resident
                 LEFT JOIN threads
                     ON threads.resident = connections.resident
                     AND threads.connection = connections.id
                 WHERE connections.resident = ?1
                   AND (connections.state = ?2 OR threads.messages > 0)
                 ORDER BY coalesce(threads.newest_number, 0) DESC, connections.state_at DESC,
                          connections.id",
            )
            .of(FILE)?;
        let rows = rows
            .query_map(params![resident, ACTIVE], |row| {
                let thread: Option<i64> = row.get(13)?;
                let messages = row.get::<_, Option<i64>>(14)?.unwrap_or(0);
                let newest_at: Option<UtcMillis> = row.get(15)?;
                let conversation = Conversation {
                    connection: connection(row)?,
                    newest_at: newest_at.filter(|_| messages > 0),
                    unread: count(row.get::<_, Option<i64>>(16)?.unwrap_or(0)),
                    held: 0,
                    held_since: None,
                };
                Ok((conversation, thread))
            })
            .of(FILE)?
            .collect::<rusqlite::Result<Vec<_>>>()
            .of(FILE)?;
        rows.into_iter()
            .map(|(mut conversation, thread)| {
                if let Some(thread) = thread {
                    (conversation.held, conversation.held_since) = self.held(thread)?;
                }
                Ok(conversation)
            })
            .collect()
    }

    /// What home says in numbers, before what was done here since is laid over it.
    ///
    /// # Errors
    /// What the disk says.
    pub fn home_counts(&self, resident: ResidentId) -> Result<HomeCounts, StoreError> {
        let conversations = self.conversations(resident)?;
        let asked = self
            .sql
            .prepare_cached(
                "SELECT count(*)
                 FROM connections
                 JOIN residents ON residents.id = connections.resident
                 WHERE connections.resident = ?1 AND connections.state = ?2",
            )
            .of(FILE)?
            .query_row(params![resident, ASKED], |row| row.get(0).map(count))
            .of(FILE)?;
        Ok(HomeCounts::of(&conversations, asked))
    }

    /// Of these messages, those that still count as unread here, each with whose it is from.
    ///
    /// # Errors
    /// What the disk says.
    pub fn still_unread(
        &self,
        resident: ResidentId,
        messages: impl IntoIterator<Item = MessageId>,
    ) -> Result<Vec<(ConnectionId, MessageId)>, StoreError> {
        let mut unread = Vec::new();
        let mut statement = self
            .sql
            .prepare_cached(
                "SELECT threads.connection
                 FROM messages
                 JOIN threads ON threads.id = messages.thread
                 JOIN residents ON residents.id = threads.resident
                 WHERE messages.id = ?1 AND threads.resident = ?2
                   AND messages.direction = 0 AND messages.state = 0
                   AND messages.read_at IS NULL",
            )
            .of(FILE)?;
        for message in messages {
            let from: Option<ConnectionId> = statement
                .query_row(params![message, resident], |row| row.get(0))
                .optional()
                .of(FILE)?;
            unread.extend(from.map(|connection| (connection, message)));
        }
        Ok(unread)
    }

    fn held(&self, thread: i64) -> Result<(u32, Option<UtcMillis>), StoreError> {
        self.sql
            .prepare_cached(
                "SELECT count(*), min(state_at)
                 FROM messages
                 WHERE state = 1 AND thread = ?1",
            )
            .of(FILE)?
            .query_row([thread], |row| Ok((row.get(0).map(count)?, row.get(1)?)))
            .of(FILE)
    }
}

fn connection(row: &Row<'_>) -> rusqlite::Result<Connection> {
    let reason: Option<String> = row.get(12)?;
    let state = connection_state(
        row.get(10)?,
        row.get(11)?,
        reason.map(|reason| bounded(reason, NOTE)),
    );
    let checked: Option<UtcMillis> = row.get(7)?;
    let place: Option<String> = row.get(4)?;
    Ok(Connection {
        id: row.get(0)?,
        resident: row.get(1)?,
        contact: Contact {
            name: bounded(row.get(2)?, NAME),
            relationship: bounded(row.get(3)?, NAME),
            place: place.map(|place| bounded(place, NAME)),
            lane: row.get(5)?,
        },
        note: bounded(row.get(6)?, NOTE),
        identity: checked.map_or(Identity::Unchecked, Identity::Checked),
        approval: row.get(8)?,
        asked_at: row.get(9)?,
        state: state.ok_or_else(|| bad_row(10))?,
    })
}
