use std::collections::{BTreeMap, BTreeSet};

use dayroom::domain::{self, IntentBody};
use dayroom::replica::WireRequest;
use dayroom::store::{
    BlobState, BlobWriter, CacheReader, CacheWriter, JournalReader, StoreError, StorePlace,
};
use dayroom_central::{Activity, Alarm, Deed};
use dayroom_protocol::{
    BlobHash, ChangesPage, Cursor, Kind, MessageId, Outcome, RecordBody, RecordId, Refusal,
    ResidentId, UtcMillis,
};

use super::ledger::{Act, Letter, Sure};
use super::wire::Ask;
use super::world::World;

/// What a kiosk should hold, by what central tells one that knows nothing.
#[derive(Default)]
struct Truth {
    records: BTreeMap<(Kind, RecordId), (u64, Option<ResidentId>, Option<RecordBody>)>,
    blobs: BTreeSet<BlobHash>,
}

impl World {
    /// Looks at what central is about to tell a kiosk: nobody is in it who is not on its roster at
    /// this moment, and no settlement of another kiosk's.
    pub fn look_over_the_shoulder(&mut self, kiosk: usize, ask: &Ask, page: Option<&ChangesPage>) {
        if let Ask::Blob { blob, .. } = ask {
            let may = self.ledger.facts.letters.iter().any(|letter| {
                letter.blobs.contains(blob) && self.ledger.is_housed_at(letter.resident, kiosk)
            });
            if !may {
                self.ledger
                    .break_promise(|| format!("kiosk {kiosk} was sent a blob of somebody elsewhere"));
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
            let named = forgets.forgotten.iter().any(|forgotten| forgotten.resident == of);
            named && matches!(cache.resident(domain::ResidentId(of.0)), Ok(None))
        };
        // A picture that somebody else was sent too may be here because of them.
        let (gone, others): (Vec<&Letter>, Vec<&Letter>) =
            self.ledger.facts.letters.iter().partition(gone);
        let mut blobs: BTreeSet<BlobHash> =
            gone.iter().flat_map(|letter| letter.blobs.iter().copied()).collect();
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

    /// Whether everything promised was kept.
    pub fn judge(&mut self) -> Result<(), String> {
        let activity = self.central.activity().map_err(|e| e.to_string())?;
        self.no_alarm(&activity)?;
        for number in 0..self.kiosks.len() {
            // What the screen does when it hears that the cache has changed.
            let kiosk = &mut self.kiosks[number];
            kiosk
                .settle(&self.setting, self.now)
                .map_err(|error| format!("kiosk {number} cannot settle: {error:?}"))?;
            self.judge_journal(number)?;
            self.judge_cache(number)?;
        }
        self.judge_acts(&activity)?;
        self.judge_receipts(&activity)?;
        let pending = self.central.pending_forgets().map_err(|e| e.to_string())?;
        if let Some(pending) = pending.first() {
            return Err(format!("a forget was never acknowledged: {pending:?}"));
        }
        Ok(())
    }

    fn no_alarm(&self, activity: &[Activity]) -> Result<(), String> {
        for line in activity {
            let Deed::Alarm { alarm } = &line.deed else {
                continue;
            };
            // A central that was set back cannot know what it once said.
            let excused = match alarm {
                Alarm::CursorFromTheFuture => self.ledger.counts.restores > 0,
                Alarm::DigestDiffers { .. }
                | Alarm::IntentContradicts { .. }
                | Alarm::NumbersLost { .. }
                | Alarm::Quarantine { .. } => false,
            };
            if !excused {
                return Err(format!("alarm at {:?}: {alarm:?}", line.kiosk_label));
            }
        }
        Ok(())
    }

    /// Nothing is left unsettled, and numbers have no gaps.
    fn judge_journal(&self, number: usize) -> Result<(), String> {
        let kiosk = &self.kiosks[number];
        let say = |error: StoreError| format!("journal of kiosk {number}: {error:?}");
        let reader = JournalReader::open(&kiosk.place(&self.setting), &kiosk.key()).map_err(say)?;
        let open = reader.offers(domain::IntentNumber(1), 10).map_err(say)?;
        if let Some(first) = open.first() {
            let body = kind_of(&first.body);
            return Err(format!("kiosk {number} still waits for {body} {:?}", first.number));
        }
        let all = reader
            .held(domain::IntentNumber(1), usize::MAX >> 1)
            .map_err(say)?;
        for (intent, place) in all.iter().zip(1..) {
            if intent.number.0 != place {
                return Err(format!("journal of kiosk {number} has no number {place}"));
            }
        }
        let next = reader.next_number().map_err(say)?;
        if next.0 != all.len() as u64 + 1 {
            return Err(format!("journal of kiosk {number} lost its end"));
        }
        for act in self.ledger.acts.values().filter(|act| act.kiosk == number) {
            let kept = all.iter().find(|intent| intent.id == act.id);
            if act.number.is_some() && kept.map(|intent| intent.number) != act.number {
                let body = kind_of(&act.body);
                return Err(format!("kiosk {number} lost an acknowledged {body}"));
            }
        }
        Ok(())
    }

    fn truth(&self, number: usize) -> Result<Truth, String> {
        let mut truth = Truth::default();
        let mut after = Cursor::default();
        let mut epoch = None;
        loop {
            let page = self
                .central
                .changes(self.kiosks[number].id, epoch.as_ref(), &after, self.central_now())
                .map_err(|refused| format!("central refuses kiosk {number}: {refused}"))?;
            for record in page.records {
                let body = record.parse().map_err(|error| error.to_string())?;
                match body {
                    RecordBody::Settlement(_) => {}
                    RecordBody::Forget => {
                        let gone = record.resident;
                        truth.records.retain(|_, held| held.1 != gone);
                    }
                    body => {
                        let key = (body.kind(), record.id);
                        let held = (record.version, record.resident, Some(body));
                        truth.records.insert(key, held);
                    }
                }
            }
            (after, epoch) = (page.cursor, Some(page.epoch));
            if !page.more {
                break;
            }
        }
        for (_, _, body) in truth.records.values() {
            if let Some(RecordBody::Message(message)) = body {
                truth.blobs.extend(message.attachments.iter().map(|a| a.blob));
            }
        }
        Ok(truth)
    }

    /// The kiosk holds exactly what central says it should, rows and blobs.
    fn judge_cache(&self, number: usize) -> Result<(), String> {
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
        for (key, (version, ..)) in &truth.records {
            if held.remove(key) != Some(*version) {
                return Err(format!("kiosk {number} misses a {:?}", key.0));
            }
        }
        if let Some(((kind, _), _)) = held.first_key_value() {
            return Err(format!("kiosk {number} holds a {kind:?} that is not for it"));
        }
        if writer.quarantined().map_err(say)? > 0 {
            return Err(format!("kiosk {number} could not read what it was sent"));
        }
        self.judge_blobs(number, &place, &truth)?;
        let reader = CacheReader::open(&place, &kiosk.key()).map_err(say)?;
        for ((_, id), (_, resident, body)) in &truth.records {
            let of = resident.map(|resident| domain::ResidentId(resident.0));
            let (Some(of), Some(body)) = (of, body) else {
                continue;
            };
            if !shows(&reader, of, *id, body).map_err(say)? {
                return Err(format!("kiosk {number} shows a {:?} otherwise", body.kind()));
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
                return Err(format!("kiosk {number} keeps a blob that is not for it: {state:?}"));
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
                return Err(format!("kiosk {number} was told {told:?}, central did {did:?}"));
            }
        }
        Ok(())
    }

    /// Every acknowledged act was applied once, or refused once with a reason; what was undone had
    /// no effect; what nobody did, did not happen.
    fn judge_acts(&mut self, activity: &[Activity]) -> Result<(), String> {
        let mut deeds: BTreeMap<domain::IntentId, Vec<&Activity>> = BTreeMap::new();
        for line in activity {
            if let Some(intent) = line.intent {
                let id = domain::IntentId(intent.0);
                deeds.entry(id).or_default().push(line);
            }
        }
        let mut refused = 0;
        for act in self.ledger.acts.values() {
            let body = kind_of(&act.body);
            let done = deeds.remove(&act.id).unwrap_or_default();
            let [line] = done.as_slice() else {
                if done.is_empty() && act.number.is_none() {
                    continue;
                }
                let times = done.len();
                return Err(format!("a {body} was taken in {times} times: {act:?}"));
            };
            if !is_of(act, line) {
                return Err(format!("a {body} came out as {:?}: {act:?}", line.deed));
            }
            refused += u64::from(outcome(&line.deed) != Some(Outcome::Applied));
        }
        self.ledger.counts.refused = refused;
        match deeds.into_values().flatten().next() {
            Some(line) => Err(format!("nobody did {:?}", line.deed)),
            None => Ok(()),
        }
    }

    /// A message is read if and only if somebody opened it, at the first such moment; and one that
    /// was shown as read is.
    fn judge_receipts(&self, activity: &[Activity]) -> Result<(), String> {
        let mut first: BTreeMap<MessageId, UtcMillis> = BTreeMap::new();
        let mut refused = BTreeSet::new();
        for line in activity {
            if let Deed::MessageRead { message, outcome } = line.deed {
                if outcome == Outcome::Applied {
                    first.entry(message).or_insert(line.made_at);
                } else {
                    refused.insert(message);
                }
            }
        }
        for letter in &self.ledger.facts.letters {
            let line = self.central.message(letter.id).map_err(|e| e.to_string())?;
            if line.body.read_at != first.get(&letter.id).copied() {
                return Err("a receipt is not of the first reading".to_owned());
            }
        }
        for (_, message) in &self.ledger.shown_as_read {
            if !first.contains_key(message) && !refused.contains(message) {
                return Err("a message was shown as read, and no receipt came".to_owned());
            }
        }
        Ok(())
    }
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
        RecordBody::Message(body) => reader
            .message(of, domain::MessageId(id.0))?
            .is_some_and(|held| {
                held.text == body.text
                    && held.read_at.map(|at| at.0) == body.read_at.map(|at| at.0)
                    && state(&held.state) == state(&body.state)
                    && held.attachments.len() == body.attachments.len()
            }),
        RecordBody::SignIn(body) => reader
            .last_sign_in(of)?
            .is_some_and(|held| held.at.0 == body.at.0 && held.failed_since == body.failed_since),
        RecordBody::Policy(_)
        | RecordBody::Notice(_)
        | RecordBody::Forget
        | RecordBody::Settlement(_) => true,
    })
}

fn kind_of(body: &IntentBody) -> &'static str {
    match body {
        IntentBody::AnswerConnection { .. } => "answer",
        IntentBody::ReadMessage { .. } => "reading",
        IntentBody::SignIn => "sign-in",
        IntentBody::FailSignIn => "failed sign-in",
        IntentBody::Consent { .. } => "consent",
        IntentBody::Undone => "undone act",
    }
}

fn outcome(deed: &Deed) -> Option<Outcome> {
    match deed {
        Deed::ConnectionAnswered(answered) => Some(answered.outcome),
        Deed::MessageRead { outcome, .. }
        | Deed::SignedIn { outcome }
        | Deed::SignInFailed { outcome }
        | Deed::Consented { outcome, .. }
        | Deed::Undone { outcome }
        | Deed::Unsupported { outcome } => Some(*outcome),
        Deed::Alarm { .. } => None,
    }
}

/// Whether a line of central's tells of this act, as it was in the end.
fn is_of(act: &Act, line: &Activity) -> bool {
    let undone = matches!(line.deed, Deed::Undone { outcome: Outcome::Applied });
    let itself = match (&act.body, &line.deed) {
        (IntentBody::AnswerConnection { connection, answer }, Deed::ConnectionAnswered(did)) => {
            connection.0 == did.connection.0
                && format!("{answer:?}") == format!("{:?}", did.answer)
        }
        (IntentBody::ReadMessage { message }, Deed::MessageRead { message: did, outcome }) => {
            let known = [Outcome::Applied, Outcome::Refused { reason: Refusal::NotFound }];
            message.0 == did.0 && known.contains(outcome)
        }
        (IntentBody::SignIn, Deed::SignedIn { outcome })
        | (IntentBody::FailSignIn, Deed::SignInFailed { outcome })
        | (IntentBody::Consent { .. }, Deed::Consented { outcome, .. }) => {
            *outcome == Outcome::Applied
        }
        _ => false,
    };
    let same_person = line.resident == Some(act.resident);
    let same_time = line.made_at.0 == act.made_at.0;
    same_person
        && same_time
        && match act.undone {
            Sure::Yes => undone,
            Sure::No => itself,
            Sure::Perhaps => undone || itself,
        }
}
