//! For technicians: this terminal, and the facility's draft key. Nothing here is about a resident.

use std::time::Duration;

use crate::app::context::Context;
use crate::app::{AuditEvent, ClosedReason, Effect, Screen, TechnicianAnswer, Ticket};
use crate::domain::BootMillis;
use crate::domain::draft_key::PublicBytes;
use crate::domain::sign_in::{Digit, Digits};

use super::sign_in::{self, Problem};
use super::wall::{Closed, Wall};

/// Quiet time after which the wall comes back.
pub const TECHNICIAN_QUIET: Duration = Duration::from_secs(60);
/// The fewest digits of a technicians' code.
pub const FEWEST_DIGITS: usize = 6;

/// The technicians' page.
pub struct Technician {
    /// How far they are.
    pub step: Step,
    /// What they are told about their last try.
    pub problem: Option<Problem>,
    /// Why this kiosk is closed, if it is.
    pub(in crate::app) closed: Option<ClosedReason>,
    pub(in crate::app) touched: BootMillis,
    code: Digits,
}

/// How far a technician is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// They type their code.
    Code,
    /// It is being checked.
    Checking(Ticket),
    /// They are in.
    Inside,
    /// They say that the waiting kiosk with this public key shows the same code, and are asked again.
    Confirming(PublicBytes),
}

/// Taps of a technician.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TechnicianTap {
    /// Wants the page.
    Open,
    /// A digit of the code.
    Digit(Digit),
    /// Takes the last one back.
    Erase,
    /// Takes all back.
    Clear,
    /// Done typing.
    Go,
    /// One step back.
    Back,
    /// The waiting kiosk that this code belongs to shows the same one.
    SamePressed(String),
    /// Is sure of it.
    SameConfirmed,
}

impl Technician {
    fn new(closed: Option<ClosedReason>, now: BootMillis) -> Self {
        Self {
            step: Step::Code,
            problem: None,
            closed,
            touched: now,
            code: Digits::new(),
        }
    }

    /// How many digits are typed.
    pub fn typed(&self) -> usize {
        self.code.len()
    }

    /// Whether the code was right.
    pub fn is_inside(&self) -> bool {
        matches!(self.step, Step::Inside | Step::Confirming(_))
    }

    /// When the wall comes back if nobody touches the glass.
    pub fn returns_at(&self) -> BootMillis {
        self.touched.plus(TECHNICIAN_QUIET)
    }
}

pub(in crate::app) fn tap(screen: Screen, tap: TechnicianTap, cx: &mut Context) -> Screen {
    let mut page = match (screen, &tap) {
        (Screen::Technician(page), _) => page,
        (Screen::Wall(_), TechnicianTap::Open) => {
            return Screen::Technician(Technician::new(None, cx.now.boot.at));
        }
        (Screen::Closed(page), TechnicianTap::Open) => {
            return Screen::Technician(Technician::new(Some(page.reason), cx.now.boot.at));
        }
        (other, _) => return other,
    };
    match (page.step, tap) {
        (Step::Code, TechnicianTap::Digit(digit)) => {
            page.code.push(digit, Digits::MOST);
            page.problem = None;
        }
        (Step::Code, TechnicianTap::Erase) => page.code.erase(),
        (Step::Code, TechnicianTap::Clear) => page.code.clear(),
        (Step::Code, TechnicianTap::Go)
            if page.code.len() >= FEWEST_DIGITS && cx.policy.technician_verifier.is_some() =>
        {
            let ticket = cx.next_ticket();
            let code = std::mem::take(&mut page.code);
            cx.effect(Effect::CheckTechnician { ticket, code });
            page.problem = None;
            page.step = Step::Checking(ticket);
        }
        (Step::Inside, TechnicianTap::SamePressed(code)) => {
            // What is confirmed is the key whose code was on the screen, whatever comes meanwhile.
            let waiting = cx.draft_key.iter().flat_map(|shown| &shown.waiting);
            let mut same = waiting.filter(|one| one.code == code);
            if let (Some(one), None) = (same.next(), same.next()) {
                page.step = Step::Confirming(one.public_key);
            }
        }
        (Step::Confirming(public_key), TechnicianTap::SameConfirmed) => {
            cx.effect(Effect::Audit(AuditEvent::TechnicianWrap));
            cx.effect(Effect::WrapDraftKey(public_key));
            page.step = Step::Inside;
        }
        (Step::Confirming(_), TechnicianTap::Back) => page.step = Step::Inside,
        (_, TechnicianTap::Back) => return leave(page, cx.now.boot.at),
        (
            Step::Code | Step::Checking(_) | Step::Inside | Step::Confirming(_),
            TechnicianTap::Open
            | TechnicianTap::Digit(_)
            | TechnicianTap::Erase
            | TechnicianTap::Clear
            | TechnicianTap::Go
            | TechnicianTap::SamePressed(_)
            | TechnicianTap::SameConfirmed,
        ) => {}
    }
    Screen::Technician(page)
}

/// Back to the wall, or to the wall of the closed kiosk.
pub(in crate::app) fn leave(page: Technician, at: BootMillis) -> Screen {
    let touched = page.touched;
    match page.closed {
        Some(reason) => Screen::Closed(Closed {
            reason,
            open: None,
            touched,
        }),
        None => Screen::Wall(Wall {
            touched,
            ..Wall::empty(at)
        }),
    }
}

/// The answer to a check.
pub(in crate::app) fn hear(
    mut screen: Screen,
    ticket: Ticket,
    answer: TechnicianAnswer,
    cx: &mut Context,
) -> Screen {
    if let Screen::Technician(page) = &mut screen
        && page.step == Step::Checking(ticket)
    {
        let (event, problem) = match answer {
            TechnicianAnswer::Right => (AuditEvent::TechnicianEnter, None),
            TechnicianAnswer::Wrong { gate } => {
                (AuditEvent::TechnicianFail, Some(sign_in::at_gate(gate, cx)))
            }
            TechnicianAnswer::Shut { gate } => {
                (AuditEvent::TechnicianShut, Some(sign_in::at_gate(gate, cx)))
            }
            TechnicianAnswer::Unavailable => {
                (AuditEvent::TechnicianShut, Some(Problem::Unavailable))
            }
        };
        cx.effect(Effect::Audit(event));
        page.step = if problem.is_none() {
            Step::Inside
        } else {
            Step::Code
        };
        page.problem = problem;
    }
    screen
}
