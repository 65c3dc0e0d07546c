//! What a kiosk is told, in which order, and what it is told to forget.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use dayroom_central::{Alarm, Deed, Opening, Refused};
use dayroom_protocol::{
    Access, Acknowledgement, CollectionDigest, Cursor, DigestReply, DigestReport, Epoch, Forgotten,
    IntentBody, Kind, RecordBody,
};
use support::{Journal, LUIS, MARCUS, NOW, TYRELL, Wall, World};

#[test]
fn a_first_refill_brings_policy_roster_and_history_in_commit_order() {
    let mut world = World::with_small_pages(2);
    world.roster(&[(MARCUS, world.b), (TYRELL, world.a)]);
    let marcus = world.who(MARCUS);
    let connection = world.connection(marcus, Opening::Active);
    let messages: Vec<_> = (0..7)
        .map(|n| world.message(connection, &format!("letter {n}")))
        .collect();
    let mut wall = Wall::new(world.kiosk_b);
    wall.pull_all(&world.central);
    assert!(wall.holds(Kind::Policy, world.b));
    assert!(!wall.holds(Kind::Policy, world.a));
    assert!(wall.holds(Kind::Resident, marcus));
    assert!(!wall.holds(Kind::Resident, world.who(TYRELL)));
    assert!(messages.iter().all(|id| wall.holds(Kind::Message, *id)));
    let versions: Vec<u64> = wall.seen.iter().map(|record| record.version).collect();
    assert!(versions.is_sorted());
    assert_eq!(wall.seen.len(), 1 + 1 + 1 + 7);
}

#[test]
fn an_empty_page_carries_a_cursor_and_does_not_move_it_for_nothing() {
    let world = World::new();
    let mut wall = Wall::new(world.kiosk_a);
    wall.pull_all(&world.central);
    let cursor = wall.cursor.clone();
    let page = world
        .central
        .changes(world.kiosk_a, wall.epoch.as_ref(), &cursor, NOW)
        .unwrap();
    assert!(page.records.is_empty() && !page.more);
    assert_eq!(page.cursor, cursor);
    assert_eq!(page.after, cursor);
}

#[test]
fn a_page_closes_at_its_records_and_behind_its_bytes() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let connection = world.connection(world.who(MARCUS), Opening::Active);
    for _ in 0..20 {
        world.message(connection, &"x".repeat(60_000));
    }
    let mut wall = Wall::new(world.kiosk_b);
    let page = world
        .central
        .changes(world.kiosk_b, None, &Cursor::default(), NOW)
        .unwrap();
    let bytes: usize = page
        .records
        .iter()
        .map(|record| record.body.get().len())
        .sum();
    assert!(page.more);
    assert!(
        (256 * 1024 - 2000..256 * 1024 + 64_000).contains(&bytes),
        "{bytes}"
    );
    wall.apply(page);
    wall.pull_all(&world.central);
    assert_eq!(wall.held.len(), 1 + 1 + 1 + 20);
}

#[test]
fn who_moves_in_arrives_with_their_history_and_who_moves_out_is_forgotten() {
    let mut world = World::with_small_pages(3);
    world.roster(&[(MARCUS, world.a), (TYRELL, world.b)]);
    let marcus = world.who(MARCUS);
    let connection = world.connection(marcus, Opening::Active);
    let letter = world.message(connection, "before the move");
    let (mut a, mut b) = (Wall::new(world.kiosk_a), Wall::new(world.kiosk_b));
    a.pull_all(&world.central);
    b.pull_all(&world.central);
    assert!(a.holds(Kind::Message, letter) && !b.holds(Kind::Message, letter));

    world.roster(&[(MARCUS, world.b), (TYRELL, world.b)]);
    a.pull_all(&world.central);
    b.pull_all(&world.central);
    assert!(!a.held.values().any(|held| held.resident == Some(marcus)));
    assert!(b.holds(Kind::Message, letter) && b.holds(Kind::Resident, marcus));
    let own: Vec<&str> = b
        .seen
        .iter()
        .filter(|record| record.resident == Some(marcus))
        .map(|record| record.kind.as_str())
        .collect();
    assert_eq!(
        own,
        ["connection", "message", "resident"],
        "history, then the line"
    );
}

#[test]
fn who_comes_back_has_their_history_and_a_new_pin() {
    let mut world = World::with_small_pages(2);
    world.roster(&[(MARCUS, world.b)]);
    let marcus = world.who(MARCUS);
    let connection = world.connection(marcus, Opening::Active);
    let letter = world.message(connection, "from before");
    let mut b = Wall::new(world.kiosk_b);
    b.pull_all(&world.central);
    let line = |wall: &Wall| {
        let RecordBody::Resident(body) = wall.body(Kind::Resident, marcus) else {
            unreachable!()
        };
        body.pin_verifier
    };
    let first = line(&b);

    world.roster(&[]);
    world.roster(&[(MARCUS, world.b)]);
    assert_eq!(world.who(MARCUS), marcus);
    b.pull_all(&world.central);
    assert!(b.holds(Kind::Message, letter));
    assert_ne!(line(&b), first);

    // A kiosk that refills from nothing is not told to forget what it is then given.
    let mut fresh = Wall::new(world.kiosk_b);
    fresh.pull_all(&world.central);
    assert!(fresh.holds(Kind::Message, letter));
    assert_eq!(fresh.held.len(), b.held.len());
}

#[test]
fn a_kiosk_hung_up_after_a_return_is_not_told_of_the_departure() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let marcus = world.who(MARCUS);
    let connection = world.connection(marcus, Opening::Active);
    let letter = world.message(connection, "from before");
    world.roster(&[]);
    world.roster(&[(MARCUS, world.b)]);
    let late = world
        .central
        .create_kiosk(world.b, "Unit B, door", &mut world.rng)
        .unwrap();
    let mut wall = Wall::new(late);
    wall.pull_all(&world.central);
    assert!(wall.holds(Kind::Message, letter));
    assert!(wall.seen.iter().all(|record| record.kind != "forget"));
}

#[test]
fn a_moved_kiosk_starts_anew_in_its_new_unit() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.a), (TYRELL, world.b)]);
    let mut wall = Wall::new(world.kiosk_a);
    wall.pull_all(&world.central);
    assert!(wall.holds(Kind::Resident, world.who(MARCUS)));
    world.central.move_kiosk(world.kiosk_a, world.b).unwrap();
    wall.pull_all(&world.central);
    assert_eq!(wall.resets, 1);
    assert!(!wall.holds(Kind::Resident, world.who(MARCUS)));
    assert!(wall.holds(Kind::Resident, world.who(TYRELL)));
    assert!(wall.holds(Kind::Policy, world.b) && !wall.holds(Kind::Policy, world.a));
}

#[test]
fn what_cannot_be_served_is_answered_with_reset() {
    let world = World::new();
    let mut wall = Wall::new(world.kiosk_a);
    wall.pull_all(&world.central);
    let epoch = wall.epoch.clone().unwrap();
    let ask = |epoch: Option<&Epoch>, cursor: &str| {
        let done = world
            .central
            .changes(world.kiosk_a, epoch, &Cursor(cursor.to_owned()), NOW);
        match done {
            Err(Refused::Reset { epoch }) => Some(epoch),
            Ok(_) => None,
            Err(other) => panic!("{other}"),
        }
    };
    let now = wall.cursor.0.as_str();
    assert_eq!(ask(Some(&epoch), now), None);
    assert_eq!(ask(Some(&epoch), ""), None);
    for cursor in ["9999.1", "9999.9999", "x", "1", "1.2"] {
        assert_eq!(ask(Some(&epoch), cursor).as_ref(), Some(&epoch), "{cursor}");
    }
    assert_eq!(ask(None, now), Some(epoch.clone()));
    assert_eq!(ask(Some(&Epoch("other.1".to_owned())), now), Some(epoch));
    let alarms = world.central.activity().unwrap();
    assert_eq!(alarms.len(), 2);
    assert!(alarms.iter().all(|line| line.deed
        == Deed::Alarm {
            alarm: Alarm::CursorFromTheFuture
        }));
}

#[test]
fn a_new_epoch_resets_every_kiosk_once() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let mut wall = Wall::new(world.kiosk_b);
    wall.pull_all(&world.central);
    world.central.new_epoch(&mut world.rng).unwrap();
    wall.pull_all(&world.central);
    wall.pull_all(&world.central);
    assert_eq!(wall.resets, 1);
    assert!(wall.holds(Kind::Resident, world.who(MARCUS)));
}

#[test]
fn a_kiosk_that_is_not_in_service_gets_nothing() {
    let world = World::new();
    world.central.retire_kiosk(world.kiosk_a, NOW).unwrap();
    let stranger = dayroom_protocol::KioskId(uuid::Uuid::from_u128(9));
    for kiosk in [world.kiosk_a, stranger] {
        let done = world.central.changes(kiosk, None, &Cursor::default(), NOW);
        assert!(matches!(done, Err(Refused::UnknownKiosk)));
    }
}

#[test]
fn a_frozen_sign_in_reaches_the_kiosk() {
    let mut world = World::new();
    world.roster(&[(LUIS, world.b)]);
    let luis = world.who(LUIS);
    let mut wall = Wall::new(world.kiosk_b);
    wall.pull_all(&world.central);
    world.central.set_access(luis, Access::Frozen).unwrap();
    wall.pull_all(&world.central);
    let RecordBody::Resident(body) = wall.body(Kind::Resident, luis) else {
        unreachable!()
    };
    assert_eq!(body.access, Access::Frozen);
}

#[test]
fn a_forget_is_pending_until_the_kiosk_says_it_is_done() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let marcus = world.who(MARCUS);
    let mut wall = Wall::new(world.kiosk_b);
    wall.pull_all(&world.central);
    assert!(world.central.pending_forgets().unwrap().is_empty());
    world.roster(&[]);
    let pending = world.central.pending_forgets().unwrap();
    assert_eq!(pending.len(), 1);
    assert_eq!(
        (pending[0].kiosk, pending[0].resident),
        (world.kiosk_b, marcus)
    );
    wall.pull_all(&world.central);
    assert_eq!(world.central.pending_forgets().unwrap(), pending);
    let said = Acknowledgement {
        forgotten: vec![Forgotten {
            resident: marcus,
            version: pending[0].version,
        }],
    };
    for _ in 0..2 {
        world
            .central
            .acknowledge(world.kiosk_b, &said, NOW)
            .unwrap();
    }
    assert!(world.central.pending_forgets().unwrap().is_empty());
}

#[test]
fn the_digest_agrees_differs_or_says_pull_first() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let connection = world.connection(world.who(MARCUS), Opening::Active);
    let letter = world.message(connection, "counted");
    let mut wall = Wall::new(world.kiosk_b);
    wall.pull_all(&world.central);
    let report = |wall: &Wall| DigestReport {
        epoch: wall.epoch.clone().unwrap(),
        cursor: wall.cursor.clone(),
        collections: support_digest::collections(wall),
        quarantined: 0,
    };
    let ask = |wall: &Wall| {
        world
            .central
            .digest(world.kiosk_b, &report(wall), NOW)
            .unwrap()
    };
    assert_eq!(ask(&wall), DigestReply::Agrees);
    wall.held.remove(&("message".to_owned(), letter.into()));
    assert_eq!(
        ask(&wall),
        DigestReply::Differs {
            kinds: vec![Kind::Message]
        }
    );
    let activity = world.central.activity().unwrap();
    assert!(matches!(
        activity.last().unwrap().deed,
        Deed::Alarm {
            alarm: Alarm::DigestDiffers { .. }
        }
    ));
    let mut behind = Wall::new(world.kiosk_b);
    behind.epoch.clone_from(&wall.epoch);
    assert_eq!(ask(&behind), DigestReply::Behind);
}

#[test]
fn accounts_and_drafts_are_compared_with_kiosks_that_count_them_and_no_others() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let mut journal = Journal::new(1);
    let sign_in = journal.intent(world.who(MARCUS), IntentBody::SignIn);
    world
        .central
        .take_intents(world.kiosk_b, &journal.batch(&[&sign_in]), NOW)
        .unwrap();
    let mut wall = Wall::new(world.kiosk_b);
    wall.pull_all(&world.central);
    let ask = |wall: &Wall, change: &dyn Fn(&mut Vec<CollectionDigest>)| {
        let mut collections = support_digest::collections(wall);
        change(&mut collections);
        let report = DigestReport {
            epoch: wall.epoch.clone().unwrap(),
            cursor: wall.cursor.clone(),
            collections,
            quarantined: 0,
        };
        world.central.digest(world.kiosk_b, &report, NOW).unwrap()
    };
    assert_eq!(ask(&wall, &|_| {}), DigestReply::Agrees);
    let older = |said: &mut Vec<CollectionDigest>| said.retain(|said| said.kind != Kind::Account);
    assert_eq!(
        ask(&wall, &older),
        DigestReply::Agrees,
        "it knows no accounts"
    );
    let lost = |said: &mut Vec<CollectionDigest>| {
        let account = said.iter_mut().find(|said| said.kind == Kind::Account);
        account.unwrap().count = 0;
    };
    let kinds = vec![Kind::Account];
    assert_eq!(ask(&wall, &lost), DigestReply::Differs { kinds });
}

mod support_digest {
    use std::collections::BTreeMap;

    use dayroom_protocol::{BlobHash, CollectionDigest, Kind, RecordId, collection_digest};

    use super::Wall;

    pub fn collections(wall: &Wall) -> Vec<CollectionDigest> {
        let mut kinds: BTreeMap<Kind, Vec<(RecordId, u64)>> = BTreeMap::new();
        for ((kind, id), record) in &wall.held {
            kinds
                .entry(Kind::from_name(kind).unwrap())
                .or_default()
                .push((*id, record.version));
        }
        kinds
            .into_iter()
            .map(|(kind, mut held)| {
                let bytes = collection_digest(&mut held);
                let digest = ring::digest::digest(&ring::digest::SHA256, &bytes);
                CollectionDigest {
                    kind,
                    count: held.len() as u64,
                    sha256: BlobHash(digest.as_ref().try_into().unwrap()),
                }
            })
            .collect()
    }
}

#[test]
fn central_remembers_what_a_kiosk_last_held() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    assert_eq!(world.central.kiosk(world.kiosk_b).unwrap().seen, None);
    let mut wall = Wall::new(world.kiosk_b);
    wall.pull_all(&world.central);
    wall.pull(&world.central);
    let seen = world.central.kiosk(world.kiosk_b).unwrap().seen.unwrap();
    assert_eq!(seen.cursor, wall.cursor.0);
    assert_eq!(seen.at, NOW);
}
