//! The table of screens. A new screen is one entry here: its name, the way to it by taps on English
//! labels, and the states worth seeing.

use crate::runtime::studio::ClosedReason;

/// What a screen has to cope with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// As on an ordinary day.
    Filled,
    /// Nothing there yet.
    Empty,
    /// Long names, long texts, many of all.
    Long,
    /// Without the network since this morning.
    Offline,
    /// Something went wrong.
    Error,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Filled,
        Self::Empty,
        Self::Long,
        Self::Offline,
        Self::Error,
    ];

    /// Its name in lists and of files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Filled => "filled",
            Self::Empty => "empty",
            Self::Long => "long",
            Self::Offline => "offline",
            Self::Error => "error",
        }
    }
}

/// Something done on the way to a screen.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Taps the control with this label.
    Tap(&'static str),
    /// Taps the first control whose label begins so.
    TapStarts(&'static str),
    /// Taps these keys one by one.
    Type(&'static str),
    /// Lets so many seconds pass.
    Pass(u64),
    /// Goes out of contact with central. The state `Offline` does so by itself, last of all.
    GoOffline,
    /// Closes the kiosk.
    Close(ClosedReason),
    /// Says of every picture that is not here that it cannot be had.
    FailPictures,
    /// All of these.
    Way(&'static [Step]),
}

/// A screen and the states it is seen in.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// Its name in lists and of files.
    pub name: &'static str,
    /// How to come there from the wall.
    pub way: &'static [Step],
    /// The states, each with what is done besides.
    pub states: &'static [(State, &'static [Step])],
    /// What is done at the very end, in whatever language: no labels here.
    pub last: &'static [Step],
}

use State::{Empty, Error, Filled, Long, Offline};
use Step::{Close, FailPictures, Pass, Tap, TapStarts, Type, Way};

/// The invented resident of all pictures.
pub const NUMBER: &str = "10427";
/// Their PIN.
pub const PIN: &str = "274650";

const TYPE_NUMBER: Step = Way(&[Tap("Sign in"), Type(NUMBER)]);
const TO_PIN: Step = Way(&[TYPE_NUMBER, Tap("Go")]);
const TO_CONSENT: Step = Way(&[TO_PIN, Type(PIN), Tap("Go")]);
const WRONG_PIN: Step = Way(&[Type("111112"), Tap("Go")]);
/// Signed in, at home.
const HOME: Step = Way(&[TO_CONSENT, Tap("I understand and agree")]);
const REQUESTS: Step = Way(&[HOME, Tap("Requests")]);
const MESSAGES: Step = Way(&[HOME, Tap("Messages")]);
const THREAD: Step = Way(&[MESSAGES, TapStarts("Elena")]);

const EVERY_DAY: &[(State, &[Step])] = &[(Filled, &[]), (Empty, &[]), (Long, &[]), (Offline, &[])];

/// All screens.
pub const SCREENS: &[Screen] = &[
    screen("wall", &[], EVERY_DAY),
    screen(
        "wall_notice",
        &[TapStarts("Visiting")],
        &[(Filled, &[]), (Long, &[])],
    ),
    screen(
        "wall_after",
        &[HOME],
        &[
            (Filled, &[Tap("Sign out")]),
            (Error, &[Pass(120), Pass(61)]),
        ],
    ),
    screen(
        "sign_in_number",
        &[Tap("Sign in")],
        &[
            (Empty, &[]),
            (Filled, &[Type(NUMBER)]),
            (
                Error,
                &[
                    Type(NUMBER),
                    Tap("Go"),
                    WRONG_PIN,
                    WRONG_PIN,
                    WRONG_PIN,
                    WRONG_PIN,
                    WRONG_PIN,
                ],
            ),
        ],
    ),
    screen(
        "sign_in_pin",
        &[TO_PIN],
        &[(Filled, &[Type("2746")]), (Error, &[WRONG_PIN])],
    ),
    screen("consent", &[TO_CONSENT], &[(Filled, &[]), (Long, &[])]),
    screen("home", &[HOME], EVERY_DAY),
    screen("requests", &[REQUESTS], EVERY_DAY),
    screen(
        "request",
        &[REQUESTS, TapStarts("Elena")],
        &[(Filled, &[]), (Long, &[]), (Offline, &[])],
    ),
    screen(
        "request_answered",
        &[REQUESTS, TapStarts("Elena"), Tap("Accept")],
        &[(Filled, &[]), (Long, &[]), (Offline, &[])],
    ),
    screen(
        "request_refused",
        &[REQUESTS, TapStarts("Desmond")],
        &[(Error, &[])],
    ),
    screen("messages", &[MESSAGES], EVERY_DAY),
    screen(
        "thread",
        &[THREAD],
        &[(Filled, &[]), (Long, &[]), (Offline, &[])],
    ),
    screen(
        "thread_legal",
        &[MESSAGES, TapStarts("Joan")],
        &[(Filled, &[]), (Long, &[])],
    ),
    screen(
        "thread_refused",
        &[MESSAGES, TapStarts("Tyrell")],
        &[(Error, &[FailPictures])],
    ),
    screen(
        "photo",
        &[THREAD, Tap("Picture 1")],
        &[(Filled, &[]), (Offline, &[])],
    ),
    screen(
        "covered",
        &[HOME, Tap("Hide")],
        &[(Filled, &[]), (Error, &[WRONG_PIN])],
    ),
    screen(
        "closed_lease",
        &[],
        &[(Error, &[Close(ClosedReason::LeaseOver)])],
    ),
    screen(
        "closed_revoked",
        &[],
        &[(Error, &[Close(ClosedReason::Revoked)])],
    ),
    screen(
        "closed_not_ready",
        &[],
        &[(Error, &[Close(ClosedReason::NotReady)])],
    ),
    screen(
        "closed_store",
        &[],
        &[(Error, &[Close(ClosedReason::StoreFailed)])],
    ),
    Screen {
        name: "idle_warning",
        way: &[HOME],
        states: &[(Filled, &[])],
        last: &[Pass(105)],
    },
];

const fn screen(
    name: &'static str,
    way: &'static [Step],
    states: &'static [(State, &'static [Step])],
) -> Screen {
    Screen {
        name,
        way,
        states,
        last: &[],
    }
}
