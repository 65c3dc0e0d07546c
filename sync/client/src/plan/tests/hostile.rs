use std::collections::BTreeSet;

use proptest::prelude::*;
use rand::Rng;

use super::*;

/// What is under way at the caller's side.
#[derive(Default)]
struct World {
    fetches: Vec<(RequestId, Position)>,
    applying: Option<RequestId>,
    fetched: BTreeSet<RequestId>,
    others: Vec<PlanAction>,
}

impl World {
    fn is_busy(&self) -> bool {
        self.applying.is_some() || !self.fetches.is_empty() || !self.others.is_empty()
    }

    fn take(&mut self, out: Vec<PlanAction>) {
        for action in out {
            match action {
                PlanAction::Fetch { request, at } => self.fetches.push((request, at)),
                PlanAction::Apply(request) => {
                    assert_eq!(self.applying, None, "one page is committed at a time");
                    assert!(
                        self.fetched.remove(&request),
                        "a page is applied that never came"
                    );
                    self.applying = Some(request);
                }
                PlanAction::Discard(request) => {
                    self.fetched.remove(&request);
                }
                PlanAction::Cancel(request) => {
                    self.fetches.retain(|(other, _)| *other != request);
                    self.others.retain(|other| asked(other) != Some(request));
                }
                PlanAction::Report(_) | PlanAction::Alarm(_) | PlanAction::GiveUpBlob(_) => {}
                other => self.others.push(other),
            }
        }
        let ahead = self.fetches.len() + self.fetched.len();
        assert!(ahead <= 1, "one page ahead at most: {ahead}");
        let blobs = self
            .others
            .iter()
            .filter(|other| matches!(other, PlanAction::FetchBlob { .. }))
            .count();
        assert!(blobs <= 1, "one blob at a time");
    }
}

fn asked(action: &PlanAction) -> Option<RequestId> {
    match action {
        PlanAction::Push(request)
        | PlanAction::Subscribe(request)
        | PlanAction::SendDigest(request)
        | PlanAction::Acknowledge(request)
        | PlanAction::TellOrders(request)
        | PlanAction::FetchBlob { request, .. } => Some(*request),
        _ => None,
    }
}

fn any_failure(rng: &mut SmallRng) -> Failure {
    match rng.random_range(0..9) {
        0 => Failure::Reset { epoch: epoch("e2") },
        1 => Failure::Gap {
            expected: rng.random_range(0..20),
        },
        2 => Failure::Conflict,
        3 => Failure::NotFound,
        4 => Failure::Corrupt,
        5 => Failure::Refused,
        6 => Failure::Busy {
            retry_after: Some(rng.random_range(0..5_000)),
        },
        7 => Failure::Contact(Cause::BadAnswer),
        _ => Failure::Contact(Cause::Unreachable),
    }
}

/// One answer of a central that may say anything.
fn answer(world: &mut World, rng: &mut SmallRng) -> Option<PlanEvent> {
    if rng.random_bool(0.4)
        && let Some(request) = world.applying.take()
    {
        return Some(if rng.random_bool(0.05) {
            PlanEvent::NotApplied(request, at("e1", "c3"))
        } else {
            PlanEvent::Applied {
                request,
                blobs: vec![blob(rng.random_range(0..9))],
                forgets: rng.random_bool(0.1),
            }
        });
    }
    if !world.fetches.is_empty() && rng.random_bool(0.6) {
        let (request, place) = world.fetches.remove(0);
        if rng.random_bool(0.2) {
            return Some(PlanEvent::Failed(request, any_failure(rng)));
        }
        let step = rng.random_range(0..3);
        world.fetched.insert(request);
        return Some(PlanEvent::Fetched(
            request,
            PageHead {
                epoch: place.epoch.unwrap_or_else(|| epoch("e1")),
                after: if rng.random_bool(0.05) {
                    cursor("stray")
                } else {
                    place.cursor.clone()
                },
                cursor: if step == 0 {
                    place.cursor
                } else {
                    cursor(&format!("c{}", rng.random_range(0..99)))
                },
                more: rng.random_bool(0.5),
            },
        ));
    }
    if world.others.is_empty() {
        return None;
    }
    let action = world.others.remove(rng.random_range(0..world.others.len()));
    Some(match action {
        PlanAction::ReadOffers { from, .. } => PlanEvent::Offers(if rng.random_bool(0.5) {
            Offers::Nothing {
                due_in: rng.random_bool(0.5).then(|| rng.random_range(0..9_000)),
            }
        } else {
            Offers::Ready {
                first: from,
                last: from.saturating_add(3),
            }
        }),
        PlanAction::Reset(_) => PlanEvent::WasReset,
        PlanAction::ScanBlobs { .. } => PlanEvent::BlobsMissing {
            blobs: vec![blob(rng.random_range(0..9))],
            next: rng.random_bool(0.3).then(|| blob(3)),
        },
        PlanAction::FinishForgets => PlanEvent::Forgets(match rng.random_range(0..3) {
            0 => Forgets::None,
            1 => Forgets::Ready,
            _ => Forgets::Unfinished,
        }),
        action => {
            let request = asked(&action)?;
            if rng.random_bool(0.3) {
                return Some(PlanEvent::Failed(request, any_failure(rng)));
            }
            match action {
                PlanAction::Push(_) => PlanEvent::Pushed(request),
                PlanAction::FetchBlob { .. } => PlanEvent::BlobFetched(request),
                PlanAction::SendDigest(_) => match rng.random_range(0..3) {
                    0 => PlanEvent::DigestAgrees(request),
                    1 => PlanEvent::DigestBehind(request),
                    _ => PlanEvent::DigestDiffers(request),
                },
                PlanAction::Acknowledge(_) => PlanEvent::Acknowledged(request),
                PlanAction::TellOrders(_) => PlanEvent::OrdersTold {
                    request,
                    more: false,
                },
                action => {
                    // A stream stays until it fails.
                    world.others.push(action);
                    if rng.random_bool(0.5) {
                        PlanEvent::StreamOpened(request)
                    } else {
                        PlanEvent::Poke(request)
                    }
                }
            }
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_central_says_the_plan_neither_spins_nor_stalls_nor_applies_out_of_turn(seed in any::<u64>()) {
        let mut rng = SmallRng::seed_from_u64(seed);
        let mut bench = Bench::new(prompt(), Position::default(), seed);
        let mut world = World::default();
        for _ in 0..400 {
            let event = match rng.random_range(0..12) {
                0 => PlanEvent::PersonWaiting,
                1 => PlanEvent::IntentsWaiting,
                2 => PlanEvent::BlobWanted(blob(rng.random_range(0..9))),
                _ => match answer(&mut world, &mut rng) {
                    Some(event) => event,
                    None => {
                        let wake = bench.plan.next_wake();
                        prop_assert!(wake.is_some() || world.is_busy(), "the plan stalls");
                        bench.now = bench.now.max(wake.unwrap_or_default());
                        PlanEvent::Tick
                    }
                },
            };
            bench.tell(event);
            world.take(std::mem::take(&mut bench.out));
            let wake = bench.plan.next_wake();
            prop_assert!(wake.is_none_or(|wake| wake > bench.now), "the plan spins");
        }
    }
}
