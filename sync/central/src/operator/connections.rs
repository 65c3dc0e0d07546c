use dayroom_protocol::{
    ApprovalRule, ConnectionBody, ConnectionId, ConnectionState, Contact, Identity, Kind,
    ResidentId, UtcMillis, limits,
};
use rand::RngCore;
use serde::Serialize;

use super::error::word;
use super::places::named;
use super::{OperatorError, Reason, bounded, found};
use crate::central::{Central, timed_id};
use crate::store::{self, Audience, Stored, Tx};

/// A connection on its way in.
#[derive(Clone, PartialEq, Eq)]
pub struct NewConnection {
    /// Whom they ask for.
    pub resident: ResidentId,
    /// Who asks.
    pub contact: Contact,
    /// What they wrote with it; may be empty.
    pub note: String,
    /// Whether central knows who they are.
    pub identity: Identity,
    /// What follows the resident's answer.
    pub approval: ApprovalRule,
    /// How it begins.
    pub opening: Opening,
}

/// How a connection begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// As a request.
    Request,
    /// As a request the resident accepted before Dayroom.
    AwaitFacility,
    /// As a connection carried over from before Dayroom.
    Active,
}

/// A connection as operators see it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct ConnectionLine {
    /// Its id.
    pub id: ConnectionId,
    /// Whose.
    pub resident: ResidentId,
    /// What it says.
    pub body: ConnectionBody,
}

impl Central {
    /// Takes in a connection request, or a connection carried over.
    ///
    /// # Errors
    /// When there is no such resident, or a text passes its limit.
    pub fn add_connection_request(
        &self,
        new: &NewConnection,
        now: UtcMillis,
        rng: &mut dyn RngCore,
    ) -> Result<ConnectionId, OperatorError> {
        named(&new.contact.name, "contact name")?;
        named(&new.contact.relationship, "relationship")?;
        let place = new.contact.place.as_deref().unwrap_or_default();
        bounded(place, limits::NAME_BYTES, "place")?;
        bounded(&new.note, limits::NOTE_BYTES, "note")?;
        let id = ConnectionId(timed_id(now, rng));
        let body = serde_json::to_string(&ConnectionBody {
            contact: new.contact.clone(),
            note: new.note.clone(),
            identity: new.identity,
            approval: new.approval,
            asked_at: now,
            state: match new.opening {
                Opening::Request => ConnectionState::Asked,
                Opening::AwaitFacility => ConnectionState::AwaitFacility { since: now },
                Opening::Active => ConnectionState::Active { since: now },
            },
        })?;
        self.write(|tx| {
            found(store::resident(tx.sql(), new.resident)?, "resident")?;
            tx.put(
                Kind::Connection,
                id,
                Audience::Resident(new.resident),
                &body,
            )?;
            Ok(id)
        })
    }

    /// Notes that central now knows who a contact is.
    ///
    /// # Errors
    /// When there is no such connection.
    pub fn verify_contact(&self, id: ConnectionId, now: UtcMillis) -> Result<(), OperatorError> {
        self.write(|tx| {
            change(tx, id, |body| {
                body.identity = Identity::Checked { at: now };
                Ok(())
            })
        })
    }

    /// Approves a connection the resident has accepted.
    ///
    /// # Errors
    /// When there is no such connection, or it does not wait for the facility.
    pub fn approve_connection(
        &self,
        id: ConnectionId,
        now: UtcMillis,
    ) -> Result<(), OperatorError> {
        self.write(|tx| {
            change(tx, id, |body| match body.state {
                ConnectionState::AwaitFacility { .. } => {
                    body.state = ConnectionState::Active { since: now };
                    Ok(())
                }
                ConnectionState::Asked
                | ConnectionState::Active { .. }
                | ConnectionState::Declined { .. }
                | ConnectionState::Blocked { .. }
                | ConnectionState::Withdrawn { .. }
                | ConnectionState::Removed { .. }
                | ConnectionState::Refused { .. } => Err(cannot(body)),
            })
        })
    }

    /// Refuses a connection, or ends one, with a reason the resident is shown.
    ///
    /// # Errors
    /// When there is no such connection, or it is over already.
    pub fn refuse_connection(
        &self,
        id: ConnectionId,
        reason: &Reason,
        now: UtcMillis,
    ) -> Result<(), OperatorError> {
        self.write(|tx| {
            change(tx, id, |body| match body.state {
                ConnectionState::Asked
                | ConnectionState::AwaitFacility { .. }
                | ConnectionState::Active { .. } => {
                    body.state = ConnectionState::Refused {
                        at: now,
                        reason: reason.text().to_owned(),
                    };
                    Ok(())
                }
                ConnectionState::Declined { .. }
                | ConnectionState::Blocked { .. }
                | ConnectionState::Withdrawn { .. }
                | ConnectionState::Removed { .. }
                | ConnectionState::Refused { .. } => Err(cannot(body)),
            })
        })
    }

    /// Takes a request, or a connection, back for the contact.
    ///
    /// # Errors
    /// When there is no such connection, or it is over already.
    pub fn withdraw_request(&self, id: ConnectionId, now: UtcMillis) -> Result<(), OperatorError> {
        self.write(|tx| {
            change(tx, id, |body| match body.state {
                ConnectionState::Asked
                | ConnectionState::AwaitFacility { .. }
                | ConnectionState::Active { .. } => {
                    body.state = ConnectionState::Withdrawn { at: now };
                    Ok(())
                }
                ConnectionState::Declined { .. }
                | ConnectionState::Blocked { .. }
                | ConnectionState::Withdrawn { .. }
                | ConnectionState::Removed { .. }
                | ConnectionState::Refused { .. } => Err(cannot(body)),
            })
        })
    }

    /// One connection.
    ///
    /// # Errors
    /// When there is no such connection.
    pub fn connection(&self, id: ConnectionId) -> Result<ConnectionLine, OperatorError> {
        self.inner.store.read(|sql| {
            let stored = store::record(sql, Kind::Connection, id.into())?;
            line(&found(stored, "connection")?)
        })
    }

    /// The connections of a resident, the last changed last.
    ///
    /// # Errors
    /// When the store fails.
    pub fn connections(&self, resident: ResidentId) -> Result<Vec<ConnectionLine>, OperatorError> {
        self.inner.store.read(|sql| {
            store::records_of(sql, Kind::Connection, Audience::Resident(resident))?
                .iter()
                .map(line)
                .collect()
        })
    }
}

fn line(stored: &Stored) -> Result<ConnectionLine, OperatorError> {
    Ok(ConnectionLine {
        id: ConnectionId(stored.id.0),
        resident: ResidentId(stored.scope),
        body: stored.parse()?,
    })
}

fn cannot(body: &ConnectionBody) -> OperatorError {
    OperatorError::Connection {
        is: word(&body.state),
    }
}

fn change(
    tx: &mut Tx<'_>,
    id: ConnectionId,
    act: impl FnOnce(&mut ConnectionBody) -> Result<(), OperatorError>,
) -> Result<(), OperatorError> {
    let stored = found(
        store::record(tx.sql(), Kind::Connection, id.into())?,
        "connection",
    )?;
    let mut body: ConnectionBody = stored.parse()?;
    act(&mut body)?;
    let resident = ResidentId(stored.scope);
    let text = serde_json::to_string(&body)?;
    tx.put(Kind::Connection, id, Audience::Resident(resident), &text)?;
    Ok(())
}
