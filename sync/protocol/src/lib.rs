//! What a kiosk and central say to each other: types, limits and golden examples.
//!
//! The wire is JSON over HTTP/2 over TLS 1.3 with a client certificate. Pull is truth, a poke is a
//! hint; what people did at a kiosk travels as intents and comes back settled in the feed. The
//! rules behind each type are named R1 to R27 where they apply.

mod account;
mod audit;
mod digest;
mod draft_key;
mod enrolment;
pub mod enrolment_code;
mod feed;
pub mod health;
mod ids;
mod intent;
mod languages;
pub mod limits;
mod messages;
pub mod openapi;
mod operators;
mod orders;
mod people;
mod policy;
mod problem;
mod record;
mod release;
mod retirement;
pub mod route;
mod security;
mod signed;
mod time;

pub use account::{
    AccountBody, Acknowledged, Cents, Contrast, DraftBody, Preferences, SignInEntry, TextSize,
};
pub use audit::{AuditBatch, AuditHead, AuditReply, AuditUnwritable};
pub use digest::{CollectionDigest, DigestReply, DigestReport, collection_digest};
pub use draft_key::{
    DraftKeyAsk, DraftKeyHave, DraftKeyId, DraftKeyStanding, DraftKeyState, DraftKeyWaiting,
    DraftKeyWrap, DraftPublicKey,
};
pub use enrolment::{EnrolmentRefusal, EnrolmentTicket, KIOSK_URN, KioskSite, TicketError};
pub use enrolment_code::{EnrolmentCode, EnrolmentNumber, EnrolmentScan, RootPin};
pub use feed::{Acknowledgement, ChangesPage, Forgotten, Poke};
pub use health::{HealthKnown, HealthReport};
pub use ids::{
    BatchId, BlobHash, ConnectionId, Cursor, DraftId, Epoch, FacilityId, IdError, IntentId,
    JournalId, KioskId, MessageId, NoticeId, OrderId, RecordId, ResidentId, UnitId,
};
pub use intent::{
    Answer, Intent, IntentBatch, IntentBody, Outcome, PushReply, Refusal, Settlement,
};
pub use languages::{LANGUAGES, Language, Reading};
pub use messages::{
    Appeal, Attachment, AttachmentKind, Direction, MediaType, MessageBody, MessageState, Role, Rule,
};
pub use operators::{
    AloneLimits, KeySet, KeySetError, OperatorKey, SignedKeySet, SignedTicket, SignedTicketError,
};
pub use orders::{
    Order, OrderBatch, OrderBody, OrderOutcome, OrderRefusal, OrderResult, OrderResults,
    SignedOrder,
};
pub use people::{
    Access, ApprovalRule, ConnectionBody, ConnectionState, Contact, Identity, Lane, ResidentBody,
    SignIn,
};
pub use policy::{Consent, LocalText, MessageRules, NoticeBody, NoticeKind, PolicyBody, Seconds};
pub use problem::{Problem, ProblemKind};
pub use record::{Kind, RawRecord, RecordBody, RecordError};
pub use release::{ReleaseOffer, ReleaseReport, ReleaseStage, ReleaseVersion, ReleaseVersionError};
pub use retirement::{Retirement, RetirementReply};
pub use security::{Security, SecurityField};
pub use signed::{OperatorPublicKey, OperatorSignature, Purpose, SignatureError, Signed};
pub use time::UtcMillis;

/// The version of the wire; the one before it stays supported (R26).
pub const VERSION: u16 = 1;
