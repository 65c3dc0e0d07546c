//! For whoever needs this kiosk's identity, or one word with central, without the sync process.

use std::sync::Arc;

use dayroom_client::transport::{DeviceIdentity, IdentityError, Transport, Trust, WallClock};
use dayroom_protocol as wire;

use super::super::{Chains, Site, SyncError};
use super::{SyncOptions, retire};
use crate::domain::UtcMillis;
use crate::domain::provisioning::Problem;

/// Who this kiosk is now, by its state folder.
///
/// # Errors
/// When a file is not there, not of its form, or not of the key.
pub fn identity(options: &SyncOptions) -> Result<Arc<DeviceIdentity>, SyncError> {
    let chains = Chains::read(&options.state, &options.key.open()?)?;
    let now = (options.clock.now)().utc;
    Ok(Arc::clone(
        chains.in_use(now).ok_or(IdentityError::Missing)?,
    ))
}

/// Speaks with central once, as this kiosk, at a moment that whoever calls can vouch for. Nothing of
/// a resident is asked for.
///
/// # Errors
/// What a technician does about it.
pub async fn speak_once(options: &SyncOptions, now: UtcMillis) -> Result<(), Problem> {
    let unusable = |error: SyncError| {
        tracing::error!(event = "provision.identity", %error);
        Problem::Disk
    };
    let site = Site::read(&options.state).map_err(unusable)?;
    let identity = identity(options).map_err(unusable)?;
    let trust = Trust::by(WallClock::standing(wire::UtcMillis(now.0)));
    let transport = Transport::new(&site.endpoint(), &*identity, options.deadlines, &trust)
        .map_err(|_| Problem::Address)?;
    match transport.pokes().await {
        Ok(_) => Ok(()),
        Err(error) => {
            tracing::warn!(event = "provision.first_contact", %error);
            Err(retire::problem(&error))
        }
    }
}
