//! Ten fingers drum on the page to write on, for a simulated hour, reported 240 times a second:
//! nothing is sent that nobody meant. `DAYROOM_FINGER_MINUTES` and `DAYROOM_FINGER_SEED` run more, or
//! the same again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    dead_code,
    unused_imports,
    reason = "a test may panic, prints what it ran, and shares the terminal of the app's stories"
)]

#[path = "app_story/terminal.rs"]
mod terminal;

use dayroom::devices::touch::{
    Axis, Calibration, Decoder, Geometry, Protocol, Raw, Rotation, Rules,
};
use dayroom::domain::pointer::{Pointer, Spot};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use terminal::*;

/// One report of a panel at 240 Hz, in microseconds.
const REPORT: u64 = 1_000_000 / 240;
const FINGERS: usize = 10;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// The page to write on, as coarse as a hand meets it: keys, Send, and the question that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Control {
    Key(char),
    Send,
    Confirm,
    KeepWriting,
}

/// What lies there: Send beside the keyboard, and on the question two large buttons.
fn control(step: Step, at: Spot) -> Option<Control> {
    if step == Step::Confirming {
        let low = (0.55..0.75).contains(&at.down);
        return match at.across {
            across if low && (0.52..0.9).contains(&across) => Some(Control::Confirm),
            across if low && (0.1..0.48).contains(&across) => Some(Control::KeepWriting),
            _ => None,
        };
    }
    if at.down > 0.85 && at.across > 0.8 {
        return Some(Control::Send);
    }
    if at.down < 0.5 {
        return None;
    }
    let rows = ["qwertyuiop", "asdfghjkl ", "zxcvbnm   "];
    let row = rows[(((at.down - 0.5) * 6.0) as usize).min(2)];
    row.chars()
        .nth((at.across * 10.0) as usize)
        .map(Control::Key)
}

/// Somebody signed in and writing, whose screen a pointer works on: a control is pressed when the
/// pointer is lifted where it came down.
struct Desk {
    terminal: Terminal,
    down: Option<(Step, Option<Control>)>,
    taps: usize,
    sent: usize,
}

impl Desk {
    fn new() -> Self {
        let mut terminal = Terminal::new();
        terminal.sign_in();
        terminal.write_to(request(1), "Dear mother, ", None);
        Self {
            terminal,
            down: None,
            taps: 0,
            sent: 0,
        }
    }

    fn point(&mut self, pointer: Pointer) {
        let step = self.terminal.page().step;
        match pointer {
            Pointer::Down(spot) => self.down = Some((step, control(step, spot))),
            Pointer::Along(_) => {}
            Pointer::Lost => self.down = None,
            Pointer::Up(spot) => {
                let lifted = control(step, spot);
                let pressed = self.down.take().filter(|down| *down == (step, lifted));
                if let Some((_, Some(control))) = pressed {
                    self.press(control);
                }
            }
        }
    }

    fn press(&mut self, control: Control) {
        self.taps += 1;
        match control {
            Control::Key(letter) => self.terminal.type_text(&letter.to_string()),
            Control::Send => self.terminal.send(Event::Compose(ComposeTap::SendPressed)),
            Control::KeepWriting => self.terminal.send(Event::Compose(ComposeTap::KeepWriting)),
            Control::Confirm => {
                self.terminal
                    .send(Event::Compose(ComposeTap::SendConfirmed));
                let sends = |effect: &Effect| {
                    matches!(
                        effect,
                        Effect::RecordIntent {
                            body: IntentBody::SendMessage { .. },
                            ..
                        }
                    )
                };
                if self.terminal.did(sends) {
                    self.sent += 1;
                    *self = Self {
                        sent: self.sent,
                        taps: self.taps,
                        ..Self::new()
                    };
                }
            }
        }
    }
}

/// A hand that drums: each finger comes and goes by itself, slides a little, and is reported whenever
/// the panel reports.
struct Hands {
    random: StdRng,
    /// Whether it is down, until when, and where.
    fingers: [(bool, u64, i32, i32); FINGERS],
    contact: i32,
}

impl Hands {
    fn new(seed: u64) -> Self {
        Self {
            random: StdRng::seed_from_u64(seed),
            fingers: [(false, 0, 0, 0); FINGERS],
            contact: 0,
        }
    }

    fn report(&mut self, at: u64, mut say: impl FnMut(u16, u16, i32)) {
        const ABS: u16 = 3;
        for (slot, (down, until, x, y)) in (0..).zip(&mut self.fingers) {
            if at >= *until {
                *down = !*down;
                let span = if *down { 40..400 } else { 20..300 };
                *until = at + self.random.random_range(span) * 1_000;
                say(ABS, 0x2f, slot);
                if *down {
                    self.contact = self.contact.wrapping_add(1) & 0xffff;
                    (*x, *y) = (
                        self.random.random_range(0..4096),
                        self.random.random_range(0..4096),
                    );
                    say(ABS, 0x39, self.contact);
                    say(ABS, 0x35, *x);
                    say(ABS, 0x36, *y);
                } else {
                    say(ABS, 0x39, -1);
                }
            } else if *down && self.random.random_bool(0.3) {
                *x = (*x + self.random.random_range(-12..=12)).clamp(0, 4095);
                say(ABS, 0x2f, slot);
                say(ABS, 0x35, *x);
            }
        }
        say(0, 0, 0);
    }
}

/// Minutes of drumming under these rules: taps that reached the page, and messages sent.
fn drum(minutes: u64, seed: u64, rules: Rules) -> (usize, usize) {
    let axis = Axis::new(0, 4095).unwrap();
    let geometry = Geometry {
        x: axis,
        y: axis,
        calibration: Calibration::default(),
        rotation: Rotation::Upright,
    };
    let mut decoder = Decoder::new(geometry, Protocol::Slots(FINGERS), rules);
    let mut hands = Hands::new(seed);
    let mut desk = Desk::new();
    for report in 0..minutes * 60 * 240 {
        let at = report * REPORT;
        let mut said = Vec::new();
        hands.report(at, |kind, code, value| {
            said.extend(decoder.decode(Raw {
                at,
                kind,
                code,
                value,
            }));
        });
        for pointer in said {
            desk.point(pointer);
        }
    }
    (desk.taps, desk.sent)
}

#[test]
fn ten_fingers_for_an_hour_send_nothing() {
    let minutes = setting("DAYROOM_FINGER_MINUTES", 60);
    let seed = setting("DAYROOM_FINGER_SEED", 0x0f19);
    println!("{minutes} minutes at 240 Hz, DAYROOM_FINGER_SEED={seed}");
    // The fault first: without judgement the same hands send, within a fraction of the time.
    let (taps, sent) = drum(minutes.div_ceil(4), seed, Rules::credulous());
    println!(
        "without judgement: {taps} taps, {sent} sent in {} minutes",
        minutes.div_ceil(4)
    );
    assert!(sent > 0, "the drumming would send");
    let (taps, sent) = drum(minutes, seed, Rules::default());
    println!("with it: {taps} taps, {sent} sent in {minutes} minutes");
    assert_eq!(sent, 0);
}
