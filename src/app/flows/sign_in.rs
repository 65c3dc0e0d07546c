//! Number, then PIN, then the check.

use std::time::Duration;

use crate::app::context::Context;
use crate::app::screen::Place;
use crate::app::{
    AuditEvent, Effect, EndCause, KeypadOrder, PadTap, PinAnswer, Screen, Session, SignedIn,
    Ticket, Who,
};
use crate::domain::badge::BadgeId;
use crate::domain::sign_in::{Digits, Gate, Pin};
use crate::domain::{BootMillis, IntentBody, ResidentNumber};

use super::account;
use super::idle;
use super::wall::Wall;

/// Quiet time after which sign-in, and the monitoring text, give the wall back.
pub const PAGE_QUIET: Duration = Duration::from_secs(45);

/// The sign-in page.
pub struct SignIn {
    /// The order of the keys.
    pub keypad: KeypadOrder,
    /// What the person is told about their last try.
    pub problem: Option<Problem>,
    pub(in crate::app) step: Step,
    pub(in crate::app) touched: BootMillis,
}

pub(in crate::app) enum Step {
    Number(Digits),
    Pin { claim: Claim, pin: Digits },
    Checking { claim: Claim, ticket: Ticket },
}

/// What somebody says who they are with; the PIN proves it.
pub(in crate::app) enum Claim {
    Number(Digits),
    Badge(BadgeId),
}

impl Claim {
    fn number(&self) -> &str {
        match self {
            Self::Number(number) => number.as_str(),
            Self::Badge(_) => "",
        }
    }

    fn into_badge(self) -> Option<BadgeId> {
        match self {
            Self::Number(_) => None,
            Self::Badge(badge) => Some(badge),
        }
    }
}

/// What the sign-in page shows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SignInStep<'a> {
    /// The number, as typed so far.
    Number(&'a str),
    /// The PIN: only how many digits there are.
    Pin {
        /// How many.
        typed: usize,
    },
    /// The PIN is being checked.
    Checking,
}

/// Why somebody is not signed in. A number nobody has looks like any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The number or the PIN was wrong.
    Wrong {
        /// Wrong ones left before the number is locked.
        tries_left: u32,
    },
    /// The number is locked.
    Locked {
        /// Until then.
        until: BootMillis,
    },
    /// Staff must open the number again.
    NeedsStaff,
    /// Staff have closed this resident's sign-in.
    Frozen,
    /// The kiosk could not check.
    Unavailable,
}

impl SignIn {
    pub(in crate::app) fn new(now: BootMillis) -> Self {
        Self {
            keypad: KeypadOrder::usual(),
            problem: None,
            step: Step::Number(Digits::new()),
            touched: now,
        }
    }

    /// Where the person is.
    pub fn step(&self) -> SignInStep<'_> {
        match &self.step {
            Step::Number(number) => SignInStep::Number(number.as_str()),
            Step::Pin { pin, .. } => SignInStep::Pin { typed: pin.len() },
            Step::Checking { .. } => SignInStep::Checking,
        }
    }

    /// The number, whether it is still typed or the PIN is.
    pub fn number(&self) -> &str {
        match &self.step {
            Step::Number(number) => number.as_str(),
            Step::Pin { claim, .. } | Step::Checking { claim, .. } => claim.number(),
        }
    }

    /// Whether a badge says who they are.
    pub fn is_badge(&self) -> bool {
        match &self.step {
            Step::Number(_) => false,
            Step::Pin { claim, .. } | Step::Checking { claim, .. } => {
                matches!(claim, Claim::Badge(_))
            }
        }
    }

    fn awaits(&self, answer: Ticket) -> bool {
        matches!(self.step, Step::Checking { ticket, .. } if ticket == answer)
    }

    /// Ready for the next try: the PIN again, or the number if that one is of no use now.
    fn told(mut self, problem: Problem) -> Self {
        self.step = match self.step {
            Step::Checking { claim, .. } if matches!(problem, Problem::Wrong { .. }) => Step::Pin {
                claim,
                pin: Digits::new(),
            },
            Step::Checking { .. } | Step::Number(_) | Step::Pin { .. } => {
                Step::Number(Digits::new())
            }
        };
        self.problem = Some(problem);
        self
    }

    fn into_badge(self) -> Option<BadgeId> {
        match self.step {
            Step::Number(_) => None,
            Step::Pin { claim, .. } | Step::Checking { claim, .. } => claim.into_badge(),
        }
    }

    /// When the wall comes back if nobody touches the glass.
    pub fn returns_at(&self) -> BootMillis {
        self.touched.plus(PAGE_QUIET)
    }
}

pub(in crate::app) fn tap(screen: Screen, tap: PadTap, cx: &mut Context) -> Screen {
    let Screen::SignIn(mut page) = screen else {
        return screen;
    };
    match tap {
        PadTap::Go => go(page, cx),
        PadTap::Back => back(page, cx),
        PadTap::NumberPressed if matches!(page.step, Step::Pin { .. }) => back(page, cx),
        PadTap::PinPressed if matches!(page.step, Step::Number(_)) => go(page, cx),
        PadTap::NumberPressed | PadTap::PinPressed => Screen::SignIn(page),
        PadTap::ShufflePressed(fresh) => {
            page.keypad = page.keypad.toggled(fresh);
            Screen::SignIn(page)
        }
        PadTap::Digit(_) | PadTap::Erase | PadTap::Clear => {
            match &mut page.step {
                Step::Number(number) => edit(number, &tap, ResidentNumber::MAX_DIGITS),
                Step::Pin { pin, .. } => edit(pin, &tap, Pin::MAX_DIGITS),
                Step::Checking { .. } => return Screen::SignIn(page),
            }
            page.problem = None;
            Screen::SignIn(page)
        }
    }
}

/// What the editing keys do to the digits on the pad.
pub(in crate::app) fn edit(digits: &mut Digits, tap: &PadTap, most: usize) {
    match tap {
        PadTap::Digit(digit) => digits.push(*digit, most),
        PadTap::Erase => digits.erase(),
        PadTap::Clear => digits.clear(),
        PadTap::Go
        | PadTap::Back
        | PadTap::NumberPressed
        | PadTap::PinPressed
        | PadTap::ShufflePressed(_) => {}
    }
}

fn go(mut page: SignIn, cx: &mut Context) -> Screen {
    page.step = match page.step {
        Step::Number(number) if !number.is_empty() => {
            page.problem = None;
            Step::Pin {
                claim: Claim::Number(number),
                pin: Digits::new(),
            }
        }
        Step::Pin { claim, pin } => check(claim, pin, cx),
        step @ (Step::Number(_) | Step::Checking { .. }) => step,
    };
    Screen::SignIn(page)
}

fn check(claim: Claim, pin: Digits, cx: &mut Context) -> Step {
    let who = match &claim {
        Claim::Number(number) => ResidentNumber::parse(number.as_str()).map(Who::Number),
        Claim::Badge(badge) => Some(Who::Badge(badge.clone())),
    };
    let Some(who) = who else {
        return Step::Number(Digits::new());
    };
    match Pin::complete(pin) {
        Ok(pin) => {
            let ticket = cx.next_ticket();
            cx.effect(Effect::CheckPin { ticket, who, pin });
            Step::Checking { claim, ticket }
        }
        Err(pin) => Step::Pin { claim, pin },
    }
}

fn back(mut page: SignIn, cx: &Context) -> Screen {
    page.problem = None;
    page.step = match page.step {
        Step::Number(_) => return Screen::Wall(Wall::empty(cx.now.boot.at)),
        Step::Pin { claim, .. } => Step::Number(match claim {
            Claim::Number(number) => number,
            Claim::Badge(_) => Digits::new(),
        }),
        step @ Step::Checking { .. } => step,
    };
    Screen::SignIn(page)
}

/// Somebody holds a badge to the reader: it says who they are, as a number would. Nobody's session or
/// check is disturbed by it.
pub(in crate::app) fn badge_read(screen: Screen, badge: BadgeId, cx: &mut Context) -> Screen {
    let mut page = match screen {
        Screen::Wall(_) => SignIn::new(cx.now.boot.at),
        Screen::SignIn(page) if !matches!(page.step, Step::Checking { .. }) => page,
        other @ (Screen::SignIn(_)
        | Screen::Consent(_)
        | Screen::Home(_)
        | Screen::Requests(_)
        | Screen::Messages(_)
        | Screen::Photo(_)
        | Screen::Compose(_)
        | Screen::Contacts(_)
        | Screen::Find(_)
        | Screen::Reading(_)
        | Screen::Account(_)
        | Screen::Covered(_)
        | Screen::Closed(_)
        | Screen::Technician(_)) => return other,
    };
    idle::person_waits(cx);
    page.problem = None;
    page.touched = cx.now.boot.at;
    page.step = Step::Pin {
        claim: Claim::Badge(badge),
        pin: Digits::new(),
    };
    Screen::SignIn(page)
}

/// The badge was taken away: whoever signed in with it is signed out.
pub(in crate::app) fn badge_gone(screen: Screen, cx: &mut Context) -> Screen {
    let before_pin = matches!(&screen, Screen::SignIn(page) if page.is_badge());
    let covered = matches!(&screen, Screen::Covered(page) if page.by_badge());
    let inside = screen
        .session()
        .is_some_and(|session| session.badge.is_some());
    if before_pin || covered || inside {
        idle::end(screen, EndCause::BadgeGone, cx)
    } else {
        screen
    }
}

/// The answer to a check. One nobody waits for any more shows nothing and wipes what it may have left.
pub(in crate::app) fn hear(
    screen: Screen,
    ticket: Ticket,
    answer: PinAnswer,
    cx: &mut Context,
) -> Screen {
    match screen {
        Screen::SignIn(page) if page.awaits(ticket) => match admit(answer, cx) {
            Ok(who) => start(who, page.into_badge(), cx),
            Err(problem) => Screen::SignIn(page.told(problem)),
        },
        Screen::Wall(_)
        | Screen::SignIn(_)
        | Screen::Covered(_)
        | Screen::Closed(_)
        | Screen::Technician(_) => {
            if matches!(answer, PinAnswer::Right(_)) {
                cx.effect(Effect::ClearPerson);
            }
            screen
        }
        // Somebody else's session stays whole.
        Screen::Consent(_)
        | Screen::Home(_)
        | Screen::Requests(_)
        | Screen::Messages(_)
        | Screen::Photo(_)
        | Screen::Compose(_)
        | Screen::Contacts(_)
        | Screen::Find(_)
        | Screen::Reading(_)
        | Screen::Account(_) => screen,
    }
}

fn start(who: SignedIn, badge: Option<BadgeId>, cx: &mut Context) -> Screen {
    let mut session = Session::new(who, cx.now.boot.at);
    session.badge = badge;
    account::speak_to(&session, cx);
    cx.effect(Effect::Audit(AuditEvent::SessionStart));
    cx.record(session.resident, IntentBody::SignIn, None);
    idle::person_waits(cx);
    let place = if cx.policy.consent_version == 0 {
        Place::Home
    } else {
        Place::Consent
    };
    place.enter(session, cx.policy.consent_version)
}

/// Lets the person in, or says why not.
pub(in crate::app) fn admit(answer: PinAnswer, cx: &mut Context) -> Result<SignedIn, Problem> {
    let (event, problem) = match answer {
        PinAnswer::Right(who) => return Ok(who),
        PinAnswer::Wrong { gate } => (AuditEvent::SignInFail, at_gate(gate, cx)),
        PinAnswer::Shut { gate } => (AuditEvent::SignInShut, at_gate(gate, cx)),
        PinAnswer::Frozen => (AuditEvent::SignInShut, Problem::Frozen),
        PinAnswer::Unavailable => (AuditEvent::SignInShut, Problem::Unavailable),
    };
    cx.effect(Effect::Audit(event));
    Err(problem)
}

pub(in crate::app) fn at_gate(gate: Gate, cx: &Context) -> Problem {
    match gate {
        Gate::Open { tries_left } => Problem::Wrong { tries_left },
        Gate::Locked { remaining } => Problem::Locked {
            until: cx.now.boot.at.plus(remaining),
        },
        Gate::NeedsStaff => Problem::NeedsStaff,
    }
}
