use proptest::prelude::*;
use unicode_normalization::is_nfc;

use super::*;

/// One of every kind that has made trouble somewhere.
const TROUBLE: &[&str] = &[
    "a",
    "b",
    "Z",
    "1",
    " ",
    "  ",
    "\n",
    "\n\n\n\n\n",
    "\r",
    "\r\n",
    "\t",
    "\0",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{ad}",
    "é",
    "e\u{301}",
    "ß",
    "\u{300}",
    "\u{323}",
    "\u{344}",
    "\u{34f}",
    "\u{36f}",
    "\u{488}",
    "א",
    "ب",
    "\u{600}",
    "\u{61c}",
    "م\u{654}",
    "\u{64b}",
    "\u{653}",
    "ا",
    "क",
    "\u{94d}",
    "\u{93c}",
    "\u{958}",
    "র",
    "\u{9cd}",
    "\u{9be}",
    "\u{9c7}",
    "য",
    "\u{d4e}",
    "က",
    "\u{102c}",
    "\u{1037}",
    "ក",
    "\u{17d2}",
    "\u{17b4}",
    "ก",
    "\u{e33}",
    "\u{1100}",
    "\u{1161}",
    "\u{11a8}",
    "\u{115f}",
    "\u{1160}",
    "가",
    "\u{180e}",
    "\u{1d15f}",
    "\u{1d160}",
    "\u{1d165}",
    "\u{2000}",
    "\u{2002}",
    "\u{200b}",
    "\u{200c}",
    "\u{200d}",
    "\u{200e}",
    "\u{200f}",
    "\u{2028}",
    "\u{2029}",
    "\u{202a}",
    "\u{202e}",
    "\u{202f}",
    "\u{2060}",
    "\u{2066}",
    "\u{2069}",
    "\u{206a}",
    "\u{2126}",
    "\u{2800}",
    "\u{3000}",
    "\u{3099}",
    "か",
    "\u{3164}",
    "漢",
    "\u{e000}",
    "\u{f900}",
    "\u{fe0e}",
    "\u{fe0f}",
    "\u{feff}",
    "\u{ffa0}",
    "\u{fffc}",
    "\u{fffd}",
    "\u{ffff}",
    "❤",
    "🏳",
    "🌈",
    "👩",
    "🏽",
    "🚒",
    "🇺",
    "🇸",
    "1\u{fe0f}\u{20e3}",
    "\u{e0001}",
    "\u{e0067}",
    "\u{e007f}",
    "\u{e0101}",
    "\u{10ffff}",
];

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        12 => prop::sample::select(TROUBLE).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => "[a-z ]{0,40}",
        1 => (prop::sample::select(TROUBLE), 1..3_000_usize).prop_map(|(s, n)| s.repeat(n)),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn assert_clean(text: &str) {
    assert!(is_nfc(text), "not in NFC");
    let mut marks = 0;
    for c in text.chars() {
        let bidi = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        assert!(!bidi, "{:x} turns the direction", u32::from(c));
        assert!(c == '\n' || !c.is_control(), "{:x}", u32::from(c));
        let hidden = matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}' | '\u{200b}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        assert!(!hidden, "{:x} is not seen", u32::from(c));
        marks = if chars::is_mark(c) { marks + 1 } else { 0 };
        assert!(marks <= MARKS, "too many marks");
    }
}

fn assert_block(text: &str) {
    assert_clean(text);
    assert!(text.len() <= BLOCK_BYTES);
    assert!(
        text.split('\n')
            .all(|line| line.len() <= LINE_BYTES && line.trim_end() == line)
    );
    assert!(!text.contains("\n\n\n\n\n"), "more than three blank lines");
    assert!(!text.starts_with('\n') && !text.ends_with('\n'));
}

fn assert_line(text: &str, most: usize) {
    assert_clean(text);
    assert!(text.chars().count() <= most);
    assert!(!text.contains('\n') && !text.contains("  "));
    assert_eq!(text.trim(), text);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_cleaned_block_is_clean_bounded_and_stays_as_it_is(text in hostile()) {
        let once = clean_block(&text);
        assert_block(&once);
        prop_assert_eq!(clean_block(&once), once);
    }

    #[test]
    fn a_cleaned_line_is_clean_bounded_and_stays_as_it_is(text in hostile(), most in 0..80_usize) {
        let once = clean_line(&text, most);
        assert_line(&once, most);
        prop_assert_eq!(clean_line(&once, most), once);
    }

    #[test]
    fn the_way_for_plain_text_gives_what_the_long_way_gives(text in "([ -~]{0,60}\n{0,6}){0,8}") {
        // A no-break space in front sends the same words the long way; as white space of a line
        // of its own it leaves nothing behind.
        prop_assert_eq!(clean_block(&text), clean_block(&format!("\u{a0}\n{text}")));
        prop_assert_eq!(clean_line(&text, 30), clean_line(&format!("\u{a0}{text}"), 30));
    }

    #[test]
    fn initials_and_first_name_of_anything_are_short(text in hostile()) {
        let name = clean_line(&text, 60);
        let short = initials(&name);
        prop_assert!(!short.is_empty());
        prop_assert!(short.chars().filter(|c| !chars::is_mark(*c)).count() <= 2 * 9);
        prop_assert!(first_name(&name).len() <= name.len());
    }
}

#[test]
fn ordinary_letters_in_any_language_come_through_unchanged() {
    for text in [
        "Dear Maria,\n\nI miss you.\n  - your brother",
        "¿Cómo estás? Mañana te llamo, corazón.",
        "Con chào bố, con nhớ bố nhiều lắm. Ước gì bố ở đây.",
        "سلام، می\u{200c}خواهم ببینمت",
        "שלום אבא",
        "প্রিয় ভাই, র\u{200d}্যাব ক্ষমা",
        "父へ、元気ですか。가족이 보고 싶어해요.",
        "ស្រឡាញ់អ្នក",
        "Love 👨\u{200d}👩\u{200d}👧\u{200d}👦 and ❤\u{fe0f}\u{200d}🔥 👩🏽\u{200d}🚒 🇲🇽",
    ] {
        assert_eq!(clean_block(text), text);
    }
}

#[test]
fn direction_overrides_cannot_put_words_in_another_order() {
    assert_eq!(clean_line("Ann \u{202e}nedraW\u{202c}", 40), "Ann nedraW");
    assert_eq!(clean_block("\u{2067}x\u{2069}\u{200f}y"), "xy");
}

#[test]
fn zalgo_keeps_eight_marks_on_a_base() {
    let text = format!("h{}i", "\u{334}\u{489}\u{35b}".repeat(500));
    let clean = clean_line(&text, 1_000);
    assert_eq!(clean.chars().count(), 10);
    assert!(clean.starts_with('h') && clean.ends_with('i'));
}

#[test]
fn a_mark_without_a_base_goes() {
    assert_eq!(clean_line("\u{301}\u{302}Ann", 40), "Ann");
    assert_eq!(clean_block("x\n\u{301}y"), "x\ny");
    assert_eq!(clean_line("  \u{301}Ann", 40), "Ann");
}

#[test]
fn a_name_that_cannot_be_seen_is_empty() {
    for name in [
        "",
        " \u{3164}\u{2800}",
        "\u{200b}\u{feff}\u{e0041}",
        "\u{202e}\u{ad}\u{34f}",
    ] {
        assert_eq!(clean_line(name, 40), "");
    }
}

#[test]
fn line_ends_of_every_kind_are_one_kind() {
    assert_eq!(
        clean_block("a\r\nb\rc\u{85}d\u{2028}e\u{b}f\u{c}g"),
        "a\nb\nc\nd\ne\nf\ng"
    );
    assert_eq!(clean_block("a\r\n\r\nb"), "a\n\nb");
}

#[test]
fn more_than_three_blank_lines_become_three_and_tabs_become_spaces() {
    assert_eq!(
        clean_block("\n\na\n \n\n\t\n\n\n\tb  \n\n"),
        "a\n\n\n\n    b"
    );
}

#[test]
fn a_line_too_long_is_broken_at_a_space_if_there_is_one() {
    let words = "word ".repeat(3_000);
    let clean = clean_block(&words);
    assert!(clean.split('\n').count() > 3);
    assert!(clean.split(['\n', ' ']).all(|word| word == "word"));
    let endless = "x".repeat(10_000);
    let lines: Vec<usize> = clean_block(&endless).split('\n').map(str::len).collect();
    assert_eq!(lines, [4_096, 4_096, 1_808]);
}

#[test]
fn a_text_too_long_ends_between_two_characters_a_person_sees() {
    let family = "👨\u{200d}👩\u{200d}👧\u{200d}👦";
    let clean = clean_block(&format!("{family}\n").repeat(4_000));
    assert!(clean.len() > BLOCK_BYTES - 40 && clean.len() <= BLOCK_BYTES);
    assert!(clean.split('\n').all(|line| line == family));
    let flags = clean_block(&"🇺🇸".repeat(2_000));
    assert!(flags.split('\n').all(|line| line.chars().count() % 2 == 0));
    assert_eq!(
        clean_line(&family.repeat(3), 16),
        format!("{family}{family}…")
    );
}

#[test]
fn one_character_that_never_ends_ends_too() {
    for endless in [
        "\u{1100}",
        "क\u{94d}",
        "\u{d4e}",
        "👩\u{200d}",
        "🇺",
        "\u{301}",
        "\u{200d}",
        "ب\u{200c}",
    ] {
        let text = format!("a{}", endless.repeat(100_000));
        let once = clean_block(&text);
        assert_block(&once);
        assert!(clean_block(&once) == once, "{endless:?} changes again");
        assert_line(&clean_line(&text, 80), 80);
    }
}

#[test]
fn a_long_name_says_that_there_was_more() {
    assert_eq!(
        clean_line("Maximiliana Featherstonehaugh", 12),
        "Maximiliana…"
    );
    assert_eq!(clean_line("exactly ten", 11), "exactly ten");
    assert_eq!(clean_line("anything", 1), "…");
    assert_eq!(clean_line("anything", 0), "");
}

#[test]
fn the_big_list_of_naughty_strings_comes_out_clean() {
    let list = include_str!("../../../tests/hostile/blns.txt");
    let own = include_str!("../../../tests/hostile/strings.txt");
    let mut count = 0;
    for text in list.lines().chain(
        own.lines()
            .map(unescape)
            .collect::<Vec<_>>()
            .iter()
            .map(String::as_str),
    ) {
        let block = clean_block(text);
        assert_block(&block);
        assert_eq!(clean_block(&block), block);
        let line = clean_line(text, 64);
        assert_line(&line, 64);
        assert_eq!(clean_line(&line, 64), line);
        assert!(!initials(&line).is_empty());
        count += 1;
    }
    assert!(count > 500, "{count}");
    assert_block(&clean_block(list));
}

/// Reads `\u{…}`, `\n`, `\t` and `\\` of the hostile file, which itself stays readable.
fn unescape(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        rest = match after.strip_prefix("u{").and_then(|hex| hex.split_once('}')) {
            Some((hex, rest)) => {
                out.push(char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap());
                rest
            }
            None => {
                let (code, rest) = after.split_at(1);
                out.push_str(match code {
                    "n" => "\n",
                    "t" => "\t",
                    other => other,
                });
                rest
            }
        };
    }
    out + rest
}

#[test]
fn initials_are_one_or_two_letters_in_any_script() {
    for (name, short) in [
        ("Maria Elena Garcia", "MG"),
        ("garcia, maria", "MG"),
        ("Cher", "C"),
        ("élodie o'neil", "ÉO"),
        ("'Ted' (Theodore) Ng", "TN"),
        ("李 小龍", "李小"),
        ("李小龍", "李"),
        ("علی رضایی", "ع"),
        ("क्षितिज शर्मा", "क्षिश"),
        ("ßen Straße", "ßS"),
        ("!!! 🌈", "?"),
        ("", "?"),
        ("4 Real", "4R"),
    ] {
        assert_eq!(initials(name), short, "{name}");
    }
}

#[test]
fn the_first_name_is_the_one_to_greet_by() {
    assert_eq!(first_name("Maria Elena Garcia"), "Maria");
    assert_eq!(first_name("GARCIA, MARIA E"), "MARIA");
    assert_eq!(first_name("Garcia,"), "Garcia");
    assert_eq!(first_name(""), "");
}
