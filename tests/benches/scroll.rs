//! A thread of 100,000 messages under a finger: how long a frame takes from the finger's move to the
//! last pixel, drawn in software at 1280x800, all of it into memory that is kept (as a panel's three
//! buffers want it). The aim is a 99th percentile below 8 ms: half of a frame at 60 a second.
//! `DAYROOM_BENCH_MESSAGES=100000`, `DAYROOM_BENCH_FRAMES=1200`.

mod common;

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use common::{Samples, copies_of, machine, micros, millis, number, print, ratio};
use dayroom::demo::gallery::records::{self, Set};
use dayroom::demo::gallery::{SCREENS, Stage, State};
use dayroom::runtime::studio::Finger;
use serde_json::json;

/// One frame at 60 a second.
const FRAME: Duration = Duration::from_micros(16_667);
const AIM: Duration = Duration::from_millis(8);
/// Where the finger goes down, how far up it moves, and in how many frames.
const FROM: (f32, f32) = (900.0, 640.0);
const UP: f32 = 360.0;
const MOVES: usize = 30;

fn main() -> anyhow::Result<()> {
    let messages = number("DAYROOM_BENCH_MESSAGES", 100_000)?;
    let frames = number("DAYROOM_BENCH_FRAMES", 1_200)?;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut stage = Stage::open_before_a_panel(folder.path())?;
    records::lengthen(&stage.store(Set::Ordinary), u64::try_from(messages)?)?;
    let thread = SCREENS.iter().find(|screen| screen.name == "thread");
    stage.go(thread.context("there is a thread")?, State::Filled)?;

    let still = stage.studio().pixels()?;
    let mut took = Vec::new();
    let mut unmoved = 0_usize;
    for turn in 0..frames.div_ceil(MOVES).max(1) {
        stage.studio().finger(Finger::Down, FROM, FRAME);
        let mut at = FROM;
        // Up through the thread, and every fifth time back.
        let step = if turn % 5 == 4 { UP } else { -UP } / MOVES as f32;
        for _ in 0..MOVES {
            at.1 += step;
            let start = Instant::now();
            stage.studio().finger(Finger::Along, at, FRAME);
            let drawn = stage.studio().draw();
            took.push(start.elapsed());
            unmoved += usize::from(!drawn);
        }
        // Held still before it is lifted: nothing flies on.
        stage.studio().finger(Finger::Along, at, FRAME * 20);
        stage.studio().finger(Finger::Up, at, FRAME);
    }
    ensure!(
        unmoved * 50 < took.len(),
        "nothing to draw in {unmoved} of {} frames",
        took.len()
    );
    stage.studio().draw();
    let (frame, end) = (stage.studio().frame(), stage.studio().pixels()?);
    ensure!(
        frame.as_ref() == Some(&end.rgba),
        "the panel shows something else than a picture of the page"
    );
    ensure!(end.rgba != still.rgba, "nothing has moved");
    let (count, took) = (took.len(), Samples::new(took));
    let floor = copies_of(&still.rgba);
    let p99 = took.percentile(99);
    print(&json!({
        "bench": "scroll",
        "messages": messages,
        "frames": count,
        "frame_p50_ms": millis(took.median()),
        "frame_p99_ms": millis(p99),
        "frame_longest_ms": millis(took.percentile(100)),
        "floor_copy_of_the_frame_us": micros(floor.median()),
        "p50_over_floor": ratio(took.median(), floor.median()),
        "aim_p99_ms": millis(AIM),
        "met": p99 < AIM,
        "machine": machine(),
    }));
    Ok(())
}
