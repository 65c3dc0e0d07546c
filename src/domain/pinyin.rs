//! Chinese characters by their sound: a small table of the most common ones, the likeliest first.
//!
//! It knows single characters, not words, and no tones. What is typed stands in the text as letters
//! until a character is chosen, so that nothing of it can be lost.

/// A syllable and its characters on each line, in the order of the alphabet.
const TABLE: &str = include_str!("pinyin/table.txt");

/// What letters may stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidates {
    /// How many of the letters the characters stand for, from the first.
    pub used: usize,
    /// The characters, the likeliest first.
    pub characters: Vec<char>,
}

/// The characters for the longest syllable the letters begin with; while they are no syllable yet,
/// those of the syllables they may become.
pub fn candidates(letters: &str) -> Candidates {
    let whole = (1..=letters.len().min(6))
        .rev()
        .filter_map(|end| letters.get(..end))
        .find_map(|syllable| Some((syllable.len(), characters(syllable)?)));
    if let Some((used, characters)) = whole {
        return Candidates {
            used,
            characters: characters.chars().collect(),
        };
    }
    let may_become = entries().filter(|(syllable, _)| syllable.starts_with(letters));
    Candidates {
        used: letters.len(),
        characters: may_become
            .flat_map(|(_, characters)| characters.chars().take(2))
            .collect(),
    }
}

fn characters(syllable: &str) -> Option<&'static str> {
    entries().find_map(|(name, characters)| (name == syllable).then_some(characters))
}

fn entries() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.lines().filter_map(|line| line.split_once(' '))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_is_in_order_and_holds_two_thousand_characters() {
        let mut all = BTreeSet::new();
        for (syllable, characters) in entries() {
            assert!(
                syllable.bytes().all(|b| b.is_ascii_lowercase()),
                "{syllable}"
            );
            let different: BTreeSet<char> = characters.chars().collect();
            assert_eq!(different.len(), characters.chars().count(), "{syllable}");
            assert!(
                different
                    .iter()
                    .all(|c| matches!(c, '\u{4e00}'..='\u{9fff}'))
            );
            all.extend(different);
        }
        assert!(
            entries().count() > 380 && all.len() > 2_000,
            "{}",
            all.len()
        );
        assert_eq!(entries().count(), TABLE.lines().count());
    }

    #[test]
    fn common_words_are_written_sound_by_sound() {
        for (letters, used, wanted) in [
            ("wo", 2, '我'),
            ("ma", 2, '妈'),
            ("nihao", 2, '你'),
            ("hao", 3, '好'),
            ("xie", 3, '谢'),
            ("zhuang", 6, '装'),
            ("nv", 2, '女'),
        ] {
            let found = candidates(letters);
            assert_eq!(found.used, used, "{letters}");
            assert!(found.characters.contains(&wanted), "{letters}");
        }
        assert!(
            candidates("zh").characters.contains(&'中'),
            "not yet a syllable"
        );
        assert!(candidates("zh").characters.len() > 10);
        assert!(candidates("xq").characters.is_empty(), "no such sound");
    }
}
