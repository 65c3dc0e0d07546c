//! Every fixed text of the screen is there in every language, whole, and with a glyph for every
//! letter. What is missing is printed as an entry to fill in, and written to
//! `target/tmp/missing-TAG.po`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::wildcard_enum_match_arm,
    reason = "a test may panic"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use dayroom::domain::keyboard::{Key as Press, Keyboard, LayoutId, Page, Shift};
use skrifa::MetadataProvider;

/// The languages that are complete, which is asserted here.
const COMPLETE: [&str; 5] = ["es", "vi", "ht", "zh-Hans", "ar"];

/// Component, text, and its plural or nothing: as the compiler looks them up.
type Key = (String, String, String);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn slint_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(slint_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "slint") {
            found.push(path);
        }
    }
    found
}

/// What stands in the quotes that `text` begins with, as it is written, and what follows them.
fn quoted(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start().strip_prefix('"')?;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some((text[..at].to_owned(), &text[at + 1..])),
            _ => {}
        }
    }
    None
}

/// Every text of the sources.
fn spoken() -> BTreeSet<Key> {
    let mut all = BTreeSet::new();
    for path in slint_files(&root().join("ui")) {
        let text = fs::read_to_string(path).unwrap();
        for (at, _) in text.match_indices("@tr(") {
            let head = text[..at].lines().rev().find_map(|line| {
                let words = line.strip_prefix("export ").unwrap_or(line);
                words
                    .strip_prefix("component ")
                    .or(words.strip_prefix("global "))
            });
            let component = head.unwrap().split([' ', '{']).next().unwrap().to_owned();
            let (one, rest) = quoted(&text[at + 4..]).expect("@tr takes a text");
            let many = rest.trim_start().strip_prefix('|').and_then(quoted);
            all.insert((component, one, many.unwrap_or_default().0));
        }
    }
    all
}

/// The translations of one language, and how many plural forms it has.
struct Catalogue {
    forms: usize,
    texts: BTreeMap<Key, Vec<String>>,
}

fn catalogue(tag: &str) -> Catalogue {
    let path = format!("assets/translations/{tag}/LC_MESSAGES/dayroom-ui.po");
    let text = fs::read_to_string(root().join(&path)).expect(&path);
    let (_, forms) = text
        .split_once("nplurals=")
        .expect("it says its plural forms");
    let mut texts: BTreeMap<Key, Vec<String>> = BTreeMap::new();
    for entry in text.split("\n\n") {
        let mut key = Key::default();
        let mut strings = Vec::new();
        for line in entry.lines().filter(|line| !line.starts_with(['#', '"'])) {
            let (field, rest) = line.split_once(' ').expect("a field and its text");
            let value = quoted(rest).expect("a text in quotes").0;
            match field {
                "msgctxt" => key.0 = value,
                "msgid" => key.1 = value,
                "msgid_plural" => key.2 = value,
                _ => strings.push(value),
            }
        }
        if !key.1.is_empty() {
            let twice = texts.insert(key.clone(), strings);
            assert!(twice.is_none(), "{tag}: twice {key:?}");
        }
    }
    Catalogue {
        forms: forms[..1].parse().unwrap(),
        texts,
    }
}

/// The places for values: "{n}", "{0}".
fn places(text: &str) -> BTreeSet<&str> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name)
        .collect()
}

/// An entry to fill in.
fn stub((component, one, many): &Key, forms: usize) -> String {
    let mut out = format!("msgctxt \"{component}\"\nmsgid \"{one}\"\n");
    if many.is_empty() {
        out.push_str("msgstr \"\"\n");
    } else {
        writeln!(out, "msgid_plural \"{many}\"").unwrap();
        for form in 0..forms {
            writeln!(out, "msgstr[{form}] \"\"").unwrap();
        }
    }
    out.push('\n');
    out
}

#[test]
fn every_text_of_the_screen_is_there_in_every_language() {
    let spoken = spoken();
    assert!(spoken.len() > 120, "{} texts", spoken.len());
    let mut missing = String::new();
    for tag in COMPLETE {
        let catalogue = catalogue(tag);
        let is_there = |key: &Key| {
            let strings = catalogue.texts.get(key);
            strings.is_some_and(|all| all.iter().all(|text| !text.trim().is_empty()))
        };
        let stubs: String = spoken
            .iter()
            .filter(|key| !is_there(key))
            .map(|key| stub(key, catalogue.forms))
            .collect();
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("missing-{tag}.po"));
        fs::write(&file, &stubs).unwrap();
        if !stubs.is_empty() {
            writeln!(missing, "# {tag}, also in {}\n{stubs}", file.display()).unwrap();
        }
    }
    assert!(missing.is_empty(), "not translated:\n\n{missing}");
}

#[test]
fn no_translation_is_left_of_a_text_that_has_gone() {
    let spoken = spoken();
    for tag in COMPLETE {
        let texts = catalogue(tag).texts;
        let stale: Vec<_> = texts.keys().filter(|key| !spoken.contains(key)).collect();
        assert!(stale.is_empty(), "{tag}, of no text: {stale:#?}");
    }
}

#[test]
fn a_translation_has_its_plural_forms_and_the_places_for_values() {
    for tag in COMPLETE {
        let catalogue = catalogue(tag);
        for (key, strings) in &catalogue.texts {
            let (_, one, many) = key;
            if many.is_empty() {
                assert_eq!(strings.len(), 1, "{tag}: {key:?}");
                assert_eq!(places(&strings[0]), places(one), "{tag}: {key:?}");
            } else {
                assert_eq!(strings.len(), catalogue.forms, "{tag}: {key:?}");
                // "One minute" needs no figure; the form for many does.
                let wanted = places(many);
                let last = strings.last().map(|text| places(text));
                assert_eq!(last, Some(wanted.clone()), "{tag}: {key:?}");
                let foreign = strings.iter().any(|text| !places(text).is_subset(&wanted));
                assert!(!foreign, "{tag}: {key:?}");
            }
        }
    }
}

#[test]
fn the_languages_of_the_screen_are_those_that_central_knows() {
    let here = dayroom::view::LANGUAGES.map(|language| (language.tag, language.name));
    let there = dayroom_protocol::LANGUAGES.map(|language| (language.tag, language.name));
    assert_eq!(here, there);
    let mut folders: Vec<String> = fs::read_dir(root().join("assets/translations"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.push("en".to_owned());
    folders.sort();
    let mut tags = here.map(|(tag, _)| tag.to_owned()).to_vec();
    tags.sort();
    assert_eq!(folders, tags);
    assert!(
        COMPLETE
            .iter()
            .all(|tag| tags.iter().any(|other| other == tag))
    );
}

#[test]
fn every_letter_of_every_text_has_a_glyph_in_a_regular_and_a_bold_face() {
    let mut letters: BTreeMap<char, String> = BTreeMap::new();
    let mut read = |text: &str, tag: &str| {
        for letter in text.chars() {
            letters
                .entry(letter)
                .or_insert_with(|| format!("{tag}: {text}"));
        }
    };
    for (_, one, many) in spoken() {
        read(&one, "en");
        read(&many, "en");
    }
    for tag in COMPLETE {
        for text in catalogue(tag).texts.values().flatten() {
            read(text, tag);
        }
    }
    assert!(letters.len() > 400, "{} letters", letters.len());
    for weight in ["Regular", "Bold"] {
        let faces = faces(weight);
        let blank: Vec<_> = letters
            .iter()
            .filter(|(letter, _)| !drawn(&faces, &[**letter]))
            .collect();
        assert!(blank.is_empty(), "{weight}, no glyph: {blank:#?}");
    }
}

#[test]
fn every_cap_of_every_keyboard_has_its_glyphs_in_a_regular_and_a_bold_face() {
    let mut caps: BTreeMap<Vec<char>, &str> = BTreeMap::new();
    for id in LayoutId::all() {
        let layout = id.layout();
        for text in [layout.name, layout.short, layout.more_name] {
            for letter in text.chars() {
                caps.insert(vec![letter], layout.language);
            }
        }
        for page in [Page::Letters, Page::More, Page::Symbols, Page::Languages] {
            for shift in [Shift::Off, Shift::Once] {
                let mut keyboard = Keyboard::new(id);
                keyboard.page = page;
                keyboard.shift = shift;
                let rows = keyboard.rows();
                for cap in rows
                    .extra
                    .into_iter()
                    .chain(rows.rows.into_iter().flatten())
                {
                    match cap.key {
                        Press::Text(text) => caps.insert(text.chars().collect(), layout.language),
                        // A mark stands on a space, which has to be of the same face.
                        Press::Mark(mark) => caps.insert(vec!['\u{a0}', mark], layout.language),
                        _ => None,
                    };
                }
            }
        }
    }
    assert!(caps.len() > 150, "{} caps", caps.len());
    for weight in ["Regular", "Bold"] {
        let faces = faces(weight);
        let blank: Vec<_> = caps
            .iter()
            .filter(|(text, _)| !drawn(&faces, text))
            .collect();
        assert!(blank.is_empty(), "{weight}, no glyph: {blank:#?}");
    }
}

/// The files of the faces of one weight that texts are drawn with.
fn faces(weight: &str) -> Vec<Vec<u8>> {
    let files = fs::read_dir(root().join("assets/fonts")).unwrap();
    let faces: Vec<Vec<u8>> = files
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .ends_with(weight)
        })
        .filter(|path| !path.ends_with("NotoEmoji-Regular.ttf"))
        .map(|path| fs::read(path).unwrap())
        .collect();
    assert_eq!(faces.len(), 5, "{weight}");
    faces
}

/// Whether one of the faces has all of these.
fn drawn(faces: &[Vec<u8>], text: &[char]) -> bool {
    faces.iter().any(|face| {
        let map = skrifa::FontRef::new(face).unwrap().charmap();
        text.iter().all(|letter| map.map(*letter).is_some())
    })
}
