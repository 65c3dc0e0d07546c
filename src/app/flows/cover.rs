//! The cover: nothing to see, and a PIN to come back.

use super::sign_in::{check, stage_after, usual_keys};
use crate::app::{
    App, AuditEvent, Banner, CoverReason, Covered, Effect, Event, PadStage, PinAnswer, Screen,
    SignedIn,
};
use crate::domain::Now;
use crate::domain::sign_in::{Digits, Pin};

impl App {
    /// Covers a session.
    pub(in crate::app) fn cover(&mut self, reason: CoverReason) -> Vec<Effect> {
        let wall = Screen::Wall {
            banner: Banner::None,
        };
        match std::mem::replace(&mut self.screen, wall) {
            Screen::SignedIn(SignedIn { session, page, .. }) => {
                self.screen = Screen::Covered(Covered {
                    session,
                    page,
                    reason,
                    pin: Digits::new(),
                    keys: usual_keys(),
                    stage: PadStage::Entering,
                });
                vec![Effect::ClearPerson, Effect::Refresh]
            }
            other => {
                self.screen = other;
                Vec::new()
            }
        }
    }

    pub(in crate::app) fn on_covered(&mut self, event: Event, now: Now) -> Vec<Effect> {
        if event == Event::SignOutPressed {
            return self.end_session(Banner::SignedOut, AuditEvent::SessionEnded);
        }
        let Screen::Covered(cover) = &mut self.screen else {
            return Vec::new();
        };
        if cover.stage == PadStage::Checking && !matches!(event, Event::PinChecked(_)) {
            return Vec::new();
        }
        let open = matches!(cover.stage, PadStage::Entering | PadStage::Wrong { .. });
        match event {
            Event::DigitPressed(digit) if open => {
                cover.stage = PadStage::Entering;
                cover.pin.push(digit, Pin::MAX_DIGITS);
            }
            Event::Erase if open => cover.pin.erase(),
            Event::Clear if open => cover.pin.clear(),
            Event::ShufflePressed => return vec![Effect::Shuffle],
            Event::Shuffled(keys) => cover.keys = keys,
            Event::Go if open => {
                return check(
                    cover.session.number.clone(),
                    &mut cover.pin,
                    &mut cover.stage,
                );
            }
            Event::PinChecked(PinAnswer::Right { resident, .. })
                if resident == cover.session.resident =>
            {
                self.uncover(now);
            }
            Event::PinChecked(answer) => {
                cover.pin.clear();
                cover.stage = stage_after(&answer, now);
            }
            _ => return Vec::new(),
        }
        vec![Effect::Refresh]
    }

    fn uncover(&mut self, now: Now) {
        let wall = Screen::Wall {
            banner: Banner::None,
        };
        match std::mem::replace(&mut self.screen, wall) {
            Screen::Covered(Covered { session, page, .. }) => {
                self.last_touch = now.boot.at;
                self.screen = Screen::SignedIn(SignedIn {
                    session,
                    page,
                    idle_left: None,
                });
            }
            other => self.screen = other,
        }
    }
}
