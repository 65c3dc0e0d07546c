//! Who may try to sign in, and when: the lock policy for keypad tries of one number on one kiosk.
//!
//! Pure. Whoever checks a PIN asks [`TryRecord::gate`], writes [`TryRecord::count_try`] to disk, checks
//! the PIN only then, and writes [`TryRecord::succeed`] after a right one. A power cut at any point
//! between leaves the try counted as wrong. Numbers nobody has go the same way.

#[cfg(test)]
mod tests;
mod weak;

pub use weak::{Weak, weakness};

use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::BootMoment;

/// Wrong PINs within [`TRY_WINDOW`] that lock a number.
pub const TRIES: u32 = 5;
/// The span in which wrong PINs add up.
pub const TRY_WINDOW: Duration = Duration::from_secs(15 * 60);
/// How long the first lock is; every further one is twice as long.
pub const FIRST_LOCK: Duration = Duration::from_secs(15 * 60);
/// How long a lock can get.
pub const LONGEST_LOCK: Duration = Duration::from_secs(24 * 60 * 60);
/// Tries without a success after which only staff can open a number again.
pub const TRIES_WITHOUT_SUCCESS: u32 = 100;

/// The tries of one number since its last success.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TryRecord {
    recent: Vec<BootMoment>,
    lock: Option<Lock>,
    locks_in_a_row: u32,
    without_success: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Lock {
    from: BootMoment,
    span: Duration,
}

/// Whether a PIN of a number may be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Yes.
    Open {
        /// How many wrong ones are left before the next lock, at least 1.
        tries_left: u32,
    },
    /// Not yet.
    Locked {
        /// How long still, by boot time.
        remaining: Duration,
    },
    /// Not until staff lift it.
    NeedsStaff,
}

impl TryRecord {
    /// Whether a PIN may be checked now. A moment of another start of the machine counts as now: a
    /// reboot closes no window and shortens no lock.
    pub fn gate(&self, now: BootMoment) -> Gate {
        if self.without_success >= TRIES_WITHOUT_SUCCESS {
            return Gate::NeedsStaff;
        }
        if let Some(remaining) = self.lock.and_then(|lock| lock.remaining(now)) {
            return Gate::Locked { remaining };
        }
        let recent = self.recent.iter().filter(|at| in_window(**at, now)).count();
        let in_window = TRIES.saturating_sub(u32::try_from(recent).unwrap_or(u32::MAX));
        let for_ever = TRIES_WITHOUT_SUCCESS.saturating_sub(self.without_success);
        Gate::Open {
            tries_left: in_window.min(for_ever).max(1),
        }
    }

    /// Counts a try as wrong, before it is checked, and sets the lock if it was the fifth.
    #[must_use]
    pub fn count_try(self, now: BootMoment) -> Self {
        let mut record = self.settle_boot(now);
        record.without_success = record.without_success.saturating_add(1);
        record.recent.push(now);
        if record.recent.len() >= TRIES as usize {
            record.recent.clear();
            record.lock = Some(Lock {
                from: now,
                span: lock_span(record.locks_in_a_row),
            });
            record.locks_in_a_row = record.locks_in_a_row.saturating_add(1);
        }
        record
    }

    /// The PIN was right: nothing is held against this number any more.
    #[must_use]
    pub fn succeed(self) -> Self {
        Self::default()
    }

    /// Drops what is over, and restarts whole what an earlier start of the machine left running.
    /// To be written back once per start; it also keeps a lock that has run out from returning later.
    #[must_use]
    pub fn settle_boot(mut self, now: BootMoment) -> Self {
        self.recent.retain(|at| in_window(*at, now));
        for at in self.recent.iter_mut().filter(|at| at.boot != now.boot) {
            *at = now;
        }
        self.lock = self.lock.filter(|lock| lock.remaining(now).is_some());
        if let Some(lock) = self.lock.as_mut().filter(|l| l.from.boot != now.boot) {
            lock.from = now;
        }
        self
    }
}

impl Lock {
    /// How long it still holds; `None` when it is over.
    fn remaining(self, now: BootMoment) -> Option<Duration> {
        let passed = passed(self.from, now);
        self.span.checked_sub(passed).filter(|rest| !rest.is_zero())
    }
}

fn in_window(at: BootMoment, now: BootMoment) -> bool {
    passed(at, now) < TRY_WINDOW
}

/// Time since `at`: none of it is known to have passed if the machine was started again.
fn passed(at: BootMoment, now: BootMoment) -> Duration {
    if at.boot == now.boot {
        now.at.since(at.at)
    } else {
        Duration::ZERO
    }
}

fn lock_span(before: u32) -> Duration {
    let factor = 1_u32.checked_shl(before).unwrap_or(u32::MAX);
    FIRST_LOCK.saturating_mul(factor).min(LONGEST_LOCK)
}

/// Digits somebody is typing. No `Debug`, wiped on drop, and never copied when moved: the buffer
/// is on the heap and does not grow.
pub struct Digits {
    bytes: Box<[u8; Self::MOST]>,
    len: usize,
}

impl Digits {
    /// The most digits it takes.
    pub const MOST: usize = 12;

    /// None yet.
    pub fn new() -> Self {
        Self {
            bytes: Box::new([0; Self::MOST]),
            len: 0,
        }
    }

    /// Adds a digit; without effect once there are `most`.
    pub fn push(&mut self, digit: Digit, most: usize) {
        if self.len < most
            && let Some(place) = self.bytes.get_mut(self.len)
        {
            *place = b'0' + digit.0;
            self.len += 1;
        }
    }

    /// Takes the last digit back.
    pub fn erase(&mut self) {
        self.len = self.len.saturating_sub(1);
        if let Some(place) = self.bytes.get_mut(self.len) {
            place.zeroize();
        }
    }

    /// Takes all digits back.
    pub fn clear(&mut self) {
        self.bytes.zeroize();
        self.len = 0;
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The digits as text.
    pub fn as_str(&self) -> &str {
        let typed = self.bytes.get(..self.len).unwrap_or_default();
        str::from_utf8(typed).unwrap_or_default()
    }
}

impl Default for Digits {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Digits {
    fn drop(&mut self) {
        self.clear();
    }
}

/// One decimal digit. Its `Debug` does not tell which.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digit(u8);

impl Digit {
    /// 0 to 9.
    pub const ALL: [Self; 10] = [
        Self(0),
        Self(1),
        Self(2),
        Self(3),
        Self(4),
        Self(5),
        Self(6),
        Self(7),
        Self(8),
        Self(9),
    ];

    /// Takes 0 to 9.
    pub fn new(value: u8) -> Option<Self> {
        (value <= 9).then_some(Self(value))
    }

    /// 0 to 9.
    pub fn value(self) -> u8 {
        self.0
    }
}

impl std::fmt::Debug for Digit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Digit(_)")
    }
}

/// A typed PIN, complete enough to be checked. No `Debug`, wiped on drop.
pub struct Pin(Digits);

impl Pin {
    /// The fewest digits a PIN has.
    pub const MIN_DIGITS: usize = 6;
    /// The most digits a PIN has.
    pub const MAX_DIGITS: usize = 8;

    /// Takes what was typed; gives it back if no PIN has that many digits.
    pub fn complete(digits: Digits) -> Result<Self, Digits> {
        if (Self::MIN_DIGITS..=Self::MAX_DIGITS).contains(&digits.len()) {
            Ok(Self(digits))
        } else {
            Err(digits)
        }
    }

    /// Whether both are the same digits.
    pub fn is_same(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }

    /// The digits as text, to be hashed.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}
