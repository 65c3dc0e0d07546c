//! After any history, a kiosk that applies pages as told holds exactly what a plain model says,
//! and was never sent anything of somebody who was not on its roster at that moment.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use dayroom_central::{Opening, Reason};
use dayroom_protocol::{
    Access, ConnectionId, DraftId, IntentBody, IntentId, Kind, LocalText, MessageId, MessageState,
    NoticeBody, NoticeKind, RecordBody, RecordId, UnitId,
};
use proptest::prelude::*;
use support::{Journal, NOW, Wall, World};

const PEOPLE: [&str; 4] = ["1", "22", "333", "4444"];
const KIOSKS: usize = 3;

/// One thing that happens; numbers choose among what there is.
#[derive(Clone, Debug)]
enum Step {
    /// A person goes to unit 0 or 1, or leaves.
    House(usize, Option<usize>),
    Ask(usize),
    Write(usize),
    Hold(usize),
    Release(usize),
    Reject(usize),
    Freeze(usize),
    Notice,
    Policy(usize),
    SignIn(usize, usize),
    Draft(usize, usize),
    DropDraft(usize, usize),
    MoveKiosk(usize, usize),
    NewEpoch,
    Pull(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let person = 0..PEOPLE.len();
    let kiosk = 0..KIOSKS;
    prop_oneof![
        4 => (person.clone(), prop::option::of(0..2_usize)).prop_map(|(p, u)| Step::House(p, u)),
        2 => person.clone().prop_map(Step::Ask),
        6 => person.clone().prop_map(Step::Write),
        1 => any::<usize>().prop_map(Step::Hold),
        1 => any::<usize>().prop_map(Step::Release),
        1 => any::<usize>().prop_map(Step::Reject),
        1 => person.clone().prop_map(Step::Freeze),
        1 => Just(Step::Notice),
        1 => (0..2_usize).prop_map(Step::Policy),
        2 => (person.clone(), kiosk.clone()).prop_map(|(p, k)| Step::SignIn(p, k)),
        3 => (person, kiosk.clone()).prop_map(|(p, k)| Step::Draft(p, k)),
        1 => (any::<usize>(), kiosk.clone()).prop_map(|(d, k)| Step::DropDraft(d, k)),
        1 => (kiosk.clone(), 0..2_usize).prop_map(|(k, u)| Step::MoveKiosk(k, u)),
        1 => Just(Step::NewEpoch),
        12 => kiosk.prop_map(Step::Pull),
    ]
}

/// What a plain reading of the rules says, without commits, places and cursors.
#[derive(Default)]
struct Model {
    house: BTreeMap<usize, UnitId>,
    known: BTreeSet<usize>,
    signed_in: BTreeSet<usize>,
    asked: Vec<(usize, ConnectionId)>,
    active: BTreeMap<usize, ConnectionId>,
    letters: Vec<Letter>,
    drafts: Vec<(usize, DraftId)>,
    notices: BTreeSet<RecordId>,
}

struct Letter {
    of: usize,
    id: MessageId,
    text: String,
    shown: Shown,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shown {
    Delivered,
    OnHold,
    Rejected,
}

struct Story {
    world: World,
    model: Model,
    units: [UnitId; 2],
    walls: Vec<(UnitId, Wall, Journal, BTreeSet<IntentId>)>,
}

impl Story {
    fn begin(page: usize) -> Self {
        let mut world = World::with_small_pages(page);
        let third = world
            .central
            .create_kiosk(world.b, "Unit B, door", &mut world.rng)
            .unwrap();
        let walls = [
            (world.a, world.kiosk_a),
            (world.b, world.kiosk_b),
            (world.b, third),
        ];
        let units = [world.a, world.b];
        Self {
            world,
            model: Model::default(),
            units,
            walls: (1..)
                .zip(walls)
                .map(|(n, (unit, kiosk))| {
                    (unit, Wall::new(kiosk), Journal::new(n), BTreeSet::new())
                })
                .collect(),
        }
    }

    fn tell(&mut self, step: &Step) {
        match *step {
            Step::House(person, unit) => {
                match unit {
                    Some(unit) => self.model.house.insert(person, self.units[unit]),
                    None => self.model.house.remove(&person),
                };
                self.model.known.extend(self.model.house.keys());
                let lines: Vec<(&str, UnitId)> = self
                    .model
                    .house
                    .iter()
                    .map(|(person, unit)| (PEOPLE[*person], *unit))
                    .collect();
                self.world.roster(&lines);
            }
            Step::Ask(person) if self.model.known.contains(&person) => {
                let resident = self.world.who(PEOPLE[person]);
                let id = self.world.connection(resident, Opening::Request);
                self.model.asked.push((person, id));
            }
            Step::Write(person) if self.model.known.contains(&person) => {
                let resident = self.world.who(PEOPLE[person]);
                let connection = match self.model.active.get(&person) {
                    Some(connection) => *connection,
                    None => self.world.connection(resident, Opening::Active),
                };
                self.model.active.insert(person, connection);
                let text = format!("letter {} to {person}", self.model.letters.len());
                let id = self.world.message(connection, &text);
                self.model.letters.push(Letter {
                    of: person,
                    id,
                    text,
                    shown: Shown::Delivered,
                });
            }
            Step::Hold(pick) => self.review(pick, Shown::OnHold),
            Step::Release(pick) => self.review(pick, Shown::Delivered),
            Step::Reject(pick) => self.review(pick, Shown::Rejected),
            Step::Freeze(person) if self.model.house.contains_key(&person) => {
                let resident = self.world.who(PEOPLE[person]);
                self.world
                    .central
                    .set_access(resident, Access::Frozen)
                    .unwrap();
            }
            Step::Notice => {
                let title = LocalText([("en".to_owned(), "Law library".to_owned())].into());
                let notice = NoticeBody {
                    kind: NoticeKind::Notice,
                    version: 1,
                    must_acknowledge: false,
                    order: 0,
                    text: title.clone(),
                    title,
                    from: NOW,
                    until: None,
                };
                let id = self
                    .world
                    .central
                    .post_notice(self.world.facility, &notice, &mut self.world.rng)
                    .unwrap();
                self.model.notices.insert(id.into());
            }
            Step::Policy(unit) => {
                let mut policy = self.world.central.policy(self.units[unit]).unwrap();
                policy.consent.version += 1;
                self.world
                    .central
                    .set_policy(self.units[unit], &policy)
                    .unwrap();
            }
            Step::SignIn(person, kiosk) if self.model.known.contains(&person) => {
                self.push(person, kiosk, IntentBody::SignIn);
                self.model.signed_in.insert(person);
            }
            Step::Draft(person, kiosk) if self.model.active.contains_key(&person) => {
                let id = 0xd0 << 64 | self.model.drafts.len() as u128;
                let draft = DraftId(uuid::Uuid::from_u128(id));
                self.model.drafts.push((person, draft));
                let save = IntentBody::SaveDraft {
                    draft,
                    connection: self.model.active[&person],
                    based_on: 0,
                    sealed: "c2VhbGVk".to_owned(),
                };
                self.push(person, kiosk, save);
            }
            Step::DropDraft(pick, kiosk) if !self.model.drafts.is_empty() => {
                let (person, draft) = self.model.drafts[pick % self.model.drafts.len()];
                self.push(person, kiosk, IntentBody::DropDraft { draft });
            }
            Step::MoveKiosk(kiosk, unit) => {
                let (at, wall, ..) = &mut self.walls[kiosk];
                *at = self.units[unit];
                self.world.central.move_kiosk(wall.kiosk, *at).unwrap();
            }
            Step::NewEpoch => self.world.central.new_epoch(&mut self.world.rng).unwrap(),
            Step::Pull(kiosk) => {
                self.pull(kiosk);
            }
            Step::Ask(_)
            | Step::Write(_)
            | Step::Freeze(_)
            | Step::SignIn(..)
            | Step::Draft(..)
            | Step::DropDraft(..) => {}
        }
    }

    fn push(&mut self, person: usize, kiosk: usize, body: IntentBody) {
        let resident = self.world.who(PEOPLE[person]);
        let (_, wall, journal, sent) = &mut self.walls[kiosk];
        let intent = journal.intent(resident, body);
        self.world
            .central
            .take_intents(wall.kiosk, &journal.batch(&[&intent]), NOW)
            .unwrap();
        sent.insert(intent.id);
    }

    fn review(&mut self, pick: usize, to: Shown) {
        let letters = self.model.letters.len().max(1);
        let Some(letter) = self.model.letters.get_mut(pick % letters) else {
            return;
        };
        let central = &self.world.central;
        let done = match to {
            Shown::OnHold => central.hold(letter.id, NOW),
            Shown::Delivered => central.release(letter.id),
            Shown::Rejected => {
                let reason = Reason::new("Mail rule 7: another person's address").unwrap();
                central.reject(letter.id, &reason, NOW)
            }
        };
        let may = match (letter.shown, to) {
            (Shown::Delivered, Shown::OnHold | Shown::Rejected)
            | (Shown::OnHold, Shown::Delivered | Shown::Rejected) => true,
            (Shown::Delivered, Shown::Delivered)
            | (Shown::OnHold, Shown::OnHold)
            | (Shown::Rejected, _) => false,
        };
        assert_eq!(done.is_ok(), may, "{:?} to {to:?}", letter.shown);
        if may {
            letter.shown = to;
        }
    }

    /// Pulls one page and checks each record against the roster of this moment.
    fn pull(&mut self, kiosk: usize) -> bool {
        let (unit, wall, ..) = &mut self.walls[kiosk];
        let before = wall.seen.len();
        let more = wall.pull(&self.world.central);
        for record in &wall.seen[before..] {
            if let Some(resident) = record.resident.filter(|_| record.kind != "forget") {
                let on_roster =
                    self.model.house.iter().any(|(person, at)| {
                        at == unit && self.world.who(PEOPLE[*person]) == resident
                    });
                assert!(
                    on_roster,
                    "a {} of somebody elsewhere was sent",
                    record.kind
                );
            }
        }
        more
    }

    fn end(&mut self) {
        for kiosk in 0..KIOSKS {
            while self.pull(kiosk) {}
            let (unit, wall, _, sent) = &self.walls[kiosk];
            let here = |person: &usize| self.model.house.get(person) == Some(unit);
            let mut expected: BTreeSet<(&str, RecordId)> = BTreeSet::new();
            let mut add = |kind: Kind, id: RecordId| expected.insert((kind.name(), id));
            add(Kind::Policy, (*unit).into());
            for notice in &self.model.notices {
                add(Kind::Notice, *notice);
            }
            for person in self.model.house.keys().filter(|person| here(person)) {
                let resident = self.world.who(PEOPLE[*person]);
                add(Kind::Resident, resident.into());
                if self.model.signed_in.contains(person) {
                    add(Kind::SignIn, resident.into());
                    add(Kind::Account, resident.into());
                }
                if let Some(active) = self.model.active.get(person) {
                    add(Kind::Connection, (*active).into());
                }
            }
            for (person, id) in &self.model.asked {
                if here(person) {
                    add(Kind::Connection, (*id).into());
                }
            }
            for letter in self.model.letters.iter().filter(|letter| here(&letter.of)) {
                add(Kind::Message, letter.id.into());
            }
            for (person, draft) in &self.model.drafts {
                if here(person) {
                    add(Kind::Draft, (*draft).into());
                }
            }
            let held: BTreeSet<(&str, RecordId)> = wall
                .held
                .keys()
                .map(|(kind, id)| (kind.as_str(), *id))
                .collect();
            assert_eq!(held, expected);
            for letter in self.model.letters.iter().filter(|letter| here(&letter.of)) {
                let RecordBody::Message(body) = wall.body(Kind::Message, letter.id) else {
                    unreachable!()
                };
                let shown = match body.state {
                    MessageState::Delivered => Shown::Delivered,
                    MessageState::OnHold { .. } => Shown::OnHold,
                    MessageState::Rejected { .. } => Shown::Rejected,
                };
                assert_eq!(shown, letter.shown);
                let text = Some(letter.text.clone()).filter(|_| shown == Shown::Delivered);
                assert_eq!(body.text, text);
            }
            let settled: BTreeSet<IntentId> = wall.settled.keys().copied().collect();
            assert_eq!(&settled, sent);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_ends_with_exactly_what_the_model_says(
        page in 1..6_usize,
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let mut story = Story::begin(page);
        for step in &steps {
            story.tell(step);
        }
        story.end();
    }
}
