//! From the kernel's input events to one pointer. Pure: no device, no clock.
//!
//! Ten fingers are one pointer by these rules, so that leaning on the glass, drumming on it, a wet
//! sleeve or a child do nothing that somebody did not mean:
//!
//! - The first finger leads. A second one waits; when the first has only tapped, and the second has
//!   only waited, it leads next (two thumbs typing). Otherwise it is nobody until it is lifted.
//! - [`Rules::crowd`] fingers at once are a hand: whoever led is lost, and nothing counts until all of
//!   that hand has left the glass.
//! - A contact as large as a palm is nobody, also one that becomes as large.
//! - A contact shorter than [`Rules::shortest`] is noise, and one that keeps still longer than
//!   [`Rules::stuck`] is a drop or something leaning there: lost, not lifted.
//! - No more than [`Rules::taps`] touches in a second.
//!
//! A lost pointer presses nothing: the screen acts on release.

use std::collections::VecDeque;

use super::geometry::Geometry;
use crate::domain::pointer::{Pointer, Spot};

/// The most fingers a panel is asked about.
pub const MOST_SLOTS: usize = 32;

const EV_SYN: u16 = 0;
const EV_KEY: u16 = 1;
const EV_ABS: u16 = 3;
const SYN_REPORT: u16 = 0;
const SYN_DROPPED: u16 = 3;
const BTN_LEFT: u16 = 0x110;
const BTN_TOUCH: u16 = 0x14a;
const ABS_X: u16 = 0;
const ABS_Y: u16 = 1;
const ABS_MT_SLOT: u16 = 0x2f;
const ABS_MT_TOUCH_MAJOR: u16 = 0x30;
const ABS_MT_POSITION_X: u16 = 0x35;
const ABS_MT_POSITION_Y: u16 = 0x36;
const ABS_MT_TOOL_TYPE: u16 = 0x37;
const ABS_MT_TRACKING_ID: u16 = 0x39;
const MT_TOOL_PALM: i32 = 2;

/// No finger in this slot.
const NOBODY: i32 = -1;
/// How far a finger may slip and still be still, as a share of the panel.
const SLOP: f32 = 0.02;
/// How old a waiting finger may be to lead next.
const WAITS_AT_MOST: u64 = 1_000_000;
const SECOND: u64 = 1_000_000;

/// An event of the kernel, stamped in microseconds of boot time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw {
    /// When.
    pub at: u64,
    /// `EV_*`.
    pub kind: u16,
    /// What of that kind.
    pub code: u16,
    /// Its value.
    pub value: i32,
}

/// How a panel speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Multi-touch protocol B with that many slots.
    Slots(usize),
    /// `ABS_X`, `ABS_Y` and a button.
    Single,
}

/// What is taken for a finger. Spans in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// That many fingers at once are a hand.
    pub crowd: usize,
    /// A contact is a palm from this `ABS_MT_TOUCH_MAJOR` on; `None`: the panel does not tell sizes.
    pub palm: Option<i32>,
    /// Contacts shorter than this are noise.
    pub shortest: u64,
    /// Contacts that keep still longer than this lean there.
    pub stuck: u64,
    /// Touches in a second at most.
    pub taps: usize,
    /// The least time between two moves.
    pub step: u64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            crowd: 3,
            palm: None,
            shortest: 20_000,
            stuck: 10 * SECOND,
            taps: 14,
            step: 8_000,
        }
    }
}

impl Rules {
    /// What a decoder without any judgement would do: the fault that the rules are there for.
    pub fn credulous() -> Self {
        Self {
            crowd: usize::MAX,
            palm: None,
            shortest: 0,
            stuck: u64::MAX,
            taps: usize::MAX,
            step: 0,
        }
    }
}

/// One finger's place as the kernel knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Which contact; below 0: none.
    pub contact: i32,
    /// On the panel's axis.
    pub x: i32,
    /// On the panel's axis.
    pub y: i32,
    /// Its larger width in the panel's units.
    pub major: i32,
    /// Whether the panel itself says that it is a palm.
    pub palm: bool,
}

impl Slot {
    /// Nobody there.
    pub const EMPTY: Self = Self {
        contact: NOBODY,
        x: 0,
        y: 0,
        major: 0,
        palm: false,
    };
}

/// What the kernel says of the whole panel, read when it is opened and when events were dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The slot that the next events are about.
    pub current: i32,
    /// Every slot; one for a panel without any.
    pub slots: Vec<Slot>,
}

/// How a finger is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It is the pointer.
    Leads,
    /// It may be next.
    Waits,
    /// It is nobody until it is lifted.
    Nobody,
    /// The same, and it is part of a hand: nothing counts while it is there.
    Crowd,
}

#[derive(Clone, Copy, Debug)]
struct Finger {
    contact: i32,
    landed: u64,
    led: u64,
    still_since: u64,
    anchor: Spot,
    moved: bool,
    standing: Standing,
}

/// The decoder of one panel.
#[derive(Clone, Debug)]
pub struct Decoder {
    geometry: Geometry,
    protocol: Protocol,
    rules: Rules,
    slots: Vec<Slot>,
    fingers: Vec<Option<Finger>>,
    current: Option<usize>,
    contacts: i32,
    dropped: Dropped,
    /// Where the pointer was last said to be.
    said: Option<(Spot, u64)>,
    touches: VecDeque<u64>,
}

/// Whether events were lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dropped {
    No,
    /// Nothing is to be believed until the next report.
    Now,
    /// The kernel has to be asked.
    Ask,
}

impl Decoder {
    /// A decoder of a panel that nobody touches, as far as is known.
    pub fn new(geometry: Geometry, protocol: Protocol, rules: Rules) -> Self {
        let slots = match protocol {
            Protocol::Slots(slots) => slots.clamp(1, MOST_SLOTS),
            Protocol::Single => 1,
        };
        Self {
            geometry,
            protocol,
            rules,
            slots: vec![Slot::EMPTY; slots],
            fingers: vec![None; slots],
            current: Some(0),
            contacts: 0,
            dropped: Dropped::No,
            said: None,
            touches: VecDeque::new(),
        }
    }

    /// Whether events were lost and [`Decoder::resync`] has to be told how the panel is.
    pub fn needs_resync(&self) -> bool {
        self.dropped == Dropped::Ask
    }

    /// Whether a finger is on the glass, so that time matters: see [`Decoder::tick`].
    pub fn is_touched(&self) -> bool {
        self.fingers.iter().any(Option::is_some)
    }

    /// Takes an event; what it means is known at the end of its report.
    pub fn decode(&mut self, raw: Raw) -> Vec<Pointer> {
        match (raw.kind, raw.code) {
            (EV_SYN, SYN_DROPPED) => self.dropped = Dropped::Now,
            (EV_SYN, SYN_REPORT) if self.dropped == Dropped::No => return self.report(raw.at),
            (EV_SYN, SYN_REPORT) => self.dropped = Dropped::Ask,
            _ if self.dropped != Dropped::No => {}
            (EV_ABS, code) => self.take_axis(code, raw.value),
            (EV_KEY, BTN_TOUCH | BTN_LEFT) if self.protocol == Protocol::Single => {
                self.take_button(raw.value != 0);
            }
            _ => {}
        }
        Vec::new()
    }

    /// Takes over how the panel is. A finger that is news came while nobody looked, and is nobody; one
    /// that has gone was not seen lifting, and is lost.
    pub fn resync(&mut self, snapshot: &Snapshot, at: u64) -> Vec<Pointer> {
        self.dropped = Dropped::No;
        self.select(snapshot.current);
        let mut out = Vec::new();
        let known = snapshot.slots.iter().copied();
        let news: Vec<Slot> = known
            .chain(std::iter::repeat(Slot::EMPTY))
            .take(self.slots.len())
            .collect();
        for (index, new) in news.into_iter().enumerate() {
            let Some((slot, finger)) = self.at_mut(index) else {
                continue;
            };
            let same = finger.is_some_and(|finger| finger.contact == new.contact);
            *slot = new;
            if same {
                continue;
            }
            let led = finger
                .take()
                .is_some_and(|finger| finger.standing == Standing::Leads);
            if new.contact >= 0 {
                let anchor = self.geometry.place(new.x, new.y);
                let finger = Finger::landed(new.contact, anchor, at, Standing::Nobody);
                if let Some(place) = self.fingers.get_mut(index) {
                    *place = Some(finger);
                }
            }
            if led {
                self.lose(&mut out);
            }
        }
        if let (Protocol::Single, Some(slot)) = (self.protocol, self.slots.first()) {
            self.contacts = self.contacts.max(slot.contact);
        }
        out
    }

    /// Lets what is due by time take effect while no events come.
    pub fn tick(&mut self, at: u64) -> Vec<Pointer> {
        let mut out = Vec::new();
        self.judge_time(at, &mut out);
        out
    }

    fn take_axis(&mut self, code: u16, value: i32) {
        let single = self.protocol == Protocol::Single;
        match code {
            ABS_MT_SLOT if !single => self.select(value),
            ABS_X if single => self.edit(|slot| slot.x = value),
            ABS_Y if single => self.edit(|slot| slot.y = value),
            ABS_MT_POSITION_X if !single => self.edit(|slot| slot.x = value),
            ABS_MT_POSITION_Y if !single => self.edit(|slot| slot.y = value),
            ABS_MT_TOUCH_MAJOR if !single => self.edit(|slot| slot.major = value),
            ABS_MT_TOOL_TYPE if !single => self.edit(|slot| slot.palm = value == MT_TOOL_PALM),
            ABS_MT_TRACKING_ID if !single => self.edit(|slot| {
                slot.contact = value.max(NOBODY);
                // The kernel resets neither; a palm is said anew for every contact.
                slot.palm = false;
            }),
            _ => {}
        }
    }

    /// A slot the panel does not have is nobody's: what is said of it is not believed.
    fn select(&mut self, slot: i32) {
        self.current = usize::try_from(slot)
            .ok()
            .filter(|slot| *slot < self.slots.len());
    }

    fn edit(&mut self, how: impl FnOnce(&mut Slot)) {
        if let Some(slot) = self.current.and_then(|current| self.slots.get_mut(current)) {
            how(slot);
        }
    }

    fn take_button(&mut self, down: bool) {
        let held = self.slots.first().is_some_and(|slot| slot.contact >= 0);
        if down == held {
            return;
        }
        if down {
            self.contacts = self.contacts.checked_add(1).unwrap_or(0);
        }
        let contact = if down { self.contacts } else { NOBODY };
        if let Some(slot) = self.slots.first_mut() {
            slot.contact = contact;
        }
    }

    fn at_mut(&mut self, index: usize) -> Option<(&mut Slot, &mut Option<Finger>)> {
        self.slots.get_mut(index).zip(self.fingers.get_mut(index))
    }

    /// The end of a report: who left, who came, who moved.
    fn report(&mut self, at: u64) -> Vec<Pointer> {
        let mut out = Vec::new();
        let mut tapped = false;
        for index in 0..self.slots.len() {
            tapped |= self.lift(index, at, &mut out);
        }
        for index in 0..self.slots.len() {
            self.follow(index, at);
        }
        self.judge_hands(&mut out);
        self.judge_time(at, &mut out);
        if !self
            .fingers
            .iter()
            .flatten()
            .any(|f| f.standing == Standing::Leads)
        {
            self.lead_next(at, tapped, &mut out);
        }
        self.say_move(at, &mut out);
        out
    }

    /// A finger that has left; says whether the pointer only tapped.
    fn lift(&mut self, index: usize, at: u64, out: &mut Vec<Pointer>) -> bool {
        let shortest = self.rules.shortest;
        let Some((slot, place)) = self.at_mut(index) else {
            return false;
        };
        let gone = place.take_if(|finger| finger.contact != slot.contact);
        let Some(finger) = gone.filter(|finger| finger.standing == Standing::Leads) else {
            return false;
        };
        if at.saturating_sub(finger.led) < shortest {
            self.lose(out);
            return false;
        }
        if let Some((spot, _)) = self.said.take() {
            // The axes keep what was last said, so a finger leaves where it last was.
            let spot = if slot_is_empty(self.slots.get(index)) {
                self.slots
                    .get(index)
                    .map_or(spot, |slot| self.geometry.place(slot.x, slot.y))
            } else {
                spot
            };
            out.push(Pointer::Up(spot));
        }
        !finger.moved
    }

    /// A finger that has come, or moved.
    fn follow(&mut self, index: usize, at: u64) {
        let Some(slot) = self
            .slots
            .get(index)
            .copied()
            .filter(|slot| slot.contact >= 0)
        else {
            return;
        };
        let spot = self.geometry.place(slot.x, slot.y);
        let palm = slot.palm || self.rules.palm.is_some_and(|palm| slot.major >= palm);
        let Some(place) = self.fingers.get_mut(index) else {
            return;
        };
        let finger =
            place.get_or_insert_with(|| Finger::landed(slot.contact, spot, at, Standing::Waits));
        if !is_near(finger.anchor, spot) {
            finger.anchor = spot;
            finger.still_since = at;
            finger.moved = true;
        }
        if palm && finger.standing == Standing::Waits {
            finger.standing = Standing::Nobody;
        }
    }

    /// Palms, and more fingers than one person points with.
    fn judge_hands(&mut self, out: &mut Vec<Pointer>) {
        let palm = self.rules.palm;
        let slots = self.slots.iter();
        let mut lost = false;
        for (slot, finger) in slots.zip(&mut self.fingers) {
            if let Some(finger) = finger
                && finger.standing == Standing::Leads
                && (slot.palm || palm.is_some_and(|palm| slot.major >= palm))
            {
                finger.standing = Standing::Nobody;
                lost = true;
            }
        }
        let counted = |finger: &&mut Finger| finger.standing != Standing::Nobody;
        let fingers = self.fingers.iter().flatten();
        let crowd = fingers.clone().any(|f| f.standing == Standing::Crowd)
            || fingers.filter(|f| f.standing != Standing::Nobody).count() >= self.rules.crowd;
        if crowd {
            for finger in self.fingers.iter_mut().flatten().filter(counted) {
                lost |= finger.standing == Standing::Leads;
                finger.standing = Standing::Crowd;
            }
        }
        if lost {
            self.lose(out);
        }
    }

    /// What leans on the glass.
    fn judge_time(&mut self, at: u64, out: &mut Vec<Pointer>) {
        let mut lost = false;
        for finger in self.fingers.iter_mut().flatten() {
            let still = at.saturating_sub(finger.still_since) >= self.rules.stuck;
            if still && finger.standing == Standing::Leads {
                finger.standing = Standing::Nobody;
                lost = true;
            }
            let old = at.saturating_sub(finger.landed) > WAITS_AT_MOST;
            if finger.standing == Standing::Waits && (old || finger.moved) {
                finger.standing = Standing::Nobody;
            }
        }
        if lost {
            self.lose(out);
        }
    }

    /// Lets the finger lead that came first of those that wait; after a drag nobody waits any more.
    fn lead_next(&mut self, at: u64, tapped: bool, out: &mut Vec<Pointer>) {
        let fresh = |finger: &Finger| finger.landed == at || tapped;
        let waiting = self
            .fingers
            .iter()
            .enumerate()
            .filter_map(|(index, finger)| {
                let finger = finger.as_ref()?;
                (finger.standing == Standing::Waits && fresh(finger))
                    .then_some((finger.landed, index))
            });
        let next = waiting.min().map(|(_, index)| index);
        for (index, finger) in self.fingers.iter_mut().enumerate() {
            if let Some(finger) = finger
                && finger.standing == Standing::Waits
                && Some(index) != next
                && !fresh(finger)
            {
                finger.standing = Standing::Nobody;
            }
        }
        let Some(index) = next else { return };
        let taken = self.count_touch(at);
        let Some((slot, finger)) = self.slots.get(index).zip(self.fingers.get_mut(index)) else {
            return;
        };
        let Some(finger) = finger else { return };
        if !taken {
            finger.standing = Standing::Nobody;
            return;
        }
        finger.standing = Standing::Leads;
        finger.led = at;
        finger.still_since = at;
        let spot = self.geometry.place(slot.x, slot.y);
        self.said = Some((spot, at));
        out.push(Pointer::Down(spot));
    }

    /// Whether one more touch is within the rate.
    fn count_touch(&mut self, at: u64) -> bool {
        while self
            .touches
            .front()
            .is_some_and(|first| at.saturating_sub(*first) >= SECOND)
        {
            self.touches.pop_front();
        }
        if self.touches.len() >= self.rules.taps {
            return false;
        }
        self.touches.push_back(at);
        true
    }

    fn say_move(&mut self, at: u64, out: &mut Vec<Pointer>) {
        let slots = self.slots.iter().zip(&self.fingers);
        let leader = slots
            .filter(|(_, finger)| finger.is_some_and(|f| f.standing == Standing::Leads))
            .map(|(slot, _)| self.geometry.place(slot.x, slot.y))
            .next();
        if let (Some(spot), Some((said, when))) = (leader, self.said)
            && spot != said
            && at.saturating_sub(when) >= self.rules.step
        {
            self.said = Some((spot, at));
            out.push(Pointer::Along(spot));
        }
    }

    fn lose(&mut self, out: &mut Vec<Pointer>) {
        if self.said.take().is_some() {
            out.push(Pointer::Lost);
        }
    }
}

impl Finger {
    fn landed(contact: i32, anchor: Spot, at: u64, standing: Standing) -> Self {
        Self {
            contact,
            landed: at,
            led: at,
            still_since: at,
            anchor,
            moved: false,
            standing,
        }
    }
}

fn slot_is_empty(slot: Option<&Slot>) -> bool {
    slot.is_some_and(|slot| slot.contact < 0)
}

fn is_near(a: Spot, b: Spot) -> bool {
    (a.across - b.across).abs() < SLOP && (a.down - b.down).abs() < SLOP
}
