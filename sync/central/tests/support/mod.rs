//! A small facility and kiosks that apply pages as told.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;

use dayroom_central::{
    Central, CentralOptions, CentralPlace, NewConnection, NewMessage, Opening, PageLimits, PinCost,
    PinDigits, Refused, RosterLine,
};
use dayroom_protocol::{
    ApprovalRule, ChangesPage, ConnectionId, Contact, Cursor, Epoch, FacilityId, Identity, Intent,
    IntentBatch, IntentBody, IntentId, JournalId, Kind, KioskId, Lane, MessageId, Outcome,
    RawRecord, RecordBody, RecordId, ResidentId, UnitId, UtcMillis,
};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use uuid::Uuid;

pub const NOW: UtcMillis = UtcMillis(1_700_000_000_000);

pub const MARCUS: &str = "10427";
pub const TYRELL: &str = "10533";
pub const LUIS: &str = "10618";

pub struct World {
    pub central: Central,
    pub rng: SmallRng,
    pub facility: FacilityId,
    pub a: UnitId,
    pub b: UnitId,
    pub kiosk_a: KioskId,
    pub kiosk_b: KioskId,
}

impl World {
    pub fn new() -> Self {
        Self::with_pages(PageLimits::default())
    }

    /// Pages of a few records, so that a refill takes many.
    pub fn with_small_pages(records: usize) -> Self {
        Self::with_pages(PageLimits {
            records,
            ..PageLimits::default()
        })
    }

    fn with_pages(page: PageLimits) -> Self {
        let options = CentralOptions {
            page,
            pins: PinCost::Simulated,
        };
        Self::at(&CentralPlace::Memory, options)
    }

    pub fn at(place: &CentralPlace, options: CentralOptions) -> Self {
        let mut rng = SmallRng::seed_from_u64(7);
        let central = Central::open(place, options, &mut rng).unwrap();
        let facility = central
            .create_facility("Cedar County", "America/Chicago", PinDigits::Six, &mut rng)
            .unwrap();
        let a = central.create_unit(facility, "A", &mut rng).unwrap();
        let b = central.create_unit(facility, "B", &mut rng).unwrap();
        let kiosk_a = central.create_kiosk(a, "Unit A, wall", &mut rng).unwrap();
        let kiosk_b = central.create_kiosk(b, "Unit B, wall", &mut rng).unwrap();
        Self {
            central,
            rng,
            facility,
            a,
            b,
            kiosk_a,
            kiosk_b,
        }
    }

    /// Makes the roster be these people.
    pub fn roster(&mut self, people: &[(&str, UnitId)]) {
        let lines = people
            .iter()
            .map(|(number, unit)| RosterLine {
                number: (*number).to_owned(),
                name: format!("Person {number}"),
                unit: *unit,
            })
            .collect();
        self.central
            .apply_roster(self.facility, lines, NOW, &mut self.rng)
            .unwrap();
    }

    pub fn who(&self, number: &str) -> ResidentId {
        self.central
            .resident_by_number(self.facility, number)
            .unwrap()
    }

    pub fn connection(&mut self, resident: ResidentId, opening: Opening) -> ConnectionId {
        let new = NewConnection {
            resident,
            contact: Contact {
                name: "Elena Vargas".to_owned(),
                relationship: "Sister".to_owned(),
                place: None,
                lane: Lane::Ordinary,
            },
            note: String::new(),
            identity: Identity::Unchecked,
            approval: ApprovalRule::AfterResident,
            opening,
        };
        self.central
            .add_connection_request(&new, NOW, &mut self.rng)
            .unwrap()
    }

    pub fn message(&mut self, connection: ConnectionId, text: &str) -> MessageId {
        let new = NewMessage {
            connection,
            text: text.to_owned(),
            attachments: Vec::new(),
            source: None,
        };
        self.central.take_message(&new, NOW, &mut self.rng).unwrap()
    }
}

/// A kiosk's cache: applies each page as it is told, nothing else.
pub struct Wall {
    pub kiosk: KioskId,
    pub epoch: Option<Epoch>,
    pub cursor: Cursor,
    pub held: BTreeMap<(String, RecordId), RawRecord>,
    pub settled: BTreeMap<IntentId, Outcome>,
    pub seen: Vec<RawRecord>,
    pub resets: usize,
}

impl Wall {
    pub fn new(kiosk: KioskId) -> Self {
        Self {
            kiosk,
            epoch: None,
            cursor: Cursor::default(),
            held: BTreeMap::new(),
            settled: BTreeMap::new(),
            seen: Vec::new(),
            resets: 0,
        }
    }

    /// Pulls one page; says whether there is more.
    pub fn pull(&mut self, central: &Central) -> bool {
        match central.changes(self.kiosk, self.epoch.as_ref(), &self.cursor, NOW) {
            Ok(page) => {
                let more = page.more;
                self.apply(page);
                more
            }
            Err(Refused::Reset { epoch }) => {
                self.reset(epoch);
                true
            }
            Err(other) => panic!("{other}"),
        }
    }

    pub fn pull_all(&mut self, central: &Central) {
        let mut pages = 0;
        while self.pull(central) {
            pages += 1;
            assert!(pages < 10_000, "the feed does not end");
        }
    }

    pub fn reset(&mut self, epoch: Epoch) {
        self.resets += 1;
        self.epoch = Some(epoch);
        self.cursor = Cursor::default();
        self.held.clear();
        self.settled.clear();
    }

    pub fn apply(&mut self, page: ChangesPage) {
        assert_eq!(page.after, self.cursor);
        assert!(!page.cursor.0.is_empty(), "every page carries a cursor");
        self.epoch = Some(page.epoch);
        self.cursor = page.cursor;
        for record in page.records {
            self.seen.push(record.clone());
            match record.parse().ok().unwrap() {
                RecordBody::Forget => {
                    let gone = record.resident;
                    self.held.retain(|_, held| held.resident != gone);
                }
                RecordBody::Settlement(settlement) => {
                    self.settled.insert(settlement.intent, settlement.outcome);
                }
                // No part of what is compared.
                RecordBody::OperatorKeys(_) | RecordBody::Order(_) => {}
                RecordBody::Policy(_)
                | RecordBody::Resident(_)
                | RecordBody::Connection(_)
                | RecordBody::Message(_)
                | RecordBody::Notice(_)
                | RecordBody::SignIn(_)
                | RecordBody::Account(_)
                | RecordBody::Draft(_) => {
                    let key = (record.kind.clone(), record.id);
                    if let Some(older) = self.held.get(&key) {
                        assert!(older.version < record.version, "a record came twice");
                    }
                    self.held.insert(key, record);
                }
            }
        }
    }

    pub fn holds(&self, kind: Kind, id: impl Into<RecordId>) -> bool {
        self.held.contains_key(&(kind.name().to_owned(), id.into()))
    }

    pub fn body(&self, kind: Kind, id: impl Into<RecordId>) -> RecordBody {
        self.held[&(kind.name().to_owned(), id.into())]
            .parse()
            .ok()
            .unwrap()
    }
}

/// A journal of a kiosk.
pub struct Journal {
    pub id: JournalId,
    pub next: u64,
}

impl Journal {
    pub fn new(number: u128) -> Self {
        Self {
            id: JournalId(Uuid::from_u128(number)),
            next: 1,
        }
    }

    pub fn intent(&mut self, resident: ResidentId, body: IntentBody) -> Intent {
        let number = self.next;
        self.next += 1;
        Intent {
            id: IntentId(Uuid::from_u128(
                self.id.0.as_u128() << 32 | u128::from(number),
            )),
            number,
            resident,
            made_at: NOW.plus_millis(-5000),
            body,
        }
    }

    pub fn batch(&self, intents: &[&Intent]) -> IntentBatch {
        IntentBatch {
            journal: self.id,
            first_held: 1,
            intents: intents.iter().map(|intent| (*intent).clone()).collect(),
        }
    }
}
