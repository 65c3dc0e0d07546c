//! Looking on while something reaches the kiosks: a bar in a terminal, JSON lines otherwise.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::thread::sleep;
use std::time::{Duration, Instant};

use dayroom_protocol::BatchId;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::order_args::{PushCommand, Watching};
use super::setup::Setup;
use super::{Done, Failure, Output, find};
use crate::{Central, PushLine, PushState, Pushed};

/// How often the service is asked to go on saying at once what kiosks acknowledge.
const ASK: Duration = Duration::from_secs(3);
/// How often the store is looked at.
const LOOK: Duration = Duration::from_millis(250);

pub(super) fn push(
    setup: &Setup,
    command: PushCommand,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let central = setup.central()?;
    let (what, watch) = match command {
        PushCommand::Order { batch, watch } => (Pushed::Orders(batch), watch),
        PushCommand::Notice { id, watch } => (Pushed::Notice(id), watch),
        PushCommand::Policy { unit, at, watch } => {
            let facility = at.find(&central)?;
            let unit = find::unit(&central, facility.id, &unit)?;
            (Pushed::Policy(unit.id), watch)
        }
        PushCommand::Roster { unit, at, watch } => {
            let facility = at.find(&central)?;
            let unit = find::unit(&central, facility.id, &unit)?;
            (Pushed::Roster(unit.id), watch)
        }
        PushCommand::Release { watch } => (Pushed::Release, watch),
    };
    look_on(setup, &central, what, &watch, output)
}

/// Looks on while orders are carried out.
pub(super) fn watch_orders(
    setup: &Setup,
    central: &Central,
    batch: BatchId,
    watch: &Watching,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    look_on(setup, central, Pushed::Orders(batch), watch, output)
}

fn look_on(
    setup: &Setup,
    central: &Central,
    what: Pushed,
    watch: &Watching,
    output: &mut Output<'_>,
) -> Result<Done, Failure> {
    let mut shown = Shown::new(watch, output)?;
    let mut asked: Option<Instant> = None;
    let ends = Instant::now() + Duration::from_secs(watch.timeout);
    loop {
        let now = setup.now();
        if watch.watch && asked.is_none_or(|asked| asked.elapsed() >= ASK) {
            central.ask_to_watch(now)?;
            asked = Some(Instant::now());
        }
        let lines = central.push(what, now)?;
        shown.show(&lines)?;
        let counts = Counts::of(&lines);
        let over = counts.has + counts.refused >= counts.kiosks;
        if over || !watch.watch || Instant::now() >= ends {
            shown.end(&counts, over)?;
            let all = counts.has == counts.kiosks;
            return Ok(if all || (!watch.watch && counts.refused == 0) {
                Done::All
            } else {
                Done::Part
            });
        }
        sleep(LOOK);
    }
}

/// How many are how far.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Counts {
    kiosks: u64,
    /// Have it, and where there is something to do, have done it.
    has: u64,
    fetching: u64,
    waiting: u64,
    refused: u64,
}

impl Counts {
    fn of(lines: &[PushLine]) -> Self {
        let mut counts = Self::default();
        for line in lines {
            counts.kiosks += 1;
            match line.state {
                PushState::Done => counts.has += 1,
                PushState::Has if line.is_record => counts.has += 1,
                PushState::Has | PushState::Fetching => counts.fetching += 1,
                PushState::Waiting => counts.waiting += 1,
                PushState::Refused { .. } | PushState::Expired | PushState::Withdrawn => {
                    counts.refused += 1;
                }
            }
        }
        counts
    }
}

/// Where it is shown.
struct Shown<'a, 'w> {
    output: &'a mut Output<'w>,
    bar: Option<ProgressBar>,
    last: BTreeMap<String, PushState>,
}

impl<'a, 'w> Shown<'a, 'w> {
    fn new(watch: &Watching, output: &'a mut Output<'w>) -> Result<Self, Failure> {
        let in_terminal =
            !watch.json && std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
        let bar = in_terminal
            .then(|| {
                let style = ProgressStyle::with_template("{bar:40} {pos}/{len}  {msg}")?;
                let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
                Ok(bar.with_style(style))
            })
            .transpose()
            .map_err(|error: indicatif::style::TemplateError| {
                Failure::because(&error, "give --json")
            })?;
        Ok(Self {
            output,
            bar,
            last: BTreeMap::new(),
        })
    }

    fn show(&mut self, lines: &[PushLine]) -> Result<(), Failure> {
        for line in lines {
            let key = format!("{} {}", line.kiosk, line.order.map_or(0, |number| number));
            if self.last.insert(key, line.state) == Some(line.state) {
                continue;
            }
            match &self.bar {
                None => {
                    let text = serde_json::to_string(line)
                        .map_err(|error| Failure::because(&error, "run it again"))?;
                    self.output.say(text)?;
                }
                Some(bar) => {
                    if let PushState::Refused { why } = line.state {
                        let why = line.said.as_deref().unwrap_or(why.words());
                        bar.println(format!("\"{}\" refused it: {why}", line.kiosk_label));
                    }
                }
            }
        }
        if let Some(bar) = &self.bar {
            let counts = Counts::of(lines);
            bar.set_length(counts.kiosks);
            bar.set_position(counts.has + counts.refused);
            bar.set_message(format!(
                "{} have it, {} fetch it, {} not in contact, {} refused",
                counts.has, counts.fetching, counts.waiting, counts.refused
            ));
        }
        Ok(())
    }

    fn end(&mut self, counts: &Counts, over: bool) -> Result<(), Failure> {
        if let Some(bar) = &self.bar {
            bar.abandon();
            return Ok(());
        }
        let text = serde_json::json!({ "all_answered": over, "counts": counts });
        self.output.say(text)
    }
}
