//! The central service: a library and the operators' command line.
//!
//! [`Central`] holds the rules and the store, takes time and randomness as arguments, and runs
//! without a network; [`http::router`] puts it on the wire and [`serve`] behind mutual TLS.

pub mod ca;
mod central;
pub mod cli;
pub mod demo;
pub mod http;
mod kiosk;
pub mod mail;
mod operator;
pub mod roster;
mod rules;
pub mod serve;
mod store;
pub mod tls;

/// What central says to kiosks, for programs that run one.
pub use dayroom_protocol as protocol;

pub use central::{Central, CentralError, CentralOptions, Page, PageLimits, PinCost, Poked};
pub use kiosk::{BlobPart, Refused};
pub use operator::{
    Acknowledgements, Activity, Alarm, Answered, Arrival, ConnectionLine, Deed, DraftKeyPlace,
    DraftKeyReport, DraftKeyStep, FacilityLine, HasRead, KioskLine, KioskSeen, MessageLine, Move,
    NewAttachment, NewConnection, NewMessage, NoticeChange, NoticeLine, Opening, OperatorError,
    PendingForget, PictureError, Pin, PinDigits, Reason, ReasonError, ResidentLine, RosterLine,
    RosterOutcome, UnitLine,
};
pub use store::{CentralPlace, StoreError, Watch};
