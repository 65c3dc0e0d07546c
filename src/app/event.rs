//! What can happen: taps, and what the runtime reports. `Debug` tells no digit, number, PIN or name.

use std::fmt;

use crate::domain::attached::{Attached, Stranger};
use crate::domain::badge::BadgeEvent;
use crate::domain::draft_key::KeyShown;
use crate::domain::local::Link;
use crate::domain::provisioning::Told;
use crate::domain::sign_in::{Digit, Gate};
use crate::domain::{
    Answer, BlobHash, BootMillis, ConnectionId, DraftId, IntentNumber, LastSignIn, MessageId,
    NoticeId, Policy, Preferences, Refusal, ResidentId, ResidentNumber, UtcMillis,
};

use super::flows::wall::HelpTopic;
use super::{
    AccountTap, ComposeTap, ContactsTap, FindTap, KeypadOrder, ReadingTap, TechnicianTap, Ticket,
};

/// Something that happened. Everything but [`Event::Runtime`] shows that somebody is there, but that a
/// mere touch does not answer the idle warning; a tap that the present screen does not have does
/// nothing else.
#[derive(Clone, Debug)]
pub enum Event {
    /// Somebody touched the glass.
    Touched,
    /// On the wall.
    Wall(WallTap),
    /// On the number pad, of sign-in or of the cover.
    Pad(PadTap),
    /// On the consent page.
    Consent(ConsentTap),
    /// About connection requests.
    Requests(RequestsTap),
    /// About messages.
    Messages(MessagesTap),
    /// While writing a message.
    Compose(ComposeTap),
    /// About contacts.
    Contacts(ContactsTap),
    /// While searching.
    Find(FindTap),
    /// While reading notices and the handbook.
    Reading(ReadingTap),
    /// In one's account.
    Account(AccountTap),
    /// On what every signed-in screen has.
    Session(SessionTap),
    /// On the technicians' page.
    Technician(TechnicianTap),
    /// Not a tap.
    Runtime(Report),
}

/// Taps on the wall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WallTap {
    /// Wants to sign in.
    SignInPressed,
    /// Wants another language; a BCP 47 tag of the policy. Works wherever it is offered.
    LanguageChosen(String),
    /// Touched the dark glass: this only wakes it.
    Woken,
    /// Wants to read a notice.
    OpenNotice(NoticeId),
    /// Wants help; leaves no trace.
    OpenHelp(HelpTopic),
    /// Has read it.
    CloseReading,
}

/// Taps on the number pad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PadTap {
    /// A digit, wherever its key is.
    Digit(Digit),
    /// Takes the last digit back.
    Erase,
    /// Takes all digits back.
    Clear,
    /// Done typing.
    Go,
    /// One step back.
    Back,
    /// Wants to type the number.
    NumberPressed,
    /// Wants to type the PIN.
    PinPressed,
    /// Wants the keys in another order, or in the usual one again.
    ShufflePressed(KeypadOrder),
}

/// Taps on the consent page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentTap {
    /// Agrees to the text on the screen.
    Agreed {
        /// Its version.
        version: u32,
    },
    /// Does not.
    Declined,
}

/// Taps about connection requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestsTap {
    /// Wants the list.
    OpenRequests,
    /// Wants one of them.
    OpenRequest(ConnectionId),
    /// Answers one.
    Answered(ConnectionId, Answer),
    /// Wants the last answer undone, from whatever page.
    UndoPressed,
    /// Has read why central refused the answer to this request.
    RefusalRead(ConnectionId),
}

/// Taps about messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessagesTap {
    /// Wants the conversations.
    OpenMessages,
    /// Wants one of them.
    OpenConversation(ConnectionId),
    /// Wants to read a message of the open conversation.
    OpenMessage(MessageId, Seen),
    /// Wants to see a photo of the open message.
    OpenPhoto {
        /// Which, from 0.
        index: u8,
        /// How many the message has.
        of: u8,
    },
    /// The next photo.
    NextPhoto,
    /// The one before.
    PreviousPhoto,
    /// Back to the message.
    ClosePhoto,
    /// Puts the open message among the starred, or takes it from there.
    StarPressed(MessageId, bool),
    /// Wants another reviewer for the open message.
    AppealPressed(MessageId),
    /// Wants the appeal just made undone.
    UndoAppealPressed,
}

/// Whether opening a message is news to its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A delivered message from outside, not opened before: it is recorded as read.
    New,
    /// Opened before, the resident's own, or without words to read.
    Before,
}

/// Taps on what every signed-in screen has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionTap {
    /// One step up.
    Back,
    /// To the start page.
    GoHome,
    /// Covers everything now.
    HidePressed,
    /// Answers the idle warning.
    StillHere,
    /// Ends the session.
    SignOutPressed,
}

/// What the runtime reports.
#[derive(Clone, Debug)]
pub enum Report {
    /// Time passed.
    Tick,
    /// The cache has something new.
    CacheChanged,
    /// The contact with central changed.
    LinkChanged {
        /// To what.
        link: Link,
        /// When central last answered.
        last_contact: Option<UtcMillis>,
    },
    /// When central is asked next while it does not answer.
    NextTry(Option<BootMillis>),
    /// Central changed what this kiosk goes by.
    PolicyChanged(Box<Policy>),
    /// Answers [`super::Effect::CheckPin`].
    PinChecked {
        /// Which check.
        ticket: Ticket,
        /// How it went.
        answer: PinAnswer,
    },
    /// Answers [`super::Effect::OpenDraft`].
    DraftOpened {
        /// Which.
        ticket: Ticket,
        /// What there is of it.
        draft: OpenedDraft,
    },
    /// Answers [`super::Effect::SaveDraft`]: it is on disk.
    DraftSaved {
        /// Which.
        draft: DraftId,
        /// Up to which change.
        version: u64,
    },
    /// Answers [`super::Effect::SaveDraft`]: it is not on disk.
    DraftNotSaved {
        /// Which.
        draft: DraftId,
    },
    /// Answers [`super::Effect::RecordIntent`]: it is on disk.
    IntentRecorded {
        /// Which.
        ticket: Ticket,
        /// Its place in the journal.
        number: IntentNumber,
    },
    /// Answers [`super::Effect::RecordIntent`]: it is not on disk.
    IntentNotRecorded {
        /// Which.
        ticket: Ticket,
    },
    /// Answers [`super::Effect::UndoIntent`].
    UndoDone {
        /// Which.
        number: IntentNumber,
        /// How it went.
        answer: UndoAnswer,
    },
    /// Answers [`super::Effect::CheckTechnician`].
    TechnicianChecked {
        /// Which check.
        ticket: Ticket,
        /// How it went.
        answer: TechnicianAnswer,
    },
    /// What sync says of setting up and of going out of service.
    Provisioning(Told),
    /// How the draft key stands here.
    KeyTold(Box<KeyShown>),
    /// A reader told something.
    Badge(BadgeEvent),
    /// The devices of this terminal are like this now.
    AttachedChanged(Box<Attached>),
    /// Somebody plugged in a device that nobody has listed.
    Plugged(Stranger),
    /// It was taken away.
    Unplugged(Stranger),
    /// A photo on screen is not here yet.
    PhotoMissing(BlobHash),
    /// Somebody may not be signed in here any more.
    RosterChanged {
        /// Who.
        resident: ResidentId,
        /// Why.
        standing: Standing,
    },
    /// Nobody can sign in.
    Closed(ClosedReason),
    /// What [`Report::Closed`] said is over.
    Opened,
}

/// How a check of the technicians' code went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TechnicianAnswer {
    /// It was right.
    Right,
    /// It was wrong.
    Wrong {
        /// What follows, this try counted.
        gate: Gate,
    },
    /// It was not checked.
    Shut {
        /// See there.
        gate: Gate,
    },
    /// There is none to check against.
    Unavailable,
}

/// How a PIN check went. The wrong number and the wrong PIN look alike.
#[derive(Clone)]
pub enum PinAnswer {
    /// It was right.
    Right(SignedIn),
    /// It was checked and wrong.
    Wrong {
        /// What follows, this try counted.
        gate: Gate,
    },
    /// It was not checked: the number is locked or needs staff.
    Shut {
        /// See there.
        gate: Gate,
    },
    /// It was right, but staff have closed this resident's sign-in.
    Frozen,
    /// It could not be checked.
    Unavailable,
}

/// Somebody whose PIN was right.
#[derive(Clone)]
pub struct SignedIn {
    /// Who.
    pub resident: ResidentId,
    /// What to call them.
    pub first_name: String,
    /// The sign-in before this one, with the wrong PINs since, those typed here included.
    pub last_sign_in: Option<LastSignIn>,
    /// Their number.
    pub number: ResidentNumber,
    /// How they want the screen.
    pub preferences: Preferences,
    /// An order of the keys nobody can foresee, for whoever wants them shuffled.
    pub keypad: KeypadOrder,
}

impl fmt::Debug for PinAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Right(_) => f.write_str("Right(_)"),
            Self::Wrong { gate } => write!(f, "Wrong({gate:?})"),
            Self::Shut { gate } => write!(f, "Shut({gate:?})"),
            Self::Frozen => f.write_str("Frozen"),
            Self::Unavailable => f.write_str("Unavailable"),
        }
    }
}

/// An unsent message to go on with.
#[derive(Clone)]
pub struct OpenedDraft {
    /// Which.
    pub id: DraftId,
    /// The words so far.
    pub text: String,
    /// Why central did not take it when it was sent.
    pub refused: Option<Refusal>,
}

impl fmt::Debug for OpenedDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenedDraft({})", self.id)
    }
}

/// How undoing an intent went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndoAnswer {
    /// It never leaves.
    Undone,
    /// It had left, or was about to.
    TooLate,
}

/// Why somebody may not be signed in here any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// They are not on this unit's roster.
    MovedAway,
    /// Staff have closed their sign-in.
    Frozen,
    /// An order has given them another PIN.
    PinReplaced,
}

/// Why nobody can sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosedReason {
    /// Out of contact with central for longer than the policy's lease.
    LeaseOver,
    /// A revocation list of central's root names this kiosk: proven, not guessed.
    Revoked,
    /// Out of contact for longer than the lease, and its certificate has ended: waiting will not help,
    /// it has to be enrolled again.
    Expired,
    /// Out of contact for longer than the lease, because a clock is wrong.
    ClockWrong,
    /// This kiosk has never been in contact with central.
    NotReady,
    /// The store cannot be read or written.
    StoreFailed,
}
