use dayroom_protocol::{ConnectionId, Kind, MessageId, ResidentId, limits};

use super::{ConnectionLine, OperatorError, bounded, found};
use crate::central::Central;
use crate::store;

impl Central {
    /// Notes the address from which a contact writes, so that their mail finds its connection.
    ///
    /// # Errors
    /// When there is no such connection, or the address is empty, not one, or too long.
    pub fn set_contact_mail(&self, id: ConnectionId, address: &str) -> Result<(), OperatorError> {
        let address = address.trim().to_lowercase();
        bounded(&address, limits::NAME_BYTES, "mail address")?;
        let whole = address
            .chars()
            .all(|c| !c.is_control() && !c.is_whitespace());
        match address.rsplit_once('@') {
            Some((local, domain)) if whole && !local.is_empty() && !domain.is_empty() => {}
            Some(_) | None => return Err(OperatorError::NotFound("mail address")),
        }
        self.write(|tx| {
            let stored = store::record(tx.sql(), Kind::Connection, id.into())?;
            found(stored, "connection")?;
            Ok(tx.keep_contact_mail(id, &address)?)
        })
    }

    /// The connections whose contact writes from this address.
    ///
    /// # Errors
    /// When the store fails.
    pub fn connections_by_mail(&self, address: &str) -> Result<Vec<ConnectionLine>, OperatorError> {
        let address = address.trim().to_lowercase();
        let ids = self
            .inner
            .store
            .read(|sql| store::connections_by_mail(sql, &address))?;
        ids.into_iter().map(|id| self.connection(id)).collect()
    }

    /// The message of this connection that came from this source before, if one did.
    ///
    /// # Errors
    /// When there is no such connection.
    pub fn message_of_source(
        &self,
        connection: ConnectionId,
        source: &str,
    ) -> Result<Option<MessageId>, OperatorError> {
        self.inner.store.read(|sql| {
            let stored = store::record(sql, Kind::Connection, connection.into())?;
            let resident = ResidentId(found(stored, "connection")?.scope);
            let resident = found(store::resident(sql, resident)?, "resident")?;
            Ok(store::message_of_source(sql, resident.facility, source)?)
        })
    }
}
