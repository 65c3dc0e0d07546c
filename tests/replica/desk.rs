//! A kiosk and a central on one desk: no socket, no thread, and a clock one turns by hand.

use std::collections::VecDeque;

use dayroom::domain::local::{Link, ToScreen, ToSync};
use dayroom::domain::orders::{MachineOrder, OrderId};
use dayroom::domain::{
    BlobHash, BootId, BootMillis, BootMoment, Intent, IntentBody, IntentId, Now, Resident,
    ResidentId, UNDO_HOLD, UtcMillis,
};
use dayroom::replica::{
    Answer, OrdersSetup, Replica, ReplicaAction, ReplicaEvent, ReplicaOptions, WireRequest,
    map_page,
};
use dayroom::store::{
    BlobReader, CacheReader, Journal, NewIntent, Operators, StoreKey, StorePlace,
};
use dayroom_central::demo::{DemoFacility, DemoResident, populate};
use dayroom_central::{Central, CentralOptions, CentralPlace, Refused};
use dayroom_client::plan::{Cause, Failure, PlanConfig, RequestId};
use dayroom_client::transport::{TransportError, Validity, failure};
use dayroom_protocol as wire;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use uuid::Uuid;

pub const START: i64 = 1_760_000_000_000;
const PART: usize = 16 * 1024;

/// What the line does to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    Up,
    Down,
    /// Requests arrive and answers do not.
    Deaf,
}

pub struct Desk {
    pub central: Central,
    pub demo: DemoFacility,
    pub replica: Replica,
    pub journal: Journal,
    pub cache: CacheReader,
    pub now: Now,
    pub line: Line,
    /// What the screen was told.
    pub heard: Vec<ToScreen>,
    pub audited: Vec<&'static str>,
    /// Where blobs were asked for from.
    pub offsets: Vec<(BlobHash, u64)>,
    /// How digests compared.
    pub digests: Vec<wire::DigestReply>,
    /// The last digest that was sent.
    pub report: Option<wire::DigestReport>,
    /// Reports of health that were sent.
    pub reports: Vec<wire::HealthReport>,
    /// Batches that were sent.
    pub batches: Vec<wire::IntentBatch>,
    /// Bytes of a blob after which the line breaks and stays down.
    pub cut_blob_at: Option<usize>,
    /// What central's blobs become on the way.
    pub spoil_blobs: bool,
    /// Who gives orders here.
    pub orders: OrdersSetup,
    /// What `dayroom machine` was asked for.
    pub machine: Vec<(OrderId, MachineOrder)>,
    /// What was kept beside the store.
    pub kept: Option<Operators>,
    /// What central was told of orders.
    pub told: Vec<wire::OrderResults>,
    /// What somebody puts into the next page on its way.
    pub slipped_in: Vec<wire::RawRecord>,
    stream: Option<RequestId>,
    sends: VecDeque<(RequestId, WireRequest)>,
    place: StorePlace,
    _folder: tempfile::TempDir,
}

fn key() -> StoreKey {
    StoreKey::new([7; 32])
}

fn plan() -> PlanConfig {
    PlanConfig {
        first_contact: 0,
        ..PlanConfig::default()
    }
}

fn open(place: &StorePlace, orders: &OrdersSetup, now: Now) -> Replica {
    Replica::open(
        ReplicaOptions {
            orders: orders.clone(),
            place: place.clone(),
            key: key(),
            plan: plan(),
            rng: Box::new(SmallRng::seed_from_u64(5)),
        },
        now,
    )
    .unwrap()
}

impl Desk {
    pub fn new() -> Self {
        let mut rng = SmallRng::seed_from_u64(3);
        let options = CentralOptions {
            pins: dayroom_central::PinCost::Simulated,
            ..CentralOptions::default()
        };
        let central = Central::open(&CentralPlace::Memory, options, &mut rng).unwrap();
        let demo = populate(&central, wire::UtcMillis(START), &mut rng).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let place = StorePlace::new(folder.path());
        let now = Now {
            boot: BootMoment {
                boot: BootId(1),
                at: BootMillis(1_000_000),
            },
            utc: UtcMillis(START),
        };
        let orders = OrdersSetup::default();
        let replica = open(&place, &orders, now);
        Self {
            orders,
            machine: Vec::new(),
            kept: None,
            told: Vec::new(),
            slipped_in: Vec::new(),
            central,
            demo,
            replica,
            journal: Journal::open(&place, &key()).unwrap(),
            cache: CacheReader::open(&place, &key()).unwrap(),
            now,
            line: Line::Up,
            heard: Vec::new(),
            audited: Vec::new(),
            offsets: Vec::new(),
            digests: Vec::new(),
            report: None,
            reports: Vec::new(),
            batches: Vec::new(),
            cut_blob_at: None,
            spoil_blobs: false,
            stream: None,
            sends: VecDeque::new(),
            place,
            _folder: folder,
        }
    }

    /// A kiosk that has pulled everything.
    pub fn synced() -> Self {
        let mut desk = Self::new();
        desk.tell(ReplicaEvent::Tick);
        desk
    }

    /// Ends the sync process and starts it again.
    pub fn restart(self) -> Self {
        let Self {
            replica,
            place,
            orders,
            now,
            ..
        } = self;
        drop(replica);
        let replica = open(&place, &orders, now);
        Self {
            replica,
            place,
            orders,
            now,
            stream: None,
            sends: VecDeque::new(),
            ..self
        }
    }

    pub fn marcus(&self) -> &DemoResident {
        self.demo.residents.first().unwrap()
    }

    pub fn marcus_id(&self) -> ResidentId {
        ResidentId(self.marcus().id.0)
    }

    pub fn marcus_here(&self) -> Option<Resident> {
        self.cache.resident(self.marcus_id()).unwrap()
    }

    /// Where Marcus's kiosk is.
    pub fn kiosk(&self) -> wire::KioskId {
        if self.marcus().unit == self.demo.unit_a {
            self.demo.kiosk_a
        } else {
            self.demo.kiosk_b
        }
    }

    /// Somebody does something here.
    pub fn does(&mut self, body: IntentBody) -> IntentId {
        let held = matches!(body, IntentBody::AnswerConnection { .. });
        let id = IntentId(Uuid::now_v7());
        let intent = NewIntent {
            id,
            resident: self.marcus_id(),
            made_at: self.now.utc,
            held_until: held.then(|| BootMoment {
                boot: self.now.boot.boot,
                at: self.now.boot.at.plus(UNDO_HOLD),
            }),
            body,
        };
        self.journal.record(&intent).unwrap();
        id
    }

    /// The bytes of a blob as the screen would read them.
    pub fn bytes_of(&self, blob: BlobHash) -> Option<Vec<u8>> {
        BlobReader::open(&self.place, &key())
            .unwrap()
            .read(blob)
            .unwrap()
    }

    pub fn unsettled(&self) -> Vec<Intent> {
        self.journal.unsettled(self.marcus_id()).unwrap()
    }

    /// Tells the replica and lets both sides talk until there is no more to say.
    pub fn tell(&mut self, event: ReplicaEvent) {
        self.do_all(event);
        while let Some((request, asked)) = self.sends.pop_front() {
            self.carry(request, asked);
        }
    }

    pub fn local(&mut self, frame: ToSync) {
        self.tell(ReplicaEvent::Local(frame));
    }

    /// Central changed something.
    pub fn poke(&mut self) {
        let stream = self.stream.expect("the stream stands");
        self.tell(ReplicaEvent::Answer(stream, Ok(Answer::Poke)));
    }

    /// Lets time pass, stopping whenever the replica wants to be told.
    pub fn pass(&mut self, millis: u64) {
        let end = BootMillis(self.now.boot.at.0 + millis);
        while self.now.boot.at < end {
            let wake = self.replica.next_wake(self.now).as_millis();
            let step = u64::try_from(wake).unwrap().max(1);
            let step = step.min(end.0 - self.now.boot.at.0);
            self.now.boot.at.0 += step;
            self.now.utc.0 += i64::try_from(step).unwrap();
            self.tell(ReplicaEvent::Tick);
        }
    }

    pub fn link(&self) -> Link {
        match self.replica.status().unwrap() {
            ToScreen::Status { link, .. } => link,
            other => panic!("{other:?}"),
        }
    }

    fn do_all(&mut self, event: ReplicaEvent) {
        for action in self.replica.step(event, self.now).unwrap() {
            match action {
                ReplicaAction::Send(request, asked) => self.sends.push_back((request, asked)),
                ReplicaAction::Cancel(request) => self.sends.retain(|(own, _)| *own != request),
                ReplicaAction::Say(frame) | ReplicaAction::Tell(_, frame) => self.heard.push(frame),
                ReplicaAction::Machine { order, what, .. } => self.machine.push((order, what)),
                ReplicaAction::KeepOperators(known) => self.kept = Some(known),
                ReplicaAction::Time(at) => assert!(at.0 >= START),
                ReplicaAction::Audit(event) => self.audited.push(event.name()),
                ReplicaAction::Releases(_) => {}
            }
        }
    }

    fn carry(&mut self, request: RequestId, asked: WireRequest) {
        let answer = match self.line {
            Line::Down => Err(lost()),
            Line::Up => self.ask(request, asked),
            Line::Deaf => self.ask(request, asked).and(Err(lost())),
        };
        self.do_all(ReplicaEvent::Answer(request, answer));
    }

    fn ask(&mut self, request: RequestId, asked: WireRequest) -> Result<Answer, Failure> {
        let now = wire::UtcMillis(self.now.utc.0);
        let kiosk = self.kiosk();
        match asked {
            WireRequest::Changes(at) => self
                .central
                .changes(kiosk, at.epoch.as_ref(), &at.cursor, now)
                .map(|mut page| {
                    page.records.append(&mut self.slipped_in);
                    Answer::Page(map_page(page))
                })
                .map_err(said),
            WireRequest::Push(batch) => {
                self.batches.push(batch.clone());
                // What central's front does with a body of any size.
                let body = serde_json::to_vec(&batch).unwrap();
                if body.len() > wire::limits::BODY_BYTES {
                    return Err(Failure::Refused);
                }
                let taken = self.central.take_intents(kiosk, &batch, now);
                taken.map(Answer::Pushed).map_err(said)
            }
            WireRequest::Blob { blob, offset } => self.blob(request, blob, offset),
            WireRequest::Digest(report) => {
                let reply = self.central.digest(kiosk, &report, now).map_err(said)?;
                self.digests.push(reply.clone());
                self.report = Some(report);
                Ok(Answer::Digest(reply))
            }
            WireRequest::Acknowledge(forgotten) => {
                let noted = self.central.acknowledge(kiosk, &forgotten, now);
                noted.map(|()| Answer::Acknowledged).map_err(said)
            }
            WireRequest::OrderResults(results) => {
                self.told.push(results.clone());
                let noted = self.central.take_order_results(kiosk, &results, now);
                noted.map(|()| Answer::OrdersTold).map_err(said)
            }
            WireRequest::Health(report) => {
                self.reports.push(*report);
                Ok(Answer::HealthNoted)
            }
            WireRequest::Subscribe => {
                self.stream = Some(request);
                Ok(Answer::Subscribed)
            }
        }
    }

    fn blob(
        &mut self,
        request: RequestId,
        blob: BlobHash,
        mut offset: u64,
    ) -> Result<Answer, Failure> {
        self.offsets.push((blob, offset));
        let mut room = self.cut_blob_at.take();
        loop {
            let limit = room.map_or(PART, |room| room.min(PART));
            if limit == 0 {
                self.line = Line::Down;
                return Err(lost());
            }
            let hash = wire::BlobHash(blob.0);
            let part = self.central.blob(self.kiosk(), hash, offset, limit);
            let mut part = part.map_err(said)?;
            if part.bytes.is_empty() {
                return Ok(Answer::BlobEnd);
            }
            if self.spoil_blobs {
                part.bytes.iter_mut().for_each(|byte| *byte ^= 1);
            }
            let next = offset + part.bytes.len() as u64;
            room = room.map(|room| room - part.bytes.len());
            let answer = Answer::BlobPart {
                total: part.total,
                offset,
                bytes: part.bytes,
            };
            self.do_all(ReplicaEvent::Answer(request, Ok(answer)));
            offset = next;
        }
    }
}

fn lost() -> Failure {
    Failure::Contact(Cause::Unreachable)
}

/// What the transport makes of central's answer.
fn said(refused: Refused) -> Failure {
    let always = Validity {
        from: wire::UtcMillis(0),
        until: wire::UtcMillis(i64::MAX),
    };
    let error = TransportError::Problem {
        problem: Box::new(refused.problem()),
        retry_after: None,
    };
    failure(&error, always, wire::UtcMillis(START))
}
