//! Residents' own things: drafts that are never lost, a key that central never sees, an account
//! that follows the person.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dayroom_central::{
    CentralOptions, CentralPlace, DraftKeyReport, NoticeChange, Opening, PinCost, Refused,
};
use dayroom_protocol::{
    Access, AccountBody, ConnectionId, Contrast, DraftBody, DraftId, DraftKeyAsk, DraftKeyHave,
    DraftKeyId, DraftKeyStanding, DraftKeyState, DraftKeyWrap, DraftPublicKey, Intent, IntentBody,
    Kind, KioskId, LocalText, NoticeBody, NoticeId, NoticeKind, Outcome, Preferences, RecordBody,
    Refusal, ResidentBody, ResidentId, TextSize, limits,
};
use proptest::prelude::*;
use support::{Journal, LUIS, MARCUS, NOW, TYRELL, Wall, World};

const DRAFT: DraftId = DraftId(uuid::Uuid::from_u128(0xd_0001));

fn sealed(words: &str) -> String {
    STANDARD.encode(words)
}

fn words(body: &DraftBody) -> Option<String> {
    let sealed = body.sealed.as_ref()?;
    Some(String::from_utf8(STANDARD.decode(sealed).unwrap()).unwrap())
}

/// Marcus in unit B, where two kiosks hang, and his sister.
struct Story {
    world: World,
    marcus: ResidentId,
    sister: ConnectionId,
    wall: (KioskId, Journal),
    door: (KioskId, Journal),
}

impl Story {
    fn begin() -> Self {
        let mut world = World::new();
        world.roster(&[(MARCUS, world.b), (TYRELL, world.b)]);
        let marcus = world.who(MARCUS);
        let sister = world.connection(marcus, Opening::Active);
        let door = world
            .central
            .create_kiosk(world.b, "Unit B, door", &mut world.rng)
            .unwrap();
        Self {
            marcus,
            sister,
            wall: (world.kiosk_b, Journal::new(1)),
            door: (door, Journal::new(2)),
            world,
        }
    }

    fn save(&self, based_on: u64, text: &str) -> IntentBody {
        IntentBody::SaveDraft {
            draft: DRAFT,
            connection: self.sister,
            based_on,
            sealed: sealed(text),
        }
    }

    fn at_wall(&mut self, body: IntentBody) -> Outcome {
        let (kiosk, journal) = &mut self.wall;
        act(&self.world, *kiosk, journal, self.marcus, body).1
    }

    fn at_door(&mut self, body: IntentBody) -> Outcome {
        let (kiosk, journal) = &mut self.door;
        act(&self.world, *kiosk, journal, self.marcus, body).1
    }

    fn drafts(&self) -> Vec<(DraftId, DraftBody)> {
        self.world.central.drafts(self.marcus).unwrap()
    }

    /// Words of the drafts that are there, in order.
    fn words(&self) -> Vec<String> {
        let mut all: Vec<String> = self
            .drafts()
            .iter()
            .filter_map(|(_, body)| words(body))
            .collect();
        all.sort();
        all
    }

    fn draft(&self, id: DraftId) -> DraftBody {
        let found = self.drafts().into_iter().find(|(draft, _)| *draft == id);
        found.unwrap().1
    }

    fn account(&self) -> AccountBody {
        self.world.central.account(self.marcus).unwrap()
    }
}

/// Sends one intent and says how it was settled.
fn act(
    world: &World,
    kiosk: KioskId,
    journal: &mut Journal,
    resident: ResidentId,
    body: IntentBody,
) -> (Intent, Outcome) {
    let intent = journal.intent(resident, body);
    world
        .central
        .take_intents(kiosk, &journal.batch(&[&intent]), NOW)
        .unwrap();
    let mut wall = Wall::new(kiosk);
    wall.pull_all(&world.central);
    let outcome = wall.settled[&intent.id];
    (intent, outcome)
}

fn refused(reason: Refusal) -> Outcome {
    Outcome::Refused { reason }
}

#[test]
fn a_draft_counts_up_says_where_it_was_changed_and_goes_when_it_is_thrown_away() {
    let mut story = Story::begin();
    let first = story.save(0, "Dear");
    assert_eq!(story.at_wall(first), Outcome::Applied);
    let second = story.save(1, "Dear Elena");
    assert_eq!(story.at_door(second), Outcome::Applied);
    let held = story.draft(DRAFT);
    assert_eq!(held.revision, 2);
    assert_eq!(words(&held).as_deref(), Some("Dear Elena"));
    assert_eq!(held.kiosk, "Unit B, door");
    assert_eq!(held.at, NOW.plus_millis(-5000));
    assert_eq!(held.beside, None);
    let drop = IntentBody::DropDraft { draft: DRAFT };
    assert_eq!(story.at_wall(drop.clone()), Outcome::Applied);
    let held = story.draft(DRAFT);
    assert_eq!((held.revision, held.sealed), (3, None));
    assert_eq!(story.at_door(drop), Outcome::Applied, "it is gone already");
    assert_eq!(story.draft(DRAFT).revision, 3);
}

#[test]
fn two_kiosks_editing_one_draft_keep_both_and_say_so() {
    let mut story = Story::begin();
    let at_wall = story.save(0, "from the wall");
    let at_door = story.save(0, "from the door");
    assert_eq!(story.at_wall(at_wall), Outcome::Applied);
    assert_eq!(story.at_door(at_door), Outcome::Applied);
    assert_eq!(story.words(), ["from the door", "from the wall"]);
    let drafts = story.drafts();
    let (copy, body) = drafts.iter().find(|(id, _)| *id != DRAFT).unwrap();
    assert_eq!(body.beside, Some(DRAFT));
    assert_eq!((body.revision, body.kiosk.as_str()), (1, "Unit B, door"));
    assert_eq!(story.draft(DRAFT).revision, 1);

    // The door goes on from what it knows: into its own copy, not into a third draft.
    let on = story.save(0, "from the door, longer");
    story.at_door(on);
    assert_eq!(story.words(), ["from the door, longer", "from the wall"]);
    assert_eq!(story.draft(*copy).revision, 2);

    // Now it knows of both and goes on with the original.
    let known = story.save(1, "from the wall, at the door");
    story.at_door(known);
    assert_eq!(
        story.words(),
        ["from the door, longer", "from the wall, at the door"]
    );
}

#[test]
fn a_kiosk_that_types_on_before_central_answers_makes_no_second_draft() {
    let mut story = Story::begin();
    for (based_on, text) in [(0, "D"), (0, "De"), (1, "Dea"), (0, "Dear")] {
        let save = story.save(based_on, text);
        assert_eq!(story.at_wall(save), Outcome::Applied);
    }
    assert_eq!(story.words(), ["Dear"]);
    assert_eq!(story.draft(DRAFT).revision, 4);
}

#[test]
fn a_kiosk_that_falls_back_behind_what_it_had_seen_replaces_nobodys_words() {
    let mut story = Story::begin();
    let at_wall = story.save(0, "from the wall");
    story.at_wall(at_wall);
    let both = story.save(1, "from the wall, and the door");
    story.at_door(both);
    // Its cache was lost, and with it what the wall had written.
    let fallen_back = story.save(0, "from the door alone");
    story.at_door(fallen_back);
    assert_eq!(
        story.words(),
        ["from the door alone", "from the wall, and the door"]
    );
}

#[test]
fn what_is_saved_after_the_draft_went_is_kept_beside_it() {
    let mut story = Story::begin();
    let save = story.save(0, "first");
    story.at_wall(save);
    story.at_wall(IntentBody::DropDraft { draft: DRAFT });
    let late = story.save(1, "typed at the door meanwhile");
    assert_eq!(story.at_door(late), Outcome::Applied);
    assert_eq!(story.words(), ["typed at the door meanwhile"]);
    let drafts = story.drafts();
    let (_, copy) = drafts.iter().find(|(id, _)| *id != DRAFT).unwrap();
    assert_eq!(copy.beside, Some(DRAFT));
}

#[test]
fn a_save_that_comes_again_changes_nothing() {
    let mut story = Story::begin();
    let save = story.save(0, "at the wall");
    story.at_wall(save);
    let (kiosk, journal) = &mut story.door;
    let beside = IntentBody::SaveDraft {
        draft: DRAFT,
        connection: story.sister,
        based_on: 0,
        sealed: sealed("at the door"),
    };
    let intent = journal.intent(story.marcus, beside);
    let batch = journal.batch(&[&intent]);
    for _ in 0..3 {
        story
            .world
            .central
            .take_intents(*kiosk, &batch, NOW)
            .unwrap();
    }
    assert_eq!(story.words(), ["at the door", "at the wall"]);
    assert!(story.drafts().iter().all(|(_, body)| body.revision == 1));
}

#[test]
fn a_draft_that_is_not_of_its_form_or_not_theirs_is_refused() {
    let mut story = Story::begin();
    let of_tyrell = {
        let tyrell = story.world.who(TYRELL);
        story.world.connection(tyrell, Opening::Active)
    };
    let save = story.save(0, "mine");
    story.at_wall(save);
    let with = |change: &dyn Fn(&mut ConnectionId, &mut String)| {
        let (mut connection, mut text) = (story.sister, sealed("x"));
        change(&mut connection, &mut text);
        IntentBody::SaveDraft {
            draft: DRAFT,
            connection,
            based_on: 1,
            sealed: text,
        }
    };
    let cases = [
        (
            with(&|_, text| *text = "not base64!".to_owned()),
            Refusal::NotAllowed,
        ),
        (with(&|_, text| text.clear()), Refusal::NotAllowed),
        (
            with(&|_, text| *text = "A".repeat(limits::SEALED_BYTES + 4)),
            Refusal::TooLong,
        ),
        (
            with(&|connection, _| *connection = of_tyrell),
            Refusal::NotFound,
        ),
    ];
    for (body, reason) in cases {
        assert_eq!(story.at_wall(body), refused(reason));
    }
    // Somebody else cannot write over it or throw it away, whatever id they name.
    let tyrell = story.world.who(TYRELL);
    let theirs = [
        IntentBody::SaveDraft {
            draft: DRAFT,
            connection: of_tyrell,
            based_on: 1,
            sealed: sealed("mine now"),
        },
        IntentBody::DropDraft { draft: DRAFT },
    ];
    for body in theirs {
        let (kiosk, journal) = &mut story.door;
        let (_, outcome) = act(&story.world, *kiosk, journal, tyrell, body);
        assert_eq!(outcome, refused(Refusal::NotFound));
    }
    assert_eq!(story.words(), ["mine"]);
}

#[test]
fn the_fifty_first_draft_is_refused_and_the_fifty_stay() {
    let mut story = Story::begin();
    let draft = |n: u128| DraftId(uuid::Uuid::from_u128(0x5000 + n));
    let save = |story: &Story, n| IntentBody::SaveDraft {
        draft: draft(n),
        connection: story.sister,
        based_on: 0,
        sealed: sealed("words"),
    };
    for n in 0..50 {
        let body = save(&story, n);
        assert_eq!(story.at_wall(body), Outcome::Applied);
    }
    let more = save(&story, 50);
    assert_eq!(story.at_wall(more), refused(Refusal::NotAllowed));
    assert_eq!(story.words().len(), 50);
    story.at_wall(IntentBody::DropDraft { draft: draft(7) });
    let more = save(&story, 51);
    assert_eq!(story.at_wall(more), Outcome::Applied);
}

#[test]
fn drafts_and_account_go_where_the_resident_goes_and_nowhere_else() {
    let mut story = Story::begin();
    let save = story.save(0, "half a letter");
    story.at_wall(save);
    story.at_wall(IntentBody::SignIn);
    let mut old = Wall::new(story.world.kiosk_b);
    old.pull_all(&story.world.central);
    assert!(old.holds(Kind::Draft, DRAFT) && old.holds(Kind::Account, story.marcus));

    let (a, b) = (story.world.a, story.world.b);
    story.world.roster(&[(MARCUS, a), (TYRELL, b)]);
    old.pull_all(&story.world.central);
    assert!(!old.holds(Kind::Draft, DRAFT) && !old.holds(Kind::Account, story.marcus));
    let mut new = Wall::new(story.world.kiosk_a);
    new.pull_all(&story.world.central);
    let RecordBody::Draft(body) = new.body(Kind::Draft, DRAFT) else {
        unreachable!()
    };
    assert_eq!(words(&body).as_deref(), Some("half a letter"));
    assert!(new.holds(Kind::Account, story.marcus));
    // What is changed at the old kiosk now reaches the new one only.
    let late = story.save(1, "half a letter, and more");
    let (kiosk, journal) = &mut story.wall;
    let intent = journal.intent(story.marcus, late);
    let batch = journal.batch(&[&intent]);
    story
        .world
        .central
        .take_intents(*kiosk, &batch, NOW)
        .unwrap();
    let before = old.seen.len();
    old.pull_all(&story.world.central);
    assert!(
        old.seen[before..]
            .iter()
            .all(|record| record.kind == "settlement")
    );
    new.pull_all(&story.world.central);
    let RecordBody::Draft(body) = new.body(Kind::Draft, DRAFT) else {
        unreachable!()
    };
    assert_eq!(body.revision, 2);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Each step is a kiosk that saves, or one that looks at how the draft stands. A text may be
    /// replaced only by one that was written with it in sight.
    #[test]
    fn whatever_kiosks_save_in_whatever_order_no_words_are_lost(
        steps in prop::collection::vec((0..3_usize, any::<bool>()), 1..40),
    ) {
        let story = Story::begin();
        let third = story.world.kiosk_a;
        let mut journals = [
            (story.wall.0, Journal::new(11)),
            (story.door.0, Journal::new(12)),
            (third, Journal::new(13)),
        ];
        // What each kiosk goes on from, and which texts it has taken in.
        let mut working = [(0_u64, BTreeSet::new()), (0, BTreeSet::new()), (0, BTreeSet::new())];
        let mut includes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (number, (kiosk, saves)) in steps.into_iter().enumerate() {
            let (based_on, taken_in) = &mut working[kiosk];
            if saves {
                let text = format!("text {number}");
                taken_in.insert(text.clone());
                includes.insert(text.clone(), taken_in.clone());
                let body = IntentBody::SaveDraft {
                    draft: DRAFT,
                    connection: story.sister,
                    based_on: *based_on,
                    sealed: sealed(&text),
                };
                let (kiosk, journal) = &mut journals[kiosk];
                let intent = journal.intent(story.marcus, body);
                story.world.central.take_intents(*kiosk, &journal.batch(&[&intent]), NOW).unwrap();
            } else if let Some((_, body)) = story.drafts().iter().find(|(id, _)| *id == DRAFT) {
                *based_on = body.revision;
                *taken_in = includes[&words(body).unwrap()].clone();
            }
        }
        let kept: BTreeSet<String> = story
            .words()
            .iter()
            .flat_map(|text| includes[text].clone())
            .collect();
        prop_assert_eq!(kept, includes.keys().cloned().collect::<BTreeSet<_>>());
    }
}

// The draft key.

fn public_key(byte: u8) -> DraftPublicKey {
    DraftPublicKey([byte; 32])
}

fn have(generation: u32) -> DraftKeyHave {
    DraftKeyHave {
        generation,
        key_id: DraftKeyId([u8::try_from(generation).unwrap(); 32]),
    }
}

fn wrap(generation: u32, kiosk: KioskId, key: DraftPublicKey) -> DraftKeyWrap {
    DraftKeyWrap {
        generation,
        kiosk,
        public_key: key,
        wrapped: sealed("wrapped"),
    }
}

/// Three kiosks of a facility; the first has made the key.
struct Keys {
    world: World,
    first: KioskId,
    second: KioskId,
    third: KioskId,
}

impl Keys {
    fn made() -> Self {
        let keys = Self::new();
        assert_eq!(keys.state(keys.first).you, DraftKeyStanding::MayMakeIt);
        let made = keys.world.central.made_draft_key(keys.first, &have(1), NOW);
        assert_eq!(made.unwrap().you, DraftKeyStanding::Holder);
        keys
    }

    fn new() -> Self {
        let mut world = World::new();
        let third = world
            .central
            .create_kiosk(world.b, "Unit B, door", &mut world.rng)
            .unwrap();
        Self {
            first: world.kiosk_a,
            second: world.kiosk_b,
            third,
            world,
        }
    }

    fn state(&self, kiosk: KioskId) -> DraftKeyState {
        self.world.central.draft_key(kiosk, NOW).unwrap()
    }

    fn ask(&self, kiosk: KioskId, key: DraftPublicKey) -> DraftKeyState {
        let ask = DraftKeyAsk { public_key: key };
        self.world.central.ask_draft_key(kiosk, &ask, NOW).unwrap()
    }

    fn wrap(&self, by: KioskId, wrap: &DraftKeyWrap) -> Result<DraftKeyState, Refused> {
        self.world.central.wrap_draft_key(by, wrap, NOW)
    }

    /// Brings the key from the first kiosk to another.
    fn hand(&self, to: KioskId, key: DraftPublicKey) {
        self.ask(to, key);
        self.wrap(self.first, &wrap(1, to, key)).unwrap();
        let held = self.world.central.held_draft_key(to, &have(1), NOW);
        assert_eq!(held.unwrap().you, DraftKeyStanding::Holder);
    }

    fn retire(&self, kiosk: KioskId) {
        self.world.central.retire_kiosk(kiosk, NOW).unwrap();
    }

    fn report(&self) -> DraftKeyReport {
        self.world
            .central
            .draft_key_report(self.world.facility)
            .unwrap()
    }
}

#[test]
fn exactly_one_kiosk_may_make_the_key_however_many_ask_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let place = CentralPlace::File(folder.path().join("central.db"));
    let options = CentralOptions {
        pins: PinCost::Simulated,
        ..CentralOptions::default()
    };
    let mut world = World::at(&place, options);
    let kiosks: Vec<KioskId> = (0..8)
        .map(|n| {
            let label = format!("Kiosk {n}");
            world
                .central
                .create_kiosk(world.b, &label, &mut world.rng)
                .unwrap()
        })
        .collect();
    let central = &world.central;
    let together = &std::sync::Barrier::new(kiosks.len());
    let granted: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = kiosks
            .iter()
            .map(|kiosk| {
                scope.spawn(move || {
                    together.wait();
                    let states: Vec<_> = (0..20)
                        .map(|_| central.draft_key(*kiosk, NOW).unwrap())
                        .collect();
                    assert!(states.iter().all(|state| *state == states[0]));
                    usize::from(states[0].you == DraftKeyStanding::MayMakeIt)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    assert_eq!(granted, 1);
}

#[test]
fn the_key_comes_wrapped_from_a_kiosk_that_has_it_and_only_holders_hear_who_waits() {
    let keys = Keys::made();
    let mut pokes = keys.world.central.pokes();
    let mut poked = || {
        let mut kiosks = BTreeSet::new();
        while let Ok(poke) = pokes.try_recv() {
            kiosks.extend(poke.0.iter().copied());
        }
        kiosks
    };
    assert_eq!(keys.state(keys.second).you, DraftKeyStanding::NoKey);
    let asked = keys.ask(keys.second, public_key(2));
    assert_eq!(asked.you, DraftKeyStanding::Waiting);
    assert_eq!(poked(), BTreeSet::from([keys.first]));
    assert_eq!(keys.ask(keys.second, public_key(2)), asked, "again");
    assert_eq!(poked(), BTreeSet::new());
    keys.ask(keys.third, public_key(3));
    assert!(keys.state(keys.third).waiting.is_empty());
    let waiting = keys.state(keys.first).waiting;
    assert_eq!(waiting.len(), 2);
    assert!(waiting.iter().any(|one| one.kiosk == keys.second
        && one.label == "Unit B, wall"
        && one.public_key == public_key(2)
        && one.since == NOW));
    poked();

    let state = keys.wrap(keys.first, &wrap(1, keys.second, public_key(2)));
    assert_eq!(state.unwrap().waiting.len(), 1);
    assert_eq!(poked(), BTreeSet::from([keys.second]));
    let told = keys.state(keys.second);
    assert_eq!(
        told.you,
        DraftKeyStanding::Wrapped {
            by: keys.first,
            label: "Unit A, wall".to_owned(),
            public_key: public_key(2),
            wrapped: sealed("wrapped"),
        }
    );
    assert_eq!(told.key_id, Some(have(1).key_id));
    for _ in 0..2 {
        let held = keys
            .world
            .central
            .held_draft_key(keys.second, &have(1), NOW);
        assert_eq!(held.unwrap().you, DraftKeyStanding::Holder);
    }
    // The new holder can hand it on.
    keys.wrap(keys.second, &wrap(1, keys.third, public_key(3)))
        .unwrap();
    let holders: Vec<String> = keys
        .report()
        .holders
        .into_iter()
        .map(|one| one.label)
        .collect();
    assert_eq!(holders.len(), 2);
    let steps = keys.world.central.activity().unwrap();
    assert_eq!(
        steps.len(),
        7,
        "granted, made, asked, asked, wrapped, held, wrapped"
    );
}

#[test]
fn a_key_wrapped_for_another_public_key_is_refused() {
    let keys = Keys::made();
    keys.ask(keys.second, public_key(2));
    keys.ask(keys.second, public_key(9));
    let old = keys.wrap(keys.first, &wrap(1, keys.second, public_key(2)));
    assert!(matches!(old, Err(Refused::DraftKey)));
    assert_eq!(keys.state(keys.second).you, DraftKeyStanding::Waiting);
    keys.wrap(keys.first, &wrap(1, keys.second, public_key(9)))
        .unwrap();
    // And what was wrapped for a key that is no more is not handed out.
    let state = keys.ask(keys.second, public_key(10));
    assert_eq!(state.you, DraftKeyStanding::Waiting);
}

#[test]
fn who_has_no_key_wraps_none_and_who_may_not_makes_none() {
    let keys = Keys::made();
    keys.ask(keys.second, public_key(2));
    keys.ask(keys.third, public_key(3));
    let central = &keys.world.central;
    let to_third = |generation| wrap(generation, keys.third, public_key(3));
    assert!(matches!(
        keys.wrap(keys.second, &to_third(1)),
        Err(Refused::DraftKey)
    ));
    assert!(matches!(
        keys.wrap(keys.first, &to_third(2)),
        Err(Refused::DraftKey)
    ));
    let mut long = to_third(1);
    long.wrapped = "A".repeat(limits::WRAPPED_BYTES + 4);
    assert!(matches!(
        keys.wrap(keys.first, &long),
        Err(Refused::BadRequest(_))
    ));
    for kiosk in [keys.first, keys.second] {
        let another = DraftKeyHave {
            generation: 1,
            key_id: DraftKeyId([77; 32]),
        };
        let made = central.made_draft_key(kiosk, &another, NOW);
        assert!(matches!(made, Err(Refused::DraftKey)), "it was made once");
    }
    let unwrapped = central.held_draft_key(keys.third, &have(1), NOW);
    assert!(matches!(unwrapped, Err(Refused::DraftKey)));
    let stranger = KioskId(uuid::Uuid::from_u128(1));
    assert!(matches!(
        central.draft_key(stranger, NOW),
        Err(Refused::UnknownKiosk)
    ));
}

#[test]
fn a_facility_hears_nothing_of_another_ones_key() {
    let mut keys = Keys::made();
    let other = keys
        .world
        .central
        .create_facility(
            "Birch County",
            "America/Chicago",
            dayroom_central::PinDigits::Six,
            &mut keys.world.rng,
        )
        .unwrap();
    let rng = &mut keys.world.rng;
    let unit = keys.world.central.create_unit(other, "A", rng).unwrap();
    let kiosk = keys.world.central.create_kiosk(unit, "Birch", rng).unwrap();
    assert_eq!(keys.state(kiosk).you, DraftKeyStanding::MayMakeIt);
    keys.ask(kiosk, public_key(8));
    assert!(keys.state(keys.first).waiting.is_empty());
    // A kiosk that is moved there leaves its key behind.
    keys.world.central.move_kiosk(keys.first, unit).unwrap();
    assert_eq!(keys.state(keys.first).you, DraftKeyStanding::NoKey);
    assert_eq!(keys.state(keys.second).generation, 2);
}

#[test]
fn when_no_kiosk_has_the_key_any_more_a_new_one_begins_and_the_lost_drafts_are_counted() {
    let mut keys = Keys::made();
    keys.hand(keys.second, public_key(2));
    keys.world.roster(&[(MARCUS, keys.world.b)]);
    let marcus = keys.world.who(MARCUS);
    let sister = keys.world.connection(marcus, Opening::Active);
    let save = |draft: u128| IntentBody::SaveDraft {
        draft: DraftId(uuid::Uuid::from_u128(draft)),
        connection: sister,
        based_on: 0,
        sealed: sealed("words"),
    };
    let mut journal = Journal::new(1);
    for draft in 1..=3 {
        act(&keys.world, keys.second, &mut journal, marcus, save(draft));
    }
    let draft = DraftId(uuid::Uuid::from_u128(3));
    let drop = IntentBody::DropDraft { draft };
    act(&keys.world, keys.second, &mut journal, marcus, drop);
    keys.retire(keys.first);
    let report = keys.report();
    assert_eq!(
        (report.drafts, report.lost, report.holders.len()),
        (2, 0, 1)
    );

    keys.retire(keys.second);
    let report = keys.report();
    assert_eq!(
        (report.drafts, report.lost, report.holders.len()),
        (2, 2, 0)
    );
    let state = keys.state(keys.third);
    assert_eq!(state.you, DraftKeyStanding::MayMakeIt);
    assert_eq!((state.generation, state.key_id), (2, None));
    keys.world
        .central
        .made_draft_key(keys.third, &have(2), NOW)
        .unwrap();
    let mut third = Journal::new(3);
    act(&keys.world, keys.third, &mut third, marcus, save(4));
    let report = keys.report();
    assert_eq!((report.drafts, report.lost), (3, 2));
    assert_eq!(
        keys.world.central.drafts(marcus).unwrap().len(),
        4,
        "all stay"
    );
}

#[test]
fn a_key_that_lies_wrapped_is_not_lost_with_its_last_holder() {
    let keys = Keys::made();
    keys.ask(keys.second, public_key(2));
    keys.wrap(keys.first, &wrap(1, keys.second, public_key(2)))
        .unwrap();
    keys.retire(keys.first);
    assert_eq!(keys.state(keys.third).you, DraftKeyStanding::NoKey);
    assert_eq!(keys.report().lost, 0);
    let told = keys.state(keys.second);
    assert!(matches!(told.you, DraftKeyStanding::Wrapped { .. }));
    let held = keys
        .world
        .central
        .held_draft_key(keys.second, &have(1), NOW);
    assert_eq!(held.unwrap().generation, 1);
}

#[test]
fn a_kiosk_that_asks_with_a_new_public_key_has_lost_what_it_had() {
    let keys = Keys::made();
    keys.hand(keys.second, public_key(2));
    let state = keys.ask(keys.second, public_key(2));
    assert_eq!(
        state.you,
        DraftKeyStanding::Holder,
        "a repeated ask says nothing"
    );
    let state = keys.ask(keys.second, public_key(22));
    assert_eq!(state.you, DraftKeyStanding::Waiting);
    assert_eq!(keys.state(keys.first).waiting[0].kiosk, keys.second);
}

#[test]
fn the_right_to_make_the_key_passes_on_only_from_a_kiosk_that_is_gone() {
    let keys = Keys::new();
    assert_eq!(keys.state(keys.first).you, DraftKeyStanding::MayMakeIt);
    assert_eq!(
        keys.ask(keys.second, public_key(2)).you,
        DraftKeyStanding::Waiting
    );
    keys.retire(keys.first);
    let state = keys.state(keys.second);
    assert_eq!(state.you, DraftKeyStanding::MayMakeIt);
    assert_eq!(
        state.generation, 2,
        "the first may have sealed with its own"
    );
    let late = keys
        .world
        .central
        .made_draft_key(keys.second, &have(1), NOW);
    assert!(matches!(late, Err(Refused::DraftKey)));
}

#[test]
fn an_operator_can_begin_a_new_key_and_every_kiosk_is_poked() {
    let keys = Keys::made();
    keys.hand(keys.second, public_key(2));
    let mut pokes = keys.world.central.pokes();
    keys.world
        .central
        .reset_draft_key(keys.world.facility)
        .unwrap();
    let poked = pokes.try_recv().unwrap().0;
    assert!(
        [keys.first, keys.second, keys.third]
            .iter()
            .all(|kiosk| poked.contains(kiosk))
    );
    let state = keys.state(keys.third);
    assert_eq!(
        (state.you, state.generation),
        (DraftKeyStanding::MayMakeIt, 2)
    );
    assert_eq!(keys.state(keys.first).you, DraftKeyStanding::NoKey);
    assert_eq!(keys.state(keys.second).you, DraftKeyStanding::Waiting);
    let old = keys.wrap(keys.first, &wrap(1, keys.second, public_key(2)));
    assert!(matches!(old, Err(Refused::DraftKey)));
}

// The account.

#[test]
fn sign_ins_and_wrong_pins_are_kept_the_latest_first_up_to_their_limit() {
    let mut story = Story::begin();
    story.at_wall(IntentBody::FailSignIn);
    story.at_door(IntentBody::SignIn);
    let account = story.account();
    let lines: Vec<_> = account
        .sign_ins
        .iter()
        .map(|entry| (entry.kiosk.as_str(), entry.right))
        .collect();
    assert_eq!(lines, [("Unit B, door", true), ("Unit B, wall", false)]);
    assert_eq!(account.sign_ins[0].at, NOW.plus_millis(-5000));
    for _ in 0..limits::SIGN_INS {
        story.at_wall(IntentBody::SignIn);
    }
    let account = story.account();
    assert_eq!(account.sign_ins.len(), limits::SIGN_INS);
    assert!(account.sign_ins.iter().all(|entry| entry.right));
}

#[test]
fn preferences_follow_the_person() {
    let mut story = Story::begin();
    let preferences = Preferences {
        language: Some("zh-Hans".to_owned()),
        text_size: TextSize::Largest,
        contrast: Contrast::Dark,
        left_handed: true,
        ..Preferences::default()
    };
    let set = IntentBody::SetPreferences {
        preferences: preferences.clone(),
    };
    assert_eq!(story.at_wall(set), Outcome::Applied);
    let odd = IntentBody::SetPreferences {
        preferences: Preferences {
            language: Some("es\u{202e}<script>".to_owned()),
            ..Preferences::default()
        },
    };
    assert_eq!(story.at_wall(odd), refused(Refusal::NotAllowed));
    story.at_wall(IntentBody::SignIn);
    let mut door = Wall::new(story.door.0);
    door.pull_all(&story.world.central);
    let RecordBody::Account(account) = door.body(Kind::Account, story.marcus) else {
        unreachable!()
    };
    assert!(account.preferences == preferences && account.sign_ins.len() == 1);
}

fn page(kind: NoticeKind) -> NoticeBody {
    let text = LocalText([("en".to_owned(), "Visits".to_owned())].into());
    NoticeBody {
        kind,
        version: 1,
        must_acknowledge: true,
        order: 1,
        title: text.clone(),
        text,
        from: NOW,
        until: None,
    }
}

#[test]
fn who_has_read_a_page_and_who_has_not_is_known_for_each_version() {
    let mut story = Story::begin();
    let (b, facility) = (story.world.b, story.world.facility);
    story.world.roster(&[(MARCUS, b), (TYRELL, b), (LUIS, b)]);
    let rng = &mut story.world.rng;
    let notice = story
        .world
        .central
        .post_notice(facility, &page(NoticeKind::Handbook), rng)
        .unwrap();
    let read = |version| IntentBody::AcknowledgeNotice { notice, version };
    assert_eq!(story.at_wall(read(1)), Outcome::Applied);
    assert_eq!(story.at_door(read(1)), Outcome::Applied, "again, offline");
    assert_eq!(story.at_door(read(2)), refused(Refusal::NotFound));
    let nowhere = IntentBody::AcknowledgeNotice {
        notice: NoticeId(uuid::Uuid::from_u128(4)),
        version: 1,
    };
    assert_eq!(story.at_wall(nowhere), refused(Refusal::NotFound));
    let mut hotline = page(NoticeKind::Hotline);
    hotline.must_acknowledge = false;
    let rng = &mut story.world.rng;
    let central = &story.world.central;
    let hotline = central.post_notice(facility, &hotline, rng).unwrap();
    let traced = IntentBody::AcknowledgeNotice {
        notice: hotline,
        version: 1,
    };
    assert_eq!(story.at_wall(traced), refused(Refusal::NotAllowed));
    assert_eq!(story.account().acknowledged.len(), 1);
    let who = |story: &Story| {
        let said = story.world.central.acknowledgements(notice).unwrap();
        let have: Vec<String> = said
            .have
            .iter()
            .map(|has| has.resident.number.clone())
            .collect();
        let have_not: Vec<_> = said
            .have_not
            .iter()
            .map(|(resident, older)| (resident.number.clone(), *older))
            .collect();
        (have, have_not)
    };
    let none = |number: &str| (number.to_owned(), None);
    let (have, have_not) = who(&story);
    assert_eq!(have, [MARCUS]);
    assert_eq!(have_not, [none(TYRELL), none(LUIS)]);

    // Somebody leaves without having read it; then it is revised.
    story.world.roster(&[(MARCUS, b), (TYRELL, b)]);
    let body = story
        .world
        .central
        .revise_notice(notice, &NoticeChange::default())
        .unwrap();
    assert_eq!(body.version, 2);
    let (have, have_not) = who(&story);
    assert!(have.is_empty());
    assert_eq!(have_not, [(MARCUS.to_owned(), Some(1)), none(TYRELL)]);
    story.at_door(read(2));
    // A receipt of the older version that comes late takes nothing back.
    story.at_wall(read(1));
    assert_eq!(who(&story).0, [MARCUS]);
    let account = story.account();
    assert_eq!(account.acknowledged.len(), 1);
    assert_eq!(account.acknowledged[0].version, 2);
}

fn verifier(algorithm: Algorithm, memory: u32, passes: u32, salt: &[u8]) -> String {
    Argon2::new(
        algorithm,
        Version::V0x13,
        Params::new(memory, passes, 1, None).unwrap(),
    )
    .hash_password_with_salt(b"402917", salt)
    .unwrap()
    .to_string()
}

#[test]
fn a_chosen_pin_opens_everywhere_and_a_weak_verifier_is_refused() {
    let options = CentralOptions::default();
    let mut world = World::at(&CentralPlace::Memory, options);
    world.roster(&[(MARCUS, world.b)]);
    let marcus = world.who(MARCUS);
    let mut journal = Journal::new(1);
    let salt = [7; 16];
    let good = verifier(Algorithm::Argon2id, 19 * 1024, 2, &salt);
    let bad = [
        "402917".to_owned(),
        String::new(),
        verifier(Algorithm::Argon2i, 19 * 1024, 2, &salt),
        verifier(Algorithm::Argon2id, 8 * 1024, 2, &salt),
        verifier(Algorithm::Argon2id, 19 * 1024, 1, &salt),
        verifier(Algorithm::Argon2id, 19 * 1024, 2, &salt[..8]),
        good.replace("v=19", "v=16"),
        good.replace("m=19456", "m=4194304"),
        good.split_at(good.rfind('$').unwrap()).0.to_owned(),
        format!("{good}{}", "A".repeat(600)),
    ];
    let mut change = |verifier: &str| {
        let body = IntentBody::ChangePin {
            verifier: verifier.to_owned(),
        };
        let outcome = act(&world, world.kiosk_b, &mut journal, marcus, body).1;
        let mut wall = Wall::new(world.kiosk_b);
        wall.pull_all(&world.central);
        let RecordBody::Resident(body) = wall.body(Kind::Resident, marcus) else {
            unreachable!()
        };
        (outcome, *body)
    };
    for verifier in &bad {
        let (outcome, body): (Outcome, ResidentBody) = change(verifier);
        assert_eq!(outcome, refused(Refusal::NotAllowed), "{verifier}");
        assert_ne!(body.pin_verifier, *verifier);
    }
    let (outcome, body) = change(&good);
    assert_eq!(outcome, Outcome::Applied);
    assert_eq!(body.pin_verifier, good);
    let noted = serde_json::to_string(&world.central.activity().unwrap()).unwrap();
    assert!(noted.contains("pin_changed") && !noted.contains("argon2"));
}

#[test]
fn an_account_its_owner_has_frozen_opens_only_by_staff_and_also_after_a_move() {
    let mut story = Story::begin();
    assert_eq!(story.at_wall(IntentBody::FreezeAccount), Outcome::Applied);
    let access = |story: &Story| story.world.central.access(story.marcus).unwrap();
    assert_eq!(access(&story), Access::Frozen);
    let a = story.world.a;
    story.world.roster(&[(MARCUS, a)]);
    let mut wall = Wall::new(story.world.kiosk_a);
    wall.pull_all(&story.world.central);
    let RecordBody::Resident(body) = wall.body(Kind::Resident, story.marcus) else {
        unreachable!()
    };
    assert_eq!(body.access, Access::Frozen);
    let marcus = story.marcus;
    story
        .world
        .central
        .set_access(marcus, Access::Open)
        .unwrap();
    assert_eq!(access(&story), Access::Open);
}
