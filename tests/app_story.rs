//! What the terminal does, told as sequences of taps and reports.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use dayroom::app::flows::connection_requests::{RequestsAt, Told};
use dayroom::app::flows::cover::CoverCause;
use dayroom::app::flows::messages::MessagesAt;
use dayroom::app::flows::sign_in::{Problem, SignInStep};
use dayroom::app::flows::wall::Banner;
use dayroom::app::{
    App, AuditEvent, ClosedReason, Config, ConsentTap, Effect, EndCause, Event, Idle, KeypadOrder,
    MessagesTap, PadTap, PinAnswer, Report, RequestsTap, Screen, Seen, SessionTap, SignedIn,
    Standing, Ticket, UndoAnswer, WallTap, Who,
};
use dayroom::domain::local::{Link, ToSync};
use dayroom::domain::sign_in::{Digit, Gate};
use dayroom::domain::{
    Answer, BlobHash, BootId, BootMillis, BootMoment, ConnectionId, IntentBody, IntentNumber,
    LastSignIn, LocalText, MessageId, NoticeId, Now, Policy, ResidentId, UtcMillis,
};
use uuid::Uuid;

const NOON: i64 = 1_750_000_020_000;
const DAY: u64 = 24 * 60 * 60;

fn rosa() -> ResidentId {
    ResidentId(Uuid::from_u128(0x0a_0001))
}

fn omar() -> ResidentId {
    ResidentId(Uuid::from_u128(0x0a_0002))
}

fn request(n: u128) -> ConnectionId {
    ConnectionId(Uuid::from_u128(0x0c_0000 + n))
}

fn letter(n: u128) -> MessageId {
    MessageId(Uuid::from_u128(0x0e_0000 + n))
}

fn policy() -> Policy {
    Policy {
        consent_version: 3,
        consent: LocalText([("en".to_owned(), "Calls are read.".to_owned())].into()),
        ..Policy::default()
    }
}

fn signed_in(resident: ResidentId) -> PinAnswer {
    PinAnswer::Right(SignedIn {
        resident,
        first_name: "Rosa".to_owned(),
        last_sign_in: Some(LastSignIn {
            at: UtcMillis(NOON - 5_000_000),
            kiosk: "B-2 east".to_owned(),
            failed_since: 2,
        }),
    })
}

/// A terminal with a clock; keeps the effects of the last event.
struct Terminal {
    app: App,
    now: Now,
    effects: Vec<Effect>,
    check: Option<Ticket>,
    recorded: Vec<(Ticket, IntentBody, Option<BootMoment>)>,
}

impl Terminal {
    fn new() -> Self {
        let config = Config {
            policy: policy(),
            last_contact: Some(UtcMillis(NOON)),
        };
        let boot = BootMoment {
            boot: BootId(1),
            at: BootMillis(50_000),
        };
        let mut terminal = Self {
            app: App::new(config),
            now: Now {
                boot,
                utc: UtcMillis(NOON),
            },
            effects: Vec::new(),
            check: None,
            recorded: Vec::new(),
        };
        terminal.hear(Report::Tick);
        terminal
    }

    fn send(&mut self, event: Event) {
        self.effects = self.app.handle(event, self.now);
        for effect in &self.effects {
            match effect {
                Effect::CheckPin { ticket, .. } => self.check = Some(*ticket),
                Effect::RecordIntent {
                    ticket,
                    body,
                    held_until,
                    ..
                } => self.recorded.push((*ticket, body.clone(), *held_until)),
                Effect::UndoIntent { .. }
                | Effect::WantBlob(_)
                | Effect::ClearPerson
                | Effect::Refresh
                | Effect::SelectLanguage(_)
                | Effect::Audit(_)
                | Effect::TellSync(_) => {}
            }
        }
    }

    fn hear(&mut self, report: Report) {
        self.send(Event::Runtime(report));
    }

    fn wait(&mut self, seconds: u64) {
        self.wait_ms(seconds * 1_000);
    }

    fn wait_ms(&mut self, ms: u64) {
        self.now.boot.at = self.now.boot.at.plus(Duration::from_millis(ms));
        self.now.utc.0 += i64::try_from(ms).unwrap();
        self.hear(Report::Tick);
    }

    /// Waits as the runtime does: only from one wake to the next.
    fn sleep_through(&mut self, seconds: u64) -> u32 {
        let until = self.now.boot.at.plus(Duration::from_secs(seconds));
        let mut wakes = 0;
        while let Some(wake) = self.app.next_wake().filter(|wake| *wake <= until) {
            let ms = wake.0 - self.now.boot.at.0;
            assert!(ms > 0, "woken without a reason");
            self.wait_ms(ms);
            wakes += 1;
        }
        wakes
    }

    fn type_digits(&mut self, digits: &str) {
        for byte in digits.bytes() {
            self.send(Event::Pad(PadTap::Digit(Digit::new(byte - b'0').unwrap())));
        }
    }

    fn give_number_and_pin(&mut self) {
        self.send(Event::Wall(WallTap::SignInPressed));
        self.type_digits("40217");
        self.send(Event::Pad(PadTap::Go));
        self.type_digits("918273");
        self.send(Event::Pad(PadTap::Go));
    }

    fn answer_check(&mut self, answer: PinAnswer) {
        let ticket = self.check.take().unwrap();
        self.hear(Report::PinChecked { ticket, answer });
    }

    fn sign_in(&mut self) {
        self.give_number_and_pin();
        self.answer_check(signed_in(rosa()));
        self.send(Event::Consent(ConsentTap::Agreed { version: 3 }));
        assert_eq!(self.screen(), "home");
    }

    fn tap(&mut self, tap: SessionTap) {
        self.send(Event::Session(tap));
    }

    fn save_last(&mut self, number: u64) {
        let ticket = self.recorded.last().unwrap().0;
        let number = IntentNumber(number);
        self.hear(Report::IntentRecorded { ticket, number });
    }

    fn screen(&self) -> &'static str {
        self.app.screen().name()
    }

    fn did(&self, wanted: impl Fn(&Effect) -> bool) -> bool {
        self.effects.iter().any(wanted)
    }

    fn cleared(&self) -> bool {
        self.did(|e| matches!(e, Effect::ClearPerson))
    }

    fn audited(&self, event: AuditEvent) -> bool {
        self.did(|e| matches!(e, Effect::Audit(seen) if *seen == event))
    }

    fn banner(&self) -> Option<Banner> {
        match self.app.screen() {
            Screen::Wall(wall) => wall.banner,
            _ => panic!("not on the wall but on {}", self.screen()),
        }
    }

    fn problem(&self) -> Option<Problem> {
        match self.app.screen() {
            Screen::SignIn(page) => page.problem,
            Screen::Covered(page) => page.problem,
            _ => panic!("no pad on {}", self.screen()),
        }
    }
}

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
    assert_eq!(page.undo, None);
    assert_eq!(page.told, Some(Told::Undone));
    assert_eq!(page.at, RequestsAt::List);
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
    assert_eq!((page.undo, page.told), (None, Some(Told::NotSaved)));
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
    t.send(Event::Messages(MessagesTap::PhotoMissing(blob)));
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
fn the_warning_comes_at_100_seconds_and_any_touch_answers_it_as_often_as_needed() {
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
fn a_session_speaks_the_language_chosen_on_the_wall_which_the_wall_forgets_after_a_minute() {
    let mut t = Terminal::new();
    t.send(Event::Wall(WallTap::LanguageChosen("xx".to_owned())));
    assert_eq!(t.app.language(), "en");
    t.send(Event::Wall(WallTap::LanguageChosen("es".to_owned())));
    assert!(t.did(|e| matches!(e, Effect::SelectLanguage(tag) if tag == "es")));
    t.wait(30);
    t.sign_in();
    t.wait(90);
    assert_eq!(t.app.language(), "es");
    t.tap(SessionTap::SignOutPressed);
    t.wait(59);
    assert_eq!(t.app.language(), "es");
    t.wait(1);
    assert_eq!(t.app.language(), "en");
    assert!(t.did(|e| matches!(e, Effect::SelectLanguage(tag) if tag == "en")));
}

#[test]
fn a_language_that_is_not_offered_any_more_is_left() {
    let mut t = Terminal::new();
    t.send(Event::Wall(WallTap::LanguageChosen("es".to_owned())));
    let languages = vec!["en".to_owned()];
    let fewer = Policy {
        languages,
        ..policy()
    };
    t.hear(Report::PolicyChanged(Box::new(fewer)));
    assert_eq!(t.app.language(), "en");
}

#[test]
fn reading_a_notice_on_the_wall_leaves_no_trace_and_it_closes_by_itself() {
    let notice = NoticeId(Uuid::from_u128(5));
    let mut t = Terminal::new();
    t.send(Event::Wall(WallTap::OpenNotice(notice)));
    assert!(t.effects.is_empty());
    let open = |t: &Terminal| matches!(t.app.screen(), Screen::Wall(w) if w.notice.is_some());
    assert!(open(&t));
    t.send(Event::Wall(WallTap::CloseNotice));
    assert!(t.effects.is_empty() && !open(&t));
    t.send(Event::Wall(WallTap::OpenNotice(notice)));
    t.wait(60);
    assert!(!open(&t));
}

#[test]
fn a_lease_that_runs_out_signs_out_and_closes_until_central_speaks_again() {
    let mut t = Terminal::new();
    t.wait(30 * DAY - 60);
    t.sign_in();
    t.wait(59);
    assert_eq!(t.screen(), "home");
    t.wait(1);
    let closed = |t: &Terminal| matches!(t.app.screen(), Screen::Closed(c) if c.reason == ClosedReason::LeaseOver);
    assert!(closed(&t));
    assert!(t.cleared());
    t.send(Event::Wall(WallTap::SignInPressed));
    assert!(closed(&t));
    let last_contact = Some(t.now.utc);
    t.hear(Report::LinkChanged {
        link: Link::Online,
        last_contact,
    });
    assert_eq!(t.screen(), "wall");
    t.sign_in();
}

#[test]
fn a_closed_kiosk_ends_the_session_says_why_and_opens_again() {
    let mut t = Terminal::new();
    t.sign_in();
    t.hear(Report::Closed(ClosedReason::Revoked));
    assert!(matches!(t.app.screen(), Screen::Closed(c) if c.reason == ClosedReason::Revoked));
    assert!(t.cleared());
    assert!(t.audited(AuditEvent::KioskClose(ClosedReason::Revoked)));
    let last_contact = Some(t.now.utc);
    t.hear(Report::LinkChanged {
        link: Link::Online,
        last_contact,
    });
    assert_eq!(t.screen(), "closed");
    t.hear(Report::Opened);
    assert_eq!(t.screen(), "wall");
}

#[test]
fn the_wall_wakes_once_a_minute_and_never_for_anything_else() {
    let mut t = Terminal::new();
    assert_eq!(t.sleep_through(600), 10);
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
fn sync_hurries_while_somebody_stands_at_the_glass_of_an_offline_kiosk() {
    let hurries = |t: &Terminal| t.did(|e| matches!(e, Effect::TellSync(ToSync::PersonWaiting)));
    let mut t = Terminal::new();
    t.send(Event::Wall(WallTap::SignInPressed));
    assert!(hurries(&t));
    let mut t = Terminal::new();
    t.hear(Report::LinkChanged {
        link: Link::Online,
        last_contact: None,
    });
    t.send(Event::Wall(WallTap::SignInPressed));
    assert!(!hurries(&t));
}

#[test]
fn new_records_have_the_view_read_again() {
    let mut t = Terminal::new();
    t.hear(Report::CacheChanged);
    assert!(t.did(|e| matches!(e, Effect::Refresh)));
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
fn events_do_not_print_digits_or_names() {
    let typed = Event::Pad(PadTap::Digit(Digit::new(7).unwrap()));
    assert!(!format!("{typed:?}").contains('7'));
    let answer = signed_in(rosa());
    assert!(!format!("{answer:?}").contains("Rosa"));
}
