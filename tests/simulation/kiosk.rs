use dayroom::domain::{BootId, BootMillis, BootMoment, JournalId, Now, UtcMillis};
use dayroom::replica::{OrdersSetup, Replica, ReplicaError, ReplicaOptions};
use dayroom::store::{Birth, CacheReader, Journal, StoreError, StoreKey, StorePlace};
use dayroom_protocol::KioskId;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use uuid::Uuid;

use super::setting::Setting;
use crate::support::disk::{Disk, Fault};

/// The first moment of 2026, in UTC.
pub const START: i64 = 1_767_225_600_000;

/// The two processes of a kiosk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    Sync,
    Screen,
}

/// The screen process: the journal it writes and the cache it reads.
pub struct Screen {
    pub journal: Journal,
    pub cache: Option<CacheReader>,
}

/// A terminal on a wall.
pub struct Kiosk {
    pub id: KioskId,
    pub disk: Disk,
    /// The fault that waits in the disk.
    pub armed: Option<Fault>,
    pub replica: Option<Replica>,
    pub screen: Option<Screen>,
    /// When the replica wants to be woken.
    pub wake_at: u64,
    /// Counts starts of the sync process: what comes for an earlier one is for nobody.
    pub life: u64,
    /// The network is gone until then.
    pub cut_off_until: u64,
    pub boot: u64,
    number: u64,
    booted_at: u64,
    skew: i64,
    floor: i64,
}

impl Kiosk {
    pub fn new(id: KioskId, number: u64, disk: Disk, skew: i64) -> Self {
        disk.promise_powersafe_overwrite();
        Self {
            id,
            disk,
            armed: None,
            replica: None,
            screen: None,
            wake_at: u64::MAX,
            life: 0,
            cut_off_until: 0,
            boot: 1,
            number,
            booted_at: 0,
            skew,
            floor: 0,
        }
    }

    pub fn place(&self, setting: &Setting) -> StorePlace {
        StorePlace {
            vfs: Some(self.disk.vfs_name().to_owned()),
            synchronous: setting.synchronous(),
            ..StorePlace::new("/store")
        }
    }

    pub fn key(&self) -> StoreKey {
        StoreKey::new([u8::try_from(self.number % 251).unwrap_or(0); 32])
    }

    /// What its clocks say at `now` of the world.
    pub fn now(&self, now: u64) -> Now {
        let utc = START + i64::try_from(now).unwrap_or(0) + self.skew;
        Now {
            boot: BootMoment {
                boot: BootId(u128::from(self.number) << 64 | u128::from(self.boot)),
                at: BootMillis(5_000 + now.saturating_sub(self.booted_at)),
            },
            utc: UtcMillis(utc.max(self.floor)),
        }
    }

    pub fn raise_floor(&mut self, at: UtcMillis) {
        self.floor = self.floor.max(at.0);
    }

    /// The machine has started anew.
    pub fn reboot(&mut self, now: u64) {
        self.boot += 1;
        self.booted_at = now;
    }

    /// Both processes are gone, their handles with them.
    pub fn lose_processes(&mut self) {
        self.stop(Process::Sync);
        self.stop(Process::Screen);
    }

    pub fn stop(&mut self, process: Process) {
        match process {
            Process::Sync => {
                self.replica = None;
                self.life += 1;
                self.wake_at = u64::MAX;
            }
            Process::Screen => self.screen = None,
        }
    }

    pub fn start_sync(&mut self, setting: &Setting, now: u64) -> Result<(), ReplicaError> {
        let chance = setting.seed ^ (self.number << 48) ^ (self.life << 32) ^ 0xC0FF_EE00;
        let options = ReplicaOptions {
            orders: OrdersSetup::default(),
            place: self.place(setting),
            key: self.key(),
            plan: setting.plan,
            rng: Box::new(SmallRng::seed_from_u64(chance)),
        };
        self.replica = Some(Replica::open(options, self.now(now))?);
        self.wake_at = now;
        Ok(())
    }

    pub fn start_screen(&mut self, setting: &Setting) -> Result<(), StoreError> {
        let name = u128::from(setting.seed) << 64 | u128::from(self.number);
        let birth = Birth {
            journal: JournalId(Uuid::from_u128(name)),
            salt: [7; 32],
        };
        let journal = Journal::open_born(&self.place(setting), &self.key(), &birth)?;
        self.screen = Some(Screen {
            journal,
            cache: None,
        });
        Ok(())
    }

    /// What the screen does whenever it hears that the cache has changed: opens the cache once it
    /// is there, and drops from the journal what central has settled.
    pub fn settle(&mut self, setting: &Setting, now: u64) -> Result<(), StoreError> {
        let utc = self.now(now).utc;
        let (place, key) = (self.place(setting), self.key());
        let Some(screen) = &mut self.screen else {
            return Ok(());
        };
        if screen.cache.is_none() {
            match CacheReader::open(&place, &key) {
                Ok(cache) => screen.cache = Some(cache),
                Err(StoreError::NotYet(_)) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        let Some(cache) = &screen.cache else {
            return Ok(());
        };
        let open = screen.journal.open_ids(500)?;
        let ended = cache.settlements(&open)?;
        if !ended.is_empty() {
            screen.journal.drop_settled(&ended, utc)?;
        }
        Ok(())
    }
}
