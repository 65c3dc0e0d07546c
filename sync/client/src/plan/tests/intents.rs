use super::*;

#[test]
fn what_people_did_is_sent_before_anything_is_pulled() {
    let mut bench = Bench::new(prompt(), at("e1", "c0"), 1);
    bench.tick();
    assert!(bench.has(&PlanAction::ReadOffers {
        scope: Scope::Unsettled,
        from: 1
    }));
    assert!(bench.maybe_fetch().is_none());
    bench.tell(PlanEvent::Offers(Offers::Ready { first: 1, last: 3 }));
    assert!(bench.maybe_fetch().is_none());
    let push = bench.push();
    bench.tell(PlanEvent::Pushed(push));
    bench.settle();
    assert_eq!(
        bench.fetch().1,
        at("e1", "c0"),
        "the settlements come by the feed"
    );
}

#[test]
fn batches_follow_each_other_in_order() {
    let mut bench = Bench::online();
    bench.tell(PlanEvent::IntentsWaiting);
    for n in 0..5_u64 {
        assert!(bench.has(&PlanAction::ReadOffers {
            scope: Scope::Unsettled,
            from: n * 100 + 1
        }));
        bench.tell(PlanEvent::Offers(Offers::Ready {
            first: n * 100 + 1,
            last: n * 100 + 100,
        }));
        let push = bench.push();
        bench.tell(PlanEvent::Pushed(push));
    }
}

#[test]
fn a_batch_whose_answer_was_lost_is_sent_again() {
    let mut bench = Bench::online();
    bench.tell(PlanEvent::IntentsWaiting);
    bench.tell(PlanEvent::Offers(Offers::Ready { first: 1, last: 1 }));
    let push = bench.push();
    bench.fail(push, Cause::Unreachable);
    bench.pass_until_due();
    assert!(bench.has(&PlanAction::ReadOffers {
        scope: Scope::Unsettled,
        from: 1
    }));
    bench.tell(PlanEvent::Offers(Offers::Ready { first: 1, last: 1 }));
    assert_ne!(bench.push(), push);
}

#[test]
fn a_held_intent_is_looked_at_when_it_is_due() {
    let mut bench = Bench::online();
    bench.tell(PlanEvent::IntentsWaiting);
    bench.tell(PlanEvent::Offers(Offers::Nothing { due_in: Some(700) }));
    bench.pass(699);
    assert!(bench.out.is_empty());
    bench.pass(1);
    assert!(matches!(
        bench.out.as_slice(),
        [PlanAction::ReadOffers { .. }]
    ));
}

#[test]
fn the_journal_is_looked_into_every_few_seconds_without_a_hint() {
    let mut bench = Bench::online();
    bench.pass(5_000);
    assert!(matches!(
        bench.out.as_slice(),
        [PlanAction::ReadOffers { .. }]
    ));
}

#[test]
fn a_hint_that_comes_while_a_batch_travels_is_not_lost() {
    let mut bench = Bench::online();
    bench.tell(PlanEvent::IntentsWaiting);
    bench.tell(PlanEvent::IntentsWaiting);
    bench.tell(PlanEvent::Offers(Offers::Nothing { due_in: None }));
    assert!(matches!(
        bench.out.as_slice(),
        [PlanAction::ReadOffers { .. }]
    ));
}

#[test]
fn after_a_gap_everything_the_journal_holds_is_offered_from_there() {
    let mut bench = Bench::online();
    bench.tell(PlanEvent::IntentsWaiting);
    bench.tell(PlanEvent::Offers(Offers::Ready { first: 9, last: 9 }));
    let push = bench.push();
    bench.tell(PlanEvent::Failed(push, Failure::Gap { expected: 4 }));
    assert!(bench.has(&PlanAction::ReadOffers {
        scope: Scope::Held,
        from: 4
    }));
    bench.tell(PlanEvent::Offers(Offers::Ready { first: 4, last: 9 }));
    let push = bench.push();
    bench.tell(PlanEvent::Pushed(push));
    assert!(bench.has(&PlanAction::ReadOffers {
        scope: Scope::Held,
        from: 10
    }));
}

#[test]
fn a_gap_that_stays_is_an_alarm_and_waits() {
    let mut bench = Bench::online();
    bench.tell(PlanEvent::IntentsWaiting);
    for _ in 0..2 {
        bench.tell(PlanEvent::Offers(Offers::Ready { first: 9, last: 9 }));
        let push = bench.push();
        bench.tell(PlanEvent::Failed(push, Failure::Gap { expected: 4 }));
    }
    assert!(bench.has(&PlanAction::Alarm(Alarm::Gap)));
    assert!(
        !bench
            .out
            .iter()
            .any(|action| matches!(action, PlanAction::ReadOffers { .. }))
    );
}

#[test]
fn a_conflict_is_an_alarm_keeps_the_journal_and_does_not_stop_the_pull() {
    let mut bench = Bench::online();
    bench.tell(PlanEvent::IntentsWaiting);
    bench.tell(PlanEvent::Offers(Offers::Ready { first: 9, last: 9 }));
    let push = bench.push();
    bench.tell(PlanEvent::Failed(push, Failure::Conflict));
    assert!(bench.has(&PlanAction::Alarm(Alarm::Conflict)));
    bench.tell(PlanEvent::Poke(RequestId(2)));
    bench.fetch();
}
