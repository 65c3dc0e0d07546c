use super::*;

fn pass_to_digest(bench: &mut Bench) -> RequestId {
    loop {
        bench.pass_until_due();
        bench.settle();
        if bench.maybe_fetch().is_some() {
            bench.pull_all("c1", "c1");
        }
        let digest = bench.out.iter().find_map(|action| match action {
            PlanAction::SendDigest(request) => Some(*request),
            _ => None,
        });
        bench.out.clear();
        if let Some(request) = digest {
            return request;
        }
    }
}

#[test]
fn a_digest_goes_once_a_day() {
    let mut bench = Bench::online();
    let start = bench.now;
    let first = pass_to_digest(&mut bench);
    assert!(
        bench.now.since(start) <= 3_900_000,
        "within the first hour and a poll"
    );
    bench.tell(PlanEvent::DigestAgrees(first));
    bench.settle();
    let start = bench.now;
    pass_to_digest(&mut bench);
    let span = bench.now.since(start);
    assert!((86_400_000..=86_800_000).contains(&span), "{span}");
}

#[test]
fn a_digest_that_differs_is_an_alarm_and_a_refill() {
    let mut bench = Bench::online();
    let request = pass_to_digest(&mut bench);
    bench.tell(PlanEvent::DigestDiffers(request));
    assert!(bench.has(&PlanAction::Alarm(Alarm::DigestDiffers)));
    bench.settle();
    assert!(bench.has(&PlanAction::Reset(epoch("e1"))));
}

#[test]
fn a_kiosk_that_is_behind_pulls_and_asks_again() {
    let mut bench = Bench::online();
    let request = pass_to_digest(&mut bench);
    let start = bench.now;
    bench.tell(PlanEvent::DigestBehind(request));
    bench.pull_all("c1", "c1");
    pass_to_digest(&mut bench);
    assert!(bench.now.since(start) < 400_000);
}

#[test]
fn forgets_are_carried_out_at_once_and_acknowledged_after() {
    let mut bench = Bench::online();
    bench.tell(PlanEvent::Poke(RequestId(2)));
    let (request, _) = bench.fetch();
    bench.tell(PlanEvent::Fetched(request, page("c1", "c2", false)));
    bench.tell(PlanEvent::Applied {
        request,
        blobs: Vec::new(),
        forgets: true,
    });
    assert!(bench.has(&PlanAction::FinishForgets));
    bench.tell(PlanEvent::Forgets(Forgets::Ready));
    let telling = bench.find(|action| match action {
        PlanAction::Acknowledge(request) => Some(*request),
        _ => None,
    });
    bench.tell(PlanEvent::Acknowledged(telling));
    assert!(
        bench.has(&PlanAction::FinishForgets),
        "whether more has come meanwhile"
    );
    bench.tell(PlanEvent::Forgets(Forgets::None));
    assert!(bench.out.is_empty());
}

#[test]
fn a_forget_that_cannot_be_finished_is_tried_again_even_without_contact() {
    let mut bench = Bench::new(PlanConfig::default(), Position::default(), 1);
    bench.tick();
    assert!(bench.has(&PlanAction::FinishForgets));
    bench.tell(PlanEvent::Forgets(Forgets::Unfinished));
    bench.pass(1_001);
    assert!(bench.has(&PlanAction::FinishForgets));
}
