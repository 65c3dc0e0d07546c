use super::*;

fn sent(bench: &Bench) -> Option<RequestId> {
    bench.out.iter().find_map(|action| match action {
        PlanAction::SendHealth(request) => Some(*request),
        _ => None,
    })
}

/// Lets time pass up to a moment, with a central that answers everything at once; gives when
/// reports left.
fn run_until(bench: &mut Bench, end: Millis) -> Vec<Millis> {
    let mut left = Vec::new();
    loop {
        let wake = bench.plan.next_wake().unwrap();
        if wake > end {
            bench.now = end;
            return left;
        }
        bench.now = bench.now.max(wake);
        bench.tick();
        bench.settle();
        if bench.maybe_fetch().is_some() {
            let mut kept = std::mem::take(&mut bench.out);
            bench.out.clone_from(&kept);
            bench.pull_all("c1", "c1");
            kept.append(&mut bench.out);
            bench.out = kept;
        }
        let digest = bench.out.iter().find_map(|action| match action {
            PlanAction::SendDigest(request) => Some(*request),
            _ => None,
        });
        if let Some(request) = sent(bench) {
            left.push(bench.now);
            bench.tell(PlanEvent::HealthTold(request));
        }
        if let Some(request) = digest {
            bench.tell(PlanEvent::DigestAgrees(request));
        }
        bench.settle();
    }
}

fn knows_itself() -> Bench {
    let mut bench = Bench::started();
    let kept = bench.out.clone();
    bench.tell(PlanEvent::HealthChanged);
    assert_eq!(sent(&bench), None, "nobody has answered yet");
    bench.out = kept;
    bench
}

/// In contact, and the first report is told.
fn told() -> Bench {
    let mut bench = knows_itself();
    bench.pull_all("c0", "c1");
    let mut kept = bench.out.clone();
    let request = bench.subscribe();
    bench.tell(PlanEvent::StreamOpened(request));
    kept.append(&mut bench.out);
    bench.out = kept;
    bench.settle();
    let health = sent(&bench).unwrap();
    bench.pull_all("c1", "c1");
    bench.tell(PlanEvent::HealthTold(health));
    bench.settle();
    bench
}

#[test]
fn the_first_report_leaves_with_the_first_contact_and_not_before() {
    let mut bench = knows_itself();
    bench.pull_all("c0", "c1");
    assert!(sent(&bench).is_some());
}

#[test]
fn a_kiosk_that_does_not_know_how_it_is_says_nothing() {
    let mut bench = Bench::online();
    for _ in 0..50 {
        bench.pass_until_due();
        bench.settle();
        assert_eq!(sent(&bench), None);
        if bench.maybe_fetch().is_some() {
            bench.pull_all("c1", "c1");
        }
    }
}

#[test]
fn while_central_answers_no_five_minutes_pass_without_a_report() {
    let mut bench = told();
    let start = bench.now;
    let left = run_until(&mut bench, start.plus(24 * 3_600_000));
    assert!(left.len() >= 288, "{}", left.len());
    let mut before = start;
    for at in left {
        assert!(at.since(before) <= 300_000, "{}", at.since(before));
        before = at;
    }
}

#[test]
fn a_change_is_told_within_seconds_and_once_however_often_it_flaps() {
    let mut bench = told();
    bench.now = bench.now.plus(60_000);
    let start = bench.now;
    for _ in 0..20 {
        bench.tell(PlanEvent::HealthChanged);
        bench.settle();
        assert_eq!(sent(&bench), None, "debounced");
        bench.now = bench.now.plus(50);
    }
    let left = run_until(&mut bench, start.plus(60_000));
    assert_eq!(left.len(), 1, "coalesced");
    assert_eq!(
        left[0].since(start),
        PlanConfig::default().health_debounce,
        "the first change counts, later ones put nothing off"
    );
}

#[test]
fn a_change_while_a_report_travels_is_told_by_the_next() {
    let mut bench = told();
    bench.now = bench.now.plus(60_000);
    bench.tell(PlanEvent::HealthChanged);
    bench.settle();
    bench.pass(PlanConfig::default().health_debounce);
    bench.settle();
    let request = sent(&bench).unwrap();
    bench.tell(PlanEvent::HealthChanged);
    assert_eq!(sent(&bench), None);
    let start = bench.now;
    bench.tell(PlanEvent::HealthTold(request));
    let left = run_until(&mut bench, start.plus(60_000));
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].since(start), PlanConfig::default().health_gap);
}

#[test]
fn a_thing_that_changes_every_second_is_told_six_times_a_minute_and_no_more() {
    let mut bench = told();
    bench.now = bench.now.plus(60_000);
    let mut left = Vec::new();
    for _ in 0..600 {
        bench.tell(PlanEvent::HealthChanged);
        bench.settle();
        let end = bench.now.plus(1_000);
        left.append(&mut run_until(&mut bench, end));
    }
    assert!((50..=61).contains(&left.len()), "{}", left.len());
}

#[test]
fn what_people_did_leaves_before_a_report_that_is_due() {
    let mut bench = told();
    bench.now = bench.now.plus(PlanConfig::default().health_every - 1);
    bench.tell(PlanEvent::IntentsWaiting);
    assert!(
        bench
            .out
            .iter()
            .any(|action| matches!(action, PlanAction::ReadOffers { .. }))
    );
    bench.now = bench.now.plus(1);
    bench.tell(PlanEvent::Offers(Offers::Ready { first: 1, last: 1 }));
    let push = bench.push();
    assert_eq!(sent(&bench), None, "the push goes first");
    bench.tick();
    assert_eq!(sent(&bench), None);
    bench.pass(PlanConfig::default().health_patience - 1);
    assert_eq!(sent(&bench), None);
    // A push that takes very long does not keep central in the dark.
    bench.pass(1);
    assert!(sent(&bench).is_some());
    bench.tell(PlanEvent::Pushed(push));
    bench.settle();
    assert!(bench.maybe_fetch().is_some());
}

#[test]
fn without_contact_no_report_leaves_and_the_next_contact_brings_one() {
    let mut bench = told();
    bench.tell(PlanEvent::Poke(RequestId(2)));
    let (request, _) = bench.fetch();
    bench.fail(request, Cause::Unreachable);
    bench.tell(PlanEvent::HealthChanged);
    for _ in 0..50 {
        bench.pass_until_due();
        bench.settle();
        assert_eq!(sent(&bench), None);
        if let Some((request, _)) = bench.maybe_fetch() {
            bench.fail(request, Cause::Unreachable);
            bench.settle();
        }
    }
    while bench.maybe_fetch().is_none() {
        bench.pass_until_due();
        bench.settle();
    }
    bench.pull_all("c1", "c1");
    assert!(sent(&bench).is_some());
}

#[test]
fn a_central_that_knows_no_reports_is_asked_ever_less_often_and_is_still_in_contact() {
    let mut bench = told();
    let (mut asked, end) = (0, bench.now.plus(6 * 3_600_000));
    bench.tell(PlanEvent::HealthChanged);
    while bench.now < end {
        bench.pass_until_due();
        bench.settle();
        if bench.maybe_fetch().is_some() {
            let mut kept = bench.out.clone();
            bench.pull_all("c1", "c1");
            kept.append(&mut bench.out);
            bench.out = kept;
        }
        let out = bench.out.clone();
        if let Some(request) = sent(&bench) {
            asked += 1;
            bench.tell(PlanEvent::Failed(request, Failure::NotFound));
            bench.settle();
        }
        for action in out {
            if let PlanAction::SendDigest(request) = action {
                bench.tell(PlanEvent::DigestAgrees(request));
                bench.settle();
            }
            assert!(
                !matches!(action, PlanAction::Report(Link::Offline(_))),
                "an answer is an answer"
            );
        }
    }
    assert!((60..400).contains(&asked), "{asked}");
}
