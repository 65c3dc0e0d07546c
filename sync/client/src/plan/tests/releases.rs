use dayroom_protocol::{ReleaseStage, ReleaseVersion};
use rand::Rng;

use super::*;

const MINUTE: u64 = 60_000;

fn version(text: &str) -> ReleaseVersion {
    text.parse().unwrap()
}

fn ordered(version: ReleaseVersion) -> ReleaseEvent {
    ReleaseEvent::Ordered {
        version,
        older: Some("signed".to_owned()),
    }
}

struct Way {
    plan: ReleasePlan,
    now: Millis,
    rng: SmallRng,
}

impl Way {
    /// Of a kiosk that runs 1.3.0 and whose line is free.
    fn free() -> Self {
        let mut way = Self {
            plan: ReleasePlan::new(ReleaseConfig::default(), version("1.3.0")),
            now: Millis(0),
            rng: SmallRng::seed_from_u64(5),
        };
        way.does(ReleaseEvent::Turn(ReleaseTurn::Go));
        way
    }

    fn does(&mut self, event: ReleaseEvent) -> Vec<ReleaseAction> {
        self.plan.handle(event, self.now, &mut self.rng)
    }

    /// Lets time pass until something is due.
    fn waits(&mut self) -> Vec<ReleaseAction> {
        self.now = self.plan.next_wake().expect("something is due");
        self.does(ReleaseEvent::Tick)
    }

    /// Looks, is offered this, and has verified it.
    fn has_checked(&mut self, text: &str, have: u64) -> Vec<ReleaseAction> {
        assert!(self.waits().contains(&ReleaseAction::Look));
        let out = self.does(ReleaseEvent::Offered(Some(version(text))));
        assert!(
            out.contains(&ReleaseAction::Check(version(text))),
            "{out:?}"
        );
        self.does(ReleaseEvent::Checked { have, of: 10 })
    }
}

fn stage_of(out: &[ReleaseAction]) -> Option<ReleaseStage> {
    out.iter().find_map(|action| match action {
        ReleaseAction::Report(report) => Some(report.stage.clone()),
        _ => None,
    })
}

#[test]
fn a_release_is_looked_for_fetched_staged_and_reported_once() {
    let mut way = Way::free();
    let out = way.has_checked("1.4.0", 0);
    assert!(out.contains(&ReleaseAction::Fetch(version("1.4.0"))));
    let out = way.does(ReleaseEvent::Fetched);
    let stage = ReleaseAction::Stage {
        version: version("1.4.0"),
        order: None,
    };
    assert_eq!(out, [stage]);
    let out = way.does(ReleaseEvent::Machine(ReleaseStage::Staged));
    assert_eq!(stage_of(&out), Some(ReleaseStage::Staged));
    // The same offer begins nothing anew, but is answered each time: silence means something.
    for _ in 0..5 {
        assert_eq!(way.waits(), [ReleaseAction::Look]);
        let out = way.does(ReleaseEvent::Offered(Some(version("1.4.0"))));
        assert_eq!(out.len(), 1);
        assert_eq!(stage_of(&out), Some(ReleaseStage::Staged));
    }
    // Another one does.
    way.has_checked("1.4.1", 0);
}

#[test]
fn it_pauses_at_once_when_somebody_waits_and_goes_on_from_there() {
    let mut way = Way::free();
    way.has_checked("1.4.0", 3);
    let pause = way.does(ReleaseEvent::Turn(ReleaseTurn::Pause));
    assert_eq!(pause, [ReleaseAction::Stop]);
    assert_eq!(
        way.plan.next_wake(),
        None,
        "nothing happens without the line"
    );
    assert_eq!(way.does(ReleaseEvent::Tick), []);
    let on = way.does(ReleaseEvent::Turn(ReleaseTurn::Go));
    assert_eq!(on, [ReleaseAction::Fetch(version("1.4.0"))]);
}

#[test]
fn an_older_or_the_same_release_is_left_alone_unless_an_order_says_so() {
    let mut way = Way::free();
    for text in ["1.2.9", "1.3.0"] {
        assert_eq!(way.waits(), [ReleaseAction::Look]);
        let out = way.does(ReleaseEvent::Offered(Some(version(text))));
        assert_eq!(stage_of(&out), Some(ReleaseStage::Idle));
        assert!(
            !out.iter().any(|a| matches!(a, ReleaseAction::Check(_))),
            "{out:?}"
        );
    }
    let out = way.does(ordered(version("1.2.9")));
    assert_eq!(out, [ReleaseAction::Look], "an order does not wait an hour");
    let out = way.does(ReleaseEvent::Offered(None));
    assert!(out.contains(&ReleaseAction::Check(version("1.2.9"))));
    let out = way.does(ReleaseEvent::Checked { have: 10, of: 10 });
    let stage = ReleaseAction::Stage {
        version: version("1.2.9"),
        order: Some("signed".to_owned()),
    };
    assert_eq!(out, [stage]);
    let out = way.does(ReleaseEvent::Machine(ReleaseStage::Staged));
    assert!(
        out.contains(&answer("1.2.9", ReleaseStage::Staged)),
        "{out:?}"
    );
}

fn answer(text: &str, stage: ReleaseStage) -> ReleaseAction {
    let version = version(text);
    ReleaseAction::Answer { version, stage }
}

#[test]
fn an_order_that_does_not_say_so_brings_no_older_release_and_each_order_is_answered_once() {
    let plain = |text: &str| ReleaseEvent::Ordered {
        version: version(text),
        older: None,
    };
    let mut way = Way::free();
    let runs = way.does(plain("1.3.0"));
    assert_eq!(
        runs,
        [answer("1.3.0", ReleaseStage::Idle)],
        "it runs already"
    );
    let out = way.does(plain("1.2.9"));
    let [ReleaseAction::Answer { stage, .. }] = out.as_slice() else {
        panic!("{out:?}")
    };
    assert!(matches!(stage, ReleaseStage::Refused { .. }), "{stage:?}");
    // One that is newer comes before its ring's turn, and the last order before the others.
    assert_eq!(way.does(plain("1.4.0")), [ReleaseAction::Look]);
    let out = way.does(plain("1.5.0"));
    assert!(
        matches!(out.as_slice(), [ReleaseAction::Answer { version: old, .. }] if *old == version("1.4.0")),
        "{out:?}"
    );
    let out = way.does(ReleaseEvent::Offered(Some(version("1.3.1"))));
    assert!(
        out.contains(&ReleaseAction::Check(version("1.5.0"))),
        "{out:?}"
    );
    let out = way.does(ReleaseEvent::Refused("no".to_owned()));
    let answers = |out: &[ReleaseAction]| {
        let is_answer = |action: &&ReleaseAction| matches!(action, ReleaseAction::Answer { .. });
        out.iter().filter(is_answer).count()
    };
    assert_eq!(answers(&out), 1, "{out:?}");
    for _ in 0..5 {
        assert_eq!(way.waits(), [ReleaseAction::Look]);
        assert_eq!(answers(&way.does(ReleaseEvent::Offered(None))), 0);
    }
}

#[test]
fn an_order_that_comes_while_another_release_is_under_way_follows_it_at_once() {
    let mut way = Way::free();
    way.has_checked("1.4.0", 0);
    assert_eq!(way.does(ordered(version("1.2.9"))), []);
    assert!(matches!(
        way.does(ReleaseEvent::Fetched).as_slice(),
        [ReleaseAction::Stage { order: None, .. }]
    ));
    let out = way.does(ReleaseEvent::Machine(ReleaseStage::Staged));
    assert!(out.contains(&ReleaseAction::Look), "{out:?}");
    let out = way.does(ReleaseEvent::Offered(Some(version("1.4.0"))));
    assert!(
        out.contains(&ReleaseAction::Check(version("1.2.9"))),
        "{out:?}"
    );
}

#[test]
fn a_release_that_did_not_hold_is_said_to_be_and_not_fetched_and_so_is_an_order_for_it() {
    let mut way = Way::free();
    assert_eq!(way.waits(), [ReleaseAction::Look]);
    way.does(ReleaseEvent::Offered(Some(version("1.4.0"))));
    let out = way.does(ReleaseEvent::GaveWay);
    assert_eq!(stage_of(&out), Some(ReleaseStage::RolledBack));
    assert_eq!(way.waits(), [ReleaseAction::Look]);
    let out = way.does(ReleaseEvent::Offered(Some(version("1.4.0"))));
    assert_eq!(out.len(), 1, "not begun again: {out:?}");
    assert_eq!(stage_of(&out), Some(ReleaseStage::RolledBack));
    let out = way.does(ordered(version("1.4.0")));
    assert!(out.contains(&ReleaseAction::Look), "{out:?}");
    way.does(ReleaseEvent::Offered(None));
    let out = way.does(ReleaseEvent::GaveWay);
    assert!(out.contains(&answer("1.4.0", ReleaseStage::RolledBack)));
}

#[test]
fn what_breaks_off_is_tried_again_and_what_is_false_only_thrice() {
    let mut way = Way::free();
    way.has_checked("1.4.0", 0);
    for _ in 0..50 {
        way.does(ReleaseEvent::Broken);
        assert!(way.plan.next_wake().unwrap().since(way.now) <= 5 * MINUTE);
        way.has_checked("1.4.0", 1);
    }
    for _ in 0..2 {
        assert_eq!(stage_of(&way.does(ReleaseEvent::Corrupt)), None);
        way.has_checked("1.4.0", 0);
    }
    let out = way.does(ReleaseEvent::Corrupt);
    assert!(
        matches!(stage_of(&out), Some(ReleaseStage::Refused { .. })),
        "{out:?}"
    );
    assert_eq!(way.waits(), [ReleaseAction::Look]);
    let out = way.does(ReleaseEvent::Offered(Some(version("1.4.0"))));
    assert_eq!(out.len(), 1, "not begun again: {out:?}");
}

#[test]
fn looks_are_an_hour_apart_spread_and_a_hint_brings_one_forward_but_not_at_once() {
    let mut way = Way::free();
    let mut waits = Vec::new();
    for _ in 0..200 {
        let before = way.now;
        assert_eq!(way.waits(), [ReleaseAction::Look]);
        way.does(ReleaseEvent::Offered(None));
        waits.push(way.now.since(before));
    }
    let (first, later) = waits.split_first().unwrap();
    assert!(*first <= 10 * MINUTE);
    assert!(
        later
            .iter()
            .all(|w| (45 * MINUTE..=60 * MINUTE).contains(w)),
        "{later:?}"
    );
    assert!(later.iter().min() != later.iter().max());
    for _ in 0..20 {
        let before = way.now;
        for _ in 0..100 {
            assert_eq!(way.does(ReleaseEvent::Hint), []);
        }
        assert_eq!(way.waits(), [ReleaseAction::Look]);
        assert_eq!(way.now.since(before), 5 * MINUTE);
        way.does(ReleaseEvent::Offered(None));
    }
}

#[test]
fn under_any_turn_of_events_one_thing_is_under_way_and_nothing_runs_without_the_line() {
    let mut far = 0;
    for seed in 0..300 {
        let mut rng = SmallRng::seed_from_u64(seed);
        let mut way = Way::free();
        let (mut free, mut running, mut staged) = (true, false, false);
        for _ in 0..300 {
            let texts = ["1.2.0", "1.4.0", "1.5.0"];
            let some = version(texts[rng.random_range(0..3)]);
            let event = match rng.random_range(0..12) {
                0 => ReleaseEvent::Turn(ReleaseTurn::Go),
                1 => ReleaseEvent::Turn(ReleaseTurn::Pause),
                2 => ReleaseEvent::Hint,
                3 => ordered(some),
                4 => ReleaseEvent::Offered(Some(some).filter(|_| rng.random())),
                5 => ReleaseEvent::Checked {
                    have: rng.random_range(0..=10),
                    of: 10,
                },
                6 => ReleaseEvent::Refused("no".to_owned()),
                7 if running => ReleaseEvent::Fetched,
                8 if running => ReleaseEvent::Corrupt,
                9 => ReleaseEvent::Machine(ReleaseStage::Staged),
                10 => ReleaseEvent::GaveWay,
                _ => {
                    way.now = way.now.plus(rng.random_range(0..90 * MINUTE));
                    ReleaseEvent::Tick
                }
            };
            match event {
                ReleaseEvent::Turn(turn) => free = turn == ReleaseTurn::Go,
                ReleaseEvent::Fetched | ReleaseEvent::Corrupt => running = false,
                ReleaseEvent::Refused(_) | ReleaseEvent::GaveWay => running = false,
                _ => {}
            }
            for action in way.does(event) {
                match action {
                    ReleaseAction::Fetch(_) => {
                        assert!(!running, "two at once, seed {seed}");
                        running = true;
                    }
                    ReleaseAction::Stop => running = false,
                    ReleaseAction::Look => assert!(free, "seed {seed}"),
                    ReleaseAction::Stage {
                        version: asked,
                        order,
                    } => {
                        staged = true;
                        assert!(order.is_some() || asked > version("1.3.0"), "seed {seed}");
                    }
                    _ => {}
                }
                assert!(free || !running, "seed {seed}");
            }
        }
        far += u32::from(staged);
    }
    assert!(far > 100, "{far} of 300 walks come far enough");
}

#[test]
fn the_line_is_not_for_releases_before_messages_or_while_a_person_waits() {
    let turn = |bench: &Bench| bench.plan.release_turn(bench.now);
    let new = Bench::started();
    assert_eq!(
        turn(&new),
        ReleaseTurn::Pause,
        "central does not answer yet"
    );
    let mut bench = Bench::online();
    assert_eq!(turn(&bench), ReleaseTurn::Go);
    bench.tell(PlanEvent::PersonWaiting);
    assert_eq!(turn(&bench), ReleaseTurn::Pause);
    let due = bench.plan.release_turn_due(bench.now).unwrap();
    bench.now = Millis(due.0 - 1);
    assert_eq!(turn(&bench), ReleaseTurn::Pause);
    bench.now = due;
    assert_eq!(turn(&bench), ReleaseTurn::Go);
    // Something is to be pulled: it goes first.
    bench.tell(PlanEvent::IntentsWaiting);
    bench.tell(PlanEvent::Offers(Offers::Ready { first: 1, last: 1 }));
    assert_eq!(turn(&bench), ReleaseTurn::Pause);
}
