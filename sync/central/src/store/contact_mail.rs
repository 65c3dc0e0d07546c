use dayroom_protocol::ConnectionId;
use rusqlite::Connection;

use super::{StoreError, Tx};

/// The connections whose contact writes from this address, in order of their ids.
pub(crate) fn connections_by_mail(
    sql: &Connection,
    address: &str,
) -> Result<Vec<ConnectionId>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT connection FROM contact_mail WHERE address = ?1 ORDER BY connection",
    )?;
    let mut rows = statement.query([address])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(ConnectionId(super::records::uuid(row, 0)?));
    }
    Ok(found)
}

impl Tx<'_> {
    pub(crate) fn keep_contact_mail(
        &mut self,
        connection: ConnectionId,
        address: &str,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO contact_mail (connection, address) VALUES (?1, ?2)
                 ON CONFLICT (connection) DO UPDATE SET address = excluded.address",
            )?
            .execute((connection.0.as_bytes(), address))?;
        Ok(())
    }
}
