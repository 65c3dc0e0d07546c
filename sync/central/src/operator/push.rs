//! How far something has come that goes to kiosks: by what they have acknowledged, not by what was
//! sent.

use dayroom_protocol::{
    BatchId, FacilityId, Kind, KioskId, NoticeId, OrderRefusal, RecordId, ReleaseStage,
    ReleaseVersion, UnitId, UtcMillis,
};
use rusqlite::Connection;
use serde::Serialize;

use super::error::found;
use super::{OperatorError, PushState, RolloutError, RolloutKiosk};
use crate::central::Central;
use crate::rules::{FeedPlace, place_of};
use crate::store::{self, Audience, KioskRow};

/// A kiosk that was here less long ago than this is fetching what it does not have.
const IN_CONTACT_MILLIS: i64 = 10 * 60 * 1000;
/// How long a watch holds that is not renewed.
const WATCH_MILLIS: i64 = 10_000;

/// What goes to kiosks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// Orders that were given together; an order's own id stands for them, too.
    Orders(BatchId),
    /// A notice.
    Notice(NoticeId),
    /// What a unit's kiosks go by.
    Policy(UnitId),
    /// A unit's roster.
    Roster(UnitId),
    /// The release that is rolled out.
    Release,
}

/// How far it is on one kiosk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PushLine {
    /// Which.
    pub kiosk: KioskId,
    /// What residents know it as.
    pub kiosk_label: String,
    /// The number of the order there, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<u64>,
    /// How far.
    pub state: PushState,
    /// What the kiosk said of a release it refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
    /// Whether there is nothing to be done but to have it.
    #[serde(skip)]
    pub is_record: bool,
}

impl Central {
    /// How far it has come, by kiosk.
    ///
    /// # Errors
    /// When there is no such thing.
    pub fn push(&self, what: Pushed, now: UtcMillis) -> Result<Vec<PushLine>, OperatorError> {
        if let Pushed::Orders(batch) = what {
            let lines = self.orders_of(batch, now)?.into_iter();
            return Ok(lines
                .map(|line| PushLine {
                    kiosk: line.kiosk,
                    kiosk_label: line.kiosk_label,
                    order: Some(line.number),
                    state: line.state,
                    said: None,
                    is_record: false,
                })
                .collect());
        }
        if what == Pushed::Release {
            return self.push_of_release(now);
        }
        self.inner.store.read(|sql| {
            let target = target(sql, what)?;
            let kiosks = store::kiosks(sql)?.into_iter();
            Ok(kiosks
                .filter(|row| row.retired_at.is_none() && target.to.concerns(row))
                .map(|row| PushLine {
                    state: self.has(&row, &target, now),
                    kiosk: row.id,
                    kiosk_label: row.label,
                    order: None,
                    said: None,
                    is_record: true,
                })
                .collect())
        })
    }

    fn push_of_release(&self, now: UtcMillis) -> Result<Vec<PushLine>, OperatorError> {
        let report = self.rollout_report(now).map_err(|error| match error {
            RolloutError::Store(error) => OperatorError::Store(error),
            RolloutError::None | RolloutError::State { .. } | RolloutError::Older { .. } => {
                OperatorError::NotFound("rollout")
            }
        })?;
        let report = found(report, "rollout")?;
        let version = report.version;
        let kiosks = report.kiosks.into_iter();
        Ok(kiosks
            .filter(|kiosk| kiosk.ring.is_some())
            .map(|kiosk| of_release(kiosk, version))
            .collect())
    }

    fn has(&self, kiosk: &KioskRow, target: &Target, now: UtcMillis) -> PushState {
        let memory = self.contact(kiosk.id);
        let cursor = memory.as_ref().map_or(&kiosk.cursor, |seen| &seen.cursor);
        let held: FeedPlace = cursor.parse().unwrap_or_default();
        let wanted = FeedPlace {
            place: target.place.place.max(kiosk.arrived),
            commit: target.place.commit,
        };
        if held >= wanted {
            return PushState::Has;
        }
        let seen = memory
            .map(|seen| seen.at)
            .into_iter()
            .chain(kiosk.contact_at);
        if seen
            .max()
            .is_some_and(|at| now.millis_since(at) < IN_CONTACT_MILLIS)
        {
            PushState::Fetching
        } else {
            PushState::Waiting
        }
    }

    /// Lets the service say at once, for a few seconds, what kiosks acknowledge.
    ///
    /// # Errors
    /// When the store fails.
    pub fn ask_to_watch(&self, now: UtcMillis) -> Result<(), OperatorError> {
        self.write(|tx| Ok(tx.watch_until(now.plus_millis(WATCH_MILLIS))?))
    }
}

fn of_release(kiosk: RolloutKiosk, version: ReleaseVersion) -> PushLine {
    let refused = PushState::Refused {
        why: OrderRefusal::Failed,
    };
    let (state, said) = match kiosk.stage {
        _ if kiosk.running == Some(version) => (PushState::Done, None),
        Some(ReleaseStage::Staged) => (PushState::Has, None),
        Some(ReleaseStage::Fetching { .. }) => (PushState::Fetching, None),
        Some(ReleaseStage::Refused { why } | ReleaseStage::Failed { why }) => (refused, Some(why)),
        Some(ReleaseStage::RolledBack) => (refused, Some("it ran and was not healthy".to_owned())),
        Some(ReleaseStage::Idle | ReleaseStage::Unknown) | None => (PushState::Waiting, None),
    };
    PushLine {
        kiosk: kiosk.kiosk,
        kiosk_label: kiosk.label,
        order: None,
        state,
        said,
        is_record: true,
    }
}

/// Where it stands in the feeds, and whose feeds those are.
struct Target {
    place: FeedPlace,
    to: To,
}

enum To {
    Unit(UnitId),
    Facility(FacilityId),
}

impl To {
    fn concerns(&self, kiosk: &KioskRow) -> bool {
        match self {
            Self::Unit(unit) => kiosk.unit == *unit,
            Self::Facility(facility) => kiosk.facility == *facility,
        }
    }
}

fn target(sql: &Connection, what: Pushed) -> Result<Target, OperatorError> {
    match what {
        Pushed::Notice(notice) => {
            let stored = store::record(sql, Kind::Notice, notice.into())?;
            let stored = found(stored, "notice")?;
            let version = found(
                store::version_of(sql, Kind::Notice, notice.into())?,
                "notice",
            )?;
            Ok(Target {
                place: place_of(version, 0),
                to: To::Facility(FacilityId(stored.scope)),
            })
        }
        Pushed::Policy(unit) => {
            let version = store::version_of(sql, Kind::Policy, RecordId(unit.0))?;
            Ok(Target {
                place: place_of(found(version, "unit")?, 0),
                to: To::Unit(unit),
            })
        }
        Pushed::Roster(unit) => {
            found(store::unit(sql, unit)?, "unit")?;
            Ok(Target {
                place: FeedPlace {
                    place: store::roster_place(sql, unit, Audience::Unit(unit))?,
                    commit: 0,
                },
                to: To::Unit(unit),
            })
        }
        Pushed::Orders(_) | Pushed::Release => Err(OperatorError::NotFound("record")),
    }
}
