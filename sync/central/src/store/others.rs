use std::collections::BTreeSet;

use dayroom_protocol::KioskId;
use rusqlite::Connection;

use super::{Store, StoreError, central_state, lock, records};

/// How far the changes of other processes have been looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    data_version: i64,
    last_commit: u64,
}

/// Whose feeds a commit after the given one has changed: the record's audience is a kiosk, its
/// unit, its facility or somebody in its unit; or the kiosk or somebody arrived; or an operator took
/// the facility's draft key away, or offered the kiosk a release.
const SEEING: &str = "
  WITH scope (id) AS (SELECT DISTINCT scope FROM record WHERE version > ?1)
  SELECT kiosk.id FROM kiosk JOIN unit ON unit.id = kiosk.unit
  WHERE kiosk.retired_at IS NULL AND (
    kiosk.arrived > ?1
    OR kiosk.id IN scope OR kiosk.unit IN scope OR unit.facility IN scope
    OR unit.facility IN (SELECT facility FROM draft_key WHERE changed > ?1)
    OR kiosk.id IN (SELECT kiosk FROM release_kiosk WHERE changed > ?1)
    OR kiosk.unit IN (SELECT unit FROM resident WHERE arrived > ?1 OR id IN scope)
  )";

impl Store {
    /// Looks from here on.
    pub(crate) fn watch(&self) -> Result<Watch, StoreError> {
        let writer = lock(&self.writer);
        Ok(Watch {
            data_version: data_version(&writer)?,
            last_commit: last_commit(&writer)?,
        })
    }

    /// Which kiosks have something to pull because another process changed the file. The writer's
    /// own commits do not move its `data_version`, so in quiet times this reads one number.
    pub(crate) fn kiosks_changed_by_others(
        &self,
        watch: &mut Watch,
    ) -> Result<BTreeSet<KioskId>, StoreError> {
        let mut seeing = BTreeSet::new();
        let writer = lock(&self.writer);
        let data_version = data_version(&writer)?;
        if data_version == watch.data_version {
            return Ok(seeing);
        }
        // What is committed from here on is seen now and at the next look.
        let last_commit = last_commit(&writer)?;
        let mut statement = writer.prepare_cached(SEEING)?;
        let mut rows = statement.query([watch.last_commit])?;
        while let Some(row) = rows.next()? {
            seeing.insert(KioskId(records::uuid(row, 0)?));
        }
        *watch = Watch {
            data_version,
            last_commit,
        };
        Ok(seeing)
    }
}

fn data_version(sql: &Connection) -> Result<i64, StoreError> {
    Ok(sql.pragma_query_value(None, "data_version", |row| row.get(0))?)
}

fn last_commit(sql: &Connection) -> Result<u64, StoreError> {
    Ok(central_state(sql)?.map_or(0, |state| state.last_commit))
}
