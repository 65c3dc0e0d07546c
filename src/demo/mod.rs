//! A whole invented facility on one machine: central, sync and the screen, and a scripted person.

mod driver;
mod facility;
pub mod gallery;
pub mod memory;
pub mod tour;
mod words;

pub use driver::{Driver, DriverError, Panel};
pub use facility::{CentralThread, Facility, Person};
pub use words::Words;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::devices::{Clock, DeviceKey, Machine};
use crate::doctor;
use crate::replica::SyncKey;
use crate::replica::sync::{self, SyncClock, SyncOptions};
use crate::runtime::paths::KioskPaths;
use crate::runtime::screen::{self, ScreenOptions};

/// How often something new arrives.
const SOMETHING_HAPPENS: Duration = Duration::from_secs(40);

/// The legs of the tour that show what everybody does.
const ROUND: [&str; 2] = ["english-landscape", "spanish-portrait"];

/// Runs the demo until its window is closed.
///
/// # Errors
/// When the facility cannot be made or the window not be opened; the reason says what to do.
pub fn run(state: Option<PathBuf>) -> anyhow::Result<()> {
    if !has_display() {
        let folder = state.unwrap_or_else(|| PathBuf::from("dayroom-tour"));
        say(&format!(
            "There is no display here, so this is the tour, into {}.",
            folder.display()
        ))?;
        return tour::run(&folder, &ROUND.map(str::to_owned));
    }
    let kept = state.is_some();
    let folder = state.unwrap_or_else(|| {
        std::env::temp_dir().join(format!("dayroom-demo-{}", std::process::id()))
    });
    let clock = Clock::open()?;
    let facility = Facility::open(&folder, &clock)?;
    let central = facility.serve(&clock)?;
    central.let_things_happen(SOMETHING_HAPPENS);
    let paths = KioskPaths::at(facility.kiosk_folder());
    paths.make()?;
    sync_thread(&paths, &clock)?;
    announce(&facility)?;
    let ended = screen::run(
        ScreenOptions {
            paths,
            panel: Some((1280, 800)),
            pixels_per_mm: Some(3.82),
        },
        clock,
    );
    central.stop();
    if !kept {
        std::fs::remove_dir_all(&folder)?;
    }
    Ok(ended?)
}

/// Whether a window can be opened: a desktop's display, or a panel this program may drive itself.
fn has_display() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|v| !v.is_empty()))
        || std::env::var("SLINT_BACKEND").is_ok_and(|backend| backend.starts_with("linuxkms"))
}

fn sync_thread(paths: &KioskPaths, clock: &Clock) -> anyhow::Result<()> {
    let mut options = SyncOptions::new(
        paths.root().to_owned(),
        paths.socket(),
        sync_clock(clock.clone()),
        sync_key(DeviceKey::open(&paths.key())?),
    );
    let (machine, state) = (Machine::here(), paths.root().to_owned());
    options.senses = Some(Arc::new(move || doctor::sense(&machine, &state)));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::spawn(move || {
        if let Err(error) = runtime.block_on(sync::run(options, std::future::pending())) {
            tracing::error!(error = %error, "sync.ended");
        }
    });
    Ok(())
}

/// The machine's clock as the sync process takes it.
pub fn sync_clock(clock: Clock) -> SyncClock {
    let (floor, behind) = (clock.clone(), clock.clone());
    SyncClock {
        now: Arc::new(move || clock.now()),
        is_behind: Arc::new(move || behind.is_behind()),
        raise_floor: Arc::new(move |at| floor.raise_floor(at)),
    }
}

/// The kiosk's key as the sync process takes it.
pub fn sync_key(key: DeviceKey) -> SyncKey {
    SyncKey {
        public_key: key.public_key().to_owned(),
        sign: Arc::new(move |message| key.sign(message).map_err(|error| error.to_string())),
    }
}

fn announce(facility: &Facility) -> anyhow::Result<()> {
    let mut lines = String::from("Who can sign in on this kiosk (all of them invented):\n");
    lines.push_str("  number  PIN       language  name\n");
    for person in facility.people() {
        lines.push_str(&format!(
            "  {:<6}  {:<8}  {:<8}  {}\n",
            person.number, person.pin, person.language, person.name
        ));
    }
    say(&lines)
}

/// The demo speaks to whoever started it.
fn say(text: &str) -> anyhow::Result<()> {
    let mut output = std::io::stdout();
    writeln!(output, "{text}")?;
    Ok(output.flush()?)
}
