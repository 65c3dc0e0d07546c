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

/// The machine's clocks: boot time for timers and locks, UTC for what people read.
///
/// Clones share the floor: UTC is never said to be earlier than the last time central gave.
#[derive(Clone, Debug)]
pub struct Clock {
    boot: BootId,
    floor: Arc<AtomicI64>,
    #[cfg(feature = "demo")]
    standing: Option<Standing>,
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
        let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
            .map_err(ClockError::BootIdUnreadable)?;
        let id = uuid::Uuid::parse_str(text.trim()).map_err(|_| ClockError::BootIdMalformed)?;
        Ok(Self {
            boot: BootId(id.as_u128()),
            floor: Arc::new(AtomicI64::new(i64::MIN)),
            #[cfg(feature = "demo")]
            standing: None,
        })
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
        let utc = Self::system().0;
        Now {
            boot: BootMoment {
                boot: self.boot,
                at: BootMillis(millis),
            },
            utc: UtcMillis(utc.max(self.floor.load(Ordering::Relaxed))),
        }
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
    fn boot_time_does_not_go_back() {
        let clock = Clock::open().unwrap();
        let first = clock.now().boot;
        let second = clock.now().boot;
        assert!(first.boot == second.boot && first.at <= second.at);
    }
}
