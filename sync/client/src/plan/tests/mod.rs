#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test picks the one action it is about"
)]

mod blobs;
mod chores;
mod contact;
mod feed;
mod health;
mod hostile;
mod intents;
mod releases;
mod renewal;

use dayroom_protocol::{BlobHash, Cursor, Epoch};
use rand::{SeedableRng, rngs::SmallRng};

use super::*;

/// A plan with a hand on its clock.
struct Bench {
    plan: Plan,
    now: Millis,
    rng: SmallRng,
    /// What the last event brought.
    out: Vec<PlanAction>,
}

/// Spans without windows, so that what is due goes at once.
fn prompt() -> PlanConfig {
    PlanConfig {
        first_contact: 0,
        ..PlanConfig::default()
    }
}

fn epoch(name: &str) -> Epoch {
    Epoch(name.to_owned())
}

fn cursor(name: &str) -> Cursor {
    Cursor(name.to_owned())
}

fn at(epoch_name: &str, cursor_name: &str) -> Position {
    Position {
        epoch: Some(epoch(epoch_name)),
        cursor: cursor(cursor_name),
    }
}

fn blob(n: u8) -> BlobHash {
    BlobHash([n; 32])
}

fn page(after: &str, to: &str, more: bool) -> PageHead {
    PageHead {
        epoch: epoch("e1"),
        after: cursor(after),
        cursor: cursor(to),
        more,
    }
}

impl Bench {
    fn new(config: PlanConfig, position: Position, seed: u64) -> Self {
        Self {
            plan: Plan::new(config, position),
            now: Millis(1_000_000),
            rng: SmallRng::seed_from_u64(seed),
            out: Vec::new(),
        }
    }

    /// A kiosk that has just started and found its journal and its store in order.
    fn started() -> Self {
        let mut bench = Self::new(prompt(), at("e1", "c0"), 1);
        bench.tick();
        bench.settle();
        bench
    }

    /// A kiosk in contact, with everything pulled and the stream open.
    fn online() -> Self {
        let mut bench = Self::started();
        bench.pull_all("c0", "c1");
        let request = bench.subscribe();
        bench.tell(PlanEvent::StreamOpened(request));
        bench.settle();
        bench.pull_all("c1", "c1");
        bench.settle();
        bench
    }

    fn tell(&mut self, event: PlanEvent) -> &[PlanAction] {
        self.out = self.plan.handle(event, self.now, &mut self.rng);
        &self.out
    }

    fn tick(&mut self) -> &[PlanAction] {
        self.tell(PlanEvent::Tick)
    }

    fn pass(&mut self, millis: u64) -> &[PlanAction] {
        self.now = self.now.plus(millis);
        self.tick()
    }

    /// Goes to the next moment at which something is due.
    fn pass_until_due(&mut self) -> &[PlanAction] {
        let wake = self.plan.next_wake().unwrap();
        assert!(wake > self.now, "the plan would spin");
        self.now = wake;
        self.tick()
    }

    /// Answers what the store has to say, as if there were nothing to do, and keeps the rest.
    fn settle(&mut self) -> &[PlanAction] {
        let mut kept = Vec::new();
        let mut queue = std::mem::take(&mut self.out);
        while !queue.is_empty() {
            let mut next = Vec::new();
            for action in queue {
                let answer = match action {
                    PlanAction::ReadOffers { .. } => {
                        PlanEvent::Offers(Offers::Nothing { due_in: None })
                    }
                    PlanAction::FinishForgets => PlanEvent::Forgets(Forgets::None),
                    PlanAction::ScanBlobs { .. } => PlanEvent::BlobsMissing {
                        blobs: Vec::new(),
                        next: None,
                    },
                    other => {
                        kept.push(other);
                        continue;
                    }
                };
                next.extend(self.plan.handle(answer, self.now, &mut self.rng));
            }
            queue = next;
        }
        self.out = kept;
        &self.out
    }

    fn fetch(&self) -> (RequestId, Position) {
        self.maybe_fetch()
            .unwrap_or_else(|| panic!("no fetch in {:?}", self.out))
    }

    fn maybe_fetch(&self) -> Option<(RequestId, Position)> {
        self.out.iter().find_map(|action| match action {
            PlanAction::Fetch { request, at } => Some((*request, at.clone())),
            _ => None,
        })
    }

    fn subscribe(&self) -> RequestId {
        self.find(|action| match action {
            PlanAction::Subscribe(request) => Some(*request),
            _ => None,
        })
    }

    fn push(&self) -> RequestId {
        self.find(|action| match action {
            PlanAction::Push(request) => Some(*request),
            _ => None,
        })
    }

    fn fetch_blob(&self) -> (RequestId, BlobHash) {
        self.find(|action| match action {
            PlanAction::FetchBlob { request, blob } => Some((*request, *blob)),
            _ => None,
        })
    }

    fn find<T>(&self, pick: impl Fn(&PlanAction) -> Option<T>) -> T {
        self.out
            .iter()
            .find_map(pick)
            .unwrap_or_else(|| panic!("not in {:?}", self.out))
    }

    fn has(&self, action: &PlanAction) -> bool {
        self.out.contains(action)
    }

    /// Answers the fetch under way with one last page and commits it.
    fn pull_all(&mut self, after: &str, to: &str) {
        let (request, _) = self.fetch();
        self.tell(PlanEvent::Fetched(request, page(after, to, false)));
        assert!(self.has(&PlanAction::Apply(request)), "{:?}", self.out);
        let mut kept = std::mem::take(&mut self.out);
        self.tell(applied(request));
        kept.append(&mut self.out);
        self.out = kept;
        self.settle();
    }

    fn fail(&mut self, request: RequestId, cause: Cause) -> &[PlanAction] {
        self.tell(PlanEvent::Failed(request, Failure::Contact(cause)))
    }
}

fn applied(request: RequestId) -> PlanEvent {
    PlanEvent::Applied {
        request,
        blobs: Vec::new(),
        forgets: false,
    }
}
