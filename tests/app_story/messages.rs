use super::terminal::*;

fn reading(message: MessageId) -> Terminal {
    let mut t = Terminal::new();
    t.sign_in();
    t.send(Event::Messages(MessagesTap::OpenMessages));
    t.send(Event::Messages(MessagesTap::OpenConversation(request(1))));
    t.send(Event::Messages(MessagesTap::OpenMessage(
        message,
        Seen::Before,
    )));
    t.recorded.clear();
    t
}

fn undo_is_offered(t: &Terminal) -> bool {
    match t.app.screen() {
        Screen::Messages(page) => page.appealed.is_some(),
        _ => panic!("on {}", t.screen()),
    }
}

#[test]
fn asking_for_another_reviewer_is_one_intent_held_ten_seconds_however_often_it_is_tapped() {
    let mut t = reading(letter(1));
    for _ in 0..3 {
        t.send(Event::Messages(MessagesTap::AppealPressed(letter(1))));
    }
    let [(_, body, held_until)] = t.recorded.as_slice() else {
        panic!("{} intents", t.recorded.len());
    };
    let message = letter(1);
    assert_eq!(*body, IntentBody::Appeal { message });
    let ten = Duration::from_secs(10);
    assert_eq!(held_until.unwrap().at, t.now.boot.at.plus(ten));
}

#[test]
fn an_appeal_can_be_undone_for_eight_seconds() {
    let undo = Event::Messages(MessagesTap::UndoAppealPressed);
    let mut t = reading(letter(1));
    t.send(Event::Messages(MessagesTap::AppealPressed(letter(1))));
    t.save_last(6);
    t.wait(7);
    t.send(undo.clone());
    assert!(t.did(|e| matches!(e, Effect::UndoIntent { number } if number.0 == 6)));
    assert!(!undo_is_offered(&t));

    t.send(Event::Messages(MessagesTap::AppealPressed(letter(1))));
    assert!(undo_is_offered(&t));
    assert!(
        t.sleep_through(8) >= 1,
        "the terminal wakes to take it away"
    );
    assert!(!undo_is_offered(&t));
    t.send(undo);
    assert!(!t.did(|e| matches!(e, Effect::UndoIntent { .. })));
}

#[test]
fn leaving_the_message_keeps_its_appeal_and_takes_the_undo_away() {
    let other = Event::Messages(MessagesTap::OpenMessage(letter(2), Seen::Before));
    for leave in [Event::Session(SessionTap::Back), other] {
        let mut t = reading(letter(1));
        t.send(Event::Messages(MessagesTap::AppealPressed(letter(1))));
        t.send(leave);
        assert!(!undo_is_offered(&t));
        t.send(Event::Messages(MessagesTap::UndoAppealPressed));
        assert!(!t.did(|e| matches!(e, Effect::UndoIntent { .. })));
    }
}

#[test]
fn stars_and_appeals_concern_the_message_that_is_open_and_no_other() {
    let mut t = reading(letter(1));
    t.send(Event::Messages(MessagesTap::AppealPressed(letter(2))));
    t.send(Event::Messages(MessagesTap::StarPressed(letter(2), true)));
    assert!(t.recorded.is_empty());
    t.send(Event::Messages(MessagesTap::StarPressed(letter(1), true)));
    t.send(Event::Messages(MessagesTap::StarPressed(letter(1), false)));
    let said: Vec<_> = t
        .recorded
        .iter()
        .map(|(_, body, held)| (body.clone(), *held))
        .collect();
    let star = |on| {
        (
            IntentBody::Star {
                message: letter(1),
                on,
            },
            None,
        )
    };
    assert_eq!(said, [star(true), star(false)]);
    t.tap(SessionTap::GoHome);
    t.send(Event::Messages(MessagesTap::StarPressed(letter(1), true)));
    assert_eq!(t.recorded.len(), 2);
}

#[test]
fn the_picture_of_a_message_leads_back_to_the_message() {
    let mut t = reading(letter(1));
    t.send(Event::Messages(MessagesTap::OpenPhoto { index: 0, of: 1 }));
    t.send(Event::Messages(MessagesTap::AppealPressed(letter(1))));
    assert!(t.recorded.is_empty(), "not from the picture");
    t.tap(SessionTap::Back);
    t.send(Event::Messages(MessagesTap::StarPressed(letter(1), true)));
    assert_eq!(t.recorded.len(), 1);
}

#[test]
fn an_undo_before_the_appeal_is_on_disk_waits_for_it() {
    let mut t = reading(letter(1));
    t.send(Event::Messages(MessagesTap::AppealPressed(letter(1))));
    t.send(Event::Messages(MessagesTap::UndoAppealPressed));
    assert!(!t.did(|e| matches!(e, Effect::UndoIntent { .. })));
    t.save_last(8);
    assert!(t.did(|e| matches!(e, Effect::UndoIntent { number } if number.0 == 8)));
    assert!(!undo_is_offered(&t));
}

#[test]
fn an_appeal_that_could_not_be_saved_can_be_made_again() {
    let mut t = reading(letter(1));
    t.send(Event::Messages(MessagesTap::AppealPressed(letter(1))));
    let ticket = t.recorded.last().unwrap().0;
    t.hear(Report::IntentNotRecorded { ticket });
    assert!(!undo_is_offered(&t));
    t.send(Event::Messages(MessagesTap::AppealPressed(letter(1))));
    assert_eq!(t.recorded.len(), 2);
}
