//! Whatever happens in whatever order: what must hold of the terminal holds.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on has failed, and it looks at a few cases of many"
)]

use std::time::Duration;

use dayroom::app::{
    App, ClosedReason, Config, ConsentTap, Effect, Event, KeypadOrder, MessagesTap, PadTap,
    PinAnswer, Report, RequestsTap, Screen, Seen, SessionTap, SignedIn, Standing, Ticket,
    UndoAnswer, WallTap, Who,
};
use dayroom::domain::local::{Link, OfflineCause};
use dayroom::domain::sign_in::{Digit, Gate};
use dayroom::domain::{
    Answer, BlobHash, BootId, BootMillis, BootMoment, ConnectionId, IntentNumber, MessageId,
    NoticeId, Now, Policy, Preferences, ResidentId, ResidentNumber, UtcMillis,
};
use proptest::prelude::*;
use uuid::Uuid;

const CONSENT_QUIET: Duration = Duration::from_secs(45);
const COVER_QUIET: Duration = Duration::from_secs(60);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// 100 lives of 1,000 events each.
    #[test]
    fn no_order_of_events_shows_a_session_without_its_pin_or_beyond_its_time(
        steps in prop::collection::vec((0..60_u8, any::<u16>()), 1_000),
    ) {
        let mut kiosk = Kiosk::new();
        for (kind, arg) in steps {
            kiosk.step(kind, arg);
        }
    }
}

#[test]
fn random_taps_do_reach_every_screen() {
    let mut seen = std::collections::BTreeSet::new();
    let mut kiosk = Kiosk::new();
    let mut dice = 12_345_u64;
    for _ in 0..20_000 {
        dice = dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let kind = u8::try_from((dice >> 33) % 60).unwrap();
        kiosk.step(kind, u16::try_from((dice >> 48) & 0xffff).unwrap());
        seen.insert(kiosk.app.screen().name());
    }
    assert_eq!(seen.len(), 9, "{seen:?}");
}

/// A terminal, and what must be true of it by a simpler account.
struct Kiosk {
    app: App,
    now: Now,
    policy: Policy,
    touched: BootMillis,
    covered: Option<BootMillis>,
    checks: Vec<(Ticket, Option<ResidentId>)>,
    recorded: Vec<Ticket>,
    numbers: u64,
}

impl Kiosk {
    fn new() -> Self {
        let policy = policy(0);
        let last_contact = Some(UtcMillis(0));
        let config = Config {
            policy: policy.clone(),
            last_contact,
        };
        Self {
            app: App::new(config),
            now: now(0),
            policy,
            touched: BootMillis(0),
            covered: None,
            checks: Vec::new(),
            recorded: Vec::new(),
            numbers: 0,
        }
    }

    fn step(&mut self, kind: u8, arg: u16) {
        self.pass_time(kind, arg);
        let event = self.event(kind, arg);
        let right = match &event {
            Event::Runtime(Report::PinChecked {
                answer: PinAnswer::Right(who),
                ..
            }) => Some(who.resident),
            _ => None,
        };
        let touch = match event {
            Event::Runtime(_) => false,
            Event::Touched => self.policy.idle_warning > self.now.boot.at.since(self.touched),
            _ => true,
        };
        let before = self.app.resident();
        let shown_before = self.app.screen().session().is_some();
        let effects = self.app.handle(event.clone(), self.now);
        if touch || right.is_some() {
            self.touched = self.now.boot.at;
        }
        self.check(before, shown_before, right, &effects, &event);
        self.take(effects);
    }

    fn pass_time(&mut self, kind: u8, arg: u16) {
        let ms = match (kind, arg % 64) {
            (_, 0 | 3 | 4) => self.app.next_wake().unwrap().0 - self.now.boot.at.0,
            (_, 1) => 20_000,
            (0, 2) => 40 * 24 * 60 * 60 * 1_000,
            (_, 2) => 119_000,
            (_, small) => u64::from(small) * 30,
        };
        self.now = now(self.now.boot.at.0 + ms);
    }

    fn check(
        &mut self,
        before: Option<ResidentId>,
        shown_before: bool,
        right: Option<ResidentId>,
        effects: &[Effect],
        event: &Event,
    ) {
        let screen = self.app.screen();
        let after = self.app.resident();
        let shown = screen.session().is_some();
        let cleared = effects.iter().any(|e| matches!(e, Effect::ClearPerson));

        if let (Some(_), Some(now_in)) = (right, after)
            && before.is_none()
        {
            assert_eq!(Some(now_in), right);
        }
        if shown && !shown_before {
            assert_eq!(after, right, "shown without a right PIN by {event:?}");
        }
        if before.is_some() && after.is_some() {
            assert_eq!(before, after, "one person's session became another's");
        }
        if shown_before && !shown {
            assert!(cleared, "not wiped after {event:?}");
        }
        for effect in effects {
            match effect {
                Effect::RecordIntent { resident, .. } => {
                    assert!(after == Some(*resident), "recorded for nobody here");
                }
                Effect::CheckPin { who, pin, .. } => {
                    assert!((6..=8).contains(&pin.as_str().len()));
                    if let Who::Resident(id) = who {
                        assert!(matches!(screen, Screen::Covered(_)) && after == Some(*id));
                    }
                }
                _ => {}
            }
        }
        self.check_times(shown);
    }

    fn check_times(&mut self, shown: bool) {
        let now = self.now.boot.at;
        let quiet = now.since(self.touched);
        match self.app.screen() {
            Screen::Consent(_) => assert!(quiet < CONSENT_QUIET),
            Screen::SignIn(_) => assert!(quiet < CONSENT_QUIET),
            Screen::Covered(page) => {
                assert!(page.ends_at() > now);
                let since = *self.covered.get_or_insert(now);
                assert!(now.since(since) < 3 * COVER_QUIET);
            }
            _ if shown => assert!(quiet < self.policy.idle_lock),
            _ => assert!(self.app.resident().is_none()),
        }
        if !matches!(self.app.screen(), Screen::Covered(_)) {
            self.covered = None;
        }
        assert!(
            self.app.next_wake().unwrap() > now,
            "a wake in the past never sleeps"
        );
        assert!(
            self.policy
                .languages
                .iter()
                .any(|tag| tag == self.app.language())
        );
    }

    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::CheckPin { ticket, who, .. } => {
                    let resident = match who {
                        Who::Number(_) | Who::Badge(_) => None,
                        Who::Resident(id) => Some(id),
                    };
                    self.checks.push((ticket, resident));
                }
                Effect::RecordIntent { ticket, .. } => self.recorded.push(ticket),
                _ => {}
            }
        }
    }

    fn event(&mut self, kind: u8, arg: u16) -> Event {
        let id = Uuid::from_u128(u128::from(arg % 4) + 1);
        let request = ConnectionId(id);
        match kind {
            0 => Event::Touched,
            1 => Event::Wall(WallTap::OpenNotice(NoticeId(id))),
            2 => Event::Wall(WallTap::CloseReading),
            3 => Event::Wall(WallTap::LanguageChosen(
                ["en", "es", "xx"][usize::from(arg % 3)].to_owned(),
            )),
            4..=7 => Event::Wall(WallTap::SignInPressed),
            8..=19 => Event::Pad(PadTap::Digit(Digit::ALL[usize::from(arg % 10)])),
            20..=24 => Event::Pad(PadTap::Go),
            25 => Event::Pad(
                [
                    PadTap::Back,
                    PadTap::Erase,
                    PadTap::Clear,
                    PadTap::NumberPressed,
                    PadTap::PinPressed,
                ][usize::from(arg % 5)]
                .clone(),
            ),
            26 => Event::Pad(PadTap::ShufflePressed(KeypadOrder::usual())),
            27..=29 => Event::Consent(ConsentTap::Agreed {
                version: self.policy.consent_version,
            }),
            30 if arg.is_multiple_of(4) => Event::Consent(ConsentTap::Declined),
            30 | 31 => Event::Requests(RequestsTap::OpenRequests),
            32 => Event::Requests(RequestsTap::OpenRequest(request)),
            33 => {
                let answer = [Answer::Accept, Answer::Decline, Answer::Block][usize::from(arg % 3)];
                Event::Requests(RequestsTap::Answered(request, answer))
            }
            34 if arg.is_multiple_of(8) => Event::Requests(RequestsTap::RefusalRead(request)),
            34 => Event::Requests(RequestsTap::UndoPressed),
            35 => Event::Messages(MessagesTap::OpenMessages),
            36 => Event::Messages(MessagesTap::OpenConversation(request)),
            37 => Event::Messages(MessagesTap::OpenMessage(
                MessageId(id),
                [Seen::New, Seen::Before][usize::from(arg % 2)],
            )),
            38 | 39 => Event::Messages(MessagesTap::OpenPhoto {
                index: u8::try_from(arg % 3).unwrap(),
                of: 2,
            }),
            40 => Event::Messages(
                [
                    MessagesTap::NextPhoto,
                    MessagesTap::PreviousPhoto,
                    MessagesTap::ClosePhoto,
                    MessagesTap::StarPressed(MessageId(id), arg.is_multiple_of(2)),
                    MessagesTap::AppealPressed(MessageId(id)),
                    MessagesTap::UndoAppealPressed,
                ][usize::from(arg % 6)],
            ),
            41 => Event::Session(
                [SessionTap::Back, SessionTap::GoHome, SessionTap::StillHere][usize::from(arg % 3)],
            ),
            42 if arg.is_multiple_of(2) => Event::Session(SessionTap::HidePressed),
            42 if arg % 4 == 1 => Event::Session(SessionTap::SignOutPressed),
            _ => Event::Runtime(self.report(kind, arg)),
        }
    }

    fn report(&mut self, kind: u8, arg: u16) -> Report {
        match kind {
            43..=48 if !self.checks.is_empty() => {
                let (ticket, covered) = self.checks.remove(usize::from(arg) % self.checks.len());
                // A check for the cover is answered with that person, any other with anybody.
                let resident = covered.unwrap_or_else(|| resident(arg));
                let answer = pin_answer(arg / 4, resident);
                Report::PinChecked { ticket, answer }
            }
            49 | 50 if !self.recorded.is_empty() => {
                let ticket = self.recorded.remove(0);
                self.numbers += 1;
                let number = IntentNumber(self.numbers);
                if arg.is_multiple_of(5) {
                    Report::IntentNotRecorded { ticket }
                } else {
                    Report::IntentRecorded { ticket, number }
                }
            }
            51 => Report::UndoDone {
                number: IntentNumber(self.numbers),
                answer: [UndoAnswer::Undone, UndoAnswer::TooLate][usize::from(arg % 2)],
            },
            52 if arg.is_multiple_of(4) => Report::RosterChanged {
                resident: resident(arg / 4),
                standing: [Standing::MovedAway, Standing::Frozen][usize::from(arg / 16 % 2)],
            },
            53 if arg.is_multiple_of(4) => Report::Closed(
                [ClosedReason::Revoked, ClosedReason::StoreFailed][usize::from(arg / 4 % 2)],
            ),
            54 => Report::Opened,
            55 => {
                self.policy = policy(arg);
                Report::PolicyChanged(Box::new(self.policy.clone()))
            }
            56 if arg.is_multiple_of(4) => Report::LinkChanged {
                link: Link::Offline {
                    since: self.now.utc,
                    cause: [OfflineCause::Revoked, OfflineCause::Unreachable]
                        [usize::from(arg / 4 % 2)],
                },
                last_contact: None,
            },
            56 | 57 => Report::LinkChanged {
                link: Link::Online,
                last_contact: Some(self.now.utc),
            },
            58 if arg.is_multiple_of(2) => Report::PhotoMissing(BlobHash([1; 32])),
            58 => Report::CacheChanged,
            _ => Report::Tick,
        }
    }
}

fn resident(arg: u16) -> ResidentId {
    ResidentId(Uuid::from_u128(u128::from(arg % 3) + 100))
}

fn pin_answer(arg: u16, resident: ResidentId) -> PinAnswer {
    let gates = [
        Gate::Open { tries_left: 3 },
        Gate::Locked {
            remaining: Duration::from_secs(900),
        },
        Gate::NeedsStaff,
    ];
    let gate = gates[usize::from(arg % 3)];
    match arg / 3 % 8 {
        0 => PinAnswer::Wrong { gate },
        1 => PinAnswer::Shut { gate },
        2 => PinAnswer::Frozen,
        3 => PinAnswer::Unavailable,
        _ => PinAnswer::Right(SignedIn {
            resident,
            first_name: "Rosa".to_owned(),
            last_sign_in: None,
            number: ResidentNumber::parse("10427").unwrap(),
            preferences: Preferences::default(),
            keypad: KeypadOrder::usual(),
        }),
    }
}

fn policy(arg: u16) -> Policy {
    Policy {
        consent_version: u32::from(arg % 3),
        idle_warning: Duration::from_secs(100 + u64::from(arg % 5) * 10),
        idle_lock: Duration::from_secs(120 + u64::from(arg % 7) * 10),
        languages: [vec!["en", "es"], vec!["es"], vec!["en"]][usize::from(arg / 8 % 3)]
            .iter()
            .map(|tag| (*tag).to_owned())
            .collect(),
        ..Policy::default()
    }
}

fn now(ms: u64) -> Now {
    Now {
        boot: BootMoment {
            boot: BootId(1),
            at: BootMillis(ms),
        },
        utc: UtcMillis(i64::try_from(ms).unwrap()),
    }
}
