//! The way of a message, step by step, as it is shown.

use dayroom_ui as ui;

use super::locale::Locales;
use super::words;
use crate::domain::overlay::{Here, PendingAppeal, ShownMessage};
use crate::domain::{
    Appeal, Cents, Decision, Direction, LocalText, Message, MessageState, Now, Refusal, Role,
    UtcMillis,
};

/// What the steps are told with.
#[derive(Clone, Copy)]
pub struct Telling<'a> {
    /// Dates and times.
    pub locales: &'a Locales,
    /// The reader's language, a BCP 47 tag.
    pub language: &'a str,
    /// Whether central can be reached.
    pub online: bool,
    /// The clocks.
    pub now: Now,
}

/// Where a message is now: the last step that is not ahead.
pub fn current(shown: &ShownMessage, telling: Telling<'_>) -> ui::PassportStep {
    let steps = steps(shown, telling);
    let mut reached = steps.into_iter().rev();
    reached
        .find(|step| step.mark != ui::StepMark::Ahead)
        .unwrap_or_default()
}

/// The whole way of a message, what is still ahead included.
pub fn steps(shown: &ShownMessage, telling: Telling<'_>) -> Vec<ui::PassportStep> {
    let message = &shown.message;
    let mut way = Way {
        steps: Vec::new(),
        telling,
    };
    if let Some(here) = shown.here {
        way.on_this_kiosk(message, here);
    } else {
        way.reaches_central(message);
        way.leaves_central(message, shown.appeal);
    }
    way.steps
}

struct Way<'a> {
    steps: Vec<ui::PassportStep>,
    telling: Telling<'a>,
}

impl Way<'_> {
    fn step(&mut self, kind: ui::StepKind, mark: ui::StepMark, at: Option<UtcMillis>) {
        let step = self.at(kind, mark, at);
        self.steps.push(step);
    }

    fn at(
        &self,
        kind: ui::StepKind,
        mark: ui::StepMark,
        at: Option<UtcMillis>,
    ) -> ui::PassportStep {
        let Telling { locales, now, .. } = self.telling;
        ui::PassportStep {
            kind,
            mark,
            when: words::when_or_never(locales, at, now.utc),
            ..ui::PassportStep::default()
        }
    }

    fn done(&mut self, kind: ui::StepKind, at: Option<UtcMillis>) {
        self.step(kind, ui::StepMark::Done, at);
    }

    fn ahead(&mut self, kind: ui::StepKind) {
        self.step(kind, ui::StepMark::Ahead, None);
    }

    fn on_this_kiosk(&mut self, message: &Message, here: Here) {
        self.done(ui::StepKind::Written, message.passage.written_at);
        if let Here::Refused(reason) = here {
            self.steps.push(ui::PassportStep {
                not_taken: not_taken(reason),
                ..self.at(ui::StepKind::NotSent, ui::StepMark::Stopped, None)
            });
            return;
        }
        let kind = if !self.telling.online {
            ui::StepKind::WaitsForNetwork
        } else if here.is_held(self.telling.now.boot) {
            ui::StepKind::LeavesSoon
        } else {
            ui::StepKind::OnItsWay
        };
        self.step(kind, ui::StepMark::Now, None);
        self.ahead(ui::StepKind::NotDelivered);
    }

    fn reaches_central(&mut self, message: &Message) {
        if message.direction == Direction::Outgoing {
            self.done(ui::StepKind::Written, message.passage.written_at);
            self.done(ui::StepKind::LeftKiosk, None);
        }
        self.done(ui::StepKind::Arrived, Some(message.at));
    }

    fn leaves_central(&mut self, message: &Message, pending: Option<PendingAppeal>) {
        match &message.state {
            MessageState::OnHold { since, promised_by } => {
                self.waits(ui::StepKind::InReview, *since, *promised_by);
                self.ahead(ui::StepKind::NotDelivered);
            }
            MessageState::Rejected {
                at,
                reason,
                decision,
            } => {
                self.rejected(*at, reason, decision);
                self.appeal(message.passage.appeal.as_ref(), pending);
            }
            MessageState::Delivered => {
                self.appeal(message.passage.appeal.as_ref(), pending);
                self.delivered(message);
            }
        }
    }

    fn delivered(&mut self, message: &Message) {
        let outgoing = message.direction == Direction::Outgoing;
        if outgoing {
            self.done(ui::StepKind::Delivered, message.passage.delivered_at);
        }
        match (message.read_at, outgoing) {
            (Some(at), true) => self.done(ui::StepKind::Read, Some(at)),
            (Some(at), false) => self.done(ui::StepKind::Opened, Some(at)),
            (None, _) => self.ahead(ui::StepKind::NotRead),
        }
    }

    /// Something that staff have promised to answer.
    fn waits(&mut self, kind: ui::StepKind, since: UtcMillis, promised_by: Option<UtcMillis>) {
        let Telling { locales, now, .. } = self.telling;
        let overdue = promised_by.is_some_and(|by| now.utc > by);
        let mark = if overdue {
            ui::StepMark::Overdue
        } else {
            ui::StepMark::Now
        };
        let promised = promised_by.map_or_else(String::new, |by| locales.day(by));
        self.steps.push(ui::PassportStep {
            promised: promised.into(),
            ..self.at(kind, mark, Some(since))
        });
    }

    fn rejected(&mut self, at: UtcMillis, reason: &str, decision: &Decision) {
        let step = ui::PassportStep {
            office: office(decision.by),
            reason: reason.into(),
            rule: self.rule(decision).into(),
            refund: decision.refund.map_or_else(String::new, money).into(),
            ..self.at(ui::StepKind::NotAllowed, ui::StepMark::Stopped, Some(at))
        };
        self.steps.push(step);
    }

    /// What staff call the rule, and what it says in the reader's language.
    fn rule(&self, decision: &Decision) -> String {
        let Some(rule) = &decision.rule else {
            return String::new();
        };
        let says = |text: &LocalText| text.in_language(self.telling.language).to_owned();
        match (rule.code.as_str(), says(&rule.text)) {
            ("", text) => text,
            (code, text) if text.is_empty() => code.to_owned(),
            (code, text) => format!("{code}: {text}"),
        }
    }

    fn appeal(&mut self, appeal: Option<&Appeal>, pending: Option<PendingAppeal>) {
        match (appeal, pending) {
            (Some(Appeal::Open { since, promised_by }), _) => {
                self.waits(ui::StepKind::AppealOpen, *since, *promised_by);
            }
            (Some(Appeal::Upheld { at, by, reason }), _) => {
                let step = ui::PassportStep {
                    office: office(*by),
                    reason: reason.as_str().into(),
                    ..self.at(ui::StepKind::AppealUpheld, ui::StepMark::Stopped, Some(*at))
                };
                self.steps.push(step);
            }
            (Some(Appeal::Granted { at }), _) => {
                self.done(ui::StepKind::AppealGranted, Some(*at));
            }
            (None, Some(pending)) => self.pending(pending),
            (None, None) => {}
        }
    }

    fn pending(&mut self, pending: PendingAppeal) {
        let at = Some(pending.since);
        match pending.refused {
            Some(reason) => self.steps.push(ui::PassportStep {
                not_taken: not_taken(reason),
                ..self.at(ui::StepKind::AppealNotTaken, ui::StepMark::Stopped, at)
            }),
            None => self.step(ui::StepKind::AppealWaits, ui::StepMark::Now, at),
        }
    }
}

fn not_taken(reason: Refusal) -> ui::NotTaken {
    match reason {
        Refusal::NoFunds => ui::NotTaken::NoFunds,
        Refusal::TooLong => ui::NotTaken::TooLong,
        Refusal::NotActive | Refusal::Withdrawn => ui::NotTaken::NotActive,
        Refusal::NotAllowed => ui::NotTaken::NotAllowed,
        Refusal::AlreadyDecided | Refusal::AlreadyAnswered => ui::NotTaken::AlreadyDecided,
        Refusal::NotFound => ui::NotTaken::NotFound,
        Refusal::Unsupported => ui::NotTaken::Unsupported,
    }
}

fn office(role: Role) -> ui::Office {
    match role {
        Role::MailRoom => ui::Office::MailRoom,
        Role::Supervisor => ui::Office::Supervisor,
        Role::Investigations => ui::Office::Investigations,
        Role::Administration => ui::Office::Administration,
    }
}

/// "25¢" or "$1.05"; the facilities are American.
fn money(Cents(cents): Cents) -> String {
    if cents < 100 {
        return format!("{cents}¢");
    }
    format!("${}.{:02}", cents / 100, cents % 100)
}

#[cfg(test)]
#[path = "passport_tests.rs"]
mod tests;
