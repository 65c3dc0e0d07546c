use super::terminal::*;

#[test]
fn an_accepted_request_is_recorded_at_once_held_ten_seconds_and_can_be_undone_for_eight() {
    let mut t = Terminal::new();
    t.sign_in();
    t.send(Event::Requests(RequestsTap::OpenRequests));
    t.send(Event::Requests(RequestsTap::OpenRequest(request(1))));
    t.send(Event::Requests(RequestsTap::Answered(
        request(1),
        Answer::Accept,
    )));
    let (_, body, held_until) = t.recorded.last().unwrap().clone();
    let connection = request(1);
    let answer = Answer::Accept;
    assert_eq!(body, IntentBody::AnswerConnection { connection, answer });
    let ten = Duration::from_secs(10);
    assert_eq!(held_until.unwrap().at, t.now.boot.at.plus(ten));
    t.save_last(41);
    assert!(t.did(|e| matches!(e, Effect::TellSync(ToSync::IntentsWaiting))));
    t.tap(SessionTap::Back);
    t.wait(7);
    t.send(Event::Requests(RequestsTap::UndoPressed));
    assert!(t.did(|e| matches!(e, Effect::UndoIntent { number } if number.0 == 41)));
    t.hear(Report::UndoDone {
        number: IntentNumber(41),
        answer: UndoAnswer::Undone,
    });
    let Screen::Requests(page) = t.app.screen() else {
        panic!();
    };
    assert_eq!(page.session.undo, None);
    assert_eq!(page.told, Some(Told::Undone));
    assert_eq!(page.at, RequestsAt::List);
}

#[test]
fn an_answer_can_be_undone_from_whatever_page_the_person_goes_to() {
    let mut t = Terminal::new();
    t.sign_in();
    t.send(Event::Requests(RequestsTap::OpenRequests));
    t.send(Event::Requests(RequestsTap::Answered(
        request(1),
        Answer::Decline,
    )));
    t.save_last(3);
    t.tap(SessionTap::GoHome);
    t.wait(7);
    assert!(t.app.screen().session().unwrap().undo.is_some());
    t.send(Event::Requests(RequestsTap::UndoPressed));
    assert!(t.did(|e| matches!(e, Effect::UndoIntent { number } if number.0 == 3)));
    t.wait(1);
    assert!(t.app.screen().session().unwrap().undo.is_none());
}

#[test]
fn a_refusal_that_was_read_is_noted_and_the_page_read_again() {
    let mut t = Terminal::new();
    t.sign_in();
    t.send(Event::Requests(RequestsTap::RefusalRead(request(1))));
    assert!(t.effects.is_empty(), "nothing to read at home");
    t.send(Event::Requests(RequestsTap::OpenRequest(request(1))));
    t.send(Event::Requests(RequestsTap::RefusalRead(request(1))));
    assert!(matches!(
        t.effects.as_slice(),
        [Effect::NoteTold { resident, connection }, Effect::Refresh]
            if *resident == rosa() && *connection == request(1)
    ));
}

#[test]
fn after_eight_seconds_there_is_nothing_to_undo() {
    let mut t = Terminal::new();
    t.sign_in();
    t.send(Event::Requests(RequestsTap::OpenRequest(request(1))));
    t.send(Event::Requests(RequestsTap::Answered(
        request(1),
        Answer::Block,
    )));
    t.save_last(1);
    t.wait(8);
    t.send(Event::Requests(RequestsTap::UndoPressed));
    assert!(!t.did(|e| matches!(e, Effect::UndoIntent { .. })));
}

#[test]
fn a_second_answer_replaces_the_undo_and_the_first_one_stands() {
    let mut t = Terminal::new();
    t.sign_in();
    t.send(Event::Requests(RequestsTap::OpenRequests));
    t.send(Event::Requests(RequestsTap::Answered(
        request(1),
        Answer::Accept,
    )));
    t.save_last(5);
    t.send(Event::Requests(RequestsTap::Answered(
        request(2),
        Answer::Decline,
    )));
    t.save_last(6);
    t.send(Event::Requests(RequestsTap::UndoPressed));
    let undone: Vec<u64> = t.effects.iter().filter_map(undo_number).collect();
    assert_eq!(undone, [6]);
    t.send(Event::Requests(RequestsTap::UndoPressed));
    assert!(t.effects.iter().filter_map(undo_number).next().is_none());
}

fn undo_number(effect: &Effect) -> Option<u64> {
    if let Effect::UndoIntent { number } = effect {
        Some(number.0)
    } else {
        None
    }
}

#[test]
fn the_same_answer_tapped_twice_is_one_answer() {
    let mut t = Terminal::new();
    t.sign_in();
    t.send(Event::Requests(RequestsTap::OpenRequests));
    let before = t.recorded.len();
    for _ in 0..3 {
        t.send(Event::Requests(RequestsTap::Answered(
            request(1),
            Answer::Accept,
        )));
    }
    assert_eq!(t.recorded.len(), before + 1);
}

#[test]
fn leaving_the_page_hiding_and_signing_out_keep_the_choice() {
    for leave in [
        Event::Messages(MessagesTap::OpenMessages),
        Event::Session(SessionTap::HidePressed),
        Event::Session(SessionTap::SignOutPressed),
    ] {
        let mut t = Terminal::new();
        t.sign_in();
        t.send(Event::Requests(RequestsTap::OpenRequests));
        t.send(Event::Requests(RequestsTap::Answered(
            request(1),
            Answer::Accept,
        )));
        t.save_last(9);
        t.send(leave);
        t.wait(15);
        assert!(!t.did(|e| matches!(e, Effect::UndoIntent { .. })));
    }
}

#[test]
fn an_undo_wanted_before_the_journal_answered_is_done_when_it_has() {
    let mut t = Terminal::new();
    t.sign_in();
    t.send(Event::Requests(RequestsTap::OpenRequests));
    t.send(Event::Requests(RequestsTap::Answered(
        request(1),
        Answer::Accept,
    )));
    t.send(Event::Requests(RequestsTap::UndoPressed));
    assert!(!t.did(|e| matches!(e, Effect::UndoIntent { .. })));
    t.save_last(12);
    assert!(t.did(|e| matches!(e, Effect::UndoIntent { number } if number.0 == 12)));
}

#[test]
fn an_answer_that_is_not_on_disk_was_not_given_and_says_so() {
    let mut t = Terminal::new();
    t.sign_in();
    t.send(Event::Requests(RequestsTap::OpenRequests));
    t.send(Event::Requests(RequestsTap::Answered(
        request(1),
        Answer::Accept,
    )));
    let ticket = t.recorded.last().unwrap().0;
    t.hear(Report::IntentNotRecorded { ticket });
    let Screen::Requests(page) = t.app.screen() else {
        panic!();
    };
    assert_eq!((page.session.undo, page.told), (None, Some(Told::NotSaved)));
}

#[test]
fn opening_a_message_is_one_journal_entry() {
    let mut t = Terminal::new();
    t.sign_in();
    t.send(Event::Messages(MessagesTap::OpenMessage(
        letter(1),
        Seen::New,
    )));
    assert_eq!(t.screen(), "home", "a message opens from its conversation");
    t.send(Event::Messages(MessagesTap::OpenMessages));
    t.send(Event::Messages(MessagesTap::OpenConversation(request(1))));
    let before = t.recorded.len();
    t.send(Event::Messages(MessagesTap::OpenMessage(
        letter(1),
        Seen::New,
    )));
    t.send(Event::Messages(MessagesTap::OpenMessage(
        letter(1),
        Seen::New,
    )));
    assert_eq!(t.recorded.len(), before + 1);
    let message = letter(1);
    assert_eq!(t.recorded[before].1, IntentBody::ReadMessage { message });
    assert_eq!(t.recorded[before].2, None, "it may leave at once");
    t.tap(SessionTap::Back);
    t.send(Event::Messages(MessagesTap::OpenMessage(
        letter(2),
        Seen::Before,
    )));
    assert_eq!(t.recorded.len(), before + 1);
}

#[test]
fn photos_turn_within_their_message_and_close_back_to_it() {
    let mut t = Terminal::new();
    t.sign_in();
    t.send(Event::Messages(MessagesTap::OpenConversation(request(1))));
    t.send(Event::Messages(MessagesTap::OpenMessage(
        letter(1),
        Seen::New,
    )));
    t.send(Event::Messages(MessagesTap::OpenPhoto { index: 2, of: 2 }));
    assert_eq!(t.screen(), "messages");
    t.send(Event::Messages(MessagesTap::OpenPhoto { index: 0, of: 2 }));
    let index = |t: &Terminal| match t.app.screen() {
        Screen::Photo(page) => page.at.index,
        _ => panic!("no photo"),
    };
    t.send(Event::Messages(MessagesTap::PreviousPhoto));
    assert_eq!(index(&t), 0);
    t.send(Event::Messages(MessagesTap::NextPhoto));
    t.send(Event::Messages(MessagesTap::NextPhoto));
    assert_eq!(index(&t), 1);
    let blob = BlobHash([7; 32]);
    t.hear(Report::PhotoMissing(blob));
    assert!(t.did(|e| matches!(e, Effect::WantBlob(wanted) if *wanted == blob)));
    t.send(Event::Messages(MessagesTap::ClosePhoto));
    let Screen::Messages(page) = t.app.screen() else {
        panic!();
    };
    let conversation = request(1);
    let message = letter(1);
    let expected = MessagesAt::Message {
        conversation,
        message,
    };
    assert_eq!(page.at, expected);
    for expected in ["messages", "messages", "home", "home"] {
        t.tap(SessionTap::Back);
        assert_eq!(t.screen(), expected);
    }
}

#[test]
fn a_contact_that_was_removed_can_be_taken_back_for_eight_seconds() {
    let mut t = Terminal::new();
    t.sign_in();
    t.send(Event::Contacts(ContactsTap::OpenContacts));
    t.send(Event::Contacts(ContactsTap::OpenContact(request(1))));
    t.send(Event::Contacts(ContactsTap::Chose(
        request(1),
        Answer::Remove,
    )));
    let (_, body, held_until) = t.recorded.last().unwrap().clone();
    let (connection, answer) = (request(1), Answer::Remove);
    assert_eq!(body, IntentBody::AnswerConnection { connection, answer });
    let ten = Duration::from_secs(10);
    assert_eq!(held_until.unwrap().at, t.now.boot.at.plus(ten));
    t.save_last(8);
    t.wait(7);
    t.send(Event::Requests(RequestsTap::UndoPressed));
    assert!(t.did(|e| matches!(e, Effect::UndoIntent { number } if number.0 == 8)));
    t.hear(Report::UndoDone {
        number: IntentNumber(8),
        answer: UndoAnswer::Undone,
    });
    let Screen::Contacts(page) = t.app.screen() else {
        panic!();
    };
    assert_eq!(
        (page.at, page.told),
        (ContactsAt::One(request(1)), Some(Told::Undone))
    );
    t.tap(SessionTap::Back);
    let Screen::Contacts(page) = t.app.screen() else {
        panic!();
    };
    assert_eq!((page.at, page.told), (ContactsAt::List, Some(Told::Undone)));
}

#[test]
fn every_choice_about_a_contact_is_an_intent_and_only_among_the_contacts() {
    let mut t = Terminal::new();
    t.sign_in();
    let before = t.recorded.len();
    t.send(Event::Contacts(ContactsTap::Chose(
        request(1),
        Answer::Unblock,
    )));
    assert_eq!(t.recorded.len(), before, "nothing to choose at home");
    t.send(Event::Contacts(ContactsTap::OpenContact(request(1))));
    for (n, answer) in [Answer::Unblock, Answer::Accept, Answer::Block]
        .into_iter()
        .enumerate()
    {
        t.send(Event::Contacts(ContactsTap::Chose(request(1), answer)));
        t.send(Event::Contacts(ContactsTap::Chose(request(1), answer)));
        assert_eq!(t.recorded.len(), before + n + 1, "twice is once");
    }
}

#[test]
fn a_choice_about_a_contact_that_is_not_on_disk_says_so_there() {
    let mut t = Terminal::new();
    t.sign_in();
    t.send(Event::Contacts(ContactsTap::OpenContact(request(1))));
    t.send(Event::Contacts(ContactsTap::Chose(
        request(1),
        Answer::Block,
    )));
    let ticket = t.recorded.last().unwrap().0;
    t.hear(Report::IntentNotRecorded { ticket });
    let Screen::Contacts(page) = t.app.screen() else {
        panic!();
    };
    assert_eq!((page.session.undo, page.told), (None, Some(Told::NotSaved)));
    // What central refused is read here as it is among the requests.
    t.send(Event::Requests(RequestsTap::RefusalRead(request(1))));
    assert!(t.did(|e| matches!(e, Effect::NoteTold { .. })));
}

#[test]
fn writing_to_a_lawyer_in_the_ordinary_lane_stops_and_leads_back() {
    let mut t = Terminal::new();
    t.sign_in();
    t.send(Event::Contacts(ContactsTap::OpenContact(request(1))));
    t.send(Event::Contacts(ContactsTap::WriteToLawyer(request(1))));
    let at = |t: &Terminal| match t.app.screen() {
        Screen::Contacts(page) => page.at,
        _ => panic!("not among the contacts"),
    };
    assert_eq!(at(&t), ContactsAt::Lawyer(request(1)));
    t.tap(SessionTap::Back);
    assert_eq!(at(&t), ContactsAt::One(request(1)));
    t.tap(SessionTap::Back);
    assert_eq!(at(&t), ContactsAt::List);
    t.tap(SessionTap::Back);
    assert_eq!(t.screen(), "home");
}
