use dayroom_protocol::{DraftKeyId, DraftPublicKey, FacilityId, KioskId, UtcMillis};
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::records::uuid;
use super::{StoreError, Tx};

/// The draft key of a facility, as far as central knows it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct DraftKeyRow {
    pub(crate) generation: u32,
    pub(crate) key_id: Option<DraftKeyId>,
    pub(crate) maker: Option<KioskId>,
}

/// What a kiosk has of the draft key of a facility.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct DraftKeyKioskRow {
    pub(crate) kiosk: KioskId,
    pub(crate) label: String,
    /// In service, and still in this facility.
    pub(crate) here: bool,
    pub(crate) asked: Option<(DraftPublicKey, UtcMillis)>,
    /// 0: none.
    pub(crate) generation: u32,
    pub(crate) held_at: Option<UtcMillis>,
    pub(crate) wrapped: Option<WrappedRow>,
}

/// The key, wrapped for a kiosk.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct WrappedRow {
    pub(crate) text: String,
    pub(crate) by: KioskId,
    pub(crate) generation: u32,
}

impl DraftKeyKioskRow {
    /// Of a kiosk that central has heard nothing of in this matter.
    pub(crate) fn new(kiosk: KioskId) -> Self {
        Self {
            kiosk,
            label: String::new(),
            here: true,
            asked: None,
            generation: 0,
            held_at: None,
            wrapped: None,
        }
    }
}

pub(crate) fn draft_key(
    sql: &Connection,
    facility: FacilityId,
) -> Result<Option<DraftKeyRow>, StoreError> {
    Ok(sql
        .prepare_cached("SELECT generation, key_id, maker FROM draft_key WHERE facility = ?1")?
        .query_row([facility.0.as_bytes()], |row| {
            let maker: Option<[u8; 16]> = row.get(2)?;
            Ok(DraftKeyRow {
                generation: row.get(0)?,
                key_id: row.get::<_, Option<[u8; 32]>>(1)?.map(DraftKeyId),
                maker: maker.map(|id| KioskId(Uuid::from_bytes(id))),
            })
        })
        .optional()?)
}

/// Every kiosk that ever had to do with the draft key of a facility, who asked first first.
pub(crate) fn draft_key_kiosks(
    sql: &Connection,
    facility: FacilityId,
) -> Result<Vec<DraftKeyKioskRow>, StoreError> {
    let mut statement = sql.prepare_cached(
        "SELECT entry.kiosk, kiosk.label,
                kiosk.retired_at IS NULL AND unit.facility = entry.facility,
                entry.public_key, entry.asked_at, entry.generation, entry.held_at,
                entry.wrapped, entry.wrapped_by, entry.wrapped_generation
         FROM draft_key_kiosk AS entry
         JOIN kiosk ON kiosk.id = entry.kiosk
         JOIN unit ON unit.id = kiosk.unit
         WHERE entry.facility = ?1
         ORDER BY entry.asked_at, entry.kiosk",
    )?;
    let rows = statement.query_map([facility.0.as_bytes()], |row| {
        let public_key: Option<[u8; 32]> = row.get(3)?;
        let asked_at: Option<i64> = row.get(4)?;
        let text: Option<String> = row.get(7)?;
        let by: Option<[u8; 16]> = row.get(8)?;
        let generation = row.get(9)?;
        Ok(DraftKeyKioskRow {
            kiosk: KioskId(uuid(row, 0)?),
            label: row.get(1)?,
            here: row.get(2)?,
            asked: public_key
                .zip(asked_at)
                .map(|(key, at)| (DraftPublicKey(key), UtcMillis(at))),
            generation: row.get(5)?,
            held_at: row.get::<_, Option<i64>>(6)?.map(UtcMillis),
            wrapped: text.zip(by).map(|(text, by)| WrappedRow {
                text,
                by: KioskId(Uuid::from_bytes(by)),
                generation,
            }),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Which generation of its facility's key a kiosk seals under; 0 if it never had one.
pub(crate) fn draft_key_generation(
    sql: &Connection,
    facility: FacilityId,
    kiosk: KioskId,
) -> Result<u32, StoreError> {
    let found = sql
        .prepare_cached(
            "SELECT generation FROM draft_key_kiosk WHERE kiosk = ?1 AND facility = ?2",
        )?
        .query_row((kiosk.0.as_bytes(), facility.0.as_bytes()), |row| {
            row.get(0)
        })
        .optional()?;
    Ok(found.unwrap_or(0))
}

impl Tx<'_> {
    pub(crate) fn keep_draft_key(
        &mut self,
        facility: FacilityId,
        row: &DraftKeyRow,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO draft_key (facility, generation, key_id, maker, changed)
                 VALUES (?1, ?2, ?3, ?4, 0)
                 ON CONFLICT (facility) DO UPDATE SET
                   generation = excluded.generation, key_id = excluded.key_id,
                   maker = excluded.maker",
            )?
            .execute((
                facility.0.as_bytes(),
                row.generation,
                row.key_id.map(|id| id.0),
                row.maker.as_ref().map(|id| id.0.as_bytes()),
            ))?;
        Ok(())
    }

    /// Lets the server, which is another process than the operators', see the change and poke.
    pub(crate) fn note_draft_key_changed(
        &mut self,
        facility: FacilityId,
    ) -> Result<(), StoreError> {
        let changed = self.next_commit();
        self.sql
            .prepare_cached("UPDATE draft_key SET changed = ?2 WHERE facility = ?1")?
            .execute((facility.0.as_bytes(), changed))?;
        Ok(())
    }

    pub(crate) fn keep_draft_key_kiosk(
        &mut self,
        facility: FacilityId,
        row: &DraftKeyKioskRow,
    ) -> Result<(), StoreError> {
        let wrapped = row.wrapped.as_ref();
        self.sql
            .prepare_cached(
                "INSERT INTO draft_key_kiosk
                   (kiosk, facility, public_key, asked_at, generation, held_at,
                    wrapped, wrapped_by, wrapped_generation)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (kiosk, facility) DO UPDATE SET
                   public_key = excluded.public_key, asked_at = excluded.asked_at,
                   generation = excluded.generation, held_at = excluded.held_at,
                   wrapped = excluded.wrapped, wrapped_by = excluded.wrapped_by,
                   wrapped_generation = excluded.wrapped_generation",
            )?
            .execute((
                row.kiosk.0.as_bytes(),
                facility.0.as_bytes(),
                row.asked.map(|(key, _)| key.0),
                row.asked.map(|(_, at)| at.0),
                row.generation,
                row.held_at.map(|at| at.0),
                wrapped.map(|wrapped| wrapped.text.as_str()),
                wrapped.map(|wrapped| wrapped.by.0.as_bytes()),
                wrapped.map_or(0, |wrapped| wrapped.generation),
            ))?;
        Ok(())
    }
}
