//! The demo's facility has what the tour shows.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use argon2::{Argon2, PasswordHash, PasswordVerifier};
use dayroom_central::demo::{populate, something_happens};
use dayroom_central::{Central, CentralOptions, CentralPlace};
use dayroom_protocol::{
    ConnectionState, Identity, Kind, Lane, MediaType, MessageState, RecordBody,
};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use support::{NOW, Wall};

#[test]
fn the_demo_facility_has_what_the_tour_shows_and_its_pins_open() {
    let mut rng = SmallRng::seed_from_u64(3);
    let central =
        Central::open(&CentralPlace::Memory, CentralOptions::default(), &mut rng).unwrap();
    let demo = populate(&central, NOW, &mut rng).unwrap();
    let mut wall = Wall::new(demo.kiosk_b);
    wall.pull_all(&central);

    let marcus = &demo.residents[0];
    assert_eq!(
        (marcus.number.as_str(), marcus.name.as_str()),
        ("10427", "Marcus Vargas")
    );
    for resident in demo
        .residents
        .iter()
        .filter(|resident| resident.unit == demo.unit_b)
    {
        let RecordBody::Resident(body) = wall.body(Kind::Resident, resident.id) else {
            unreachable!()
        };
        let verifier = PasswordHash::new(&body.pin_verifier).unwrap();
        Argon2::default()
            .verify_password(resident.pin.as_bytes(), &verifier)
            .unwrap();
    }
    let connections = central.connections(marcus.id).unwrap();
    let states: Vec<&ConnectionState> = connections.iter().map(|line| &line.body.state).collect();
    assert!(states.contains(&&ConnectionState::Asked));
    assert!(
        states
            .iter()
            .any(|state| matches!(state, ConnectionState::AwaitFacility { .. }))
    );
    assert!(
        connections
            .iter()
            .any(|line| line.body.contact.lane == Lane::Attorney)
    );
    assert!(
        connections
            .iter()
            .any(|line| line.body.identity == Identity::Unchecked)
    );
    let messages = central.messages(marcus.id).unwrap();
    assert!(
        messages
            .iter()
            .any(|line| matches!(line.body.state, MessageState::OnHold { .. }))
    );
    assert!(
        messages
            .iter()
            .any(|line| matches!(line.body.state, MessageState::Rejected { .. }))
    );
    let media: Vec<MediaType> = messages
        .iter()
        .flat_map(|line| line.body.attachments.iter().map(|picture| picture.media))
        .collect();
    for wanted in [MediaType::Jpeg, MediaType::Png, MediaType::Webp] {
        assert!(media.contains(&wanted), "{wanted:?}");
    }
    assert_eq!(central.notices(demo.facility).unwrap().len(), 2);
    let before = wall.seen.len();
    for n in 0..24 {
        something_happens(&central, &demo, n, NOW.plus_millis(i64::from(n))).unwrap();
    }
    wall.pull_all(&central);
    assert!(wall.seen.len() >= before + 12);
    let kept = serde_json::to_string(&demo).unwrap();
    assert!(serde_json::from_str::<dayroom_central::demo::DemoFacility>(&kept).is_ok());
}
