//! Text from outside, made safe to lay out: names, notes and messages other people wrote.
//!
//! What comes out is in NFC and holds no control, format, private-use or unassigned character, no more
//! than [`MARKS`] combining marks on a base, and is bounded. Running it twice changes nothing.
//!
//! **Direction.** Cleaned text holds no bidirectional control at all: no embedding, override, isolate or
//! mark. It is isolated by layout instead: every field from outside is a text element of its own, whose
//! direction follows its own first strong letter, paragraph by paragraph. The screen never joins outside
//! text and its own words in one element, so nothing in the text can reach what stands beside it.
//! (Wrapping it in FSI and PDI would do the same on paper, but a font without them draws boxes.)

mod chars;
mod names;
#[cfg(test)]
mod tests;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use unicode_segmentation::UnicodeSegmentation;

pub use chars::MARKS;
pub use names::{first_name, initials};

/// The most bytes of one line of a block; longer ones are broken.
pub const LINE_BYTES: usize = 4 * 1024;
/// The most bytes of a block; what is beyond is left out.
pub const BLOCK_BYTES: usize = 64 * 1024;
/// The most blank lines in a row.
pub const BLANK_LINES: usize = 3;

/// What is looked at of a text at most: what is beyond could hardly come through.
const INPUT_BYTES: usize = 4 * BLOCK_BYTES;
/// How far back a line is broken at a space rather than inside a word.
const WORD_BYTES: usize = 512;
/// How far back a cut looks for the border of what a person sees as one character.
const CLUSTER_BYTES: usize = 512;

/// Cleans a text of one line, such as a name: white space becomes single spaces, and what has more than
/// `max_chars` characters ends in "…" within them.
pub fn clean_line(text: &str, max_chars: usize) -> String {
    if text.len() <= max_chars && is_plain_line(text.as_bytes()) {
        return text.to_owned();
    }
    let sifted = sift_and_compose(text);
    let mut line = String::with_capacity(sifted.len());
    for word in sifted.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    // A mark whose base was a space that is gone.
    let line = line.trim_start_matches(|c: char| c == ' ' || chars::is_mark(c));
    let Some((beyond, _)) = line.char_indices().nth(max_chars) else {
        return line.to_owned();
    };
    let room = line
        .get(..beyond)
        .and_then(|fit| fit.char_indices().next_back())
        .map_or(0, |(at, _)| at);
    let (kept, _) = line.split_at(border(line, room));
    let mut kept = kept.trim_end().to_owned();
    if max_chars > 0 {
        kept.push('…');
    }
    kept
}

/// Cleans a text of paragraphs, such as a message: line ends become `\n`, tabs four spaces, a line over
/// [`LINE_BYTES`] is broken, white space at line ends and more than [`BLANK_LINES`] blank lines in a row
/// go, and at most [`BLOCK_BYTES`] remain.
pub fn clean_block(text: &str) -> String {
    if is_plain_block(text) {
        return text.to_owned();
    }
    let sifted = sift_and_compose(text);
    let mut block = Block::default();
    for line in sifted.split('\n') {
        let mut rest = line.trim_end();
        if rest.is_empty() {
            block.blank += 1;
        }
        while !rest.is_empty() {
            let (piece, left) = rest.split_at(line_end(rest));
            if !block.push_line(piece.trim_end()) {
                return block.text;
            }
            rest = left;
        }
    }
    block.text
}

/// A block as it grows.
#[derive(Default)]
struct Block {
    text: String,
    /// Blank lines seen and not yet written.
    blank: usize,
}

impl Block {
    /// Adds a line; `false` once the block is full.
    fn push_line(&mut self, line: &str) -> bool {
        if line.is_empty() {
            return true;
        }
        let breaks = if self.text.is_empty() {
            0
        } else {
            1 + self.blank.min(BLANK_LINES)
        };
        self.blank = 0;
        let room = BLOCK_BYTES.saturating_sub(self.text.len() + breaks);
        let fits = line.len() <= room;
        let end = if fits { line.len() } else { border(line, room) };
        let kept = line.split_at(end).0.trim_end();
        if !kept.is_empty() {
            self.text.extend(std::iter::repeat_n('\n', breaks));
            self.text.push_str(kept);
        }
        fits
    }
}

/// Leaves out what does not belong, before and, since that can add marks, after normalisation.
fn sift_and_compose(text: &str) -> String {
    let looked_at = text.split_at(text.floor_char_boundary(INPUT_BYTES)).0;
    let sifted = chars::sift(looked_at);
    if is_nfc_quick(sifted.chars()) == IsNormalized::Yes {
        return sifted;
    }
    chars::sift(&sifted.nfc().collect::<String>())
}

/// Where the first line of `rest` ends: at its end, else at a space, else between characters.
fn line_end(rest: &str) -> usize {
    if rest.len() <= LINE_BYTES {
        return rest.len();
    }
    let limit = border(rest, LINE_BYTES);
    let fit = rest.split_at(limit).0;
    match fit.rfind(' ') {
        // The space goes with the white space at line ends, unless a mark stands on it.
        Some(space) if space > 0 && limit - space <= WORD_BYTES => {
            let after = space + 1;
            if stands_alone(rest, after) {
                after
            } else {
                space
            }
        }
        Some(_) | None => limit,
    }
}

/// The last place at or before `max` bytes where `text` can be cut without cutting what a person sees as
/// one character; if such a character is absurdly long, before one of its bases.
fn border(text: &str, max: usize) -> usize {
    let mut seen = 0;
    let looked_at = text
        .split_at(text.floor_char_boundary(max + CLUSTER_BYTES))
        .0;
    for (at, cluster) in looked_at.grapheme_indices(true) {
        if stands_alone(text, at) {
            seen = at;
        }
        if at + cluster.len() > max {
            break;
        }
        if at + cluster.len() == text.len() {
            return text.len();
        }
    }
    let end = text.floor_char_boundary(max);
    if end - seen <= CLUSTER_BYTES {
        return seen;
    }
    let window = text.floor_char_boundary(end - CLUSTER_BYTES);
    (window..=end)
        .rev()
        .find(|at| text.is_char_boundary(*at) && stands_alone(text, *at))
        .unwrap_or(end)
}

/// Whether what follows `at` needs nothing of what stands before it, and the other way round.
fn stands_alone(text: &str, at: usize) -> bool {
    let (before, after) = text.split_at(at);
    let joined = before.ends_with(chars::is_joiner);
    !joined && !after.starts_with(|c| chars::is_mark(c) || chars::is_joiner(c))
}

/// Printable ASCII without double spaces or spaces at its ends.
fn is_plain_line(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| matches!(b, b' '..=b'~'))
        && bytes.first() != Some(&b' ')
        && bytes.last() != Some(&b' ')
        && !bytes.windows(2).any(|pair| pair == b"  ")
}

/// Printable ASCII that is already as [`clean_block`] would leave it: most messages, at the cost of
/// reading them once.
fn is_plain_block(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() > BLOCK_BYTES || !bytes.iter().all(|b| matches!(b, b' '..=b'~' | b'\n')) {
        return false;
    }
    let ends_blank = |line: Option<&str>| line.is_none_or(|l| l.is_empty() || l.ends_with(' '));
    if text.is_empty() {
        return true;
    }
    if ends_blank(text.split('\n').next()) || ends_blank(text.split('\n').next_back()) {
        return false;
    }
    let mut blank = 0;
    text.split('\n').all(|line| {
        blank = if line.is_empty() { blank + 1 } else { 0 };
        blank <= BLANK_LINES && line.len() <= LINE_BYTES && !line.ends_with(' ')
    })
}
