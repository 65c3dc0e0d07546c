use std::collections::BTreeSet;

use dayroom_protocol::{FacilityId, Kind, KioskId, RecordId, ResidentId, UnitId};
use rusqlite::Transaction;
use uuid::Uuid;

use super::audit::BootClock;
use super::{StoreError, places};

/// Who can see a record: the key its feed stream goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Audience {
    Facility(FacilityId),
    Unit(UnitId),
    Kiosk(KioskId),
    Resident(ResidentId),
}

impl Audience {
    pub(crate) fn key(self) -> Uuid {
        match self {
            Self::Facility(id) => id.0,
            Self::Unit(id) => id.0,
            Self::Kiosk(id) => id.0,
            Self::Resident(id) => id.0,
        }
    }
}

/// A write transaction; hands out commit numbers, so that their order is the order of commits
/// (R7), and collects whom to poke.
pub(crate) struct Tx<'c> {
    pub(super) sql: Transaction<'c>,
    first: u64,
    last: u64,
    touched: BTreeSet<Audience>,
    pub(super) boot: BootClock,
}

impl<'c> Tx<'c> {
    pub(super) fn begin(sql: Transaction<'c>, boot: BootClock) -> Result<Self, StoreError> {
        let last = places::central_state(&sql)?.map_or(0, |state| state.last_commit);
        Ok(Self {
            sql,
            first: last,
            last,
            touched: BTreeSet::new(),
            boot,
        })
    }

    /// For reading inside the transaction.
    pub(crate) fn sql(&self) -> &rusqlite::Connection {
        &self.sql
    }

    /// The next commit number.
    pub(crate) fn next_commit(&mut self) -> u64 {
        self.last = self.last.saturating_add(1);
        self.last
    }

    /// Pokes those who see `audience` when the transaction has ended.
    pub(crate) fn touch(&mut self, audience: Audience) {
        self.touched.insert(audience);
    }

    /// Puts a record in its newest version, which replaces the one before.
    pub(crate) fn put(
        &mut self,
        kind: Kind,
        id: impl Into<RecordId>,
        audience: Audience,
        body: &str,
    ) -> Result<u64, StoreError> {
        let version = self.next_commit();
        self.put_as(version, kind, id.into(), audience, body)?;
        Ok(version)
    }

    /// Puts a record under a commit number taken before.
    pub(crate) fn put_as(
        &mut self,
        version: u64,
        kind: Kind,
        id: RecordId,
        audience: Audience,
        body: &str,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO record (version, kind, id, scope, body) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (kind, id, scope)
                 DO UPDATE SET version = excluded.version, body = excluded.body",
            )?
            .execute((
                version,
                super::records::kind_number(kind),
                id.0.as_bytes(),
                audience.key().as_bytes(),
                body,
            ))?;
        self.touch(audience);
        Ok(())
    }

    /// Ends the transaction durably and says which kiosks have something to pull.
    pub(super) fn commit(self) -> Result<BTreeSet<KioskId>, StoreError> {
        if self.last != self.first {
            self.sql
                .prepare_cached("UPDATE central SET last_commit = ?1")?
                .execute([self.last])?;
        }
        let poked = places::kiosks_seeing(&self.sql, &self.touched)?;
        self.sql.commit()?;
        Ok(poked)
    }
}
