//! What operators do and see.

mod activity;
mod connections;
mod contact_mail;
mod draft_keys;
mod error;
mod messages;
mod notices;
mod picture;
mod pin;
mod places;
mod reason;
mod roster_change;
mod technicians;

pub use activity::{Activity, Alarm, Answered, Deed, PendingForget, Written};
pub use connections::{ConnectionLine, NewConnection, Opening};
pub use draft_keys::{DraftKeyPlace, DraftKeyReport, DraftKeyStep};
pub use error::OperatorError;
pub use messages::{MessageLine, NewMessage};
pub use notices::{Acknowledgements, HasRead, NoticeChange, NoticeLine};
pub use picture::{NewAttachment, PictureError};
pub use pin::{Pin, PinDigits};
pub use places::{FacilityLine, KioskLine, KioskSeen, ResidentLine, UnitLine};
pub use reason::{Reason, ReasonError};
pub use roster_change::{Arrival, Move, RosterLine, RosterOutcome};

pub(crate) use activity::{append_alarm, append_deed, append_draft_key_step};

use error::{bounded, found};
