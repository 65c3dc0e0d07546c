use super::{ConnectionId, DraftId, ResidentId, UtcMillis};

/// An unsent message as central keeps it for every kiosk of the facility: sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedDraft {
    /// Which.
    pub id: DraftId,
    /// Whose.
    pub resident: ResidentId,
    /// To whom.
    pub connection: ConnectionId,
    /// Counts up with every change central took in, from 1.
    pub revision: u64,
    /// The words, sealed under the facility's draft key: base64. `None`: sent, or thrown away.
    pub sealed: Option<String>,
    /// Where it was last changed: the kiosk's label, cleaned for display.
    pub kiosk: String,
    /// When, by the clock of that kiosk.
    pub at: UtcMillis,
    /// Set on what was written at one kiosk while another had changed the same draft.
    pub beside: Option<DraftId>,
}
