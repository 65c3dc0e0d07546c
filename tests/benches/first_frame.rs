//! The screen process as a person meets it: how long after its start there is a picture, how long
//! after a tap the next one, and how much memory both processes take together. The screen draws
//! into memory here (`dayroom screen --puppet`): there is no panel to wait for.
//! `DAYROOM_BENCH_STARTS=15`, `DAYROOM_BENCH_TAPS=60`.

mod common;

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::Context;
use common::{Samples, machine, micros, millis, number, print};
use dayroom::demo::{Driver, Facility, Panel, Person};
use dayroom::devices::Clock;
use dayroom::runtime::puppet::Label;
use serde_json::json;

const PROGRAM: &str = env!("CARGO_BIN_EXE_dayroom");
const PANEL: Panel = Panel {
    width: 1280,
    height: 800,
};
const FRAME_BYTES: usize = 1280 * 800 * 4;

fn main() -> anyhow::Result<()> {
    let starts = number("DAYROOM_BENCH_STARTS", 15)?;
    let taps = number("DAYROOM_BENCH_TAPS", 60)?;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let clock = Clock::open()?;
    let facility = Facility::open(folder.path(), &clock)?;
    let central = facility.serve(&clock)?;
    let sync = Sync::start(&facility.kiosk_folder())?;
    let picture = folder.path().join("frame.png");
    let state = facility.kiosk_folder();
    let program = Path::new(PROGRAM);

    // The first start makes the journal and waits for the first pull; it is not measured.
    let mut screen = Driver::start(program, &state, PANEL)?;
    wait_for_first_pull(&mut screen)?;
    screen.picture(&picture)?;
    screen.kill()?;

    let (mut ready, mut drawn) = (Vec::new(), Vec::new());
    for _ in 0..starts.max(1) {
        let start = Instant::now();
        let mut screen = Driver::start(program, &state, PANEL)?;
        screen.look()?;
        ready.push(start.elapsed());
        screen.picture(&picture)?;
        drawn.push(start.elapsed());
        screen.kill()?;
    }
    let (ready, drawn) = (Samples::new(ready), Samples::new(drawn));
    let png = write_png_again(&picture, folder.path())?;
    print(&json!({
        "bench": "first_frame",
        "starts": starts,
        "exec_to_tree_p50_ms": millis(ready.median()),
        "exec_to_picture_written_p50_ms": millis(drawn.median()),
        "exec_to_picture_written_p99_ms": millis(drawn.percentile(99)),
        "of_it_writing_the_png_p50_ms": millis(png.median()),
        "exec_to_frame_p50_ms": millis(drawn.median().saturating_sub(png.median())),
        "floor_exec_of_true_p50_ms": millis(exec_of_true()?.median()),
        "floor_copy_of_the_frame_us": micros(copy_of_a_frame().median()),
        "machine": machine(),
    }));

    let mut screen = Driver::start(program, &state, PANEL)?;
    screen.wait(Label::Has("Cedar County".to_owned()))?;
    print(&tap_to_frame(&mut screen, &picture, folder.path(), taps)?);
    let wall = (pss(screen.process_id())?, pss(sync.id())?);
    let person = facility
        .people()
        .into_iter()
        .next()
        .context("somebody can sign in")?;
    sign_in(&mut screen, &person)?;
    screen.picture(&picture)?;
    let home = (pss(screen.process_id())?, pss(sync.id())?);
    print(&json!({
        "bench": "memory",
        "at_the_wall": memory(wall),
        "signed_in": memory(home),
        "machine": machine(),
    }));
    screen.kill()?;
    drop(sync);
    central.stop();
    Ok(())
}

/// A sync process lets up to a minute pass before its first contact; the driver waits for less.
fn wait_for_first_pull(screen: &mut Driver) -> anyhow::Result<()> {
    let facility = || Label::Has("Cedar County".to_owned());
    for _ in 0..4 {
        if screen.wait(facility()).is_ok() {
            return Ok(());
        }
    }
    Ok(screen.wait(facility())?)
}

/// Switches the language to and fro: all the text on screen changes.
fn tap_to_frame(
    screen: &mut Driver,
    picture: &Path,
    folder: &Path,
    taps: usize,
) -> anyhow::Result<serde_json::Value> {
    let (mut handled, mut drawn) = (Vec::new(), Vec::new());
    for turn in 0..taps.max(2) {
        let language = if turn % 2 == 0 { "Español" } else { "English" };
        let start = Instant::now();
        screen.tap(Label::Is(language.to_owned()))?;
        handled.push(start.elapsed());
        screen.picture(picture)?;
        drawn.push(start.elapsed());
    }
    let (handled, drawn) = (Samples::new(handled), Samples::new(drawn));
    let png = write_png_again(picture, folder)?;
    Ok(json!({
        "bench": "tap_to_frame",
        "taps": taps,
        "tap_handled_p50_ms": millis(handled.median()),
        "tap_to_picture_written_p50_ms": millis(drawn.median()),
        "of_it_writing_the_png_p50_ms": millis(png.median()),
        "tap_to_frame_p50_ms": millis(drawn.median().saturating_sub(png.median())),
        "tap_to_frame_p99_ms": millis(drawn.percentile(99).saturating_sub(png.median())),
        "floor_copy_of_the_frame_us": micros(copy_of_a_frame().median()),
        "machine": machine(),
    }))
}

fn sign_in(screen: &mut Driver, person: &Person) -> anyhow::Result<()> {
    let tap = |screen: &mut Driver, label: &str| screen.tap(Label::Is(label.to_owned()));
    tap(screen, "Sign in")?;
    for digits in [&person.number, &person.pin] {
        for digit in digits.chars() {
            tap(screen, &digit.to_string())?;
        }
        tap(screen, "Go")?;
    }
    tap(screen, "I understand and agree")?;
    Ok(screen.wait(Label::Is("Sign out".to_owned()))?)
}

/// The time it takes to write the same picture as a PNG, which no frame on a panel needs.
fn write_png_again(picture: &Path, folder: &Path) -> anyhow::Result<Samples> {
    let mut reader =
        png::Decoder::new(std::io::BufReader::new(File::open(picture)?)).read_info()?;
    let mut pixels = vec![
        0;
        reader
            .output_buffer_size()
            .context("a picture has a size")?
    ];
    reader.next_frame(&mut pixels)?;
    let again = folder.join("again.png");
    let mut samples = Vec::new();
    for _ in 0..10 {
        let start = Instant::now();
        let mut encoder = png::Encoder::new(File::create(&again)?, PANEL.width, PANEL.height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        encoder.write_header()?.write_image_data(&pixels)?;
        samples.push(start.elapsed());
    }
    Ok(Samples::new(samples))
}

fn exec_of_true() -> anyhow::Result<Samples> {
    let mut samples = Vec::new();
    for _ in 0..20 {
        let start = Instant::now();
        Command::new("/bin/true").status()?;
        samples.push(start.elapsed());
    }
    Ok(Samples::new(samples))
}

fn copy_of_a_frame() -> Samples {
    let (from, mut to) = (vec![7_u8; FRAME_BYTES], vec![0_u8; FRAME_BYTES]);
    let copy = |_| {
        let start = Instant::now();
        to.copy_from_slice(std::hint::black_box(&from));
        std::hint::black_box(&to);
        start.elapsed()
    };
    Samples::new((0..50).map(copy).collect())
}

fn memory((screen, sync): (u64, u64)) -> serde_json::Value {
    let mib = |kib: u64| (kib as f64 / 102.4).round() / 10.0;
    json!({
        "screen_pss_mib": mib(screen),
        "sync_pss_mib": mib(sync),
        "together_pss_mib": mib(screen + sync),
    })
}

/// The proportional share of memory of a process, in KiB.
fn pss(process: u32) -> anyhow::Result<u64> {
    let rollup = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    let number = line
        .and_then(|line| line.split_whitespace().next())
        .context("no Pss")?;
    Ok(number.parse()?)
}

/// `dayroom sync`, killed in the end.
struct Sync(Child);

impl Sync {
    fn start(state: &Path) -> anyhow::Result<Self> {
        let child = Command::new(PROGRAM)
            .args(["sync", "--state"])
            .arg(state)
            .env("DAYROOM_LOG", "error")
            .stdin(Stdio::null())
            .spawn()?;
        Ok(Self(child))
    }

    fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Sync {
    fn drop(&mut self) {
        // Nothing is owed to a process that has ended already.
        let _killed = self.0.kill();
        let _ended = self.0.wait();
    }
}
