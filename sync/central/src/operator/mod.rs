//! What operators do and see.

mod activity;
mod audit;
mod badges;
mod connections;
mod contact_mail;
mod draft_keys;
mod enrolments;
mod error;
mod fleet;
mod keys;
mod kiosk_stage;
mod message_record;
mod messages;
mod money;
mod notices;
mod orders;
mod outside;
mod picture;
mod pin;
mod places;
mod push;
mod reason;
mod review;
mod review_desk;
mod rollouts;
mod roster_change;
mod roster_plan;
mod roster_undo;
mod technicians;

pub use activity::{Activity, Alarm, Answered, Deed, PendingForget, Written};
pub use audit::{AuditAsk, AuditFault, AuditLine, AuditReport};
pub use badges::{BadgeLine, BadgeOutcome};
pub use connections::{ConnectionLine, NewConnection, Opening};
pub use draft_keys::{DraftKeyPlace, DraftKeyReport, DraftKeyStep};
pub use enrolments::{
    CODE_LIFE, CODE_LIFE_UP_TO, CODE_TRIES, EnrolmentLine, EnrolmentState, EnrolmentStep,
    NewEnrolment,
};
pub use error::OperatorError;
pub use fleet::{FleetLine, FleetSummary, HealthEntry, Trouble};
pub use kiosk_stage::KioskStage;
pub use messages::{MessageLine, NewClip, NewMessage};
pub use money::{DEPOSITS_UP_TO, LedgerLine, MoneyLine, MoneySum};
pub use notices::{Acknowledgements, HasRead, NoticeChange, NoticeLine};
pub use orders::{ORDER_LIFE_DAYS, OrderLine, PushState};
pub use outside::{Collected, NotSent};
pub use picture::{NewAttachment, PictureError};
pub use pin::{Pin, PinDigits};
pub use places::{FacilityLine, KioskLine, KioskSeen, ResidentLine, UnitLine};
pub use push::{PushLine, Pushed};
pub use reason::{Reason, ReasonError};
pub use review::{OpenMessage, OpenPicture, Rejection, ReviewLine, Ruling, WaitingLine};
pub use review_desk::RuleLine;
pub(crate) use rollouts::judge_current;
pub use rollouts::{RolloutError, RolloutKiosk, RolloutReport};
pub use roster_change::{Arrival, Move, RosterImport, RosterLine, RosterOutcome};
pub use roster_plan::{
    Oddity, RosterArrival, RosterDeparture, RosterMove, RosterPreview, RosterRename,
};
pub use roster_undo::RosterChange;

pub(crate) use activity::{append_alarm, append_deed, append_draft_key_step};
pub(crate) use enrolments::{append_enrolment_step, refused_step};
pub(crate) use message_record::{message_rules, promise, put_message};
pub(crate) use money::pay_postage;
pub(crate) use orders::{keep_new_pin, read as read_order};

use error::{bounded, found};
