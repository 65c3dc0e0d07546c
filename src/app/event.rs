use crate::domain::local::Link;
use crate::domain::sign_in::Digit;
use crate::domain::{
    Answer, ConnectionId, IntentNumber, LastSignIn, MessageId, Policy, ResidentId, UtcMillis,
};

/// What happened: a person's tap, a clock's tick, or news from another process.
#[derive(Clone, PartialEq, Eq)]
pub enum Event {
    /// Somebody touched the screen, wherever.
    Touched,
    /// Time has passed.
    Tick,

    /// Wants to sign in.
    SignInPressed,
    /// Wants another language.
    LanguageChosen(String),
    /// A digit of the pad.
    DigitPressed(Digit),
    /// Takes the last digit back.
    Erase,
    /// Takes all digits of the field back.
    Clear,
    /// Goes on with what is typed.
    Go,
    /// Goes one step back.
    Back,
    /// Wants the keys in another order.
    ShufflePressed,
    /// The other order, by the runtime's randomness.
    Shuffled([u8; 10]),
    /// Wants to type the number.
    NumberFieldChosen,
    /// Wants to type the PIN.
    PinFieldChosen,
    /// What came of a PIN.
    PinChecked(PinAnswer),
    /// Agrees to the monitoring text.
    ConsentAgreed,
    /// Does not.
    ConsentDeclined,

    /// Goes home.
    HomePressed,
    /// Wants to see who asked.
    OpenRequests,
    /// Opens one request.
    OpenRequest(ConnectionId),
    /// Answers it.
    Answer(ConnectionId, Answer),
    /// Takes the last answer back.
    UndoPressed,
    /// Has read why central refused an answer.
    RefusalRead(ConnectionId),
    /// Wants to see the conversations.
    OpenMessages,
    /// Opens one conversation.
    OpenConversation(ConnectionId),
    /// Opens a message, which tells its sender.
    OpenMessage(MessageId),
    /// Opens the picture at an index of a message.
    OpenPhoto(MessageId, usize),
    /// The picture after it.
    NextPhoto,
    /// The picture before it.
    PreviousPhoto,
    /// Back to the message.
    ClosePhoto,
    /// Covers the screen.
    HidePressed,
    /// Answers the idle warning.
    StillHere,
    /// Signs out.
    SignOutPressed,

    /// An answer has its number and can be undone until then.
    AnswerRecorded {
        /// The intent.
        number: IntentNumber,
        /// The request it answers.
        connection: ConnectionId,
    },
    /// The cache has changed.
    CacheChanged,
    /// Contact with central came or went.
    LinkChanged {
        /// How it is now.
        link: Link,
        /// When central last answered.
        last_contact: Option<UtcMillis>,
    },
    /// Central changed the policy.
    PolicyChanged(Policy),
    /// The person signed in is on this unit's roster no more.
    RosterLost,
    /// Something closes the kiosk, or nothing does any more.
    Closed(Option<ClosedReason>),
}

impl Event {
    /// Whether a person did it.
    pub fn is_touch(&self) -> bool {
        !matches!(
            self,
            Self::Tick
                | Self::Shuffled(_)
                | Self::PinChecked(_)
                | Self::AnswerRecorded { .. }
                | Self::CacheChanged
                | Self::LinkChanged { .. }
                | Self::PolicyChanged(_)
                | Self::RosterLost
                | Self::Closed(_)
        )
    }
}

/// What came of a PIN.
#[derive(Clone, PartialEq, Eq)]
pub enum PinAnswer {
    /// It is right.
    Right {
        /// Whose it is.
        resident: ResidentId,
        /// What they are called.
        first_name: String,
        /// The sign-in before this one.
        last: Option<LastSignIn>,
    },
    /// Number and PIN do not belong together.
    Wrong {
        /// Tries left before the number is locked here.
        tries_left: u32,
    },
    /// This number is locked here.
    Locked {
        /// For how many milliseconds from now.
        millis: u64,
    },
    /// Only staff can open it.
    NeedsStaff,
    /// There is no roster to check against.
    Unavailable,
}

/// Why the kiosk is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosedReason {
    /// Out of contact for longer than the policy allows.
    LeaseExpired,
    /// Central does not take this kiosk any more.
    Revoked,
    /// It has not been set up.
    NotProvisioned,
    /// The store cannot be read.
    StoreDamaged,
}
