use super::terminal::*;

fn compose(tap: ComposeTap) -> Event {
    Event::Compose(tap)
}

fn writing() -> Terminal {
    let mut t = Terminal::new();
    t.sign_in();
    t.write_to(request(1), "", None);
    t
}

/// The last words the journal was asked to keep.
fn kept(t: &Terminal) -> &str {
    &t.kept.last().unwrap().1
}

#[test]
fn what_is_typed_reaches_the_journal_within_a_second_without_another_tap() {
    let mut t = writing();
    t.type_text("Dear Ana");
    assert!(t.kept.is_empty(), "not with every key");
    assert_eq!(t.page().kept(), Kept::Saving);
    let typed = t.now.boot.at;
    while t.kept.is_empty() {
        let wake = t.app.next_wake().unwrap();
        t.wait_ms(wake.0 - t.now.boot.at.0);
    }
    assert!(t.now.boot.at.since(typed) < Duration::from_secs(1));
    assert_eq!(kept(&t), "Dear Ana");
    t.disk_kept();
    assert_eq!(t.page().kept(), Kept::Saved);
}

#[test]
fn somebody_who_never_stops_typing_is_kept_all_the_same() {
    let mut t = writing();
    for _ in 0..100 {
        t.type_text("a");
        t.wait_ms(100);
        let unsaved = t.page().editor.text().len() - t.kept.last().map_or(0, |kept| kept.1.len());
        assert!(
            unsaved <= 7,
            "{unsaved} letters of a tenth of a second each"
        );
    }
}

#[test]
fn leaving_in_any_way_keeps_the_words_first() {
    for leave in [
        Event::Session(SessionTap::Back),
        Event::Session(SessionTap::GoHome),
        Event::Session(SessionTap::HidePressed),
        Event::Session(SessionTap::SignOutPressed),
        Event::Messages(MessagesTap::OpenMessages),
        Event::Wall(WallTap::LanguageChosen("es".to_owned())),
        compose(ComposeTap::Write(request(2))),
        Event::Runtime(Report::Closed(ClosedReason::Revoked)),
        Event::Runtime(Report::RosterChanged {
            resident: rosa(),
            standing: Standing::Frozen,
        }),
    ] {
        let mut t = writing();
        t.type_text("Dear Ana");
        t.send(leave.clone());
        let place = |wanted: fn(&Effect) -> bool| t.effects.iter().position(wanted);
        let saved = place(|e| matches!(e, Effect::SaveDraft { text, .. } if text == "Dear Ana"));
        assert!(saved.is_some(), "{leave:?}");
        if let Some(cleared) = place(|e| matches!(e, Effect::ClearPerson)) {
            assert!(saved < Some(cleared), "{leave:?}");
        }
    }
}

#[test]
fn a_lock_keeps_the_words_and_the_same_person_finds_them_again() {
    let mut t = writing();
    t.type_text("Dear");
    // As a machine that slept: the lock and the saving are both long due.
    t.wait(125);
    assert_eq!((t.screen(), kept(&t)), ("cover", "Dear"));
    t.type_digits("918273");
    t.send(Event::Pad(PadTap::Go));
    t.answer_check(signed_in(rosa()));
    assert_eq!(t.opening.unwrap().1, Some(draft_id(1)));
    assert_eq!(t.page().editor.text(), "", "until the journal has said");
    t.answer_open(draft_id(1), "Dear", None);
    t.type_text(" Ana");
    assert_eq!(t.page().editor.text(), "Dear Ana");
}

#[test]
fn keys_before_the_journal_has_answered_are_nobodys() {
    let mut t = Terminal::new();
    t.sign_in();
    t.send(compose(ComposeTap::Write(request(1))));
    t.type_text("x");
    t.answer_open(draft_id(1), "Dear", None);
    assert_eq!(t.page().editor.text(), "Dear");
    t.hear(Report::Tick);
    assert!(t.kept.is_empty(), "nothing to keep");
}

#[test]
fn a_disk_that_refuses_is_asked_again_and_the_page_says_so() {
    let mut t = writing();
    t.type_text("Dear");
    t.wait(1);
    t.hear(Report::DraftNotSaved { draft: draft_id(1) });
    assert_eq!(t.page().kept(), Kept::NotSaved);
    t.wait(1);
    assert_eq!(t.kept.len(), 2);
    t.disk_kept();
    assert_eq!(t.page().kept(), Kept::Saved);
}

#[test]
fn a_message_is_sent_after_one_question_held_and_offered_for_undo() {
    let mut t = writing();
    t.type_text("Dear Ana");
    t.send(compose(ComposeTap::SendConfirmed));
    assert_eq!(t.page().step, Step::Writing, "only after the question");
    t.send(compose(ComposeTap::SendPressed));
    assert_eq!(t.page().step, Step::Confirming);
    t.type_text("!");
    assert_eq!(t.page().editor.text(), "Dear Ana", "no key types now");
    t.send(compose(ComposeTap::KeepWriting));
    t.type_text("!");
    t.send(compose(ComposeTap::SendPressed));
    t.send(compose(ComposeTap::SendConfirmed));
    t.send(compose(ComposeTap::SendConfirmed));
    let (_, body, held) = t.recorded.last().unwrap().clone();
    assert_eq!(
        body,
        IntentBody::SendMessage {
            message: MessageId(draft_id(1).0),
            connection: request(1),
            text: "Dear Ana!".to_owned(),
        }
    );
    assert_eq!(
        held.unwrap().at,
        t.now.boot.at.plus(Duration::from_secs(10))
    );
    assert_eq!(t.screen(), "compose", "not before it is on disk");
    let sent = t.recorded.len();
    t.save_last(9);
    assert_eq!((t.screen(), t.recorded.len()), ("messages", sent));
    t.wait(7);
    t.send(Event::Requests(RequestsTap::UndoPressed));
    assert!(t.did(|e| matches!(e, Effect::UndoIntent { number } if number.0 == 9)));
    t.hear(Report::UndoDone {
        number: IntentNumber(9),
        answer: UndoAnswer::Undone,
    });
    assert_eq!(t.opening.unwrap().1, Some(draft_id(1)), "a draft again");
    t.answer_open(draft_id(1), "Dear Ana!", None);
    assert_eq!(t.page().editor.text(), "Dear Ana!");
}

#[test]
fn after_eight_seconds_a_message_stays_sent() {
    let mut t = writing();
    t.type_text("Hi");
    t.send(compose(ComposeTap::SendPressed));
    t.send(compose(ComposeTap::SendConfirmed));
    t.save_last(9);
    t.wait(8);
    assert!(t.app.screen().session().unwrap().undo.is_none());
    t.send(Event::Requests(RequestsTap::UndoPressed));
    assert!(!t.did(|e| matches!(e, Effect::UndoIntent { .. })));
}

#[test]
fn a_message_that_is_not_on_disk_was_not_sent_and_the_words_are_still_there() {
    let mut t = writing();
    t.type_text("Hi");
    t.send(compose(ComposeTap::SendPressed));
    t.send(compose(ComposeTap::SendConfirmed));
    let ticket = t.recorded.last().unwrap().0;
    t.hear(Report::IntentNotRecorded { ticket });
    assert_eq!(t.page().step, Step::Writing);
    assert_eq!(t.page().problem, Some(WritingProblem::NotSent));
    assert_eq!(t.page().editor.text(), "Hi");
}

#[test]
fn blank_and_overlong_messages_are_not_sent_and_their_words_are_kept() {
    let mut t = writing();
    t.type_text(" \n ");
    t.send(compose(ComposeTap::SendPressed));
    assert_eq!(t.page().step, Step::Writing);
    let long = "a".repeat(6_001);
    let mut t = Terminal::new();
    t.sign_in();
    t.write_to(request(1), &long, None);
    t.send(compose(ComposeTap::SendPressed));
    assert_eq!(t.page().step, Step::Writing);
    assert_eq!(t.page().editor.text(), long);
    t.send(compose(ComposeTap::Key(Key::Delete)));
    t.send(compose(ComposeTap::SendPressed));
    assert_eq!(t.page().step, Step::Confirming);
}

#[test]
fn what_is_left_empty_leaves_no_draft() {
    let mut t = Terminal::new();
    t.sign_in();
    t.write_to(request(1), "Hm", None);
    t.tap(SessionTap::Back);
    assert!(t.kept.is_empty() && t.dropped.is_empty(), "nothing changed");
    t.write_to(request(1), "Hm", None);
    t.edit(EditTap::SelectAll);
    t.send(compose(ComposeTap::Key(Key::Delete)));
    t.tap(SessionTap::Back);
    assert_eq!(t.dropped, [draft_id(1)]);
}

#[test]
fn what_was_refused_says_why_until_it_is_sent_again() {
    let mut t = Terminal::new();
    t.sign_in();
    t.write_to(request(1), "Dear", Some(Refusal::NoFunds));
    assert_eq!(t.page().refused, Some(Refusal::NoFunds));
    assert_eq!(t.page().kept(), Kept::Saved);
}

#[test]
fn what_was_copied_goes_into_another_message_and_is_gone_with_the_person() {
    let mut t = writing();
    t.type_text("Dear Ana");
    t.edit(EditTap::SelectAll);
    t.edit(EditTap::Copy);
    t.edit(EditTap::Right);
    t.edit(EditTap::Paste);
    assert_eq!(t.page().editor.text(), "Dear AnaDear Ana");
    t.send(compose(ComposeTap::Write(request(2))));
    t.answer_open(draft_id(2), "", None);
    assert!(t.page().can_paste());
    t.tap(SessionTap::HidePressed);
    t.type_digits("918273");
    t.send(Event::Pad(PadTap::Go));
    t.answer_check(signed_in(rosa()));
    t.answer_open(draft_id(2), "", None);
    assert!(!t.page().can_paste());
    t.edit(EditTap::Paste);
    assert_eq!(t.page().editor.text(), "");
}

#[test]
fn the_keys_are_those_of_the_screens_language_and_change_at_any_time() {
    let mut t = writing();
    t.send(Event::Wall(WallTap::LanguageChosen("es".to_owned())));
    t.tap(SessionTap::Back);
    t.write_to(request(1), "", None);
    assert_eq!(t.page().keyboard.layout.layout().language, "es");
    let vietnamese = LayoutId::for_language("vi");
    t.send(compose(ComposeTap::Key(Key::Page(Page::Languages))));
    t.send(compose(ComposeTap::Key(Key::Layout(vietnamese))));
    t.type_text("Viêt");
    t.send(compose(ComposeTap::Key(Key::Mark('\u{323}'))));
    assert_eq!(t.page().editor.text(), "Việt");
}

#[test]
fn nobody_writes_before_they_agreed_to_the_monitoring_text() {
    let mut t = Terminal::new();
    t.give_number_and_pin();
    t.answer_check(signed_in(rosa()));
    t.send(compose(ComposeTap::Write(request(1))));
    assert_eq!(t.screen(), "consent");
}

#[test]
fn nothing_tells_what_was_typed() {
    let said = [
        format!("{:?}", compose(ComposeTap::Key(Key::Text("ñ".to_owned())))),
        format!(
            "{:?}",
            OpenedDraft {
                id: draft_id(1),
                text: "ñ".to_owned(),
                refused: None
            }
        ),
    ];
    assert!(said.iter().all(|said| !said.contains('ñ')), "{said:?}");
}

#[test]
fn chinese_is_written_by_sound_and_what_is_not_chosen_yet_is_kept_as_letters() {
    let mut t = Terminal::new();
    t.sign_in();
    t.write_to(request(1), "", None);
    let chinese = LayoutId::for_language("zh-Hans");
    t.send(compose(ComposeTap::Key(Key::Layout(chinese))));
    t.type_text("nihao");
    assert_eq!(t.page().editor.text(), "nihao");
    t.wait(1);
    assert_eq!(kept(&t), "nihao");
    assert!(t.page().choices().1.contains(&'你'));
    t.send(compose(ComposeTap::Key(Key::Choose('你'))));
    assert_eq!(t.page().editor.text(), "你hao");
    t.type_text(" ");
    assert_eq!(t.page().editor.text(), "你好");
    t.type_text("ma");
    t.send(compose(ComposeTap::Key(Key::NewLine)));
    assert_eq!(t.page().editor.text(), "你好ma", "the letters stay");
    t.edit(EditTap::Undo);
    t.type_text("ma");
    t.send(compose(ComposeTap::Key(Key::Delete)));
    t.send(compose(ComposeTap::Key(Key::Delete)));
    assert_eq!(t.page().editor.text(), "你好");
    assert_eq!(t.page().choices().0, "");
}
