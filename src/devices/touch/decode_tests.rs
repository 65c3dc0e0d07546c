use proptest::prelude::*;

use super::*;
use crate::domain::pointer::{Pointer, Spot};

const MS: u64 = 1_000;

fn geometry() -> Geometry {
    Geometry {
        x: Axis::new(0, 1000).unwrap(),
        y: Axis::new(0, 1000).unwrap(),
        calibration: Calibration::default(),
        rotation: Rotation::Upright,
    }
}

/// A panel under test: reports as a real one sends them.
struct Panel {
    decoder: Decoder,
    at: u64,
    contact: i32,
    said: Vec<Pointer>,
}

impl Panel {
    fn new() -> Self {
        Self::with(Protocol::Slots(10), Rules::default())
    }

    fn with(protocol: Protocol, rules: Rules) -> Self {
        Self {
            decoder: Decoder::new(geometry(), protocol, rules),
            at: 0,
            contact: 0,
            said: Vec::new(),
        }
    }

    fn raw(&mut self, kind: u16, code: u16, value: i32) -> &mut Self {
        let raw = Raw {
            at: self.at,
            kind,
            code,
            value,
        };
        self.said.extend(self.decoder.decode(raw));
        self
    }

    fn abs(&mut self, code: u16, value: i32) -> &mut Self {
        self.raw(3, code, value)
    }

    fn report(&mut self) -> &mut Self {
        self.raw(0, 0, 0)
    }

    fn land(&mut self, slot: i32, x: i32, y: i32) -> &mut Self {
        self.contact += 1;
        let contact = self.contact;
        self.abs(0x2f, slot)
            .abs(0x39, contact)
            .abs(0x35, x)
            .abs(0x36, y)
    }

    fn shift(&mut self, slot: i32, x: i32, y: i32) -> &mut Self {
        self.abs(0x2f, slot).abs(0x35, x).abs(0x36, y)
    }

    fn lift(&mut self, slot: i32) -> &mut Self {
        self.abs(0x2f, slot).abs(0x39, -1)
    }

    fn after(&mut self, ms: u64) -> &mut Self {
        self.at += ms * MS;
        self
    }

    fn tick(&mut self) -> &mut Self {
        self.said.extend(self.decoder.tick(self.at));
        self
    }

    /// What was said since the last call, without places.
    fn words(&mut self) -> Vec<&'static str> {
        let said = std::mem::take(&mut self.said);
        said.iter().map(word).collect()
    }
}

fn word(pointer: &Pointer) -> &'static str {
    match pointer {
        Pointer::Down(_) => "down",
        Pointer::Along(_) => "along",
        Pointer::Up(_) => "up",
        Pointer::Lost => "lost",
    }
}

#[test]
fn a_tap_goes_down_and_up_in_one_place() {
    let mut panel = Panel::new();
    panel.land(0, 250, 500).report().after(80).lift(0).report();
    let spot = Spot::new(0.25, 0.5);
    assert_eq!(panel.said, [Pointer::Down(spot), Pointer::Up(spot)]);
}

#[test]
fn a_drag_is_followed_at_most_every_eight_milliseconds_and_to_its_end() {
    let mut panel = Panel::new();
    panel.land(0, 100, 100).report();
    for step in 1..=40 {
        panel.after(4).shift(0, 100 + step * 10, 100).report();
    }
    panel.lift(0).report();
    let along = panel.said.iter().filter(|p| word(p) == "along").count();
    assert_eq!(along, 20);
    assert_eq!(panel.said.last(), Some(&Pointer::Up(Spot::new(0.5, 0.1))));
}

#[test]
fn single_touch_taps_and_drags_too() {
    let mut panel = Panel::with(Protocol::Single, Rules::default());
    panel.abs(0, 250).abs(1, 500).raw(1, 0x14a, 1).report();
    panel.after(50).abs(0, 750).report();
    panel.after(50).raw(1, 0x14a, 0).report();
    assert_eq!(
        panel.said,
        [
            Pointer::Down(Spot::new(0.25, 0.5)),
            Pointer::Along(Spot::new(0.75, 0.5)),
            Pointer::Up(Spot::new(0.75, 0.5)),
        ]
    );
    // The same spot again: the kernel repeats no coordinate.
    panel.said.clear();
    panel
        .after(200)
        .raw(1, 0x14a, 1)
        .report()
        .after(60)
        .raw(1, 0x14a, 0)
        .report();
    assert_eq!(
        panel.said.first(),
        Some(&Pointer::Down(Spot::new(0.75, 0.5)))
    );
}

#[test]
fn after_a_restart_a_tap_on_the_same_spot_is_there_and_not_in_the_corner() {
    let slot = Slot {
        contact: -1,
        x: 250,
        y: 500,
        ..Slot::EMPTY
    };
    let tap = |panel: &mut Panel| {
        panel.abs(0x39, 5).report().after(60).abs(0x39, -1).report();
    };
    // The fault: without the snapshot the tap lands in the corner.
    let mut blind = Panel::new();
    tap(&mut blind);
    assert_eq!(
        blind.said.first(),
        Some(&Pointer::Down(Spot::new(0.0, 0.0)))
    );
    let mut panel = Panel::new();
    panel.decoder.resync(
        &Snapshot {
            current: 0,
            slots: vec![slot; 10],
        },
        0,
    );
    tap(&mut panel);
    assert_eq!(
        panel.said.first(),
        Some(&Pointer::Down(Spot::new(0.25, 0.5)))
    );
}

#[test]
fn a_finger_that_was_there_before_anybody_looked_is_nobody_until_it_is_lifted() {
    let mut panel = Panel::new();
    let slot = Slot {
        contact: 7,
        x: 250,
        y: 500,
        ..Slot::EMPTY
    };
    panel.decoder.resync(
        &Snapshot {
            current: 0,
            slots: vec![slot],
        },
        0,
    );
    panel
        .after(50)
        .shift(0, 400, 500)
        .report()
        .after(50)
        .lift(0)
        .report();
    assert_eq!(panel.words(), [] as [&str; 0]);
    panel.land(0, 1, 1).report();
    assert_eq!(panel.words(), ["down"]);
}

#[test]
fn two_thumbs_typing_are_two_taps() {
    let mut panel = Panel::new();
    panel
        .land(0, 200, 500)
        .report()
        .after(60)
        .land(1, 800, 500)
        .report();
    panel.after(40).lift(0).report().after(50).lift(1).report();
    assert_eq!(
        panel.said,
        [
            Pointer::Down(Spot::new(0.2, 0.5)),
            Pointer::Up(Spot::new(0.2, 0.5)),
            Pointer::Down(Spot::new(0.8, 0.5)),
            Pointer::Up(Spot::new(0.8, 0.5)),
        ]
    );
}

#[test]
fn a_pinch_presses_nothing_with_its_second_finger() {
    let mut panel = Panel::new();
    panel.land(0, 400, 500).land(1, 600, 500).report();
    for step in 1..=10 {
        panel
            .after(10)
            .shift(0, 400 - step * 10, 500)
            .shift(1, 600 + step * 10, 500)
            .report();
    }
    panel.lift(0).report().after(100).lift(1).report();
    let downs = panel.words().iter().filter(|word| **word == "down").count();
    assert_eq!(downs, 1);
}

#[test]
fn a_hand_on_the_glass_presses_nothing_until_all_of_it_has_left() {
    let mut panel = Panel::new();
    panel
        .land(0, 100, 100)
        .report()
        .after(30)
        .land(1, 300, 100)
        .report();
    assert_eq!(panel.words(), ["down"]);
    panel.after(10).land(2, 500, 100).report();
    assert_eq!(panel.words(), ["lost"]);
    // Two leave, one stays; another finger beside it counts no more than it.
    panel
        .after(100)
        .lift(0)
        .lift(1)
        .report()
        .after(50)
        .land(0, 900, 900)
        .report();
    panel.after(50).lift(0).report();
    assert_eq!(panel.words(), [] as [&str; 0]);
    panel
        .after(50)
        .lift(2)
        .report()
        .after(50)
        .land(0, 900, 900)
        .report();
    assert_eq!(panel.words(), ["down"]);
}

#[test]
fn a_palm_is_nobody_before_and_after_it_is_seen_to_be_one() {
    let rules = Rules {
        palm: Some(300),
        ..Rules::default()
    };
    let mut panel = Panel::with(Protocol::Slots(10), rules);
    panel
        .land(0, 100, 100)
        .abs(0x30, 350)
        .report()
        .after(100)
        .lift(0)
        .report();
    assert_eq!(panel.words(), [] as [&str; 0]);
    panel
        .land(0, 100, 100)
        .abs(0x30, 100)
        .report()
        .after(50)
        .abs(0x30, 400)
        .report();
    panel.after(50).lift(0).report();
    assert_eq!(panel.words(), ["down", "lost"]);
    // A resting palm does not keep a fingertip from pointing.
    panel.land(0, 100, 900).abs(0x30, 400).report();
    panel
        .after(50)
        .land(1, 500, 500)
        .abs(0x30, 90)
        .report()
        .after(60)
        .lift(1)
        .report();
    assert_eq!(panel.words(), ["down", "up"]);
    // The panel itself may say so.
    panel
        .lift(0)
        .report()
        .after(9)
        .land(0, 1, 1)
        .abs(0x30, 90)
        .abs(0x37, 2)
        .report();
    assert_eq!(panel.words(), [] as [&str; 0]);
}

#[test]
fn noise_and_what_leans_there_press_nothing() {
    let mut panel = Panel::new();
    panel.land(0, 100, 100).report().after(8).lift(0).report();
    assert_eq!(panel.words(), ["down", "lost"]);
    panel
        .after(50)
        .land(0, 100, 100)
        .report()
        .after(9_999)
        .tick();
    assert_eq!(panel.words(), ["down"]);
    panel.after(1).tick().after(50).lift(0).report();
    assert_eq!(panel.words(), ["lost"]);
}

#[test]
fn no_more_touches_than_a_person_makes() {
    let mut panel = Panel::new();
    for _ in 0..30 {
        panel
            .after(10)
            .land(0, 100, 100)
            .report()
            .after(22)
            .lift(0)
            .report();
    }
    let ups = panel.words().iter().filter(|word| **word == "up").count();
    assert_eq!(ups, Rules::default().taps);
}

#[test]
fn slots_the_panel_does_not_have_are_not_believed() {
    let mut panel = Panel::new();
    for slot in [10, 31, 32, -1, i32::MAX, i32::MIN] {
        panel.land(slot, 100, 100).report().after(50);
    }
    assert_eq!(panel.words(), [] as [&str; 0]);
}

#[test]
fn after_lost_events_the_kernel_is_asked_and_nothing_is_pressed() {
    let mut panel = Panel::new();
    panel.land(0, 100, 100).report().after(50);
    panel.raw(0, 3, 0).lift(0).land(0, 900, 900);
    assert!(!panel.decoder.needs_resync(), "not before the report ends");
    panel.report();
    assert!(panel.decoder.needs_resync());
    assert_eq!(panel.words(), ["down"]);
    // The finger that led has gone, and another is there that nobody saw landing.
    let other = Slot {
        contact: 77,
        x: 900,
        y: 900,
        ..Slot::EMPTY
    };
    let at = panel.at;
    let said = panel.decoder.resync(
        &Snapshot {
            current: 0,
            slots: vec![other],
        },
        at,
    );
    assert_eq!(said, [Pointer::Lost]);
    panel.after(50).lift(0).report();
    assert_eq!(panel.words(), [] as [&str; 0]);
}

#[test]
fn a_finger_that_stayed_through_lost_events_goes_on() {
    let mut panel = Panel::new();
    panel
        .land(0, 100, 100)
        .report()
        .after(50)
        .raw(0, 3, 0)
        .report();
    let same = Slot {
        contact: 1,
        x: 300,
        y: 100,
        ..Slot::EMPTY
    };
    let at = panel.at;
    let said = panel.decoder.resync(
        &Snapshot {
            current: 0,
            slots: vec![same],
        },
        at,
    );
    assert_eq!(said, []);
    panel.after(20).lift(0).report();
    assert_eq!(panel.said.last(), Some(&Pointer::Up(Spot::new(0.3, 0.1))));
}

/// What must hold of whatever a decoder says.
#[derive(Default)]
struct Grammar {
    down: bool,
    said: usize,
}

impl Grammar {
    fn take(&mut self, pointers: &[Pointer]) {
        for pointer in pointers {
            self.said += 1;
            match pointer {
                Pointer::Down(_) => assert!(!std::mem::replace(&mut self.down, true)),
                Pointer::Along(_) => assert!(self.down),
                Pointer::Up(_) | Pointer::Lost => {
                    assert!(std::mem::replace(&mut self.down, false));
                }
            }
            if let Pointer::Down(spot) | Pointer::Along(spot) | Pointer::Up(spot) = pointer {
                assert!((0.0..1.0).contains(&spot.across) && (0.0..1.0).contains(&spot.down));
            }
        }
    }
}

/// A stream of events as no panel would send them, from one seed.
fn random_stream(seed: u64, events: usize, protocol: Protocol) -> usize {
    let mut dice = seed;
    let mut roll = |most: u64| {
        dice = dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % most
    };
    let mut decoder = Decoder::new(
        geometry(),
        protocol,
        Rules {
            palm: Some(300),
            ..Rules::default()
        },
    );
    let mut grammar = Grammar::default();
    let mut at = 0_u64;
    for _ in 0..events {
        at += roll(6) * MS;
        let wild = i32::from_ne_bytes(u32::try_from(roll(1 << 31)).unwrap().to_ne_bytes());
        let tame = i32::try_from(roll(12)).unwrap() - 1;
        let (kind, code, value) = match roll(40) {
            0..=9 => (0, 0, 0),
            10 => (0, 3, 0),
            11..=15 => (3, 0x2f, tame),
            16..=22 => (3, 0x39, tame),
            23..=26 => (3, 0x35, i32::try_from(roll(1200)).unwrap()),
            27..=30 => (3, 0x36, wild),
            31 => (3, 0x30, i32::try_from(roll(400)).unwrap()),
            32 => (3, 0x37, tame),
            33 => (3, u16::try_from(roll(2)).unwrap(), wild),
            34..=37 => (1, 0x14a, i32::from(tame > 4)),
            38 => (
                u16::try_from(roll(0x20)).unwrap(),
                u16::try_from(roll(0x300)).unwrap(),
                wild,
            ),
            _ => {
                grammar.take(&decoder.tick(at));
                continue;
            }
        };
        grammar.take(&decoder.decode(Raw {
            at,
            kind,
            code,
            value,
        }));
        if decoder.needs_resync() {
            let slots = (0..roll(12)).map(|slot| Slot {
                contact: tame,
                x: wild,
                y: i32::try_from(slot).unwrap(),
                major: 0,
                palm: false,
            });
            let snapshot = Snapshot {
                current: tame,
                slots: slots.collect(),
            };
            grammar.take(&decoder.resync(&snapshot, at));
        }
    }
    grammar.said
}

#[test]
fn a_million_random_events_keep_the_pointer_whole() {
    let slots = random_stream(1, 500_000, Protocol::Slots(10));
    let single = random_stream(2, 500_000, Protocol::Single);
    assert!(
        slots > 1_000 && single > 1_000,
        "{slots} and {single} things were said"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_a_panel_sends_the_pointer_stays_whole(seed: u64, slots in 0..40_usize) {
        random_stream(seed, 500, Protocol::Slots(slots));
    }
}
