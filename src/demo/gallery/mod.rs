//! A gallery of all screens: a pairwise set of pictures over screen, state, language, text size,
//! colours and panel, made by the real view over a real store with invented records.

pub mod audit;
pub mod contrast;
mod pairs;
pub mod records;
mod screens;
pub mod sheets;
mod stage;

pub use pairs::pairwise;
pub use screens::{SCREENS, Screen, State, Step};
pub use stage::{Look, Stage};

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, ensure};

use super::say;
use crate::runtime::studio::{CONTRASTS, Dress, TEXT_SIZES};
use audit::Measure;
use sheets::Entry;

/// The most pictures a person will look at.
const MOST_PICTURES: usize = 400;
/// Pictures are made on as many threads.
const THREADS: usize = 2;

/// The panels that screens are seen on.
pub const PANELS: [(u32, u32); 3] = [(1280, 800), (800, 1280), (1024, 600)];

/// One picture to be made.
#[derive(Clone, Debug)]
pub struct Shot {
    /// Of what.
    pub screen: &'static Screen,
    /// In which state.
    pub state: State,
    /// How.
    pub look: Look,
}

impl Shot {
    /// What sets it apart from others of its screen.
    pub fn caption(&self) -> String {
        let Look { language, dress } = &self.look;
        let (width, height) = dress.panel;
        format!(
            "{}, {language}, {:?}, {:?}, {width}x{height}",
            self.state.name(),
            dress.text_size,
            dress.contrast
        )
        .to_lowercase()
    }

    /// The name of its file.
    pub fn file(&self) -> String {
        let words = self.caption().replace(", ", "-");
        format!("{}-{words}.png", self.screen.name)
    }

    /// What it is judged by.
    pub fn measure(&self) -> Measure {
        Measure {
            panel: self.look.dress.panel,
            pixels_per_mm: self.look.dress.pixels_per_mm,
        }
    }
}

/// A pairwise set of shots of the screens whose name holds `only`.
pub fn shots(languages: &[String], only: &str) -> Vec<Shot> {
    let chosen: Vec<&'static Screen> = SCREENS
        .iter()
        .filter(|screen| screen.name.contains(only))
        .collect();
    let states = State::ALL;
    let sizes = [
        chosen.len(),
        states.len(),
        languages.len(),
        TEXT_SIZES.len(),
        CONTRASTS.len(),
        PANELS.len(),
    ];
    let has = |screen: usize, state: usize| {
        let (screen, state) = (chosen.get(screen), states.get(state));
        screen.is_some_and(|one| one.states.iter().any(|(of, _)| Some(of) == state))
    };
    let allowed = |row: &[Option<usize>]| match row {
        [Some(screen), Some(state), ..] => has(*screen, *state),
        [None, Some(state), ..] => (0..chosen.len()).any(|screen| has(screen, *state)),
        _ => true,
    };
    let shot = |row: &Vec<usize>| {
        let [screen, state, language, size, colours, panel] = row.as_slice() else {
            return None;
        };
        Some(Shot {
            screen: chosen.get(*screen)?,
            state: *states.get(*state)?,
            look: Look {
                language: languages.get(*language)?.clone(),
                dress: Dress {
                    panel: *PANELS.get(*panel)?,
                    text_size: *TEXT_SIZES.get(*size)?,
                    contrast: *CONTRASTS.get(*colours)?,
                    ..Dress::default()
                },
            },
        })
    };
    let rows = pairwise(&sizes, allowed);
    let mut all: Vec<Shot> = rows.iter().filter_map(shot).collect();
    all.sort_by_key(|shot| (place_of(shot.screen), shot.state));
    all
}

fn place_of(screen: &Screen) -> Option<usize> {
    SCREENS.iter().position(|one| one.name == screen.name)
}

/// What came of some shots.
#[derive(Default)]
struct Roll {
    entries: Vec<Entry>,
    remarks: Vec<String>,
}

/// Makes the gallery in `folder`, of the screens whose name holds `only`.
///
/// # Errors
/// When a screen cannot be reached or a picture not be written; and, with all pictures made, when
/// contrast is too low or an element breaks a rule.
pub fn run(folder: &Path, only: &str) -> anyhow::Result<()> {
    make_room(folder)?;
    let work = std::env::temp_dir().join(format!("dayroom-gallery-{}", std::process::id()));
    let rolls = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|part| {
                let work = work.join(part.to_string());
                scope.spawn(move || shoot(&work, folder, only, part))
            })
            .collect();
        let joined = threads.into_iter().map(|thread| {
            let ended = thread.join();
            ended.unwrap_or_else(|_| Err(anyhow::anyhow!("a thread of the gallery panicked")))
        });
        joined.collect::<anyhow::Result<Vec<Roll>>>()
    });
    std::fs::remove_dir_all(&work).context("cannot tidy up")?;
    let mut whole = Roll::default();
    for roll in rolls? {
        whole.entries.extend(roll.entries);
        whole.remarks.extend(roll.remarks);
    }
    let position = |entry: &Entry| SCREENS.iter().position(|one| one.name == entry.screen);
    whole.entries.sort_by_key(position);
    std::fs::write(
        folder.join("index.html"),
        sheets::index(&whole.entries, &whole.remarks),
    )?;
    for remark in &whole.remarks {
        say(remark)?;
    }
    let (pictures, remarks) = (whole.entries.len(), whole.remarks.len());
    say(&format!(
        "{pictures} pictures; open {}",
        folder.join("index.html").display()
    ))?;
    ensure!(remarks == 0, "{remarks} offences in {pictures} pictures");
    Ok(())
}

/// Makes the pictures of every second screen, with their sheets.
fn shoot(work: &Path, folder: &Path, only: &str, part: usize) -> anyhow::Result<Roll> {
    let mut stage = Stage::open(work)?;
    let all = shots(stage.languages(), only);
    ensure!(!all.is_empty(), "no screen is called {only:?}");
    ensure!(
        all.len() <= MOST_PICTURES,
        "{} pictures: nobody looks at so many",
        all.len()
    );
    let mut roll = Roll::default();
    let mut by_screen: BTreeMap<Option<usize>, Vec<Shot>> = BTreeMap::new();
    for shot in all {
        by_screen
            .entry(place_of(shot.screen))
            .or_default()
            .push(shot);
    }
    for (_, shots) in by_screen.into_iter().skip(part).step_by(THREADS) {
        let mut thumbnails = Vec::new();
        for shot in &shots {
            if let Err(error) = stage.visit(shot.screen, shot.state, &shot.look) {
                roll.remarks.push(format!("cannot reach: {error:#}"));
                break;
            }
            let picture = sheets::rgb(&look(&mut stage, shot, &mut roll.remarks)?)?;
            sheets::write(&picture, &folder.join(shot.file()), false)?;
            thumbnails.push(sheets::thumbnail(&picture));
            roll.entries.push(Entry {
                screen: shot.screen.name,
                file: shot.file(),
                caption: shot.caption(),
            });
        }
        if let Some(shot) = shots.first() {
            let file = format!("sheet-{}.png", shot.screen.name);
            sheets::write(&sheets::sheet(&thumbnails), &folder.join(file), false)?;
        }
    }
    Ok(roll)
}

/// Takes the picture and judges it.
fn look(
    stage: &mut Stage,
    shot: &Shot,
    remarks: &mut Vec<String>,
) -> anyhow::Result<crate::runtime::studio::Pixels> {
    let pixels = stage.studio().pixels()?;
    let (elements, texts) = stage.studio().inventory();
    let by = shot.measure();
    let name = format!("{}: {}", shot.screen.name, shot.caption());
    for faint in contrast::judge(&pixels, &elements, &texts, by) {
        remarks.push(format!("{name}: {faint}"));
    }
    for offence in audit::judge(&elements, &texts, by) {
        remarks.push(format!("{name}: {offence}"));
    }
    Ok(pixels)
}

/// Makes the folder ready: what an earlier gallery left goes, anything else stays and stops it.
fn make_room(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let ours = |path: &Path| {
        path.extension().is_some_and(|ending| ending == "png") || path.ends_with("index.html")
    };
    let there: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    let foreign = there.iter().find(|entry| !ours(&entry.path()));
    ensure!(
        there.is_empty() || (foreign.is_none() && folder.join("index.html").exists()),
        "{} is not a gallery's: give another folder",
        folder.display()
    );
    for entry in there {
        std::fs::remove_file(entry.path())?;
    }
    Ok(())
}
