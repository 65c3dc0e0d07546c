//! How a release comes to a kiosk, behind everything else: when to look, what to do next, and what
//! to tell central. Pure, as the plan is; [`super::Plan`] says when the line is free for it.

use dayroom_protocol::{ReleaseReport, ReleaseStage, ReleaseVersion};
use rand::{Rng, RngCore};

use super::backoff::Backoff;
use super::{Millis, PlanConfig};

/// Whether the line is free for releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseTurn {
    /// Nothing of more worth is under way, and nobody waits at the glass.
    Go,
    /// Something is, or central does not answer.
    Pause,
}

/// The spans a release's way goes by, in milliseconds of the monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseConfig {
    /// Between two looks; each is up to a quarter earlier, so that a fleet does not look at once.
    pub look_every: u64,
    /// The window of the first look after a start.
    pub look_first: u64,
    /// A hint brings the next look forward, but not closer to the last than this.
    pub hint_gap: u64,
    /// Tries for a bundle that comes and is not what was signed.
    pub tries: u32,
    /// How retries are spread.
    pub plan: PlanConfig,
}

impl Default for ReleaseConfig {
    fn default() -> Self {
        const MINUTE: u64 = 60_000;
        Self {
            look_every: 60 * MINUTE,
            look_first: 10 * MINUTE,
            hint_gap: 5 * MINUTE,
            tries: 3,
            plan: PlanConfig::default(),
        }
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReleaseEvent {
    /// Time has passed, or the process has started.
    Tick,
    /// Whether the line is free.
    Turn(ReleaseTurn),
    /// Central has something, perhaps this.
    Hint,
    /// Operators have ordered this release here. Answered by [`ReleaseAction::Answer`].
    Ordered {
        /// Which.
        version: ReleaseVersion,
        /// The signed order as it came, if it lets the release be not newer than what runs; whoever
        /// stages it verifies it again.
        older: Option<String>,
    },
    /// What [`ReleaseAction::Look`] brought.
    Offered(Option<ReleaseVersion>),
    /// What [`ReleaseAction::Check`] brought: how long the bundle is, and how much of it is here.
    Checked {
        /// Bytes that are here.
        have: u64,
        /// Bytes of the bundle.
        of: u64,
    },
    /// The signed list is not believed, has no such release, or the bundle is another one.
    Refused(String),
    /// It was started here before, did not hold, and the one before is back.
    GaveWay,
    /// The bundle has come whole, and is what was signed.
    Fetched,
    /// The bundle has come whole, and is not what was signed. It was thrown away.
    Corrupt,
    /// What was under way broke off; what has come is kept.
    Broken,
    /// What `dayroom machine` made of it.
    Machine(ReleaseStage),
}

/// What the caller has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReleaseAction {
    /// Ask central which release to run. Answered by `Offered` or `Broken`.
    Look,
    /// Fetch the metadata and verify it. Answered by `Checked`, `GaveWay`, `Refused` or
    /// `Broken`.
    Check(ReleaseVersion),
    /// Fetch the bundle from where it stopped. Answered by `Fetched`, `Corrupt` or `Broken`.
    Fetch(ReleaseVersion),
    /// Stop what is under way; it gets no answer, and what has come is kept.
    Stop,
    /// Ask `dayroom machine` to stage it. Answered by `Machine`.
    Stage {
        /// Which.
        version: ReleaseVersion,
        /// The order that lets it be not newer.
        order: Option<String>,
    },
    /// Throw away what has come in of other releases.
    Clear,
    /// Tell central.
    Report(ReleaseReport),
    /// Say what came of the order for a release.
    Answer {
        /// Which.
        version: ReleaseVersion,
        /// What; [`ReleaseStage::Idle`]: it runs already.
        stage: ReleaseStage,
    },
}

/// Where a release's way has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Nothing is under way.
    Rest,
    /// Central was asked.
    Looking,
    /// The metadata is being verified.
    Checking(ReleaseVersion),
    /// The bundle is coming, or waits for the line.
    Fetching { version: ReleaseVersion, runs: bool },
    /// `machine` has it.
    Staging(ReleaseVersion),
}

/// The way of releases to one kiosk.
#[derive(Debug)]
pub struct ReleasePlan {
    config: ReleaseConfig,
    running: ReleaseVersion,
    turn: ReleaseTurn,
    at: At,
    due: Option<Millis>,
    looked: Option<Millis>,
    ordered: Option<(ReleaseVersion, Option<String>)>,
    /// What was brought to its end, and how: it is not begun again until another is offered.
    settled: Option<(ReleaseVersion, ReleaseStage)>,
    wanted: Option<ReleaseVersion>,
    tries: u32,
    backoff: Backoff,
}

impl ReleasePlan {
    /// For a kiosk that runs this release.
    pub fn new(config: ReleaseConfig, running: ReleaseVersion) -> Self {
        Self {
            config,
            running,
            turn: ReleaseTurn::Pause,
            at: At::Rest,
            due: None,
            looked: None,
            ordered: None,
            settled: None,
            wanted: None,
            tries: 0,
            backoff: Backoff::default(),
        }
    }

    /// Takes in what happened and says what is to be done now, in that order.
    pub fn handle(
        &mut self,
        event: ReleaseEvent,
        now: Millis,
        rng: &mut dyn RngCore,
    ) -> Vec<ReleaseAction> {
        let mut out = Vec::new();
        match event {
            ReleaseEvent::Tick => {}
            ReleaseEvent::Turn(turn) => self.turned(turn, &mut out),
            ReleaseEvent::Hint => self.hint(now),
            ReleaseEvent::Ordered { version, older } => {
                self.order(version, older, now, &mut out);
            }
            ReleaseEvent::Offered(version) => self.offered(version, now, rng, &mut out),
            ReleaseEvent::Checked { have, of } => self.checked(have, of, now, rng, &mut out),
            ReleaseEvent::Refused(why) => {
                self.settle(ReleaseStage::Refused { why }, now, rng, &mut out);
            }
            ReleaseEvent::GaveWay => {
                self.settle(ReleaseStage::RolledBack, now, rng, &mut out);
            }
            ReleaseEvent::Fetched => self.fetched(now, rng, &mut out),
            ReleaseEvent::Corrupt => self.corrupt(now, rng, &mut out),
            ReleaseEvent::Broken => self.broken(now, rng),
            ReleaseEvent::Machine(stage) => {
                if matches!(self.at, At::Staging(_)) {
                    self.settle(stage, now, rng, &mut out);
                }
            }
        }
        if self.due.is_none() && self.at == At::Rest {
            // The first look after a start.
            let wait = rng.random_range(0..=self.config.look_first);
            self.due = Some(now.plus(wait));
        }
        if self.turn == ReleaseTurn::Go
            && self.at == At::Rest
            && self.due.is_some_and(|due| due <= now)
        {
            self.at = At::Looking;
            self.looked = Some(now);
            out.push(ReleaseAction::Look);
        }
        out
    }

    /// When to call [`ReleasePlan::handle`] with a tick if nothing else happens before.
    pub fn next_wake(&self) -> Option<Millis> {
        let waits = self.turn == ReleaseTurn::Go && self.at == At::Rest;
        self.due.filter(|_| waits)
    }

    fn turned(&mut self, turn: ReleaseTurn, out: &mut Vec<ReleaseAction>) {
        self.turn = turn;
        if let At::Fetching { version, runs } = &mut self.at {
            match turn {
                ReleaseTurn::Pause if *runs => {
                    *runs = false;
                    out.push(ReleaseAction::Stop);
                }
                ReleaseTurn::Go if !*runs => {
                    *runs = true;
                    out.push(ReleaseAction::Fetch(*version));
                }
                ReleaseTurn::Pause | ReleaseTurn::Go => {}
            }
        }
    }

    fn hint(&mut self, now: Millis) {
        let soonest = self
            .looked
            .map_or(now, |looked| looked.plus(self.config.hint_gap));
        if self.due.is_some_and(|due| due > soonest) {
            self.due = Some(soonest.max(now));
        }
    }

    /// What operators order comes before what is offered, and the last order before the others.
    fn order(
        &mut self,
        version: ReleaseVersion,
        older: Option<String>,
        now: Millis,
        out: &mut Vec<ReleaseAction>,
    ) {
        if older.is_none() && version <= self.running {
            let stage = if version == self.running {
                ReleaseStage::Idle
            } else {
                let why = "release is older than what runs, and the order does not allow that";
                ReleaseStage::Refused {
                    why: why.to_owned(),
                }
            };
            out.push(ReleaseAction::Answer { version, stage });
            return;
        }
        if let Some((before, _)) = self.ordered.replace((version, older))
            && before != version
        {
            let why = "another release was ordered after it".to_owned();
            let stage = ReleaseStage::Refused { why };
            let version = before;
            out.push(ReleaseAction::Answer { version, stage });
        }
        // Also what was refused before may be wanted now.
        self.settled = None;
        self.due = Some(now);
    }

    fn offered(
        &mut self,
        offered: Option<ReleaseVersion>,
        now: Millis,
        rng: &mut dyn RngCore,
        out: &mut Vec<ReleaseAction>,
    ) {
        if self.at != At::Looking {
            return;
        }
        self.backoff.succeed();
        let ordered = self.ordered.as_ref().map(|(version, _)| *version);
        let wanted = ordered.or(offered);
        if wanted != self.wanted {
            self.wanted = wanted;
            self.tries = 0;
            self.settled = None;
            if wanted.is_none() {
                out.push(ReleaseAction::Clear);
            }
        }
        let begin = wanted.filter(|version| {
            let newer = *version > self.running || ordered == Some(*version);
            newer && self.settled.is_none()
        });
        // Said at every look, so that silence means something.
        out.push(ReleaseAction::Report(self.report()));
        match begin {
            Some(version) => {
                self.at = At::Checking(version);
                out.push(ReleaseAction::Check(version));
            }
            None => self.rest(now, rng),
        }
    }

    fn checked(
        &mut self,
        have: u64,
        of: u64,
        now: Millis,
        rng: &mut dyn RngCore,
        out: &mut Vec<ReleaseAction>,
    ) {
        let At::Checking(version) = self.at else {
            return;
        };
        if have < of {
            let runs = self.turn == ReleaseTurn::Go;
            self.at = At::Fetching { version, runs };
            out.push(ReleaseAction::Report(ReleaseReport {
                stage: ReleaseStage::Fetching { have, of },
                ..self.report()
            }));
            if runs {
                out.push(ReleaseAction::Fetch(version));
            }
        } else {
            self.hand_over(version, now, rng, out);
        }
    }

    fn fetched(&mut self, now: Millis, rng: &mut dyn RngCore, out: &mut Vec<ReleaseAction>) {
        if let At::Fetching { version, .. } = self.at {
            self.hand_over(version, now, rng, out);
        }
    }

    fn hand_over(
        &mut self,
        version: ReleaseVersion,
        now: Millis,
        rng: &mut dyn RngCore,
        out: &mut Vec<ReleaseAction>,
    ) {
        self.at = At::Staging(version);
        let order = self.ordered.clone().filter(|(of, _)| *of == version);
        let order = order.and_then(|(_, older)| older);
        if order.is_none() && version <= self.running {
            // The order that let it in has been overtaken.
            let why = "another release was ordered after it".to_owned();
            return self.settle(ReleaseStage::Refused { why }, now, rng, out);
        }
        out.push(ReleaseAction::Stage { version, order });
    }

    fn corrupt(&mut self, now: Millis, rng: &mut dyn RngCore, out: &mut Vec<ReleaseAction>) {
        self.tries += 1;
        if self.tries >= self.config.tries {
            let why = "bundle that comes is not the one that is signed".to_owned();
            self.settle(ReleaseStage::Refused { why }, now, rng, out);
        } else {
            self.broken(now, rng);
        }
    }

    fn broken(&mut self, now: Millis, rng: &mut dyn RngCore) {
        self.at = At::Rest;
        self.due = Some(now.plus(self.backoff.fail(&self.config.plan, rng)));
    }

    fn settle(
        &mut self,
        stage: ReleaseStage,
        now: Millis,
        rng: &mut dyn RngCore,
        out: &mut Vec<ReleaseAction>,
    ) {
        let (At::Checking(version) | At::Fetching { version, .. } | At::Staging(version)) = self.at
        else {
            return;
        };
        self.settled = Some((version, stage.clone()));
        if self.ordered.as_ref().is_some_and(|(of, _)| *of == version) {
            self.ordered = None;
            self.wanted = Some(version);
            out.push(ReleaseAction::Answer { version, stage });
        }
        out.push(ReleaseAction::Report(self.report()));
        self.rest(now, rng);
    }

    fn rest(&mut self, now: Millis, rng: &mut dyn RngCore) {
        self.at = At::Rest;
        let every = self.config.look_every;
        let wait = every - rng.random_range(0..=every / 4);
        // An order that came while another release was under way does not wait for the next look.
        self.due = Some(if self.ordered.is_some() {
            now
        } else {
            now.plus(wait)
        });
    }

    fn report(&self) -> ReleaseReport {
        let settled = self.settled.as_ref();
        ReleaseReport {
            running: self.running,
            offered: self.wanted,
            stage: settled.map_or(ReleaseStage::Idle, |(_, stage)| stage.clone()),
        }
    }
}
