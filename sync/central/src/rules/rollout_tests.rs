use uuid::Uuid;

use super::*;

const HOUR: i64 = 3_600_000;

fn version(text: &str) -> ReleaseVersion {
    text.parse().unwrap()
}

fn kiosk(number: u128) -> KioskId {
    KioskId(Uuid::from_u128(number))
}

fn stand(ring: usize, stage: Option<ReleaseStage>) -> Stand {
    Stand {
        ring,
        offered_at: UtcMillis(0),
        heard_at: None,
        running: Some(version("1.3.0")),
        stage,
    }
}

fn refused() -> Option<ReleaseStage> {
    Some(ReleaseStage::Refused {
        why: "bundle is not the one that is signed".to_owned(),
    })
}

fn judged(at: usize, stands: &[Stand], now: i64) -> RolloutVerdict {
    let limits = RolloutLimits::default();
    judge_rollout(
        (3, at, UtcMillis(0)),
        stands,
        version("1.4.0"),
        &limits,
        UtcMillis(now),
    )
}

#[test]
fn a_kiosk_is_in_the_first_ring_that_names_it_and_shares_hold_roughly() {
    let rings = [
        Ring {
            name: "first".to_owned(),
            who: RingWho::Kiosks(vec![kiosk(7)]),
        },
        Ring {
            name: "tenth".to_owned(),
            who: RingWho::Share(10),
        },
        Ring {
            name: "all".to_owned(),
            who: RingWho::Share(100),
        },
    ];
    let mut counts = [0_usize; 3];
    for number in 0..10_000 {
        let ring = ring_of(&rings, version("1.4.0"), kiosk(number)).unwrap();
        counts[ring] += 1;
    }
    assert_eq!(counts[0], 1);
    assert!((800..1_200).contains(&counts[1]), "{counts:?}");
    assert_eq!(counts.iter().sum::<usize>(), 10_000);
    // Another release draws other kiosks.
    let moved = (0..10_000)
        .map(kiosk)
        .filter(|one| {
            ring_of(&rings, version("1.4.0"), *one) != ring_of(&rings, version("1.5.0"), *one)
        })
        .count();
    assert!(moved > 1_000, "{moved}");
    let some = &rings[..2];
    assert!((0..100).any(|n| ring_of(some, version("1.4.0"), kiosk(n)).is_none()));
}

#[test]
fn a_ring_goes_on_only_when_all_of_it_is_well_and_a_day_has_passed() {
    let well = stand(0, Some(ReleaseStage::Staged));
    let mut runs = stand(0, Some(ReleaseStage::Idle));
    runs.running = Some(version("1.4.0"));
    let both = [well.clone(), runs];
    assert_eq!(judged(0, &both, 23 * HOUR), RolloutVerdict::GoOn);
    assert_eq!(judged(0, &both, 24 * HOUR), RolloutVerdict::NextRing);
    let mut slow = stand(0, Some(ReleaseStage::Fetching { have: 1, of: 2 }));
    slow.heard_at = Some(UtcMillis(30 * HOUR));
    assert_eq!(judged(0, &[well, slow], 40 * HOUR), RolloutVerdict::GoOn);
    assert_eq!(judged(2, &both, 48 * HOUR), RolloutVerdict::Finished);
    assert_eq!(
        judged(1, &both, HOUR),
        RolloutVerdict::NextRing,
        "an empty ring"
    );
}

#[test]
fn every_kind_of_failure_past_the_limit_halts_and_one_within_it_does_not() {
    let failures = [
        refused(),
        Some(ReleaseStage::Failed {
            why: "disk".to_owned(),
        }),
        Some(ReleaseStage::RolledBack),
    ];
    for failure in failures {
        let mut ring: Vec<Stand> = (0..20)
            .map(|_| stand(0, Some(ReleaseStage::Staged)))
            .collect();
        ring[0].stage.clone_from(&failure);
        ring[1].stage.clone_from(&failure);
        // Two of twenty are ten of a hundred: not past the limit.
        assert_eq!(judged(0, &ring, HOUR), RolloutVerdict::GoOn, "{failure:?}");
        ring[2].stage.clone_from(&failure);
        assert_eq!(
            judged(0, &ring, HOUR),
            RolloutVerdict::Halt {
                ring: 0,
                failed: 3,
                of: 20
            },
            "{failure:?}"
        );
    }
}

#[test]
fn silence_after_the_offer_is_a_failure_and_words_from_before_do_not_count() {
    let quiet = stand(0, None);
    assert_eq!(
        judged(0, std::slice::from_ref(&quiet), 24 * HOUR),
        RolloutVerdict::GoOn
    );
    assert_eq!(
        judged(0, std::slice::from_ref(&quiet), 24 * HOUR + 1),
        RolloutVerdict::Halt {
            ring: 0,
            failed: 1,
            of: 1
        }
    );
    let mut speaks = quiet;
    speaks.heard_at = Some(UtcMillis(20 * HOUR));
    assert_eq!(judged(0, &[speaks], 30 * HOUR), RolloutVerdict::GoOn);
}

#[test]
fn a_ring_that_was_well_and_went_back_halts_a_rollout_that_is_further() {
    let mut stands: Vec<Stand> = (0..3)
        .map(|_| stand(0, Some(ReleaseStage::Staged)))
        .collect();
    stands.extend((0..50).map(|_| stand(1, Some(ReleaseStage::Staged))));
    assert_eq!(judged(1, &stands, 24 * HOUR), RolloutVerdict::NextRing);
    stands[1].stage = Some(ReleaseStage::RolledBack);
    assert_eq!(
        judged(1, &stands, 24 * HOUR),
        RolloutVerdict::Halt {
            ring: 0,
            failed: 1,
            of: 3
        },
        "one of fifty-three is little, one of its ring of three is not"
    );
}
