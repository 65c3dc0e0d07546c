//! A terminal to tap on, and the people who do.

pub use std::time::Duration;

pub use dayroom::app::flows::compose::{Compose, Kept, Problem as WritingProblem, Step};
pub use dayroom::app::flows::connection_requests::{RequestsAt, Told};
pub use dayroom::app::flows::contacts::ContactsAt;
pub use dayroom::app::flows::cover::CoverCause;
pub use dayroom::app::flows::messages::MessagesAt;
pub use dayroom::app::flows::sign_in::{Problem, SignInStep};
pub use dayroom::app::flows::wall::Banner;
pub use dayroom::app::{
    App, AuditEvent, ClosedReason, ComposeTap, Config, ConsentTap, ContactsTap, EditTap, Effect,
    EndCause, Event, FindTap, Idle, KeypadOrder, MessagesTap, OpenedDraft, PadTap, PinAnswer,
    Report, RequestsTap, Screen, Seen, SessionTap, SignedIn, Standing, TechnicianAnswer,
    TechnicianTap, Ticket, UndoAnswer, WallTap, Who,
};
pub use dayroom::domain::keyboard::{Key, LayoutId, Page};
pub use dayroom::domain::local::{Link, OfflineCause, ToSync};
pub use dayroom::domain::sign_in::{Digit, Gate};
pub use dayroom::domain::{
    Answer, BlobHash, BootId, BootMillis, BootMoment, ConnectionId, DraftId, IntentBody,
    IntentNumber, LastSignIn, LocalText, MessageId, NoticeId, Now, Policy, Refusal, ResidentId,
    UtcMillis,
};
pub use uuid::Uuid;

pub const NOON: i64 = 1_750_000_020_000;
pub const DAY: u64 = 24 * 60 * 60;

pub fn rosa() -> ResidentId {
    ResidentId(Uuid::from_u128(0x0a_0001))
}

pub fn omar() -> ResidentId {
    ResidentId(Uuid::from_u128(0x0a_0002))
}

pub fn request(n: u128) -> ConnectionId {
    ConnectionId(Uuid::from_u128(0x0c_0000 + n))
}

pub fn draft_id(n: u128) -> DraftId {
    DraftId(Uuid::from_u128(0x0d_0000 + n))
}

pub fn letter(n: u128) -> MessageId {
    MessageId(Uuid::from_u128(0x0e_0000 + n))
}

pub fn policy() -> Policy {
    Policy {
        consent_version: 3,
        consent: LocalText([("en".to_owned(), "Calls are read.".to_owned())].into()),
        ..Policy::default()
    }
}

pub fn signed_in(resident: ResidentId) -> PinAnswer {
    PinAnswer::Right(SignedIn {
        resident,
        first_name: "Rosa".to_owned(),
        last_sign_in: Some(LastSignIn {
            at: UtcMillis(NOON - 5_000_000),
            kiosk: "B-2 east".to_owned(),
            failed_since: 2,
        }),
        number: dayroom::domain::ResidentNumber::parse("10427").unwrap(),
        preferences: dayroom::domain::Preferences::default(),
        keypad: KeypadOrder::usual(),
    })
}

/// A terminal with a clock; keeps the effects of the last event.
pub struct Terminal {
    pub app: App,
    pub now: Now,
    pub effects: Vec<Effect>,
    pub check: Option<Ticket>,
    pub recorded: Vec<(Ticket, IntentBody, Option<BootMoment>)>,
    pub opening: Option<(Ticket, Option<DraftId>)>,
    pub kept: Vec<(DraftId, String, u64)>,
    pub dropped: Vec<DraftId>,
    pub wrapped: Vec<[u8; 32]>,
}

impl Terminal {
    pub fn new() -> Self {
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
            opening: None,
            kept: Vec::new(),
            dropped: Vec::new(),
            wrapped: Vec::new(),
        };
        terminal.hear(Report::Tick);
        terminal
    }

    pub fn send(&mut self, event: Event) {
        self.effects = self.app.handle(event, self.now);
        for effect in &self.effects {
            match effect {
                Effect::CheckPin { ticket, .. } | Effect::CheckTechnician { ticket, .. } => {
                    self.check = Some(*ticket);
                }
                Effect::WrapDraftKey(key) => self.wrapped.push(*key),
                Effect::RecordIntent {
                    ticket,
                    body,
                    held_until,
                    ..
                } => self.recorded.push((*ticket, body.clone(), *held_until)),
                Effect::OpenDraft { ticket, draft, .. } => self.opening = Some((*ticket, *draft)),
                Effect::SaveDraft {
                    draft,
                    text,
                    version,
                    ..
                } => self.kept.push((*draft, text.clone(), *version)),
                Effect::DropDraft { draft, .. } => self.dropped.push(*draft),
                Effect::Erase(_)
                | Effect::UndoIntent { .. }
                | Effect::NoteTold { .. }
                | Effect::ChangePin { .. }
                | Effect::WantBlob(_)
                | Effect::ClearPerson
                | Effect::Refresh
                | Effect::SelectLanguage(_)
                | Effect::Audit(_)
                | Effect::TellSync(_) => {}
            }
        }
    }

    pub fn hear(&mut self, report: Report) {
        self.send(Event::Runtime(report));
    }

    pub fn wait(&mut self, seconds: u64) {
        self.wait_ms(seconds * 1_000);
    }

    pub fn wait_ms(&mut self, ms: u64) {
        self.now.boot.at = self.now.boot.at.plus(Duration::from_millis(ms));
        self.now.utc.0 += i64::try_from(ms).unwrap();
        self.hear(Report::Tick);
    }

    /// Waits as the runtime does: only from one wake to the next.
    pub fn sleep_through(&mut self, seconds: u64) -> u32 {
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

    pub fn type_digits(&mut self, digits: &str) {
        for byte in digits.bytes() {
            self.send(Event::Pad(PadTap::Digit(Digit::new(byte - b'0').unwrap())));
        }
    }

    pub fn give_number_and_pin(&mut self) {
        self.send(Event::Wall(WallTap::SignInPressed));
        self.type_digits("40217");
        self.send(Event::Pad(PadTap::Go));
        self.type_digits("918273");
        self.send(Event::Pad(PadTap::Go));
    }

    pub fn answer_check(&mut self, answer: PinAnswer) {
        let ticket = self.check.take().unwrap();
        self.hear(Report::PinChecked { ticket, answer });
    }

    pub fn sign_in(&mut self) {
        self.give_number_and_pin();
        self.answer_check(signed_in(rosa()));
        self.send(Event::Consent(ConsentTap::Agreed { version: 3 }));
        assert_eq!(self.screen(), "home");
    }

    pub fn tap(&mut self, tap: SessionTap) {
        self.send(Event::Session(tap));
    }

    pub fn save_last(&mut self, number: u64) {
        let ticket = self.recorded.last().unwrap().0;
        let number = IntentNumber(number);
        self.hear(Report::IntentRecorded { ticket, number });
    }

    /// Opens the page to write on, with what the journal has.
    pub fn write_to(&mut self, to: ConnectionId, text: &str, refused: Option<Refusal>) {
        self.send(Event::Compose(ComposeTap::Write(to)));
        self.answer_open(draft_id(1), text, refused);
    }

    pub fn answer_open(&mut self, id: DraftId, text: &str, refused: Option<Refusal>) {
        let (ticket, _) = self.opening.take().unwrap();
        let text = text.to_owned();
        let draft = OpenedDraft { id, text, refused };
        self.hear(Report::DraftOpened { ticket, draft });
    }

    pub fn type_text(&mut self, text: &str) {
        for letter in text.chars() {
            let key = match letter {
                ' ' => Key::Space,
                '\n' => Key::NewLine,
                letter => Key::Text(letter.to_string()),
            };
            self.send(Event::Compose(ComposeTap::Key(key)));
        }
    }

    pub fn edit(&mut self, tap: EditTap) {
        self.send(Event::Compose(ComposeTap::Edit(tap)));
    }

    /// The disk says that the last words are on it.
    pub fn disk_kept(&mut self) {
        let (draft, _, version) = self.kept.last().cloned().unwrap();
        self.hear(Report::DraftSaved { draft, version });
    }

    pub fn page(&self) -> &Compose {
        match self.app.screen() {
            Screen::Compose(page) => page,
            _ => panic!("not writing but on {}", self.screen()),
        }
    }

    pub fn screen(&self) -> &'static str {
        self.app.screen().name()
    }

    pub fn did(&self, wanted: impl Fn(&Effect) -> bool) -> bool {
        self.effects.iter().any(wanted)
    }

    pub fn cleared(&self) -> bool {
        self.did(|e| matches!(e, Effect::ClearPerson))
    }

    pub fn audited(&self, event: AuditEvent) -> bool {
        self.did(|e| matches!(e, Effect::Audit(seen) if *seen == event))
    }

    pub fn banner(&self) -> Option<Banner> {
        match self.app.screen() {
            Screen::Wall(wall) => wall.banner,
            _ => panic!("not on the wall but on {}", self.screen()),
        }
    }

    pub fn problem(&self) -> Option<Problem> {
        match self.app.screen() {
            Screen::SignIn(page) => page.problem,
            Screen::Covered(page) => page.problem,
            _ => panic!("no pad on {}", self.screen()),
        }
    }
}
