use crate::domain::local::ToSync;
use crate::domain::sign_in::Pin;
use crate::domain::{IntentBody, IntentNumber, ResidentId, ResidentNumber};

/// What is to be done, by whoever has the means.
pub enum Effect {
    /// Count a try on disk, then check the PIN.
    CheckPin {
        /// Of which number.
        number: ResidentNumber,
        /// The PIN.
        pin: Pin,
    },
    /// Write down what somebody did.
    Record {
        /// Who.
        resident: ResidentId,
        /// What.
        body: IntentBody,
        /// Whether it can be undone for a while.
        held: bool,
    },
    /// Take it back, if it has not left.
    Undo(IntentNumber),
    /// Give [`super::Event::Shuffled`] with a random order of the ten digits.
    Shuffle,
    /// Draw anew from the store.
    Refresh,
    /// Draw what moves by itself: clock, countdown, undo.
    RefreshLight,
    /// Leave nothing of the person in memory or on screen.
    ClearPerson,
    /// Speak another language.
    SelectLanguage(String),
    /// Tell the sync process.
    Say(ToSync),
    /// Note in the audit.
    Audit(AuditEvent),
}

/// What the audit notes of the screen. Never who, never what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditEvent {
    /// Somebody signed in.
    SessionStarted,
    /// Signed out by themselves.
    SessionEnded,
    /// Signed out because nobody touched the screen.
    SessionTimedOut,
    /// Signed out because they left the roster.
    SessionLostRoster,
    /// The kiosk closed.
    KioskClosed,
}

impl AuditEvent {
    /// Its name in the audit.
    pub fn name(self) -> &'static str {
        match self {
            Self::SessionStarted => "session.started",
            Self::SessionEnded => "session.ended",
            Self::SessionTimedOut => "session.timed_out",
            Self::SessionLostRoster => "session.lost_roster",
            Self::KioskClosed => "kiosk.closed",
        }
    }
}
