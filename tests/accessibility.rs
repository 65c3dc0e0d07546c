//! Every screen, in every state, language and text size and on every panel, can be used by a thumb,
//! by a screen reader and by somebody who reads to the end. The rules are in
//! `src/demo/gallery/audit.rs`, which plants an offence for each.
//!
//! Every screen and state is seen in every language and text size on every panel.
//! `DAYROOM_ONLY=name` looks at the screens of that name only; `DAYROOM_PICTURES=folder` keeps a
//! contact sheet of each.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic, and prints what it found"
)]

use std::collections::BTreeMap;
use std::time::Instant;

use dayroom::demo::gallery::audit::{self, Measure};
use dayroom::demo::gallery::{Look, PANELS, SCREENS, Screen, Stage, State, sheets};
use dayroom::runtime::studio::{CONTRASTS, Dress, TEXT_SIZES};

/// The product is shared out to as many threads, a window each.
const THREADS: usize = 2;

/// Offences by what they are: where the first was, and how many there are.
type Found = BTreeMap<String, (String, usize)>;

fn each_thread<T: Send>(what: impl Fn(Stage, usize) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|part| {
                let what = &what;
                scope.spawn(move || {
                    let folder = tempfile::tempdir().unwrap();
                    what(Stage::open(folder.path()).unwrap(), part)
                })
            })
            .collect();
        let threads = threads.into_iter();
        threads.map(|thread| thread.join().unwrap()).collect()
    })
}

/// The screens that were asked for.
fn chosen() -> impl Iterator<Item = &'static Screen> {
    let only = std::env::var("DAYROOM_ONLY").unwrap_or_default();
    let fits = move |screen: &&Screen| screen.name.contains(&only);
    SCREENS.iter().filter(fits)
}

/// The part of the table that a thread sees to.
fn mine(part: usize) -> impl Iterator<Item = (&'static Screen, State)> {
    let states = |screen: &'static Screen| screen.states.iter().map(move |(of, _)| (screen, *of));
    let all = chosen().flat_map(states);
    all.skip(part).step_by(THREADS)
}

/// Every text size on every panel in every language. Colours change no place.
fn looks(stage: &Stage) -> Vec<Look> {
    let mut looks = Vec::new();
    for language in stage.languages() {
        for text_size in TEXT_SIZES {
            for panel in PANELS {
                looks.push(Look {
                    language: language.clone(),
                    dress: Dress {
                        panel,
                        text_size,
                        contrast: CONTRASTS[0],
                        ..Dress::default()
                    },
                });
            }
        }
    }
    looks
}

fn look_at(
    stage: &mut Stage,
    (screen, state): (&'static Screen, State),
    found: &mut Found,
) -> usize {
    let looks = looks(stage);
    let pictures = std::env::var_os("DAYROOM_PICTURES");
    let mut thumbnails = Vec::new();
    for look in &looks {
        if let Err(error) = stage.visit(screen, state, look) {
            // One broken way does not hide what is wrong elsewhere.
            found.insert(format!("{error:#}"), (screen.name.to_owned(), 1));
            return 0;
        }
        if pictures.is_some() {
            let picture = sheets::rgb(&stage.studio().pixels().unwrap()).unwrap();
            thumbnails.push(sheets::thumbnail(&picture));
        }
        let (elements, texts) = stage.studio().inventory();
        let Dress {
            panel,
            pixels_per_mm,
            text_size,
            ..
        } = look.dress;
        let by = Measure {
            panel,
            pixels_per_mm,
        };
        let (language, state) = (&look.language, state.name());
        let setting = format!(
            "{}/{state}/{language}/{text_size:?}/{}x{}",
            screen.name, panel.0, panel.1
        );
        // The dark glass is one thing to touch, and nothing to read.
        assert!(
            !texts.is_empty() || screen.name == "wall_dim",
            "{setting} is blank"
        );
        for offence in audit::judge(&elements, &texts, by) {
            let what = offence.to_string();
            let entry = found.entry(what).or_insert_with(|| (setting.clone(), 0));
            entry.1 += 1;
        }
    }
    if let Some(folder) = pictures {
        let name = format!("{}-{}.png", screen.name, state.name());
        let path = std::path::Path::new(&folder).join(name);
        sheets::write(&sheets::sheet(&thumbnails), &path, false).unwrap();
    }
    looks.len()
}

#[test]
fn every_screen_can_be_touched_and_read() {
    let start = Instant::now();
    let parts = each_thread(|mut stage, part| {
        let mut found = Found::new();
        let seen: usize = mine(part)
            .map(|one| look_at(&mut stage, one, &mut found))
            .sum();
        (seen, found)
    });
    let (mut seen, mut found) = (0, Found::new());
    for (count, part) in parts {
        seen += count;
        for (offence, (setting, times)) in part {
            found.entry(offence).or_insert((setting, 0)).1 += times;
        }
    }
    println!("{seen} screens in {:.0?}", start.elapsed());
    let list: Vec<String> = found
        .iter()
        .map(|(offence, (setting, times))| format!("{setting} (and {times} in all) → {offence}"))
        .collect();
    assert!(
        list.is_empty(),
        "{} offences:\n{}",
        list.len(),
        list.join("\n")
    );
}

/// One state of each screen: the default action of every control that can be used does something.
#[test]
fn every_default_action_has_an_effect() {
    let parts = each_thread(|mut stage, part| {
        let (mut acted, mut idle) = (0, Vec::new());
        for screen in chosen().skip(part).step_by(THREADS) {
            let (state, _) = screen.states[0];
            let look = Look {
                language: "en".to_owned(),
                dress: Dress::default(),
            };
            stage.visit(screen, state, &look).unwrap();
            let (elements, _) = stage.studio().inventory();
            for (nth, element) in elements.iter().enumerate() {
                // The one field of a page has the focus already.
                let field = element.role.as_deref() == Some("TextInput");
                if !element.enabled || field || is_like_an_earlier(&elements[..nth], element) {
                    continue;
                }
                stage.go(screen, state).unwrap();
                stage.show(screen, &look).unwrap();
                acted += 1;
                if !stage.studio().act(nth) {
                    idle.push(format!(
                        "{}: {:?} ({})",
                        screen.name, element.label, element.kind
                    ));
                }
            }
        }
        (acted, idle)
    });
    let acted: usize = parts.iter().map(|(acted, _)| acted).sum();
    let idle: Vec<String> = parts.into_iter().flat_map(|(_, idle)| idle).collect();
    println!("{acted} default actions");
    assert!(acted > chosen().count(), "{acted} default actions");
    assert!(idle.is_empty(), "without effect:\n{}", idle.join("\n"));
}

/// Keys of a pad and rows of a list: three of a kind will do.
fn is_like_an_earlier(
    earlier: &[dayroom::runtime::studio::Element],
    element: &dayroom::runtime::studio::Element,
) -> bool {
    let alike = earlier.iter().filter(|other| other.kind == element.kind);
    alike.count() >= 3
}
