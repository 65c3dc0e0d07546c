//! Writes down what people do.

use rand::Rng;
use uuid::{Timestamp, Uuid};

use super::Kiosk;
use crate::domain::{
    BootMoment, ConnectionId, IntentBody, IntentId, IntentNumber, Now, Outcome, ResidentId,
};
use crate::store::{NewIntent, StoreError};

impl Kiosk {
    /// Every refused answer to that request has been read.
    pub(super) fn note_told(
        &mut self,
        resident: ResidentId,
        connection: ConnectionId,
    ) -> Result<(), StoreError> {
        let entries = self.shelves.journal.entries(resident)?;
        let refused = entries.iter().filter(|entry| {
            let body = &entry.intent.body;
            matches!(entry.outcome, Some(Outcome::Refused { .. }))
                && matches!(body, IntentBody::AnswerConnection { connection: of, .. }
                    if *of == connection)
        });
        let numbers: Vec<_> = refused.map(|entry| entry.intent.number).collect();
        self.shelves.journal.note_told(&numbers)
    }

    pub(super) fn record(
        &mut self,
        resident: ResidentId,
        body: IntentBody,
        held_until: Option<BootMoment>,
        now: Now,
    ) -> Result<IntentNumber, StoreError> {
        let id = self.new_id(now);
        self.shelves.journal.record(&NewIntent {
            id,
            resident,
            made_at: now.utc,
            held_until,
            body,
        })
    }

    fn new_id(&mut self, now: Now) -> IntentId {
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
