//! The way to central: over which chain, and by which list its certificate is judged. It may change
//! while the process runs; what is under way ends on the old one.

use std::sync::{Arc, Mutex, PoisonError};

use dayroom_client::transport::{
    Deadlines, DeviceIdentity, RevocationList, SetupError, Transport, Trust,
};
use tokio::sync::watch;

use super::super::Site;
use super::SyncClock;

/// A way to central, and who this kiosk is on it.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub(super) transport: Transport,
    pub(super) identity: Arc<DeviceIdentity>,
}

/// Makes ways, and says which one is in use.
pub(super) struct Ways {
    site: Site,
    deadlines: Deadlines,
    clock: SyncClock,
    in_use: Mutex<InUse>,
    say: watch::Sender<Way>,
}

struct InUse {
    identity: Arc<DeviceIdentity>,
    list: Option<RevocationList>,
}

impl Ways {
    pub(super) fn new(
        site: Site,
        deadlines: Deadlines,
        clock: SyncClock,
        identity: Arc<DeviceIdentity>,
        list: Option<RevocationList>,
    ) -> Result<Self, SetupError> {
        let trust = Trust {
            clock: clock.wall(),
            revocations: list.clone(),
        };
        let way = Way {
            transport: Transport::new(&site.endpoint(), &*identity, deadlines, &trust)?,
            identity: Arc::clone(&identity),
        };
        Ok(Self {
            site,
            deadlines,
            clock,
            in_use: Mutex::new(InUse { identity, list }),
            say: watch::channel(way).0,
        })
    }

    pub(super) fn site(&self) -> &Site {
        &self.site
    }

    pub(super) fn deadlines(&self) -> Deadlines {
        self.deadlines
    }

    pub(super) fn clock(&self) -> &SyncClock {
        &self.clock
    }

    /// The way in use, now and whenever it changes.
    pub(super) fn follow(&self) -> watch::Receiver<Way> {
        self.say.subscribe()
    }

    /// The chain in use.
    pub(super) fn identity(&self) -> Arc<DeviceIdentity> {
        Arc::clone(&self.state().identity)
    }

    /// The newest list that is held.
    pub(super) fn list(&self) -> Option<RevocationList> {
        self.state().list.clone()
    }

    /// A way over another chain, which is not in use.
    pub(super) fn over(&self, identity: &DeviceIdentity) -> Result<Transport, SetupError> {
        Transport::new(
            &self.site.endpoint(),
            identity,
            self.deadlines,
            &self.trust(),
        )
    }

    /// A way to where central asks for no certificate; `None` if this kiosk knows none.
    pub(super) fn anonymous(&self) -> Option<Result<Transport, SetupError>> {
        let endpoint = self.site.est_endpoint()?;
        Some(Transport::anonymous(
            &endpoint,
            self.deadlines,
            &self.trust(),
        ))
    }

    /// From now on everything goes over this chain.
    pub(super) fn use_identity(&self, identity: Arc<DeviceIdentity>) -> Result<(), SetupError> {
        let transport = self.over(&identity)?;
        self.state().identity = Arc::clone(&identity);
        self.say.send_replace(Way {
            transport,
            identity,
        });
        Ok(())
    }

    /// From now on central's certificate is judged by this list too.
    pub(super) fn use_list(&self, list: RevocationList) -> Result<(), SetupError> {
        self.state().list = Some(list);
        self.use_identity(self.identity())
    }

    fn trust(&self) -> Trust {
        Trust {
            clock: self.clock.wall(),
            revocations: self.list(),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, InUse> {
        self.in_use.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
