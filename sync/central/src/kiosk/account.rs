use dayroom_protocol::{AccountBody, Kind, ResidentId};

use crate::store::{Audience, StoreError, Tx, record_in};

/// Changes what central keeps for a resident beside their messages.
pub(crate) fn change_account(
    tx: &mut Tx<'_>,
    resident: ResidentId,
    change: impl FnOnce(&mut AccountBody),
) -> Result<(), StoreError> {
    let audience = Audience::Resident(resident);
    let mut account = match record_in(tx.sql(), Kind::Account, resident.into(), audience)? {
        Some(stored) => stored.parse()?,
        None => AccountBody::default(),
    };
    change(&mut account);
    let body = serde_json::to_string(&account)?;
    tx.put(Kind::Account, resident, audience, &body)?;
    Ok(())
}
