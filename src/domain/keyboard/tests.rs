use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization;

use super::*;

/// What each language is written with.
fn alphabets() -> BTreeMap<&'static str, &'static str> {
    let latin = "abcdefghijklmnopqrstuvwxyz";
    assert_eq!(latin.len(), 26);
    BTreeMap::from([
        ("en", "abcdefghijklmnopqrstuvwxyz'.,?!-\"0123456789"),
        ("es", "abcdefghijklmnñopqrstuvwxyzáéíóúü¿¡.,?!0123456789"),
        ("vi", "aăâbcdđeêghiklmnoôơpqrstuưvxy.,?!0123456789"),
        ("ht", "abcdefghijklmnopqrstuvwxyzàèòé'.,?!0123456789"),
        ("zh-Hans", "abcdefghijklmnopqrstuvwxyz，。？"),
        ("ar", "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهويى،؛؟"),
    ])
}

/// Everything that can be written by taps alone, from the letters on; with how many taps.
fn reachable(layout: LayoutId) -> BTreeMap<String, u8> {
    let mut found = BTreeMap::new();
    let mut front = vec![Keyboard::new(layout)];
    let mut seen = Vec::new();
    for taps in 1..5 {
        let mut next = Vec::new();
        for keyboard in front {
            if seen.contains(&keyboard) {
                continue;
            }
            seen.push(keyboard);
            // The row on top may be missing: nothing may need it.
            for cap in keyboard.rows().rows.into_iter().flatten() {
                match &cap.key {
                    Key::Text(text) => {
                        found.entry(text.clone()).or_insert(taps);
                    }
                    Key::Mark(mark) => {
                        found.entry(mark.to_string()).or_insert(taps);
                    }
                    Key::Choose(_) | Key::MoreChoices => continue,
                    Key::Layout(_) | Key::Space | Key::NewLine | Key::Delete => continue,
                    Key::Shift | Key::Page(_) => {}
                }
                let mut pressed = keyboard;
                pressed.press(&cap.key);
                next.push(pressed);
            }
        }
        front = next;
    }
    found
}

#[test]
fn every_letter_of_every_language_is_reached_by_two_taps_and_its_capital_by_three() {
    for id in LayoutId::all() {
        let layout = id.layout();
        let found = reachable(id);
        for letter in alphabets()[layout.language].chars() {
            let taps = found.get(&letter.to_string());
            assert!(
                taps.is_some_and(|taps| *taps <= 2),
                "{}: {letter}",
                layout.name
            );
            let capital = letter.to_uppercase().to_string();
            let taps = found.get(&capital);
            assert!(
                taps.is_some_and(|taps| *taps <= 3),
                "{}: {capital}",
                layout.name
            );
        }
    }
}

#[test]
fn a_letter_that_is_on_no_page_is_found_to_be_missing() {
    assert!(!reachable(LayoutId::for_language("en")).contains_key("ж"));
}

#[test]
fn every_letter_of_vietnamese_comes_of_a_letter_and_a_tone() {
    let found = reachable(LayoutId::for_language("vi"));
    for vowel in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY".chars() {
        for tone in MARKS {
            let whole: String = [vowel, tone].into_iter().nfc().collect();
            assert_eq!(whole.chars().count(), 1, "{whole} is one letter");
            assert!(found.contains_key(&vowel.to_string()));
            assert!(found.contains_key(&tone.to_string()));
        }
    }
}

#[test]
fn rows_fit_their_width_and_what_is_on_the_row_on_top_is_elsewhere_too() {
    for layout in LayoutId::all() {
        let found = reachable(layout);
        for page in [Page::Letters, Page::More, Page::Symbols, Page::Languages] {
            let keyboard = Keyboard {
                page,
                ..Keyboard::new(layout)
            };
            let rows = keyboard.rows();
            assert_eq!(rows.rows.len(), 4);
            for row in &rows.rows {
                let span: u16 = row.iter().map(|cap| cap.span).sum();
                assert!(row.len() <= 11 && span <= ROW_SPAN, "{page:?}: {span}");
                let different: BTreeSet<_> = row.iter().map(|cap| shown(&cap.key)).collect();
                assert_eq!(different.len(), row.len(), "{page:?}: a key is there twice");
            }
            for cap in rows.extra {
                assert!(found.contains_key(&shown(&cap.key)), "{}", shown(&cap.key));
            }
        }
    }
}

fn shown(key: &Key) -> String {
    match key {
        Key::Text(text) => text.clone(),
        Key::Mark(mark) => mark.to_string(),
        Key::Page(page) => format!("{page:?}"),
        Key::Choose(character) => character.to_string(),
        Key::MoreChoices => "more choices".to_owned(),
        Key::Layout(id) => id.layout().name.to_owned(),
        Key::Space => "space".to_owned(),
        Key::NewLine => "new line".to_owned(),
        Key::Delete => "delete".to_owned(),
        Key::Shift => "shift".to_owned(),
    }
}

#[test]
fn shift_holds_for_one_letter_and_twice_for_all() {
    let mut keyboard = Keyboard::default();
    let letter = Key::Text("a".to_owned());
    keyboard.press(&Key::Shift);
    assert!(
        keyboard
            .rows()
            .rows
            .concat()
            .iter()
            .any(|cap| cap.key == Key::Text("A".to_owned()))
    );
    keyboard.press(&letter);
    assert_eq!(keyboard.shift, Shift::Off);
    keyboard.press(&Key::Shift);
    keyboard.press(&Key::Shift);
    keyboard.press(&letter);
    keyboard.press(&letter);
    assert_eq!(keyboard.shift, Shift::Lock);
    keyboard.press(&Key::Shift);
    assert_eq!(keyboard.shift, Shift::Off);
}

#[test]
fn one_accent_and_the_letters_are_back_but_digits_stay() {
    let mut keyboard = Keyboard::new(LayoutId::for_language("es"));
    keyboard.press(&Key::Page(Page::More));
    keyboard.press(&Key::Text("á".to_owned()));
    assert_eq!(keyboard.page, Page::Letters);
    keyboard.press(&Key::Page(Page::Symbols));
    keyboard.press(&Key::Text("1".to_owned()));
    assert_eq!(keyboard.page, Page::Symbols);
    keyboard.press(&Key::Page(Page::Symbols));
    assert_eq!(keyboard.page, Page::Letters);
}

#[test]
fn another_language_is_chosen_at_any_time_and_an_unknown_one_types_english() {
    let arabic = LayoutId::for_language("ar");
    let mut keyboard = Keyboard::new(LayoutId::for_language("es"));
    keyboard.press(&Key::Page(Page::Languages));
    assert_eq!(
        keyboard
            .rows()
            .rows
            .concat()
            .iter()
            .filter(|cap| matches!(cap.key, Key::Layout(_)))
            .count(),
        6
    );
    keyboard.press(&Key::Layout(arabic));
    assert_eq!((keyboard.layout, keyboard.page), (arabic, Page::Letters));
    assert_eq!(LayoutId::for_language("es-US").layout().language, "es");
    assert_eq!(LayoutId::for_language("tlh").layout().language, "en");
    let languages: BTreeSet<_> = LayoutId::all().map(|id| id.layout().language).collect();
    assert_eq!(
        languages.into_iter().collect::<Vec<_>>(),
        alphabets().into_keys().collect::<Vec<_>>()
    );
    assert!(
        LayoutId::all()
            .next()
            .is_some_and(|id| id.layout().name == "English")
    );
    LAYOUTS
        .iter()
        .find(|layout| layout.language == "ht")
        .unwrap();
}
