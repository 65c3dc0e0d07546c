use super::*;

fn finds(typed: &str, text: &str) -> bool {
    let words = Words::parse(typed);
    let found = words.find(text).is_some();
    if found {
        // Whatever is found by reading must be found by an index.
        let terms = terms_of(text);
        for asked in words.terms() {
            let fits = |term: &String| {
                *term == asked.text || asked.begins && term.starts_with(&asked.text)
            };
            assert!(terms.iter().any(fits), "an index would miss it");
        }
    }
    found
}

fn hit<'a>(typed: &str, text: &'a str) -> Vec<&'a str> {
    let places = Words::parse(typed).find(text).unwrap_or_default();
    places.into_iter().map(|place| &text[place]).collect()
}

#[test]
fn accents_and_case_make_no_difference_in_either_direction() {
    for (typed, text) in [
        ("jose", "Querido JOSÉ,"),
        ("José", "dear jose"),
        ("manana", "hasta mañana"),
        ("mañana", "hasta manana"),
        ("istanbul", "İstanbul"),
        ("ISTANBUL", "ıstanbul"),
        ("duong", "đường phố"),
        ("Đường", "duong pho"),
        ("viet", "tiếng Việt"),
        ("strasse", "Straße"),
        ("cafe", "cafe\u{301}"),
    ] {
        assert!(finds(typed, text), "{typed} in {text}");
    }
    assert!(!finds("jose", "josh"));
}

#[test]
fn arabic_is_found_with_and_without_its_short_vowels() {
    assert!(finds("محمد", "كَتَبَ مُحَمَّدٌ رسالة"));
    assert!(finds("مُحَمَّد", "كتب محمد رسالة"));
    assert!(finds("احمد", "يا أحمد"));
    assert!(finds("رساله", "رسالة"));
    assert!(finds("محمد", "محـــمد"));
    assert!(!finds("محمود", "محمد"));
}

#[test]
fn two_characters_of_chinese_are_enough_wherever_they_stand() {
    let text = "我们星期天去北京看你。";
    for typed in ["北京", "星期天", "京", "你", "我们", "星期天去北京看你"] {
        assert!(finds(typed, text), "{typed}");
    }
    for typed in ["京北", "天北", "北京你", "上海"] {
        assert!(!finds(typed, text), "{typed}");
    }
    // The parts alone do not make the whole.
    assert!(!finds("一二三", "一二,二三"));
    assert_eq!(hit("北京", text), ["北京"]);
    assert!(finds("北京 mom", "mom在北京"));
}

#[test]
fn a_word_is_found_by_its_beginning_and_all_words_have_to_be_there() {
    assert!(finds("gra", "my grandma"));
    assert!(!finds("ma", "my grandpa"));
    assert!(finds("kids school", "School started for the kids"));
    assert!(!finds("kids school", "School started"));
    assert!(finds("a", "a letter"));
    assert!(!finds("a", "an apple"));
    assert!(finds("don't", "I don’t know"));
    assert!(finds(&"x".repeat(60), &"x".repeat(80)));
    assert!(!finds(&"x".repeat(80), &"x".repeat(60)));
}

#[test]
fn the_whole_word_is_shown_as_found_and_neighbours_are_one() {
    let text = "Grandma, GRÁNDE grand";
    assert_eq!(hit("gran", text), ["Grandma", "GRÁNDE", "grand"]);
    assert_eq!(hit("北 京", "北京"), ["北京"]);
}

#[test]
fn nothing_typed_and_signs_alone_are_no_words() {
    for typed in ["", "  ", "\"", "* OR -", "…。", "\u{301}"] {
        let words = Words::parse(typed);
        let nothing = words.is_empty() || typed == "* OR -";
        assert!(nothing, "{typed:?}");
    }
    for typed in ["\"a\" OR words:*", "NEAR(a b)", "a\u{0}b"] {
        for term in Words::parse(typed).terms() {
            assert!(term.text.chars().all(char::is_alphanumeric), "{typed:?}");
        }
    }
    assert!(Words::parse(&"w ".repeat(1_000)).terms().len() <= WORDS);
    assert_eq!(format!("{:?}", Words::parse("secret")), "Words(_)");
}

#[test]
fn a_snippet_has_its_first_hit_near_its_beginning_and_marks_every_one() {
    let text = format!(
        "{}\nthe school and the School {}",
        "before ".repeat(30),
        "x ".repeat(200)
    );
    let hits = Words::parse("school").find(&text).unwrap();
    let shown = snippet(&text, &hits);
    let marked: Vec<_> = shown
        .hits
        .iter()
        .map(|hit| &shown.text[hit.clone()])
        .collect();
    assert_eq!(marked, ["school", "School"]);
    assert!(shown.text.starts_with("…the school"));
    assert!(shown.text.ends_with('…') && !shown.text.contains('\n'));
    assert!(shown.text.chars().count() < 150);

    let whole = snippet("a letter", &[]);
    assert_eq!((whole.text.as_str(), whole.hits.len()), ("a letter", 0));
    let words = snippet(
        "one two three four five six seven",
        std::slice::from_ref(&(28..33)),
    );
    assert_eq!(words.text, "…four five six seven");
}

#[test]
fn hostile_text_is_read_to_its_end() {
    for text in [
        "\u{301}\u{301}\u{301}",
        "a\u{301}\u{301}b",
        "ﷺ ﬁ ﬃ ½ Ⅷ ① ㎏",
        "\u{1f468}\u{200d}\u{1f469}",
        "\u{2028}\u{0}\u{ffff}",
        "각각 한국어",
        "ไทยไม่มีช่องว่าง",
    ] {
        for term in terms_of(text) {
            assert!(term.chars().all(char::is_alphanumeric), "{term:?}");
        }
        for place in Words::parse(text).find(text).unwrap_or_default() {
            assert!(text.get(place).is_some());
        }
    }
}
