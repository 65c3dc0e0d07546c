//! What residents write: taken in once, held or not, stopped and appealed, and read by whom.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use dayroom_central::mail::{CLIP_BYTES, CLIPS};
use dayroom_central::{
    NewClip, NewConnection, NewMessage, Opening, OperatorError, Reason, Refused, Rejection, Ruling,
};
use dayroom_protocol::{
    Answer, Appeal, ApprovalRule, BlobHash, ConnectionId, Contact, Direction, Identity, IntentBody,
    Kind, Lane, LocalText, MessageBody, MessageId, MessageState, Outcome, RecordBody, Refusal,
    ResidentId, Role, Seconds, UtcMillis,
};
use support::{Journal, MARCUS, NOW, TYRELL, Wall, World};
use uuid::Uuid;

#[test]
fn an_ordinary_message_waits_for_review_and_the_promise_is_said() {
    let mut desk = Desk::new();
    desk.rules(|rules| rules.review_promise = Seconds(3_600));
    let (id, outcome) = desk.send(desk.sister, "Hello\r\n\r\n\r\n\u{7}there  ");
    assert_eq!(outcome, Outcome::Applied);
    let body = desk.shown(id);
    let promised_by = Some(NOW.plus_millis(3_600_000));
    let held = MessageState::OnHold {
        since: NOW,
        promised_by,
    };
    assert_eq!((body.state, body.direction), (held, Direction::Outgoing));
    assert_eq!(
        body.text.as_deref(),
        Some("Hello\n\nthere"),
        "their own words"
    );
    assert_eq!(body.written_at, Some(UtcMillis(NOW.0 - 5_000)));
    let waiting = |at| {
        let lines = desk
            .world
            .central
            .waiting_for_review(desk.world.facility, at);
        lines.unwrap()
    };
    assert!(!waiting(NOW)[0].overdue);
    assert!(waiting(NOW.plus_millis(3_600_001))[0].overdue);
    desk.rules(|rules| rules.review = false);
    let (id, _) = desk.send(desk.sister, "At once");
    assert_eq!(desk.shown(id).state, MessageState::Delivered);
}

#[test]
fn what_cannot_be_sent_is_refused_and_leaves_nothing() {
    let mut desk = Desk::new();
    desk.rules(|rules| rules.characters = 5);
    let asked = desk.world.connection(desk.marcus, Opening::Request);
    let tyrell = desk.world.who(TYRELL);
    let of_tyrell = desk.world.connection(tyrell, Opening::Active);
    for (to, text, reason) in [
        (asked, "hello", Refusal::NotActive),
        (of_tyrell, "hello", Refusal::NotFound),
        (desk.sister, "hello!", Refusal::TooLong),
        (desk.sister, " \r\n\u{1} ", Refusal::NotAllowed),
    ] {
        let (id, outcome) = desk.send(to, text);
        assert_eq!(outcome, Outcome::Refused { reason });
        assert!(desk.world.central.message(id).is_err());
    }
    let (_, outcome) = desk.send(desk.sister, "ñandú");
    assert_eq!(outcome, Outcome::Applied, "characters, not bytes");
}

#[test]
fn staff_neither_hold_nor_stop_nor_open_what_is_privileged() {
    let mut desk = Desk::new();
    desk.world
        .central
        .hold_word(desk.world.facility, "hearing")
        .unwrap();
    for lane in [Lane::Attorney, Lane::Clergy] {
        let connection = desk.connect(lane);
        let (out, _) = desk.send(connection, "The hearing SECRET-OUT");
        let incoming = NewMessage {
            connection,
            text: "Your hearing SECRET-IN".to_owned(),
            attachments: vec![],
            source: None,
        };
        let central = &desk.world.central;
        let came = central
            .take_message(&incoming, NOW, &mut desk.world.rng)
            .unwrap();
        for id in [out, came] {
            let central = &desk.world.central;
            let line = central.message(id).unwrap();
            assert_eq!(line.body.state, MessageState::Delivered, "{lane:?}");
            assert!(is_privileged(&central.hold(id, NOW)));
            assert!(is_privileged(&central.open_for_review(id, "Ann Lee", NOW)));
            let done = central.reject_reviewed(id, &rejection("Ann Lee"), NOW);
            assert!(is_privileged(&done));
            let reason = Reason::new("A map").unwrap();
            assert!(is_privileged(&central.reject(id, &reason, NOW)));
        }
    }
    // Whatever else operators can ask for, written out: no word of it is in there.
    let central = &desk.world.central;
    let said = [
        serde_json::to_string(&central.messages(desk.marcus).unwrap()).unwrap(),
        serde_json::to_string(&central.activity().unwrap()).unwrap(),
        format!("{:?}", central.review_log(None).unwrap()),
        format!("{:?}", central.waiting_for_review(desk.world.facility, NOW)),
    ];
    assert!(!said.concat().contains("SECRET"));
    assert!(central.review_log(None).unwrap().is_empty());
}

#[test]
fn a_listing_says_nothing_and_opening_a_message_is_noted() {
    let mut desk = Desk::new();
    let (id, _) = desk.send(desk.sister, "WORDS of mine");
    let central = &desk.world.central;
    let listed = serde_json::to_string(&central.messages(desk.marcus).unwrap()).unwrap();
    assert!(listed.contains("on_hold") && !listed.contains("WORDS"));
    let stranger = central.open_for_review(id, "Nobody", NOW);
    assert!(matches!(stranger, Err(OperatorError::NotFound("reviewer"))));
    assert!(central.review_log(None).unwrap().is_empty());
    let open = central.open_for_review(id, "ann lee", NOW).unwrap();
    assert_eq!(open.text, "WORDS of mine");
    let log = central.review_log(Some(id)).unwrap();
    assert_eq!(
        (log[0].act, log[0].reviewer.as_deref()),
        ("read", Some("Ann Lee"))
    );
}

#[test]
fn a_word_holds_incoming_ordinary_mail_with_the_promise() {
    let mut desk = Desk::new();
    desk.world
        .central
        .hold_word(desk.world.facility, "Escape")
        .unwrap();
    let held = desk.world.message(desk.sister, "A daring ESCAPE!");
    let free = desk.world.message(desk.sister, "Landscape with escapes");
    let body = desk.shown(held);
    assert!(matches!(
        body.state,
        MessageState::OnHold {
            promised_by: Some(_),
            ..
        }
    ));
    assert_eq!(body.text, None);
    assert_eq!(desk.shown(free).state, MessageState::Delivered);
    let central = &desk.world.central;
    central.release_reviewed(held, "Ann Lee", NOW).unwrap();
    assert_eq!(desk.shown(held).text.as_deref(), Some("A daring ESCAPE!"));
}

#[test]
fn an_appeal_is_made_once_judged_by_another_and_a_granted_one_delivers() {
    let mut desk = Desk::new();
    let came = desk.world.message(desk.sister, "A map for you");
    let (sent, _) = desk.send(desk.sister, "A map for her");
    for id in [came, sent] {
        let early = desk.act(IntentBody::Appeal { message: id });
        assert_eq!(early, refused(Refusal::AlreadyDecided), "nothing to appeal");
        let central = &desk.world.central;
        central
            .reject_reviewed(id, &rejection("Ann Lee"), NOW)
            .unwrap();
        assert_eq!(
            desk.act(IntentBody::Appeal { message: id }),
            Outcome::Applied
        );
        let again = desk.act(IntentBody::Appeal { message: id });
        assert_eq!(again, refused(Refusal::AlreadyDecided));
        let central = &desk.world.central;
        let decide = |who| central.decide_appeal(id, &Ruling::Grant, (Role::Supervisor, who), NOW);
        assert!(matches!(
            decide(" ANN lee"),
            Err(OperatorError::SameReviewer)
        ));
        central
            .remove_reviewer(desk.world.facility, "Ann Lee", NOW)
            .unwrap();
        central
            .add_reviewer(desk.world.facility, "Ann Lee")
            .unwrap();
        assert!(
            matches!(decide("Ann Lee"), Err(OperatorError::SameReviewer)),
            "removed and added, she is who she was"
        );
        decide("Bo Marsh").unwrap();
        let body = desk.shown(id);
        assert_eq!(body.state, MessageState::Delivered);
        assert_eq!(body.appeal, Some(Appeal::Granted { at: NOW }));
        assert!(body.text.is_some());
        let central = &desk.world.central;
        assert!(central.hold(id, NOW).is_err(), "allowed is allowed");
        let again = central.reject_reviewed(id, &rejection("Bo Marsh"), NOW);
        assert!(again.is_err());
    }
}

#[test]
fn a_star_is_kept_and_a_message_sent_is_not_read_by_its_writer() {
    let mut desk = Desk::new();
    let (sent, _) = desk.send(desk.sister, "Hello");
    let came = desk.world.message(desk.sister, "Hello you");
    for message in [sent, came] {
        desk.act(IntentBody::Star { message, on: true });
        assert!(desk.shown(message).starred);
        desk.act(IntentBody::Star { message, on: false });
        assert!(!desk.shown(message).starred);
    }
    desk.world
        .central
        .release_reviewed(sent, "Ann Lee", NOW)
        .unwrap();
    let read = desk.act(IntentBody::ReadMessage { message: sent });
    assert_eq!(read, refused(Refusal::NotFound));
    assert_eq!(desk.shown(sent).read_at, None);
}

#[test]
fn nothing_comes_in_for_a_contact_who_was_ended_blocked_or_declined() {
    let mut desk = Desk::new();
    let sister = desk.sister;
    for (answer, is) in [
        (Answer::Remove, "ended by the resident"),
        (Answer::Block, "blocked"),
        (Answer::Unblock, "declined"),
    ] {
        let done = desk.act(IntentBody::AnswerConnection {
            connection: sister,
            answer,
        });
        assert_eq!(done, Outcome::Applied, "{answer:?}");
        let new = NewMessage {
            connection: sister,
            text: "Please".to_owned(),
            attachments: vec![],
            source: None,
        };
        let refused = desk
            .world
            .central
            .take_message(&new, NOW, &mut desk.world.rng);
        assert!(matches!(
            refused,
            Err(OperatorError::Connection { is: stands }) if stands == is
        ));
        let (_, outcome) = desk.send(sister, "Hello");
        assert_eq!(outcome, self::refused(Refusal::NotActive));
    }
}

#[test]
fn a_clip_is_counted_and_kept_within_limits_and_no_kiosk_can_fetch_it() {
    let mut desk = Desk::new();
    let new = NewMessage {
        connection: desk.sister,
        text: String::new(),
        attachments: vec![],
        source: None,
    };
    let clip = NewClip {
        name: "steps.mp4".to_owned(),
        media: "video/mp4".to_owned(),
        content: b"moving pictures".to_vec(),
    };
    let central = &desk.world.central;
    let rng = &mut desk.world.rng;
    let id = central
        .take_message_with_clips(&new, std::slice::from_ref(&clip), NOW, rng)
        .unwrap();
    let many = vec![clip.clone(); CLIPS + 1];
    let large = NewClip {
        content: vec![0; CLIP_BYTES + 1],
        ..clip.clone()
    };
    for wrong in [many, vec![large]] {
        let done = central.take_message_with_clips(&new, &wrong, NOW, rng);
        assert!(matches!(done, Err(OperatorError::TooLarge(_))));
    }
    assert_eq!(desk.shown(id).clips, 1);
    let central = &desk.world.central;
    assert_eq!(central.kept_clips(id).unwrap(), (1, 15));
    let digest = ring::digest::digest(&ring::digest::SHA256, &clip.content);
    let hash = BlobHash(digest.as_ref().try_into().unwrap());
    let fetched = central.blob(desk.world.kiosk_b, hash, 0, 100);
    assert!(matches!(fetched, Err(Refused::NotFound)));
}

#[test]
fn what_cannot_be_written_or_may_not_go_out_any_more_stays_here() {
    let mut desk = Desk::new();
    desk.rules(|rules| rules.review = false);
    let (id, _) = desk.send(desk.sister, "Hello");
    let folder = tempfile::tempdir().unwrap();
    let central = &desk.world.central;
    let facility = desk.world.facility;
    central
        .set_facility_mail(facility, "no-reply@cedar.example")
        .unwrap();
    central
        .set_contact_mail(desk.sister, "elena@example.org")
        .unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let failed = central.collect_mail(facility, &file.join("below"), NOW);
    assert!(matches!(failed, Err(OperatorError::File { .. })));
    assert_eq!(desk.shown(id).delivered_at, None);
    desk.act(IntentBody::AnswerConnection {
        connection: desk.sister,
        answer: Answer::Block,
    });
    let outside = folder.path().join("outside");
    let collected = desk
        .world
        .central
        .collect_mail(facility, &outside, NOW)
        .unwrap();
    assert_eq!((collected.written, collected.left[0].why), (0, "blocked"));
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
}

/// Marcus in unit B, his sister, two reviewers and a rule.
struct Desk {
    world: World,
    marcus: ResidentId,
    sister: ConnectionId,
    journal: Journal,
}

impl Desk {
    fn new() -> Self {
        let mut world = World::new();
        world.roster(&[(MARCUS, world.b), (TYRELL, world.b)]);
        let marcus = world.who(MARCUS);
        let sister = world.connection(marcus, Opening::Active);
        for name in ["Ann Lee", "Bo Marsh"] {
            world.central.add_reviewer(world.facility, name).unwrap();
        }
        let text = LocalText([("en".to_owned(), "No maps.".to_owned())].into());
        world
            .central
            .add_rule(world.facility, "M-1", &text)
            .unwrap();
        Self {
            world,
            marcus,
            sister,
            journal: Journal::new(1),
        }
    }

    fn rules(&self, change: impl FnOnce(&mut dayroom_protocol::MessageRules)) {
        let mut policy = self.world.central.policy(self.world.b).unwrap();
        change(&mut policy.messages);
        self.world
            .central
            .set_policy(self.world.b, &policy)
            .unwrap();
    }

    fn act(&mut self, body: IntentBody) -> Outcome {
        let intent = self.journal.intent(self.marcus, body);
        self.world
            .central
            .take_intents(self.world.kiosk_b, &self.journal.batch(&[&intent]), NOW)
            .unwrap();
        let mut wall = Wall::new(self.world.kiosk_b);
        wall.pull_all(&self.world.central);
        wall.settled[&intent.id]
    }

    fn send(&mut self, connection: ConnectionId, text: &str) -> (MessageId, Outcome) {
        let message = MessageId(Uuid::from_u128(u128::from(self.journal.next) + 0xabc));
        let body = IntentBody::SendMessage {
            message,
            connection,
            text: text.to_owned(),
        };
        (message, self.act(body))
    }

    /// A message as the kiosk shows it.
    fn shown(&self, id: MessageId) -> MessageBody {
        let mut wall = Wall::new(self.world.kiosk_b);
        wall.pull_all(&self.world.central);
        let RecordBody::Message(body) = wall.body(Kind::Message, id) else {
            unreachable!()
        };
        *body
    }

    fn connect(&mut self, lane: Lane) -> ConnectionId {
        let new = NewConnection {
            resident: self.marcus,
            contact: Contact {
                name: "Lee Park".to_owned(),
                relationship: "attorney".to_owned(),
                place: None,
                lane,
            },
            note: String::new(),
            identity: Identity::Unchecked,
            approval: ApprovalRule::AfterResident,
            opening: Opening::Active,
        };
        self.world
            .central
            .add_connection_request(&new, NOW, &mut self.world.rng)
            .unwrap()
    }
}

fn rejection(reviewer: &str) -> Rejection {
    Rejection {
        rule: "M-1".to_owned(),
        reason: Reason::new("There is a map in it").unwrap(),
        role: Role::MailRoom,
        reviewer: reviewer.to_owned(),
    }
}

fn refused(reason: Refusal) -> Outcome {
    Outcome::Refused { reason }
}

fn is_privileged<T>(done: &Result<T, OperatorError>) -> bool {
    matches!(done, Err(OperatorError::Privileged))
}
