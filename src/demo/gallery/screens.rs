//! The table of screens. A new screen is one entry here: its name, the way to it by taps on English
//! labels, and the states worth seeing.

use crate::runtime::studio::{ClosedReason, Problem};

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
    /// Says how far setting the terminal up is, and what failed.
    SetUp(Option<Problem>),
    /// Closes the kiosk.
    Close(ClosedReason),
    /// Says of every picture that is not here that it cannot be had.
    FailPictures,
    /// The disk does not take what is being written.
    FailDraft,
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
use Step::{Close, FailDraft, FailPictures, Pass, SetUp, Tap, TapStarts, Type, Way};

/// The invented resident of all pictures.
pub const NUMBER: &str = "10427";
/// Their PIN.
pub const PIN: &str = "274650";

const TYPE_NUMBER: Step = Way(&[Tap("Sign in"), Type(NUMBER)]);
const TO_PIN: Step = Way(&[TYPE_NUMBER, Tap("Go")]);
const TO_CONSENT: Step = Way(&[TO_PIN, Type(PIN), Tap("Go")]);
/// A code and an address, handed in.
const SET_UP_GOES: Step = Way(&[
    Type("8q2mt"),
    Tap("Address of central"),
    Type("central"),
    Tap("Set up"),
]);
const WRONG_PIN: Step = Way(&[Type("111112"), Tap("Go")]);
/// Signed in, at home.
const HOME: Step = Way(&[TO_CONSENT, Tap("I understand and agree")]);
const REQUESTS: Step = Way(&[HOME, Tap("Requests")]);
const MESSAGES: Step = Way(&[HOME, Tap("Messages")]);
const THREAD: Step = Way(&[MESSAGES, TapStarts("Elena")]);
const FRIEND: Step = Way(&[MESSAGES, TapStarts("Tyrell")]);
const COMPOSE: Step = Way(&[THREAD, Tap("Write")]);
const WORDS: Step = Way(&[
    Type("tell"),
    Tap("Space"),
    Type("ana"),
    Tap("Space"),
    Type("hello"),
]);
const CONTACTS: Step = Way(&[HOME, Tap("Contacts")]);
const FIND: Step = Way(&[HOME, Tap("Find")]);
const READING: Step = Way(&[HOME, TapStarts("To read")]);
const ACCOUNT: Step = Way(&[HOME, Tap("My account")]);
const CHANGE_PIN: Step = Way(&[ACCOUNT, Tap("Change your PIN")]);
const KINDS: Step = Way(&[MESSAGES, TapStarts("Nadia")]);
const CARD: Step = Way(&[KINDS, Tap("Card 1")]);

/// What people look at on a good day and a full one.
const BOTH: &[(State, &[Step])] = &[(Filled, &[]), (Long, &[])];
const GOOD: &[(State, &[Step])] = &[(Filled, &[])];
const BAD: &[(State, &[Step])] = &[(Error, &[])];
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
            // Where most is said.
            (
                Long,
                &[
                    Tap("My account"),
                    Tap("Freeze your account"),
                    Tap("Freeze my account now"),
                ],
            ),
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
    screen("photo_card", &[CARD], GOOD),
    screen("photo_refused", &[CARD, Tap("Next picture")], BAD),
    screen(
        "photo_mail",
        &[CARD, Tap("Next picture"), Tap("Next picture")],
        &[
            (Filled, &[]),
            (Long, &[Tap("Larger"), Tap("Look further down")]),
        ],
    ),
    screen(
        "photo_document",
        &[
            CARD,
            Tap("Next picture"),
            Tap("Next picture"),
            Tap("Next page"),
            Tap("Next page"),
        ],
        GOOD,
    ),
    screen("thread_kinds", &[KINDS], BOTH),
    screen("message", &[THREAD, TapStarts("Open the message")], BOTH),
    screen(
        "message_held",
        &[THREAD, TapStarts("A message is being reviewed")],
        GOOD,
    ),
    screen(
        "message_read",
        &[MESSAGES, TapStarts("Joan"), TapStarts("Open the message")],
        BOTH,
    ),
    screen(
        "message_appealed",
        &[FRIEND, TapStarts("Open the message")],
        BAD,
    ),
    screen(
        "message_not_allowed",
        &[FRIEND, TapStarts("A message was not allowed")],
        &[(Error, &[]), (Filled, &[Tap("Ask for another reviewer")])],
    ),
    screen(
        "compose",
        &[COMPOSE],
        &[
            (Filled, &[WORDS]),
            (Long, &[]),
            (Offline, &[]),
            (Error, &[WORDS, FailDraft]),
        ],
    ),
    screen(
        "compose_send",
        &[COMPOSE, WORDS, Tap("Send")],
        &[(Filled, &[]), (Offline, &[])],
    ),
    screen(
        "compose_sent",
        &[COMPOSE, WORDS, Tap("Send"), Tap("Send now")],
        &[(Filled, &[]), (Offline, &[])],
    ),
    screen("contacts", &[CONTACTS], EVERY_DAY),
    screen(
        "contact",
        &[CONTACTS, TapStarts("Elena Rosa")],
        &[
            (Filled, &[]),
            (Long, &[]),
            (Error, &[Tap("Remove Elena Rosa Vargas")]),
        ],
    ),
    screen("contact_legal", &[CONTACTS, TapStarts("Joan")], GOOD),
    screen("contact_waiting", &[CONTACTS, TapStarts("Ruth")], GOOD),
    screen("contact_declined", &[CONTACTS, TapStarts("Marvin")], GOOD),
    screen("contact_blocked", &[CONTACTS, TapStarts("Curtis")], GOOD),
    screen("contact_removed", &[CONTACTS, TapStarts("Lena")], GOOD),
    screen("contact_refused", &[CONTACTS, TapStarts("Desmond")], BAD),
    screen(
        "contact_lawyer",
        &[CONTACTS, TapStarts("Grace"), TapStarts("Write to")],
        BOTH,
    ),
    screen(
        "find",
        &[FIND],
        &[
            (Empty, &[]),
            (Filled, &[Type("rain")]),
            (Long, &[Type("rain"), Tap("Show what was found")]),
            (Error, &[Type("zz"), Tap("Show what was found")]),
        ],
    ),
    screen(
        "find_person",
        &[FIND, Tap("Show what was found"), Tap("Only one person")],
        BOTH,
    ),
    screen("reading", &[READING], EVERY_DAY),
    screen("reading_page", &[READING, TapStarts("Visits")], BOTH),
    screen(
        "reading_done",
        &[READING, TapStarts("Visits"), Tap("I have read this")],
        BOTH,
    ),
    screen("account", &[ACCOUNT], &[(Filled, &[]), (Offline, &[])]),
    screen(
        "account_history",
        &[ACCOUNT, TapStarts("Sign-ins")],
        &[(Filled, &[]), (Empty, &[]), (Long, &[])],
    ),
    screen(
        "account_pin",
        &[CHANGE_PIN],
        &[
            (Filled, &[Type("2746")]),
            (Error, &[Type(PIN), Tap("Go"), Type("123456"), Tap("Go")]),
        ],
    ),
    screen(
        "account_freeze",
        &[ACCOUNT, Tap("Freeze your account")],
        GOOD,
    ),
    screen(
        "account_screen",
        &[ACCOUNT, Tap("How the screen looks")],
        GOOD,
    ),
    screen("help_hotlines", &[Tap("Hotlines")], BOTH),
    screen("help_safety", &[Tap("Safety and reporting")], BOTH),
    screen("help_rights", &[Tap("Your rights")], BOTH),
    screen(
        "help_using",
        &[Tap("How to use this")],
        &[(Filled, &[]), (Empty, &[])],
    ),
    screen(
        "help_closed",
        &[],
        &[(Error, &[Close(ClosedReason::Revoked), Tap("Hotlines")])],
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
        "closed_expired",
        &[],
        &[(Error, &[Close(ClosedReason::Expired)])],
    ),
    screen(
        "closed_clock",
        &[],
        &[(Error, &[Close(ClosedReason::ClockWrong)])],
    ),
    screen(
        "closed_not_ready",
        &[],
        &[(Error, &[Close(ClosedReason::NotReady)])],
    ),
    screen(
        "technician_set_up",
        &[Close(ClosedReason::NotReady), Tap("For technicians")],
        &[
            (Empty, &[]),
            (
                Long,
                &[
                    Type("8q2mt0kx7a93jpw4rd5z8q2mt0kx7a93jpw4rd5z"),
                    Tap("Address of central"),
                    Type("central.long-name.example.org:8443"),
                ],
            ),
            (Filled, &[SET_UP_GOES, SetUp(None)]),
            (Error, &[SET_UP_GOES, SetUp(Some(Problem::WrongCentral))]),
        ],
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
    Screen {
        name: "wall_dim",
        way: &[],
        states: &[(Filled, &[])],
        last: &[Pass(61)],
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
