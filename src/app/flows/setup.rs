//! Setting a terminal up, or taking it out of service, at the glass: what the technician types or
//! scans, the steps, and what failed. Nothing here is about a resident.

use zeroize::{Zeroize, Zeroizing};

use crate::domain::provisioning::{Ask, Facts, Problem, Progress, Step, StepState, Told};

/// The most characters of a code, with what people put between its groups, and of an address.
pub const MOST_TYPED: usize = 80;

/// Setting up: the form, and how the last try goes.
#[derive(Default)]
pub struct Setup {
    /// Which field the keys type into.
    pub field: Field,
    /// How far the last try is.
    pub run: Run,
    code: Zeroizing<String>,
    address: String,
}

/// A field of the form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Field {
    /// The one-time code.
    #[default]
    Code,
    /// Where central is.
    Address,
}

/// How far a try is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// What was heard of each step, in the order of the steps.
    pub steps: Vec<Progress>,
    /// What this terminal is to be.
    pub facts: Option<Facts>,
    /// The machine's clock is not central's.
    pub clock_off: bool,
    /// What came of it.
    pub state: RunState,
}

/// What came of a try.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RunState {
    /// None has begun: the form is there.
    #[default]
    Form,
    /// Under way.
    Going,
    /// A step failed.
    Failed(Problem),
    /// All is done; the wall comes by itself.
    Done,
}

/// Going out of service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retiring {
    /// The technician is asked whether they are sure.
    Asked,
    /// Central is being told, and gets what was not sent.
    Telling,
    /// Central could not be told. They are asked whether to go on without it.
    NotNoted {
        /// Why.
        problem: Problem,
        /// What would be lost.
        unsent: u64,
    },
    /// The machine erases itself.
    Erasing,
}

/// Taps while setting up. `Debug` tells no code.
#[derive(Clone, PartialEq, Eq)]
pub enum SetupTap {
    /// Wants to type here.
    FieldPressed(Field),
    /// A key.
    Typed(char),
    /// Takes the last character back.
    Erase,
    /// Takes the field's characters back.
    Clear,
    /// Done typing.
    Go,
    /// A reader has read this.
    Scanned(String),
    /// Wants the form back.
    Again,
}

impl std::fmt::Debug for SetupTap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SetupTap(_)")
    }
}

impl Setup {
    /// What was typed of the code, in groups of five.
    pub fn code(&self) -> Zeroizing<String> {
        let mut grouped = Zeroizing::new(String::with_capacity(2 * MOST_TYPED));
        for (place, letter) in self.code.chars().enumerate() {
            if place > 0 && place % 5 == 0 {
                grouped.push('-');
            }
            grouped.push(letter);
        }
        grouped
    }

    /// What was typed of the address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Whether both fields have something in them.
    pub fn can_go(&self) -> bool {
        !self.code.is_empty() && !self.address.is_empty()
    }

    /// Takes a tap; gives what sync is to be asked.
    pub(in crate::app) fn tap(&mut self, tap: SetupTap) -> Option<Ask> {
        if self.run.state == RunState::Going {
            return None;
        }
        match tap {
            SetupTap::FieldPressed(field) => self.field = field,
            SetupTap::Typed(letter) => self.type_in(letter),
            SetupTap::Erase => match self.field {
                Field::Code => {
                    self.code.pop();
                }
                Field::Address => {
                    self.address.pop();
                }
            },
            SetupTap::Clear => match self.field {
                Field::Code => self.code.zeroize(),
                Field::Address => self.address.clear(),
            },
            SetupTap::Go if self.can_go() => {
                self.start();
                return Some(Ask::Code {
                    code: self.code.to_string(),
                    central: self.address.clone(),
                });
            }
            SetupTap::Scanned(text) => {
                self.start();
                return Some(Ask::Text { text });
            }
            SetupTap::Again => self.run = Run::default(),
            SetupTap::Go => {}
        }
        None
    }

    fn start(&mut self) {
        self.run = Run {
            state: RunState::Going,
            ..Run::default()
        };
    }

    fn type_in(&mut self, letter: char) {
        match self.field {
            // Hyphens and spaces are put in by the screen.
            Field::Code if letter.is_ascii_alphanumeric() && self.code.len() < 40 => {
                if self.code.capacity() < 40 {
                    // Grown once, so that no half of it stays behind.
                    let mut grown = Zeroizing::new(String::with_capacity(40));
                    grown.push_str(&self.code);
                    self.code = grown;
                }
                self.code.push(letter.to_ascii_uppercase());
            }
            Field::Address
                if (letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | ':'))
                    && self.address.len() < MOST_TYPED =>
            {
                self.address.push(letter.to_ascii_lowercase());
            }
            Field::Code | Field::Address => {}
        }
    }

    /// Hears of a step.
    pub(in crate::app) fn hear(&mut self, told: Told) {
        match told {
            Told::Step(progress) => self.hear_step(progress),
            Told::Facts(facts) => self.run.facts = Some(facts),
            Told::ClockOff { .. } => self.run.clock_off = true,
            Told::Provisioned => {
                self.run.state = RunState::Done;
                // It is used up, and nobody's business any more.
                self.code.zeroize();
            }
            Told::RetireNoted { .. } | Told::RetireNotNoted { .. } => {}
        }
    }

    fn hear_step(&mut self, progress: Progress) {
        let steps = &mut self.run.steps;
        match steps.iter_mut().find(|one| one.step == progress.step) {
            Some(known) => *known = progress,
            None => steps.push(progress),
        }
        steps.sort_by_key(|one| one.step);
        self.run.state = match progress.state {
            StepState::Failed { problem } => RunState::Failed(problem),
            StepState::Begun | StepState::Done => RunState::Going,
        };
        if let StepState::Failed {
            problem: Problem::Mistyped { .. } | Problem::TooShort,
        } = progress.state
        {
            self.field = Field::Code;
        }
        if (progress.step, progress.state) == (Step::Enrol, StepState::Done) {
            self.code.zeroize();
        }
    }
}
