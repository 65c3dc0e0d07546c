use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    BootMoment, ConnectionId, DraftId, IntentId, IntentNumber, MessageId, NoticeId, Preferences,
    ResidentId, UtcMillis,
};

/// How long a choice that can be undone is held before it may leave (boot time).
pub const UNDO_HOLD: Duration = Duration::from_secs(10);
/// How long its undo is on screen: shorter, so that no undo races the sending.
pub const UNDO_SHOWN: Duration = Duration::from_secs(8);

/// What somebody did here and central has not settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Its key for ever.
    pub id: IntentId,
    /// Its place in the journal.
    pub number: IntentNumber,
    /// Who did it.
    pub resident: ResidentId,
    /// When, for people to read.
    pub made_at: UtcMillis,
    /// Until when it may not leave; due at once after a reboot. `None`: due at once.
    pub held_until: Option<BootMoment>,
    /// What.
    pub body: IntentBody,
}

impl Intent {
    /// Whether it may leave.
    pub fn is_due(&self, now: BootMoment) -> bool {
        self.held_until
            .is_none_or(|until| until.boot != now.boot || until.at <= now.at)
    }
}

/// The things a resident can do; the JSON form is the journal's. `Debug` tells none of their words.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum IntentBody {
    /// Answers a connection request.
    AnswerConnection {
        /// Which.
        connection: ConnectionId,
        /// How.
        answer: Answer,
    },
    /// Opens a message: read for the resident, a receipt for the sender.
    ReadMessage {
        /// Which.
        message: MessageId,
    },
    /// Signed in.
    SignIn,
    /// Somebody gave this resident's number and a wrong PIN.
    FailSignIn,
    /// Agreed to the monitoring text.
    Consent {
        /// Its version.
        version: u32,
    },
    /// Sends a message; the draft of the same id goes.
    SendMessage {
        /// Its id.
        message: MessageId,
        /// To whom.
        connection: ConnectionId,
        /// The words.
        text: String,
    },
    /// Keeps an unsent message for every kiosk of the facility.
    SaveDraft {
        /// Which.
        draft: DraftId,
        /// To whom.
        connection: ConnectionId,
        /// The revision at central it was made from; 0: none.
        based_on: u64,
        /// The words, sealed under the facility's draft key: base64.
        sealed: String,
    },
    /// Throws an unsent message away.
    DropDraft {
        /// Which.
        draft: DraftId,
    },
    /// Asks for another reviewer.
    Appeal {
        /// Which message was not allowed.
        message: MessageId,
    },
    /// Puts a message among the starred, or takes it from there.
    Star {
        /// Which.
        message: MessageId,
        /// Whether it is starred now.
        on: bool,
    },
    /// Has read what had to be read.
    AcknowledgeNotice {
        /// Which.
        notice: NoticeId,
        /// Its version.
        version: u32,
    },
    /// Wants the screen so from now on.
    SetPreferences {
        /// How.
        preferences: Preferences,
    },
    /// Chose another PIN.
    ChangePin {
        /// Its argon2id verifier in PHC form.
        verifier: String,
    },
    /// Closes their own sign-in until staff lift it.
    FreezeAccount,
    /// Was undone before it left; holds its number's place.
    Undone,
}

impl IntentBody {
    /// What kind of thing it is, for logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::AnswerConnection { .. } => "answer_connection",
            Self::ReadMessage { .. } => "read_message",
            Self::SignIn => "sign_in",
            Self::FailSignIn => "fail_sign_in",
            Self::Consent { .. } => "consent",
            Self::SendMessage { .. } => "send_message",
            Self::SaveDraft { .. } => "save_draft",
            Self::DropDraft { .. } => "drop_draft",
            Self::Appeal { .. } => "appeal",
            Self::Star { .. } => "star",
            Self::AcknowledgeNotice { .. } => "acknowledge_notice",
            Self::SetPreferences { .. } => "set_preferences",
            Self::ChangePin { .. } => "change_pin",
            Self::FreezeAccount => "freeze_account",
            Self::Undone => "undone",
        }
    }
}

impl fmt::Debug for IntentBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A resident's answer to a connection request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Yes.
    Accept,
    /// No.
    Decline,
    /// No, and do not ask again.
    Block,
    /// They may ask again.
    Unblock,
    /// Not in touch any more.
    Remove,
}

/// How an intent ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Outcome {
    /// Central did it.
    Applied,
    /// Central did not.
    Refused {
        /// Why.
        reason: Refusal,
    },
}

/// Why central refused an intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The contact took the request back.
    Withdrawn,
    /// The resident had answered it at another kiosk.
    AlreadyAnswered,
    /// The facility had decided otherwise.
    NotAllowed,
    /// The thing is not there, or not this resident's.
    NotFound,
    /// Central does not know this kind of intent yet.
    Unsupported,
    /// There is not enough money for it.
    NoFunds,
    /// The message is longer than the facility allows.
    TooLong,
    /// The contact is not active.
    NotActive,
    /// It was decided before.
    AlreadyDecided,
}
