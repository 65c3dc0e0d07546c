//! Finding words in what people wrote, whatever their script, accents or case.
//!
//! A text is read as *terms*. Where a script puts spaces between words, a term is a word in its folded
//! form: lower case, without accents and vowel signs, so that "Jose" finds "José", "đường" is found by
//! "duong" and Arabic with and without its short vowels is one. Where a script has no spaces (Chinese,
//! Japanese, Thai), every letter stands for itself and two neighbours are a term.

use std::fmt;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use zeroize::Zeroize;

use super::ConnectionId;

/// Counts up when the same messages give other terms: an index made by other rules is made anew.
/// Since 2, what they wrote themselves is in it whatever became of it.
pub const RULES: u32 = 2;
/// The most characters of a term: what is longer is found by its beginning.
pub const TERM_CHARS: usize = 40;
/// The most words of a query that count.
pub const WORDS: usize = 8;

/// What of a hit stands before the word that was found.
const BEFORE_CHARS: usize = 18;
/// What of a hit stands after it.
const AFTER_CHARS: usize = 120;

/// What somebody looks for. `Debug` tells none of the words.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Words that all have to be there, each at least as the beginning of a word.
    pub words: Words,
    /// Only what came in and was not opened.
    pub unread_only: bool,
    /// Only what the resident has starred.
    pub starred: bool,
    /// Only what was written with this contact.
    pub with: Option<ConnectionId>,
}

impl Query {
    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && !self.unread_only && !self.starred && self.with.is_none()
    }
}

/// The words of a query, folded. Wiped when dropped; `Debug` tells none.
#[derive(Clone, Default)]
pub struct Words(Vec<Needle>);

#[derive(Clone)]
enum Needle {
    /// The beginning of a word; a single letter is a word of its own.
    Word(String),
    /// Letters of a script without spaces, side by side.
    Run(Vec<String>),
}

/// A term an index is asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct Term {
    /// The term, or how it begins. Letters and digits only.
    pub text: String,
    /// Whether longer terms count too.
    pub begins: bool,
}

/// A piece of a text with the words that were found in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Snippet {
    /// The piece, on one line.
    pub text: String,
    /// Where in it the words are, in bytes, in order, apart from one another.
    pub hits: Vec<Range<usize>>,
}

impl Words {
    /// Reads what was typed, as it stands on the screen.
    pub fn parse(typed: &str) -> Self {
        let mut needles: Vec<Needle> = Vec::new();
        for mut token in tokens(typed) {
            match (needles.last_mut(), token.letter) {
                (Some(Needle::Run(run)), Some(Letter::Next)) => run.push(token.take()),
                (_, Some(_)) => needles.push(Needle::Run(vec![token.take()])),
                (_, None) => needles.push(Needle::Word(token.take())),
            }
            if needles.len() > WORDS {
                needles.truncate(WORDS);
                break;
            }
        }
        Self(needles)
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The terms a text has that holds these words; it may have them and not hold the words.
    pub fn terms(&self) -> Vec<Term> {
        let mut terms = Vec::new();
        for needle in &self.0 {
            match needle {
                Needle::Word(word) => terms.push(Term {
                    begins: word.chars().nth(1).is_some(),
                    text: shortened(word).to_owned(),
                }),
                Needle::Run(run) => match run.as_slice() {
                    [only] => terms.push(Term {
                        text: only.clone(),
                        begins: true,
                    }),
                    many => terms.extend(many.windows(2).map(|pair| Term {
                        text: pair.concat(),
                        begins: false,
                    })),
                },
            }
        }
        terms
    }

    /// Where in `text` these words are, in bytes and in order; `None` unless all of them are there.
    pub fn find(&self, text: &str) -> Option<Vec<Range<usize>>> {
        let tokens = tokens(text);
        let mut found = Vec::new();
        for needle in &self.0 {
            let before = found.len();
            match needle {
                Needle::Word(word) => {
                    let lone = word.chars().nth(1).is_none();
                    let fits = |token: &&Token| {
                        token.letter.is_none()
                            && if lone {
                                token.text == *word
                            } else {
                                token.text.starts_with(word.as_str())
                            }
                    };
                    found.extend(tokens.iter().filter(fits).map(|token| token.place.clone()));
                }
                Needle::Run(run) => {
                    let fits = |window: &&[Token]| {
                        let same = window
                            .iter()
                            .zip(run)
                            .all(|(t, letter)| t.letter.is_some() && t.text == *letter);
                        let joined = |t: &Token| t.letter == Some(Letter::Next);
                        same && window.iter().skip(1).all(joined)
                    };
                    let place = |window: &[Token]| {
                        let (first, last) = (window.first()?, window.last()?);
                        Some(first.place.start..last.place.end)
                    };
                    let windows = tokens.windows(run.len()).filter(fits);
                    found.extend(windows.filter_map(place));
                }
            }
            if found.len() == before {
                return None;
            }
        }
        Some(apart(found))
    }
}

impl Drop for Words {
    fn drop(&mut self) {
        for needle in &mut self.0 {
            match needle {
                Needle::Word(word) => word.zeroize(),
                Needle::Run(run) => run.zeroize(),
            }
        }
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words(_)")
    }
}

/// Every term of a text; the same one may come more than once.
pub fn terms_of(text: &str) -> Vec<String> {
    let tokens = tokens(text);
    let mut terms = Vec::with_capacity(tokens.len());
    let mut rest = tokens.as_slice();
    while let [token, after @ ..] = rest {
        rest = after;
        let mut term = shortened(&token.text).to_owned();
        if token.letter.is_some()
            && let Some(next) = after.first().filter(|t| t.letter == Some(Letter::Next))
        {
            term.push_str(&next.text);
        }
        terms.push(term);
    }
    terms
}

/// The words of a text in their folded form, those of scripts without spaces letter by letter.
pub fn folded_words(text: &str) -> Vec<String> {
    tokens(text).into_iter().map(|token| token.text).collect()
}

/// The piece of `text` around its first hit, on one line; its beginning if there is no hit.
pub fn snippet(text: &str, hits: &[Range<usize>]) -> Snippet {
    let first = hits.first().map_or(0, |hit| hit.start);
    let before = text.get(..first).unwrap_or_default();
    let mut start = before
        .char_indices()
        .rev()
        .take(BEFORE_CHARS)
        .take_while(|(_, c)| *c != '\n')
        .last()
        .map_or(first, |(at, _)| at);
    // Not in the middle of a word, if there is another one.
    if start > 0
        && !before
            .get(..start)
            .is_some_and(|b| b.ends_with(char::is_whitespace))
        && let Some(space) = before.get(start..).and_then(|piece| piece.find(' '))
    {
        start += space + 1;
    }
    let tail = text.get(start..).unwrap_or_default();
    let end = tail
        .char_indices()
        .nth(BEFORE_CHARS + AFTER_CHARS)
        .map_or(text.len(), |(at, _)| start + at);
    let mut piece = String::new();
    if start > 0 {
        piece.push('…');
    }
    let shift = piece.len();
    let body = text.get(start..end).unwrap_or_default();
    // As long as what it stands for, so that the places stay right.
    piece.extend(body.chars().map(|c| if c == '\n' { ' ' } else { c }));
    if end < text.len() {
        piece.push('…');
    }
    let within = hits
        .iter()
        .filter(|hit| hit.start >= start && hit.end <= end);
    Snippet {
        hits: within
            .map(|hit| hit.start - start + shift..hit.end - start + shift)
            .collect(),
        text: piece,
    }
}

/// A word, or a letter of a script without spaces.
struct Token {
    text: String,
    place: Range<usize>,
    letter: Option<Letter>,
}

impl Token {
    fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Letter {
    /// The first of a run.
    First,
    /// Right after another one.
    Next,
}

fn tokens(text: &str) -> Vec<Token> {
    let mut all: Vec<Token> = Vec::new();
    // Whether the last token can go on with what follows.
    let mut open = false;
    let mut folded = String::new();
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        if is_silent(c) {
            if open && let Some(last) = all.last_mut() {
                last.place.end = end;
            }
            continue;
        }
        if !c.is_alphanumeric() {
            open = false;
            continue;
        }
        folded.clear();
        fold(c, &mut folded);
        let unspaced = is_unspaced(c);
        match all.last_mut() {
            Some(last) if open && !unspaced && last.letter.is_none() => {
                last.text.push_str(&folded);
                last.place.end = end;
            }
            last => {
                let follows = open && last.is_some_and(|last| last.letter.is_some());
                let letter = if follows { Letter::Next } else { Letter::First };
                all.push(Token {
                    text: folded.clone(),
                    place: at..end,
                    letter: unspaced.then_some(letter),
                });
            }
        }
        open = true;
    }
    folded.zeroize();
    all
}

/// Says nothing for itself: accents, vowel signs, the stroke that only lengthens an Arabic word.
fn is_silent(c: char) -> bool {
    !c.is_ascii() && (is_combining_mark(c) || matches!(c, '\u{640}' | '\u{200c}' | '\u{200d}'))
}

/// Adds `c` without accents, in lower case; letters that differ only in how they are written are one.
fn fold(c: char, out: &mut String) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
        return;
    }
    for part in std::iter::once(c).nfkd().filter(|part| !is_silent(*part)) {
        for lower in part.to_lowercase().filter(|lower| !is_silent(*lower)) {
            match lower {
                'đ' | 'ð' => out.push('d'),
                'ı' => out.push('i'),
                'ł' => out.push('l'),
                'ø' => out.push('o'),
                'ß' => out.push_str("ss"),
                'æ' => out.push_str("ae"),
                'œ' => out.push_str("oe"),
                'þ' => out.push_str("th"),
                'ς' => out.push('σ'),
                // Alef, ya, kaf and the end of a word as people type them.
                '\u{671}' => out.push('\u{627}'),
                '\u{649}' | '\u{6cc}' => out.push('\u{64a}'),
                '\u{6a9}' => out.push('\u{643}'),
                '\u{629}' => out.push('\u{647}'),
                // What is left may not break a term in two.
                other if other.is_alphanumeric() => out.push(other),
                _ => {}
            }
        }
    }
}

/// Letters of scripts that put no spaces between words.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}'          // Thai, Lao
        | '\u{1000}'..='\u{109f}'      // Burmese
        | '\u{1780}'..='\u{17ff}'      // Khmer
        | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}' // Kana
        | '\u{3005}'..='\u{3007}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' // Han
        | '\u{20000}'..='\u{3ffff}')
}

fn shortened(word: &str) -> &str {
    let end = word.char_indices().nth(TERM_CHARS).map(|(at, _)| at);
    end.and_then(|end| word.get(..end)).unwrap_or(word)
}

/// The same places in order, those that touch made one.
fn apart(mut places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    places.sort_by_key(|place| (place.start, place.end));
    let mut all: Vec<Range<usize>> = Vec::with_capacity(places.len());
    for place in places {
        match all.last_mut() {
            Some(last) if place.start <= last.end => last.end = last.end.max(place.end),
            Some(_) | None => all.push(place),
        }
    }
    all
}

#[cfg(test)]
#[path = "find_tests.rs"]
mod tests;
