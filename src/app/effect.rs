//! What is to be done, carried out by the runtime in this order.

use crate::domain::attached::Sort;
use crate::domain::audit::{Event, Word, kinds};
use crate::domain::badge::BadgeId;
use crate::domain::draft_key::PublicBytes;
use crate::domain::local::ToSync;
use crate::domain::machine::CentralWord;
use crate::domain::sign_in::{Digits, Pin};
use crate::domain::{
    BlobHash, BootMoment, ConnectionId, DraftId, IntentBody, IntentNumber, ResidentId,
    ResidentNumber,
};

use super::ClosedReason;
use super::flows::cover::CoverCause;

/// Ties an answer to what it answers, so that a late one finds nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(pub(in crate::app) u64);

/// Something to be done. Without `Debug`: it may hold a PIN.
pub enum Effect {
    /// Ask the gate, count the try on disk, check the PIN, record `FailSignIn` for a known number and a
    /// wrong PIN, and answer with [`super::Report::PinChecked`].
    CheckPin {
        /// To be named in the answer.
        ticket: Ticket,
        /// Whose PIN it should be.
        who: Who,
        /// What was typed.
        pin: Pin,
    },
    /// Make a verifier of this PIN, write it as an intent, and answer with
    /// [`super::Report::IntentRecorded`] or [`super::Report::IntentNotRecorded`].
    ChangePin {
        /// To be named in the answer.
        ticket: Ticket,
        /// Whose it is.
        resident: ResidentId,
        /// The new one.
        pin: Pin,
    },
    /// Write an intent, and answer with [`super::Report::IntentRecorded`].
    RecordIntent {
        /// To be named in the answer.
        ticket: Ticket,
        /// Whose it is.
        resident: ResidentId,
        /// What.
        body: IntentBody,
        /// Until when it may not leave; `None`: it may leave at once.
        held_until: Option<BootMoment>,
    },
    /// Undo an intent that is still held, and answer with [`super::Report::UndoDone`].
    UndoIntent {
        /// Which.
        number: IntentNumber,
    },
    /// Find the unsent message somebody wants to go on with, or begin one, and answer with
    /// [`super::Report::DraftOpened`].
    OpenDraft {
        /// To be named in the answer.
        ticket: Ticket,
        /// Whose.
        resident: ResidentId,
        /// To whom.
        to: ConnectionId,
        /// Which; `None`: the latest to them, or a new one.
        draft: Option<DraftId>,
    },
    /// Keep an unsent message, and answer with [`super::Report::DraftSaved`] once it is on disk.
    SaveDraft {
        /// Which.
        draft: DraftId,
        /// Whose.
        resident: ResidentId,
        /// To whom.
        to: ConnectionId,
        /// The words.
        text: String,
        /// To be named in the answer.
        version: u64,
    },
    /// Drop an unsent message with nothing in it.
    DropDraft {
        /// Which.
        draft: DraftId,
        /// Whose.
        resident: ResidentId,
    },
    /// Note that somebody has read why their answers to this request were refused.
    NoteTold {
        /// Who.
        resident: ResidentId,
        /// Which request.
        connection: ConnectionId,
    },
    /// Ask sync for this blob now.
    WantBlob(BlobHash),
    /// Wipe what there is of a person: view models, image caches, the reader's connection and cache.
    ClearPerson,
    /// Read the store again for what is on screen.
    Refresh,
    /// Show the screen in this language, a BCP 47 tag.
    SelectLanguage(String),
    /// Ask the gate, count the try on disk, check the technicians' code, and answer with
    /// [`super::Report::TechnicianChecked`].
    CheckTechnician {
        /// To be named in the answer.
        ticket: Ticket,
        /// What was typed.
        code: Digits,
    },
    /// Ask the machine to erase this kiosk: a technician takes it out of service, and central said
    /// this.
    Erase(CentralWord),
    /// Wrap the draft key for the kiosk that waits with this public key.
    WrapDraftKey(PublicBytes),
    /// Note this in the journal's audit.
    Audit(AuditEvent),
    /// Say this to sync.
    TellSync(ToSync),
}

/// Whose PIN is to be checked.
#[derive(Clone, PartialEq, Eq)]
pub enum Who {
    /// Whoever has this number, if anybody.
    Number(ResidentNumber),
    /// Who was covered.
    Resident(ResidentId),
    /// Whoever has this badge, if anybody. Tries with it are counted apart from those of a number.
    Badge(BadgeId),
}

/// What the journal's audit notes. It names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditEvent {
    /// A PIN was right and a session began.
    SessionStart,
    /// The session's screen was covered.
    SessionCover(CoverCause),
    /// The same person came back.
    SessionReturn,
    /// The session ended.
    SessionEnd(EndCause),
    /// A PIN was wrong.
    SignInFail,
    /// A try was not taken.
    SignInShut,
    /// Sign-in closed.
    KioskClose(ClosedReason),
    /// Sign-in opened again.
    KioskOpen,
    /// The technicians' code was right.
    TechnicianEnter,
    /// It was wrong.
    TechnicianFail,
    /// It was not checked.
    TechnicianShut,
    /// A technician said that the codes of two kiosks are the same.
    TechnicianWrap,
    /// Somebody plugged in a device that nobody has listed.
    DevicePlug(Sort),
    /// It was taken away.
    DeviceUnplug(Sort),
    /// A technician handed in a code to set this kiosk up.
    TechnicianSetUp,
    /// A technician takes this kiosk out of service.
    TechnicianRetire,
}

impl AuditEvent {
    /// It as it goes into the audit.
    pub fn event(self) -> Event {
        match self {
            Self::SessionStart => kinds::session_start(),
            Self::SessionCover(CoverCause::Hidden) => kinds::session_cover(Word::new("hidden")),
            Self::SessionCover(CoverCause::Idle) => kinds::session_cover(Word::new("idle")),
            Self::SessionReturn => kinds::session_return(),
            Self::SessionEnd(cause) => kinds::session_end(cause.word()),
            Self::SignInFail => kinds::sign_in_fail(),
            Self::SignInShut => kinds::sign_in_shut(),
            Self::KioskClose(reason) => kinds::kiosk_close(Word::new(match reason {
                ClosedReason::LeaseOver => "lease",
                ClosedReason::Revoked => "revoked",
                ClosedReason::Expired => "expired",
                ClosedReason::ClockWrong => "clock",
                ClosedReason::NotReady => "not_ready",
                ClosedReason::StoreFailed => "store",
            })),
            Self::KioskOpen => kinds::kiosk_open(),
            Self::TechnicianEnter => kinds::technician_enter(),
            Self::TechnicianFail => kinds::technician_fail(),
            Self::TechnicianShut => kinds::technician_shut(),
            Self::TechnicianWrap => kinds::technician_same_code(),
            Self::TechnicianSetUp => kinds::technician_set_up(),
            Self::TechnicianRetire => kinds::technician_retire(),
            Self::DevicePlug(sort) => kinds::device_plug(sort_word(sort)),
            Self::DeviceUnplug(sort) => kinds::device_unplug(sort_word(sort)),
        }
    }
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndCause {
    /// Signed out by tap.
    SignOut,
    /// Nobody came back to the cover.
    Idle,
    /// Did not agree to the monitoring text.
    ConsentDecline,
    /// Left the monitoring text unanswered.
    ConsentQuiet,
    /// Not on this unit's roster any more.
    MovedAway,
    /// Closed by staff.
    Frozen,
    /// Closed by the resident.
    FrozenByResident,
    /// An order has given them another PIN.
    PinReplaced,
    /// Took their badge away.
    BadgeGone,
    /// The kiosk closed.
    KioskClose,
}

impl EndCause {
    fn word(self) -> Word {
        Word::new(match self {
            Self::SignOut => "sign_out",
            Self::Idle => "idle",
            Self::ConsentDecline => "consent_decline",
            Self::ConsentQuiet => "consent_quiet",
            Self::MovedAway => "moved_away",
            Self::Frozen => "frozen",
            Self::FrozenByResident => "frozen_by_resident",
            Self::PinReplaced => "pin_replaced",
            Self::BadgeGone => "badge_gone",
            Self::KioskClose => "kiosk_close",
        })
    }
}

fn sort_word(sort: Sort) -> Word {
    Word::new(match sort {
        Sort::Keyboard => "keyboard",
        Sort::Pointer => "pointer",
        Sort::Input => "input",
        Sort::Storage => "storage",
        Sort::Network => "network",
        Sort::Composite => "composite",
        Sort::Other => "other",
    })
}
