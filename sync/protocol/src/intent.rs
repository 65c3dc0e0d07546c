use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ConnectionId, DraftId, IntentId, JournalId, MessageId, NoticeId, Preferences, ResidentId,
    UtcMillis,
};

/// What somebody did at a kiosk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Intent {
    /// Its key for ever (R16).
    pub id: IntentId,
    /// Its place in the journal, from 1 without gaps (R10).
    pub number: u64,
    /// Who did it.
    pub resident: ResidentId,
    /// When, by the kiosk's clock; shown to people, never compared across kiosks (R22).
    pub made_at: UtcMillis,
    /// What.
    pub body: IntentBody,
}

/// The things a resident can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum IntentBody {
    /// Answers a connection request.
    AnswerConnection {
        /// Which.
        connection: ConnectionId,
        /// How.
        answer: Answer,
    },
    /// Opens a message: read for the resident, a receipt for the sender (R15).
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
        /// Its id, born at the kiosk.
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
        /// Its argon2id verifier in PHC form, made at the kiosk.
        verifier: String,
    },
    /// Closes their own sign-in until staff lift it.
    FreezeAccount,
    /// Was undone before it left; holds its number's place.
    Undone,
    /// A newer kiosk's; central refuses it as unsupported.
    #[serde(other)]
    Unknown,
}

/// A resident's answer to a connection request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

/// Intents on their way to central, in order, without gaps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IntentBatch {
    /// Which journal numbers them.
    pub journal: JournalId,
    /// The lowest number the journal still holds; below it nothing can be offered again.
    pub first_held: u64,
    /// At most [`crate::limits::PUSH_INTENTS`].
    pub intents: Vec<Intent>,
}

/// What central says to a push. The settlements count only when they come by the feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PushReply {
    /// The number central expects next from this journal.
    pub expected: u64,
}

/// How an intent ended; a record in the feed of the kiosk that sent it, after its effects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Settlement {
    /// Which intent.
    pub intent: IntentId,
    /// Its number.
    pub number: u64,
    /// How it ended.
    pub outcome: Outcome,
}

/// How an intent ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Outcome {
    /// Central did it.
    Applied,
    /// Central did not.
    Refused {
        /// Why, in a form the screen can put into words.
        reason: Refusal,
    },
}

/// Why central refused an intent.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
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
