//! A chosen set of screens looks as it did when somebody last looked at it and said yes
//! (`tests/golden/README.md`), and every text and control of it stands out from its ground.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it did"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use dayroom::demo::gallery::{Look, PANELS, SCREENS, Screen, Shot, Stage, State, contrast, sheets};
use dayroom::runtime::studio::{CONTRASTS, Dress, TEXT_SIZES};
use image::{RgbImage, imageops};

/// A step of one colour of a pixel that no eye sees.
const STEP: u8 = 24;
/// Pixels in ten thousand that may differ by more: the edge of a letter, never a letter. Pictures are
/// kept at half their size.
const PER_TEN_THOUSAND: usize = 3;

/// What a picture of the set is: screen, state, and its place in the lists of languages, text sizes,
/// colours and panels. A list that is not so long yet begins again.
type Choice = (&'static str, State, [usize; 4]);

use State::{Empty, Error, Filled, Long, Offline};

const CHOSEN: [Choice; 34] = [
    ("wall", Filled, [0, 0, 0, 0]),
    ("wall", Offline, [1, 0, 0, 1]),
    ("wall", Long, [3, 1, 1, 2]),
    ("wall_notice", Long, [5, 0, 0, 0]),
    ("sign_in_number", Filled, [2, 0, 0, 0]),
    ("sign_in_pin", Error, [0, 1, 0, 1]),
    ("consent", Filled, [4, 0, 0, 2]),
    ("home", Filled, [0, 0, 0, 0]),
    ("home", Filled, [5, 0, 0, 0]),
    ("home", Empty, [1, 2, 0, 1]),
    ("home", Long, [2, 0, 1, 2]),
    ("home", Offline, [3, 1, 2, 0]),
    ("requests", Filled, [0, 0, 0, 0]),
    ("requests", Long, [4, 2, 0, 1]),
    ("request", Filled, [0, 0, 1, 0]),
    ("request", Long, [5, 1, 0, 1]),
    ("request_answered", Filled, [1, 0, 0, 2]),
    ("messages", Empty, [2, 0, 0, 0]),
    ("messages", Long, [0, 0, 2, 2]),
    ("thread", Filled, [0, 0, 0, 0]),
    ("thread", Long, [1, 1, 0, 1]),
    ("thread_legal", Filled, [3, 0, 1, 0]),
    ("message", Filled, [0, 0, 0, 0]),
    ("message_appealed", Error, [1, 1, 1, 1]),
    ("photo_mail", Filled, [0, 0, 0, 2]),
    ("compose", Filled, [0, 0, 0, 0]),
    ("compose", Long, [1, 2, 0, 2]),
    ("compose_send", Filled, [5, 0, 1, 1]),
    ("contacts", Filled, [0, 0, 0, 0]),
    ("find", Long, [2, 0, 2, 1]),
    ("account_screen", Filled, [3, 1, 0, 0]),
    ("help_hotlines", Filled, [1, 0, 0, 2]),
    ("covered", Error, [4, 0, 0, 1]),
    ("closed_revoked", Error, [0, 0, 0, 0]),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn screen(name: &str) -> &'static Screen {
    let found = SCREENS.iter().find(|screen| screen.name == name);
    found.unwrap_or_else(|| panic!("no screen is called {name:?}: choose another picture"))
}

fn shot((name, state, [language, size, colours, panel]): Choice, languages: &[String]) -> Shot {
    Shot {
        screen: screen(name),
        state,
        look: Look {
            language: languages[language % languages.len()].clone(),
            dress: Dress {
                panel: PANELS[panel % PANELS.len()],
                text_size: TEXT_SIZES[size % TEXT_SIZES.len()],
                contrast: CONTRASTS[colours % CONTRASTS.len()],
                ..Dress::default()
            },
        },
    }
}

/// How many pixels differ by more than a step, and a picture in which they are red.
fn compare(expected: &RgbImage, actual: &RgbImage) -> (usize, RgbImage) {
    let mut different = 0;
    let red = RgbImage::from_fn(actual.width(), actual.height(), |x, y| {
        let is = actual.get_pixel(x, y);
        let was = expected.get_pixel_checked(x, y);
        let same = was.is_some_and(|was| {
            let parts = was.0.iter().zip(is.0);
            parts.into_iter().all(|(was, is)| was.abs_diff(is) <= STEP)
        });
        if same {
            image::Rgb(is.0.map(|part| part / 2 + 127))
        } else {
            different += 1;
            image::Rgb([220, 0, 0])
        }
    });
    if expected.dimensions() != actual.dimensions() {
        different = usize::MAX;
    }
    (different, red)
}

fn most(picture: &RgbImage) -> usize {
    picture.width() as usize * picture.height() as usize * PER_TEN_THOUSAND / 10_000
}

#[test]
fn chosen_screens_look_as_they_were_accepted() {
    let accept = std::env::var_os("DAYROOM_ACCEPT").is_some_and(|value| value == "1");
    let work = tempfile::tempdir().unwrap();
    let mut stage = Stage::open(work.path()).unwrap();
    let languages = stage.languages().to_vec();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("golden");
    let _none_yet = fs::remove_dir_all(&out);
    fs::create_dir_all(&out).unwrap();
    let (mut names, mut wrong) = (BTreeSet::new(), Vec::new());
    for choice in CHOSEN {
        let shot = shot(choice, &languages);
        stage.visit(shot.screen, shot.state, &shot.look).unwrap();
        let whole = sheets::rgb(&stage.studio().pixels().unwrap()).unwrap();
        let (width, height) = (whole.width() / 2, whole.height() / 2);
        let actual = imageops::resize(&whole, width, height, imageops::FilterType::Triangle);
        let file = shot.file();
        assert!(names.insert(file.clone()), "{file} is chosen twice");
        let golden = folder().join(&file);
        if accept {
            sheets::write(&actual, &golden, true).unwrap();
            continue;
        }
        let expected = image::open(&golden).map_or_else(|_| RgbImage::new(1, 1), |p| p.to_rgb8());
        let (different, red) = compare(&expected, &actual);
        if different > most(&actual) {
            let path = |what: &str| out.join(format!("{what}-{file}"));
            sheets::write(&expected, &path("expected"), false).unwrap();
            sheets::write(&actual, &path("actual"), false).unwrap();
            sheets::write(&red, &path("difference"), false).unwrap();
            let count = if different == usize::MAX {
                "another size, or no picture yet".to_owned()
            } else {
                format!("{different} pixels differ")
            };
            wrong.push(format!("{file}: {count}: {}", path("difference").display()));
        }
    }
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".png") && !names.contains(&name) {
            if accept {
                fs::remove_file(&path).unwrap();
            } else {
                wrong.push(format!("{name} is of no chosen screen"));
            }
        }
    }
    println!(
        "{} pictures{}",
        names.len(),
        if accept { " accepted" } else { "" }
    );
    assert!(
        wrong.is_empty(),
        "{} offences; expected, actual and difference are in {}. Look at them; if they are right:\n\
         DAYROOM_ACCEPT=1 cargo test --test golden\n{}",
        wrong.len(),
        out.display(),
        wrong.join("\n")
    );
}

#[test]
fn every_text_and_control_of_the_chosen_screens_stands_out() {
    let work = tempfile::tempdir().unwrap();
    let mut stage = Stage::open(work.path()).unwrap();
    let languages = stage.languages().to_vec();
    let mut wrong = Vec::new();
    for choice in CHOSEN {
        let shot = shot(choice, &languages);
        stage.visit(shot.screen, shot.state, &shot.look).unwrap();
        let pixels = stage.studio().pixels().unwrap();
        let (elements, texts) = stage.studio().inventory();
        assert!(!texts.is_empty(), "{} is blank", shot.file());
        for faint in contrast::judge(&pixels, &elements, &texts, shot.measure()) {
            wrong.push(format!("{}: {faint}", shot.file()));
        }
    }
    assert!(wrong.is_empty(), "too faint:\n{}", wrong.join("\n"));
}

#[test]
fn a_letter_that_moves_is_found_and_a_shade_that_no_eye_sees_is_not() {
    let paper = RgbImage::from_pixel(640, 400, image::Rgb([250, 246, 239]));
    let shade = RgbImage::from_pixel(640, 400, image::Rgb([246, 250, 235]));
    assert_eq!(compare(&paper, &shade).0, 0);
    let mut letter = paper.clone();
    for x in 100..110 {
        for y in 100..115 {
            letter.put_pixel(x, y, image::Rgb([30, 42, 50]));
        }
    }
    assert!(compare(&paper, &letter).0 > most(&paper));
    let small = RgbImage::new(1, 1);
    assert!(compare(&small, &paper).0 > most(&paper));
}
