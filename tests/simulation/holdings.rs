use std::collections::{BTreeMap, BTreeSet};

use dayroom::domain;
use dayroom::store::{BlobState, BlobWriter, CacheReader, CacheWriter, StoreError, StorePlace};
use dayroom_protocol::{BlobHash, Cursor, Kind, Outcome, RecordBody, RecordId, ResidentId};

use super::deeds::outcome;
use super::world::World;

/// What a kiosk should hold, by what central tells one that knows nothing.
#[derive(Default)]
struct Truth {
    records: BTreeMap<(Kind, RecordId), Held>,
    blobs: BTreeSet<BlobHash>,
}

struct Held {
    version: u64,
    resident: Option<ResidentId>,
    body: RecordBody,
}

impl World {
    fn truth(&self, number: usize) -> Result<Truth, String> {
        let mut truth = Truth::default();
        let mut after = Cursor::default();
        let mut epoch = None;
        loop {
            let page = self
                .central
                .changes(
                    self.kiosks[number].id,
                    epoch.as_ref(),
                    &after,
                    self.central_now(),
                )
                .map_err(|refused| format!("central refuses kiosk {number}: {refused}"))?;
            for record in page.records {
                let body = record.parse().map_err(|error| error.to_string())?;
                match body {
                    RecordBody::Settlement(_) => {}
                    RecordBody::Forget => {
                        let gone = record.resident;
                        truth.records.retain(|_, held| held.resident != gone);
                    }
                    body => {
                        let key = (body.kind(), record.id);
                        let held = Held {
                            version: record.version,
                            resident: record.resident,
                            body,
                        };
                        truth.records.insert(key, held);
                    }
                }
            }
            (after, epoch) = (page.cursor, Some(page.epoch));
            if !page.more {
                break;
            }
        }
        for held in truth.records.values() {
            if let RecordBody::Message(message) = &held.body {
                truth
                    .blobs
                    .extend(message.attachments.iter().map(|a| a.blob));
            }
        }
        Ok(truth)
    }

    /// The kiosk holds exactly what central says it should, rows and blobs.
    pub fn judge_cache(&self, number: usize) -> Result<(), String> {
        let truth = self.truth(number)?;
        let kiosk = &self.kiosks[number];
        let place = kiosk.place(&self.setting);
        let say = |error: StoreError| format!("cache of kiosk {number}: {error:?}");
        let writer = CacheWriter::open(&place, &kiosk.key()).map_err(say)?;
        let mut held = BTreeMap::new();
        for (kind, records) in writer.digest().map_err(say)? {
            let kind = Kind::from_name(kind).ok_or_else(|| format!("kind {kind}"))?;
            for (id, version) in records {
                held.insert((kind, RecordId(id.0)), version);
            }
        }
        for (key, record) in &truth.records {
            if held.remove(key) != Some(record.version) {
                return Err(format!("kiosk {number} misses a {:?}", key.0));
            }
        }
        if let Some(((kind, _), _)) = held.first_key_value() {
            return Err(format!(
                "kiosk {number} holds a {kind:?} that is not for it"
            ));
        }
        if writer.quarantined().map_err(say)? > 0 {
            return Err(format!("kiosk {number} could not read what it was sent"));
        }
        self.judge_blobs(number, &place, &truth)?;
        let reader = CacheReader::open(&place, &kiosk.key()).map_err(say)?;
        for ((_, id), record) in &truth.records {
            let Some(of) = record.resident.map(|of| domain::ResidentId(of.0)) else {
                continue;
            };
            let body = &record.body;
            if !shows(&reader, of, *id, body).map_err(say)? {
                return Err(format!(
                    "kiosk {number} shows a {:?} otherwise",
                    body.kind()
                ));
            }
        }
        self.judge_settlements(number, &reader)
    }

    fn judge_blobs(&self, number: usize, place: &StorePlace, truth: &Truth) -> Result<(), String> {
        let say = |error: StoreError| format!("blobs of kiosk {number}: {error:?}");
        let blobs = BlobWriter::open(place, &self.kiosks[number].key()).map_err(say)?;
        for (hash, _) in &self.grounds.pictures {
            let wanted = truth.blobs.contains(hash);
            let state = blobs.have(domain::BlobHash(hash.0)).map_err(say)?;
            if wanted && state != BlobState::Complete {
                return Err(format!("kiosk {number} misses a blob: {state:?}"));
            }
            if !wanted && state != BlobState::Absent {
                return Err(format!(
                    "kiosk {number} keeps a blob that is not for it: {state:?}"
                ));
            }
        }
        Ok(())
    }

    /// What the kiosk was told of its intents is what central did.
    fn judge_settlements(&self, number: usize, reader: &CacheReader) -> Result<(), String> {
        let activity = self.central.activity().map_err(|e| e.to_string())?;
        let outcomes: BTreeMap<_, _> = activity
            .iter()
            .filter_map(|line| Some((line.intent?, outcome(&line.deed)?)))
            .collect();
        for act in self.ledger.acts.values().filter(|act| act.kiosk == number) {
            let told = reader.settlement(act.id).map_err(|e| format!("{e:?}"))?;
            let did = outcomes.get(&dayroom_protocol::IntentId(act.id.0));
            let same = match (told, did) {
                (None, None) => true,
                (Some(domain::Outcome::Applied), Some(Outcome::Applied)) => true,
                (
                    Some(domain::Outcome::Refused { reason: told }),
                    Some(Outcome::Refused { reason: did }),
                ) => format!("{told:?}") == format!("{did:?}"),
                _ => false,
            };
            if !same {
                return Err(format!(
                    "kiosk {number} was told {told:?}, central did {did:?}"
                ));
            }
        }
        Ok(())
    }
}

/// The state without what stands beside it, in which both sides' words are alike.
fn state_name(state: &dyn std::fmt::Debug) -> String {
    let text = format!("{state:?}");
    text.split([' ', '{']).next().unwrap_or_default().to_owned()
}

/// Whether the screen would read what central says.
fn shows(
    reader: &CacheReader,
    of: domain::ResidentId,
    id: RecordId,
    body: &RecordBody,
) -> Result<bool, StoreError> {
    let state = |state: &dyn std::fmt::Debug| format!("{state:?}");
    Ok(match body {
        RecordBody::Resident(body) => reader
            .resident(of)?
            .is_some_and(|held| held.name == body.name && held.pin_verifier == body.pin_verifier),
        RecordBody::Connection(body) => reader
            .connection(of, domain::ConnectionId(id.0))?
            .is_some_and(|held| state(&held.state) == state(&body.state)),
        RecordBody::Message(body) => {
            reader
                .message(of, domain::MessageId(id.0))?
                .is_some_and(|held| {
                    held.text == body.text
                        && held.read_at.map(|at| at.0) == body.read_at.map(|at| at.0)
                        && state_name(&held.state) == state_name(&body.state)
                        && held.attachments.len() == body.attachments.len()
                })
        }
        RecordBody::SignIn(body) => reader
            .last_sign_in(of)?
            .is_some_and(|held| held.at.0 == body.at.0 && held.failed_since == body.failed_since),
        RecordBody::Account(body) => reader
            .account(of)?
            .is_some_and(|held| held.balance.0 == body.balance.0),
        RecordBody::Draft(body) => reader
            .sealed_draft(of, domain::DraftId(id.0))?
            .is_some_and(|held| held.revision == body.revision && held.sealed == body.sealed),
        RecordBody::Policy(_)
        | RecordBody::Notice(_)
        | RecordBody::Forget
        | RecordBody::Settlement(_)
        | RecordBody::OperatorKeys(_)
        | RecordBody::Order(_) => true,
    })
}
