use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use super::{Editor, MOST_LINES};

const PLENTY: usize = 1_000;
const TONES: [char; 5] = ['\u{300}', '\u{301}', '\u{303}', '\u{309}', '\u{323}'];

fn vowel(c: char) -> bool {
    "aeiouyAEIOUY".contains(c)
}

/// What a person may do.
#[derive(Clone, Debug)]
enum Act {
    Insert(String),
    Delete,
    Left,
    Right,
    Select,
    All,
    Undo,
    Redo,
    Place(usize, usize),
}

fn acts(text: impl Strategy<Value = String> + 'static) -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        6 => text.prop_map(Act::Insert),
        3 => Just(Act::Delete),
        2 => Just(Act::Left),
        2 => Just(Act::Right),
        1 => Just(Act::Select),
        1 => Just(Act::All),
        2 => Just(Act::Undo),
        1 => Just(Act::Redo),
        1 => (0..400_usize, 0..400_usize).prop_map(|(anchor, cursor)| Act::Place(anchor, cursor)),
    ];
    prop::collection::vec(act, 0..120)
}

fn act(editor: &mut Editor, act: &Act) {
    match act {
        Act::Insert(what) => {
            editor.insert(what);
        }
        Act::Delete => {
            editor.delete();
        }
        Act::Left => editor.left(),
        Act::Right => editor.right(),
        Act::Select => editor.toggle_selecting(),
        Act::All => editor.select_all(),
        Act::Undo => {
            editor.undo();
        }
        Act::Redo => {
            editor.redo();
        }
        Act::Place(anchor, cursor) => editor.place(*anchor, *cursor),
    }
}

/// The same as a row of characters: what an editor is without bytes, steps and limits.
#[derive(Default)]
struct Model {
    row: Vec<String>,
    cursor: usize,
    anchor: usize,
    selecting: bool,
}

impl Model {
    fn act(&mut self, act: &Act) {
        let (low, high) = (self.cursor.min(self.anchor), self.cursor.max(self.anchor));
        match act {
            Act::Insert(what) => {
                let new: Vec<String> = what.graphemes(true).map(str::to_owned).collect();
                if low == high && new.is_empty() {
                    return;
                }
                let count = new.len();
                self.row.splice(low..high, new);
                self.put(low + count);
            }
            Act::Delete if low < high => {
                self.row.drain(low..high);
                self.put(low);
            }
            Act::Delete if low > 0 => {
                self.row.remove(low - 1);
                self.put(low - 1);
            }
            Act::Left if self.selecting || low == high => self.go(self.cursor.saturating_sub(1)),
            Act::Left => self.go(low),
            Act::Right if self.selecting || low == high => {
                self.go((self.cursor + 1).min(self.row.len()));
            }
            Act::Right => self.go(high),
            Act::Select => {
                self.selecting = !self.selecting;
                self.anchor = self.cursor;
            }
            Act::All => (self.anchor, self.cursor) = (0, self.row.len()),
            Act::Delete | Act::Undo | Act::Redo | Act::Place(..) => {}
        }
    }

    fn put(&mut self, at: usize) {
        (self.cursor, self.anchor, self.selecting) = (at, at, false);
    }

    fn go(&mut self, to: usize) {
        self.cursor = to;
        if !self.selecting {
            self.anchor = to;
        }
    }
}

proptest! {
    #[test]
    fn it_does_what_a_row_of_characters_does(
        acts in acts("[a-eñéỗ你 ]{0,3}"),
    ) {
        let mut editor = Editor::new("", PLENTY);
        let mut model = Model::default();
        for one in &acts {
            if matches!(one, Act::Undo | Act::Redo | Act::Place(..)) {
                continue;
            }
            act(&mut editor, one);
            model.act(one);
            prop_assert_eq!(editor.text(), model.row.concat());
            let head: usize = model.row[..model.cursor].iter().map(String::len).sum();
            prop_assert_eq!(editor.cursor(), head);
            let from = model.cursor.min(model.anchor);
            let to = model.cursor.max(model.anchor);
            prop_assert_eq!(editor.selected(), model.row[from..to].concat());
        }
    }

    #[test]
    fn whatever_is_put_in_its_places_are_between_characters_and_its_limits_hold(
        acts in acts(any::<String>()),
    ) {
        let mut editor = Editor::new("", 60);
        for one in &acts {
            let before = (editor.text().to_owned(), editor.version());
            act(&mut editor, one);
            let text = editor.text();
            let mut borders: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
            borders.push(text.len());
            prop_assert!(borders.contains(&editor.cursor()));
            prop_assert!(borders.contains(&editor.anchor()));
            prop_assert!(text.chars().count() <= 60);
            prop_assert!(text.matches('\n').count() < MOST_LINES);
            let hidden = ['\r', '\u{202e}', '\0'];
            prop_assert!(!text.contains(hidden));
            prop_assert!((text == before.0) || editor.version() > before.1);
        }
    }

    #[test]
    fn every_step_back_can_be_taken_and_done_again(acts in acts("[a-cé\\n ]{0,4}")) {
        let mut editor = Editor::new("Dear Rosa", PLENTY);
        for one in &acts {
            act(&mut editor, one);
        }
        while editor.redo() {}
        let written = editor.text().to_owned();
        while editor.undo() {}
        prop_assert_eq!(editor.text(), "Dear Rosa");
        while editor.redo() {}
        prop_assert_eq!(editor.text(), written);
    }
}

#[test]
fn a_word_is_taken_back_at_once_and_a_space_begins_another() {
    let mut editor = Editor::new("", PLENTY);
    for letter in ["H", "i", " ", "A", "n", "a"] {
        editor.insert(letter);
    }
    editor.undo();
    assert_eq!(editor.text(), "Hi ");
    editor.undo();
    editor.undo();
    assert_eq!(editor.text(), "");
    editor.redo();
    assert_eq!(editor.text(), "Hi");
}

#[test]
fn a_tone_goes_on_the_last_vowel_of_the_word_and_another_takes_its_place() {
    let mut editor = Editor::new("xin chao Viêt", PLENTY);
    let tone = |editor: &mut Editor, mark| editor.mark(mark, &TONES, vowel);
    assert!(tone(&mut editor, '\u{323}'));
    assert_eq!(editor.text(), "xin chao Việt");
    assert!(tone(&mut editor, '\u{301}'));
    assert_eq!(editor.text(), "xin chao Viết");
    assert!(tone(&mut editor, '\u{301}'), "once more takes it off");
    assert_eq!(editor.text(), "xin chao Viêt");
    assert_eq!(editor.cursor(), editor.text().len());
    editor.undo();
    assert_eq!(editor.text(), "xin chao Viết");
    let mut empty = Editor::new("a b ", PLENTY);
    assert!(!tone(&mut empty, '\u{301}'), "no word, no tone");
}

#[test]
fn what_is_too_much_is_not_taken_and_what_was_too_much_can_still_be_shortened() {
    let mut editor = Editor::new("12345", 3);
    assert!(!editor.insert("6"));
    assert!(editor.delete());
    assert_eq!(editor.text(), "1234");
    let mut tall = Editor::new("", 10_000);
    for _ in 0..2 * MOST_LINES {
        tall.insert("\n");
    }
    assert_eq!(tall.text().len(), MOST_LINES - 1);
}

#[test]
fn arrows_follow_the_eye_in_arabic() {
    let mut editor = Editor::new("سلام", PLENTY);
    editor.right();
    assert_eq!(editor.cursor(), "سلا".len());
    editor.left();
    assert_eq!(editor.cursor(), "سلام".len());
}
