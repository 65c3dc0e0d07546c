//! Nouns and rules of the kiosk. Pure: no clock, no file, no socket, nothing of ours below it.

mod connection;
mod ids;
mod intent;
pub mod local;
mod message;
pub mod overlay;
mod policy;
mod preferences;
mod resident;
pub mod sign_in;
pub mod text;
mod time;

pub use connection::{ApprovalRule, Connection, ConnectionState, Contact, Identity, Lane};
pub use ids::{
    BlobHash, ConnectionId, IntentId, IntentNumber, JournalId, MessageId, NoticeId, RecordId,
    ResidentId,
};
pub use intent::{Answer, Intent, IntentBody, Outcome, Refusal, UNDO_HOLD, UNDO_SHOWN};
pub use message::{Attachment, Conversation, Direction, MediaType, Message, MessageState};
pub use policy::{LocalText, Notice, Policy};
pub use preferences::{Contrast, Preferences, TextSize};
pub use resident::{Access, LastSignIn, Resident, ResidentNumber};
pub use time::{BootId, BootMillis, BootMoment, Now, UtcMillis};
