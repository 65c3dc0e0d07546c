//! What operators do: rosters, connections, messages, notices.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::io::Cursor;

use argon2::{Argon2, PasswordHash, PasswordVerifier};
use dayroom_central::{
    Central, CentralOptions, CentralPlace, NewAttachment, NewMessage, Opening, OperatorError,
    PinCost, Reason, Refused, RosterLine,
};
use dayroom_protocol::{Kind, MessageState, RecordBody};
use image::{ImageFormat, RgbImage};
use support::{LUIS, MARCUS, NOW, TYRELL, Wall, World};

fn line(number: &str, name: &str, unit: dayroom_protocol::UnitId) -> RosterLine {
    RosterLine {
        number: number.to_owned(),
        name: name.to_owned(),
        unit,
    }
}

fn photo() -> NewAttachment {
    let image = RgbImage::from_fn(300, 200, |x, y| {
        image::Rgb([(x * y % 251) as u8, (x ^ y) as u8, (x * 7 + y * 13) as u8])
    });
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    NewAttachment::read("photo.png", bytes.into_inner()).unwrap()
}

#[test]
fn a_roster_says_who_came_moved_changed_and_left_and_shows_each_new_pin_once() {
    let mut world = World::new();
    let first = world
        .central
        .apply_roster(
            world.facility,
            vec![
                line(MARCUS, "Marcus Vargas", world.b),
                line(TYRELL, "Tyrell Washington", world.b),
                line(LUIS, "Luis Hernández", world.a),
            ],
            NOW,
            &mut world.rng,
        )
        .unwrap();
    assert_eq!(first.arrived.len(), 3);
    let mut wall = Wall::new(world.kiosk_b);
    wall.pull_all(&world.central);
    for arrival in first
        .arrived
        .iter()
        .filter(|arrival| arrival.unit == world.b)
    {
        let RecordBody::Resident(body) = wall.body(Kind::Resident, arrival.resident) else {
            unreachable!()
        };
        let verifier = PasswordHash::new(&body.pin_verifier).unwrap();
        let pin = arrival.pin.digits();
        assert_eq!(pin.len(), 6);
        assert!(!body.pin_verifier.contains(pin));
        Argon2::default()
            .verify_password(pin.as_bytes(), &verifier)
            .unwrap();
    }
    let second = world
        .central
        .apply_roster(
            world.facility,
            vec![
                line(MARCUS, "Marcus Vargas", world.b),
                line(LUIS, "Luis Alberto Hernández", world.b),
            ],
            NOW,
            &mut world.rng,
        )
        .unwrap();
    assert!(second.arrived.is_empty(), "who moves keeps the PIN");
    assert_eq!(second.moved.len(), 1);
    assert_eq!(second.renamed, [world.who(LUIS)]);
    assert_eq!(second.departed, [world.who(TYRELL)]);
    assert_eq!(second.unchanged, 1);
    let part = world
        .central
        .apply_roster_part(
            world.facility,
            vec![line(TYRELL, "Tyrell Washington", world.a)],
            NOW,
            &mut world.rng,
        )
        .unwrap();
    assert_eq!((part.arrived.len(), part.departed.len()), (1, 0));
}

#[test]
fn a_bad_line_is_named_and_nothing_of_the_roster_happens() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let elsewhere = dayroom_protocol::UnitId(uuid::Uuid::from_u128(1));
    type Named = fn(&OperatorError) -> bool;
    let bad: [(RosterLine, Named); 5] = [
        (line("12a", "X", world.a), |e| {
            matches!(e, OperatorError::Number { line: 2 })
        }),
        (line("1234567890123", "X", world.a), |e| {
            matches!(e, OperatorError::Number { line: 2 })
        }),
        (line(TYRELL, "X", world.a), |e| {
            matches!(e, OperatorError::NumberTwice { line: 2 })
        }),
        (line("7", " ", world.a), |e| {
            matches!(e, OperatorError::Name { line: 2 })
        }),
        (line("7", "X", elsewhere), |e| {
            matches!(e, OperatorError::Unit { line: 2 })
        }),
    ];
    for (second, expected) in bad {
        let lines = vec![line(TYRELL, "Tyrell Washington", world.b), second];
        let done = world
            .central
            .apply_roster(world.facility, lines, NOW, &mut world.rng);
        assert!(expected(&done.unwrap_err()));
        let residents = world.central.residents(world.facility).unwrap();
        assert_eq!(residents.len(), 1);
        assert_eq!(residents[0].unit, Some(world.b));
    }
}

#[test]
fn a_message_on_hold_or_rejected_reaches_kiosks_without_its_content() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let connection = world.connection(world.who(MARCUS), Opening::Active);
    let picture = photo();
    let hash = picture.hash();
    let new = NewMessage {
        connection,
        text: "a canary sings".to_owned(),
        attachments: vec![picture],
        source: None,
    };
    let letter = world
        .central
        .take_message(&new, NOW, &mut world.rng)
        .unwrap();
    let shown = |world: &World| {
        let mut wall = Wall::new(world.kiosk_b);
        wall.pull_all(&world.central);
        let json = wall.held[&("message".to_owned(), letter.into())]
            .body
            .get()
            .to_owned();
        let has_blob = world.central.blob(world.kiosk_b, hash, 0, 10).is_ok();
        (
            json.contains("canary"),
            json.contains(&hash.to_string()),
            has_blob,
        )
    };
    assert_eq!(shown(&world), (true, true, true));
    world.central.hold(letter, NOW).unwrap();
    assert_eq!(shown(&world), (false, false, false));
    world.central.release(letter).unwrap();
    assert_eq!(shown(&world), (true, true, true));
    let reason = Reason::new("It shows an address (mail rule 7)").unwrap();
    world.central.reject(letter, &reason, NOW).unwrap();
    assert_eq!(shown(&world), (false, false, false));
    assert!(matches!(
        world.central.message(letter).unwrap().body.state,
        MessageState::Rejected { ref reason, .. } if reason.contains("rule 7")
    ));
    assert!(matches!(
        world.central.release(letter),
        Err(OperatorError::Message { is: "rejected" })
    ));
    assert!(matches!(
        world.central.reject(letter, &reason, NOW),
        Err(OperatorError::Message { .. })
    ));
}

#[test]
fn a_blob_goes_only_where_a_message_naming_it_may_be_seen() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b), (TYRELL, world.a)]);
    let connection = world.connection(world.who(MARCUS), Opening::Active);
    let picture = photo();
    let hash = picture.hash();
    let new = NewMessage {
        connection,
        text: String::new(),
        attachments: vec![picture.clone()],
        source: None,
    };
    world
        .central
        .take_message(&new, NOW, &mut world.rng)
        .unwrap();
    let central = world.central.clone();
    let ask = |kiosk, offset| central.blob(kiosk, hash, offset, 50_000);
    let (mut whole, mut offset) = (Vec::new(), 0);
    loop {
        let part = ask(world.kiosk_b, offset).unwrap();
        if part.bytes.is_empty() {
            assert_eq!(part.total, offset);
            break;
        }
        assert!(part.bytes.len() <= 50_000);
        offset += part.bytes.len() as u64;
        whole.extend(part.bytes);
    }
    assert!(whole.len() > 150_000, "three parts of 64 KiB at least");
    assert!(NewAttachment::read("photo.png", whole).unwrap() == picture);
    assert!(matches!(
        ask(world.kiosk_b, offset + 1),
        Err(Refused::Range)
    ));
    assert!(matches!(ask(world.kiosk_a, 0), Err(Refused::NotFound)));
    world.roster(&[(MARCUS, world.a)]);
    assert!(ask(world.kiosk_a, 0).is_ok());
    assert!(matches!(ask(world.kiosk_b, 0), Err(Refused::NotFound)));
}

#[test]
fn messages_are_numbered_in_the_facility_and_come_in_once_for_each_source() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b), (TYRELL, world.b)]);
    let (marcus, tyrell) = (world.who(MARCUS), world.who(TYRELL));
    let (one, two) = (
        world.connection(marcus, Opening::Active),
        world.connection(tyrell, Opening::Active),
    );
    let new = |connection, source: Option<&str>| NewMessage {
        connection,
        text: "hello".to_owned(),
        attachments: Vec::new(),
        source: source.map(str::to_owned),
    };
    let batch = [
        new(one, Some("<a@x>")),
        new(two, None),
        new(one, Some("<a@x>")),
    ];
    let ids = world
        .central
        .take_messages(&batch, NOW, &mut world.rng)
        .unwrap();
    assert_eq!(ids[0], ids[2]);
    assert_eq!(world.central.message(ids[0]).unwrap().body.number, 1);
    assert_eq!(world.central.message(ids[1]).unwrap().body.number, 2);
    assert_eq!(world.central.messages(marcus).unwrap().len(), 1);
    // One that cannot come in keeps the others of its batch out.
    let asked = world.connection(marcus, Opening::Request);
    let done =
        world
            .central
            .take_messages(&[new(two, None), new(asked, None)], NOW, &mut world.rng);
    assert!(matches!(
        done,
        Err(OperatorError::Connection { is: "not answered" })
    ));
    assert_eq!(world.central.messages(tyrell).unwrap().len(), 1);
}

#[test]
fn limits_hold_for_what_comes_from_outside() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let connection = world.connection(world.who(MARCUS), Opening::Active);
    let new = |text: &str, pictures| NewMessage {
        connection,
        text: text.to_owned(),
        attachments: vec![photo(); pictures],
        source: None,
    };
    let central = world.central.clone();
    let mut take = |new: &NewMessage| central.take_message(new, NOW, &mut world.rng);
    assert!(take(&new(&"x".repeat(64 * 1024), 20)).is_ok());
    assert!(matches!(
        take(&new(&"x".repeat(64 * 1024 + 1), 0)),
        Err(OperatorError::TooLarge(_))
    ));
    assert!(matches!(
        take(&new("x", 21)),
        Err(OperatorError::TooLarge(_))
    ));
    assert!(matches!(take(&new("", 0)), Err(OperatorError::Empty(_))));
}

#[test]
fn approval_comes_only_where_the_facility_is_waited_for() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let marcus = world.who(MARCUS);
    let asked = world.connection(marcus, Opening::Request);
    assert!(matches!(
        world.central.approve_connection(asked, NOW),
        Err(OperatorError::Connection { is: "not answered" })
    ));
    let waiting = world.connection(marcus, Opening::AwaitFacility);
    world.central.approve_connection(waiting, NOW).unwrap();
    world.central.withdraw_request(waiting, NOW).unwrap();
    assert!(matches!(
        world.central.withdraw_request(waiting, NOW),
        Err(OperatorError::Connection { is: "withdrawn" })
    ));
    assert_eq!(world.central.connections(marcus).unwrap().len(), 2);
}

#[test]
fn what_was_committed_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let place = CentralPlace::File(folder.path().join("central.db"));
    let options = CentralOptions {
        pins: PinCost::Simulated,
        ..CentralOptions::default()
    };
    let mut world = World::at(&place, options);
    world.roster(&[(MARCUS, world.b)]);
    let mut wall = Wall::new(world.kiosk_b);
    wall.pull_all(&world.central);
    drop(world.central);
    let central = Central::open(&place, options, &mut world.rng).unwrap();
    assert!(!wall.pull(&central));
    assert_eq!(wall.resets, 0, "the epoch is the same");
}

#[test]
fn a_poke_goes_to_the_kiosks_that_see_the_change() {
    let mut world = World::new();
    world.roster(&[(MARCUS, world.b)]);
    let connection = world.connection(world.who(MARCUS), Opening::Active);
    let mut pokes = world.central.pokes();
    let mut poked = || {
        pokes
            .try_recv()
            .map(|poked| poked.0.iter().copied().collect::<Vec<_>>())
    };
    world.message(connection, "for unit B");
    assert_eq!(poked().unwrap(), [world.kiosk_b]);
    let policy = world.central.policy(world.a).unwrap();
    world.central.set_policy(world.a, &policy).unwrap();
    assert_eq!(poked().unwrap(), [world.kiosk_a]);
    world.roster(&[(MARCUS, world.a)]);
    let mut both = [world.kiosk_a, world.kiosk_b];
    both.sort();
    assert_eq!(poked().unwrap(), both);
    world.roster(&[(MARCUS, world.a)]);
    assert!(poked().is_err(), "nothing changed");
}
