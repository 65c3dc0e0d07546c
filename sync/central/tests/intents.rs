//! What people did at kiosks takes effect exactly once, and is settled behind its effect.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use dayroom_central::{Alarm, Deed, Opening, Reason, Refused};
use dayroom_protocol::{Answer, ConnectionState, IntentBody, Kind, Outcome, Refusal, UtcMillis};
use support::{Journal, MARCUS, NOW, TYRELL, Wall, World};

fn accept(connection: dayroom_protocol::ConnectionId) -> IntentBody {
    IntentBody::AnswerConnection {
        connection,
        answer: Answer::Accept,
    }
}

fn refused(reason: Refusal) -> Outcome {
    Outcome::Refused { reason }
}

#[test]
fn an_answer_takes_effect_once_and_is_settled_behind_its_effect() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let marcus = world.who(MARCUS);
    let connection = world.connection(marcus, Opening::Request);
    let mut journal = Journal::new(1);
    let intent = journal.intent(marcus, accept(connection));
    for _ in 0..3 {
        let reply = world
            .central
            .take_intents(world.kiosk_b, &journal.batch(&[&intent]), NOW)
            .unwrap();
        assert_eq!(reply.expected, 2);
    }
    assert_eq!(world.central.activity().unwrap().len(), 1);
    let mut wall = Wall::new(world.kiosk_b);
    wall.pull_all(&world.central);
    assert_eq!(wall.settled[&intent.id], Outcome::Applied);
    let place = |kind: &str| {
        wall.seen
            .iter()
            .position(|record| record.kind == kind)
            .unwrap()
    };
    assert!(place("connection") < place("settlement"));
    let state = world.central.connection(connection).unwrap().body.state;
    assert_eq!(state, ConnectionState::AwaitFacility { since: NOW });
    world.central.approve_connection(connection, NOW).unwrap();
    let state = world.central.connection(connection).unwrap().body.state;
    assert_eq!(state, ConnectionState::Active { since: NOW });
}

#[test]
fn a_settlement_reaches_the_kiosk_that_sent_it_and_no_other() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let beside = world
        .central
        .create_kiosk(world.b, "Unit B, door", &mut world.rng)
        .unwrap();
    let mut journal = Journal::new(1);
    let intent = journal.intent(world.who(MARCUS), IntentBody::SignIn);
    world
        .central
        .take_intents(world.kiosk_b, &journal.batch(&[&intent]), NOW)
        .unwrap();
    let (mut sender, mut other) = (Wall::new(world.kiosk_b), Wall::new(beside));
    sender.pull_all(&world.central);
    other.pull_all(&world.central);
    assert_eq!(sender.settled.len(), 1);
    assert_eq!(other.settled.len(), 0);
    assert!(other.holds(Kind::SignIn, world.who(MARCUS)));
}

#[test]
fn the_first_answer_counts_and_the_other_kiosk_is_told() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let marcus = world.who(MARCUS);
    let connection = world.connection(marcus, Opening::Request);
    let (mut one, mut two) = (Journal::new(1), Journal::new(2));
    let first = one.intent(marcus, accept(connection));
    let late = two.intent(
        marcus,
        IntentBody::AnswerConnection {
            connection,
            answer: Answer::Block,
        },
    );
    let beside = world
        .central
        .create_kiosk(world.b, "Unit B, door", &mut world.rng)
        .unwrap();
    world
        .central
        .take_intents(world.kiosk_b, &one.batch(&[&first]), NOW)
        .unwrap();
    world
        .central
        .take_intents(beside, &two.batch(&[&late]), NOW)
        .unwrap();
    let mut wall = Wall::new(beside);
    wall.pull_all(&world.central);
    assert_eq!(wall.settled[&late.id], refused(Refusal::AlreadyAnswered));
}

#[test]
fn what_is_not_there_or_not_theirs_is_refused() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b), (TYRELL, world.b)]);
    let (marcus, tyrell) = (world.who(MARCUS), world.who(TYRELL));
    let of_tyrell = world.connection(tyrell, Opening::Active);
    let letter = world.message(of_tyrell, "for Tyrell");
    let held = world.message(of_tyrell, "being reviewed");
    world.central.hold(held, NOW).unwrap();
    let withdrawn = world.connection(marcus, Opening::Request);
    world.central.withdraw_request(withdrawn, NOW).unwrap();
    let not_allowed = world.connection(marcus, Opening::Request);
    let reason = Reason::new("No-contact order of the court").unwrap();
    world
        .central
        .refuse_connection(not_allowed, &reason, NOW)
        .unwrap();
    let stranger = dayroom_protocol::ResidentId(uuid::Uuid::from_u128(5));
    let mut journal = Journal::new(1);
    let cases = [
        (marcus, accept(of_tyrell), refused(Refusal::NotFound)),
        (
            marcus,
            IntentBody::ReadMessage { message: letter },
            refused(Refusal::NotFound),
        ),
        (
            tyrell,
            IntentBody::ReadMessage { message: held },
            refused(Refusal::NotFound),
        ),
        (stranger, IntentBody::SignIn, refused(Refusal::NotFound)),
        (marcus, accept(withdrawn), refused(Refusal::Withdrawn)),
        (marcus, accept(not_allowed), refused(Refusal::NotAllowed)),
        (marcus, IntentBody::Unknown, refused(Refusal::Unsupported)),
        (marcus, IntentBody::Undone, Outcome::Applied),
        (marcus, IntentBody::Consent { version: 1 }, Outcome::Applied),
        (
            tyrell,
            IntentBody::ReadMessage { message: letter },
            Outcome::Applied,
        ),
    ];
    let intents: Vec<_> = cases
        .iter()
        .map(|(who, body, _)| journal.intent(*who, body.clone()))
        .collect();
    let all: Vec<_> = intents.iter().collect();
    world
        .central
        .take_intents(world.kiosk_b, &journal.batch(&all), NOW)
        .unwrap();
    let mut wall = Wall::new(world.kiosk_b);
    wall.pull_all(&world.central);
    for (intent, (_, body, outcome)) in intents.iter().zip(&cases) {
        assert_eq!(wall.settled[&intent.id], *outcome, "{body:?}");
    }
}

#[test]
fn the_first_reading_is_the_receipt_and_later_ones_change_nothing() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let marcus = world.who(MARCUS);
    let connection = world.connection(marcus, Opening::Active);
    let letter = world.message(connection, "open me");
    let mut journal = Journal::new(1);
    let first = journal.intent(marcus, IntentBody::ReadMessage { message: letter });
    let mut second = journal.intent(marcus, IntentBody::ReadMessage { message: letter });
    second.made_at = NOW.plus_millis(99);
    world
        .central
        .take_intents(world.kiosk_b, &journal.batch(&[&first, &second]), NOW)
        .unwrap();
    let message = world.central.message(letter).unwrap().body;
    assert_eq!(message.read_at, Some(first.made_at));
    let mut wall = Wall::new(world.kiosk_b);
    wall.pull_all(&world.central);
    assert_eq!(wall.settled[&second.id], Outcome::Applied);
}

#[test]
fn failed_tries_count_since_the_last_sign_in_on_every_kiosk() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let marcus = world.who(MARCUS);
    let mut journal = Journal::new(1);
    let mut act = |body: IntentBody| {
        let intent = journal.intent(marcus, body);
        world
            .central
            .take_intents(world.kiosk_b, &journal.batch(&[&intent]), NOW)
            .unwrap();
        world.central.last_sign_in(marcus).unwrap()
    };
    assert!(act(IntentBody::FailSignIn).is_none());
    let first = act(IntentBody::SignIn).unwrap();
    assert_eq!(
        (first.failed_since, first.kiosk.as_str()),
        (0, "Unit B, wall")
    );
    act(IntentBody::FailSignIn);
    assert_eq!(act(IntentBody::FailSignIn).unwrap().failed_since, 2);
    assert_eq!(act(IntentBody::SignIn).unwrap().failed_since, 0);
}

#[test]
fn the_same_id_with_another_body_is_an_alarm_and_stops_the_batch() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let marcus = world.who(MARCUS);
    let mut journal = Journal::new(1);
    let first = journal.intent(marcus, IntentBody::SignIn);
    let second = journal.intent(marcus, IntentBody::SignIn);
    let third = journal.intent(marcus, IntentBody::SignIn);
    world
        .central
        .take_intents(world.kiosk_b, &journal.batch(&[&first]), NOW)
        .unwrap();
    let mut twisted = first.clone();
    twisted.body = IntentBody::FailSignIn;
    let done = world.central.take_intents(
        world.kiosk_b,
        &journal.batch(&[&second, &twisted, &third]),
        NOW,
    );
    assert!(matches!(done, Err(Refused::Conflict { intent }) if intent == first.id));
    let activity = world.central.activity().unwrap();
    assert_eq!(activity.len(), 3, "two sign-ins and the alarm");
    assert_eq!(
        activity[2].deed,
        Deed::Alarm {
            alarm: Alarm::IntentContradicts { intent: first.id }
        }
    );
    let reply = world
        .central
        .take_intents(world.kiosk_b, &journal.batch(&[&second, &third]), NOW)
        .unwrap();
    assert_eq!(reply.expected, 4);
}

#[test]
fn another_intent_under_a_used_number_is_an_alarm() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let mut journal = Journal::new(1);
    let first = journal.intent(world.who(MARCUS), IntentBody::SignIn);
    let mut usurper = journal.intent(world.who(MARCUS), IntentBody::SignIn);
    usurper.number = 1;
    let done = world
        .central
        .take_intents(world.kiosk_b, &journal.batch(&[&first, &usurper]), NOW);
    assert!(matches!(done, Err(Refused::Conflict { intent }) if intent == usurper.id));
}

#[test]
fn a_hole_is_stopped_before_and_what_came_first_counts() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let marcus = world.who(MARCUS);
    let mut journal = Journal::new(1);
    let intents: Vec<_> = (0..4)
        .map(|_| journal.intent(marcus, IntentBody::SignIn))
        .collect();
    let done = world.central.take_intents(
        world.kiosk_b,
        &journal.batch(&[&intents[0], &intents[2]]),
        NOW,
    );
    assert!(matches!(done, Err(Refused::Gap { expected: 2 })));
    assert_eq!(world.central.activity().unwrap().len(), 1);
    // A journal that holds no older ones any more may leave the hole, and it is noted.
    let mut batch = journal.batch(&[&intents[2], &intents[3]]);
    batch.first_held = 3;
    let reply = world
        .central
        .take_intents(world.kiosk_b, &batch, NOW)
        .unwrap();
    assert_eq!(reply.expected, 5);
    let activity = world.central.activity().unwrap();
    assert_eq!(
        activity[1].deed,
        Deed::Alarm {
            alarm: Alarm::NumbersLost { from: 2, to: 3 }
        }
    );
}

#[test]
fn each_journal_and_each_kiosk_counts_for_itself() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let marcus = world.who(MARCUS);
    for (journal, kiosk) in [(1, world.kiosk_b), (2, world.kiosk_b), (1, world.kiosk_a)] {
        let mut journal = Journal::new(journal);
        let intent = journal.intent(marcus, IntentBody::SignIn);
        let reply = world
            .central
            .take_intents(kiosk, &journal.batch(&[&intent]), NOW)
            .unwrap();
        assert_eq!(reply.expected, 2);
    }
    assert_eq!(world.central.activity().unwrap().len(), 3);
}

#[test]
fn what_was_done_before_a_move_still_counts_after_it() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let marcus = world.who(MARCUS);
    let connection = world.connection(marcus, Opening::Request);
    let mut journal = Journal::new(1);
    let intent = journal.intent(marcus, accept(connection));
    world.roster(&[(MARCUS, world.a)]);
    world
        .central
        .take_intents(world.kiosk_b, &journal.batch(&[&intent]), NOW)
        .unwrap();
    let mut wall = Wall::new(world.kiosk_b);
    wall.pull_all(&world.central);
    assert_eq!(wall.settled[&intent.id], Outcome::Applied);
}

#[test]
fn activity_says_what_when_and_where_without_a_name() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let marcus = world.who(MARCUS);
    let connection = world.connection(marcus, Opening::Request);
    let mut journal = Journal::new(1);
    let intent = journal.intent(marcus, accept(connection));
    let taken_at = UtcMillis(NOW.0 + 60_000);
    world
        .central
        .take_intents(world.kiosk_b, &journal.batch(&[&intent]), taken_at)
        .unwrap();
    let activity = world.central.activity().unwrap();
    let json = serde_json::to_value(&activity).unwrap();
    assert_eq!(json[0]["what"], "connection_answered");
    assert_eq!(json[0]["answer"], "accept");
    assert_eq!(json[0]["outcome"]["is"], "applied");
    assert_eq!(json[0]["kiosk_label"], "Unit B, wall");
    assert_eq!(json[0]["made_at"], intent.made_at.0);
    assert_eq!(json[0]["taken_at"], taken_at.0);
    assert!(!json.to_string().contains("Person"));
    assert!(!json.to_string().contains("Elena"));
}
