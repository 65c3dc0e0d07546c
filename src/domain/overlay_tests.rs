use uuid::Uuid;

use super::*;
use crate::domain::{
    Appeal, BootId, Contact, Direction, Identity, IntentId, Lane, MessageState, Passage, ResidentId,
};

const MARIA: ResidentId = ResidentId(Uuid::from_u128(0x1001));
const ASKED_AT: UtcMillis = UtcMillis(1_000);
const CHOSEN_AT: UtcMillis = UtcMillis(5_000);
const BOOT: BootId = BootId(7);

fn request(state: ConnectionState, approval: ApprovalRule) -> Connection {
    Connection {
        id: ConnectionId(Uuid::from_u128(0x2001)),
        resident: MARIA,
        contact: Contact {
            name: "Rosa Alder".to_owned(),
            relationship: "sister".to_owned(),
            place: None,
            lane: Lane::Ordinary,
        },
        note: String::new(),
        identity: Identity::Unchecked,
        approval,
        asked_at: ASKED_AT,
        state,
    }
}

fn entry(number: u64, body: IntentBody, outcome: Option<Outcome>) -> JournalEntry {
    JournalEntry {
        intent: Intent {
            id: IntentId(Uuid::from_u128(0x3000 + u128::from(number))),
            number: IntentNumber(number),
            resident: MARIA,
            made_at: CHOSEN_AT,
            held_until: None,
            body,
        },
        outcome,
    }
}

fn answer(number: u64, answer: Answer, outcome: Option<Outcome>) -> JournalEntry {
    let connection = ConnectionId(Uuid::from_u128(0x2001));
    entry(
        number,
        IntentBody::AnswerConnection { connection, answer },
        outcome,
    )
}

fn message(id: u128) -> Message {
    Message {
        id: MessageId(Uuid::from_u128(id)),
        resident: MARIA,
        connection: ConnectionId(Uuid::from_u128(0x2001)),
        number: 1,
        direction: Direction::Incoming,
        at: ASKED_AT,
        state: MessageState::Delivered,
        text: None,
        attachments: Vec::new(),
        read_at: None,
        passage: Passage::default(),
    }
}

fn conversation(unread: u32) -> Conversation {
    Conversation {
        connection: request(
            ConnectionState::Active { since: ASKED_AT },
            ApprovalRule::ResidentAlone,
        ),
        newest_at: Some(ASKED_AT),
        unread,
        held: 2,
        held_since: Some(ASKED_AT),
    }
}

#[test]
fn an_unsettled_choice_covers_a_request_that_is_still_asked() {
    let cases = [
        (
            Answer::Accept,
            ApprovalRule::AfterResident,
            ConnectionState::AwaitFacility { since: CHOSEN_AT },
        ),
        (
            Answer::Accept,
            ApprovalRule::ResidentAlone,
            ConnectionState::Active { since: CHOSEN_AT },
        ),
        (
            Answer::Decline,
            ApprovalRule::AfterResident,
            ConnectionState::Declined { at: CHOSEN_AT },
        ),
        (
            Answer::Block,
            ApprovalRule::AfterResident,
            ConnectionState::Blocked { at: CHOSEN_AT },
        ),
    ];
    for (said, approval, state) in cases {
        let shown = Overlay::new(&[answer(1, said, None)])
            .connection(request(ConnectionState::Asked, approval));
        assert!(shown.connection.state == state);
        let choice = shown.choice.unwrap();
        assert_eq!(
            (choice.answer, choice.number, choice.since),
            (said, IntentNumber(1), CHOSEN_AT)
        );
        assert_eq!(shown.refused, None);
    }
}

#[test]
fn a_request_withdrawn_meanwhile_stays_withdrawn_under_a_pending_choice() {
    let withdrawn = ConnectionState::Withdrawn { at: ASKED_AT };
    let shown = Overlay::new(&[answer(1, Answer::Accept, None)])
        .connection(request(withdrawn.clone(), ApprovalRule::ResidentAlone));
    assert!(shown.connection.state == withdrawn);
    assert!(shown.choice.is_some());
}

#[test]
fn a_refused_choice_leaves_centrals_state_and_says_why() {
    let refused = Some(Outcome::Refused {
        reason: Refusal::AlreadyAnswered,
    });
    let declined = ConnectionState::Declined { at: ASKED_AT };
    let shown = Overlay::new(&[answer(1, Answer::Accept, refused)])
        .connection(request(declined.clone(), ApprovalRule::ResidentAlone));
    assert!(shown.connection.state == declined);
    assert_eq!(shown.choice, None);
    assert_eq!(shown.refused, Some(Refusal::AlreadyAnswered));
}

#[test]
fn an_applied_choice_leaves_the_word_to_central() {
    let shown = Overlay::new(&[answer(1, Answer::Accept, Some(Outcome::Applied))])
        .connection(request(ConnectionState::Asked, ApprovalRule::ResidentAlone));
    assert!(shown.connection.state == ConnectionState::Asked);
    assert_eq!((shown.choice, shown.refused), (None, None));
}

#[test]
fn the_latest_choice_counts_whatever_the_order_it_comes_in() {
    let refused = Some(Outcome::Refused {
        reason: Refusal::NotAllowed,
    });
    let entries = [
        answer(2, Answer::Block, None),
        answer(1, Answer::Accept, refused),
    ];
    let shown = Overlay::new(&entries)
        .connection(request(ConnectionState::Asked, ApprovalRule::ResidentAlone));
    assert_eq!(shown.choice.unwrap().answer, Answer::Block);
    assert_eq!(shown.refused, None);
}

#[test]
fn an_undone_choice_leaves_no_trace() {
    let shown = Overlay::new(&[entry(1, IntentBody::Undone, None)])
        .connection(request(ConnectionState::Asked, ApprovalRule::ResidentAlone));
    assert!(shown.connection.state == ConnectionState::Asked);
    assert_eq!((shown.choice, shown.refused), (None, None));
}

#[test]
fn an_undo_is_shown_eight_seconds_of_the_ten_and_not_after_a_restart() {
    let made = BootMoment {
        boot: BOOT,
        at: BootMillis(100_000),
    };
    let mut held = answer(1, Answer::Accept, None);
    held.intent.held_until = Some(BootMoment {
        boot: BOOT,
        at: made.at.plus(UNDO_HOLD),
    });
    let choice = Overlay::new(&[held])
        .connection(request(ConnectionState::Asked, ApprovalRule::ResidentAlone))
        .choice
        .unwrap();
    let after = |seconds| BootMoment {
        boot: BOOT,
        at: made.at.plus(Duration::from_secs(seconds)),
    };
    assert_eq!(choice.undo_left(made), Some(UNDO_SHOWN));
    assert_eq!(choice.undo_left(after(7)), Some(Duration::from_secs(1)));
    assert_eq!(choice.undo_left(after(8)), None);
    let restarted = BootMoment {
        boot: BootId(8),
        at: BootMillis(0),
    };
    assert_eq!(choice.undo_left(restarted), None);
}

#[test]
fn a_message_opened_here_is_read_and_counts_no_more() {
    let opened = IntentBody::ReadMessage {
        message: MessageId(Uuid::from_u128(0x4001)),
    };
    let overlay = Overlay::new(&[entry(1, opened, None)]);
    assert_eq!(overlay.message(message(0x4001)).read_at, Some(CHOSEN_AT));
    assert_eq!(overlay.message(message(0x4002)).read_at, None);

    let still: Vec<_> = overlay
        .opened()
        .map(|id| (ConnectionId(Uuid::from_u128(0x2001)), id))
        .collect();
    assert_eq!(overlay.conversation(conversation(3), &still).unread, 2);
    assert_eq!(overlay.conversation(conversation(3), &[]).unread, 3);
}

#[test]
fn a_refused_read_leaves_the_message_unread() {
    let opened = IntentBody::ReadMessage {
        message: MessageId(Uuid::from_u128(0x4001)),
    };
    let refused = Some(Outcome::Refused {
        reason: Refusal::NotFound,
    });
    let overlay = Overlay::new(&[entry(1, opened, refused)]);
    assert_eq!(overlay.message(message(0x4001)).read_at, None);
}

#[test]
fn home_counts_what_is_shown() {
    let asked = ShownConnection {
        connection: request(ConnectionState::Asked, ApprovalRule::ResidentAlone),
        choice: None,
        refused: None,
    };
    let answered = Overlay::new(&[answer(1, Answer::Accept, None)])
        .connection(request(ConnectionState::Asked, ApprovalRule::ResidentAlone));
    let counts = count_home(&[conversation(3), conversation(0)], &[asked, answered]);
    let expected = HomeCounts {
        unread: 3,
        unread_people: 1,
        held: 4,
        held_since: Some(ASKED_AT),
        asked: 1,
    };
    assert_eq!(counts, expected);
}

const LETTER: MessageId = MessageId(Uuid::from_u128(0x4001));

fn sent(number: u64, outcome: Option<Outcome>) -> JournalEntry {
    let body = IntentBody::SendMessage {
        message: MessageId(Uuid::from_u128(0x5000 + u128::from(number))),
        connection: ConnectionId(Uuid::from_u128(0x2001)),
        text: format!("letter {number}"),
    };
    entry(number, body, outcome)
}

fn refused(reason: Refusal) -> Option<Outcome> {
    Some(Outcome::Refused { reason })
}

#[test]
fn what_was_sent_here_is_shown_newest_first_until_central_has_it() {
    let overlay = Overlay::new(&[
        sent(1, None),
        sent(2, None),
        sent(3, Some(Outcome::Applied)),
    ]);
    let shown = overlay.sent();
    let texts: Vec<_> = shown
        .iter()
        .map(|one| one.message.text.as_deref())
        .collect();
    assert_eq!(texts, [Some("letter 2"), Some("letter 1")]);
    assert!(shown.iter().all(|one| {
        one.here == Some(Here::Unsent { held_until: None })
            && one.message.direction == Direction::Outgoing
            && one.message.passage.written_at == Some(CHOSEN_AT)
    }));
}

#[test]
fn a_message_central_refused_stays_with_its_reason_and_its_words() {
    let shown = Overlay::new(&[sent(1, refused(Refusal::NoFunds))]).sent();
    assert_eq!(shown[0].here, Some(Here::Refused(Refusal::NoFunds)));
    assert_eq!(shown[0].message.text.as_deref(), Some("letter 1"));
}

#[test]
fn a_message_is_held_back_until_its_hold_is_over_and_not_after_a_restart() {
    let made = BootMoment {
        boot: BOOT,
        at: BootMillis(60_000),
    };
    let later = |seconds| BootMoment {
        boot: BOOT,
        at: made.at.plus(Duration::from_secs(seconds)),
    };
    let mut one = sent(1, None);
    one.intent.held_until = Some(later(10));
    let here = Overlay::new(&[one]).sent()[0].here.unwrap();
    assert!(here.is_held(later(9)));
    assert!(!here.is_held(later(10)));
    assert!(!here.is_held(BootMoment {
        boot: BootId(8),
        at: BootMillis(0)
    }));
    assert!(!Here::Refused(Refusal::TooLong).is_held(made));
}

#[test]
fn a_conversation_is_as_new_as_what_was_sent_here() {
    let overlay = Overlay::new(&[sent(1, None)]);
    assert_eq!(
        overlay.conversation(conversation(0), &[]).newest_at,
        Some(CHOSEN_AT)
    );
}

#[test]
fn the_last_star_counts_whatever_central_still_says() {
    let star = |number, on| {
        entry(
            number,
            IntentBody::Star {
                message: LETTER,
                on,
            },
            None,
        )
    };
    let starred = |entries: &[JournalEntry]| {
        Overlay::new(entries)
            .message(message(0x4001))
            .passage
            .starred
    };
    assert!(starred(&[star(1, true)]));
    assert!(!starred(&[star(2, false), star(1, true)]));
    let mut not_taken = star(1, true);
    not_taken.outcome = refused(Refusal::NotFound);
    assert!(!starred(&[not_taken]));
}

#[test]
fn an_appeal_waits_here_until_central_tells_of_it() {
    let appeal = |outcome| entry(4, IntentBody::Appeal { message: LETTER }, outcome);
    let waiting = Overlay::new(&[appeal(None)])
        .shown(message(0x4001))
        .appeal
        .unwrap();
    assert_eq!(
        (waiting.number, waiting.since),
        (IntentNumber(4), CHOSEN_AT)
    );
    assert_eq!(waiting.refused, None);

    let late = Overlay::new(&[appeal(refused(Refusal::AlreadyDecided))]);
    let shown = late.shown(message(0x4001)).appeal.unwrap();
    assert_eq!(shown.refused, Some(Refusal::AlreadyDecided));

    let mut known = message(0x4001);
    known.passage.appeal = Some(Appeal::Open {
        since: CHOSEN_AT,
        promised_by: None,
    });
    assert_eq!(Overlay::new(&[appeal(None)]).shown(known).appeal, None);
}

#[test]
fn what_is_written_is_in_no_debug_output() {
    let overlay = Overlay::new(&[sent(1, None)]);
    assert!(!format!("{overlay:?}").contains("letter"));
}
