//! A text being written: words, cursor, selection, and taking steps back.
//!
//! Places are bytes, and always at the border of what a person sees as one character. What goes in is
//! made safe first, and composed (NFC); no text grows past its limit.

#[cfg(test)]
mod tests;

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};
use zeroize::Zeroize;

/// The most lines of a text: the renderer cannot draw one of any height.
pub const MOST_LINES: usize = 200;
/// The most steps that can be taken back.
pub const MOST_STEPS: usize = 300;

/// A text being written. Without `Debug`: it is somebody's words.
pub struct Editor {
    text: String,
    cursor: usize,
    anchor: usize,
    selecting: bool,
    most_chars: usize,
    version: u64,
    done: Vec<Step>,
    undone: Vec<Step>,
}

/// One change: at a place, what went and what came.
struct Step {
    at: usize,
    removed: String,
    inserted: String,
    kind: StepKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum StepKind {
    /// Letters of one word typed one after the other are one step.
    Typed,
    Other,
}

impl Drop for Step {
    fn drop(&mut self) {
        self.removed.zeroize();
        self.inserted.zeroize();
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

impl Editor {
    /// A text with the cursor at its end, which may grow to `most_chars` characters.
    pub fn new(text: &str, most_chars: usize) -> Self {
        let text: String = text.nfc().collect();
        let end = text.len();
        Self {
            text,
            cursor: end,
            anchor: end,
            selecting: false,
            most_chars,
            version: 0,
            done: Vec::new(),
            undone: Vec::new(),
        }
    }

    /// The words.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the next letter goes.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Where the selection began; the cursor, if there is none.
    pub fn anchor(&self) -> usize {
        self.anchor
    }

    /// Whether moving the cursor selects.
    pub fn is_selecting(&self) -> bool {
        self.selecting
    }

    /// Counts up with every change of the words.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// How many characters there are, as central counts them.
    pub fn chars(&self) -> usize {
        self.text.chars().count()
    }

    /// Whether there is nothing to read.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// What is selected.
    pub fn selected(&self) -> &str {
        self.text.get(self.selection()).unwrap_or_default()
    }

    /// Whether a step can be taken back.
    pub fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    /// Whether a step that was taken back can be done again.
    pub fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// Puts something in place of the selection; `false` if it would be too much.
    pub fn insert(&mut self, what: &str) -> bool {
        let what = sifted(what);
        let typed = !what.is_empty() && what.graphemes(true).nth(1).is_none();
        let kind = if typed && self.selection().is_empty() {
            StepKind::Typed
        } else {
            StepKind::Other
        };
        self.replace(self.selection(), &what, kind)
    }

    /// Puts something in place of what is before the cursor, from `start` on.
    pub fn swap(&mut self, start: usize, what: &str) -> bool {
        let range = start..self.cursor;
        self.text.get(range.clone()).is_some()
            && self.replace(range, &sifted(what), StepKind::Other)
    }

    /// Takes the selection away, or the character before the cursor.
    pub fn delete(&mut self) -> bool {
        let mut range = self.selection();
        if range.is_empty() {
            range.start = before(&self.text, self.cursor);
        }
        !range.is_empty() && self.replace(range, "", StepKind::Other)
    }

    /// Puts a mark on the letter before the cursor, in place of another of the same `family`; the
    /// same mark once more takes it off. `bears` says which letters take it: the nearest of the word
    /// does.
    pub fn mark(&mut self, mark: char, family: &[char], bears: impl Fn(char) -> bool) -> bool {
        self.anchor = self.cursor;
        let head = self.text.get(..self.cursor).unwrap_or_default();
        let mut found = None;
        for (at, letter) in head.grapheme_indices(true).rev() {
            let base = letter.nfd().next().unwrap_or(' ');
            if bears(base) {
                found = Some((at, letter));
                break;
            }
            if !base.is_alphabetic() {
                break;
            }
        }
        let Some((at, letter)) = found else {
            return false;
        };
        let had = letter.nfd().any(|c| c == mark);
        let bare = letter.nfd().filter(|c| !family.contains(c));
        let new: String = bare.chain((!had).then_some(mark)).nfc().collect();
        let (end, back) = (at + letter.len(), self.cursor - at - letter.len());
        let changed = self.replace(at..end, &new, StepKind::Other);
        self.put_cursor(self.cursor + back);
        self.anchor = self.cursor;
        changed
    }

    /// One character to the left, as it is seen.
    pub fn left(&mut self) {
        if self.is_right_to_left() {
            self.forward();
        } else {
            self.backward();
        }
    }

    /// One character to the right, as it is seen.
    pub fn right(&mut self) {
        if self.is_right_to_left() {
            self.backward();
        } else {
            self.forward();
        }
    }

    /// Puts cursor and selection where they are pointed to.
    pub fn place(&mut self, anchor: usize, cursor: usize) {
        let kept = self.anchor;
        self.put_cursor(cursor);
        self.anchor = if self.selecting {
            kept
        } else {
            at_border(&self.text, anchor)
        };
    }

    /// From here on, or no longer, moving the cursor selects.
    pub fn toggle_selecting(&mut self) {
        self.selecting = !self.selecting;
        self.anchor = self.cursor;
    }

    /// Selects all of it.
    pub fn select_all(&mut self) {
        self.anchor = 0;
        self.cursor = self.text.len();
    }

    /// Takes the last step back.
    pub fn undo(&mut self) -> bool {
        let Some(step) = self.done.pop() else {
            return false;
        };
        self.splice(step.at..step.at + step.inserted.len(), &step.removed);
        self.undone.push(step);
        true
    }

    /// Does again what was taken back last.
    pub fn redo(&mut self) -> bool {
        let Some(step) = self.undone.pop() else {
            return false;
        };
        self.splice(step.at..step.at + step.removed.len(), &step.inserted);
        self.done.push(step);
        true
    }

    fn selection(&self) -> Range<usize> {
        self.anchor.min(self.cursor)..self.anchor.max(self.cursor)
    }

    fn backward(&mut self) {
        let range = self.selection();
        let to = if self.selecting || range.is_empty() {
            before(&self.text, self.cursor)
        } else {
            range.start
        };
        self.step_to(to);
    }

    fn forward(&mut self) {
        let range = self.selection();
        let to = if self.selecting || range.is_empty() {
            after(&self.text, self.cursor)
        } else {
            range.end
        };
        self.step_to(to);
    }

    fn step_to(&mut self, to: usize) {
        self.cursor = to;
        if !self.selecting {
            self.anchor = to;
        }
    }

    fn put_cursor(&mut self, to: usize) {
        self.cursor = at_border(&self.text, to);
    }

    /// Whether the paragraph the cursor is in reads from right to left.
    fn is_right_to_left(&self) -> bool {
        let head = self.text.get(..self.cursor).unwrap_or_default();
        let start = head.rfind('\n').map_or(0, |at| at + 1);
        let paragraph = self.text.get(start..).unwrap_or_default();
        paragraph
            .chars()
            .take_while(|c| *c != '\n')
            .find(|c| c.is_alphabetic())
            .is_some_and(
                |c| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'),
            )
    }

    fn replace(&mut self, range: Range<usize>, with: &str, kind: StepKind) -> bool {
        let removed = self.text.get(range.clone()).unwrap_or_default().to_owned();
        if removed.is_empty() && with.is_empty() {
            return false;
        }
        let grows = with.chars().count() > removed.chars().count();
        let chars = self.chars() - removed.chars().count() + with.chars().count();
        let breaks = |text: &str| text.matches('\n').count();
        let lines = breaks(&self.text) - breaks(&removed) + breaks(with);
        let more_lines = breaks(with) > breaks(&removed);
        if (grows && chars > self.most_chars) || (more_lines && lines >= MOST_LINES) {
            return false;
        }
        let step = Step {
            at: range.start,
            removed,
            inserted: with.to_owned(),
            kind,
        };
        self.splice(range, with);
        self.selecting = false;
        self.undone.clear();
        self.remember(step);
        true
    }

    fn splice(&mut self, range: Range<usize>, with: &str) {
        let end = range.start + with.len();
        self.text.replace_range(range, with);
        self.put_cursor(end);
        self.anchor = self.cursor;
        self.version += 1;
    }

    /// A letter that goes on with a word joins its step.
    fn remember(&mut self, step: Step) {
        if let Some(last) = self.done.last_mut()
            && last.kind == StepKind::Typed
            && step.kind == StepKind::Typed
            && last.at + last.inserted.len() == step.at
            && !step.inserted.starts_with(char::is_whitespace)
            && !last.inserted.ends_with(char::is_whitespace)
        {
            last.inserted.push_str(&step.inserted);
            return;
        }
        if self.done.len() == MOST_STEPS {
            self.done.remove(0);
        }
        self.done.push(step);
    }
}

/// What may stand in a text: line ends as `\n`, no control or format character, composed.
fn sifted(what: &str) -> String {
    what.replace("\r\n", "\n")
        .chars()
        .filter(|c| *c == '\n' || !(c.is_control() || is_format(*c)))
        .nfc()
        .collect()
}

/// What turns text around or is drawn by nothing. Joiners stay: scripts are spelled with them.
fn is_format(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// The border of a character at `at`, or the next one.
fn at_border(text: &str, at: usize) -> usize {
    let at = text.ceil_char_boundary(at.min(text.len()));
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    match cursor.is_boundary(text, 0) {
        Ok(true) => at,
        Ok(false) | Err(_) => after(text, at),
    }
}

fn before(text: &str, at: usize) -> usize {
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    cursor.prev_boundary(text, 0).ok().flatten().unwrap_or(0)
}

fn after(text: &str, at: usize) -> usize {
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    cursor
        .next_boundary(text, 0)
        .ok()
        .flatten()
        .unwrap_or(text.len())
}
