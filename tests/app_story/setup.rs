use dayroom::app::SetupTap;
use dayroom::app::flows::setup::{Field, Retiring, RunState};
use dayroom::app::flows::technician::{Step, Technician};
use dayroom::domain::badge::{BadgeEvent, PaperText};
use dayroom::domain::machine::CentralWord;
use dayroom::domain::provisioning::{Ask, Problem, Progress, Step as Named, StepState, Told};

use super::terminal::*;

fn tap(t: &mut Terminal, tap: TechnicianTap) {
    t.send(Event::Technician(tap));
}

fn set_up(t: &mut Terminal, what: SetupTap) {
    tap(t, TechnicianTap::SetUp(what));
}

fn type_in(t: &mut Terminal, text: &str) {
    for letter in text.chars() {
        set_up(t, SetupTap::Typed(letter));
    }
}

fn page(t: &Terminal) -> &Technician {
    match t.app.screen() {
        Screen::Technician(page) => page,
        _ => panic!("on {}", t.screen()),
    }
}

fn asked(t: &Terminal) -> Vec<Ask> {
    t.effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::TellSync(ToSync::Provision { ask }) => Some(ask.clone()),
            _ => None,
        })
        .collect()
}

fn told(t: &mut Terminal, told: Told) {
    t.hear(Report::Provisioning(told));
}

fn step(t: &mut Terminal, step: Named, state: StepState) {
    told(t, Told::Step(Progress { step, state }));
}

/// A machine that nobody has set up.
fn bare() -> Terminal {
    let mut t = Terminal::new();
    t.hear(Report::Closed(ClosedReason::NotReady));
    assert_eq!(t.screen(), "closed");
    tap(&mut t, TechnicianTap::Open);
    t
}

/// A technician inside a terminal that works.
fn inside() -> Terminal {
    let mut t = Terminal::new();
    let policy = Policy {
        technician_verifier: Some("$argon2id$".to_owned()),
        ..policy()
    };
    t.hear(Report::PolicyChanged(Box::new(policy)));
    tap(&mut t, TechnicianTap::Open);
    for digit in [4, 4, 0, 2, 1, 7] {
        tap(&mut t, TechnicianTap::Digit(Digit::new(digit).unwrap()));
    }
    tap(&mut t, TechnicianTap::Go);
    let ticket = t.check.take().unwrap();
    t.hear(Report::TechnicianChecked {
        ticket,
        answer: TechnicianAnswer::Right,
    });
    t
}

#[test]
fn a_scanned_paper_sets_a_bare_machine_up_and_means_nothing_on_a_wall() {
    let text = "DAYROOM1/8Q2MT0KX7A/CENTRAL.EXAMPLE.ORG/8443";
    let paper = || {
        let paper = PaperText::parse(text).unwrap();
        Report::Badge(BadgeEvent::Paper(paper))
    };
    let expected = [Ask::Text {
        text: text.to_owned(),
    }];
    // Held to the reader before anybody touches the glass.
    let mut t = Terminal::new();
    t.hear(Report::Closed(ClosedReason::NotReady));
    t.hear(paper());
    assert_eq!(asked(&t), expected);
    assert_eq!(page(&t).setup.run.state, RunState::Going);
    // On the form, and only once while it is under way.
    let mut t = bare();
    t.hear(paper());
    assert_eq!(asked(&t), expected);
    t.hear(paper());
    assert!(asked(&t).is_empty());
    // Whoever finds a paper on the wing sets nothing up with it.
    let mut t = Terminal::new();
    t.hear(paper());
    assert!(asked(&t).is_empty());
    assert_eq!(t.screen(), "wall");
}

#[test]
fn a_bare_machine_asks_for_a_code_and_an_address_and_nothing_else_before() {
    let mut t = bare();
    assert_eq!(page(&t).step, Step::SettingUp);
    assert!(
        !page(&t).is_inside(),
        "nothing that needs a technicians' code is open"
    );
    set_up(&mut t, SetupTap::Go);
    assert!(asked(&t).is_empty(), "nothing was typed");
    type_in(&mut t, "8q2mt0kx7a");
    assert_eq!(page(&t).setup.code().as_str(), "8Q2MT-0KX7A");
    set_up(&mut t, SetupTap::FieldPressed(Field::Address));
    type_in(&mut t, "Central.Example.org:8443/");
    assert_eq!(page(&t).setup.address(), "central.example.org:8443");
    set_up(&mut t, SetupTap::Go);
    let expected = Ask::Code {
        code: "8Q2MT0KX7A".to_owned(),
        central: "central.example.org:8443".to_owned(),
    };
    assert!(t.audited(AuditEvent::TechnicianSetUp));
    assert_eq!(asked(&t), std::slice::from_ref(&expected));
    assert!(
        !format!("{expected:?}").contains("8Q2MT"),
        "no log tells a code"
    );
}

#[test]
fn what_a_reader_reads_is_asked_at_once_and_one_at_a_time() {
    let mut t = bare();
    set_up(&mut t, SetupTap::Scanned("DAYROOM1/A/B/1".to_owned()));
    assert_eq!(asked(&t).len(), 1);
    set_up(&mut t, SetupTap::Scanned("DAYROOM1/A/B/1".to_owned()));
    assert!(asked(&t).is_empty(), "one is under way");
}

#[test]
fn each_step_shows_and_a_failure_says_why_and_gives_the_form_back_as_it_was() {
    let mut t = bare();
    type_in(&mut t, "8Q2MT");
    set_up(&mut t, SetupTap::FieldPressed(Field::Address));
    type_in(&mut t, "central");
    set_up(&mut t, SetupTap::Go);
    step(&mut t, Named::Read, StepState::Done);
    step(&mut t, Named::Find, StepState::Begun);
    assert_eq!(page(&t).setup.run.state, RunState::Going);
    let problem = Problem::Unreachable;
    step(&mut t, Named::Find, StepState::Failed { problem });
    assert_eq!(page(&t).setup.run.state, RunState::Failed(problem));
    assert_eq!(page(&t).setup.run.steps.len(), 2);
    set_up(&mut t, SetupTap::Again);
    assert_eq!(page(&t).setup.run.state, RunState::Form);
    assert_eq!(page(&t).setup.code().as_str(), "8Q2MT");
    assert_eq!(page(&t).setup.address(), "central");
}

#[test]
fn whoever_has_set_it_up_sees_the_wall_and_the_code_is_gone() {
    let mut t = bare();
    type_in(&mut t, "8Q2MT");
    set_up(&mut t, SetupTap::FieldPressed(Field::Address));
    type_in(&mut t, "central");
    set_up(&mut t, SetupTap::Go);
    step(&mut t, Named::Enrol, StepState::Done);
    assert!(page(&t).setup.code().is_empty());
    told(&mut t, Told::Provisioned);
    assert_eq!(page(&t).setup.run.state, RunState::Done);
    t.hear(Report::Opened);
    assert_eq!(t.screen(), "wall");
}

#[test]
fn a_kiosk_that_opens_before_the_last_word_lets_nobody_in_who_showed_no_code() {
    let mut t = bare();
    set_up(&mut t, SetupTap::Scanned("DAYROOM1/A/B/1".to_owned()));
    step(&mut t, Named::Write, StepState::Done);
    t.hear(Report::Opened);
    assert!(!page(&t).is_inside());
    told(&mut t, Told::Provisioned);
    assert_eq!(t.screen(), "wall");

    let mut t = bare();
    set_up(&mut t, SetupTap::Scanned("DAYROOM1/A/B/1".to_owned()));
    t.hear(Report::Opened);
    tap(&mut t, TechnicianTap::Back);
    assert_eq!(t.screen(), "wall");
}

#[test]
fn a_form_left_alone_is_gone_after_ten_minutes_and_the_kiosk_stays_closed() {
    let mut t = bare();
    type_in(&mut t, "8Q2MT");
    t.wait(599);
    assert_eq!(t.screen(), "technician");
    t.wait(1);
    assert_eq!(t.screen(), "closed");
    tap(&mut t, TechnicianTap::Open);
    assert!(page(&t).setup.code().is_empty());
}

#[test]
fn a_terminal_is_taken_out_of_service_by_two_gestures_and_erased_when_central_knows() {
    let mut t = inside();
    tap(&mut t, TechnicianTap::RetireConfirmed);
    assert!(
        asked(&t).is_empty(),
        "the second gesture alone does nothing"
    );
    tap(&mut t, TechnicianTap::RetirePressed);
    assert_eq!(page(&t).step, Step::Retiring(Retiring::Asked));
    tap(&mut t, TechnicianTap::Back);
    assert_eq!(page(&t).step, Step::Inside);
    tap(&mut t, TechnicianTap::RetirePressed);
    tap(&mut t, TechnicianTap::RetireConfirmed);
    assert_eq!(asked(&t), [Ask::Retire]);
    assert!(t.audited(AuditEvent::TechnicianRetire));
    told(&mut t, Told::RetireNoted { at: 7 });
    let noted = CentralWord::Noted { at: UtcMillis(7) };
    assert!(t.did(|e| matches!(e, Effect::Erase(word) if *word == noted)));
    assert_eq!(asked(&t), [Ask::Erased]);
    tap(&mut t, TechnicianTap::Back);
    assert_eq!(page(&t).step, Step::Retiring(Retiring::Erasing));
}

#[test]
fn without_central_nothing_is_erased_until_the_technician_says_so_again() {
    let mut t = inside();
    tap(&mut t, TechnicianTap::RetirePressed);
    tap(&mut t, TechnicianTap::RetireConfirmed);
    let problem = Problem::Unreachable;
    told(&mut t, Told::RetireNotNoted { problem, unsent: 3 });
    assert!(!t.did(|e| matches!(e, Effect::Erase(_))));
    assert_eq!(
        page(&t).step,
        Step::Retiring(Retiring::NotNoted { problem, unsent: 3 })
    );
    tap(&mut t, TechnicianTap::RetireConfirmed);
    let nothing = CentralWord::Nothing { unsent: 3 };
    assert!(t.did(|e| matches!(e, Effect::Erase(word) if *word == nothing)));
}

#[test]
fn what_sync_says_of_a_setting_up_reaches_nobody_who_did_not_ask() {
    let mut t = inside();
    told(&mut t, Told::RetireNoted { at: 7 });
    assert!(!t.did(|e| matches!(e, Effect::Erase(_))));
    tap(&mut t, TechnicianTap::Back);
    told(&mut t, Told::Provisioned);
    assert_eq!(t.screen(), "wall");
}
