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
    AttachmentKind, Cents, ConnectionState, Direction, Identity, Kind, Lane, MediaType,
    MessageBody, MessageState, NoticeKind, RecordBody,
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
    let notices = central.notices(demo.facility).unwrap();
    for (kind, least) in [
        (NoticeKind::Notice, 2),
        (NoticeKind::Handbook, 2),
        (NoticeKind::Hotline, 3),
        (NoticeKind::Rights, 1),
        (NoticeKind::Prea, 1),
        (NoticeKind::Reporting, 1),
    ] {
        let pages = notices.iter().filter(|line| line.body.kind == kind);
        assert!(pages.count() >= least, "{kind:?}");
    }
    for line in &notices {
        assert!(line.body.text.0.contains_key("es"), "in Spanish too");
        assert_eq!(
            line.body.must_acknowledge,
            line.body.kind == NoticeKind::Handbook
        );
    }
    let before = wall.seen.len();
    for n in 0..24 {
        something_happens(&central, &demo, n, NOW.plus_millis(i64::from(n))).unwrap();
    }
    wall.pull_all(&central);
    assert!(wall.seen.len() >= before + 12);
    let kept = serde_json::to_string(&demo).unwrap();
    assert!(serde_json::from_str::<dayroom_central::demo::DemoFacility>(&kept).is_ok());
}

#[test]
fn marcus_has_every_way_a_message_and_a_contact_can_stand() {
    let mut rng = SmallRng::seed_from_u64(3);
    let central =
        Central::open(&CentralPlace::Memory, CentralOptions::default(), &mut rng).unwrap();
    let demo = populate(&central, NOW, &mut rng).unwrap();
    let marcus = demo.residents[0].id;

    let outgoing: Vec<MessageBody> = central
        .messages(marcus)
        .unwrap()
        .into_iter()
        .map(|line| line.body)
        .filter(|body| body.direction == Direction::Outgoing)
        .collect();
    assert!(outgoing.iter().any(|body| body.read_at.is_some()));
    assert!(outgoing.iter().any(|body| matches!(
        body.state,
        MessageState::OnHold { promised_by: Some(promised), .. } if promised < NOW
    )));
    assert!(outgoing.iter().any(|body| matches!(
        &body.state,
        MessageState::Rejected { rule: Some(_), refund: Some(Cents(25)), .. } if body.appeal.is_none()
    )));
    let incoming: Vec<MessageBody> = central
        .messages(marcus)
        .unwrap()
        .into_iter()
        .map(|line| line.body)
        .filter(|body| body.direction == Direction::Incoming)
        .collect();
    let of_kind = |kind, count| {
        incoming.iter().any(|body| {
            let pages = body.attachments.iter().filter(|page| page.kind == kind);
            pages.count() == count
        })
    };
    assert!(of_kind(AttachmentKind::Card, 1));
    assert!(of_kind(AttachmentKind::MailPage, 3));
    assert!(of_kind(AttachmentKind::DocumentPage, 2));
    assert!(of_kind(AttachmentKind::Photo, 4));
    assert!(incoming.iter().any(|body| body.clips == 1));
    assert!(incoming.iter().any(|body| body.starred));

    let contacts = central.connections(marcus).unwrap();
    let mut states: Vec<&str> = contacts
        .iter()
        .map(|line| match line.body.state {
            ConnectionState::Asked => "asked",
            ConnectionState::AwaitFacility { .. } => "waiting",
            ConnectionState::Active { .. } if line.body.contact.lane == Lane::Attorney => "lawyer",
            ConnectionState::Active { .. } => "active",
            ConnectionState::Declined { .. } => "declined",
            ConnectionState::Blocked { .. } => "blocked",
            ConnectionState::Withdrawn { .. } => "withdrawn",
            ConnectionState::Removed { .. } => "removed",
            ConnectionState::Refused { .. } => "refused",
        })
        .collect();
    states.sort_unstable();
    states.dedup();
    assert_eq!(states.len(), 9, "{states:?}");

    let account = central.account(marcus).unwrap();
    assert_eq!(account.balance, Cents(375));
    assert!(account.sign_ins.iter().any(|entry| !entry.right));
    assert!(account.sign_ins.is_sorted_by(|one, next| one.at >= next.at));
    assert_eq!(central.reviewers(demo.facility).unwrap(), demo.reviewers);
    let rules = central.rules(demo.facility).unwrap();
    let codes: Vec<&str> = rules.iter().map(|rule| rule.code.as_str()).collect();
    assert_eq!((demo.reviewers.len(), codes), (2, vec!["M-12", "M-7"]));
    let sum = central.count_money(demo.facility).unwrap();
    assert_eq!((sum.residents, sum.postage, sum.miscounted), (375, 75, 0));
    let log = central.review_log(None).unwrap();
    assert!(
        log.iter()
            .any(|line| line.act == "rejected" && line.rule.is_some())
    );
    let policy = central.policy(demo.unit_b).unwrap();
    assert_eq!(policy.messages.price, Cents(25));
    let verifier = policy.technician_verifier.unwrap();
    Argon2::default()
        .verify_password(
            demo.technician_code.as_bytes(),
            &PasswordHash::new(&verifier).unwrap(),
        )
        .unwrap();
    for n in 0..24 {
        something_happens(&central, &demo, n, NOW.plus_millis(i64::from(n))).unwrap();
    }
    assert_eq!(
        central.account(marcus).unwrap().balance,
        Cents(375 + 2 * 500)
    );
    let unread = central.messages(marcus).unwrap().into_iter().any(|line| {
        line.body.direction == Direction::Outgoing
            && line.body.state == MessageState::Delivered
            && line.body.read_at.is_none()
    });
    assert!(!unread, "somebody outside has opened what he wrote");
}
