use super::terminal::*;

#[test]
fn the_warning_comes_at_100_seconds_and_is_answered_as_often_as_needed() {
    let mut t = Terminal::new();
    t.sign_in();
    for _ in 0..50 {
        t.wait(99);
        assert_eq!(t.app.idle(), Idle::Active);
        t.wait(1);
        let covered_at = t.now.boot.at.plus(Duration::from_secs(20));
        assert_eq!(t.app.idle(), Idle::Warned { covered_at });
        t.wait(19);
        t.tap(SessionTap::StillHere);
        assert_eq!(t.app.idle(), Idle::Active);
        assert_eq!(t.screen(), "home");
    }
}

#[test]
fn a_mere_touch_does_not_take_the_warning_away_under_the_finger() {
    let mut t = Terminal::new();
    t.sign_in();
    t.wait(99);
    t.send(Event::Touched);
    t.wait(99);
    assert_eq!(t.app.idle(), Idle::Active);
    t.wait(1);
    let covered_at = t.now.boot.at.plus(Duration::from_secs(20));
    for _ in 0..19 {
        t.send(Event::Touched);
        assert_eq!(t.app.idle(), Idle::Warned { covered_at });
        t.wait(1);
    }
    t.tap(SessionTap::StillHere);
    assert_eq!(t.app.idle(), Idle::Active);
    assert_eq!(t.screen(), "home");
}

#[test]
fn at_120_seconds_the_screen_is_covered_and_60_later_the_person_is_signed_out() {
    let mut t = Terminal::new();
    t.sign_in();
    t.send(Event::Messages(MessagesTap::OpenConversation(request(1))));
    t.wait_ms(119_999);
    assert_eq!(t.screen(), "messages");
    t.wait_ms(1);
    assert_eq!(t.screen(), "cover");
    assert!(t.cleared());
    assert!(t.audited(AuditEvent::SessionCover(CoverCause::Idle)));
    assert!(t.app.screen().session().is_none());
    t.wait(59);
    assert_eq!(t.screen(), "cover");
    t.wait(1);
    assert_eq!(t.banner(), Some(Banner::SignedOutIdle));
    assert!(t.audited(AuditEvent::SessionEnd(EndCause::Idle)));
    assert_eq!(t.app.resident(), None);
}

#[test]
fn a_machine_that_slept_through_the_lock_wakes_up_signed_out() {
    let mut t = Terminal::new();
    t.sign_in();
    t.now.boot.at = t.now.boot.at.plus(Duration::from_secs(DAY));
    t.send(Event::Requests(RequestsTap::OpenRequests));
    assert_eq!(t.screen(), "wall");
    assert!(t.cleared());
}

#[test]
fn a_tap_after_the_lock_was_due_meets_the_cover_even_if_no_tick_came() {
    let mut t = Terminal::new();
    t.sign_in();
    t.now.boot.at = t.now.boot.at.plus(Duration::from_secs(121));
    t.send(Event::Messages(MessagesTap::OpenMessages));
    assert_eq!(t.screen(), "cover");
}

#[test]
fn hide_covers_at_once_and_the_same_pin_returns_to_the_same_place() {
    let mut t = Terminal::new();
    t.sign_in();
    t.send(Event::Messages(MessagesTap::OpenConversation(request(1))));
    t.send(Event::Messages(MessagesTap::OpenMessage(
        letter(1),
        Seen::New,
    )));
    t.tap(SessionTap::HidePressed);
    assert_eq!(t.screen(), "cover");
    assert!(t.cleared());
    t.type_digits("918273");
    t.send(Event::Pad(PadTap::Go));
    assert!(
        t.did(|e| matches!(e, Effect::CheckPin { who: Who::Resident(id), .. } if *id == rosa()))
    );
    let before = t.recorded.len();
    t.answer_check(signed_in(rosa()));
    let Screen::Messages(page) = t.app.screen() else {
        panic!();
    };
    assert!(matches!(page.at, MessagesAt::Message { message, .. } if message == letter(1)));
    assert!(t.audited(AuditEvent::SessionReturn));
    assert_eq!(t.recorded.len(), before, "coming back is not a new sign-in");
}

#[test]
fn a_cover_counts_wrong_pins_shows_locks_and_lets_anybody_sign_the_person_out() {
    let mut t = Terminal::new();
    t.sign_in();
    t.tap(SessionTap::HidePressed);
    t.type_digits("111111");
    t.send(Event::Pad(PadTap::Go));
    let remaining = Duration::from_secs(900);
    let gate = Gate::Locked { remaining };
    t.answer_check(PinAnswer::Wrong { gate });
    assert!(matches!(t.problem(), Some(Problem::Locked { .. })));
    t.tap(SessionTap::SignOutPressed);
    assert_eq!(t.banner(), Some(Banner::SignedOut));
    assert!(t.cleared());
}

#[test]
fn another_persons_pin_does_not_open_a_cover() {
    let mut t = Terminal::new();
    t.sign_in();
    t.tap(SessionTap::HidePressed);
    t.type_digits("222222");
    t.send(Event::Pad(PadTap::Go));
    t.answer_check(signed_in(omar()));
    assert_eq!(t.screen(), "cover");
    assert!(t.cleared());
}

#[test]
fn a_cover_cannot_be_kept_up_for_ever_by_touching_it() {
    let mut t = Terminal::new();
    t.sign_in();
    t.tap(SessionTap::HidePressed);
    for _ in 0..5 {
        t.wait(30);
        t.send(Event::Touched);
        assert_eq!(t.screen(), "cover");
    }
    t.wait(30);
    assert_eq!(t.screen(), "wall");
}

#[test]
fn signing_out_clears_the_person_and_says_so() {
    let mut t = Terminal::new();
    t.sign_in();
    t.tap(SessionTap::SignOutPressed);
    assert_eq!(t.banner(), Some(Banner::SignedOut));
    assert!(t.cleared());
    assert!(t.audited(AuditEvent::SessionEnd(EndCause::SignOut)));
    assert_eq!(t.app.resident(), None);
}

#[test]
fn somebody_who_leaves_the_unit_is_signed_out_even_behind_a_cover() {
    for covered in [false, true] {
        let mut t = Terminal::new();
        t.sign_in();
        if covered {
            t.tap(SessionTap::HidePressed);
        }
        t.hear(Report::RosterChanged {
            resident: omar(),
            standing: Standing::MovedAway,
        });
        assert_eq!(t.app.resident(), Some(rosa()));
        t.hear(Report::RosterChanged {
            resident: rosa(),
            standing: Standing::MovedAway,
        });
        assert_eq!(t.banner(), Some(Banner::MovedAway));
        assert!(t.cleared());
    }
}

#[test]
fn from_wake_to_wake_a_session_is_warned_covered_and_ended_on_time() {
    let mut t = Terminal::new();
    t.sign_in();
    let start = t.now.boot.at;
    let mut seen = Vec::new();
    for _ in 0..400 {
        let wake = t.app.next_wake().unwrap();
        t.wait_ms(wake.0 - t.now.boot.at.0);
        let what = (t.screen(), t.app.idle() != Idle::Active);
        if seen.last().map(|(_, last)| *last) != Some(what) {
            seen.push((t.now.boot.at.since(start).as_secs(), what));
        }
        if t.screen() == "wall" {
            break;
        }
    }
    let expected = [
        (0, ("home", false)),
        (100, ("home", true)),
        (120, ("cover", false)),
        (180, ("wall", false)),
    ];
    assert_eq!(seen[1..], expected[1..]);
}

#[test]
fn a_policy_cannot_switch_the_lock_off_or_take_the_warning_away() {
    let careless = Policy {
        idle_warning: Duration::ZERO,
        idle_lock: Duration::from_secs(10 * DAY),
        ..policy()
    };
    let mut t = Terminal::new();
    t.hear(Report::PolicyChanged(Box::new(careless)));
    t.sign_in();
    t.wait(19);
    assert_eq!(t.app.idle(), Idle::Active);
    t.wait(30 * 60 - 19);
    assert_eq!(t.screen(), "cover");
}

#[test]
fn a_shorter_policy_holds_at_once() {
    let mut t = Terminal::new();
    t.sign_in();
    t.wait(90);
    let shorter = Policy {
        idle_warning: Duration::from_secs(40),
        idle_lock: Duration::from_secs(60),
        ..policy()
    };
    t.hear(Report::PolicyChanged(Box::new(shorter)));
    assert_eq!(t.screen(), "cover");
}
