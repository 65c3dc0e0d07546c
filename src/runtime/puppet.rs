//! A screen that draws into memory and does what it is told on standard input, one JSON line a
//! command, one a reply. The tour and the tests drive the real screen process with it.

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::screen;
use crate::view;

/// How long a command waits for what it names to come on screen, in milliseconds.
pub const PATIENCE_MS: u64 = 30_000;
/// How often it looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(15);

/// What a scripted person does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    /// Taps the `nth` control whose label fits, once it is there.
    Tap {
        /// The label, or its beginning.
        label: Label,
        /// From 0, in the order of the tree.
        #[serde(default)]
        nth: usize,
    },
    /// Waits until something with that label is there.
    Wait {
        /// The label, or its beginning.
        label: Label,
    },
    /// Waits until nothing with that label is there.
    WaitGone {
        /// The label, or its beginning.
        label: Label,
    },
    /// Shows everything as a person with these preferences wants it; what is missing is as by default.
    Prefer {
        /// The preferences.
        #[serde(flatten)]
        preferences: crate::domain::Preferences,
    },
    /// Says what is there.
    Look,
    /// Fails in the middle of drawing, as a fault of ours would.
    Panic,
    /// Hangs, as a fault of ours would.
    Hang,
    /// Writes a PNG.
    Picture {
        /// Where.
        path: PathBuf,
    },
}

/// How a label is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// The whole label.
    Is(String),
    /// Its beginning.
    Starts(String),
    /// A part of it.
    Has(String),
}

impl Label {
    /// Whether `text` is such a label.
    pub fn fits(&self, text: &str) -> bool {
        match self {
            Self::Is(label) => text == label,
            Self::Starts(label) => text.starts_with(label.as_str()),
            Self::Has(label) => text.contains(label.as_str()),
        }
    }
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Reply {
    /// It is done.
    Done,
    /// What is on screen: role and label.
    There {
        /// One for each labelled element.
        seen: Vec<(String, String)>,
    },
    /// It did not come to pass in time; what is on screen instead.
    Missing {
        /// One for each labelled element.
        seen: Vec<(String, String)>,
    },
    /// The command cannot be read, or failed.
    Failed {
        /// Why.
        why: String,
    },
}

/// Serves commands from standard input on a thread of its own; the input's end closes the screen.
pub fn serve_standard_input() {
    std::thread::spawn(|| {
        let mut output = std::io::stdout();
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            let reply = match serde_json::from_str(&line) {
                Ok(command) => carry_out(&command),
                Err(error) => Reply::Failed {
                    why: error.to_string(),
                },
            };
            let Ok(text) = serde_json::to_string(&reply) else {
                break;
            };
            if writeln!(output, "{text}")
                .and_then(|()| output.flush())
                .is_err()
            {
                break;
            }
        }
        view::post(view::quit);
    });
}

fn carry_out(command: &Command) -> Reply {
    let rounds = u128::from(PATIENCE_MS) / LOOK_AGAIN.as_millis();
    for _ in 0..rounds {
        let (answer, answered) = mpsc::channel();
        let attempt = command.clone();
        view::post(move || {
            let _ = answer.send(screen::with_view(|view| try_once(view, &attempt)).flatten());
        });
        match answered.recv() {
            Ok(Some(reply)) => return reply,
            // Not there yet: the loop goes on while this thread waits.
            Ok(None) => std::thread::park_timeout(LOOK_AGAIN),
            Err(_) => {
                return Reply::Failed {
                    why: "the screen has ended".to_owned(),
                };
            }
        }
    }
    let (answer, answered) = mpsc::channel();
    view::post(move || {
        let _ = answer.send(screen::with_view(seen).unwrap_or_default());
    });
    Reply::Missing {
        seen: answered.recv().unwrap_or_default(),
    }
}

fn try_once(view: &view::View, command: &Command) -> Option<Reply> {
    view.drop_recorded_words();
    let there = |label: &Label| view.seen().iter().any(|seen| label.fits(&seen.label));
    match command {
        Command::Tap { label, nth } => view
            .tap(|text| label.fits(text), *nth)
            .then_some(Reply::Done),
        Command::Wait { label } => there(label).then_some(Reply::Done),
        Command::WaitGone { label } => (!there(label)).then_some(Reply::Done),
        Command::Prefer { preferences } => {
            view.apply_preferences(preferences);
            if let Some(tag) = &preferences.language {
                view.select_language(tag);
            }
            Some(Reply::Done)
        }
        Command::Panic => planted_fault(),
        Command::Hang => loop {
            std::thread::park();
        },
        Command::Look => Some(Reply::There { seen: seen(view) }),
        Command::Picture { path } => Some(match view.write_picture(path) {
            Ok(()) => Reply::Done,
            Err(error) => Reply::Failed {
                why: error.to_string(),
            },
        }),
    }
}

/// A fault, planted to see what follows.
fn planted_fault() -> Option<Reply> {
    panic!("Rosa's words must not be in the log");
}

fn seen(view: &view::View) -> Vec<(String, String)> {
    view.seen()
        .into_iter()
        .map(|seen| (seen.role, seen.label))
        .collect()
}
