use std::time::Duration;

use dayroom_protocol::UtcMillis;
use rustls::time_provider::TimeProvider;
use rustls_pki_types::UnixTime;

/// One moment, which certificates are judged at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment(pub(super) UtcMillis);

impl Moment {
    pub(super) fn unix(self) -> UnixTime {
        let millis = u64::try_from(self.0.0).unwrap_or(0);
        UnixTime::since_unix_epoch(Duration::from_millis(millis))
    }
}

impl TimeProvider for Moment {
    fn current_time(&self) -> Option<UnixTime> {
        Some(self.unix())
    }
}
