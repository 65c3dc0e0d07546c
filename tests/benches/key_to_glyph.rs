//! From the finger that leaves a key of the on-screen keyboard to the glyph on the screen, all of the
//! frame drawn in software at 1280x800 into memory that is kept (as a panel's three buffers want it),
//! with all the kiosk does about it on the way. The aim is a 99th percentile
//! of 8 ms. The way to the page is that of a person, by labels. `DAYROOM_BENCH_KEYS=600`.

mod common;

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use common::{Samples, copies_of, machine, micros, millis, number, print, ratio};
use dayroom::demo::gallery::{SCREENS, Stage, State};
use dayroom::runtime::studio::{Element, Finger, Pixels, Place};
use serde_json::json;

const AIM: Duration = Duration::from_millis(8);
/// How long a finger stays on a key.
const PRESS: Duration = Duration::from_millis(60);
/// What is typed again and again: letters far apart.
const TYPED: &str = "the quick brown fox jumps over the lazy dog";

fn main() -> anyhow::Result<()> {
    let keys = number("DAYROOM_BENCH_KEYS", 600)?;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut stage = Stage::open_before_a_panel(folder.path())?;
    let compose = SCREENS.iter().find(|screen| screen.name == "compose");
    stage.go(compose.context("there is a page to write on")?, State::Long)?;
    let field = text_field(&mut stage).context("there is a text field")?;

    let mut took = Vec::new();
    let mut before = stage.studio().pixels()?;
    let mut unseen = 0_usize;
    for letter in TYPED.chars().cycle().take(keys) {
        let key = place_of_key(&mut stage, letter)?;
        let at = (key.x + key.width / 2.0, key.y + key.height / 2.0);
        stage.studio().finger(Finger::Down, at, PRESS);
        let start = Instant::now();
        stage.studio().finger(Finger::Up, at, Duration::ZERO);
        let drawn = stage.studio().draw();
        took.push(start.elapsed());
        ensure!(drawn, "nothing to draw after the key {letter:?}");
        let after = stage.studio().pixels()?;
        // A blank has no glyph.
        if letter != ' ' && part(&before, field) == part(&after, field) {
            unseen += 1;
        }
        before = after;
    }
    ensure!(
        stage.studio().frame().as_ref() == Some(&before.rgba),
        "the panel shows something else than a picture of the page"
    );
    ensure!(
        unseen * 50 < keys,
        "{unseen} of {keys} keys changed nothing in the text field"
    );
    let (took, floor) = (Samples::new(took), copies_of(&before.rgba));
    let p99 = took.percentile(99);
    print(&json!({
        "bench": "key_to_glyph",
        "keys": keys,
        "key_to_glyph_p50_ms": millis(took.median()),
        "key_to_glyph_p99_ms": millis(p99),
        "floor_copy_of_the_frame_us": micros(floor.median()),
        "p50_over_floor": ratio(took.median(), floor.median()),
        "aim_p99_ms": millis(AIM),
        "met": p99 < AIM,
        "machine": machine(),
    }));
    Ok(())
}

/// Where the words go.
fn text_field(stage: &mut Stage) -> Option<Place> {
    let (elements, _) = stage.studio().inventory();
    let is_field = |one: &Element| one.role.as_deref() == Some("TextInput");
    elements.into_iter().find(is_field).map(|one| one.seen)
}

/// Where the key of a letter is; the blank is the widest key there is that says so.
fn place_of_key(stage: &mut Stage, letter: char) -> anyhow::Result<Place> {
    let (elements, _) = stage.studio().inventory();
    let is_key = |one: &Element| match letter {
        ' ' => one.label.eq_ignore_ascii_case("space"),
        letter => one.label.to_lowercase() == letter.to_string(),
    };
    let key = elements.into_iter().find(|one| one.enabled && is_key(one));
    Ok(key.with_context(|| format!("no key {letter:?}"))?.seen)
}

/// The pixels of a place, row by row.
fn part(picture: &Pixels, place: Place) -> Vec<&[u8]> {
    let width = picture.width as usize * 4;
    let (left, right) = (place.x as usize * 4, place.right() as usize * 4);
    let rows = picture.rgba.chunks_exact(width);
    rows.skip(place.y as usize)
        .take(place.height as usize)
        .filter_map(|row| row.get(left..right.min(width)))
        .collect()
}
