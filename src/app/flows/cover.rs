//! The session is hidden or locked: nothing of it is on the screen or in reach until the same person
//! types their PIN. Anybody can end it.

use std::time::Duration;

use crate::app::context::Context;
use crate::app::screen::Place;
use crate::app::{
    AuditEvent, Effect, KeypadOrder, PadTap, PinAnswer, Screen, Session, Ticket, Who,
};
use crate::domain::badge::BadgeId;
use crate::domain::sign_in::{Digits, Pin};
use crate::domain::{BootMillis, LastSignIn, Preferences, ResidentId};

use super::sign_in::{self, Problem};

/// Quiet time after which the session behind a cover ends.
pub const COVER_QUIET: Duration = Duration::from_secs(60);
/// How long a cover can be kept up by touching it: others wait in line.
pub const COVER_LIMIT: Duration = Duration::from_secs(180);

/// A covered session: of the person only the id their PIN is checked against, and where they were.
pub struct Covered {
    /// Whose PIN brings the screen back.
    pub resident: ResidentId,
    /// Why it is covered.
    pub cause: CoverCause,
    /// The order of the keys.
    pub keypad: KeypadOrder,
    /// How the person wants the screen.
    pub preferences: Preferences,
    /// What the person is told about their last try.
    pub problem: Option<Problem>,
    pub(in crate::app) touched: BootMillis,
    since: BootMillis,
    pin: Digits,
    checking: Option<Ticket>,
    place: Place,
    last_sign_in: Option<LastSignIn>,
    /// The badge they signed in with: their tries here count with it, so that nobody's wrong numbers
    /// keep them out.
    badge: Option<BadgeId>,
}

/// Why a session is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoverCause {
    /// By tap.
    Hidden,
    /// Nobody touched the glass.
    Idle,
}

impl Covered {
    /// How many digits of the PIN are typed.
    pub fn typed(&self) -> usize {
        self.pin.len()
    }

    /// Whether a PIN is being checked.
    pub fn is_checking(&self) -> bool {
        self.checking.is_some()
    }

    /// Whether the person signed in with a badge.
    pub(in crate::app) fn by_badge(&self) -> bool {
        self.badge.is_some()
    }

    /// When the session ends if nobody touches the glass any more.
    pub fn ends_at(&self) -> BootMillis {
        let quiet = self.touched.plus(COVER_QUIET);
        quiet.min(self.since.plus(COVER_LIMIT))
    }
}

/// Covers a signed-in screen as of `at`; others stay.
pub(in crate::app) fn cover(
    screen: Screen,
    cause: CoverCause,
    at: BootMillis,
    cx: &mut Context,
) -> Screen {
    let (mut session, place) = match screen.into_session() {
        Ok(found) => found,
        Err(other) => return other,
    };
    cx.effect(Effect::ClearPerson);
    cx.effect(Effect::Audit(AuditEvent::SessionCover(cause)));
    Screen::Covered(Covered {
        resident: session.resident,
        cause,
        keypad: if session.preferences.shuffle_pin {
            session.keypad
        } else {
            KeypadOrder::usual()
        },
        preferences: session.preferences.clone(),
        problem: None,
        touched: at,
        since: at,
        pin: Digits::new(),
        checking: None,
        place,
        last_sign_in: session.last_sign_in.take(),
        badge: session.badge.take(),
    })
}

pub(in crate::app) fn tap(mut page: Covered, tap: PadTap, cx: &mut Context) -> Screen {
    if page.checking.is_none() {
        match tap {
            PadTap::Digit(_) | PadTap::Erase | PadTap::Clear => {
                sign_in::edit(&mut page.pin, &tap, Pin::MAX_DIGITS);
                page.problem = None;
            }
            PadTap::Go => check(&mut page, cx),
            PadTap::ShufflePressed(fresh) => page.keypad = page.keypad.toggled(fresh),
            PadTap::Back | PadTap::NumberPressed | PadTap::PinPressed => {}
        }
    }
    Screen::Covered(page)
}

fn check(page: &mut Covered, cx: &mut Context) {
    match Pin::complete(std::mem::take(&mut page.pin)) {
        Ok(pin) => {
            let ticket = cx.next_ticket();
            page.checking = Some(ticket);
            page.problem = None;
            let who = page
                .badge
                .clone()
                .map_or(Who::Resident(page.resident), Who::Badge);
            cx.effect(Effect::CheckPin { ticket, who, pin });
        }
        Err(pin) => page.pin = pin,
    }
}

/// The answer to a check: the same person comes back to where they were.
pub(in crate::app) fn hear(
    mut page: Covered,
    ticket: Ticket,
    answer: PinAnswer,
    cx: &mut Context,
) -> Screen {
    if page.checking != Some(ticket) {
        if matches!(answer, PinAnswer::Right(_)) {
            cx.effect(Effect::ClearPerson);
        }
        return Screen::Covered(page);
    }
    page.checking = None;
    match sign_in::admit(answer, cx) {
        Ok(who) if who.resident == page.resident => {
            cx.effect(Effect::Audit(AuditEvent::SessionReturn));
            let mut session = Session::new(who, cx.now.boot.at);
            session.last_sign_in = page.last_sign_in;
            session.badge = page.badge;
            page.place.enter(session, cx.policy.consent_version)
        }
        Ok(_) => {
            cx.effect(Effect::ClearPerson);
            Screen::Covered(page)
        }
        Err(problem) => {
            page.problem = Some(problem);
            Screen::Covered(page)
        }
    }
}
