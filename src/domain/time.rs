use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment as milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UtcMillis(pub i64);

/// Milliseconds since the machine started, sleep included (`CLOCK_BOOTTIME`). Never set back.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct BootMillis(pub u64);

impl BootMillis {
    /// The moment `span` later.
    pub fn plus(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_add(u64::try_from(span.as_millis()).unwrap_or(u64::MAX)),
        )
    }

    /// How long ago `earlier` was; zero if it is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// One start of the machine (`/proc/sys/kernel/random/boot_id`): boot times compare only within it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BootId(pub u128);

/// A moment of one start of the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootMoment {
    /// Which start.
    pub boot: BootId,
    /// When in it.
    pub at: BootMillis,
}

/// What the clocks say, always handed in, never asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// For timers, locks and holds.
    pub boot: BootMoment,
    /// For what people read; never below the last time central gave.
    pub utc: UtcMillis,
}
