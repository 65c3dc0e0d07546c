use std::collections::BTreeSet;

use dayroom::domain;
use dayroom::replica::WireRequest;
use dayroom::store::{BlobState, BlobWriter, CacheReader, CacheWriter, StoreError};
use dayroom_protocol::{BlobHash, ChangesPage, RecordBody};

use super::ledger::Letter;
use super::wire::Ask;
use super::world::World;

impl World {
    /// Looks at what central is about to tell a kiosk: nobody is in it who is not on its roster at
    /// this moment, and no settlement of another kiosk's.
    pub fn look_over_the_shoulder(&mut self, kiosk: usize, ask: &Ask, page: Option<&ChangesPage>) {
        if let Ask::Blob { blob, .. } = ask {
            let may = self.ledger.facts.letters.iter().any(|letter| {
                letter.blobs.contains(blob) && self.ledger.is_housed_at(letter.resident, kiosk)
            });
            if !may {
                self.ledger.break_promise(|| {
                    format!("kiosk {kiosk} was sent a blob of somebody elsewhere")
                });
            }
        }
        for record in page.iter().flat_map(|page| &page.records) {
            let strange = match record.parse() {
                Ok(RecordBody::Settlement(settled)) => {
                    let act = self.ledger.acts.get(&domain::IntentId(settled.intent.0));
                    act.is_none_or(|act| act.kiosk != kiosk)
                }
                Ok(RecordBody::Forget) => false,
                Ok(RecordBody::Policy(_)) => {
                    let unit = self.grounds.units[self.ledger.facts.walls[kiosk]];
                    record.id != unit.into()
                }
                Ok(RecordBody::Notice(_)) => false,
                Ok(_) => {
                    let resident = record.resident;
                    resident.is_none_or(|of| !self.ledger.is_housed_at(of, kiosk))
                }
                Err(_) => true,
            };
            if strange {
                let kind = record.kind.clone();
                self.ledger.break_promise(|| {
                    format!("kiosk {kiosk} was sent a {kind} that is not for it")
                });
            }
        }
    }

    /// Looks at a kiosk that is about to say that it has forgotten people: no picture that only they
    /// were sent is left.
    pub fn look_at_forgets(&mut self, number: usize, request: &WireRequest) {
        let WireRequest::Acknowledge(forgets) = request else {
            return;
        };
        let kiosk = &self.kiosks[number];
        let (place, key) = (kiosk.place(&self.setting), kiosk.key());
        let Ok(cache) = CacheReader::open(&place, &key) else {
            return;
        };
        // Who has come back since is not gone.
        let gone = |letter: &&Letter| {
            let of = letter.resident;
            let named = forgets
                .forgotten
                .iter()
                .any(|forgotten| forgotten.resident == of);
            named && matches!(cache.resident(domain::ResidentId(of.0)), Ok(None))
        };
        // A picture that somebody else was sent too may be here because of them.
        let (gone, others): (Vec<&Letter>, Vec<&Letter>) =
            self.ledger.facts.letters.iter().partition(gone);
        let mut blobs: BTreeSet<BlobHash> = gone
            .iter()
            .flat_map(|letter| letter.blobs.iter().copied())
            .collect();
        for letter in others {
            blobs.retain(|blob| !letter.blobs.contains(blob));
        }
        let mut left = || -> Result<bool, StoreError> {
            // Their messages may come back before they themselves do.
            let named = CacheWriter::open(&place, &key)?.named_blobs(None, 100)?;
            blobs.retain(|blob| named.iter().all(|named| named.hash.0 != blob.0));
            let held = BlobWriter::open(&place, &key)?;
            for blob in &blobs {
                if held.have(domain::BlobHash(blob.0))? != BlobState::Absent {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        // A fault may strike here too; then there was nothing to see.
        if left().unwrap_or(false) {
            self.ledger
                .break_promise(|| format!("kiosk {number} forgot somebody but not their picture"));
        }
    }
}
