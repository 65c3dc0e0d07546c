use dayroom_protocol::{KioskId, ReleaseStage, ReleaseVersion, UtcMillis};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row};

use super::records::uuid;
use super::{Audience, StoreError, Tx};
use crate::rules::{Ring, RolloutLimits};

/// How a rollout stands. Numbers on disk, never to change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RolloutState {
    /// Its rings are set, and it was not started.
    Planned,
    /// It goes on by itself.
    Going,
    /// An operator has stopped it for now.
    Paused,
    /// It has stopped itself.
    Halted,
    /// Every ring has it.
    Done,
    /// Another release has taken its place.
    Superseded,
}

impl RolloutState {
    const ALL: [(Self, u8, &'static str); 6] = [
        (Self::Planned, 1, "planned"),
        (Self::Going, 2, "going"),
        (Self::Paused, 3, "paused"),
        (Self::Halted, 4, "halted"),
        (Self::Done, 5, "done"),
        (Self::Superseded, 6, "superseded"),
    ];

    /// What operators read.
    pub fn name(self) -> &'static str {
        let mut all = Self::ALL.into_iter();
        all.find(|(state, ..)| *state == self)
            .map_or("", |(_, _, name)| name)
    }

    fn number(self) -> u8 {
        let mut all = Self::ALL.into_iter();
        all.find(|(state, ..)| *state == self)
            .map_or(0, |(_, number, _)| number)
    }

    fn of_number(number: u8) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|(_, held, _)| *held == number)
            .map(|(state, ..)| state)
    }
}

/// A rollout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RolloutRow {
    pub(crate) version: ReleaseVersion,
    pub(crate) state: RolloutState,
    pub(crate) rings: Vec<Ring>,
    pub(crate) limits: RolloutLimits,
    pub(crate) ring: usize,
    pub(crate) ring_since: UtcMillis,
    pub(crate) why: String,
}

/// What a kiosk last said of releases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReleaseKioskRow {
    pub(crate) kiosk: KioskId,
    pub(crate) label: String,
    pub(crate) running: Option<ReleaseVersion>,
    pub(crate) version: Option<ReleaseVersion>,
    pub(crate) offered_at: Option<UtcMillis>,
    pub(crate) stage: Option<ReleaseStage>,
    pub(crate) heard_at: Option<UtcMillis>,
}

const ROLLOUT: &str = "SELECT version, state, rings, limits, ring, ring_since, why FROM rollout";
const KIOSKS: &str = "SELECT kiosk.id, kiosk.label, said.running, said.version,
    said.offered_at, said.stage, said.heard_at
    FROM kiosk LEFT JOIN release_kiosk AS said ON said.kiosk = kiosk.id";

fn text<T: std::str::FromStr>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let text: Option<String> = row.get(column)?;
    text.map(|text| text.parse::<T>())
        .transpose()
        .map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
        })
}

fn json<T: serde::de::DeserializeOwned>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
        })
}

fn missing(column: usize) -> rusqlite::Error {
    rusqlite::Error::InvalidColumnType(column, "value".to_owned(), Type::Null)
}

fn read_rollout(row: &Row<'_>) -> rusqlite::Result<RolloutRow> {
    Ok(RolloutRow {
        version: text(row, 0)?.ok_or_else(|| missing(0))?,
        state: RolloutState::of_number(row.get(1)?).ok_or_else(|| missing(1))?,
        rings: json(row, 2)?.ok_or_else(|| missing(2))?,
        limits: json(row, 3)?.ok_or_else(|| missing(3))?,
        ring: row.get(4)?,
        ring_since: UtcMillis(row.get(5)?),
        why: row.get(6)?,
    })
}

fn read_kiosk(row: &Row<'_>) -> rusqlite::Result<ReleaseKioskRow> {
    Ok(ReleaseKioskRow {
        kiosk: KioskId(uuid(row, 0)?),
        label: row.get(1)?,
        running: text(row, 2)?,
        version: text(row, 3)?,
        offered_at: row.get::<_, Option<i64>>(4)?.map(UtcMillis),
        stage: json(row, 5)?,
        heard_at: row.get::<_, Option<i64>>(6)?.map(UtcMillis),
    })
}

/// The rollout of a release.
pub(crate) fn rollout(
    sql: &Connection,
    version: ReleaseVersion,
) -> Result<Option<RolloutRow>, StoreError> {
    Ok(sql
        .prepare_cached(&format!("{ROLLOUT} WHERE version = ?1"))?
        .query_row([version.to_string()], read_rollout)
        .optional()?)
}

/// The one rollout that was started and not superseded.
pub(crate) fn current_rollout(sql: &Connection) -> Result<Option<RolloutRow>, StoreError> {
    Ok(sql
        .prepare_cached(&format!("{ROLLOUT} WHERE state IN (2, 3, 4, 5)"))?
        .query_row([], read_rollout)
        .optional()?)
}

/// What each kiosk in service said of releases.
pub(crate) fn release_kiosks(sql: &Connection) -> Result<Vec<ReleaseKioskRow>, StoreError> {
    let mut statement = sql.prepare_cached(&format!(
        "{KIOSKS} WHERE kiosk.retired_at IS NULL ORDER BY kiosk.label, kiosk.id"
    ))?;
    let rows = statement.query_map([], read_kiosk)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Tx<'_> {
    pub(crate) fn keep_rollout(&mut self, row: &RolloutRow) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO rollout (version, state, rings, limits, ring, ring_since, why)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (version) DO UPDATE SET
                   state = excluded.state, rings = excluded.rings, limits = excluded.limits,
                   ring = excluded.ring, ring_since = excluded.ring_since, why = excluded.why",
            )?
            .execute((
                row.version.to_string(),
                row.state.number(),
                serde_json::to_string(&row.rings)?,
                serde_json::to_string(&row.limits)?,
                row.ring,
                row.ring_since.0,
                &row.why,
            ))?;
        Ok(())
    }

    /// Offers a release to a kiosk, and pokes it.
    pub(crate) fn offer_release(
        &mut self,
        kiosk: KioskId,
        version: ReleaseVersion,
        now: UtcMillis,
    ) -> Result<(), StoreError> {
        let changed = self.next_commit();
        self.sql
            .prepare_cached(
                "INSERT INTO release_kiosk (kiosk, version, offered_at, changed)
                 VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (kiosk) DO UPDATE SET
                   version = excluded.version, offered_at = excluded.offered_at,
                   stage = NULL, changed = excluded.changed",
            )?
            .execute((kiosk.0.as_bytes(), version.to_string(), now.0, changed))?;
        self.touch(Audience::Kiosk(kiosk));
        Ok(())
    }

    /// Notes what a kiosk said; of another release than the one it was offered, only what it runs.
    pub(crate) fn note_release(
        &mut self,
        kiosk: KioskId,
        running: ReleaseVersion,
        of: Option<ReleaseVersion>,
        stage: &ReleaseStage,
        now: UtcMillis,
    ) -> Result<(), StoreError> {
        self.sql
            .prepare_cached(
                "INSERT INTO release_kiosk (kiosk, running, version, offered_at, stage, heard_at)
                 VALUES (?1, ?2, ?3, ?5, ?4, ?5)
                 ON CONFLICT (kiosk) DO UPDATE SET
                   running = excluded.running,
                   version = coalesce(version, excluded.version),
                   offered_at = coalesce(offered_at, excluded.offered_at),
                   stage = CASE WHEN excluded.version IS coalesce(version, excluded.version)
                           THEN excluded.stage ELSE stage END,
                   heard_at = excluded.heard_at",
            )?
            .execute((
                kiosk.0.as_bytes(),
                running.to_string(),
                of.map(|version| version.to_string()),
                serde_json::to_string(stage)?,
                now.0,
            ))?;
        Ok(())
    }
}
