//! Money: whatever people and operators do, in whatever order and however often it is said, the
//! ledger comes out even, nobody owes, and a plain model agrees (threat T1, goal G23).
//!
//! `DAYROOM_MONEY_OPS=1000000 cargo test -p dayroom-central --test money` runs a campaign.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails by panicking"
)]

mod support;

use dayroom_central::{
    DEPOSITS_UP_TO, Deed, NewConnection, Opening, OperatorError, Reason, Rejection, Ruling,
};
use dayroom_protocol::{
    ApprovalRule, Cents, ConnectionId, Contact, Identity, Intent, IntentBody, Kind, Lane,
    LocalText, MessageId, MessageState, Outcome, RecordBody, Refusal, ResidentId, Role,
};
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use support::{Journal, NOW, Wall, World};
use uuid::Uuid;

const PEOPLE: [&str; 5] = ["1", "22", "333", "4444", "55555"];
/// Operations on one world; then another one is born.
const AGE: u64 = 2_500;
const PRICES: [u32; 7] = [0, 1, 7, 25, 50, 100_000, u32::MAX];

#[test]
fn any_sequence_keeps_the_sum_and_nobody_owes() {
    let wanted = std::env::var("DAYROOM_MONEY_OPS").map_or(20_000, |text| text.parse().unwrap());
    let mut done = 0;
    let mut counts = Counts::default();
    for seed in 0.. {
        let mut story = Story::begin(seed);
        let steps = AGE.min(wanted - done);
        for _ in 0..steps {
            story.step();
        }
        story.end();
        counts.add(&story.counts);
        done += steps;
        if done == wanted {
            break;
        }
    }
    println!("{done} operations: {counts:?}");
    for (what, count) in [
        ("paid", counts.paid),
        ("short of money", counts.short),
        ("said again", counts.again),
        ("refunded", counts.refunded),
        ("appealed", counts.appealed),
        ("not theirs", counts.foreign),
        ("deposits", counts.deposits),
        ("charges", counts.charges),
    ] {
        assert!(count > 0, "never {what}: the test proves too little");
    }
}

#[derive(Debug, Default)]
struct Counts {
    paid: u64,
    short: u64,
    again: u64,
    refunded: u64,
    appealed: u64,
    foreign: u64,
    deposits: u64,
    charges: u64,
}

impl Counts {
    fn add(&mut self, more: &Self) {
        self.paid += more.paid;
        self.short += more.short;
        self.again += more.again;
        self.refunded += more.refunded;
        self.appealed += more.appealed;
        self.foreign += more.foreign;
        self.deposits += more.deposits;
        self.charges += more.charges;
    }
}

/// The rules of a unit as the model has them.
#[derive(Clone, Copy)]
struct Rules {
    price: u32,
    refund: bool,
    review: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stand {
    Here,
    OnHold,
    Rejected,
    Appealed,
    Upheld,
    Granted,
}

struct Sent {
    id: MessageId,
    of: usize,
    lane: Lane,
    intent: Intent,
    paid: u32,
    refund: bool,
    stand: Stand,
}

struct Story {
    world: World,
    rng: SmallRng,
    journal: Journal,
    who: Vec<ResidentId>,
    ordinary: Vec<ConnectionId>,
    privileged: Vec<ConnectionId>,
    rules: [Rules; 2],
    /// What each holds, by the model.
    held: Vec<u64>,
    postage: u64,
    outside: i64,
    sent: Vec<Sent>,
    activity: u64,
    next: u128,
    counts: Counts,
}

impl Story {
    fn begin(seed: u64) -> Self {
        let mut world = World::new();
        let lines: Vec<_> = PEOPLE.iter().map(|number| (*number, world.a)).collect();
        world.roster(&lines);
        let who: Vec<ResidentId> = PEOPLE.iter().map(|number| world.who(number)).collect();
        let ordinary = who
            .iter()
            .map(|resident| world.connection(*resident, Opening::Active))
            .collect();
        let privileged = who
            .iter()
            .map(|resident| attorney(&mut world, *resident))
            .collect();
        for name in ["Ann Lee", "Bo Marsh"] {
            world.central.add_reviewer(world.facility, name).unwrap();
        }
        let text = LocalText([("en".to_owned(), "No maps.".to_owned())].into());
        world
            .central
            .add_rule(world.facility, "M-1", &text)
            .unwrap();
        let mut story = Self {
            world,
            rng: SmallRng::seed_from_u64(seed),
            journal: Journal::new(1),
            held: vec![0; who.len()],
            who,
            ordinary,
            privileged,
            rules: [Rules {
                price: 0,
                refund: true,
                review: true,
            }; 2],
            postage: 0,
            outside: 0,
            sent: Vec::new(),
            activity: 0,
            next: 1,
            counts: Counts::default(),
        };
        for unit in 0..2 {
            story.legislate(unit);
        }
        story
    }

    fn step(&mut self) {
        let touched = match self.rng.random_range(0..20) {
            0..=6 => self.send(),
            7 => self.say_again(),
            8 => self.send_under_a_used_id(),
            9 => {
                let of = self.anybody();
                let intent = self.journal.intent(self.who[of], IntentBody::Undone);
                assert_eq!(self.push(0, &intent), Some(Outcome::Applied));
                of
            }
            10 => {
                let unit = self.rng.random_range(0..2);
                self.legislate(unit);
                0
            }
            11 | 12 => self.deposit(),
            13 => self.charge(),
            14 | 15 => self.reject(),
            16 => self.release(),
            17 => self.appeal(),
            _ => self.decide(),
        };
        let money = self.world.central.money(self.who[touched]).unwrap();
        assert_eq!(u64::from(money.balance.0), self.held[touched]);
    }

    fn anybody(&mut self) -> usize {
        self.rng.random_range(0..self.who.len())
    }

    fn legislate(&mut self, unit: usize) {
        let rules = Rules {
            price: *PRICES.choose(&mut self.rng).unwrap(),
            refund: self.rng.random(),
            review: self.rng.random(),
        };
        self.rules[unit] = rules;
        let id = [self.world.a, self.world.b][unit];
        let mut policy = self.world.central.policy(id).unwrap();
        policy.messages.price = Cents(rules.price);
        policy.messages.refund = rules.refund;
        policy.messages.review = rules.review;
        self.world.central.set_policy(id, &policy).unwrap();
    }

    /// Pushes from the kiosk of a unit; gives how it was settled, or nothing if it was known.
    fn push(&mut self, unit: usize, intent: &Intent) -> Option<Outcome> {
        let kiosk = [self.world.kiosk_a, self.world.kiosk_b][unit];
        let batch = self.journal.batch(&[intent]);
        // Each kiosk sees some numbers of the one journal only.
        let batch = dayroom_protocol::IntentBatch {
            first_held: intent.number,
            ..batch
        };
        self.world.central.take_intents(kiosk, &batch, NOW).unwrap();
        let new = self
            .world
            .central
            .activity_after(self.activity, 10)
            .unwrap();
        let mut outcome = None;
        for line in new {
            self.activity = line.number;
            match line.deed {
                Deed::Wrote { outcome: this, .. } | Deed::Undone { outcome: this } => {
                    outcome = Some(this);
                }
                Deed::Alarm { .. } => {}
                other => unreachable!("{other:?}"),
            }
        }
        outcome
    }

    fn send(&mut self) -> usize {
        let of = self.anybody();
        let unit = self.rng.random_range(0..2);
        let (lane, to) = match self.rng.random_range(0..8) {
            0 => (Lane::Ordinary, self.ordinary[(of + 1) % self.who.len()]),
            1 | 2 => (Lane::Attorney, self.privileged[of]),
            _ => (Lane::Ordinary, self.ordinary[of]),
        };
        let theirs = to == self.ordinary[of] || to == self.privileged[of];
        self.next += 1;
        let id = MessageId(Uuid::from_u128(self.next));
        let body = IntentBody::SendMessage {
            message: id,
            connection: to,
            text: format!("Letter {}", self.next),
        };
        let intent = self.journal.intent(self.who[of], body);
        let rules = self.rules[unit];
        let enough = self.held[of] >= u64::from(rules.price);
        let expected = match (theirs, enough) {
            (false, _) => refused(Refusal::NotFound),
            (true, false) => refused(Refusal::NoFunds),
            (true, true) => Outcome::Applied,
        };
        assert_eq!(self.push(unit, &intent), Some(expected));
        if expected == Outcome::Applied {
            self.held[of] -= u64::from(rules.price);
            self.postage += u64::from(rules.price);
            self.counts.paid += u64::from(rules.price > 0);
            let reviewed = rules.review && lane == Lane::Ordinary;
            self.sent.push(Sent {
                id,
                of,
                lane,
                intent,
                paid: rules.price,
                refund: rules.refund,
                stand: if reviewed { Stand::OnHold } else { Stand::Here },
            });
        } else {
            self.counts.short += u64::from(theirs);
            self.counts.foreign += u64::from(!theirs);
            assert!(self.world.central.message(id).is_err(), "nothing is there");
        }
        of
    }

    /// The very same intent, or the same message in another intent, perhaps at the other kiosk.
    fn say_again(&mut self) -> usize {
        let Some(known) = self.sent.choose(&mut self.rng) else {
            return 0;
        };
        let (of, mut intent) = (known.of, known.intent.clone());
        let unit = self.rng.random_range(0..2);
        if self.rng.random() {
            intent = self.journal.intent(intent.resident, intent.body);
        }
        let outcome = self.push(unit, &intent);
        assert!(matches!(outcome, None | Some(Outcome::Applied)));
        self.counts.again += 1;
        of
    }

    fn send_under_a_used_id(&mut self) -> usize {
        let Some(known) = self.sent.choose(&mut self.rng) else {
            return 0;
        };
        let (id, owner) = (known.id, known.of);
        let of = self.anybody();
        let body = IntentBody::SendMessage {
            message: id,
            connection: self.ordinary[of],
            text: "other words".to_owned(),
        };
        let intent = self.journal.intent(self.who[of], body);
        let expected = if of == owner {
            Refusal::AlreadyDecided
        } else {
            Refusal::NotFound
        };
        assert_eq!(self.push(0, &intent), Some(refused(expected)));
        self.counts.foreign += 1;
        of
    }

    fn deposit(&mut self) -> usize {
        let of = self.anybody();
        let cents = match self.rng.random_range(0..10) {
            0 => u32::MAX,
            1 => DEPOSITS_UP_TO.0,
            2 => 0,
            _ => self.rng.random_range(1..5_000),
        };
        let after = self.held[of] + u64::from(cents);
        let may = cents > 0 && after <= u64::from(DEPOSITS_UP_TO.0);
        let done = self
            .world
            .central
            .deposit(self.who[of], Cents(cents), "by mail", NOW);
        assert_eq!(done.is_ok(), may);
        if may {
            self.held[of] = after;
            self.outside += i64::from(cents);
            self.counts.deposits += 1;
        }
        of
    }

    fn charge(&mut self) -> usize {
        let of = self.anybody();
        let cents = *[0, 1, 300, 4_000, u32::MAX].choose(&mut self.rng).unwrap();
        let may = cents > 0 && self.held[of] >= u64::from(cents);
        let reason = Reason::new("Commissary order").unwrap();
        let done = self
            .world
            .central
            .charge(self.who[of], Cents(cents), &reason, NOW);
        assert_eq!(done.is_ok(), may);
        if may {
            self.held[of] -= u64::from(cents);
            self.outside -= i64::from(cents);
            self.counts.charges += 1;
        }
        of
    }

    fn reject(&mut self) -> usize {
        let Some(place) = self.some_message() else {
            return 0;
        };
        let rejection = Rejection {
            rule: "M-1".to_owned(),
            reason: Reason::new("A map of the yard").unwrap(),
            role: Role::MailRoom,
            reviewer: "Ann Lee".to_owned(),
        };
        let message = &mut self.sent[place];
        let done = self
            .world
            .central
            .reject_reviewed(message.id, &rejection, NOW);
        if message.lane != Lane::Ordinary {
            assert!(matches!(done, Err(OperatorError::Privileged)));
            return message.of;
        }
        let may = matches!(message.stand, Stand::Here | Stand::OnHold);
        assert_eq!(done.is_ok(), may, "{:?}", message.stand);
        if may {
            message.stand = Stand::Rejected;
            let back = Some(Cents(message.paid)).filter(|paid| message.refund && paid.0 > 0);
            let state = self.world.central.message(message.id).unwrap().body.state;
            let MessageState::Rejected { refund, .. } = state else {
                unreachable!("{state:?}")
            };
            assert_eq!(refund, back);
            if let Some(back) = back {
                self.held[message.of] += u64::from(back.0);
                self.postage -= u64::from(back.0);
                self.counts.refunded += 1;
            }
        }
        message.of
    }

    fn release(&mut self) -> usize {
        let Some(place) = self.some_message() else {
            return 0;
        };
        let message = &mut self.sent[place];
        let done = self
            .world
            .central
            .release_reviewed(message.id, "Bo Marsh", NOW);
        assert_eq!(done.is_ok(), message.stand == Stand::OnHold);
        if done.is_ok() {
            message.stand = Stand::Here;
        }
        message.of
    }

    fn appeal(&mut self) -> usize {
        let Some(place) = self.some_message() else {
            return 0;
        };
        let (id, of, stand) = {
            let message = &self.sent[place];
            (message.id, message.of, message.stand)
        };
        let intent = self
            .journal
            .intent(self.who[of], IntentBody::Appeal { message: id });
        let may = stand == Stand::Rejected;
        let expected = if may {
            Outcome::Applied
        } else {
            refused(Refusal::AlreadyDecided)
        };
        assert_eq!(self.push(0, &intent), Some(expected), "{stand:?}");
        if may {
            self.sent[place].stand = Stand::Appealed;
            self.counts.appealed += 1;
        }
        of
    }

    fn decide(&mut self) -> usize {
        let Some(place) = self.some_message() else {
            return 0;
        };
        let grant: bool = self.rng.random();
        let ruling = if grant {
            Ruling::Grant
        } else {
            Ruling::Uphold(Reason::new("It shows the yard").unwrap())
        };
        let message = &mut self.sent[place];
        let decide = |reviewer| {
            let by = (Role::Supervisor, reviewer);
            self.world
                .central
                .decide_appeal(message.id, &ruling, by, NOW)
        };
        assert!(decide("ann  LEE").is_err(), "she decided first");
        let done = decide("Bo Marsh");
        assert_eq!(done.is_ok(), message.stand == Stand::Appealed);
        if done.is_ok() {
            message.stand = if grant { Stand::Granted } else { Stand::Upheld };
        }
        message.of
    }

    fn some_message(&mut self) -> Option<usize> {
        let count = self.sent.len();
        // Mostly recent ones, so that stories go on.
        let from = count.saturating_sub(12);
        (count > 0).then(|| self.rng.random_range(from..count))
    }

    fn end(&mut self) {
        let sum = self.world.central.count_money(self.world.facility).unwrap();
        assert_eq!(sum.miscounted, 0, "counters are what the lines come to");
        assert_eq!(sum.residents, self.held.iter().sum::<u64>());
        assert_eq!((sum.postage, sum.outside), (self.postage, self.outside));
        let inside = i64::try_from(sum.residents + sum.postage).unwrap();
        assert_eq!(inside, sum.outside, "no cent was made and none was lost");
        let mut wall = Wall::new(self.world.kiosk_a);
        wall.pull_all(&self.world.central);
        for (of, resident) in self.who.iter().enumerate() {
            if !wall.holds(Kind::Account, *resident) {
                assert_eq!(self.held[of], 0);
                continue;
            }
            let RecordBody::Account(account) = wall.body(Kind::Account, *resident) else {
                unreachable!()
            };
            assert_eq!(u64::from(account.balance.0), self.held[of]);
        }
    }
}

fn refused(reason: Refusal) -> Outcome {
    Outcome::Refused { reason }
}

fn attorney(world: &mut World, resident: ResidentId) -> ConnectionId {
    let new = NewConnection {
        resident,
        contact: Contact {
            name: "Lee Park".to_owned(),
            relationship: "attorney".to_owned(),
            place: None,
            lane: Lane::Attorney,
        },
        note: String::new(),
        identity: Identity::Unchecked,
        approval: ApprovalRule::AfterResident,
        opening: Opening::Active,
    };
    world
        .central
        .add_connection_request(&new, NOW, &mut world.rng)
        .unwrap()
}
