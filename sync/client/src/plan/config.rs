use super::Millis;

/// The spans the plan goes by, in milliseconds of the monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanConfig {
    /// The longest time between two pulls while central answers (R23).
    pub poll: u64,
    /// The window of the very first contact after a start (R25); 0 lets it go at once, as does a
    /// store that holds nothing yet.
    pub first_contact: u64,
    /// The first retry comes within this span; each further one within twice the last (R25).
    pub backoff_base: u64,
    /// No retry waits longer than this (R25).
    pub backoff_cap: u64,
    /// No `Retry-After` is believed beyond this.
    pub retry_after_cap: u64,
    /// A person at the glass cuts a backoff short at most this often.
    pub person_gap: u64,
    /// How long after a person at the glass wanted something releases leave them the line.
    pub person_first: u64,
    /// How often the journal is looked into without a hint.
    pub journal_look: u64,
    /// A stream of pokes that ends sooner than this counts as a failure.
    pub stream_settled: u64,
    /// Between two digests (R27).
    pub digest_every: u64,
    /// The window of the first digest after a start.
    pub digest_first: u64,
    /// Between two reports of health; with [`PlanConfig::health_patience`] below five minutes.
    pub health_every: u64,
    /// A change of health waits this long for others that come with it.
    pub health_debounce: u64,
    /// Two reports are at least this far apart, whatever changes.
    pub health_gap: u64,
    /// A report that is due lets what is of more worth go first for this long.
    pub health_patience: u64,
    /// Blobs remembered for fetching; more are found by another scan (R11).
    pub blob_queue: usize,
}

impl Default for PlanConfig {
    fn default() -> Self {
        const SECOND: u64 = 1_000;
        const MINUTE: u64 = 60 * SECOND;
        Self {
            poll: 5 * MINUTE,
            first_contact: MINUTE,
            backoff_base: SECOND,
            backoff_cap: 5 * MINUTE,
            retry_after_cap: 15 * MINUTE,
            person_gap: 3 * SECOND,
            person_first: MINUTE,
            journal_look: 5 * SECOND,
            stream_settled: MINUTE,
            digest_every: 24 * 60 * MINUTE,
            digest_first: 60 * MINUTE,
            health_every: 4 * MINUTE,
            health_debounce: 2 * SECOND,
            health_gap: 10 * SECOND,
            health_patience: 30 * SECOND,
            blob_queue: 256,
        }
    }
}

impl Millis {
    /// The moment `span` milliseconds later.
    pub fn plus(self, span: u64) -> Self {
        Self(self.0.saturating_add(span))
    }

    /// Milliseconds since `earlier`; 0 if that is later.
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}
