//! Rollouts of releases, as operators see and steer them.

use dayroom_protocol::{KioskId, ReleaseStage, ReleaseVersion, UtcMillis};

use crate::central::Central;
use crate::rules::{
    Doing, Ring, RolloutLimits, RolloutVerdict, Stand, doing, judge_rollout, ring_of,
};
use crate::store::{self, ReleaseKioskRow, RolloutRow, RolloutState, StoreError, Tx};

/// Why a rollout was not changed.
#[derive(Debug, thiserror::Error)]
pub enum RolloutError {
    /// Nothing was started.
    #[error("no rollout was started")]
    None,
    /// It stands otherwise.
    #[error("rollout of {version} is {}", state.name())]
    State {
        /// Of which release.
        version: ReleaseVersion,
        /// How it stands.
        state: RolloutState,
    },
    /// A release older than the one that is rolled out.
    #[error("release {version} is older than {current}, which is rolled out")]
    Older {
        /// Which was asked for.
        version: ReleaseVersion,
        /// The one that is rolled out.
        current: ReleaseVersion,
    },
    /// Central's store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A rollout as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolloutReport {
    /// Of which release.
    pub version: ReleaseVersion,
    /// How it stands.
    pub state: RolloutState,
    /// Its rings in turn.
    pub rings: Vec<Ring>,
    /// When it halts, and when it goes on.
    pub limits: RolloutLimits,
    /// The ring it has come to, from 0.
    pub ring: usize,
    /// Since when.
    pub ring_since: UtcMillis,
    /// Why it halted; empty if it did not.
    pub why: String,
    /// Every kiosk in service.
    pub kiosks: Vec<RolloutKiosk>,
}

/// A kiosk in a rollout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolloutKiosk {
    /// Which.
    pub kiosk: KioskId,
    /// What it is called.
    pub label: String,
    /// Its ring; none if the rollout leaves it out.
    pub ring: Option<usize>,
    /// What it runs, as it last said.
    pub running: Option<ReleaseVersion>,
    /// How it is doing; none before its turn.
    pub doing: Option<Doing>,
    /// What it last said of the release.
    pub stage: Option<ReleaseStage>,
    /// When it last said anything about releases.
    pub heard_at: Option<UtcMillis>,
}

impl Central {
    /// Sets the rings of a rollout that is not started yet.
    ///
    /// # Errors
    /// [`RolloutError::State`] if it was started.
    pub fn plan_rollout(
        &self,
        version: ReleaseVersion,
        rings: Vec<Ring>,
        limits: RolloutLimits,
    ) -> Result<(), RolloutError> {
        self.write(|tx| {
            if let Some(row) = store::rollout(tx.sql(), version)?
                && row.state != RolloutState::Planned
            {
                return Err(state(&row));
            }
            tx.keep_rollout(&RolloutRow {
                version,
                state: RolloutState::Planned,
                rings,
                limits,
                ring: 0,
                ring_since: UtcMillis(0),
                why: String::new(),
            })?;
            Ok(())
        })
    }

    /// Whether the rings of a rollout are set, and it was not started.
    ///
    /// # Errors
    /// When the store fails.
    pub fn is_rollout_planned(&self, version: ReleaseVersion) -> Result<bool, RolloutError> {
        let row = self.inner.store.read(|sql| store::rollout(sql, version))?;
        Ok(row.is_some_and(|row| row.state == RolloutState::Planned))
    }

    /// Starts a planned rollout: its first ring is offered the release. One that is under way of an
    /// older release ends.
    ///
    /// # Errors
    /// [`RolloutError::None`] if it was not planned, [`RolloutError::State`] if it was started,
    /// [`RolloutError::Older`].
    pub fn start_rollout(
        &self,
        version: ReleaseVersion,
        now: UtcMillis,
    ) -> Result<(), RolloutError> {
        self.write(|tx| {
            let mut row = store::rollout(tx.sql(), version)?.ok_or(RolloutError::None)?;
            if row.state != RolloutState::Planned {
                return Err(state(&row));
            }
            if let Some(mut current) = store::current_rollout(tx.sql())? {
                if current.version > version {
                    return Err(RolloutError::Older {
                        version,
                        current: current.version,
                    });
                }
                current.state = RolloutState::Superseded;
                tx.keep_rollout(&current)?;
            }
            row.state = RolloutState::Going;
            row.ring_since = now;
            tx.keep_rollout(&row)?;
            // A first ring without kiosks is passed over at once.
            Ok(judge_current(tx, now)?)
        })
    }

    /// Stops the rollout until it is resumed; who has the release keeps it.
    ///
    /// # Errors
    /// [`RolloutError::None`], [`RolloutError::State`] if it does not go.
    pub fn pause_rollout(&self) -> Result<ReleaseVersion, RolloutError> {
        self.write(|tx| {
            let mut row = store::current_rollout(tx.sql())?.ok_or(RolloutError::None)?;
            if row.state != RolloutState::Going {
                return Err(state(&row));
            }
            row.state = RolloutState::Paused;
            tx.keep_rollout(&row)?;
            Ok(row.version)
        })
    }

    /// Lets a paused or halted rollout go on. The failures of kiosks that failed so far are
    /// forgotten: they are offered the release again, and may fail again.
    ///
    /// # Errors
    /// [`RolloutError::None`], [`RolloutError::State`] if it does not stand still.
    pub fn resume_rollout(&self, now: UtcMillis) -> Result<ReleaseVersion, RolloutError> {
        self.write(|tx| {
            let mut row = store::current_rollout(tx.sql())?.ok_or(RolloutError::None)?;
            let halted = row.state == RolloutState::Halted;
            if !halted && row.state != RolloutState::Paused {
                return Err(state(&row));
            }
            let kiosks = store::release_kiosks(tx.sql())?;
            for stand in stands(&row, &kiosks, now) {
                let (kiosk, stand) = stand;
                let bad = matches!(
                    doing(&stand, row.version, &row.limits, now),
                    Doing::Badly | Doing::Silent
                );
                if stand.ring <= row.ring && bad {
                    tx.offer_release(kiosk, row.version, now)?;
                }
            }
            row.state = RolloutState::Going;
            row.why = String::new();
            row.ring_since = now;
            tx.keep_rollout(&row)?;
            Ok(row.version)
        })
    }

    /// Lets the rollout go on to its next ring, or halt, if it is time.
    ///
    /// # Errors
    /// When the store fails.
    pub fn judge_rollout(&self, now: UtcMillis) -> Result<(), StoreError> {
        // Most of the time there is nothing to judge, and nothing is written.
        let current = self.inner.store.read(store::current_rollout)?;
        if current.is_none_or(|row| row.state != RolloutState::Going) {
            return Ok(());
        }
        self.write(|tx| judge_current(tx, now))
    }

    /// The rollout that was started last, and how each kiosk stands to it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn rollout_report(&self, now: UtcMillis) -> Result<Option<RolloutReport>, RolloutError> {
        self.inner.store.read(|sql| {
            let Some(row) = store::current_rollout(sql)? else {
                return Ok(None);
            };
            let kiosks = store::release_kiosks(sql)?;
            let kiosks = kiosks.iter().map(|said| report(&row, said, now)).collect();
            Ok(Some(RolloutReport {
                version: row.version,
                state: row.state,
                rings: row.rings,
                limits: row.limits,
                ring: row.ring,
                ring_since: row.ring_since,
                why: row.why,
                kiosks,
            }))
        })
    }
}

/// Judges the rollout that goes, if one does, as often as that changes anything.
pub(crate) fn judge_current(tx: &mut Tx<'_>, now: UtcMillis) -> Result<(), StoreError> {
    let Some(mut row) = store::current_rollout(tx.sql())? else {
        return Ok(());
    };
    while row.state == RolloutState::Going {
        open_rings(tx, &row, now)?;
        let kiosks = store::release_kiosks(tx.sql())?;
        let stands: Vec<Stand> = stands(&row, &kiosks, now).map(|(_, stand)| stand).collect();
        let place = (row.rings.len(), row.ring, row.ring_since);
        match judge_rollout(place, &stands, row.version, &row.limits, now) {
            RolloutVerdict::GoOn => return Ok(()),
            RolloutVerdict::NextRing => {
                row.ring += 1;
                row.ring_since = now;
                tx.keep_rollout(&row)?;
                tracing::info!(event = "rollout.next_ring", version = %row.version, ring = row.ring);
            }
            RolloutVerdict::Finished => {
                row.state = RolloutState::Done;
                tx.keep_rollout(&row)?;
                tracing::info!(event = "rollout.done", version = %row.version);
            }
            RolloutVerdict::Halt { ring, failed, of } => {
                let name = row.rings.get(ring).map_or("", |ring| ring.name.as_str());
                row.state = RolloutState::Halted;
                row.why = format!("{failed} of {of} kiosks of the ring \"{name}\" failed");
                tx.keep_rollout(&row)?;
                tracing::error!(event = "rollout.halted", version = %row.version, failed, of);
            }
        }
    }
    Ok(())
}

/// Offers the release to the kiosks of the rings a rollout has come to, and to those that were
/// hung up there since.
fn open_rings(tx: &mut Tx<'_>, row: &RolloutRow, now: UtcMillis) -> Result<(), StoreError> {
    for said in store::release_kiosks(tx.sql())? {
        let ring = ring_of(&row.rings, row.version, said.kiosk);
        if ring.is_some_and(|ring| ring <= row.ring) && said.version != Some(row.version) {
            tx.offer_release(said.kiosk, row.version, now)?;
        }
    }
    Ok(())
}

/// The kiosks of every ring that has been reached.
fn stands<'k>(
    row: &'k RolloutRow,
    kiosks: &'k [ReleaseKioskRow],
    now: UtcMillis,
) -> impl Iterator<Item = (KioskId, Stand)> + 'k {
    kiosks.iter().filter_map(move |said| {
        let ring = ring_of(&row.rings, row.version, said.kiosk)?;
        (ring <= row.ring).then(|| (said.kiosk, stand(row, said, ring, now)))
    })
}

fn stand(row: &RolloutRow, said: &ReleaseKioskRow, ring: usize, now: UtcMillis) -> Stand {
    let of_this = said.version == Some(row.version);
    // A kiosk that came later is offered it from now on.
    let offered_at = said.offered_at.filter(|_| of_this).unwrap_or(now);
    Stand {
        ring,
        offered_at,
        heard_at: said.heard_at.filter(|at| *at >= offered_at),
        running: said.running,
        stage: said.stage.clone().filter(|_| of_this),
    }
}

fn report(row: &RolloutRow, said: &ReleaseKioskRow, now: UtcMillis) -> RolloutKiosk {
    let ring = ring_of(&row.rings, row.version, said.kiosk);
    let stand = ring
        .filter(|ring| *ring <= row.ring)
        .map(|ring| stand(row, said, ring, now));
    RolloutKiosk {
        kiosk: said.kiosk,
        label: said.label.clone(),
        ring,
        running: said.running,
        doing: stand
            .as_ref()
            .map(|stand| doing(stand, row.version, &row.limits, now)),
        stage: stand.and_then(|stand| stand.stage),
        heard_at: said.heard_at,
    }
}

fn state(row: &RolloutRow) -> RolloutError {
    RolloutError::State {
        version: row.version,
        state: row.state,
    }
}
