//! Whose badge is whose: central hears the badges once and keeps and sends only their hashes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use argon2::{Argon2, PasswordHash, PasswordVerifier};
use dayroom_central::{BadgeLine, OperatorError, RosterLine};
use dayroom_protocol::{Kind, RecordBody};
use support::{LUIS, MARCUS, NOW, TYRELL, Wall, World};

fn line(number: &str, badge: &str) -> BadgeLine {
    BadgeLine {
        number: number.to_owned(),
        badge: badge.to_owned(),
    }
}

/// A facility with three people; the first two in the unit of the wall that is given.
fn house() -> (World, Wall, Vec<dayroom_protocol::ResidentId>) {
    let mut world = World::new();
    let people = [(MARCUS, world.b), (TYRELL, world.b), (LUIS, world.a)];
    let roster = people.map(|(number, unit)| RosterLine {
        number: number.to_owned(),
        name: format!("Person {number}"),
        unit,
    });
    let outcome = world
        .central
        .apply_roster(world.facility, roster.to_vec(), NOW, &mut world.rng)
        .unwrap();
    let wall = Wall::new(world.kiosk_b);
    let ids = outcome
        .arrived
        .iter()
        .map(|arrival| arrival.resident)
        .collect();
    (world, wall, ids)
}

fn badge(wall: &Wall, resident: dayroom_protocol::ResidentId) -> Option<String> {
    match wall.body(Kind::Resident, resident) {
        RecordBody::Resident(body) => body.badge,
        _ => unreachable!(),
    }
}

#[test]
fn a_kiosk_learns_a_badge_by_its_hash_and_all_of_a_facility_have_one_salt() {
    let (world, mut wall, people) = house();
    let lines = [line(MARCUS, "04A1B2C3"), line(TYRELL, "077-37412")];
    let outcome = world.central.set_badges(world.facility, &lines).unwrap();
    assert_eq!(
        (outcome.given.len(), outcome.taken.len(), outcome.unchanged),
        (2, 0, 0)
    );
    wall.pull_all(&world.central);
    let (marcus, tyrell) = (people.first().unwrap(), people.get(1).unwrap());
    let hashes = [
        badge(&wall, *marcus).unwrap(),
        badge(&wall, *tyrell).unwrap(),
    ];
    for (hash, text) in hashes.iter().zip(["04A1B2C3", "077-37412"]) {
        assert!(!hash.contains(text));
        let hash = PasswordHash::new(hash).unwrap();
        Argon2::default()
            .verify_password(text.as_bytes(), &hash)
            .unwrap();
    }
    let salts = hashes.map(|hash| hash.rsplit_once('$').unwrap().0.to_owned());
    assert_eq!(salts.first(), salts.last());
    let again = world.central.set_badges(world.facility, &lines).unwrap();
    assert_eq!(again.unchanged, 2);
}

#[test]
fn a_badge_is_taken_back_and_may_pass_to_somebody_else() {
    let (world, mut wall, people) = house();
    let set = |lines: &[BadgeLine]| world.central.set_badges(world.facility, lines);
    set(&[line(MARCUS, "04A1B2C3")]).unwrap();
    let outcome = set(&[line(TYRELL, "04A1B2C3"), line(MARCUS, "")]).unwrap();
    assert_eq!((outcome.given.len(), outcome.taken.len()), (1, 1));
    wall.pull_all(&world.central);
    assert_eq!(badge(&wall, *people.first().unwrap()), None);
    assert!(badge(&wall, *people.get(1).unwrap()).is_some());
}

#[test]
fn a_list_with_one_wrong_line_changes_nothing() {
    let (world, mut wall, people) = house();
    for (wrong, said) in [
        (line(TYRELL, "abc"), "line 2: a badge is 4 to 64"),
        (line(TYRELL, "04A1 B2C3"), "line 2: a badge is 4 to 64"),
        (line("999", "04A1B2C4"), "line 2: nobody on the roster"),
        (line(TYRELL, "04A1B2C3"), "is somebody else's too"),
    ] {
        let lines = [line(MARCUS, "04A1B2C3"), wrong];
        let error: OperatorError = world
            .central
            .set_badges(world.facility, &lines)
            .unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
    wall.pull_all(&world.central);
    assert_eq!(badge(&wall, *people.first().unwrap()), None);
}

#[test]
fn whoever_comes_back_needs_their_badge_given_anew() {
    let (mut world, mut wall, people) = house();
    let marcus = *people.first().unwrap();
    world
        .central
        .set_badges(world.facility, &[line(MARCUS, "04A1B2C3")])
        .unwrap();
    world.central.depart(&[marcus]).unwrap();
    let back = RosterLine {
        number: MARCUS.to_owned(),
        name: "Person".to_owned(),
        unit: world.b,
    };
    world
        .central
        .apply_roster_part(world.facility, vec![back], NOW, &mut world.rng)
        .unwrap();
    wall.pull_all(&world.central);
    assert_eq!(badge(&wall, marcus), None);
}
