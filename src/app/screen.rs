use crate::domain::sign_in::Digits;
use crate::domain::{
    BootMillis, ConnectionId, IntentNumber, LastSignIn, MessageId, ResidentId, ResidentNumber,
};

use super::ClosedReason;

/// What is on screen. Whatever belongs to a person lives only in a state they are in.
pub enum Screen {
    /// Nobody is signed in.
    Wall {
        /// What the last one should know.
        banner: Banner,
    },
    /// Somebody types number and PIN.
    SignIn(SignIn),
    /// Somebody reads the monitoring text.
    Consent(Session),
    /// Somebody is signed in.
    SignedIn(SignedIn),
    /// Somebody is signed in and the screen shows nothing of it.
    Covered(Covered),
    /// Nobody can sign in.
    Closed(ClosedReason),
}

impl Screen {
    /// Who is signed in, covered or not.
    pub fn session(&self) -> Option<&Session> {
        match self {
            Self::Consent(session) => Some(session),
            Self::SignedIn(signed_in) => Some(&signed_in.session),
            Self::Covered(covered) => Some(&covered.session),
            Self::Wall { .. } | Self::SignIn(_) | Self::Closed(_) => None,
        }
    }
}

/// What the wall says to the one who has just gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Banner {
    /// Nothing.
    None,
    /// You were signed out.
    SignedOut,
    /// You were signed out because nobody touched the screen.
    SignedOutIdle,
}

/// Number and PIN on their way.
pub struct SignIn {
    /// Which of the two is typed.
    pub field: Field,
    /// The number.
    pub number: Digits,
    /// The PIN.
    pub pin: Digits,
    /// The order of the keys.
    pub keys: [u8; 10],
    /// Where it stands.
    pub stage: PadStage,
}

/// The keys in their usual order: 1 to 9, then 0.
pub const USUAL_KEYS: [u8; 10] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 0];

impl Default for SignIn {
    fn default() -> Self {
        Self {
            field: Field::Number,
            number: Digits::new(),
            pin: Digits::new(),
            keys: USUAL_KEYS,
            stage: PadStage::Entering,
        }
    }
}

/// A field of the sign-in page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The resident's number.
    Number,
    /// The PIN.
    Pin,
}

/// Where a PIN pad stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PadStage {
    /// Digits may be typed.
    Entering,
    /// A PIN is being checked.
    Checking,
    /// The last one was wrong.
    Wrong {
        /// Tries left; 0 says nothing.
        tries_left: u32,
    },
    /// The number is locked here.
    Locked {
        /// Until then.
        until: BootMillis,
    },
    /// Only staff can open it.
    NeedsStaff,
    /// There is no roster to check against.
    Unavailable,
}

/// Somebody who is signed in. No `Debug`: it holds a name and a number.
pub struct Session {
    /// Who.
    pub resident: ResidentId,
    /// What they typed, to come back from the cover.
    pub number: ResidentNumber,
    /// What they are called.
    pub first_name: String,
    /// The sign-in before this one.
    pub last: Option<LastSignIn>,
    /// The answer that can be taken back.
    pub undo: Option<Undo>,
}

/// An answer that can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undo {
    /// The intent.
    pub number: IntentNumber,
    /// The request it answers.
    pub connection: ConnectionId,
    /// Until when it is offered.
    pub until: BootMillis,
}

/// A session at work.
pub struct SignedIn {
    /// Whose.
    pub session: Session,
    /// Which page.
    pub page: Page,
    /// Whole seconds until the cover, while the warning is shown.
    pub idle_left: Option<u64>,
}

/// A page of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Home.
    Home,
    /// Connection requests.
    Requests {
        /// The one that is open.
        open: Option<ConnectionId>,
    },
    /// Conversations.
    Messages {
        /// The one that is open.
        open: Option<ConnectionId>,
    },
    /// A picture on the whole screen.
    Photo {
        /// Its conversation.
        connection: ConnectionId,
        /// Its message.
        message: MessageId,
        /// From 0.
        index: usize,
    },
}

/// A session under the cover.
pub struct Covered {
    /// Whose.
    pub session: Session,
    /// The page to come back to.
    pub page: Page,
    /// Why it is covered.
    pub reason: CoverReason,
    /// The PIN being typed.
    pub pin: Digits,
    /// The order of the keys.
    pub keys: [u8; 10],
    /// Where it stands.
    pub stage: PadStage,
}

/// Why the screen is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoverReason {
    /// The person hid it.
    Hidden,
    /// Nobody touched it.
    Idle,
}
