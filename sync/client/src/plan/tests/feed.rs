use super::*;

#[test]
fn the_next_page_is_fetched_while_the_last_is_applied_and_applied_only_after_its_commit() {
    let mut bench = Bench::started();
    let (first, place) = bench.fetch();
    assert_eq!(place, at("e1", "c0"));
    bench.tell(PlanEvent::Fetched(first, page("c0", "c1", true)));
    assert!(bench.has(&PlanAction::Apply(first)));
    let (second, place) = bench.fetch();
    assert_eq!(place, at("e1", "c1"));
    bench.tell(PlanEvent::Fetched(second, page("c1", "c2", true)));
    assert!(
        bench.out.is_empty(),
        "one page is fetched ahead, no more: {:?}",
        bench.out
    );
    bench.tell(applied(first));
    assert!(bench.has(&PlanAction::Apply(second)));
    assert_eq!(bench.fetch().1, at("e1", "c2"));
}

#[test]
fn a_slow_next_page_is_waited_for() {
    let mut bench = Bench::started();
    let (first, _) = bench.fetch();
    bench.tell(PlanEvent::Fetched(first, page("c0", "c1", true)));
    let (second, _) = bench.fetch();
    bench.tell(applied(first));
    assert!(bench.maybe_fetch().is_none());
    bench.tell(PlanEvent::Fetched(second, page("c1", "c2", false)));
    assert!(bench.has(&PlanAction::Apply(second)));
}

#[test]
fn a_page_that_does_not_follow_our_cursor_is_refused() {
    let mut bench = Bench::started();
    let (request, _) = bench.fetch();
    bench.tell(PlanEvent::Fetched(request, page("c9", "c10", false)));
    assert!(bench.has(&PlanAction::Discard(request)));
    assert!(bench.has(&PlanAction::Alarm(Alarm::PageOutOfPlace)));
    assert!(!bench.has(&PlanAction::Apply(request)));
    bench.pass_until_due();
    assert_eq!(bench.fetch().1, at("e1", "c0"));
}

#[test]
fn a_page_of_another_epoch_is_never_applied_and_starts_the_feed_anew() {
    let mut bench = Bench::started();
    let (request, _) = bench.fetch();
    let mut strange = page("c0", "c1", false);
    strange.epoch = epoch("e2");
    bench.tell(PlanEvent::Fetched(request, strange));
    assert!(!bench.has(&PlanAction::Apply(request)));
    bench.settle();
    assert!(bench.has(&PlanAction::Reset(epoch("e2"))));
}

#[test]
fn a_poke_pulls_at_once_and_pokes_during_a_pull_make_one_more() {
    let mut bench = Bench::online();
    let stream = poke_stream(&mut bench);
    bench.tell(PlanEvent::Poke(stream));
    let (request, _) = bench.fetch();
    for _ in 0..5 {
        bench.tell(PlanEvent::Poke(stream));
        assert!(bench.maybe_fetch().is_none());
    }
    bench.tell(PlanEvent::Fetched(request, page("c1", "c2", false)));
    bench.tell(applied(request));
    let (request, place) = bench.fetch();
    assert_eq!(place, at("e1", "c2"));
    bench.tell(PlanEvent::Fetched(request, page("c2", "c2", false)));
    bench.tell(applied(request));
    assert!(bench.maybe_fetch().is_none());
}

#[test]
fn polling_goes_on_at_five_minutes_at_most_without_any_poke() {
    let mut bench = Bench::online();
    let start = bench.now;
    let mut pulls = 0;
    while bench.now.since(start) < 3_600_000 {
        let before = bench.now;
        while bench.maybe_fetch().is_none() {
            bench.pass_until_due();
            bench.settle();
        }
        assert!(bench.now.since(before) <= 300_000);
        bench.pull_all("c1", "c1");
        bench.out.clear();
        pulls += 1;
    }
    assert!((12..=16).contains(&pulls), "{pulls}");
}

#[test]
fn the_same_cursor_with_more_three_times_is_an_alarm_and_a_full_resync() {
    let mut bench = Bench::started();
    for _ in 0..2 {
        let (request, _) = bench.fetch();
        bench.tell(PlanEvent::Fetched(request, page("c0", "c0", true)));
        assert!(bench.has(&PlanAction::Apply(request)));
        let prefetched = bench.out.clone();
        bench.tell(applied(request));
        bench.out = prefetched;
    }
    let (request, _) = bench.fetch();
    bench.tell(PlanEvent::Fetched(request, page("c0", "c0", true)));
    assert!(bench.has(&PlanAction::Alarm(Alarm::StuckFeed)));
    assert!(bench.has(&PlanAction::Discard(request)));
    bench.settle();
    assert!(bench.has(&PlanAction::Reset(epoch("e1"))));
}

#[test]
fn a_feed_that_gets_stuck_for_ever_is_refilled_ever_more_slowly() {
    let mut bench = Bench::started();
    let mut resets = 0;
    let end = bench.now.plus(86_400_000);
    let mut place = "c0".to_owned();
    while bench.now < end {
        bench.settle();
        let out = bench.out.clone();
        bench.out.clear();
        let mut idle = true;
        for action in out {
            let answer = match action {
                PlanAction::Fetch { request, at } => {
                    PlanEvent::Fetched(request, page(&at.cursor.0, &at.cursor.0, true))
                }
                PlanAction::Apply(request) => applied(request),
                PlanAction::Reset(_) => {
                    resets += 1;
                    place.clear();
                    PlanEvent::WasReset
                }
                _ => continue,
            };
            idle = false;
            let mut more = bench.plan.handle(answer, bench.now, &mut bench.rng);
            bench.out.append(&mut more);
        }
        if idle {
            bench.pass_until_due();
        }
    }
    assert!((10..=1_500).contains(&resets), "{resets}");
}

#[test]
fn a_reset_offers_the_journal_again_before_the_cache_is_emptied() {
    let mut bench = Bench::started();
    let (request, _) = bench.fetch();
    bench.tell(PlanEvent::Failed(
        request,
        Failure::Reset { epoch: epoch("e2") },
    ));
    assert!(bench.has(&PlanAction::ReadOffers {
        scope: Scope::Recent,
        from: 1
    }));
    bench.tell(PlanEvent::Offers(Offers::Ready {
        first: 5,
        last: 104,
    }));
    let push = bench.push();
    bench.tell(PlanEvent::Pushed(push));
    assert!(bench.has(&PlanAction::ReadOffers {
        scope: Scope::Recent,
        from: 105
    }));
    assert!(!bench.has(&PlanAction::Reset(epoch("e2"))));
    bench.settle();
    assert!(bench.has(&PlanAction::Reset(epoch("e2"))));
    bench.tell(PlanEvent::WasReset);
    bench.pass(1_000);
    bench.settle();
    let (request, place) = bench.fetch();
    assert_eq!(place, at("e2", ""));
    let mut head = page("", "d1", false);
    head.epoch = epoch("e2");
    bench.tell(PlanEvent::Fetched(request, head));
    assert!(bench.has(&PlanAction::Apply(request)));
}

#[test]
fn an_intent_central_refuses_to_take_again_does_not_stop_the_refill() {
    let mut bench = Bench::started();
    let (request, _) = bench.fetch();
    bench.tell(PlanEvent::Failed(
        request,
        Failure::Reset { epoch: epoch("e2") },
    ));
    bench.tell(PlanEvent::Offers(Offers::Ready { first: 5, last: 5 }));
    let push = bench.push();
    bench.tell(PlanEvent::Failed(push, Failure::Conflict));
    assert!(bench.has(&PlanAction::Alarm(Alarm::Conflict)));
    assert!(bench.has(&PlanAction::Reset(epoch("e2"))));
}

#[test]
fn the_cache_is_not_emptied_while_central_is_away() {
    let mut bench = Bench::started();
    let (request, _) = bench.fetch();
    bench.tell(PlanEvent::Failed(
        request,
        Failure::Reset { epoch: epoch("e2") },
    ));
    bench.tell(PlanEvent::Offers(Offers::Ready { first: 5, last: 5 }));
    let push = bench.push();
    bench.fail(push, Cause::Unreachable);
    for _ in 0..20 {
        bench.pass_until_due();
        bench.settle();
        assert!(!bench.has(&PlanAction::Reset(epoch("e2"))));
        if let Some((request, place)) = bench.maybe_fetch() {
            assert_eq!(place, at("e1", "c0"));
            bench.fail(request, Cause::Unreachable);
        }
    }
}

#[test]
fn a_store_that_stands_elsewhere_is_believed() {
    let mut bench = Bench::started();
    let (request, _) = bench.fetch();
    bench.tell(PlanEvent::Fetched(request, page("c0", "c1", true)));
    let (ahead, _) = bench.fetch();
    bench.tell(PlanEvent::NotApplied(request, at("e1", "c7")));
    assert!(bench.has(&PlanAction::Cancel(ahead)));
    bench.pass_until_due();
    assert_eq!(bench.fetch().1, at("e1", "c7"));
}

#[test]
fn a_cache_that_was_emptied_meanwhile_is_filled_from_the_start() {
    let mut bench = Bench::started();
    let (request, _) = bench.fetch();
    bench.tell(PlanEvent::Fetched(request, page("c0", "c1", true)));
    let (ahead, _) = bench.fetch();
    bench.tell(PlanEvent::Emptied(Position::default()));
    assert!(bench.has(&PlanAction::Cancel(ahead)));
    assert!(bench.has(&PlanAction::Discard(request)));
    assert_eq!(bench.fetch().1, Position::default());
    bench.tell(applied(request));
    assert!(bench.out.is_empty(), "the old page counts no more");
}

fn poke_stream(bench: &mut Bench) -> RequestId {
    // The bench's third request: pull, stream, pull.
    let stream = RequestId(2);
    assert!(bench.plan.stream.expects(stream));
    stream
}
