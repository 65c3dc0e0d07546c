//! From the keys of a keyboard-wedge reader to badges. Pure.
//!
//! A wedge types: whatever it sends is taken apart strictly, so that a badge with a crafted code, a
//! reader in its programming mode, or a keyboard that pretends to be a reader does nothing.

use serde::{Deserialize, Serialize};

use super::number::Notation;
use crate::devices::touch::Raw;
use crate::domain::badge::{
    BadgeEvent, MOST_CHARACTERS, MOST_PAPER_CHARACTERS, PAPER_FORM, PaperText,
};

const EV_SYN: u16 = 0;
const EV_KEY: u16 = 1;
const SYN_DROPPED: u16 = 3;
const PRESSED: i32 = 1;
const KEY_ENTER: u16 = 28;
const KEY_TAB: u16 = 15;
const KEY_KPENTER: u16 = 96;
const KEY_LEFTSHIFT: u16 = 42;
const KEY_RIGHTSHIFT: u16 = 54;
/// Prefix, suffix and the longest badge.
const MOST_KEYS: usize = MOST_CHARACTERS + 32;

/// The grammar of a wedge reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WedgeGrammar {
    /// What comes before the badge.
    pub prefix: String,
    /// What comes after it.
    pub suffix: String,
    /// What ends it.
    pub end: End,
    /// How the badge is written.
    pub badge: Notation,
    /// The longest time between two keys, in milliseconds: no person types so fast.
    pub gap_ms: u16,
}

impl Default for WedgeGrammar {
    fn default() -> Self {
        Self {
            prefix: String::new(),
            suffix: String::new(),
            end: End::default(),
            badge: Notation::default(),
            gap_ms: 40,
        }
    }
}

/// The slowest a wedge may be set to: above, a quick typist would pass for one.
const SLOWEST_MS: u16 = 60;
const FASTEST_MS: u16 = 5;

/// What ends a read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Enter, of either part of the keyboard.
    #[default]
    Enter,
    /// Tab.
    Tab,
}

/// Why a grammar cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum WedgeGrammarError {
    /// A person could pass for the reader, or the reader could not keep up.
    #[error("gap_ms must be {FASTEST_MS} to {SLOWEST_MS}: no person types so fast")]
    Gap,
    /// A prefix or suffix that no wedge can type here.
    #[error("prefix and suffix may hold printable ASCII only, at most 16 characters")]
    Unprintable,
}

/// Why what was typed was no badge: for the log, without what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WedgeError {
    /// Slower than a reader.
    #[error("typed too slowly for a reader")]
    TooSlow,
    /// More keys than any badge has.
    #[error("longer than a badge")]
    TooLong,
    /// A key that no badge has: Control, a function key.
    #[error("a key that no badge has")]
    ForeignKey,
    /// Events were lost.
    #[error("keys were lost")]
    Lost,
    /// Prefix, suffix or badge are not so.
    #[error("not a badge of the set-up")]
    NotABadge,
}

impl WedgeGrammar {
    /// Whether it can be used.
    ///
    /// # Errors
    /// When it cannot.
    pub fn check(&self) -> Result<(), WedgeGrammarError> {
        if !(FASTEST_MS..=SLOWEST_MS).contains(&self.gap_ms) {
            return Err(WedgeGrammarError::Gap);
        }
        let plain = |text: &String| {
            text.len() <= 16 && text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
        };
        if plain(&self.prefix) && plain(&self.suffix) {
            Ok(())
        } else {
            Err(WedgeGrammarError::Unprintable)
        }
    }
}

/// Takes a wedge's keys apart.
#[derive(Debug)]
pub struct WedgeKeys {
    grammar: WedgeGrammar,
    typed: Vec<u8>,
    shifts: [bool; 2],
    last: u64,
    /// Why everything up to the next end is no badge.
    spoilt: Option<WedgeError>,
}

impl WedgeKeys {
    /// A reader of this grammar.
    pub fn new(grammar: WedgeGrammar) -> Self {
        Self {
            grammar,
            // Never grown, so that no half of a badge or a paper stays behind.
            typed: Vec::with_capacity(MOST_PAPER_CHARACTERS),
            shifts: [false; 2],
            last: 0,
            spoilt: None,
        }
    }

    /// Takes an event of the reader.
    pub fn take(&mut self, raw: Raw) -> Option<Result<BadgeEvent, WedgeError>> {
        match (raw.kind, raw.code) {
            (EV_SYN, SYN_DROPPED) => {
                self.shifts = [false; 2];
                self.spoilt = Some(WedgeError::Lost);
                None
            }
            (EV_KEY, KEY_LEFTSHIFT) => self.shift(0, raw),
            (EV_KEY, KEY_RIGHTSHIFT) => self.shift(1, raw),
            // Neither lifting a key nor holding it types anything.
            (EV_KEY, code) if raw.value == PRESSED => self.press(code, raw.at),
            _ => None,
        }
    }

    /// Another reader, or the same one again.
    pub fn begin_anew(&mut self) {
        self.shifts = [false; 2];
        self.spoilt = None;
        self.wipe();
    }

    fn shift(&mut self, which: usize, raw: Raw) -> Option<Result<BadgeEvent, WedgeError>> {
        if let Some(shift) = self.shifts.get_mut(which) {
            *shift = raw.value != 0;
        }
        None
    }

    fn press(&mut self, code: u16, at: u64) -> Option<Result<BadgeEvent, WedgeError>> {
        let gap = u64::from(self.grammar.gap_ms) * 1_000;
        let quick = at >= self.last && at - self.last <= gap;
        self.last = at;
        let ends = match self.grammar.end {
            End::Enter => code == KEY_ENTER || code == KEY_KPENTER,
            End::Tab => code == KEY_TAB,
        };
        if !quick && ends && !self.typed.is_empty() {
            self.spoil(WedgeError::TooSlow);
        } else if !quick {
            // What was typed before a pause is not of this badge.
            self.spoilt = None;
            self.wipe();
        }
        if ends {
            return self.end();
        }
        let most = if self.typed.starts_with(PAPER_FORM.as_bytes()) {
            MOST_PAPER_CHARACTERS
        } else {
            MOST_KEYS
        };
        match character(code, self.shifts != [false; 2]) {
            Some(byte) if self.typed.len() < most => self.typed.push(byte),
            Some(_) => self.spoil(WedgeError::TooLong),
            None => self.spoil(WedgeError::ForeignKey),
        }
        None
    }

    fn spoil(&mut self, why: WedgeError) {
        self.spoilt.get_or_insert(why);
    }

    fn end(&mut self) -> Option<Result<BadgeEvent, WedgeError>> {
        let typed = std::mem::take(&mut self.typed);
        let spoilt = self.spoilt.take();
        let read = match spoilt {
            Some(why) => Some(Err(why)),
            // Enter alone is not worth a word.
            None if typed.is_empty() => None,
            None => Some(self.read(&typed)),
        };
        self.typed = typed;
        self.wipe();
        read
    }

    /// What was on a badge does not stay.
    fn wipe(&mut self) {
        self.typed.fill(0);
        self.typed.clear();
    }

    fn read(&self, typed: &[u8]) -> Result<BadgeEvent, WedgeError> {
        let text = str::from_utf8(typed).map_err(|_| WedgeError::NotABadge)?;
        // Whatever is set up for badges: the paper has checks of its own.
        if let Some(paper) = PaperText::parse(text) {
            return Ok(BadgeEvent::Paper(paper));
        }
        let text = text.strip_prefix(self.grammar.prefix.as_str());
        let badge = text.and_then(|text| text.strip_suffix(self.grammar.suffix.as_str()));
        let badge = badge.and_then(|badge| self.grammar.badge.read(badge));
        badge.map(BadgeEvent::Read).ok_or(WedgeError::NotABadge)
    }
}

/// What a key types on a keyboard of the United States, the layout that wedges are delivered with.
fn character(code: u16, shift: bool) -> Option<u8> {
    const ROWS: [(u16, &[u8], &[u8]); 5] = [
        (2, b"1234567890-=", b"!@#$%^&*()_+"),
        (16, b"qwertyuiop[]", b"QWERTYUIOP{}"),
        (30, b"asdfghjkl;'`", b"ASDFGHJKL:\"~"),
        (43, b"\\zxcvbnm,./", b"|ZXCVBNM<>?"),
        (71, b"789-456+1230.", b"789-456+1230."),
    ];
    if code == 57 {
        return Some(b' ');
    }
    ROWS.iter().find_map(|(first, plain, shifted)| {
        let place = usize::from(code.checked_sub(*first)?);
        let row = if shift { shifted } else { plain };
        row.get(place).copied()
    })
}
