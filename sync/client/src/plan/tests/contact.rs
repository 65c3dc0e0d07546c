use super::*;

#[test]
fn whoever_asks_is_told_when_the_next_try_is() {
    let mut bench = Bench::started();
    assert_eq!(bench.plan.next_try(), None, "it is being tried");
    let (request, _) = bench.fetch();
    bench.fail(request, Cause::Unreachable);
    let next = bench.plan.next_try().unwrap();
    assert!(
        next >= bench.now && next <= bench.now.plus(1_000),
        "{next:?}"
    );
    assert_eq!(bench.plan.contact.wake(), Some(next));
    bench.now = next;
    bench.tick();
    bench.settle();
    bench.pull_all("c0", "c1");
    assert_eq!(bench.plan.next_try(), None, "central answers");
}

#[test]
fn the_first_contact_waits_a_random_part_of_a_minute() {
    let waits: Vec<u64> = (0..100)
        .map(|seed| {
            let mut bench = Bench::new(PlanConfig::default(), at("e1", "c0"), seed);
            bench.tick();
            bench.settle();
            assert!(bench.maybe_fetch().is_none());
            bench.plan.next_wake().unwrap().since(bench.now)
        })
        .collect();
    assert!(waits.iter().all(|wait| *wait <= 60_000));
    assert!(waits.iter().any(|wait| *wait > 50_000));
    assert!(waits.iter().any(|wait| *wait < 10_000));
}

#[test]
fn a_person_at_the_glass_ends_the_first_wait_at_once() {
    let mut bench = Bench::new(PlanConfig::default(), at("e1", "c0"), 3);
    bench.tick();
    bench.settle();
    bench.tell(PlanEvent::PersonWaiting);
    bench.settle();
    assert_eq!(bench.fetch().1, at("e1", "c0"));
}

#[test]
fn a_store_that_holds_nothing_is_filled_at_once() {
    for seed in 0..100 {
        let mut bench = Bench::new(PlanConfig::default(), Position::default(), seed);
        bench.tick();
        bench.settle();
        assert_eq!(bench.fetch().1, Position::default());
    }
}

#[test]
fn a_person_cuts_a_backoff_short_at_most_every_three_seconds() {
    let mut bench = Bench::started();
    let (mut request, _) = bench.fetch();
    // Long backoffs first.
    for _ in 0..10 {
        bench.fail(request, Cause::Unreachable);
        bench.pass_until_due();
        bench.settle();
        request = bench.fetch().0;
    }
    bench.fail(request, Cause::Unreachable);
    let mut tries = 0;
    for _ in 0..300 {
        // Ten touches a second for thirty seconds.
        bench.now = bench.now.plus(100);
        bench.tell(PlanEvent::PersonWaiting);
        bench.settle();
        if let Some((request, _)) = bench.maybe_fetch() {
            tries += 1;
            bench.fail(request, Cause::Unreachable);
        }
    }
    assert!((8..=11).contains(&tries), "{tries}");
}

#[test]
fn without_contact_one_request_probes_and_everything_else_waits() {
    let mut bench = Bench::online();
    bench.tell(PlanEvent::BlobWanted(blob(1)));
    let (fetching, _) = bench.fetch_blob();
    bench.fail(fetching, Cause::Unreachable);
    assert!(bench.has(&PlanAction::Report(Link::Offline(Cause::Unreachable))));
    assert!(
        bench.has(&PlanAction::GiveUpBlob(blob(1))),
        "who waits is told"
    );
    bench.pass_until_due();
    bench.settle();
    let asked: Vec<_> = bench.out.clone();
    assert!(
        matches!(asked.as_slice(), [PlanAction::Fetch { .. }]),
        "{asked:?}"
    );
    bench.pull_all("c1", "c1");
    assert!(bench.has(&PlanAction::Report(Link::Online)));
    assert_eq!(bench.fetch_blob().1, blob(1), "and the blob goes on");
}

#[test]
fn the_servers_own_window_is_honoured_even_with_a_person_waiting() {
    let mut bench = Bench::started();
    let (request, _) = bench.fetch();
    bench.tell(PlanEvent::Failed(
        request,
        Failure::Busy {
            retry_after: Some(20_000),
        },
    ));
    bench.tell(PlanEvent::PersonWaiting);
    bench.pass(19_999);
    assert!(bench.maybe_fetch().is_none());
    bench.tell(PlanEvent::PersonWaiting);
    bench.pass(1_001);
    bench.settle();
    bench.fetch();
}

#[test]
fn a_retry_after_of_a_year_is_not_believed() {
    let mut bench = Bench::started();
    let (request, _) = bench.fetch();
    bench.tell(PlanEvent::Failed(
        request,
        Failure::Busy {
            retry_after: Some(u64::MAX),
        },
    ));
    let wait = bench.plan.next_wake().unwrap().since(bench.now);
    assert!((900_000..=901_000).contains(&wait), "{wait}");
}

#[test]
fn requests_that_fail_together_count_as_one_failure() {
    let mut bench = Bench::online();
    bench.tell(PlanEvent::IntentsWaiting);
    bench.tell(PlanEvent::Offers(Offers::Ready { first: 1, last: 1 }));
    let push = bench.push();
    bench.tell(PlanEvent::BlobWanted(blob(1)));
    let (fetching, _) = bench.fetch_blob();
    bench.fail(push, Cause::Unreachable);
    let wake = bench.plan.next_wake().unwrap();
    bench.fail(fetching, Cause::Unreachable);
    assert_eq!(bench.plan.next_wake().unwrap(), wake);
}

#[test]
fn the_end_of_the_stream_alone_is_not_the_end_of_contact() {
    let mut bench = Bench::started();
    bench.pull_all("c0", "c1");
    let stream = bench.subscribe();
    bench.tell(PlanEvent::StreamOpened(stream));
    bench.settle();
    bench.pull_all("c1", "c1");
    bench.pass(120_000);
    bench.settle();
    bench.fail(stream, Cause::Unreachable);
    assert!(
        !bench
            .out
            .iter()
            .any(|action| matches!(action, PlanAction::Report(_)))
    );
    // It is opened again, and a pull finds out whether central is there, within a minute.
    let (mut pulled, mut opened) = (false, false);
    let end = bench.now.plus(60_000);
    loop {
        bench.settle();
        opened |= bench
            .out
            .iter()
            .any(|action| matches!(action, PlanAction::Subscribe(_)));
        if bench.maybe_fetch().is_some() {
            pulled = true;
            bench.pull_all("c1", "c1");
        }
        if bench.plan.next_wake().unwrap() > end {
            break;
        }
        bench.pass_until_due();
    }
    assert!(pulled && opened);
}

#[test]
fn a_stream_that_keeps_ending_is_opened_ever_more_slowly() {
    let mut bench = Bench::online();
    let mut opened = 0;
    let end = bench.now.plus(3_600_000);
    let mut stream = None;
    while bench.now < end {
        if let Some(request) = stream.take() {
            bench.tell(PlanEvent::StreamOpened(request));
            bench.fail(request, Cause::Unreachable);
        } else {
            bench.pass_until_due();
        }
        bench.settle();
        stream = bench.out.iter().find_map(|action| match action {
            PlanAction::Subscribe(request) => Some(*request),
            _ => None,
        });
        if stream.is_some() {
            opened += 1;
        }
        if bench.maybe_fetch().is_some() {
            bench.pull_all("c1", "c1");
        }
    }
    assert!(opened < 60, "{opened}");
}
