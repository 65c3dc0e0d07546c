use std::time::Duration;

use crate::domain::{BootMoment, Now, UtcMillis};

/// A policy that gives less is not believed: a slip of an operator must not empty a fleet.
const LEAST: Duration = Duration::from_secs(60 * 60);

/// How long ago central last answered.
///
/// Within one start of the machine only boot time counts, so that a clock that jumps takes nothing
/// away. Across a start there is only UTC, which never goes below what central last gave.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lease {
    contact: Option<UtcMillis>,
    seen: Option<BootMoment>,
    since_start: BootMoment,
}

impl Lease {
    /// At the start of the process, with the contact the store remembers.
    pub(super) fn new(contact: Option<UtcMillis>, now: Now) -> Self {
        Self {
            contact,
            seen: None,
            since_start: now.boot,
        }
    }

    /// Central answered.
    pub(super) fn renew(&mut self, at: UtcMillis, now: Now) {
        self.contact = Some(self.contact.map_or(at, |contact| contact.max(at)));
        self.seen = Some(now.boot);
    }

    /// Whether it is over; never before the first contact, when there is nothing to close.
    pub(super) fn is_over(&self, lease: Duration, now: Now) -> bool {
        self.age(now).is_some_and(|age| age > lease.max(LEAST))
    }

    /// How long ago that was; `None` before the first contact.
    pub(super) fn age(&self, now: Now) -> Option<Duration> {
        let contact = self.contact?;
        Some(match self.seen {
            Some(seen) => now.boot.at.since(seen.at),
            None => {
                let by_utc = now.utc.0.saturating_sub(contact.0);
                let by_utc = Duration::from_millis(u64::try_from(by_utc).unwrap_or(0));
                by_utc.max(now.boot.at.since(self.since_start.at))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BootId, BootMillis};

    const DAY: u64 = 86_400_000;
    const MONTH: Duration = Duration::from_secs(30 * 86_400);

    fn now(boot_days: u64, utc_days: i64) -> Now {
        Now {
            boot: BootMoment {
                boot: BootId(1),
                at: BootMillis(boot_days * DAY),
            },
            utc: UtcMillis(utc_days * 86_400_000),
        }
    }

    #[test]
    fn a_kiosk_out_of_contact_for_longer_than_its_lease_closes() {
        let mut lease = Lease::new(None, now(0, 20_000));
        assert!(!lease.is_over(MONTH, now(99, 20_099)), "it never was open");
        lease.renew(UtcMillis(20_000 * 86_400_000), now(0, 20_000));
        assert!(!lease.is_over(MONTH, now(30, 20_030)));
        assert!(lease.is_over(MONTH, now(31, 20_031)));
        lease.renew(UtcMillis(20_031 * 86_400_000), now(31, 20_031));
        assert!(!lease.is_over(MONTH, now(32, 20_032)));
    }

    #[test]
    fn a_clock_that_jumps_while_the_machine_runs_neither_ends_nor_extends_a_lease() {
        let mut lease = Lease::new(None, now(0, 20_000));
        lease.renew(UtcMillis(20_000 * 86_400_000), now(0, 20_000));
        assert!(!lease.is_over(MONTH, now(1, 24_855)), "2038");
        assert!(lease.is_over(MONTH, now(31, 0)), "1970");
    }

    #[test]
    fn a_reboot_does_not_renew_a_lease() {
        let contact = Some(UtcMillis(20_000 * 86_400_000));
        let lease = Lease::new(contact, now(0, 20_031));
        assert!(lease.is_over(MONTH, now(0, 20_031)));
        // With a clock that has lost its time, at least what passes here counts.
        let lease = Lease::new(contact, now(0, 20_000));
        assert!(lease.is_over(MONTH, now(31, 20_000)));
    }

    #[test]
    fn a_lease_of_seconds_is_not_believed() {
        let mut lease = Lease::new(None, now(0, 20_000));
        lease.renew(UtcMillis(20_000 * 86_400_000), now(0, 20_000));
        let mut soon = now(0, 20_000);
        soon.boot.at.0 += 60_000;
        assert!(!lease.is_over(Duration::ZERO, soon));
    }
}
