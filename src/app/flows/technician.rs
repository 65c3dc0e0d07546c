//! For technicians: this terminal, and the facility's draft key. Nothing here is about a resident.

use std::time::Duration;

use crate::app::context::Context;
use crate::app::{AuditEvent, ClosedReason, Effect, Screen, TechnicianAnswer, Ticket};
use crate::domain::badge::PaperText;
use crate::domain::draft_key::PublicBytes;
use crate::domain::local::ToSync;
use crate::domain::machine::CentralWord;
use crate::domain::provisioning::{Ask, Told};
use crate::domain::sign_in::{Digit, Digits};
use crate::domain::{BootMillis, UtcMillis};

use super::setup::{Retiring, RunState, Setup, SetupTap};
use super::sign_in::{self, Problem};
use super::wall::{Closed, Wall};

/// Quiet time after which the wall comes back.
pub const TECHNICIAN_QUIET: Duration = Duration::from_secs(60);
/// The same while a terminal is set up or taken out of service: the code stands on paper, and what
/// has begun is to be seen to its end.
pub const SETUP_QUIET: Duration = Duration::from_secs(600);
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
    /// The form and the steps of setting up.
    pub setup: Setup,
    code: Digits,
    /// Their code was right. Whoever sets up a bare machine has shown none, and gets no further.
    known: bool,
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
    /// They set this terminal up, for the first time or once more.
    SettingUp,
    /// They take it out of service.
    Retiring(Retiring),
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
    /// Wants to set this terminal up once more.
    SetUpPressed,
    /// While doing so.
    SetUp(SetupTap),
    /// Wants to take this terminal out of service.
    RetirePressed,
    /// Is sure of it; or, central not having been told, sure to go on without it.
    RetireConfirmed,
}

impl Technician {
    fn new(closed: Option<ClosedReason>, now: BootMillis) -> Self {
        Self {
            // Where nobody has set anything up there is no code to ask for, and nothing to guard.
            step: if closed == Some(ClosedReason::NotReady) {
                Step::SettingUp
            } else {
                Step::Code
            },
            problem: None,
            closed,
            touched: now,
            setup: Setup::default(),
            code: Digits::new(),
            known: false,
        }
    }

    /// How many digits are typed.
    pub fn typed(&self) -> usize {
        self.code.len()
    }

    /// Whether the code was right.
    pub fn is_inside(&self) -> bool {
        match self.step {
            Step::Inside | Step::Confirming(_) | Step::Retiring(_) => true,
            Step::SettingUp => self.known,
            Step::Code | Step::Checking(_) => false,
        }
    }

    /// Whether the terminal is set up, by somebody who has shown no code.
    fn is_done_by_a_stranger(&self) -> bool {
        self.step == Step::SettingUp && self.setup.run.state == RunState::Done && !self.known
    }

    /// When the wall comes back if nobody touches the glass.
    pub fn returns_at(&self) -> BootMillis {
        let quiet = match self.step {
            Step::SettingUp | Step::Retiring(_) => SETUP_QUIET,
            Step::Code | Step::Checking(_) | Step::Inside | Step::Confirming(_) => TECHNICIAN_QUIET,
        };
        self.touched.plus(quiet)
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
        (Step::Confirming(_), TechnicianTap::Back)
        | (Step::Retiring(Retiring::Asked | Retiring::NotNoted { .. }), TechnicianTap::Back) => {
            page.step = Step::Inside
        }
        // What has begun is seen to its end.
        (Step::Retiring(Retiring::Telling | Retiring::Erasing), TechnicianTap::Back) => {}
        (Step::SettingUp, TechnicianTap::Back) if page.is_inside() => {
            page.setup = Setup::default();
            page.step = Step::Inside;
        }
        (Step::Inside, TechnicianTap::SetUpPressed) => page.step = Step::SettingUp,
        (Step::SettingUp, TechnicianTap::SetUp(tap)) => {
            if let Some(ask) = page.setup.tap(tap) {
                cx.effect(Effect::Audit(AuditEvent::TechnicianSetUp));
                cx.effect(Effect::TellSync(ToSync::Provision { ask }));
            }
        }
        (Step::Inside, TechnicianTap::RetirePressed) => {
            page.step = Step::Retiring(Retiring::Asked);
        }
        (Step::Retiring(Retiring::Asked), TechnicianTap::RetireConfirmed) => {
            cx.effect(Effect::Audit(AuditEvent::TechnicianRetire));
            cx.effect(Effect::TellSync(ToSync::Provision { ask: Ask::Retire }));
            page.step = Step::Retiring(Retiring::Telling);
        }
        (Step::Retiring(Retiring::NotNoted { unsent, .. }), TechnicianTap::RetireConfirmed) => {
            erase(&mut page, CentralWord::Nothing { unsent }, cx)
        }
        (_, TechnicianTap::Back) => return leave(page, cx.now.boot.at),
        (
            Step::Code
            | Step::Checking(_)
            | Step::Inside
            | Step::Confirming(_)
            | Step::SettingUp
            | Step::Retiring(_),
            TechnicianTap::Open
            | TechnicianTap::Digit(_)
            | TechnicianTap::Erase
            | TechnicianTap::Clear
            | TechnicianTap::Go
            | TechnicianTap::SamePressed(_)
            | TechnicianTap::SameConfirmed
            | TechnicianTap::SetUpPressed
            | TechnicianTap::SetUp(_)
            | TechnicianTap::RetirePressed
            | TechnicianTap::RetireConfirmed,
        ) => {}
    }
    Screen::Technician(page)
}

/// A reader has read a technician's paper. Before a terminal that is not set up that is all that has
/// to be done; on a wall it means nothing.
pub(in crate::app) fn paper_read(screen: Screen, paper: &PaperText, cx: &mut Context) -> Screen {
    let is_bare = matches!(&screen, Screen::Closed(page) if page.reason == ClosedReason::NotReady);
    let screen = if is_bare {
        tap(screen, TechnicianTap::Open, cx)
    } else {
        screen
    };
    if matches!(&screen, Screen::Technician(page) if page.step == Step::SettingUp) {
        let scanned = SetupTap::Scanned(paper.as_str().to_owned());
        return tap(screen, TechnicianTap::SetUp(scanned), cx);
    }
    screen
}

fn erase(page: &mut Technician, central: CentralWord, cx: &mut Context) {
    cx.effect(Effect::Erase(central));
    cx.effect(Effect::TellSync(ToSync::Provision { ask: Ask::Erased }));
    page.step = Step::Retiring(Retiring::Erasing);
}

/// What sync says of setting up and of going out of service.
pub(in crate::app) fn hear_told(mut screen: Screen, told: Told, cx: &mut Context) -> Screen {
    let at = cx.now.boot.at;
    let Screen::Technician(page) = &mut screen else {
        return screen;
    };
    match (page.step, told) {
        (Step::SettingUp, told) => {
            page.setup.hear(told);
            if page.closed.is_none() && page.is_done_by_a_stranger() {
                let touched = page.touched;
                return Screen::Wall(Wall {
                    touched,
                    ..Wall::empty(at)
                });
            }
        }
        (Step::Retiring(Retiring::Telling), Told::RetireNoted { at }) => {
            erase(page, CentralWord::Noted { at: UtcMillis(at) }, cx);
        }
        (Step::Retiring(Retiring::Telling), Told::RetireNotNoted { problem, unsent }) => {
            page.step = Step::Retiring(Retiring::NotNoted { problem, unsent });
        }
        (
            Step::Code | Step::Checking(_) | Step::Inside | Step::Confirming(_) | Step::Retiring(_),
            _,
        ) => {}
    }
    screen
}

/// The kiosk has opened. Whoever has set it up sees the wall; whoever mends something stays.
pub(in crate::app) fn opened(mut page: Technician, at: BootMillis) -> Screen {
    page.closed = None;
    if page.is_done_by_a_stranger() {
        return leave(page, at);
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
        page.known = problem.is_none();
        page.step = if problem.is_none() {
            Step::Inside
        } else {
            Step::Code
        };
        page.problem = problem;
    }
    screen
}
