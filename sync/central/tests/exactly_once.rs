//! Whatever the network or a backup does, each act counts once.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use dayroom_central::{Central, CentralOptions, CentralPlace, Opening, PinCost, Refused};
use dayroom_protocol::{Answer, ConnectionState, IntentBody, Kind, Outcome, RecordBody};
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use support::{Journal, MARCUS, NOW, Wall, World};

#[test]
fn a_restored_central_takes_again_what_it_lost_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let (live, backup) = (
        folder.path().join("live.db"),
        folder.path().join("backup.db"),
    );
    let options = CentralOptions {
        pins: PinCost::Simulated,
        ..CentralOptions::default()
    };
    let mut world = World::at(&CentralPlace::File(live.clone()), options);
    world.roster(&[(MARCUS, world.b)]);
    let marcus = world.who(MARCUS);
    let connection = world.connection(marcus, Opening::Request);
    let accept = IntentBody::AnswerConnection {
        connection,
        answer: Answer::Accept,
    };
    let mut journal = Journal::new(1);
    let kept = journal.intent(marcus, IntentBody::SignIn);
    world
        .central
        .take_intents(world.kiosk_b, &journal.batch(&[&kept]), NOW)
        .unwrap();
    rusqlite::Connection::open(&live)
        .unwrap()
        .execute("VACUUM INTO ?1", [backup.to_str().unwrap()])
        .unwrap();
    let lost = journal.intent(marcus, accept);
    world
        .central
        .take_intents(world.kiosk_b, &journal.batch(&[&lost]), NOW)
        .unwrap();
    let mut wall = Wall::new(world.kiosk_b);
    wall.pull_all(&world.central);
    let kiosk = world.kiosk_b;
    drop(world);

    let mut rng = SmallRng::seed_from_u64(99);
    let restored = Central::open(&CentralPlace::File(backup), options, &mut rng).unwrap();
    restored.new_epoch(&mut rng).unwrap();
    wall.pull_all(&restored);
    assert_eq!(wall.resets, 1);
    // The kiosk offers again all that is recent, settled or not.
    let reply = restored
        .take_intents(kiosk, &journal.batch(&[&kept, &lost]), NOW)
        .unwrap();
    assert_eq!(reply.expected, 3);
    wall.pull_all(&restored);
    assert_eq!(wall.settled[&lost.id], Outcome::Applied);
    assert_eq!(restored.activity().unwrap().len(), 2);
    let RecordBody::Connection(body) = wall.body(Kind::Connection, connection) else {
        unreachable!()
    };
    assert!(matches!(body.state, ConnectionState::AwaitFacility { .. }));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn however_a_network_cuts_repeats_and_mixes_pushes_each_act_counts_once(
        acts in 1..30_usize,
        pushes in prop::collection::vec((0..30_usize, 1..8_usize), 0..40),
    ) {
        let mut world = World::new();
        world.roster(&[(MARCUS, world.b)]);
        let marcus = world.who(MARCUS);
        let mut journal = Journal::new(1);
        let intents: Vec<_> = (0..acts)
            .map(|_| journal.intent(marcus, IntentBody::FailSignIn))
            .collect();
        let mut taken = 0_usize;
        for (from, length) in pushes {
            let from = from.min(acts - 1);
            let to = (from + length).min(acts);
            let batch: Vec<_> = intents[from..to].iter().collect();
            let mut batch = journal.batch(&batch);
            // The journal still holds all, so nothing excuses a hole.
            batch.first_held = 0;
            let done = world.central.take_intents(world.kiosk_b, &batch, NOW);
            if from > taken {
                let expected = taken as u64 + 1;
                let gap = matches!(done, Err(Refused::Gap { expected: e }) if e == expected);
                prop_assert!(gap);
            } else {
                taken = taken.max(to);
                prop_assert_eq!(done.unwrap().expected, taken as u64 + 1);
            }
        }
        let all: Vec<_> = intents.iter().collect();
        world.central.take_intents(world.kiosk_b, &journal.batch(&all), NOW).unwrap();
        let activity = world.central.activity().unwrap();
        let counted: Vec<_> = activity.iter().map(|line| line.intent.unwrap()).collect();
        let expected: Vec<_> = intents.iter().map(|intent| intent.id).collect();
        prop_assert_eq!(counted, expected);
    }
}
