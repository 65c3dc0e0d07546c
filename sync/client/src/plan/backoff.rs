use rand::{Rng, RngCore};

use super::PlanConfig;

/// The one retry policy (R13, R25): full jitter, a cap, never giving up, reset by success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Counts a failure and gives the milliseconds to wait.
    pub(super) fn fail(&mut self, config: &PlanConfig, rng: &mut dyn RngCore) -> u64 {
        let window = config
            .backoff_base
            .saturating_mul(1_u64.checked_shl(self.failures).unwrap_or(u64::MAX))
            .min(config.backoff_cap);
        self.failures = self.failures.saturating_add(1);
        rng.random_range(0..=window)
    }

    /// Forgets all failures.
    pub(super) fn succeed(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::SmallRng};

    use super::*;

    #[test]
    fn waits_spread_over_a_doubling_window_up_to_the_cap() {
        let config = PlanConfig::default();
        for n in 0..40_u32 {
            let window = 1_000_u64.saturating_mul(1 << n.min(30)).min(300_000);
            let waits: Vec<u64> = (0..200)
                .map(|seed| {
                    Backoff { failures: n }.fail(&config, &mut SmallRng::seed_from_u64(seed))
                })
                .collect();
            assert!(waits.iter().all(|wait| *wait <= window), "n = {n}");
            assert!(waits.iter().any(|wait| *wait > window * 9 / 10), "n = {n}");
            assert!(waits.iter().any(|wait| *wait < window / 10), "n = {n}");
        }
    }

    #[test]
    fn it_never_gives_up_and_one_success_resets_it() {
        let config = PlanConfig::default();
        let mut rng = SmallRng::seed_from_u64(7);
        let mut backoff = Backoff::default();
        for _ in 0..10_000 {
            assert!(backoff.fail(&config, &mut rng) <= 300_000);
        }
        backoff.succeed();
        assert!(backoff.fail(&config, &mut rng) <= 1_000);
    }
}
