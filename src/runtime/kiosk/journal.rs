//! Writes down what people do.

use std::time::Duration;

use rand::Rng;
use uuid::{Timestamp, Uuid};

use super::Kiosk;
use crate::app::{OpenedDraft, Report};
use crate::domain::audit::Event;
use crate::domain::local::ToSync;
use crate::domain::{
    BootMoment, ConnectionId, DraftId, IntentBody, IntentId, IntentNumber, Now, Outcome, ResidentId,
};
use crate::store::{Draft, NewIntent, SavedDraft, StoreError};

/// How often it is looked what of the audit may be dropped.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Kiosk {
    /// Every refused answer to that request has been read.
    pub(super) fn note_told(
        &mut self,
        resident: ResidentId,
        connection: ConnectionId,
    ) -> Result<(), StoreError> {
        let entries = self.shelves.journal().entries(resident)?;
        let refused = entries.iter().filter(|entry| {
            let body = &entry.intent.body;
            matches!(entry.outcome, Some(Outcome::Refused { .. }))
                && matches!(body, IntentBody::AnswerConnection { connection: of, .. }
                    if *of == connection)
        });
        let numbers: Vec<_> = refused.map(|entry| entry.intent.number).collect();
        self.shelves.journal().note_told(&numbers)
    }

    /// Notes what happened. Where that cannot be, nobody goes on as if it had: the kiosk closes, and
    /// central hears of it (AU-5).
    pub(super) fn audit(&mut self, event: Event, now: Now) -> Result<(), StoreError> {
        let noted = self.shelves.journal().audit(event, now);
        if noted.is_err() {
            self.link.say(ToSync::AuditUnwritable { since: now.utc });
        }
        noted
    }

    /// Drops, once a day, what of the audit central has had for as long as it is kept here.
    pub(super) fn drop_old_audit(&mut self) {
        let now = self.clock.now();
        if now.boot.at < self.audit_due {
            return;
        }
        self.audit_due = now.boot.at.plus(DAY);
        if let Err(error) = self.shelves.drop_old_audit(now) {
            tracing::warn!(error = %error, "audit.not_dropped");
        }
    }

    pub(super) fn record(
        &mut self,
        resident: ResidentId,
        body: IntentBody,
        held_until: Option<BootMoment>,
        now: Now,
    ) -> Result<IntentNumber, StoreError> {
        let id = self.new_id(now);
        self.shelves.journal().record(&NewIntent {
            id,
            resident,
            made_at: now.utc,
            held_until,
            body,
        })
    }

    /// The unsent message asked for, the latest one to that contact, or a new one.
    pub(super) fn open_draft(
        &mut self,
        resident: ResidentId,
        to: ConnectionId,
        draft: Option<DraftId>,
        now: Now,
    ) -> Result<OpenedDraft, StoreError> {
        let journal = self.shelves.journal();
        let found = match draft {
            Some(id) => journal.draft_by_id(resident, id)?,
            None => journal.draft(resident, to)?,
        };
        Ok(match found {
            Some(draft) => OpenedDraft {
                id: draft.id,
                text: draft.body,
                refused: draft.refused,
            },
            None => OpenedDraft {
                id: DraftId(self.new_id(now).0),
                text: String::new(),
                refused: None,
            },
        })
    }

    /// Keeps words; a disk that does not take them is tried again as long as they are on screen.
    pub(super) fn save_draft(
        &mut self,
        draft: DraftId,
        (resident, connection): (ResidentId, ConnectionId),
        text: String,
        version: u64,
        now: Now,
    ) -> Report {
        let saved = self.shelves.journal().save_draft(&Draft {
            id: draft,
            resident,
            connection,
            body: text,
            changed_at: now.utc,
            refused: None,
            based_on: 0,
        });
        match saved {
            Ok(SavedDraft::Kept) => Report::DraftSaved { draft, version },
            Ok(SavedDraft::NotTheirs) => Report::DraftNotSaved { draft },
            Err(error) => {
                tracing::error!(error = %error, "draft.not_saved");
                Report::DraftNotSaved { draft }
            }
        }
    }

    pub(super) fn new_id(&mut self, now: Now) -> IntentId {
        let millis = now.utc.0.unsigned_abs();
        let nanos = u32::try_from(millis % 1000).unwrap_or(0) * 1_000_000;
        let stamp = Timestamp::from_unix(&self.ids, millis / 1000, nanos);
        let mut bytes = *Uuid::new_v7(stamp).as_bytes();
        // The last eight bytes are random; they come from the randomness handed in.
        let random: [u8; 8] = self.random.random();
        for (byte, random) in bytes.iter_mut().skip(8).zip(random) {
            *byte = random;
        }
        IntentId(
            uuid::Builder::from_bytes(bytes)
                .with_version(uuid::Version::SortRand)
                .with_variant(uuid::Variant::RFC4122)
                .into_uuid(),
        )
    }
}
