use std::sync::Arc;
#[cfg(feature = "demo")]
use std::sync::atomic::AtomicU64;
use std::sync::atomic::{AtomicI64, Ordering};
#[cfg(feature = "demo")]
use std::time::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::domain::{BootId, BootMillis, BootMoment, Now, UtcMillis};

/// Why the clocks of this machine cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    /// The kernel gives no boot id.
    #[error("cannot read the kernel's boot id")]
    BootIdUnreadable(#[source] std::io::Error),
    /// The boot id is not a UUID.
    #[error("the kernel's boot id is not a UUID")]
    BootIdMalformed,
}

/// No moment before this is now: when this program was built (`SOURCE_DATE_EPOCH`, in seconds), else
/// when this line was last written.
pub const BUILT: UtcMillis = match option_env!("SOURCE_DATE_EPOCH") {
    Some(seconds) => match i64::from_str_radix(seconds, 10) {
        Ok(seconds) => UtcMillis(seconds.saturating_mul(1_000)),
        Err(_) => WRITTEN,
    },
    None => WRITTEN,
};
/// A clock may lag this far without being called wrong; certificates are dated back as far.
const SLACK_MS: i64 = 60 * 60 * 1000;
/// 2026-11-01T00:00:00Z.
const WRITTEN: UtcMillis = UtcMillis(1_793_491_200_000);

/// The machine's clocks: boot time for timers and locks, UTC for what people read.
///
/// Clones share the floor: UTC is never said to be earlier than the build of this program, nor than
/// the last time that central gave or its root signed. The floor only rises, and never by the
/// machine's own clock: one that was ahead for a day leaves no trace.
#[derive(Clone, Debug)]
pub struct Clock {
    boot: BootId,
    floor: Arc<AtomicI64>,
    #[cfg(feature = "demo")]
    standing: Option<Standing>,
    /// By how much the machine's clock is wrong.
    #[cfg(feature = "demo")]
    skew_ms: Arc<AtomicI64>,
}

/// A time that passes only when it is told to.
#[cfg(feature = "demo")]
#[derive(Clone, Debug)]
struct Standing {
    from: Now,
    passed_ms: Arc<AtomicU64>,
}

impl Clock {
    /// Opens the clocks.
    ///
    /// # Errors
    /// When the kernel's boot id cannot be read.
    pub fn open() -> Result<Self, ClockError> {
        // A unit whose /proc has nothing but processes says it itself (`%b`).
        let text = match std::env::var("DAYROOM_BOOT_ID") {
            Ok(text) => text,
            Err(_) => std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
                .map_err(ClockError::BootIdUnreadable)?,
        };
        let id = uuid::Uuid::parse_str(text.trim()).map_err(|_| ClockError::BootIdMalformed)?;
        Ok(Self {
            boot: BootId(id.as_u128()),
            floor: Arc::new(AtomicI64::new(BUILT.0)),
            #[cfg(feature = "demo")]
            standing: None,
            #[cfg(feature = "demo")]
            skew_ms: Arc::default(),
        })
    }

    /// Makes the machine's clock wrong by so much, for tests.
    #[cfg(feature = "demo")]
    pub fn skew(&self, millis: i64) {
        self.skew_ms.store(millis, Ordering::Relaxed);
    }

    /// A clock that stands still at `from`, for pictures: see [`Clock::pass`].
    #[cfg(feature = "demo")]
    pub fn standing(from: Now) -> Self {
        Self {
            boot: from.boot.boot,
            floor: Arc::new(AtomicI64::new(i64::MIN)),
            standing: Some(Standing {
                from,
                passed_ms: Arc::default(),
            }),
            skew_ms: Arc::default(),
        }
    }

    /// Lets time pass on a clock that stands still; another takes no notice.
    #[cfg(feature = "demo")]
    pub fn pass(&self, span: Duration) {
        if let Some(standing) = &self.standing {
            let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
            standing.passed_ms.fetch_add(millis, Ordering::Relaxed);
        }
    }

    /// What the system's clock says, whatever has been.
    pub fn system() -> UtcMillis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).ok();
        let millis = since.and_then(|since| i64::try_from(since.as_millis()).ok());
        UtcMillis(millis.unwrap_or(0))
    }

    /// What the clocks say now.
    pub fn now(&self) -> Now {
        #[cfg(feature = "demo")]
        if let Some(standing) = &self.standing {
            return standing.now();
        }
        let boot = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let millis = boot.tv_sec.unsigned_abs() * 1000 + boot.tv_nsec.unsigned_abs() / 1_000_000;
        Now {
            boot: BootMoment {
                boot: self.boot,
                at: BootMillis(millis),
            },
            utc: UtcMillis(self.machine_utc().max(self.floor.load(Ordering::Relaxed))),
        }
    }

    /// Whether the machine's own clock stands below the floor: it is wrong, and the time is only
    /// known not to be earlier than [`Clock::now`] says.
    pub fn is_behind(&self) -> bool {
        #[cfg(feature = "demo")]
        if self.standing.is_some() {
            return false;
        }
        self.machine_utc().saturating_add(SLACK_MS) < self.floor.load(Ordering::Relaxed)
    }

    fn machine_utc(&self) -> i64 {
        let utc = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .ok()
            .and_then(|since| i64::try_from(since.as_millis()).ok())
            .unwrap_or(0);
        #[cfg(feature = "demo")]
        let utc = utc.saturating_add(self.skew_ms.load(Ordering::Relaxed));
        utc
    }

    /// Takes a time central has given: UTC never goes below it again.
    pub fn raise_floor(&self, to: UtcMillis) {
        self.floor.fetch_max(to.0, Ordering::Relaxed);
    }
}

#[cfg(feature = "demo")]
impl Standing {
    fn now(&self) -> Now {
        let passed = self.passed_ms.load(Ordering::Relaxed);
        let boot = BootMoment {
            at: self.from.boot.at.plus(Duration::from_millis(passed)),
            ..self.from.boot
        };
        let utc = self.from.utc.0.saturating_add_unsigned(passed);
        Now {
            boot,
            utc: UtcMillis(utc),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utc_never_goes_below_the_last_time_central_gave() {
        let clock = Clock::open().unwrap();
        let ahead = UtcMillis(clock.now().utc.0 + 1_000_000);
        clock.raise_floor(ahead);
        clock.raise_floor(UtcMillis(0));
        assert!(clock.now().utc >= ahead);
    }

    #[test]
    fn a_clock_below_what_is_proven_is_known_to_be_behind() {
        let clock = Clock::open().unwrap();
        assert!(clock.now().utc >= BUILT && !clock.is_behind());
        clock.raise_floor(UtcMillis(clock.now().utc.0 + 1_000_000));
        assert!(!clock.is_behind(), "a quarter of an hour is nothing");
        clock.raise_floor(UtcMillis(clock.now().utc.0 + 5_000_000));
        assert!(clock.is_behind());
    }

    #[test]
    fn boot_time_does_not_go_back() {
        let clock = Clock::open().unwrap();
        let first = clock.now().boot;
        let second = clock.now().boot;
        assert!(first.boot == second.boot && first.at <= second.at);
    }
}
