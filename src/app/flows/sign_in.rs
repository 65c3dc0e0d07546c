//! Number, PIN, and the monitoring text.

use std::time::Duration;

use crate::app::screen::USUAL_KEYS;
use crate::app::{
    App, AuditEvent, Banner, Effect, Event, Field, PadStage, Page, PinAnswer, Screen, Session,
    SignIn, SignedIn,
};
use crate::domain::sign_in::{Digits, Pin};
use crate::domain::{IntentBody, Now, ResidentNumber};

impl App {
    pub(in crate::app) fn on_sign_in(&mut self, event: Event, now: Now) -> Vec<Effect> {
        let Screen::SignIn(page) = &mut self.screen else {
            return Vec::new();
        };
        if page.stage == PadStage::Checking && !matches!(event, Event::PinChecked(_)) {
            return Vec::new();
        }
        match event {
            Event::Back => match page.field {
                Field::Pin => {
                    page.pin.clear();
                    page.field = Field::Number;
                    page.stage = PadStage::Entering;
                }
                Field::Number => {
                    self.screen = Screen::Wall {
                        banner: Banner::None,
                    }
                }
            },
            Event::NumberFieldChosen => {
                page.pin.clear();
                page.field = Field::Number;
                page.stage = PadStage::Entering;
            }
            Event::PinFieldChosen if !page.number.is_empty() => page.field = Field::Pin,
            Event::ShufflePressed => return vec![Effect::Shuffle],
            Event::Shuffled(keys) => page.keys = keys,
            Event::Go if page.field == Field::Number => {
                if !page.number.is_empty() {
                    page.field = Field::Pin;
                    page.stage = PadStage::Entering;
                }
            }
            Event::Go => return page.check_pin(),
            Event::PinChecked(answer) => return self.pin_checked(answer, now),
            Event::DigitPressed(digit) if page.takes_digits() => {
                page.stage = PadStage::Entering;
                match page.field {
                    Field::Number => page.number.push(digit, ResidentNumber::MAX_DIGITS),
                    Field::Pin => page.pin.push(digit, Pin::MAX_DIGITS),
                }
            }
            Event::Erase if page.takes_digits() => page.typed().erase(),
            Event::Clear if page.takes_digits() => page.typed().clear(),
            _ => return Vec::new(),
        }
        vec![Effect::Refresh]
    }

    fn pin_checked(&mut self, answer: PinAnswer, now: Now) -> Vec<Effect> {
        let Screen::SignIn(page) = &mut self.screen else {
            return Vec::new();
        };
        page.pin.clear();
        let (resident, first_name, last) = match answer {
            PinAnswer::Right {
                resident,
                first_name,
                last,
            } => (resident, first_name, last),
            other => {
                page.stage = stage_after(&other, now);
                return vec![Effect::Refresh];
            }
        };
        let Some(number) = ResidentNumber::parse(page.number.as_str()) else {
            return Vec::new();
        };
        let session = Session {
            resident,
            number,
            first_name,
            last,
            undo: None,
        };
        self.screen = if self.policy.consent_text(&self.language).is_empty() {
            Screen::SignedIn(SignedIn {
                session,
                page: Page::Home,
                idle_left: None,
            })
        } else {
            Screen::Consent(session)
        };
        self.last_touch = now.boot.at;
        vec![
            Effect::Record {
                resident,
                body: IntentBody::SignIn,
                held: false,
            },
            Effect::Audit(AuditEvent::SessionStarted),
            Effect::Refresh,
        ]
    }

    pub(in crate::app) fn on_consent(&mut self, event: &Event) -> Vec<Effect> {
        match event {
            Event::ConsentAgreed => {
                let wall = Screen::Wall {
                    banner: Banner::None,
                };
                let Screen::Consent(session) = std::mem::replace(&mut self.screen, wall) else {
                    return Vec::new();
                };
                let body = IntentBody::Consent {
                    version: self.policy.consent_version,
                };
                let agreed = Effect::Record {
                    resident: session.resident,
                    body,
                    held: false,
                };
                self.screen = Screen::SignedIn(SignedIn {
                    session,
                    page: Page::Home,
                    idle_left: None,
                });
                vec![agreed, Effect::Refresh]
            }
            Event::ConsentDeclined | Event::SignOutPressed | Event::HidePressed | Event::Back => {
                self.end_session(Banner::None, AuditEvent::SessionEnded)
            }
            _ => Vec::new(),
        }
    }
}

impl SignIn {
    fn takes_digits(&self) -> bool {
        matches!(
            self.stage,
            PadStage::Entering | PadStage::Wrong { .. } | PadStage::Unavailable
        )
    }

    fn typed(&mut self) -> &mut Digits {
        match self.field {
            Field::Number => &mut self.number,
            Field::Pin => &mut self.pin,
        }
    }

    fn check_pin(&mut self) -> Vec<Effect> {
        if !self.takes_digits() {
            return Vec::new();
        }
        let Some(number) = ResidentNumber::parse(self.number.as_str()) else {
            return Vec::new();
        };
        check(number, &mut self.pin, &mut self.stage)
    }
}

/// Sends what was typed to be checked. Too few digits are no PIN of anybody: wrong, not counted.
pub(in crate::app) fn check(
    number: ResidentNumber,
    typed: &mut Digits,
    stage: &mut PadStage,
) -> Vec<Effect> {
    match Pin::complete(std::mem::take(typed)) {
        Ok(pin) => {
            *stage = PadStage::Checking;
            vec![Effect::CheckPin { number, pin }, Effect::Refresh]
        }
        Err(_) => {
            *stage = PadStage::Wrong { tries_left: 0 };
            vec![Effect::Refresh]
        }
    }
}

/// Where a pad stands after an answer that lets nobody in.
pub(in crate::app) fn stage_after(answer: &PinAnswer, now: Now) -> PadStage {
    match answer {
        PinAnswer::Right { .. } => PadStage::Entering,
        PinAnswer::Wrong { tries_left } => PadStage::Wrong {
            tries_left: *tries_left,
        },
        PinAnswer::Locked { millis } => PadStage::Locked {
            until: now.boot.at.plus(Duration::from_millis(*millis)),
        },
        PinAnswer::NeedsStaff => PadStage::NeedsStaff,
        PinAnswer::Unavailable => PadStage::Unavailable,
    }
}

/// The keys of a pad nobody has shuffled.
pub(in crate::app) fn usual_keys() -> [u8; 10] {
    USUAL_KEYS
}
