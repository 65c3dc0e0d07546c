use dayroom::store::Synchronous;
use dayroom_client::plan::PlanConfig;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

/// A fault built into the harness on purpose: a simulation that does not see it proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// None: the product as it is.
    Nothing,
    /// The cursor of a page is saved in one transaction and its records in another, and the power
    /// may go between the two.
    CursorFirst,
    /// The screen shows a message as read and writes the intent later, and the power may go
    /// between the two.
    ReadWithoutIntent,
    /// The store commits with `synchronous = NORMAL`.
    SynchronousNormal,
}

/// What a seed decides beforehand.
#[derive(Clone, Debug)]
pub struct Setting {
    pub seed: u64,
    pub plant: Plant,
    pub units: usize,
    pub kiosks: usize,
    pub residents: usize,
    /// Records in a page of central's.
    pub page: usize,
    /// Things that happen by chance.
    pub steps: usize,
    /// The longest time between two of them, in milliseconds.
    pub step_gap: u64,
    pub network: Network,
    /// Whether central is ever set back to a backup.
    pub restores: bool,
    pub plan: PlanConfig,
    /// Whether to tell what happens.
    pub trace: bool,
}

/// How bad the network is; chances in 1000.
#[derive(Clone, Copy, Debug)]
pub struct Network {
    /// That a request, or its answer, is lost.
    pub lose: u32,
    /// That a request comes a second time.
    pub double: u32,
    /// That a body breaks off.
    pub cut: u32,
    /// The longest way, in milliseconds.
    pub delay: u64,
}

impl Network {
    pub const GOOD: Self = Self {
        lose: 0,
        double: 0,
        cut: 0,
        delay: 40,
    };
}

impl Setting {
    pub fn new(seed: u64, plant: Plant) -> Self {
        let mut rng = SmallRng::seed_from_u64(seed ^ 0x5E77_1465);
        let rough = rng.random_range(0..4_u32);
        Self {
            seed,
            plant,
            units: rng.random_range(2..=3),
            kiosks: rng.random_range(2..=4),
            residents: rng.random_range(3..=6),
            page: rng.random_range(1..=8),
            steps: rng.random_range(40..=90),
            step_gap: [400, 3_000, 15_000][rng.random_range(0..3_usize)],
            network: Network {
                lose: rough * 40,
                double: rough * 30,
                cut: rough * 30,
                delay: [50, 800, 9_000][rng.random_range(0..3_usize)],
            },
            restores: rng.random_range(0..4_u32) == 0,
            plan: PlanConfig {
                poll: rng.random_range(10_000..60_000),
                first_contact: 2_000,
                backoff_base: 500,
                backoff_cap: 20_000,
                retry_after_cap: 60_000,
                person_gap: 3_000,
                person_first: 60_000,
                journal_look: rng.random_range(5_000..15_000),
                stream_settled: 10_000,
                digest_every: 240_000,
                digest_first: 120_000,
                health_every: 60_000,
                health_debounce: 2_000,
                health_gap: 10_000,
                health_patience: 30_000,
                blob_queue: rng.random_range(1..8),
            },
            trace: std::env::var_os("DAYROOM_SIM_TRACE").is_some(),
        }
    }

    pub fn synchronous(&self) -> Synchronous {
        match self.plant {
            Plant::SynchronousNormal => Synchronous::Normal,
            Plant::Nothing | Plant::CursorFirst | Plant::ReadWithoutIntent => Synchronous::Full,
        }
    }
}
