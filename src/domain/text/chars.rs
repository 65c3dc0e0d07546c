//! Character by character: what stays, what goes, and how much may stand on one base.

use unicode_general_category::{GeneralCategory, get_general_category};

/// The most combining marks on one base.
pub const MARKS: u8 = 8;

const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
const ZERO_WIDTH_JOINER: char = '\u{200d}';

/// What a character is to us.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Base,
    Mark,
    Space,
    Tab,
    Newline,
    Joiner,
    /// Drawn by nothing or meant to deceive.
    Outcast,
}

/// Whether `c` combines with what stands before it.
pub(super) fn is_mark(c: char) -> bool {
    classify(c) == Class::Mark
}

/// Whether `c` joins its neighbours without being seen.
pub(super) fn is_joiner(c: char) -> bool {
    classify(c) == Class::Joiner
}

/// The most joiners in one chain of joined bases: real words and emoji have fewer, and so every text can
/// be cut somewhere.
const CHAIN: u8 = 8;

/// Leaves out what does not belong. A joiner stays between two characters of a script that needs it, or
/// inside an emoji, up to [`CHAIN`] of them; a mark stays on a base, up to [`MARKS`] of them.
pub(super) fn sift(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut marks = MARKS;
    let mut base: Option<char> = None;
    let mut joiner: Option<char> = None;
    let mut chain = 0;
    let mut after_return = false;
    for c in text.chars() {
        let class = classify(c);
        let line_feed_of_pair = after_return && c == '\n';
        after_return = c == '\r';
        match class {
            Class::Outcast => {}
            Class::Joiner => joiner = joiner.or(Some(c)),
            Class::Newline => {
                if !line_feed_of_pair {
                    out.push('\n');
                }
                (marks, base, joiner) = (MARKS, None, None);
            }
            Class::Tab => {
                out.push_str("    ");
                (marks, base, joiner) = (0, None, None);
            }
            Class::Space => {
                out.push(if c == BRAILLE_BLANK { ' ' } else { c });
                (marks, base, joiner) = (0, None, None);
            }
            Class::Mark if marks >= MARKS => {}
            Class::Mark | Class::Base => {
                let joiner = joiner.take().filter(|joiner| joins(*joiner, base, c));
                if let Some(joiner) = joiner.filter(|_| chain < CHAIN) {
                    out.push(joiner);
                    chain += 1;
                } else if class == Class::Base {
                    chain = 0;
                }
                out.push(c);
                if class == Class::Base {
                    (marks, base) = (0, Some(c));
                } else {
                    marks += 1;
                }
            }
        }
    }
    out
}

/// A pattern of no dots: seen as a space, so it is one.
const BRAILLE_BLANK: char = '\u{2800}';

fn classify(c: char) -> Class {
    match c {
        ' ' | '\u{a0}' | BRAILLE_BLANK => Class::Space,
        '!'..='~' => Class::Base,
        '\t' => Class::Tab,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Class::Newline,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' => Class::Outcast,
        '\u{a1}'..='\u{2ff}' => Class::Base,
        '\u{300}'..='\u{34e}' | '\u{350}'..='\u{36f}' => Class::Mark,
        ZERO_WIDTH_JOINER | ZERO_WIDTH_NON_JOINER => Class::Joiner,
        // Nothing is drawn for them though they count as letters or marks: grapheme joiner, Hangul
        // fillers, Khmer inherent vowels, the object replacement, and the ideographic variation
        // selectors, which can carry any hidden message.
        '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{3164}'
        | '\u{ffa0}'
        | '\u{fffc}'
        | '\u{e0100}'..='\u{e01ef}' => Class::Outcast,
        _ => classify_by_category(c),
    }
}

fn classify_by_category(c: char) -> Class {
    use GeneralCategory as G;
    match get_general_category(c) {
        G::NonspacingMark | G::SpacingMark | G::EnclosingMark => Class::Mark,
        G::SpaceSeparator => Class::Space,
        G::LineSeparator | G::ParagraphSeparator => Class::Newline,
        G::Control | G::Format | G::PrivateUse | G::Surrogate | G::Unassigned => Class::Outcast,
        G::UppercaseLetter
        | G::LowercaseLetter
        | G::TitlecaseLetter
        | G::ModifierLetter
        | G::OtherLetter
        | G::DecimalNumber
        | G::LetterNumber
        | G::OtherNumber
        | G::ConnectorPunctuation
        | G::DashPunctuation
        | G::OpenPunctuation
        | G::ClosePunctuation
        | G::InitialPunctuation
        | G::FinalPunctuation
        | G::OtherPunctuation
        | G::MathSymbol
        | G::CurrencySymbol
        | G::ModifierSymbol
        | G::OtherSymbol => Class::Base,
        // A category this program does not know.
        _ => Class::Outcast,
    }
}

/// Whether `joiner` does something between what stands on `base` and `next`.
fn joins(joiner: char, base: Option<char>, next: char) -> bool {
    base.is_some_and(|base| {
        (needs_joiners(base) && needs_joiners(next))
            || (joiner == ZERO_WIDTH_JOINER && is_pictograph(base) && is_pictograph(next))
    })
}

/// Scripts that are spelled with joiners: Arabic to Sinhala, Myanmar, Khmer and Mongolian.
fn needs_joiners(c: char) -> bool {
    matches!(c, '\u{620}'..='\u{dff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{18aa}')
}

/// The blocks emoji are made of.
fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{2600}'..='\u{27bf}'
        | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}
