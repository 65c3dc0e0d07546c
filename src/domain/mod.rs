//! Nouns and rules of the kiosk. Pure: no clock, no file, no socket, nothing of ours below it but
//! the format of the audit, which kiosk and central share.

mod account;
pub mod attached;
pub mod audit;
pub mod badge;
mod connection;
mod draft;
pub mod draft_key;
pub mod editor;
pub mod find;
pub mod health;
pub mod identity;
mod ids;
mod intent;
pub mod keyboard;
pub mod local;
pub mod machine;
mod message;
pub mod orders;
pub mod overlay;
pub mod pinyin;
pub mod pointer;
mod policy;
mod preferences;
pub mod provisioning;
mod resident;
pub mod sign_in;
pub mod text;
mod time;

pub use account::{Account, Acknowledged, Cents, SignInEntry};
pub use connection::{
    ApprovalRule, Connection, ConnectionState, Contact, Identity, Lane, is_lawyer_like,
};
pub use draft::SealedDraft;
pub use ids::{
    BlobHash, ConnectionId, DraftId, IntentId, IntentNumber, JournalId, MessageId, NoticeId,
    RecordId, ResidentId,
};
pub use intent::{Answer, Intent, IntentBody, Outcome, Refusal, UNDO_HOLD, UNDO_SHOWN};
pub use message::{
    Appeal, Attachment, AttachmentKind, Conversation, Decision, Direction, MediaType, Message,
    MessageState, Passage, Role, Rule,
};
pub use policy::{LocalText, MessageRules, Notice, NoticeKind, Policy};
pub use preferences::{Contrast, Preferences, TextSize};
pub use resident::{Access, LastSignIn, Resident, ResidentNumber};
pub use time::{BootId, BootMillis, BootMoment, Now, UtcMillis};
