use super::terminal::*;

#[test]
fn a_resident_signs_in_agrees_and_is_greeted_with_their_last_sign_in() {
    let mut t = Terminal::new();
    t.give_number_and_pin();
    let asked = t.did(|e| {
        matches!(e, Effect::CheckPin { who: Who::Number(number), pin, .. }
            if number.as_str() == "40217" && pin.as_str() == "918273")
    });
    assert!(asked);
    t.answer_check(signed_in(rosa()));
    assert_eq!(t.screen(), "consent");
    assert!(t.audited(AuditEvent::SessionStart));
    assert!(matches!(t.recorded[0].1, IntentBody::SignIn));
    t.send(Event::Consent(ConsentTap::Agreed { version: 3 }));
    assert!(matches!(
        t.recorded[1].1,
        IntentBody::Consent { version: 3 }
    ));
    let Screen::Home(home) = t.app.screen() else {
        panic!("not at home");
    };
    assert_eq!(home.session.first_name, "Rosa");
    assert_eq!(home.session.last_sign_in.as_ref().unwrap().failed_since, 2);
    assert_eq!(t.app.resident(), Some(rosa()));
}

#[test]
fn nothing_of_the_session_opens_before_the_monitoring_text_is_agreed_to() {
    let mut t = Terminal::new();
    t.give_number_and_pin();
    t.answer_check(signed_in(rosa()));
    for event in [
        Event::Requests(RequestsTap::OpenRequests),
        Event::Messages(MessagesTap::OpenMessages),
        Event::Session(SessionTap::GoHome),
        Event::Session(SessionTap::Back),
        Event::Consent(ConsentTap::Agreed { version: 2 }),
    ] {
        t.send(event);
        assert_eq!(t.screen(), "consent");
    }
    t.tap(SessionTap::HidePressed);
    t.type_digits("918273");
    t.send(Event::Pad(PadTap::Go));
    t.answer_check(signed_in(rosa()));
    assert_eq!(t.screen(), "consent");
    t.send(Event::Consent(ConsentTap::Declined));
    assert_eq!(t.banner(), Some(Banner::ConsentNeeded));
    assert!(t.cleared());
    assert_eq!(t.app.resident(), None);
}

#[test]
fn a_new_monitoring_text_has_to_be_agreed_to_in_its_new_version() {
    let mut t = Terminal::new();
    t.give_number_and_pin();
    t.answer_check(signed_in(rosa()));
    let newer = Policy {
        consent_version: 4,
        ..policy()
    };
    t.hear(Report::PolicyChanged(Box::new(newer)));
    t.send(Event::Consent(ConsentTap::Agreed { version: 3 }));
    assert_eq!(t.screen(), "consent");
    t.send(Event::Consent(ConsentTap::Agreed { version: 4 }));
    assert_eq!(t.screen(), "home");
}

#[test]
fn a_wrong_pin_says_how_many_tries_are_left_and_keeps_the_number() {
    let mut t = Terminal::new();
    t.give_number_and_pin();
    let gate = Gate::Open { tries_left: 2 };
    t.answer_check(PinAnswer::Wrong { gate });
    assert_eq!(t.problem(), Some(Problem::Wrong { tries_left: 2 }));
    assert!(t.audited(AuditEvent::SignInFail));
    let Screen::SignIn(page) = t.app.screen() else {
        panic!();
    };
    assert!(page.step() == SignInStep::Pin { typed: 0 });
    t.type_digits("111111");
    assert_eq!(t.problem(), None);
    t.send(Event::Pad(PadTap::Go));
    t.answer_check(signed_in(rosa()));
    assert_eq!(t.screen(), "consent");
}

#[test]
fn a_locked_number_says_until_when_and_starts_over_with_the_number() {
    let mut t = Terminal::new();
    t.give_number_and_pin();
    let remaining = Duration::from_secs(900);
    let gate = Gate::Locked { remaining };
    t.answer_check(PinAnswer::Wrong { gate });
    let until = t.now.boot.at.plus(remaining);
    assert_eq!(t.problem(), Some(Problem::Locked { until }));
    let Screen::SignIn(page) = t.app.screen() else {
        panic!();
    };
    assert!(page.step() == SignInStep::Number(""));
}

#[test]
fn every_other_refusal_has_its_own_words() {
    for (answer, problem) in [
        (
            PinAnswer::Shut {
                gate: Gate::NeedsStaff,
            },
            Problem::NeedsStaff,
        ),
        (PinAnswer::Frozen, Problem::Frozen),
        (PinAnswer::Unavailable, Problem::Unavailable),
    ] {
        let mut t = Terminal::new();
        t.give_number_and_pin();
        t.answer_check(answer);
        assert_eq!(t.problem(), Some(problem));
        assert!(t.audited(AuditEvent::SignInShut));
        assert_eq!(t.app.resident(), None);
    }
}

#[test]
fn a_pin_too_short_to_be_one_is_not_a_try() {
    let mut t = Terminal::new();
    t.send(Event::Wall(WallTap::SignInPressed));
    t.send(Event::Pad(PadTap::Go));
    t.type_digits("4");
    t.send(Event::Pad(PadTap::Go));
    t.type_digits("12345");
    t.send(Event::Pad(PadTap::Go));
    assert!(t.check.is_none());
    t.send(Event::Pad(PadTap::Erase));
    t.send(Event::Pad(PadTap::Clear));
    t.type_digits("1234567890");
    t.send(Event::Pad(PadTap::Go));
    assert!(t.did(|e| matches!(e, Effect::CheckPin { pin, .. } if pin.as_str() == "12345678")));
}

#[test]
fn back_leads_from_the_pin_to_the_number_and_from_there_to_the_wall() {
    let mut t = Terminal::new();
    t.send(Event::Wall(WallTap::SignInPressed));
    t.type_digits("40217");
    t.send(Event::Pad(PadTap::Go));
    t.type_digits("12");
    t.send(Event::Pad(PadTap::Back));
    let Screen::SignIn(page) = t.app.screen() else {
        panic!();
    };
    assert!(page.step() == SignInStep::Number("40217"));
    t.send(Event::Pad(PadTap::Back));
    assert_eq!(t.screen(), "wall");
}

#[test]
fn the_shuffle_key_changes_the_order_and_gives_the_usual_one_back() {
    let mut rng = <rand::rngs::SmallRng as rand::SeedableRng>::seed_from_u64(7);
    let order = KeypadOrder::shuffled(&mut rng);
    let mut digits: Vec<u8> = order.digits().iter().map(|d| d.value()).collect();
    digits.sort_unstable();
    assert_eq!(digits, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let mut t = Terminal::new();
    t.send(Event::Wall(WallTap::SignInPressed));
    for expected in [order, KeypadOrder::usual()] {
        t.send(Event::Pad(PadTap::ShufflePressed(order)));
        let Screen::SignIn(page) = t.app.screen() else {
            panic!();
        };
        assert_eq!(page.keypad, expected);
    }
}

#[test]
fn an_answer_nobody_waits_for_any_more_signs_nobody_in() {
    let mut t = Terminal::new();
    t.give_number_and_pin();
    t.wait(45);
    assert_eq!(t.screen(), "wall");
    let late = t.check.take().unwrap();
    t.give_number_and_pin();
    t.hear(Report::PinChecked {
        ticket: late,
        answer: signed_in(rosa()),
    });
    assert_eq!(t.screen(), "sign_in");
    assert!(t.cleared(), "what was opened for the late answer goes");
    t.answer_check(signed_in(omar()));
    assert_eq!(t.app.resident(), Some(omar()));
}

#[test]
fn sign_in_and_monitoring_text_give_the_wall_back_after_45_quiet_seconds() {
    let mut t = Terminal::new();
    t.send(Event::Wall(WallTap::SignInPressed));
    t.type_digits("402");
    t.wait(44);
    t.send(Event::Touched);
    t.wait(44);
    assert_eq!(t.screen(), "sign_in");
    t.wait(1);
    assert_eq!(t.banner(), None);

    t.give_number_and_pin();
    t.answer_check(signed_in(rosa()));
    t.wait(45);
    assert_eq!(t.banner(), Some(Banner::SignedOutIdle));
    assert!(t.audited(AuditEvent::SessionEnd(EndCause::ConsentQuiet)));
    t.wait(20);
    assert_eq!(t.banner(), None);
}

#[test]
fn number_and_pin_can_be_chosen_and_choosing_what_is_chosen_does_nothing() {
    let mut t = Terminal::new();
    t.send(Event::Wall(WallTap::SignInPressed));
    t.send(Event::Pad(PadTap::PinPressed));
    t.send(Event::Pad(PadTap::NumberPressed));
    t.type_digits("402");
    let shown = |t: &Terminal| match t.app.screen() {
        Screen::SignIn(page) => (
            page.number().to_owned(),
            matches!(page.step(), SignInStep::Pin { .. }),
        ),
        _ => panic!("not signing in but on {}", t.screen()),
    };
    assert_eq!(shown(&t), ("402".to_owned(), false));
    t.send(Event::Pad(PadTap::PinPressed));
    t.send(Event::Pad(PadTap::PinPressed));
    assert_eq!(shown(&t), ("402".to_owned(), true));
    t.type_digits("9");
    t.send(Event::Pad(PadTap::NumberPressed));
    t.type_digits("1");
    assert_eq!(shown(&t), ("4021".to_owned(), false));
}

#[test]
fn events_do_not_print_digits_or_names() {
    let typed = Event::Pad(PadTap::Digit(Digit::new(7).unwrap()));
    assert!(!format!("{typed:?}").contains('7'));
    let answer = signed_in(rosa());
    assert!(!format!("{answer:?}").contains("Rosa"));
}
