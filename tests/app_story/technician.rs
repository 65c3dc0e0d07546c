use dayroom::app::flows::technician::{Step, Technician};
use dayroom::domain::draft_key::{KeyShown, WaitingShown};

use super::terminal::*;

const CODE: &str = "0912 8834 1290 5567";

fn tap(t: &mut Terminal, tap: TechnicianTap) {
    t.send(Event::Technician(tap));
}

fn with_code() -> Terminal {
    let mut t = Terminal::new();
    let policy = Policy {
        technician_verifier: Some("$argon2id$".to_owned()),
        ..policy()
    };
    t.hear(Report::PolicyChanged(Box::new(policy)));
    t
}

fn type_code(t: &mut Terminal) {
    for digit in [4, 4, 0, 2, 1, 7] {
        tap(t, TechnicianTap::Digit(Digit::new(digit).unwrap()));
    }
    tap(t, TechnicianTap::Go);
}

fn answer(t: &mut Terminal, answer: TechnicianAnswer) {
    let ticket = t.check.take().unwrap();
    t.hear(Report::TechnicianChecked { ticket, answer });
}

fn page(t: &Terminal) -> &Technician {
    match t.app.screen() {
        Screen::Technician(page) => page,
        _ => panic!("on {}", t.screen()),
    }
}

fn enter(t: &mut Terminal) {
    tap(t, TechnicianTap::Open);
    type_code(t);
    answer(t, TechnicianAnswer::Right);
    assert!(t.audited(AuditEvent::TechnicianEnter));
}

fn waiting(public_key: [u8; 32], code: &str) -> WaitingShown {
    WaitingShown {
        label: "Unit A".to_owned(),
        code: code.to_owned(),
        public_key,
    }
}

fn told(t: &mut Terminal, waiting: Vec<WaitingShown>) {
    t.hear(Report::KeyTold(Box::new(KeyShown {
        has_key: true,
        code: "1111 2222 3333 4444".to_owned(),
        waiting,
    })));
}

#[test]
fn a_technician_compares_codes_and_is_asked_twice() {
    let mut t = with_code();
    enter(&mut t);
    told(&mut t, vec![waiting([7; 32], CODE)]);
    tap(&mut t, TechnicianTap::SamePressed(CODE.to_owned()));
    assert_eq!(page(&t).step, Step::Confirming([7; 32]));
    assert!(t.wrapped.is_empty());
    tap(&mut t, TechnicianTap::Back);
    assert!(t.wrapped.is_empty());
    tap(&mut t, TechnicianTap::SamePressed(CODE.to_owned()));
    tap(&mut t, TechnicianTap::SameConfirmed);
    assert_eq!(t.wrapped, [[7; 32]]);
    assert!(t.audited(AuditEvent::TechnicianWrap));
}

#[test]
fn what_is_wrapped_is_the_key_whose_code_was_seen_though_another_comes_meanwhile() {
    let mut t = with_code();
    enter(&mut t);
    told(&mut t, vec![waiting([7; 32], CODE)]);
    tap(&mut t, TechnicianTap::SamePressed(CODE.to_owned()));
    told(&mut t, vec![waiting([8; 32], "9999 9999 9999 9999")]);
    tap(&mut t, TechnicianTap::SameConfirmed);
    assert_eq!(t.wrapped, [[7; 32]]);
    tap(&mut t, TechnicianTap::SamePressed(CODE.to_owned()));
    assert_eq!(
        page(&t).step,
        Step::Inside,
        "that code is not there any more"
    );
}

#[test]
fn a_wrong_code_opens_nothing_and_without_a_code_none_is_checked() {
    let mut t = with_code();
    tap(&mut t, TechnicianTap::Open);
    type_code(&mut t);
    let gate = Gate::Open { tries_left: 3 };
    answer(&mut t, TechnicianAnswer::Wrong { gate });
    assert!(t.audited(AuditEvent::TechnicianFail));
    assert!(!page(&t).is_inside());
    assert_eq!(page(&t).problem, Some(Problem::Wrong { tries_left: 3 }));
    told(&mut t, vec![waiting([7; 32], CODE)]);
    tap(&mut t, TechnicianTap::SamePressed(CODE.to_owned()));
    tap(&mut t, TechnicianTap::SameConfirmed);
    assert!(t.wrapped.is_empty());

    let mut t = Terminal::new();
    tap(&mut t, TechnicianTap::Open);
    type_code(&mut t);
    assert!(t.check.is_none());
}

#[test]
fn after_a_quiet_minute_the_wall_is_back_and_the_closed_kiosk_stays_closed() {
    let mut t = with_code();
    enter(&mut t);
    t.wait(59);
    assert_eq!(t.screen(), "technician");
    t.wait(1);
    assert_eq!(t.screen(), "wall");

    t.hear(Report::Closed(ClosedReason::StoreFailed));
    assert_eq!(t.screen(), "closed");
    enter(&mut t);
    tap(&mut t, TechnicianTap::Back);
    assert_eq!(t.screen(), "closed");
    enter(&mut t);
    t.hear(Report::Opened);
    assert_eq!(t.screen(), "technician");
    tap(&mut t, TechnicianTap::Back);
    assert_eq!(t.screen(), "wall");
}

#[test]
fn nobody_who_is_signed_in_is_taken_there() {
    let mut t = with_code();
    t.sign_in();
    tap(&mut t, TechnicianTap::Open);
    assert_eq!(t.screen(), "home");
}
