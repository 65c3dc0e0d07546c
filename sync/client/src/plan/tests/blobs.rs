use super::*;

fn with_named(blobs: Vec<BlobHash>) -> Bench {
    let mut bench = Bench::online();
    bench.tell(PlanEvent::Poke(RequestId(2)));
    let (request, _) = bench.fetch();
    bench.tell(PlanEvent::Fetched(request, page("c1", "c2", false)));
    bench.tell(PlanEvent::Applied {
        request,
        blobs,
        forgets: false,
    });
    bench
}

#[test]
fn blobs_come_one_at_a_time_and_in_order() {
    let mut bench = with_named(vec![blob(1), blob(2)]);
    let (request, which) = bench.fetch_blob();
    assert_eq!(which, blob(1));
    assert_eq!(
        bench
            .out
            .iter()
            .filter(|a| matches!(a, PlanAction::FetchBlob { .. }))
            .count(),
        1
    );
    bench.tell(PlanEvent::BlobFetched(request));
    assert_eq!(bench.fetch_blob().1, blob(2));
}

#[test]
fn a_blob_somebody_waits_for_comes_first_and_interrupts_the_others() {
    let mut bench = with_named(vec![blob(1), blob(2)]);
    let (request, _) = bench.fetch_blob();
    bench.tell(PlanEvent::BlobWanted(blob(9)));
    assert!(bench.has(&PlanAction::Cancel(request)));
    let (request, which) = bench.fetch_blob();
    assert_eq!(which, blob(9));
    bench.tell(PlanEvent::BlobFetched(request));
    assert_eq!(bench.fetch_blob().1, blob(1), "the interrupted one goes on");
}

#[test]
fn blobs_wait_behind_a_pull_unless_a_person_waits() {
    let mut bench = Bench::online();
    bench.tell(PlanEvent::Poke(RequestId(2)));
    let (request, _) = bench.fetch();
    bench.tell(PlanEvent::Fetched(request, page("c1", "c2", true)));
    bench.tell(PlanEvent::Applied {
        request,
        blobs: vec![blob(1)],
        forgets: false,
    });
    assert!(
        !bench
            .out
            .iter()
            .any(|a| matches!(a, PlanAction::FetchBlob { .. }))
    );
    bench.tell(PlanEvent::BlobWanted(blob(2)));
    assert_eq!(bench.fetch_blob().1, blob(2));
}

#[test]
fn a_blob_that_is_not_there_is_given_up_and_the_next_comes() {
    let mut bench = with_named(vec![blob(1), blob(2)]);
    let (request, _) = bench.fetch_blob();
    bench.tell(PlanEvent::Failed(request, Failure::NotFound));
    assert_eq!(bench.fetch_blob().1, blob(2));
}

#[test]
fn a_corrupt_blob_is_tried_three_times_and_then_the_person_is_told() {
    let mut bench = Bench::online();
    bench.tell(PlanEvent::BlobWanted(blob(1)));
    for n in 0..3 {
        let (request, _) = bench.fetch_blob();
        bench.tell(PlanEvent::Failed(request, Failure::Corrupt));
        if n < 2 {
            while !bench
                .out
                .iter()
                .any(|a| matches!(a, PlanAction::FetchBlob { .. }))
            {
                bench.pass_until_due();
                bench.settle();
            }
        }
    }
    assert!(bench.has(&PlanAction::GiveUpBlob(blob(1))));
}

#[test]
fn a_bad_blob_says_nothing_about_the_contact() {
    let mut bench = with_named(vec![blob(1)]);
    let (request, _) = bench.fetch_blob();
    bench.fail(request, Cause::BadAnswer);
    assert!(!bench.out.iter().any(|a| matches!(a, PlanAction::Report(_))));
}

#[test]
fn the_queue_is_bounded_and_a_scan_finds_the_rest() {
    let mut bench = Bench::new(
        PlanConfig {
            blob_queue: 2,
            ..prompt()
        },
        at("e1", "c0"),
        1,
    );
    bench.tick();
    bench.settle();
    let (request, _) = bench.fetch();
    bench.tell(PlanEvent::Fetched(request, page("c0", "c1", false)));
    bench.tell(PlanEvent::Applied {
        request,
        blobs: (1..=4).map(blob).collect(),
        forgets: false,
    });
    for expected in [1, 2] {
        let (request, which) = bench.fetch_blob();
        assert_eq!(which, blob(expected));
        bench.tell(PlanEvent::BlobFetched(request));
    }
    assert!(bench.has(&PlanAction::ScanBlobs { after: None }));
    bench.tell(PlanEvent::BlobsMissing {
        blobs: vec![blob(3), blob(4)],
        next: Some(blob(4)),
    });
    for expected in [3, 4] {
        let (request, which) = bench.fetch_blob();
        assert_eq!(which, blob(expected));
        bench.tell(PlanEvent::BlobFetched(request));
    }
    assert!(bench.has(&PlanAction::ScanBlobs {
        after: Some(blob(4))
    }));
}
