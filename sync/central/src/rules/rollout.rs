//! How a release comes to the fleet: ring by ring, and no further when a ring does badly.

use dayroom_protocol::{KioskId, ReleaseStage, ReleaseVersion, UtcMillis};
use serde::{Deserialize, Serialize};

use crate::kiosk::sha256;

/// Kiosks that get a release at the same time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ring {
    /// What operators call it.
    pub name: String,
    /// Which kiosks; those of a ring before it are not counted again.
    pub who: RingWho,
}

/// Which kiosks are in a ring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RingWho {
    /// This many of a hundred, the rings before it included. Which, is drawn anew for each release,
    /// so that not the same kiosks are always the first.
    Share(u8),
    /// These.
    Kiosks(Vec<KioskId>),
}

/// When a ring does too badly, and when well enough for the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolloutLimits {
    /// A rollout halts when more than this many of a hundred kiosks of a ring have failed.
    pub failed_percent: u8,
    /// Seconds that pass between the last kiosk of a ring and the first of the next.
    pub soak: u32,
    /// Seconds after which a kiosk that was offered the release and says nothing has failed.
    pub silent: u32,
}

impl Default for RolloutLimits {
    fn default() -> Self {
        const HOUR: u32 = 3_600;
        Self {
            failed_percent: 10,
            soak: 24 * HOUR,
            silent: 24 * HOUR,
        }
    }
}

/// How one kiosk stands to the release of a rollout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stand {
    pub(crate) ring: usize,
    pub(crate) offered_at: UtcMillis,
    /// When it last said anything about releases, if that was after the offer.
    pub(crate) heard_at: Option<UtcMillis>,
    pub(crate) running: Option<ReleaseVersion>,
    /// What it last said of this release.
    pub(crate) stage: Option<ReleaseStage>,
}

/// How a kiosk is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doing {
    /// It runs the release, or will at its next start.
    Well,
    /// It is on its way.
    OnItsWay,
    /// It refused it, could not stage it, or went back.
    Badly,
    /// It was offered it and has said nothing since, for too long.
    Silent,
}

/// What is to become of a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RolloutVerdict {
    /// It goes on as it does.
    GoOn,
    /// The next ring may have it.
    NextRing,
    /// Every ring has it.
    Finished,
    /// It halts.
    Halt {
        /// Which ring did too badly.
        ring: usize,
        /// Kiosks of it that failed.
        failed: usize,
        /// Kiosks of it.
        of: usize,
    },
}

/// The ring of a kiosk; `None` if the rollout leaves it out.
pub(crate) fn ring_of(rings: &[Ring], version: ReleaseVersion, kiosk: KioskId) -> Option<usize> {
    let drawn = draw(version, kiosk);
    rings.iter().position(|ring| match &ring.who {
        RingWho::Share(percent) => drawn < *percent,
        RingWho::Kiosks(kiosks) => kiosks.contains(&kiosk),
    })
}

/// A number from 0 to 99, the same each time for the same kiosk and release.
fn draw(version: ReleaseVersion, kiosk: KioskId) -> u8 {
    let digest = sha256(format!("{version}/{kiosk}").as_bytes()).0;
    let number = digest
        .iter()
        .take(8)
        .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    u8::try_from(number % 100).unwrap_or_default()
}

/// How a kiosk is doing with a release.
pub(crate) fn doing(
    stand: &Stand,
    version: ReleaseVersion,
    limits: &RolloutLimits,
    now: UtcMillis,
) -> Doing {
    match &stand.stage {
        Some(
            ReleaseStage::Refused { .. } | ReleaseStage::Failed { .. } | ReleaseStage::RolledBack,
        ) => return Doing::Badly,
        Some(ReleaseStage::Staged) => return Doing::Well,
        Some(ReleaseStage::Idle | ReleaseStage::Fetching { .. } | ReleaseStage::Unknown) | None => {
        }
    }
    if stand.running.is_some_and(|running| running >= version) {
        return Doing::Well;
    }
    let last = stand.heard_at.unwrap_or(stand.offered_at);
    if now.millis_since(last) > i64::from(limits.silent) * 1_000 {
        Doing::Silent
    } else {
        Doing::OnItsWay
    }
}

/// What is to become of a rollout that has come to the ring `at` since `since`. A kiosk that went
/// well at first and back afterwards counts against its ring whenever it says so.
pub(crate) fn judge_rollout(
    (rings, at, since): (usize, usize, UtcMillis),
    stands: &[Stand],
    version: ReleaseVersion,
    limits: &RolloutLimits,
    now: UtcMillis,
) -> RolloutVerdict {
    for ring in 0..=at {
        let of_ring = stands.iter().filter(|stand| stand.ring == ring);
        let doings: Vec<Doing> = of_ring
            .map(|stand| doing(stand, version, limits, now))
            .collect();
        let bad = |doing: &&Doing| matches!(doing, Doing::Badly | Doing::Silent);
        let failed = doings.iter().filter(bad).count();
        if failed * 100 > usize::from(limits.failed_percent) * doings.len() {
            let of = doings.len();
            return RolloutVerdict::Halt { ring, failed, of };
        }
        if ring == at {
            let under_way = doings.contains(&Doing::OnItsWay);
            // A ring without kiosks has nothing to soak.
            let soaked = now.millis_since(since) >= i64::from(limits.soak) * 1_000;
            if under_way || !(soaked || doings.is_empty()) {
                return RolloutVerdict::GoOn;
            }
        }
    }
    if at + 1 < rings {
        RolloutVerdict::NextRing
    } else {
        RolloutVerdict::Finished
    }
}

#[cfg(test)]
#[path = "rollout_tests.rs"]
mod tests;
