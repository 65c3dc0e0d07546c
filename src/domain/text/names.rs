//! What of a cleaned name stands on a badge or in a greeting.

use unicode_segmentation::UnicodeSegmentation;

/// Stands for a name without a single letter.
const NO_LETTER: &str = "?";

/// One or two letters for a badge: of the first and the last word, upper-cased where that is one letter.
/// A name written "Last, First" is read as "First Last". Never empty.
pub fn initials(name: &str) -> String {
    let letters =
        |part: &str| -> Vec<String> { part.split_whitespace().filter_map(first_letter).collect() };
    let words = match name.split_once(',') {
        Some((last, first)) => [letters(first), letters(last)].concat(),
        None => letters(name),
    };
    match words.as_slice() {
        [] => NO_LETTER.to_owned(),
        [only] => only.clone(),
        // Two joining letters side by side would read as a word.
        [first, ..] if first.chars().any(joins_its_neighbour) => first.clone(),
        [first, .., last] => format!("{first}{last}"),
    }
}

/// The name to greet somebody by: the first word, or the first after the comma of "Last, First".
pub fn first_name(name: &str) -> &str {
    let part = match name.split_once(',') {
        Some((last, first)) if first.trim().is_empty() => last,
        Some((_, first)) => first,
        None => name,
    };
    part.split_whitespace().next().unwrap_or_default()
}

/// The first letter or digit of `word` with the marks on it.
fn first_letter(word: &str) -> Option<String> {
    let seen = word
        .graphemes(true)
        .find(|seen| seen.starts_with(char::is_alphanumeric))?;
    let mut chars = seen.chars();
    let base = chars.next()?;
    let mut upper = base.to_uppercase();
    let base = match (upper.next(), upper.next()) {
        (Some(one), None) => one,
        (Some(_) | None, Some(_) | None) => base,
    };
    let mut letter = String::from(base);
    letter.extend(chars.take(usize::from(super::MARKS)));
    Some(letter)
}

/// Arabic, Syriac, N'Ko and Mongolian letters.
fn joins_its_neighbour(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{8ff}' | '\u{1800}'..='\u{18af}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}')
}
