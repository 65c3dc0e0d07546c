//! A kiosk goes out of service: noted when everything written there is here, ended when it says that
//! it has erased itself.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use dayroom_central::{KioskStage, Refused};
use dayroom_protocol::{IntentBody, KioskId, Retirement, RetirementReply, UtcMillis};
use support::{Journal, MARCUS, NOW, Wall, World};

fn stage(world: &World, kiosk: KioskId) -> KioskStage {
    let stages = world.central.kiosk_stages(NOW).unwrap();
    stages
        .into_iter()
        .find_map(|(line, stage)| (line.id == kiosk).then_some(stage))
        .unwrap()
}

#[test]
fn central_notes_it_only_when_it_has_everything_that_was_written_there() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let marcus = world.who(MARCUS);
    let mut journal = Journal::new(1);
    let (first, second) = (
        journal.intent(marcus, IntentBody::SignIn),
        journal.intent(marcus, IntentBody::SignIn),
    );
    let leaving = Retirement::Leaving {
        journal: Some(journal.id),
        next: 3,
    };
    let says = |world: &World| {
        world
            .central
            .retirement(world.kiosk_b, &leaving, NOW)
            .unwrap()
    };
    assert_eq!(says(&world), RetirementReply::Missing { expected: 1 });
    let take = |batch| {
        world
            .central
            .take_intents(world.kiosk_b, &batch, NOW)
            .unwrap()
    };
    take(journal.batch(&[&first]));
    assert_eq!(says(&world), RetirementReply::Missing { expected: 2 });
    assert_ne!(stage(&world, world.kiosk_b), KioskStage::Retiring);
    take(journal.batch(&[&second]));
    assert_eq!(says(&world), RetirementReply::Noted { at: NOW });
    assert_eq!(stage(&world, world.kiosk_b), KioskStage::Retiring);
}

#[test]
fn saying_it_again_changes_nothing_and_after_erased_it_is_nobody() {
    let world = World::new();
    let kiosk = world.kiosk_a;
    let leaving = Retirement::Leaving {
        journal: None,
        next: 1,
    };
    let later = UtcMillis(NOW.0 + 60_000);
    let say = |said: &Retirement, at| world.central.retirement(kiosk, said, at);
    let noted = RetirementReply::Noted { at: NOW };
    assert_eq!(say(&leaving, NOW).unwrap(), noted);
    assert_eq!(say(&leaving, later).unwrap(), noted);
    assert!(world.central.check_kiosk(kiosk).is_ok(), "it still speaks");
    assert_eq!(say(&Retirement::Erased, NOW).unwrap(), noted);
    assert_eq!(say(&Retirement::Erased, later).unwrap(), noted);
    assert_eq!(stage(&world, kiosk), KioskStage::Erased);
    assert!(matches!(say(&leaving, later), Err(Refused::UnknownKiosk)));
    assert!(world.central.check_kiosk(kiosk).is_err());
}

#[test]
fn each_stage_of_a_kiosk_shows() {
    let world = World::new();
    let kiosk = world.kiosk_a;
    assert_eq!(stage(&world, kiosk), KioskStage::Created);
    Wall::new(kiosk).pull_all(&world.central);
    assert_eq!(stage(&world, kiosk), KioskStage::InService);
    world.central.retire_kiosk(kiosk, NOW).unwrap();
    assert_eq!(stage(&world, kiosk), KioskStage::Retired);
    assert!(matches!(
        world.central.retirement(kiosk, &Retirement::Erased, NOW),
        Err(Refused::UnknownKiosk)
    ));
}
