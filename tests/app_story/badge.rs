use dayroom::domain::attached::{Attached, Presence, Sort, Stranger};
use dayroom::domain::badge::{BadgeEvent, BadgeId};

use super::terminal::*;

fn badge(text: &str) -> BadgeId {
    BadgeId::parse(text).unwrap()
}

fn reads(t: &mut Terminal, text: &str) {
    t.hear(Report::Badge(BadgeEvent::Read(badge(text))));
}

fn asked_for(t: &Terminal, text: &str) -> bool {
    t.did(|e| matches!(e, Effect::CheckPin { who: Who::Badge(read), .. } if *read == badge(text)))
}

fn type_pin(t: &mut Terminal) {
    t.type_digits("918273");
    t.send(Event::Pad(PadTap::Go));
}

fn sign_in_by_badge(t: &mut Terminal) {
    reads(t, "04A1B2C3");
    type_pin(t);
    t.answer_check(signed_in(rosa()));
    t.send(Event::Consent(ConsentTap::Agreed { version: 3 }));
    assert_eq!(t.screen(), "home");
}

#[test]
fn a_badge_says_who_and_the_pin_proves_it() {
    let mut t = Terminal::new();
    reads(&mut t, "04A1B2C3");
    let Screen::SignIn(page) = t.app.screen() else {
        panic!("on {}", t.screen())
    };
    assert!(page.is_badge() && page.number().is_empty());
    assert!(page.step() == SignInStep::Pin { typed: 0 });
    assert!(
        !t.did(|e| matches!(e, Effect::CheckPin { .. })),
        "a badge alone opens nothing"
    );
    type_pin(&mut t);
    assert!(asked_for(&t, "04A1B2C3"));
    t.answer_check(signed_in(rosa()));
    assert!(t.app.resident() == Some(rosa()));
}

#[test]
fn a_wrong_pin_is_asked_again_with_the_badge_and_a_locked_badge_leaves_the_keypad() {
    let mut t = Terminal::new();
    reads(&mut t, "04A1B2C3");
    type_pin(&mut t);
    t.answer_check(PinAnswer::Wrong {
        gate: Gate::Open { tries_left: 4 },
    });
    type_pin(&mut t);
    assert!(asked_for(&t, "04A1B2C3"));
    let remaining = Duration::from_secs(900);
    t.answer_check(PinAnswer::Shut {
        gate: Gate::Locked { remaining },
    });
    let Screen::SignIn(page) = t.app.screen() else {
        panic!("on {}", t.screen())
    };
    assert!(page.step() == SignInStep::Number("") && !page.is_badge());
}

#[test]
fn another_badge_takes_the_place_of_the_first_until_a_pin_is_checked() {
    let mut t = Terminal::new();
    t.send(Event::Wall(WallTap::SignInPressed));
    t.type_digits("402");
    reads(&mut t, "04A1B2C3");
    reads(&mut t, "04FFFFFF");
    type_pin(&mut t);
    assert!(asked_for(&t, "04FFFFFF"));
    reads(&mut t, "04A1B2C3");
    t.answer_check(signed_in(rosa()));
    assert!(
        t.app.resident() == Some(rosa()),
        "a badge held there meanwhile changes nothing"
    );
}

#[test]
fn nobodys_session_is_disturbed_by_another_badge() {
    let mut t = Terminal::new();
    t.sign_in();
    reads(&mut t, "04FFFFFF");
    assert_eq!(t.screen(), "home");
    t.tap(SessionTap::HidePressed);
    reads(&mut t, "04FFFFFF");
    assert_eq!(t.screen(), "cover");
}

#[test]
fn behind_the_cover_tries_count_with_the_badge_so_that_wrong_numbers_keep_nobody_out() {
    let mut t = Terminal::new();
    sign_in_by_badge(&mut t);
    t.tap(SessionTap::HidePressed);
    type_pin(&mut t);
    assert!(asked_for(&t, "04A1B2C3"));
    t.answer_check(signed_in(rosa()));
    assert_eq!(t.screen(), "home");
    t.tap(SessionTap::HidePressed);
    type_pin(&mut t);
    assert!(asked_for(&t, "04A1B2C3"), "also the next time");
}

#[test]
fn taking_the_badge_away_signs_out_and_keeps_what_was_typed() {
    let mut t = Terminal::new();
    sign_in_by_badge(&mut t);
    t.write_to(request(1), "", None);
    t.type_text("Dear mother");
    t.hear(Report::Badge(BadgeEvent::Gone));
    assert_eq!(t.banner(), Some(Banner::SignedOut));
    assert!(t.cleared() && t.audited(AuditEvent::SessionEnd(EndCause::BadgeGone)));
    assert_eq!(t.kept.last().unwrap().1, "Dear mother");
    // The same behind a cover, and before a PIN.
    sign_in_by_badge(&mut t);
    t.tap(SessionTap::HidePressed);
    t.hear(Report::Badge(BadgeEvent::Gone));
    assert_eq!(t.screen(), "wall");
    reads(&mut t, "04A1B2C3");
    t.hear(Report::Badge(BadgeEvent::Gone));
    assert_eq!(t.screen(), "wall");
}

#[test]
fn whoever_signed_in_with_a_number_stays_when_somebodys_badge_goes() {
    let mut t = Terminal::new();
    t.sign_in();
    t.hear(Report::Badge(BadgeEvent::Gone));
    assert_eq!(t.screen(), "home");
}

#[test]
fn a_closed_kiosk_takes_no_badge() {
    let mut t = Terminal::new();
    t.hear(Report::Closed(ClosedReason::Revoked));
    reads(&mut t, "04A1B2C3");
    assert_eq!(t.screen(), "closed");
}

#[test]
fn a_plugged_in_keyboard_is_in_the_audit_and_changes_nothing() {
    let mut t = Terminal::new();
    t.sign_in();
    let keyboard = Stranger {
        sort: Sort::Keyboard,
        place: "input event5".to_owned(),
        ids: Some((0x046d, 0xc31c)),
    };
    t.hear(Report::Plugged(keyboard.clone()));
    assert!(t.audited(AuditEvent::DevicePlug(Sort::Keyboard)));
    assert_eq!(t.screen(), "home");
    let attached = Attached {
        strangers: vec![keyboard.clone()],
        readers: vec![Presence::Absent],
        ..Attached::default()
    };
    t.hear(Report::AttachedChanged(Box::new(attached)));
    assert_eq!(t.app.attached().badges(), Some(false));
    assert_eq!(t.app.attached().strangers, [keyboard.clone()]);
    t.hear(Report::Unplugged(keyboard));
    assert!(t.audited(AuditEvent::DeviceUnplug(Sort::Keyboard)));
}
