use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use dayroom_protocol::UtcMillis;

/// Tries that came to nothing from one address within [`WINDOW`].
const OF_ONE: u32 = 20;
/// Tries that came to nothing from everywhere within [`WINDOW`].
const OF_ALL: u32 = 300;
/// The time that is counted.
const WINDOW: Duration = Duration::from_secs(600);
/// Addresses that are remembered.
const ADDRESSES: usize = 4_096;

/// Counts tries that came to nothing, so that guessing is slow from one address and from many.
/// What counts for a code is in the store; this is in memory, and a restart forgets it.
#[derive(Debug, Default)]
pub(super) struct Failures {
    of_one: BTreeMap<IpAddr, Count>,
    of_all: Count,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    since: UtcMillis,
    count: u32,
}

impl Default for Count {
    fn default() -> Self {
        Self {
            since: UtcMillis(i64::MIN),
            count: 0,
        }
    }
}

impl Count {
    /// How long until there is room again, if there is none.
    fn wait(self, limit: u32, now: UtcMillis) -> Option<Duration> {
        let passed = now.millis_since(self.since);
        let window = i64::try_from(WINDOW.as_millis()).unwrap_or(i64::MAX);
        let left = window.saturating_sub(passed);
        if self.count < limit || passed < 0 || left <= 0 {
            return None;
        }
        Some(Duration::from_millis(left.unsigned_abs()))
    }

    fn add(&mut self, now: UtcMillis) {
        let passed = now.millis_since(self.since);
        if passed < 0 || passed >= i64::try_from(WINDOW.as_millis()).unwrap_or(i64::MAX) {
            *self = Self {
                since: now,
                count: 0,
            };
        }
        self.count = self.count.saturating_add(1);
    }
}

impl Failures {
    /// How long this address has to wait, if it must.
    pub(super) fn wait(&self, address: IpAddr, now: UtcMillis) -> Option<Duration> {
        let own = self.of_one.get(&address).copied().unwrap_or_default();
        own.wait(OF_ONE, now).or(self.of_all.wait(OF_ALL, now))
    }

    pub(super) fn add(&mut self, address: IpAddr, now: UtcMillis) {
        self.of_all.add(now);
        if !self.of_one.contains_key(&address) && self.of_one.len() >= ADDRESSES {
            let oldest = self.of_one.iter().min_by_key(|(_, count)| count.since);
            if let Some(oldest) = oldest.map(|(address, _)| *address) {
                self.of_one.remove(&oldest);
            }
        }
        self.of_one.entry(address).or_default().add(now);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::V4(Ipv4Addr::new(10, 0, 0, last))
    }

    #[test]
    fn one_address_waits_after_twenty_failures_and_another_does_not() {
        let mut failures = Failures::default();
        let now = UtcMillis(1_000_000);
        for _ in 0..OF_ONE {
            assert_eq!(failures.wait(address(1), now), None);
            failures.add(address(1), now);
        }
        assert_eq!(failures.wait(address(1), now), Some(WINDOW));
        assert_eq!(failures.wait(address(2), now), None);
        assert_eq!(failures.wait(address(1), now.plus_millis(600_000)), None);
    }

    #[test]
    fn many_addresses_together_wait_too() {
        let mut failures = Failures::default();
        let now = UtcMillis(1_000_000);
        for last in 0..OF_ALL {
            failures.add(address((last % 200) as u8), now);
        }
        assert!(failures.wait(address(250), now).is_some());
    }

    #[test]
    fn a_clock_set_back_opens_the_window_and_memory_stays_bounded() {
        let mut failures = Failures::default();
        let now = UtcMillis(1_000_000);
        for _ in 0..OF_ONE {
            failures.add(address(1), now);
        }
        assert_eq!(failures.wait(address(1), UtcMillis(0)), None);
        for number in 0..ADDRESSES as u32 + 10 {
            failures.add(IpAddr::V4(Ipv4Addr::from(number)), now);
        }
        assert!(failures.of_one.len() <= ADDRESSES);
    }
}
