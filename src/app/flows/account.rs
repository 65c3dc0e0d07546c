//! My account: sign-ins, PIN, freezing it, and how the screen should be.

use std::fmt;

use crate::app::context::Context;
use crate::app::screen::Place;
use crate::app::{Effect, EndCause, PinAnswer, Screen, Session, Ticket, Who};
use crate::domain::sign_in::{Digit, Digits, Pin, Weak, weakness};
use crate::domain::{IntentBody, Preferences};

use super::home;
use super::idle;
use super::sign_in::{self, Problem};

/// My account.
pub struct Account {
    /// Whose.
    pub session: Session,
    /// Which part.
    pub at: AccountAt,
    /// Choosing another PIN, how far that is.
    pub pin: PinChange,
    /// Whether freezing could not be saved.
    pub freeze_failed: bool,
    freezing: Option<Ticket>,
}

/// Where in their account somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountAt {
    /// What there is.
    Menu,
    /// Sign-ins and failed tries.
    History,
    /// Choosing another PIN.
    ChangePin,
    /// Closing one's own sign-in.
    Freeze,
    /// How the screen should be.
    Screen,
}

/// Choosing another PIN.
#[derive(Default)]
pub struct PinChange {
    /// Which step.
    pub step: PinStep,
    /// What the person is told about the last one.
    pub problem: Option<PinProblem>,
    typed: Digits,
    first: Option<Pin>,
}

/// The steps to another PIN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PinStep {
    /// The present one is typed.
    #[default]
    Current,
    /// It is being checked.
    Checking(Ticket),
    /// The new one is typed.
    New,
    /// The new one is typed again.
    Again,
    /// It is being written down.
    Saving(Ticket),
    /// It goes from now on.
    Done,
}

/// Why a step did not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinProblem {
    /// The present PIN was not right, or could not be checked.
    NotChecked(Problem),
    /// The new one is too short.
    Short,
    /// The new one may not be chosen.
    Weak(Weak),
    /// What was typed again is another.
    Differs,
    /// It could not be saved.
    NotSaved,
}

impl PinChange {
    /// How many digits are typed.
    pub fn typed(&self) -> usize {
        self.typed.len()
    }

    /// Whether digits can be typed.
    pub fn is_open(&self) -> bool {
        matches!(self.step, PinStep::Current | PinStep::New | PinStep::Again)
    }
}

impl Account {
    pub(in crate::app) fn at(session: Session, at: AccountAt) -> Self {
        Self {
            session,
            at,
            pin: PinChange::default(),
            freeze_failed: false,
            freezing: None,
        }
    }
}

/// Taps in the account. `Debug` tells no digit.
#[derive(Clone)]
pub enum AccountTap {
    /// Wants a part of it.
    Open(AccountAt),
    /// A digit of a PIN.
    Digit(Digit),
    /// Takes the last digit back.
    Erase,
    /// Takes all digits back.
    Clear,
    /// Done typing.
    Go,
    /// Closes their own sign-in now.
    FreezePressed,
    /// Wants the screen so.
    Prefers(Preferences),
}

impl fmt::Debug for AccountTap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountTap(_)")
    }
}

pub(in crate::app) fn tap(mut screen: Screen, tap: AccountTap, cx: &mut Context) -> Screen {
    if let AccountTap::Open(at) = tap {
        return home::go(screen, |_| Some(Place::Account(at)));
    }
    let Screen::Account(page) = &mut screen else {
        return screen;
    };
    let typing = page.at == AccountAt::ChangePin && page.pin.is_open();
    match tap {
        AccountTap::Open(_) => {}
        AccountTap::Digit(digit) if typing => {
            page.pin.typed.push(digit, Pin::MAX_DIGITS);
            page.pin.problem = None;
        }
        AccountTap::Erase if typing => page.pin.typed.erase(),
        AccountTap::Clear if typing => page.pin.typed.clear(),
        AccountTap::Go if typing => go(page, cx),
        AccountTap::Digit(_) | AccountTap::Erase | AccountTap::Clear | AccountTap::Go => {}
        AccountTap::FreezePressed => {
            if page.at == AccountAt::Freeze && page.freezing.is_none() {
                page.freeze_failed = false;
                let resident = page.session.resident;
                page.freezing = Some(cx.record(resident, IntentBody::FreezeAccount, None));
            }
        }
        AccountTap::Prefers(preferences) => {
            if page.session.preferences != preferences {
                prefer(&mut page.session, preferences, cx);
            }
        }
    }
    screen
}

fn go(page: &mut Account, cx: &mut Context) {
    let pin = match Pin::complete(std::mem::take(&mut page.pin.typed)) {
        Ok(pin) => pin,
        Err(digits) => {
            page.pin.typed = digits;
            page.pin.problem = Some(PinProblem::Short);
            return;
        }
    };
    page.pin.problem = None;
    let resident = page.session.resident;
    match page.pin.step {
        PinStep::Current => {
            let ticket = cx.next_ticket();
            let who = Who::Resident(resident);
            cx.effect(Effect::CheckPin { ticket, who, pin });
            page.pin.step = PinStep::Checking(ticket);
        }
        PinStep::New => match weakness(&pin, page.session.number.as_str()) {
            Some(weak) => page.pin.problem = Some(PinProblem::Weak(weak)),
            None => {
                page.pin.first = Some(pin);
                page.pin.step = PinStep::Again;
            }
        },
        PinStep::Again => {
            if page
                .pin
                .first
                .take()
                .is_some_and(|first| first.is_same(&pin))
            {
                let ticket = cx.next_ticket();
                cx.effect(Effect::ChangePin {
                    ticket,
                    resident,
                    pin,
                });
                page.pin.step = PinStep::Saving(ticket);
            } else {
                page.pin.step = PinStep::New;
                page.pin.problem = Some(PinProblem::Differs);
            }
        }
        PinStep::Checking(_) | PinStep::Saving(_) | PinStep::Done => {}
    }
}

/// The answer to the check of the present PIN.
pub(in crate::app) fn hear(
    mut screen: Screen,
    ticket: Ticket,
    answer: PinAnswer,
    cx: &mut Context,
) -> Screen {
    if let Screen::Account(page) = &mut screen
        && page.pin.step == PinStep::Checking(ticket)
    {
        page.pin.step = match sign_in::admit(answer, cx) {
            Ok(who) if who.resident == page.session.resident => PinStep::New,
            Ok(_) => PinStep::Current,
            Err(problem) => {
                page.pin.problem = Some(PinProblem::NotChecked(problem));
                PinStep::Current
            }
        };
    }
    screen
}

/// An intent is on disk: perhaps the new PIN, or the freeze, which then ends the session.
pub(in crate::app) fn recorded(mut screen: Screen, ticket: Ticket, cx: &mut Context) -> Screen {
    if let Screen::Account(page) = &mut screen {
        if page.pin.step == PinStep::Saving(ticket) {
            page.pin.step = PinStep::Done;
        }
        if page.freezing == Some(ticket) {
            return idle::end(screen, EndCause::FrozenByResident, cx);
        }
    }
    screen
}

/// An intent is not on disk.
pub(in crate::app) fn not_recorded(mut screen: Screen, ticket: Ticket) -> Screen {
    if let Screen::Account(page) = &mut screen {
        if page.pin.step == PinStep::Saving(ticket) {
            page.pin.step = PinStep::New;
            page.pin.problem = Some(PinProblem::NotSaved);
        }
        if page.freezing == Some(ticket) {
            page.freezing = None;
            page.freeze_failed = true;
        }
    }
    screen
}

fn prefer(session: &mut Session, preferences: Preferences, cx: &mut Context) {
    let language = preferences.language.clone();
    session.preferences = preferences.clone();
    cx.record(
        session.resident,
        IntentBody::SetPreferences { preferences },
        None,
    );
    if let Some(tag) = language.filter(|tag| cx.policy.languages.contains(tag)) {
        cx.select_language(tag);
    }
    cx.refresh();
}

/// Somebody signed in chose a language: it is theirs from now on.
pub(in crate::app) fn follow_language(screen: &mut Screen, tag: &str, cx: &mut Context) {
    if let Some(session) = screen.session_mut()
        && session.preferences.language.as_deref() != Some(tag)
    {
        let preferences = Preferences {
            language: Some(tag.to_owned()),
            ..session.preferences.clone()
        };
        prefer(session, preferences, cx);
    }
}

/// Speaks the language of whoever signs in, if it is offered here.
pub(in crate::app) fn speak_to(session: &Session, cx: &mut Context) {
    let wanted = session.preferences.language.clone();
    if let Some(tag) = wanted.filter(|tag| cx.policy.languages.contains(tag)) {
        cx.select_language(tag);
    }
}
