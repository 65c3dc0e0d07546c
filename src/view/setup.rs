//! Setting a terminal up, and taking it out of service.

use std::rc::Rc;

use dayroom_ui as ui;
use slint::{Global, ModelRc, SharedString};

use super::bind::{Sink, tap};
use super::words;
use crate::app::flows::setup::{Field, Retiring, RunState};
use crate::app::flows::technician::{Step, Technician};
use crate::app::{Event, SetupTap, TechnicianTap};
use crate::domain::provisioning::{Problem, Step as Named, StepState};

/// Puts it on the screen.
pub fn show(window: &ui::AppWindow, page: &Technician) {
    let adapter = ui::SetupAdapter::get(window);
    let (setup, run) = (&page.setup, &page.setup.run);
    adapter.set_shown(page.step == Step::SettingUp);
    adapter.set_field(match setup.field {
        Field::Code => ui::SetupField::Code,
        Field::Address => ui::SetupField::Address,
    });
    adapter.set_code(setup.code().as_str().into());
    adapter.set_address(setup.address().into());
    adapter.set_can_go(setup.can_go());
    adapter.set_clock_off(run.clock_off);
    let (state, problem) = match run.state {
        RunState::Form => (ui::SetupRun::Form, None),
        RunState::Going => (ui::SetupRun::Going, None),
        RunState::Failed(problem) => (ui::SetupRun::Failed, Some(problem)),
        RunState::Done => (ui::SetupRun::Done, None),
    };
    adapter.set_run(state);
    let steps = run.steps.iter().map(|one| ui::SetupStep {
        step: map_step(one.step),
        state: match one.state {
            StepState::Begun => ui::SetupStepState::Begun,
            StepState::Done => ui::SetupStepState::Done,
            StepState::Failed { .. } => ui::SetupStepState::Failed,
        },
    });
    if let Some(steps) = words::changed(&adapter.get_steps(), steps.collect()) {
        adapter.set_steps(steps);
    }
    let facts = run.facts.clone().unwrap_or_default();
    adapter.set_label(facts.label.into());
    adapter.set_unit(facts.unit.into());
    adapter.set_facility(facts.facility.into());
    adapter.set_central(facts.central.into());
    adapter.set_root(facts.root.into());
    adapter.set_signers(facts.signers.join(", ").into());
    adapter.set_key_set(facts.key_set.unwrap_or_default().into());
    let (retiring, lost, why) = match page.step {
        Step::Retiring(Retiring::Asked) => (ui::RetireStep::Asked, 0, None),
        Step::Retiring(Retiring::Telling) => (ui::RetireStep::Telling, 0, None),
        Step::Retiring(Retiring::NotNoted { problem, unsent }) => {
            (ui::RetireStep::NotNoted, unsent, Some(problem))
        }
        Step::Retiring(Retiring::Erasing) => (ui::RetireStep::Erasing, 0, None),
        Step::Code | Step::Checking(_) | Step::Inside | Step::Confirming(_) | Step::SettingUp => {
            (ui::RetireStep::None, 0, None)
        }
    };
    adapter.set_retiring(retiring);
    adapter.set_unsent(i32::try_from(lost).unwrap_or(i32::MAX));
    if let Some(problem) = problem.or(why) {
        let (problem, group) = map_problem(problem);
        adapter.set_problem(problem);
        adapter.set_group(i32::from(group));
    }
}

/// Leaves nothing of it.
pub fn clear(window: &ui::AppWindow) {
    let adapter = ui::SetupAdapter::get(window);
    adapter.set_shown(false);
    adapter.set_code("".into());
    adapter.set_address("".into());
    adapter.set_steps(ModelRc::default());
    adapter.set_retiring(ui::RetireStep::None);
}

/// Joins the callbacks to the sink.
pub fn bind(window: &ui::AppWindow, sink: &Sink) {
    let adapter = ui::SetupAdapter::get(window);
    let set_up = |what| tap(sink, Event::Technician(TechnicianTap::SetUp(what)));
    adapter.on_delete(set_up(SetupTap::Erase));
    adapter.on_clear(set_up(SetupTap::Clear));
    adapter.on_go(set_up(SetupTap::Go));
    adapter.on_again(set_up(SetupTap::Again));
    let to = Rc::clone(sink);
    adapter.on_choose(move |field| {
        let field = match field {
            ui::SetupField::Code => Field::Code,
            ui::SetupField::Address => Field::Address,
        };
        to(Event::Technician(TechnicianTap::SetUp(
            SetupTap::FieldPressed(field),
        )));
    });
    let to = Rc::clone(sink);
    adapter.on_key(move |text: SharedString| {
        for letter in text.chars() {
            to(Event::Technician(TechnicianTap::SetUp(SetupTap::Typed(
                letter,
            ))));
        }
    });
    adapter.on_set_up(tap(sink, Event::Technician(TechnicianTap::SetUpPressed)));
    adapter.on_retire(tap(sink, Event::Technician(TechnicianTap::RetirePressed)));
    adapter.on_retire_confirmed(tap(sink, Event::Technician(TechnicianTap::RetireConfirmed)));
    adapter.on_back(tap(sink, Event::Technician(TechnicianTap::Back)));
}

fn map_step(step: Named) -> ui::SetupStepName {
    match step {
        Named::Read => ui::SetupStepName::Read,
        Named::Signature => ui::SetupStepName::Signature,
        Named::Find => ui::SetupStepName::Find,
        Named::Check => ui::SetupStepName::Check,
        Named::Key => ui::SetupStepName::Key,
        Named::Enrol => ui::SetupStepName::Enrol,
        Named::Write => ui::SetupStepName::Write,
        Named::Contact => ui::SetupStepName::Contact,
        Named::Sync => ui::SetupStepName::Sync,
    }
}

fn map_problem(problem: Problem) -> (ui::SetupProblem, u8) {
    let named = match problem {
        Problem::Mistyped { group } => return (ui::SetupProblem::Mistyped, group),
        Problem::NotATicket => ui::SetupProblem::NotATicket,
        Problem::TooShort => ui::SetupProblem::TooShort,
        Problem::Address => ui::SetupProblem::Address,
        Problem::Signature => ui::SetupProblem::Signature,
        Problem::Unreachable => ui::SetupProblem::Unreachable,
        Problem::WrongCentral => ui::SetupProblem::WrongCentral,
        Problem::Clock => ui::SetupProblem::Clock,
        Problem::CodeWrong => ui::SetupProblem::CodeWrong,
        Problem::CodeExpired => ui::SetupProblem::CodeExpired,
        Problem::CodeVoid => ui::SetupProblem::CodeVoid,
        Problem::CodeUsed => ui::SetupProblem::CodeUsed,
        Problem::CodeMoved => ui::SetupProblem::CodeMoved,
        Problem::Retired => ui::SetupProblem::Retired,
        Problem::Busy => ui::SetupProblem::Busy,
        Problem::BadAnswer => ui::SetupProblem::BadAnswer,
        Problem::OtherKiosk => ui::SetupProblem::OtherKiosk,
        Problem::Disk => ui::SetupProblem::Disk,
        Problem::Key => ui::SetupProblem::Key,
        Problem::Refused => ui::SetupProblem::Refused,
        Problem::Silent => ui::SetupProblem::Silent,
        Problem::UnderWay => ui::SetupProblem::UnderWay,
        Problem::NoKiosk => ui::SetupProblem::NoKiosk,
    };
    (named, 0)
}
