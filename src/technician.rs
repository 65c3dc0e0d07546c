//! What a technician does at a terminal, wired up: `provision` and `retire`.

use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use dayroom::domain::UtcMillis;
use dayroom::domain::machine::{
    CentralWord, EraseProof, MachineAct, MachineRequest, MachineRequestId,
};
use dayroom::domain::provisioning::{Problem, Told};
use dayroom::provision::{self, FirstContact, Handed, Moments, Output, Terminal, words};
use dayroom::replica::sync::{self, Leaving, SyncOptions, Technicians};
use dayroom::runtime::paths::KioskPaths;
use dayroom::store::{CacheReader, MachineFolder, StorePlace};
use dayroom_protocol as wire;
use tokio::sync::Notify;
use uuid::Uuid;

/// How often it is looked whether the first sync has come, and how often at most.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
const LOOKS: u32 = 600;

/// Makes a kiosk out of this machine, or provisions it again.
#[derive(Args)]
pub struct ProvisionArguments {
    /// The state folder of the kiosk; else STATE_DIRECTORY, else the account's data folder.
    #[arg(long)]
    state: Option<PathBuf>,
    #[command(flatten)]
    handed: HandedArguments,
    /// Says each step as one JSON object a line.
    #[arg(long)]
    json: bool,
    /// The time the machine's clock is to say, in milliseconds since 1970.
    #[cfg(feature = "demo")]
    #[arg(long, hide = true, value_name = "MILLISECONDS")]
    standing_clock: Option<i64>,
}

/// One of them.
#[derive(Args)]
#[group(required = true, multiple = true)]
struct HandedArguments {
    /// The one-time file that `dayroom-central enrol create --ticket` wrote; `-` is standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["code", "scan", "moved"])]
    ticket: Option<PathBuf>,
    /// The one-time code, with or without hyphens.
    #[arg(long, requires = "central", conflicts_with_all = ["scan", "moved"])]
    code: Option<String>,
    /// Where central is.
    #[arg(long, value_name = "HOST[:PORT]", requires = "code")]
    central: Option<String>,
    /// Reads the one-time code from a reader: a serial device, or `-` for standard input.
    #[arg(long, value_name = "DEVICE", conflicts_with = "moved")]
    scan: Option<PathBuf>,
    /// Asks central where this kiosk belongs since it was moved, and writes it down.
    #[arg(long = "move")]
    moved: bool,
}

/// Takes this kiosk out of service: sends what is unsent, tells central, and destroys everything.
#[derive(Args)]
pub struct RetireArguments {
    /// The state folder of the kiosk; else STATE_DIRECTORY, else the account's data folder.
    #[arg(long)]
    state: Option<PathBuf>,
    /// Yes: everything on this kiosk is to be destroyed.
    #[arg(long)]
    yes: bool,
    /// Goes on where central cannot be told; what it does not have is lost.
    #[arg(long)]
    without_central: bool,
}

/// `dayroom provision`.
pub fn provision(arguments: ProvisionArguments) -> anyhow::Result<()> {
    let paths = KioskPaths::find(arguments.state)?;
    paths.make()?;
    provision::settle(paths.root()).context("cannot end an earlier provisioning")?;
    #[cfg(feature = "demo")]
    let clock = super::clock(arguments.standing_clock)?;
    #[cfg(not(feature = "demo"))]
    let clock = super::clock(None)?;
    let options = super::sync_options(&paths, clock);
    let output = if arguments.json {
        Output::Json
    } else {
        Output::Words
    };
    // A sync process that waits for a site does the first sync itself.
    let sync_runs = UnixStream::connect(paths.socket()).is_ok();
    runtime()?.block_on(async {
        let mut out = io::stdout();
        let handed = match handed(arguments.handed) {
            Some(handed) => handed,
            None => return moved(&options, output, &mut out).await,
        };
        let first_contact = first_contact(&options);
        let moments = moments(&options);
        let terminal = Terminal {
            state: paths.root(),
            moments: &moments,
            deadlines: options.deadlines,
            first_contact: &first_contact,
            output,
        };
        let first_sync = first_sync(&options, sync_runs);
        Ok(terminal.run(&handed, first_sync, &mut out).await?)
    })
}

fn handed(given: HandedArguments) -> Option<Handed> {
    if let Some(path) = given.ticket {
        return Some(Handed::Ticket(path));
    }
    if let Some(path) = given.scan {
        return Some(Handed::Scan(path));
    }
    Some(Handed::Code {
        code: given.code?,
        central: given.central?,
    })
}

async fn moved(options: &SyncOptions, output: Output, out: &mut io::Stdout) -> anyhow::Result<()> {
    let now = (options.clock.now)().utc;
    let identity = sync::identity(options).context(words::problem(Problem::NoKiosk))?;
    let moved = provision::moved(
        &options.state,
        &*identity,
        wire::UtcMillis(now.0),
        options.deadlines,
    );
    match moved.await {
        Ok(facts) => Ok(provision::say(out, output, &Told::Facts(facts))?),
        Err(problem) => anyhow::bail!(words::problem(problem)),
    }
}

/// `dayroom retire`.
pub fn retire(arguments: RetireArguments) -> anyhow::Result<()> {
    let paths = KioskPaths::find(arguments.state)?;
    provision::settle(paths.root()).context("cannot end an earlier provisioning")?;
    let Some(kiosk) = provision::kiosk_here(paths.root()) else {
        anyhow::bail!(words::problem(Problem::NoKiosk));
    };
    if !arguments.yes {
        anyhow::bail!(
            "This destroys everything on this kiosk, after what is unsent was sent and central was \
             told. If that is meant, say it again with --yes."
        );
    }
    let options = super::sync_options(&paths, super::clock(None)?);
    let sync_runs = UnixStream::connect(paths.socket()).is_ok();
    runtime()?.block_on(async {
        let mut out = io::stdout();
        let leaving = Leaving::open(&options)?;
        writeln!(out, "Sending what is unsent, and telling central…")?;
        let central = match beside_sync(&options, sync_runs, leaving.leave()).await {
            Told::RetireNoted { at } => CentralWord::Noted { at: UtcMillis(at) },
            Told::RetireNotNoted { problem, unsent } if arguments.without_central => {
                writeln!(
                    out,
                    "Central could not be told: {}",
                    words::problem(problem)
                )?;
                writeln!(
                    out,
                    "Lost with this kiosk: {unsent} things people did here."
                )?;
                CentralWord::Nothing { unsent }
            }
            Told::RetireNotNoted { problem, unsent } => anyhow::bail!(
                "Nothing was destroyed: {} It does not have {unsent} things people did here. To go \
                 on without it, add --without-central.",
                words::problem(problem)
            ),
            Told::Step(_) | Told::Facts(_) | Told::ClockOff { .. } | Told::Provisioned => {
                anyhow::bail!(words::problem(Problem::BadAnswer))
            }
        };
        let request = MachineRequest {
            id: MachineRequestId(Uuid::now_v7()),
            act: MachineAct::Erase {
                proof: EraseProof::Retire {
                    kiosk: kiosk.0,
                    central,
                },
            },
        };
        let folder = MachineFolder::of(paths.root());
        folder.make().context("cannot reach the machine's folder")?;
        folder.ask(&request).context("cannot ask the machine")?;
        writeln!(
            out,
            "Asked the machine to destroy the keys and what they opened…"
        )?;
        match leaving.say_erased().await {
            Ok(()) => writeln!(out, "This kiosk is erased, and central knows it.")?,
            Err(Problem::Silent) => anyhow::bail!(
                "The machine has not erased this kiosk. Look at the service dayroom-machine; the \
                 request stays."
            ),
            Err(problem) => writeln!(
                out,
                "This kiosk is erased. Central could not be told so: {}",
                words::problem(problem)
            )?,
        }
        Ok(())
    })
}

/// Who provisions this machine for its screen.
pub fn technicians(options: &SyncOptions) -> Technicians {
    Arc::new(provision::desk(
        options.state.clone(),
        moments(options),
        options.deadlines,
        first_contact(options),
        Arc::clone(&options.reload),
    ))
}

fn moments(options: &SyncOptions) -> Moments {
    let (now, believe) = (options.clock.clone(), options.clock.clone());
    Moments {
        now: Arc::new(move || wire::UtcMillis((now.now)().utc.0)),
        believe: Arc::new(move |at| (believe.raise_floor)(UtcMillis(at.0))),
    }
}

fn first_contact(options: &SyncOptions) -> FirstContact {
    let options = options.clone();
    Arc::new(move |_state, now| {
        let options = options.clone();
        Box::pin(async move { sync::speak_once(&options, UtcMillis(now.0)).await })
    })
}

/// Waits until the wall's policy is here.
async fn first_sync(options: &SyncOptions, sync_runs: bool) -> Result<(), Problem> {
    beside_sync(options, sync_runs, async {
        for _ in 0..LOOKS {
            if has_policy(&options.state) {
                return Ok(());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Err(Problem::Silent)
    })
    .await
}

fn has_policy(state: &Path) -> bool {
    let Ok(key) = dayroom::replica::store_key(state) else {
        return false;
    };
    CacheReader::open(&StorePlace::new(state.join("store")), &key)
        .and_then(|cache| cache.policy())
        .is_ok_and(|policy| policy.is_some())
}

/// Does something while sync runs: the process beside this one, or here where there is none.
async fn beside_sync<T>(
    options: &SyncOptions,
    sync_runs: bool,
    what: impl Future<Output = T>,
) -> T {
    if sync_runs {
        return what.await;
    }
    let stop = Notify::new();
    let mut running = pin!(sync::run(options.clone(), stop.notified()));
    let mut what = pin!(what);
    tokio::select! {
        done = &mut what => {
            stop.notify_one();
            if let Err(error) = running.await {
                tracing::warn!(%error, "sync.ended");
            }
            done
        }
        ended = &mut running => {
            if let Err(error) = ended {
                tracing::warn!(%error, "sync.ended");
            }
            what.await
        }
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start")
}
