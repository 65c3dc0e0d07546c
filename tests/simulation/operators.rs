use std::io::Cursor;
use std::sync::OnceLock;

use dayroom::domain::IntentBody;
use dayroom_central::{
    Central, CentralOptions, CentralPlace, NewAttachment, NewConnection, NewMessage, Opening,
    OperatorError, PageLimits, PinCost, PinDigits, Reason, Rejection, RosterLine, Ruling,
};
use dayroom_protocol::{
    Access, ApprovalRule, BlobHash, Cents, Contact, FacilityId, Identity, KioskId, Lane, LocalText,
    MessageId, NoticeBody, ResidentId, Role, UnitId, UtcMillis,
};
use image::{DynamicImage, ImageFormat, RgbImage};
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{Rng, RngCore, SeedableRng};
use ring::digest::{SHA256, digest};

use super::kiosk::START;
use super::ledger::{Facts, Ledger, Letter};
use super::setting::Setting;
use super::world::World;
use crate::support::disk::Disk;

const REVIEWERS: [&str; 2] = ["Ada Brook", "Ben Stone"];
const RULE: &str = "7.2";

/// Somebody, whether here or not.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: ResidentId,
    pub number: String,
}

/// The facility.
pub struct Grounds {
    pub facility: FacilityId,
    pub units: Vec<UnitId>,
    pub people: Vec<Person>,
    pub pictures: Vec<(BlobHash, NewAttachment)>,
    /// Events since time last moved.
    pub at_this_moment: u32,
}

/// Central's disk as it was, and what it had been told by then.
pub struct Backup {
    disk: Disk,
    facts: Facts,
}

pub fn open_central(disk: &Disk, setting: &Setting, rng: &mut SmallRng) -> Central {
    let place = CentralPlace::Vfs {
        path: "/central.db".into(),
        name: disk.vfs_name().to_owned(),
    };
    let options = CentralOptions {
        page: PageLimits {
            records: setting.page,
            ..PageLimits::default()
        },
        pins: PinCost::Simulated,
    };
    Central::open(&place, options, rng).expect("central opens")
}

impl Grounds {
    /// Builds the facility; gives the kiosks, in order.
    pub fn lay(
        central: &Central,
        setting: &Setting,
        ledger: &mut Ledger,
        rng: &mut SmallRng,
    ) -> (Self, Vec<KioskId>) {
        let facility = central
            .create_facility("Cedar County", "America/Chicago", PinDigits::Six, rng)
            .expect("a facility");
        let units: Vec<UnitId> = (0..setting.units)
            .map(|unit| central.create_unit(facility, &format!("Unit {unit}"), rng))
            .collect::<Result<_, _>>()
            .expect("units");
        for unit in &units {
            let mut policy = central.policy(*unit).expect("a policy");
            policy.messages.price = Cents([0, 25, 60][rng.random_range(0..3_usize)]);
            policy.messages.review = rng.random();
            policy.messages.refund = rng.random();
            central.set_policy(*unit, &policy).expect("a policy");
        }
        for reviewer in REVIEWERS {
            let added = central.add_reviewer(facility, reviewer);
            added.expect("a reviewer");
        }
        let rule = LocalText([("en".to_owned(), "Nothing in code.".to_owned())].into());
        central.add_rule(facility, RULE, &rule).expect("a rule");
        let walls = (0..setting.kiosks)
            .map(|kiosk| {
                let unit = kiosk % setting.units;
                ledger.facts.walls.push(unit);
                central.create_kiosk(units[unit], &format!("Wall {kiosk}"), rng)
            })
            .collect::<Result<_, _>>()
            .expect("kiosks");
        let mut grounds = Self {
            facility,
            units,
            people: Vec::new(),
            pictures: pictures().to_vec(),
            at_this_moment: 0,
        };
        for person in 0..setting.residents {
            let number = (1000 + person).to_string();
            let unit = rng.random_range(0..setting.units);
            let line = grounds.line(&number, unit);
            central
                .apply_roster_part(facility, vec![line], UtcMillis(START), rng)
                .expect("a roster");
            let id = central
                .resident_by_number(facility, &number)
                .expect("somebody");
            ledger.facts.house.insert(id, unit);
            grounds.people.push(Person { id, number });
        }
        (grounds, walls)
    }

    fn line(&self, number: &str, unit: usize) -> RosterLine {
        RosterLine {
            number: number.to_owned(),
            name: format!("Person {number}"),
            unit: self.units[unit],
        }
    }
}

/// Pictures that people send; the same in every world, since they are dear to draw.
fn pictures() -> &'static [(BlobHash, NewAttachment)] {
    static PICTURES: OnceLock<Vec<(BlobHash, NewAttachment)>> = OnceLock::new();
    PICTURES.get_or_init(|| {
        let mut rng = SmallRng::seed_from_u64(8);
        let sides = [8, 30, 30, 30, 60, 60, 100, 170];
        sides
            .into_iter()
            .map(|side| picture(side, &mut rng))
            .collect()
    })
}

fn picture(side: u32, rng: &mut SmallRng) -> (BlobHash, NewAttachment) {
    let mut pixels = vec![0; 3 * side as usize * side as usize];
    rng.fill_bytes(&mut pixels);
    let image = RgbImage::from_raw(side, side, pixels).expect("enough pixels");
    let mut content = Cursor::new(Vec::new());
    DynamicImage::from(image)
        .write_to(&mut content, ImageFormat::Png)
        .expect("a picture");
    let content = content.into_inner();
    let hash = digest(&SHA256, &content)
        .as_ref()
        .try_into()
        .expect("32 bytes");
    let attachment = NewAttachment::read("photo.png", content).expect("a picture");
    (BlobHash(hash), attachment)
}

impl World {
    fn anybody(&mut self) -> Person {
        let people = &self.grounds.people;
        people.choose(&mut self.rng).expect("somebody").clone()
    }

    /// Looks at how an operator's act went: it may not be possible just now, and no more.
    fn did<T>(&mut self, done: Result<T, OperatorError>) -> Option<T> {
        self.poke();
        match done {
            Ok(done) => Some(done),
            Err(OperatorError::Store(error)) => {
                self.ledger
                    .break_promise(|| format!("central failed: {error:?}"));
                None
            }
            Err(_) => None,
        }
    }

    /// What there is when the world begins: everybody knows somebody, and is asked by somebody.
    pub fn furnish(&mut self) {
        for person in self.grounds.people.clone() {
            self.ask_for(&person, Opening::Active);
            self.ask_for(&person, Opening::Request);
            self.pay_in(&person);
        }
        for _ in 0..self.grounds.people.len() * 2 {
            self.write();
        }
        if self.setting.restores {
            self.back_up();
        }
    }

    pub fn ask(&mut self) {
        let opening = match self.rng.random_range(0..4) {
            0 => Opening::Active,
            1 => Opening::AwaitFacility,
            _ => Opening::Request,
        };
        let person = self.anybody();
        self.ask_for(&person, opening);
    }

    fn ask_for(&mut self, person: &Person, opening: Opening) {
        let new = NewConnection {
            resident: person.id,
            contact: Contact {
                name: "Elena Vargas".to_owned(),
                relationship: "Sister".to_owned(),
                place: None,
                lane: Lane::Ordinary,
            },
            note: "Hello".to_owned(),
            identity: Identity::Unchecked,
            approval: if self.rng.random() {
                ApprovalRule::AfterResident
            } else {
                ApprovalRule::ResidentAlone
            },
            opening,
        };
        let at = self.central_now();
        let done = self.central.add_connection_request(&new, at, &mut self.rng);
        if let Some(id) = self.did(done) {
            self.ledger.facts.connections.push(id);
        }
    }

    pub fn write(&mut self) {
        let Some(connection) = self.ledger.facts.connections.choose(&mut self.rng).copied() else {
            return;
        };
        let mut pictures = Vec::new();
        if self.rng.random_range(0..3) == 0 {
            pictures.extend(self.grounds.pictures.choose(&mut self.rng).cloned());
        }
        let new = NewMessage {
            connection,
            text: format!("Letter {}", self.ledger.facts.letters.len()),
            attachments: pictures.iter().map(|(_, new)| new.clone()).collect(),
            source: None,
        };
        let at = self.central_now();
        let done = self.central.take_message(&new, at, &mut self.rng);
        let Some(id) = self.did(done) else {
            return;
        };
        let line = self.central.connection(connection);
        if let Some(line) = self.did(line) {
            self.ledger.facts.letters.push(Letter {
                id,
                resident: line.resident,
                blobs: pictures.iter().map(|(hash, _)| *hash).collect(),
            });
        }
    }

    pub fn review(&mut self) {
        let at = self.central_now();
        let reason = Reason::new("Mail rule 7").expect("a reason");
        let choice = self.rng.random_range(0..7);
        if choice < 3 {
            let Some(letter) = self.ledger.facts.letters.choose(&mut self.rng) else {
                return;
            };
            let done = match choice {
                0 => self.central.hold(letter.id, at),
                1 => self.central.release(letter.id),
                _ => self.central.reject(letter.id, &reason, at),
            };
            self.did(done);
            return;
        }
        let Some(connection) = self.ledger.facts.connections.choose(&mut self.rng) else {
            return;
        };
        let done = match choice {
            3 => self.central.withdraw_request(*connection, at),
            4 => self.central.refuse_connection(*connection, &reason, at),
            5 => self.central.verify_contact(*connection, at),
            _ => self.central.approve_connection(*connection, at),
        };
        self.did(done);
    }

    pub fn deposit(&mut self) {
        let person = self.anybody();
        self.pay_in(&person);
    }

    fn pay_in(&mut self, person: &Person) {
        let cents = self.rng.random_range(1..120);
        let at = self.central_now();
        let done = self.central.deposit(person.id, Cents(cents), "", at);
        if self.did(done).is_some() {
            self.ledger.facts.deposits += i64::from(cents);
        }
    }

    /// A reviewer decides on something a resident wrote, or on an appeal.
    pub fn review_sent(&mut self) {
        let sent = self.ledger.acts.values().filter_map(|act| match &act.body {
            IntentBody::SendMessage { message, .. } | IntentBody::Appeal { message } => {
                Some(MessageId(message.0))
            }
            _ => None,
        });
        let sent: Vec<MessageId> = sent.collect();
        let Some(message) = sent.choose(&mut self.rng).copied() else {
            return;
        };
        let at = self.central_now();
        let reviewer = *REVIEWERS.choose(&mut self.rng).expect("a reviewer");
        let reason = Reason::new("It is written in a code.").expect("a reason");
        let role = Role::Supervisor;
        let done = match self.rng.random_range(0..6) {
            0 => self.central.hold(message, at),
            1 | 2 => self.central.release_reviewed(message, reviewer, at),
            3 => {
                let rejection = Rejection {
                    rule: RULE.to_owned(),
                    reason,
                    role,
                    reviewer: reviewer.to_owned(),
                };
                self.central.reject_reviewed(message, &rejection, at)
            }
            4 => {
                let by = (role, reviewer);
                self.central.decide_appeal(message, &Ruling::Grant, by, at)
            }
            _ => {
                let by = (role, reviewer);
                let ruling = Ruling::Uphold(reason);
                self.central.decide_appeal(message, &ruling, by, at)
            }
        };
        self.did(done);
    }

    /// Somebody moves to another unit, leaves, or comes back.
    pub fn rehouse(&mut self) {
        let person = self.anybody();
        self.trace(|| format!("{} moves", person.id));
        let housed = self.ledger.facts.house.contains_key(&person.id);
        if housed && self.rng.random_range(0..3) == 0 {
            let done = self.central.depart(&[person.id]);
            if self.did(done).is_some() {
                self.ledger.facts.house.remove(&person.id);
                self.ledger.counts.moves += 1;
            }
            return;
        }
        let unit = self.rng.random_range(0..self.grounds.units.len());
        let line = self.grounds.line(&person.number, unit);
        let (facility, at) = (self.grounds.facility, self.central_now());
        let done = self
            .central
            .apply_roster_part(facility, vec![line], at, &mut self.rng);
        if self.did(done).is_some() {
            self.ledger.facts.house.insert(person.id, unit);
            self.ledger.counts.moves += 1;
        }
    }

    pub fn rehang(&mut self) {
        let kiosk = self.rng.random_range(0..self.kiosks.len());
        self.trace(|| format!("kiosk {kiosk} is moved"));
        let unit = self.rng.random_range(0..self.grounds.units.len());
        let done = self
            .central
            .move_kiosk(self.kiosks[kiosk].id, self.grounds.units[unit]);
        if self.did(done).is_some() {
            self.ledger.facts.walls[kiosk] = unit;
        }
    }

    pub fn announce(&mut self) {
        let text = LocalText([("en".to_owned(), "Law library".to_owned())].into());
        let notice = NoticeBody {
            kind: dayroom_central::protocol::NoticeKind::Notice,
            version: 1,
            must_acknowledge: self.rng.random(),
            order: 0,
            title: text.clone(),
            text,
            from: self.central_now(),
            until: None,
        };
        let facility = self.grounds.facility;
        let done = self.central.post_notice(facility, &notice, &mut self.rng);
        self.did(done);
        let unit = *self.grounds.units.choose(&mut self.rng).expect("a unit");
        let policy = self.central.policy(unit);
        if let Some(mut policy) = self.did(policy) {
            policy.consent.version += 1;
            let done = self.central.set_policy(unit, &policy);
            self.did(done);
        }
        let person = self.anybody();
        let access = if self.rng.random() {
            Access::Open
        } else {
            Access::Frozen
        };
        let done = self.central.set_access(person.id, access);
        self.did(done);
    }

    /// Central dies, by whatever cause, and starts from its disk.
    pub fn restart_central(&mut self) {
        self.ledger.counts.central_crashes += 1;
        let chance = self.rng.random();
        self.central_disk.power_cut(chance);
        self.reopen_central();
    }

    pub fn reopen_central(&mut self) {
        self.central_disk.heal();
        self.central = open_central(&self.central_disk, &self.setting, &mut self.rng);
        self.pokes = self.central.pokes();
        self.end_streams(None);
        let down = self.rng.random_range(0..=self.setting.step_gap);
        self.central_back_at = self.now + down;
    }

    pub fn back_up(&mut self) {
        self.backup = Some(Backup {
            disk: self.central_disk.copy(self.now),
            facts: self.ledger.facts.clone(),
        });
    }

    /// The disk is gone; the backup is put in, and a new epoch begun as the manual says.
    pub fn restore(&mut self) {
        let Some(backup) = self.backup.take() else {
            return;
        };
        self.ledger.counts.restores += 1;
        self.central_disk = backup.disk;
        self.ledger.facts = backup.facts;
        self.reopen_central();
        self.central.new_epoch(&mut self.rng).expect("a new epoch");
    }
}
