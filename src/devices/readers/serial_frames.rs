//! From the bytes of a serial line to badges. Pure.

use super::grammar::{ChecksumKind, ChecksumOver, ChecksumPlace, Frame, Grammar};
use crate::domain::badge::{
    BadgeEvent, MOST_CHARACTERS, MOST_PAPER_CHARACTERS, PAPER_FORM, PaperText,
};

const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const CR: u8 = b'\r';
const LF: u8 = b'\n';
/// Prefix, suffix, checksum and a badge of the greatest length; a longer message is none.
const MOST_BYTES: usize = MOST_CHARACTERS + 48;
/// What may come after the last character.
const ETX_AND_CHECKSUM: usize = 8;
/// Bytes of one message follow each other within this, in microseconds.
const GAP: u64 = 500_000;

/// Why a message was no badge: for the log, without what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// More bytes than any badge has.
    #[error("a message longer than a badge")]
    TooLong,
    /// It stopped in the middle.
    #[error("a message that was not finished")]
    Cut,
    /// Prefix or suffix were not there.
    #[error("a message without the prefix or suffix of the set-up")]
    NotOurs,
    /// The checksum was wrong.
    #[error("a message with a wrong checksum")]
    Checksum,
    /// What is left is no badge.
    #[error("a message that is no badge")]
    NotABadge,
}

/// What came of a byte.
pub type Taken = Option<Result<BadgeEvent, FrameError>>;

/// Takes a serial line apart.
#[derive(Debug)]
pub struct SerialFrames {
    grammar: Grammar,
    state: State,
    bytes: Vec<u8>,
    last: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Between messages.
    Outside,
    /// In one.
    Inside,
    /// After ETX, with that many bytes of checksum still to come.
    Checksum(usize),
    /// In one that is no good, until it ends.
    Skipping,
}

impl SerialFrames {
    /// A line of this grammar.
    pub fn new(grammar: Grammar) -> Self {
        Self {
            grammar,
            state: State::Outside,
            // Never grown, so that no half of a badge or a paper stays behind.
            bytes: Vec::with_capacity(MOST_PAPER_CHARACTERS + ETX_AND_CHECKSUM),
            last: 0,
        }
    }

    /// Takes a byte that came at `at`, in microseconds.
    pub fn take(&mut self, byte: u8, at: u64) -> Taken {
        let late = at.saturating_sub(self.last) > GAP;
        self.last = at;
        let cut = late && !matches!(self.state, State::Outside);
        let unfinished = cut && self.state != State::Skipping;
        if cut {
            self.end(State::Outside);
        }
        let taken = match self.grammar.frame {
            Frame::Line => self.take_line(byte),
            Frame::StxEtx => self.take_framed(byte),
        };
        taken.or(unfinished.then_some(Err(FrameError::Cut)))
    }

    fn take_line(&mut self, byte: u8) -> Taken {
        if byte != CR && byte != LF {
            return self.keep(byte);
        }
        let inside = self.state == State::Inside && !self.bytes.is_empty();
        let read = inside.then(|| self.read(&self.bytes, None));
        self.end(State::Outside);
        read
    }

    fn take_framed(&mut self, byte: u8) -> Taken {
        match (self.state, byte) {
            (State::Checksum(left), _) => {
                self.bytes.push(byte);
                if left > 1 {
                    self.state = State::Checksum(left - 1);
                    return None;
                }
                let (text, sum) = self
                    .bytes
                    .split_at(self.bytes.len() - self.grammar.after_etx());
                let read = self.read(text, Some(sum));
                self.end(State::Outside);
                Some(read)
            }
            (_, STX) => {
                let cut = self.state == State::Inside;
                self.end(State::Inside);
                cut.then_some(Err(FrameError::Cut))
            }
            (State::Inside, ETX) => {
                let after = self.grammar.after_etx();
                if after > 0 {
                    self.state = State::Checksum(after);
                    return None;
                }
                let read = self.read(&self.bytes, None);
                self.end(State::Outside);
                Some(read)
            }
            (State::Outside, _) => None,
            (State::Skipping, ETX) => {
                self.end(State::Outside);
                None
            }
            (State::Inside | State::Skipping, _) => self.keep(byte),
        }
    }

    fn keep(&mut self, byte: u8) -> Taken {
        if self.state == State::Skipping {
            return None;
        }
        self.state = State::Inside;
        let most = if self.bytes.starts_with(PAPER_FORM.as_bytes()) {
            MOST_PAPER_CHARACTERS
        } else {
            MOST_BYTES
        };
        if self.bytes.len() >= most {
            self.end(State::Skipping);
            return Some(Err(FrameError::TooLong));
        }
        self.bytes.push(byte);
        None
    }

    fn end(&mut self, to: State) {
        // What was on a badge does not stay.
        self.bytes.fill(0);
        self.bytes.clear();
        self.state = to;
    }

    fn read(&self, bytes: &[u8], after_etx: Option<&[u8]>) -> Result<BadgeEvent, FrameError> {
        let grammar = &self.grammar;
        let text = str::from_utf8(bytes).map_err(|_| FrameError::NotABadge)?;
        // Readers of the 125 kHz kind end the text with CR LF before ETX.
        let text = text.trim_end_matches(['\r', '\n']);
        // Whatever is set up for badges: the paper has checks of its own.
        if let Some(paper) = PaperText::parse(text) {
            return Ok(BadgeEvent::Paper(paper));
        }
        if grammar.gone.as_deref() == Some(text) {
            return Ok(BadgeEvent::Gone);
        }
        let body = text
            .strip_suffix(grammar.suffix.as_str())
            .ok_or(FrameError::NotOurs)?;
        let body = self.check(body, bytes, after_etx)?;
        let badge = body
            .strip_prefix(grammar.prefix.as_str())
            .ok_or(FrameError::NotOurs)?;
        grammar
            .badge
            .read(badge)
            .map(BadgeEvent::Read)
            .ok_or(FrameError::NotABadge)
    }

    /// Prefix and badge, once the checksum is right.
    fn check<'a>(
        &self,
        body: &'a str,
        whole: &[u8],
        after_etx: Option<&[u8]>,
    ) -> Result<&'a str, FrameError> {
        let checksum = self.grammar.checksum;
        if checksum.kind == ChecksumKind::None {
            return Ok(body);
        }
        let (body, said) = match (checksum.place, after_etx) {
            (ChecksumPlace::AfterEtx, Some(sum)) => (
                body,
                sum.iter().fold(0, |all, byte| all << 8 | u16::from(*byte)),
            ),
            (ChecksumPlace::Hex | ChecksumPlace::AfterEtx, _) => {
                let digits = checksum.kind.bytes() * 2;
                let at = body.len().checked_sub(digits).ok_or(FrameError::Checksum)?;
                let (body, sum) = body.split_at_checked(at).ok_or(FrameError::Checksum)?;
                let hex = sum.bytes().all(|byte| byte.is_ascii_hexdigit());
                let sum = hex.then(|| u16::from_str_radix(sum, 16).ok()).flatten();
                (body, sum.ok_or(FrameError::Checksum)?)
            }
        };
        let computed = match (checksum.over, checksum.place) {
            (ChecksumOver::HexBytes, _) => {
                let badge = body.strip_prefix(self.grammar.prefix.as_str());
                let bytes = badge.and_then(hex_bytes).ok_or(FrameError::Checksum)?;
                checksum.kind.of(&bytes)
            }
            (ChecksumOver::Text, ChecksumPlace::Hex) => checksum.kind.of(body.as_bytes()),
            // Everything between STX and ETX, and ETX itself.
            (ChecksumOver::Text, ChecksumPlace::AfterEtx) => {
                checksum.kind.of(&[whole, &[ETX]].concat())
            }
        };
        if computed == said {
            Ok(body)
        } else {
            Err(FrameError::Checksum)
        }
    }
}

fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| {
            let digits = str::from_utf8(pair)
                .ok()
                .filter(|digits| digits.len() == 2)?;
            let hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            hex.then(|| u8::from_str_radix(digits, 16).ok()).flatten()
        })
        .collect()
}
