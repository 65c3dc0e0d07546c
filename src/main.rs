//! The program on the wall: `dayroom screen`, `dayroom sync`, `dayroom machine`, and on a desk `demo`, `tour` and
//! `gallery`.

mod technician;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::Context;
use clap::{Parser, Subcommand};
use dayroom::devices::power::{self, Power};
use dayroom::devices::{self, Clock, DeviceKey, Supervisor};
use dayroom::doctor::{self, Colour, DoctorOptions};
#[cfg(feature = "demo")]
use dayroom::domain::{Now, UtcMillis};
use dayroom::machine::firewall::{self, Reach};
use dayroom::machine::{Machine, Owners};
use dayroom::replica::sync::{Senses, Supervision, SyncClock, SyncOptions};
use dayroom::replica::{Keys, SyncKey};
use dayroom::runtime::paths::KioskPaths;
use dayroom::runtime::screen::{self, Counting, ScreenOptions};
use dayroom::runtime::wipe_on_free::WipeOnFree;
use dayroom::store::Depth;
use dayroom::store::files::make_store_key;
#[cfg(feature = "demo")]
use dayroom::view;
use dayroom::{provision, replica};
use dayroom_protocol::ReleaseVersion;
use technician::{ProvisionArguments, RetireArguments};

#[global_allocator]
static MEMORY: WipeOnFree = WipeOnFree;

/// The program on the wall of a housing unit.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Shows the screen. Has display and input, and no network.
    Screen {
        /// The state folder of the kiosk; else STATE_DIRECTORY, else the account's data folder.
        #[arg(long)]
        state: Option<PathBuf>,
        /// The panel in pixels, for instance 1280x800; else as the display says.
        #[arg(long)]
        panel: Option<Panel>,
        /// Pixels in a millimetre of the panel; else as devices.json or the display says.
        #[arg(long)]
        density: Option<f32>,
        /// Draws into memory and takes commands on standard input.
        #[cfg(feature = "demo")]
        #[arg(long, hide = true)]
        puppet: bool,
        /// Counts starts also of a puppet.
        #[cfg(feature = "demo")]
        #[arg(long, hide = true)]
        count_starts: bool,
    },
    /// Keeps the store in step with central. Has the network, and neither display nor input.
    Sync {
        /// The state folder of the kiosk; else STATE_DIRECTORY, else the account's data folder.
        #[arg(long)]
        state: Option<PathBuf>,
    },
    /// Says how this terminal is, line by line, and changes nothing. Ends with 0 if all is well, 1 if
    /// there is something to see to, 2 if something does not work.
    Doctor {
        /// The state folder of the kiosk; else STATE_DIRECTORY, else the account's data folder.
        #[arg(long)]
        state: Option<PathBuf>,
        /// As JSON.
        #[arg(long)]
        json: bool,
        /// Whether the store is only opened, and not every page of it read.
        #[arg(long)]
        quick: bool,
    },
    Provision(ProvisionArguments),
    Retire(RetireArguments),
    /// Carries out what lies in `machine/requests/`: restarts and erasures. Runs as root, without
    /// network, started by a path unit.
    Machine {
        /// The state folder of the kiosk; else STATE_DIRECTORY, else the account's data folder.
        #[arg(long)]
        state: Option<PathBuf>,
        /// The user the screen runs as.
        #[arg(long, default_value = "dayroom-screen", value_name = "USER")]
        screen_user: String,
        /// The user sync runs as.
        #[arg(long, default_value = "dayroom-sync", value_name = "USER")]
        sync_user: String,
        /// Writes restarts into this file instead of restarting.
        #[cfg(feature = "demo")]
        #[arg(long, hide = true, value_name = "FILE")]
        record_power: Option<PathBuf>,
    },
    /// Lets sync reach the central that `site.json` names, and nobody else. Runs as root, at start and
    /// when that file changes.
    Firewall {
        /// The state folder of the kiosk; else STATE_DIRECTORY, else the account's data folder.
        #[arg(long)]
        state: Option<PathBuf>,
        /// Where the rule for nftables goes.
        #[arg(long, default_value = "/run/dayroom-firewall", value_name = "DIR")]
        rules: PathBuf,
    },
    /// Runs a whole invented facility on this machine: central, sync and the screen.
    #[cfg(feature = "demo")]
    Demo {
        /// Keeps the facility here between runs; else it is gone at the end.
        #[arg(long)]
        state: Option<PathBuf>,
    },
    /// Lets a scripted person tap through the real screen, and writes a picture of every step.
    #[cfg(feature = "demo")]
    Tour {
        /// Where pictures, `tour.json` and the state go.
        folder: PathBuf,
        /// Only the legs of these names; all of them if none is given.
        #[arg(long)]
        leg: Vec<String>,
    },
    /// Makes pictures of every screen: states, languages, text sizes, colours and panels.
    #[cfg(feature = "demo")]
    Gallery {
        /// Where pictures, contact sheets and `index.html` go.
        folder: PathBuf,
        /// Only screens with this in their name.
        #[arg(long, default_value = "")]
        only: String,
    },
}

/// A panel's size in pixels.
#[derive(Clone, Copy)]
struct Panel(u32, u32);

impl FromStr for Panel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let sides = text
            .split_once('x')
            .and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
        match sides {
            Some((width @ 480..=7680, height @ 480..=7680)) => Ok(Self(width, height)),
            _ => Err("expected WIDTHxHEIGHT in pixels, for instance 1280x800".to_owned()),
        }
    }
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("DAYROOM_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "dayroom.ended");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Doctor { state, json, quick } => return doctor(state, json, quick),
        Command::Screen {
            state,
            panel,
            density,
            #[cfg(feature = "demo")]
            puppet,
            #[cfg(feature = "demo")]
            count_starts,
        } => {
            #[cfg(feature = "demo")]
            let counting = if puppet && !count_starts {
                Counting::Off
            } else {
                Counting::On
            };
            #[cfg(not(feature = "demo"))]
            let counting = Counting::On;
            #[cfg(feature = "demo")]
            if puppet {
                view::probe::draw_into_memory()?;
                dayroom::runtime::puppet::serve_standard_input();
            }
            let options = ScreenOptions {
                paths: KioskPaths::find(state)?,
                panel: panel.map(|Panel(width, height)| (width, height)),
                pixels_per_mm: density,
            };
            screen::run_process(options, Clock::open()?, counting)?;
        }
        Command::Sync { state } => {
            let paths = KioskPaths::find(state)?;
            paths.make()?;
            // What a power cut left of a provisioning comes first.
            provision::settle(paths.root()).context("cannot end an earlier provisioning")?;
            make_store_key(paths.root()).context("cannot make the store's key")?;
            let mut options = sync_options(&paths, Clock::open()?);
            options.technicians = Some(technician::technicians(&options));
            options.supervision = supervision();
            options.release = release_of_image();
            options.senses = Some(senses(paths.root().to_owned()));
            replica::sync::run_process(options)?;
        }
        Command::Provision(arguments) => technician::provision(arguments)?,
        Command::Retire(arguments) => technician::retire(arguments)?,
        Command::Machine {
            state,
            screen_user,
            sync_user,
            #[cfg(feature = "demo")]
            record_power,
        } => {
            #[cfg(feature = "demo")]
            let mut power: Box<dyn Power> = match record_power {
                Some(file) => Box::new(power::Recorded { file }),
                None => Box::new(power::Systemd),
            };
            #[cfg(not(feature = "demo"))]
            let mut power: Box<dyn Power> = Box::new(power::Systemd);
            let paths = KioskPaths::find(state)?;
            let running = match release_of_image() {
                Some(release) => release,
                None => env!("CARGO_PKG_VERSION").parse()?,
            };
            let machine = Machine {
                state: paths.root(),
                owners: Owners::find(&screen_user, &sync_user)?,
                power: power.as_mut(),
                now: Clock::open()?.now(),
                running,
                kernels: Path::new("/efi/EFI/Linux"),
            };
            machine.run()?;
        }
        Command::Firewall { state, rules } => {
            let paths = KioskPaths::find(state)?;
            firewall::apply(Reach::of(paths.root())?, &rules)?;
        }
        #[cfg(feature = "demo")]
        Command::Demo { state } => dayroom::demo::run(state)?,
        #[cfg(feature = "demo")]
        Command::Tour { folder, leg } => dayroom::demo::tour::run(&folder, &leg)?,
        #[cfg(feature = "demo")]
        Command::Gallery { folder, only } => dayroom::demo::gallery::run(&folder, &only)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Says how this terminal is.
fn doctor(state: Option<PathBuf>, json: bool, quick: bool) -> anyhow::Result<ExitCode> {
    let paths = KioskPaths::find(state)?;
    let mut options = DoctorOptions::new(paths.root().to_owned(), paths.socket());
    if quick {
        options.depth = Depth::Open;
    }
    let diagnosis = doctor::diagnose(&options, Clock::open()?.now());
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", doctor::json(&diagnosis)?)?;
    } else {
        let colour = if out.is_terminal() && std::env::var_os("NO_COLOR").is_none() {
            Colour::Ansi
        } else {
            Colour::Plain
        };
        for line in doctor::lines(&diagnosis, colour) {
            writeln!(out, "{line}")?;
        }
    }
    out.flush()?;
    Ok(ExitCode::from(diagnosis.exit_code()))
}

/// The release of the image that this runs in, if it is one of ours.
fn release_of_image() -> Option<ReleaseVersion> {
    let said = devices::Machine::here().release()?;
    let release = said.parse().ok();
    if release.is_none() {
        tracing::error!(event = "release.odd", said, "the program's version counts");
    }
    release
}

/// What the sync process senses of this machine.
fn senses(state: PathBuf) -> Senses {
    let machine = devices::Machine::here();
    Arc::new(move || doctor::sense(&machine, &state))
}

/// What systemd is told of the sync process.
fn supervision() -> Supervision {
    let supervisor = Arc::new(Supervisor::of_this_process());
    let beat = Arc::clone(&supervisor);
    Supervision {
        every: supervisor.rhythm(),
        ready: Arc::new(move || supervisor.ready()),
        alive: Arc::new(move || beat.alive()),
    }
}

/// Sync on this machine, whoever it is by then.
fn sync_options(paths: &KioskPaths, clock: Clock) -> SyncOptions {
    let path = paths.key();
    let key = Keys::opened_by(move || {
        let key = DeviceKey::open(&path).map_err(|error| error.to_string())?;
        Ok(sync_key(key))
    });
    SyncOptions::new(
        paths.root().to_owned(),
        paths.socket(),
        sync_clock(clock),
        key,
    )
}

/// The machine's clock; one that stands still, where somebody says so.
fn clock(standing: Option<i64>) -> anyhow::Result<Clock> {
    let clock = Clock::open()?;
    #[cfg(feature = "demo")]
    if let Some(utc) = standing {
        let now = Now {
            utc: UtcMillis(utc),
            ..clock.now()
        };
        return Ok(Clock::standing(now));
    }
    #[cfg(not(feature = "demo"))]
    let _none = standing;
    Ok(clock)
}

/// The machine's clock as the sync process takes it.
fn sync_clock(clock: Clock) -> SyncClock {
    let (floor, behind) = (clock.clone(), clock.clone());
    SyncClock {
        now: Arc::new(move || clock.now()),
        is_behind: Arc::new(move || behind.is_behind()),
        raise_floor: Arc::new(move |at| floor.raise_floor(at)),
    }
}

/// The kiosk's key as the sync process takes it.
fn sync_key(key: DeviceKey) -> SyncKey {
    SyncKey {
        public_key: key.public_key().to_owned(),
        sign: Arc::new(move |message| key.sign(message).map_err(|error| error.to_string())),
    }
}
