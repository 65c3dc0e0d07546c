//! The central service: a library and the operators' command line.
//!
//! [`Central`] holds the rules and the store, takes time and randomness as arguments, and runs
//! without a network; [`http::router`] puts it on the wire and [`serve`] behind mutual TLS.

pub mod ca;
mod central;
pub mod cli;
pub mod demo;
pub mod est;
pub mod http;
mod kiosk;
pub mod mail;
mod operator;
pub mod releases;
pub mod roster;
mod rules;
pub mod serve;
mod store;
pub mod tls;

/// What is audited, and what central says to kiosks, for programs that run one.
pub use dayroom_audit as audit;
pub use dayroom_protocol as protocol;

pub use central::{Central, CentralError, CentralOptions, Page, PageLimits, PinCost, Poked};
pub use kiosk::{BlobPart, Refused};
pub use operator::{
    Acknowledgements, Activity, Alarm, Answered, Arrival, BadgeLine, BadgeOutcome, CODE_LIFE,
    CODE_LIFE_UP_TO, CODE_TRIES, Collected, ConnectionLine, DEPOSITS_UP_TO, Deed, DraftKeyPlace,
    DraftKeyReport, DraftKeyStep, EnrolmentLine, EnrolmentState, EnrolmentStep, FacilityLine,
    FleetLine, FleetSummary, HasRead, HealthEntry, KioskLine, KioskSeen, KioskStage, LedgerLine,
    MessageLine, MoneyLine, MoneySum, Move, NewAttachment, NewClip, NewConnection, NewEnrolment,
    NewMessage, NotSent, NoticeChange, NoticeLine, ORDER_LIFE_DAYS, OpenMessage, OpenPicture,
    Opening, OperatorError, OrderLine, PendingForget, PictureError, Pin, PinDigits, PushLine,
    PushState, Pushed, Reason, ReasonError, Rejection, ResidentLine, ReviewLine, RosterLine,
    RosterOutcome, RuleLine, Ruling, Trouble, UnitLine, WaitingLine, Written,
};
pub use operator::{AuditAsk, AuditFault, AuditLine, AuditReport};
pub use operator::{
    Oddity, RosterArrival, RosterChange, RosterDeparture, RosterImport, RosterMove, RosterPreview,
    RosterRename,
};
pub use operator::{RolloutError, RolloutKiosk, RolloutReport};
pub use rules::{Doing, Ring, RingWho, RolloutLimits};
pub use rules::{HealthChange, KioskState, SILENT_AFTER_MILLIS};
pub use store::{CentralPlace, RolloutState, StoreError, Watch};
